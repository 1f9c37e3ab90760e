"""`lists:`: what is accepted, what is refused and named, and which declaration holds for a place."""

from __future__ import annotations

from typing import Any

import pytest

from gitdraft.documents.merge.declarations import (
    merge_rules_json,
    parse_list_rules,
    parse_merge_rules,
    rule_at,
    rules_below,
)
from gitdraft.errors import InvalidInput
from gitdraft.model.lists import Atomic, Canonical, Keyed, Ordered, SetOf, Text, Together

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
    ({"/a": {"type": "canonical"}}, ((("a",), Canonical()),)),
    ({"/a": {"type": "set", "order": "sorted"}}, ((("a",), SetOf("sorted")),)),
    (
        {"/a": {"type": "keyed", "key": ["id"], "order": "sorted", "by": "/l/en", "fold": True}},
        ((("a",), Keyed(("id",), "sorted", ("l", "en"), True)),),
    ),
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
    ({"/a": {"type": "keyed", "key": ["x"], "order": "sorted", "by": ""}}, "/a: expected by"),
    ({"/a": {"type": "keyed", "key": ["x"], "order": "sorted", "fold": 1}}, "/a: expected fold"),
    ({"/a": {"type": "keyed", "key": ["x"], "by": "/l"}}, "/a: by is for order: sorted"),
    ({"/a": {"type": "set", "fold": True}}, "/a: fold is for order: sorted"),
    ({"/a": {"type": "set", "order": "ignore"}}, "/a: expected order: keep or sorted"),
    ({"": {"type": "bag"}}, "(root): unknown type"),
]


@pytest.mark.parametrize(("declared", "rules"), ACCEPTED)
def test_accepted(declared: Any, rules: Any) -> None:
    assert parse_list_rules(declared) == rules
    together = [["/x/a", "/x/b"]]
    parsed = parse_merge_rules(declared, together)
    assert parsed == (*rules, (("x",), Together(("a", "b"))))
    assert parse_merge_rules(*merge_rules_json(parsed)) == parsed


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
    active = parse_merge_rules({pattern: {"type": "set"}}, None)
    for token in place:
        active = rules_below(active, token)
    assert rule_at(active) == rule


def test_the_first_declaration_holds() -> None:
    rules = parse_list_rules({"/x": {"type": "text"}, "/*": {"type": "set"}})
    assert [rule_at(rules_below(rules, token)) for token in ("x", "y")] == [Text(), SetOf()]
