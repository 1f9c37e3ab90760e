"""JSON pointers (RFC 6901): parsing, writing, looking up."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitdraft.documents.pointers import format_pointer, get, parse_pointer
from gitdraft.errors import InvalidInput
from gitdraft.model.values import ABSENT

RFC_DOCUMENT = {  # RFC 6901 section 5
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", RFC_DOCUMENT),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_the_examples_of_the_rfc(pointer: str, value: Any) -> None:
    assert get(RFC_DOCUMENT, parse_pointer(pointer)) == value


@pytest.mark.parametrize(
    ("pointer", "tokens"),
    [
        ("", ()),
        ("/", ("",)),
        ("//", ("", "")),
        ("/a/0/-", ("a", "0", "-")),
        ("/~01", ("~1",)),  # ~1 is looked for first, so this is no slash (section 4)
        ("/~10", ("/0",)),
        ("/~0~1", ("~/",)),
        ("/é\u0301", ("é\u0301",)),
    ],
)
def test_tokens_are_unescaped_once(pointer: str, tokens: tuple[str, ...]) -> None:
    assert parse_pointer(pointer) == tokens
    assert format_pointer(tokens) == pointer


@pytest.mark.parametrize(
    ("pointer", "said"),
    [
        ("a", "leading '/'"),
        ("a/b", "leading '/'"),
        (" /a", "leading '/'"),
        ("#/a", "leading '/'"),
        ("#", "leading '/'"),
        ("/~", "'~0'"),
        ("/~2", "'~0'"),
        ("/a~/b", "'~0'"),
        (None, "expected a string"),
        (5, "expected a string"),
        (["a"], "expected a string"),
        (b"/a", "expected a string"),
    ],
)
def test_what_is_no_pointer_is_refused(pointer: object, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        parse_pointer(pointer)


def test_a_missing_slash_or_the_uri_form_gets_a_hint() -> None:
    for written in ("label/en", "#/label/en"):
        with pytest.raises(InvalidInput) as refused:
            parse_pointer(written)
        assert refused.value.hint == "did you mean '/label/en'?"


@pytest.mark.parametrize(
    "token", ["2", "-", "-1", "+1", "01", "00", "1 ", " 1", "1.0", "1e0", "٣", "", "x", "9" * 5000]
)
def test_only_a_plain_index_within_the_array_finds_an_element(token: str) -> None:
    assert get(["a", "b"], (token,)) is ABSENT


def test_the_same_tokens_are_ordinary_member_names() -> None:
    for name in ("-", "01", "-1", "", "9" * 5000):
        assert get({name: "here"}, (name,)) == "here"


def test_null_is_a_value_and_scalars_have_nothing_inside() -> None:
    assert get({"a": None}, ("a",)) is None
    assert get({"a": None}, ("a", "b")) is ABSENT
    assert get({"a": "text"}, ("a", "0")) is ABSENT
    assert get(ABSENT, ()) is ABSENT


@given(st.lists(st.text()))
def test_what_is_written_is_read_back(tokens: list[str]) -> None:
    assert parse_pointer(format_pointer(tokens)) == tuple(tokens)
