"""JSON out: files, lines, hashes; nothing is lost on the way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitdraft.documents.equality import identical
from gitdraft.documents.parse import parse_json
from gitdraft.documents.serialise import canonical_json, content_hash, dump_compact, dump_json


def test_a_created_file_is_indented_by_two_unescaped_and_ends_with_a_newline() -> None:
    document = {"name": "Été \U0001f600", "list": [1, {"a": None}], "none": {}, "empty": []}
    assert dump_json(document).decode() == (
        "{\n"
        '  "name": "Été \U0001f600",\n'
        '  "list": [\n'
        "    1,\n"
        "    {\n"
        '      "a": null\n'
        "    }\n"
        "  ],\n"
        '  "none": {},\n'
        '  "empty": []\n'
        "}\n"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (0.1, "0.1"),
        (1e16, "1e+16"),
        (2**64, "18446744073709551616"),
        ("\u2028\x7f/", '"\u2028\x7f/"'),
        ('"\\\n\x00', '"\\"\\\\\\n\\u0000"'),
        ({"b": [1, 2], "a": {}}, '{"b":[1,2],"a":{}}'),
    ],
)
def test_values_are_written_so_that_they_come_back(value: Any, text: str) -> None:
    assert dump_compact(value) == text
    assert identical(parse_json(text.encode()), value)


def test_integers_of_4300_digits_are_written_exactly() -> None:
    for number in (10**4300 - 1, 1 - 10**4300):
        text = dump_compact(number)
        assert set(text.removeprefix("-")) == {"9"}
        assert len(text.removeprefix("-")) == 4300
        assert parse_json(dump_json([number])) == [number]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_not_written(value: float) -> None:
    for write in (dump_json, dump_compact, canonical_json, content_hash):
        with pytest.raises(ValueError, match="not JSON compliant"):
            write([value])


def test_the_canonical_form_sorts_members_by_code_point_at_every_level() -> None:
    value = {"b": 1, "a": {"\U0001f600": 1, "\uffff": 2, "Z": 3}, "é": [2, 1], "B": 1}
    assert canonical_json(value) == '{"B":1,"a":{"Z":3,"\uffff":2,"\U0001f600":1},"b":1,"é":[2,1]}'


def test_the_content_hash_knows_values_and_not_their_order() -> None:
    digest = "sha256:43258cff783fe7036d8a43033f830adfc60ec037382473548ac742b888292777"  # of {"a":1,"b":2}
    assert content_hash({"b": 2, "a": 1}) == content_hash({"a": 1, "b": 2}) == digest
    hashes = {content_hash({"a": value}) for value in (1, 1.0, True, "1", None, [1], -0.0, 0.0)}
    assert len(hashes) == 8


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(values)
def test_every_value_comes_back_from_every_form(value: Any) -> None:
    for text in (dump_json(value), dump_compact(value).encode(), canonical_json(value).encode()):
        assert identical(parse_json(text), value)
    assert content_hash(parse_json(canonical_json(value).encode())) == content_hash(value)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    )
)
def test_a_new_file_is_as_the_standard_library_indents_it(value: Any) -> None:
    assert dump_json(value).decode() == json.dumps(value, ensure_ascii=False, indent=2) + "\n"


@pytest.mark.parametrize("value", [float("nan"), [float("inf")]])
def test_what_is_no_json_is_not_written(value: float | list[float]) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dump_json(value)
