"""Rows of entities, read a piece at a time."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitdraft.errors import InvalidInput
from gitdraft.formats.entity_streams import CHUNK, Row, read_stream, write_array, write_lines

MOST = 1 << 20


class Trickle(io.BytesIO):
    """A file that gives a few bytes at a time."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size, 7) if size and size > 0 else size)


def rows(content: bytes, stream: type[Any] = io.BytesIO, most: int = MOST) -> list[Row]:
    return list(read_stream(stream(content), most))


def values(found: list[Row]) -> list[Any]:
    return [json.loads(row.content) for row in found if isinstance(row.content, bytes)]


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf", b"[]", b" [ ] \n"])
def test_nothing_is_no_row(content: bytes) -> None:
    assert rows(content) == []


def test_lines_are_numbered_and_empty_ones_left_out() -> None:
    found = rows(b'\xef\xbb\xbf{"a":1}\r\n\n{"a":\n{"a":3}')
    assert [(row.number, row.content) for row in found] == [
        (1, b'{"a":1}\r\n'),
        (3, b'{"a":\n'),
        (4, b'{"a":3}'),
    ]
    assert found[-1].done == 26


def test_a_line_that_is_too_long_is_refused_and_the_next_is_read() -> None:
    found = rows(b'{"a":"' + b"x" * 3 * CHUNK + b'"}\n{"a":2}\n', most=100)
    assert isinstance(found[0].content, InvalidInput)
    assert found[0].content.code == "too-large"
    assert (found[1].number, found[1].content) == (2, b'{"a":2}\n')


def test_elements_are_numbered_and_have_their_line() -> None:
    found = rows(b'[{"a":\n1}, {"a":"]}"}\n,\n\n{"b":[{}]}, 12, NaN\n]\n')
    assert [(row.number, row.line, row.content) for row in found] == [
        (1, 1, b'{"a":\n1}'),
        (2, 2, b'{"a":"]}"}'),
        (3, 5, b'{"b":[{}]}'),
        (4, 5, b"12"),
        (5, 5, b"NaN"),
    ]


@pytest.mark.parametrize(
    ("content", "number", "line", "said"),
    [
        (b'[{"a":1}\n{"b":2}]', 2, 2, "expected ']'"),
        (b'[{"a":1},\n]', 2, 2, "Expecting value"),
        (b'[{"a":1},\n{"b" 2}]', 2, 2, "delimiter"),
        (b'[{"a":1}', 2, 1, "expected ']'"),
        (b'[{"a":1}] 7', 2, 1, "nothing after the array"),
        (b'[{"a":"\xff"}]', 1, 1, "not UTF-8"),
        (b"[" * 100_000, 1, 1, "nested too deep"),
    ],
)
def test_a_mistake_ends_an_array(content: bytes, number: int, line: int, said: str) -> None:
    last = rows(content)[-1]
    assert isinstance(last.content, InvalidInput)
    assert (last.number, last.line) == (number, line)
    assert said in last.content.message


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text() | st.integers() | st.lists(st.booleans()))))
def test_what_is_written_is_read_back(documents: list[Any]) -> None:
    for write in (write_lines, write_array):
        content = "".join(f"{line}\n" for line in write(documents)).encode()
        for stream in (io.BytesIO, Trickle):
            assert values(rows(content, stream)) == documents


def test_a_long_element_is_read_whole() -> None:
    document = {"text": "é" * 300_000}
    assert values(rows(json.dumps([document, document]).encode(), most=1 << 22)) == [document, document]
