"""`lists:`: what is accepted, what is refused and named, and which declaration holds for a place."""

from __future__ import annotations

from typing import Any

import pytest

from gitdraft.documents.merge.declarations import parse_list_rules, rule_at, rules_below
from gitdraft.errors import InvalidInput
from gitdraft.model.lists import Atomic, Keyed, Ordered, SetOf, Text

ACCEPTED = [
    ({}, ()),
    ({"/a": {"type": "set"}}, ((("a",), SetOf()),)),
    ({"/a": {"type": "atomic"}}, ((("a",), Atomic()),)),
    ({"/a": {"type": "text"}}, ((("a",), Text()),)),
    ({"/a": {"type": "ordered"}}, ((("a",), Ordered()),)),
    ({"": {"type": "set"}}, (((), SetOf()),)),
    ({"/a~1b/*": {"type": "keyed", "key": ["x", "y"]}}, ((("a/b", "*"), Keyed(("x", "y"))),)),
    ({"/a": {"type": "keyed", "key": "id"}}, ((("a",), Keyed(("id",))),)),
    ({"/a": {"type": "keyed", "key": ["id"], "order": "ignore"}}, ((("a",), Keyed(("id",), "ignore")),)),
    ({"/a": {"type": "keyed", "key": ["id"], "order": "keep"}}, ((("a",), Keyed(("id",), "keep")),)),
]
REFUSED = [
    ([], "expected a mapping"),
    ({"a": {"type": "set"}}, "'a' is not a JSON pointer"),
    ({"/a~": {"type": "set"}}, "'/a~' is not a JSON pointer"),
    ({1: {"type": "set"}}, "1 is not a JSON pointer"),
    ({"/a": "set"}, "/a: expected {type: "),
    ({"/a": {}}, "/a: expected {type: "),
    ({"/a": {"type": ["set"]}}, "/a: expected {type: "),
    ({"/a": {"type": "bag"}}, "/a: unknown type 'bag'"),
    ({"/a": {"type": "set", "key": ["id"]}}, "/a: unknown member 'key'"),
    ({"/a": {"type": "keyed"}}, "/a: expected key"),
    ({"/a": {"type": "keyed", "key": []}}, "/a: expected key"),
    ({"/a": {"type": "keyed", "key": [1]}}, "/a: expected key"),
    ({"/a": {"type": "keyed", "key": ["x", "x"]}}, "/a: a member stands twice"),
    ({"/a": {"type": "keyed", "key": ["x"], "order": "any"}}, "/a: expected order"),
    ({"": {"type": "bag"}}, "(root): unknown type"),
]


@pytest.mark.parametrize(("declared", "rules"), ACCEPTED)
def test_accepted(declared: Any, rules: Any) -> None:
    assert parse_list_rules(declared) == rules


@pytest.mark.parametrize(("declared", "message"), REFUSED)
def test_refused(declared: Any, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_list_rules(declared)
    assert message in refused.value.message


PLACES = [
    ("/a", ("a",), SetOf()),
    ("/a", ("b",), None),
    ("/a", (), None),
    ("/a", ("a", "b"), None),
    ("/*", ("anything",), SetOf()),
    ("/*", ("",), SetOf()),
    ("/a/*/b", ("a", '{"id":1}', "b"), SetOf()),
    ("/a/*/b", ("a", "x", "y", "b"), None),
    ("", (), SetOf()),
]


@pytest.mark.parametrize(("pattern", "place", "rule"), PLACES)
def test_the_rule_of_a_place(pattern: str, place: tuple[str, ...], rule: Any) -> None:
    active = parse_list_rules({pattern: {"type": "set"}})
    for token in place:
        active = rules_below(active, token)
    assert rule_at(active) == rule


def test_the_first_declaration_holds() -> None:
    rules = parse_list_rules({"/x": {"type": "text"}, "/*": {"type": "set"}})
    assert [rule_at(rules_below(rules, token)) for token in ("x", "y")] == [Text(), SetOf()]
