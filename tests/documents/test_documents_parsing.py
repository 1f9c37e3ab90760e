"""Strict JSON in: what is refused, where, and with which hint; values in memory by the same rules."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import OrderedDict
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitdraft.documents.equality import identical
from gitdraft.documents.parse import Limits, check_document, check_value, depth, parse_document, parse_json
from gitdraft.documents.serialise import dump_json
from gitdraft.errors import InvalidInput


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"null", None),
        (b" [ ] \r\n\t", []),
        (b'{"a":{"a":1},"b":{"a":1}}', {"a": {"a": 1}, "b": {"a": 1}}),
        (b"-0", 0),
        (b"-0.0", -0.0),
        (b"1E3", 1000.0),
        (b"1e-400", 0.0),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b'"\\ud83d\\ude00\\u00e9\\/"', "\U0001f600é/"),
        (b'"\\\\ud800"', "\\ud800"),
        ('"\ufeff"'.encode(), "\ufeff"),
        (b'{"NaN":"Infinity, 1e400, [[[ \\"a\\":1,\\"a\\":1"}', {"NaN": 'Infinity, 1e400, [[[ "a":1,"a":1'}),
    ],
)
def test_json_is_read_as_it_is(content: bytes, value: Any) -> None:
    assert identical(parse_json(content), value)


@pytest.mark.parametrize(
    ("content", "line", "column", "said", "hint"),
    [
        (b"", 1, 1, "empty", None),
        (b" \n\n", 1, 1, "empty", None),
        (b'{"a":1', 1, 7, "ends too early, expected ','", None),
        (b'{\n  "a": "b\n}', 2, 10, "control character", None),
        (b'{"a":"b', 1, 6, "expected the string to end", None),
        (b'{"a":1}\n{"a":1}', 2, 1, "expected nothing more", None),
        (b'{"a" 1}', 1, 6, "expected ':'", None),
        (b'{"a":1 "b":2}', 1, 8, "expected ','", None),
        (b'{"a":01}', 1, 7, "expected ','", None),
        (b'{"a":+1}', 1, 6, "expected a value", None),
        (b'["\x01"]', 1, 3, "instead of a control character", None),
        (b'["\\x"]', 1, 3, "escapes of JSON", None),
        (b'["\\u12"]', 1, 4, "four hexadecimal digits", None),
        (b"{a:1}", 1, 2, "member name in double quotes", None),
        (b"[\xc2\xa01]", 1, 2, "expected a value", None),
        # what people usually do
        (b'{\n  "a": 1,\n}\n', 3, 1, "", "comma stands before"),
        (b"[1, 2, ]", 1, 8, "", "comma stands before"),
        (b"{'a': 1}", 1, 2, "", "double quotes"),
        (b"{\"a\": 'b'}", 1, 7, "", "double quotes"),
        (b'// note\n{"a":1}', 1, 1, "", "no comments"),
        (b'{\n  # note\n  "a":1}', 2, 3, "", "no comments"),
        (b'{"a": /* b */ 1}', 1, 7, "", "no comments"),
        (b'{"a": True}', 1, 7, "", "true, false, null"),
        (b'{"a": None}', 1, 7, "", "true, false, null"),
        (b"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> x\n", 1, 1, "", "the markers out"),
        (b'{"a": 1,\n<<<<<<< HEAD\n"b": 2\n', 2, 1, "", "the markers out"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", 1, 1, "", "git lfs pull"),
        (b'\xef\xbb\xbf{"a":1}', 1, 1, "byte order mark", "without BOM"),
        (b'\xff\xfe{\x00"\x00', 1, 1, "expected UTF-8", "UTF-16"),
        (b'{\x00"\x00a\x00', 1, 2, "", "UTF-16"),
        (b'{"a":\n "\xed\xa0\x80"}', 2, 3, "expected UTF-8", None),
        (b'{"\xc3\xa9":"\xe9"}', 1, 7, "expected UTF-8", None),
        # what Python's parser would let through
        (b'{"a":1,\n "b":2,\n "a":3}', 3, 2, 'the member "a" stands twice', None),
        (b'{"x":[{"a":1,"\\u0061":2}]}', 1, 14, "stands twice", None),
        (b'{"x":{"":1,"":2}}', 1, 12, "stands twice", None),
        (b'{"n":NaN}', 1, 6, "NaN is not JSON", None),
        (b"[1,-Infinity]", 1, 4, "-Infinity is not JSON", None),
        (b'[NaN, {"a":1,"a":1}, ]]]', 1, 2, "NaN is not JSON", None),
        (b'{"n":1e400}', 1, 6, "too large for a double", None),
        (b'{"n":\n-1e+999}', 2, 1, "too large for a double", None),
        (b'["a", "\\ud800"]', 1, 7, "lone surrogate", None),
        (b'["\\ud83d\\ude00", "\\\\ud800", "\\udc00\\ud800"]', 1, 29, "lone surrogate", None),
        (b'{"\\uDFFF":1}', 1, 2, "lone surrogate", None),
    ],
)
def test_a_refusal_says_where_and_why(
    content: bytes, line: int, column: int, said: str, hint: str | None
) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_json(content, source="x.json")
    error = refused.value
    assert error.context == {"source": "x.json", "line": line, "column": column}
    assert error.message.startswith(f"x.json, line {line}, column {column}: ")
    assert said in error.message
    assert error.code == ("conflict-markers" if hint == "the markers out" else "invalid-value")
    assert (hint is None and error.hint is None) or (hint is not None and hint in (error.hint or ""))


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("levels", [65, 500, 100_000])
def test_depth_is_bounded(opening: str, levels: int) -> None:
    closing = "]" if opening == "[" else "}"
    innermost = "" if opening == "[" else "1"
    content = (opening * levels + innermost + closing * levels).encode()
    with pytest.raises(InvalidInput) as refused:
        parse_json(content)
    assert refused.value.code == "too-deep"
    assert refused.value.context["column"] == 64 * len(opening) + 1
    with pytest.raises(InvalidInput):
        parse_json(content[: len(content) // 2])


def test_depth_is_of_levels_and_not_of_brackets() -> None:
    assert depth(parse_json(b"[" * 64 + b"]" * 64)) == 64
    assert depth(parse_json(b"[" + b",".join([b'[{"a[":"]]]"}]'] * 100) + b"]")) == 3
    assert depth(parse_json(b"1")) == 0
    assert depth(parse_json(b"[[]]", limits=Limits(max_depth=2))) == 2
    with pytest.raises(InvalidInput, match="column 2: nested deeper than 1 levels"):
        parse_json(b"[[]]", limits=Limits(max_depth=1))


def test_size_is_bounded() -> None:
    assert parse_json(b"[1]", limits=Limits(max_bytes=3)) == [1]
    with pytest.raises(InvalidInput) as refused:
        parse_json(b"[1] ", limits=Limits(max_bytes=3))
    assert refused.value.code == "too-large"


def test_digits_are_bounded_and_below_that_exact() -> None:
    nines = b"9" * 4300
    assert parse_json(b"-" + nines) == 1 - 10**4300
    assert parse_json(b'"9' + nines + b'"') == "9" * 4301
    with pytest.raises(InvalidInput, match=r"line 2, column 2: an integer of more than 4,300 digits"):
        parse_json(b"[\n 9" + nines + b"]")
    assert parse_json(b"[123]", limits=Limits(max_integer_digits=3)) == [123]
    assert parse_json(b'["1234", 0.12345]', limits=Limits(max_integer_digits=3)) == ["1234", 0.12345]
    with pytest.raises(InvalidInput, match="column 7: an integer of more than 3 digits"):
        parse_json(b"[123, 1234]", limits=Limits(max_integer_digits=3))


@pytest.mark.parametrize(
    "content",
    [
        b"9" * (1 << 20),
        b"[" * (1 << 20),
        b'"' + b"\\" * ((1 << 20) - 1),
        b'"' + b"\\" * ((1 << 20) - 3) + b'"',
        b'["\\ud800",' + b" " * ((1 << 20) - 13) + b"1]",
        b'{"a":1,"a":1,' * 80_000,
        b"[" + b'"' * 1_000_000,
    ],
    ids=["digits", "brackets", "backslashes", "a string of them", "surrogate", "repeated", "quotes"],
)
def test_hostile_text_is_refused_in_time(content: bytes) -> None:
    started = time.process_time()
    with pytest.raises(InvalidInput):
        parse_json(content)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("content", [b"[]", b"null", b'"a"', b"1", b"true"])
def test_a_document_is_an_object(content: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"x\.json: expected an object, found"):
        parse_document(content, source="x.json")


def test_a_document_has_none_of_the_members_of_a_view_at_its_root() -> None:
    for name in ("_change_status", "_deleted", "_redirects_to", "_conflicts", "_violations"):
        with pytest.raises(InvalidInput) as refused:
            parse_document(f'{{"a":1,"{name}":true}}'.encode())
        assert refused.value.context["path"] == f"/{name}"
        with pytest.raises(InvalidInput):
            check_document({name: 1})
        assert parse_document(f'{{"a":{{"{name}":true}}}}'.encode()) == {"a": {name: True}}


class Colour(IntEnum):
    RED = 1


def itself() -> Any:
    value: list[Any] = [1]
    value.append({"again": value})
    return value


def doubled(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value, value]
    return value


@pytest.mark.parametrize(
    ("value", "path", "said"),
    [
        ({"a": [1, float("nan")]}, "/a/1", "nan is not JSON"),
        ([float("-inf")], "/0", "-inf is not JSON"),
        ({"a/b": {"~": "x\ud800"}}, "/a~1b/~0", "lone surrogate"),
        ({"a": {"\udc00": 1}}, "/a", "lone surrogate"),
        ({"a": {1: 2}}, "/a", "not a string"),
        ({"a": {None: 2}}, "/a", "not a string"),
        ([(1, 2)], "/0", "a tuple is not"),
        ([OrderedDict(a=1)], "/0", "an? OrderedDict is not"),
        ([Colour.RED], "/0", "a Colour is not"),
        ([b"x"], "/0", "a bytes is not"),
        ({1, 2}, "", "a set is not"),
        ([[10**4300]], "/0/0", "more than 4,300 digits"),
        ([-(10**4300)], "/0", "more than 4,300 digits"),
    ],
    ids=range(13),
)
def test_a_value_in_memory_is_judged_by_the_same_rules(value: Any, path: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as refused:
        check_value(value, source="an argument")
    assert refused.value.context == {"source": "an argument", "path": path}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (itself(), "too-deep"),
        ([[[]]], "too-deep"),
        (["x" * 100], "too-large"),
        ([1000] * 20, "too-large"),
        (["é" * 45], "too-large"),
        ({"x" * 100: 1}, "too-large"),
    ],
    ids=range(6),
)
def test_a_value_in_memory_is_bounded(value: Any, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_value(value, limits=Limits(max_bytes=90, max_depth=2))
    assert refused.value.code == code


def test_a_value_that_shares_its_parts_is_as_large_as_its_text() -> None:
    started = time.process_time()
    with pytest.raises(InvalidInput) as refused:
        check_value(doubled(60))
    assert refused.value.code == "too-large"
    assert time.process_time() - started < 2


def test_the_largest_integers_are_values() -> None:
    check_value([10**4300 - 1, 1 - 10**4300])


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(values)
def test_what_is_read_passes_as_a_value(value: Any) -> None:
    read = parse_json(dump_json(value))
    check_value(read)
    assert identical(read, value)


@given(st.binary(max_size=40) | st.text(alphabet='{}[]",:\\u0d8Ne1- \n', max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        check_value(parse_json(content))
    except InvalidInput as error:
        assert error.message.startswith("input")


def test_parsing_does_not_load_the_patch_library() -> None:
    command = "import gitdraft.documents.parse, sys; print('jsonpatch' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
