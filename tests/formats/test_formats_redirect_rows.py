"""Rows of redirects: what is read, what is refused with which number, and that what is written is read again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitdraft.errors import InvalidInput
from gitdraft.formats.redirect_rows import RedirectRow, read_rows, write_csv, write_jsonl

AT = "2026-01-24T09:27:00Z"


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", []),
        ("\n\n", []),
        ("from,to\n", []),
        ("a,b", [(1, "a", "b")]),
        ("a,b\n\nc,d\n", [(1, "a", "b"), (3, "c", "d")]),
        ("from,to\na,b", [(2, "a", "b")]),
        ("to,from\nb,a", [(2, "a", "b")]),
        (" from , to \na,b", [(2, "a", "b")]),
        ("\ufefffrom,to\r\na,b\r\n", [(2, "a", "b")]),
        ('"a ""x"", y",b', [(1, 'a "x", y', "b")]),
        ('{"from": "a", "to": "b"}', [(1, "a", "b")]),
        ('\n{"from": "a", "to": "b"}\r\n\n{"from": "c", "to": "d"}', [(2, "a", "b"), (4, "c", "d")]),
        ('[{"from": "a", "to": "b"}]', [(1, "a", "b")]),
        ("[]", []),
    ],
)
def test_what_is_read(text: str, rows: list[tuple[int, str, str]]) -> None:
    found, problems = read_rows(text.encode())
    assert [(row.number, row.source, row.target) for row in found] == rows
    assert problems == []


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("a,", [(1, "missing-field")]),
        ("a", [(1, "missing-field")]),
        (",b\na,b\nc,\n", [(1, "missing-field"), (3, "missing-field")]),
        ("a,b,why,more", [(1, "invalid-value")]),
        ("from,to,colour\na,b,red", [(2, "invalid-value")]),
        ("from,to,at\na,b,yesterday", [(2, "invalid-value")]),
        ('from,to,by\na,b,"x\ny"', [(3, "invalid-value")]),
        ('a,b\n"c,d', [(2, "invalid-value")]),
        ('{"from": "a"}', [(1, "missing-field")]),
        ('{"from": "a", "to": ""}', [(1, "missing-field")]),
        ('{"from": "a", "to": null}', [(1, "invalid-value")]),
        (
            '{"from": "a", "to": 5}\n{"from": "a", "to": "b", "x": 1}',
            [(1, "invalid-value"), (2, "invalid-value")],
        ),
        ('{"from": "a", "to": "b"\n{"from": "a", "to": "b"}', [(1, "invalid-value")]),
        ('{"from": "a", "from": "c", "to": "b"}', [(1, "invalid-value")]),
        ('[1, {"from": "a", "to": "b"}]', [(1, "invalid-value")]),
        ('{"from_type": "t", "from_key": "a", "to_key": "b"}', [(1, "missing-field")]),
    ],
)
def test_what_is_refused_with_its_number(text: str, problems: list[tuple[int, str]]) -> None:
    found = [(number, error.code) for number, error in read_rows(text.encode())[1]]
    assert found == problems


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[1", b'[{"from": "a", "to": "b"}', b"\xed\xa0\x80,b"])
def test_what_cannot_be_read_at_all(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_rows(content)


def test_the_parts_of_an_address() -> None:
    text = "from_type,from_key,to_type,to_key,reason\nitem,a/b,item,c,why\n"
    (row,), _ = read_rows(text.encode())
    assert row == RedirectRow(2, "a/b", "c", "item", "item", "why")


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
written = st.builds(
    RedirectRow,
    number=st.just(1),
    source=texts,
    target=texts,
    reason=texts,
    by=st.text("abc <>@,\"'", min_size=1).filter(str.strip),
    at=st.just(AT),
)


@given(st.lists(written, max_size=4))
@pytest.mark.parametrize("form", [write_csv, write_jsonl])
def test_what_is_written_is_read_again(form: Any, rows: list[RedirectRow]) -> None:
    text = "".join(f"{line}\n" for line in form(rows))
    found, problems = read_rows(text.encode())
    assert problems == []
    assert [(r.source, r.target, r.reason, r.by, r.at) for r in found] == [
        (r.source, r.target, r.reason, r.by, r.at) for r in rows
    ]
