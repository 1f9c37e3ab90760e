"""Two documents of one thing become one: what is taken, what unites, what is kept as an alias, what conflicts."""

from __future__ import annotations

from typing import Any

import pytest

from gitdraft.documents.entity_merge import merge_entities
from gitdraft.documents.merge.declarations import parse_list_rules
from gitdraft.model.values import ABSENT

SETS = parse_list_rules({"/tags": {"type": "set"}})
KEYED = parse_list_rules({"/fields": {"type": "keyed", "key": ["name"]}})
LABEL = [(("label",), ("aliases",))]
LABELS = [(("labels", "*"), ("aliases", "*"))]


def row(name: str, source: Any, target: Any, merged: Any, rules: Any = (), aliases: Any = ()) -> Any:
    return pytest.param(source, target, merged, rules, aliases, id=name)


@pytest.mark.parametrize(
    ("source", "target", "merged", "rules", "aliases"),
    [
        row("nothing to take", {}, {"a": 1}, {"a": 1}),
        row("what only one has is taken", {"b": 2}, {"a": 1}, {"a": 1, "b": 2}),
        row("all of it", {"b": {"c": [1]}}, {}, {"b": {"c": [1]}}),
        row("equal values are one", {"a": [1, 2]}, {"a": [1, 2]}, {"a": [1, 2]}),
        row("the target's spelling of a number stands", {"a": 1.0}, {"a": 1}, {"a": 1}),
        row("null is a value", {"a": None}, {"b": 1}, {"b": 1, "a": None}),
        row("objects unite", {"o": {"a": 1}}, {"o": {"b": 2}}, {"o": {"b": 2, "a": 1}}),
        row("sets unite", {"tags": ["x", "y"]}, {"tags": ["y", "z"]}, {"tags": ["y", "z", "x"]}, SETS),
        row(
            "keyed lists unite item by item",
            {"fields": [{"name": "a", "v": 1}, {"name": "b"}]},
            {"fields": [{"name": "b", "w": 2}]},
            {"fields": [{"name": "b", "w": 2}, {"name": "a", "v": 1}]},
            KEYED,
        ),
        row(
            "another label is kept",
            {"label": "x"},
            {"label": "y"},
            {"label": "y", "aliases": ["x"]},
            (),
            LABEL,
        ),
        row(
            "once",
            {"label": "x"},
            {"label": "y", "aliases": ["x"]},
            {"label": "y", "aliases": ["x"]},
            (),
            LABEL,
        ),
        row(
            "beside the others",
            {"label": "x"},
            {"label": "y", "aliases": ["z"]},
            {"label": "y", "aliases": ["z", "x"]},
            (),
            LABEL,
        ),
        row("the same label is no alias", {"label": "x"}, {"label": "x"}, {"label": "x"}, (), LABEL),
        row("a label that only the source has", {"label": "x"}, {}, {"label": "x"}, (), LABEL),
        row(
            "in its own language",
            {"labels": {"en": "x", "de": "d"}},
            {"labels": {"en": "y"}},
            {"labels": {"en": "y", "de": "d"}, "aliases": {"en": ["x"]}},
            (),
            LABELS,
        ),
    ],
)
def test_what_unites(source: Any, target: Any, merged: Any, rules: Any, aliases: Any) -> None:
    found = merge_entities(source, target, rules, aliases)
    assert found.conflicts == ()
    assert found.document == merged
    assert repr(found.document) == repr(merged), "in the target's order and spelling"


@pytest.mark.parametrize(
    ("source", "target", "paths", "kept_from"),
    [
        ({"a": 1}, {"a": 2}, ["/a"], {"a": 1}),
        (
            {"a": 1, "b": {"c": 1}, "d": 1},
            {"a": 2, "b": {"c": 2}},
            ["/a", "/b/c"],
            {"a": 1, "b": {"c": 1}, "d": 1},
        ),
        ({"a": None}, {"a": 0}, ["/a"], {"a": None}),
        ({"a": True}, {"a": 1}, ["/a"], {"a": True}),
        ({"a": {}}, {"a": []}, ["/a"], {"a": {}}),
        ({"a": [1]}, {"a": [2]}, ["/a"], {"a": [1]}),
    ],
    ids=[
        "scalars",
        "in several places",
        "null",
        "true is not one",
        "other kinds",
        "lists that are not declared",
    ],
)
def test_what_conflicts_and_whom_keep_chooses(
    source: Any, target: Any, paths: list[str], kept_from: Any
) -> None:
    found = merge_entities(source, target, ())
    assert [conflict.path for conflict in found.conflicts] == paths
    assert all(conflict.canonical is not ABSENT for conflict in found.conflicts)
    kept = merge_entities(source, target, (), keep="from")
    assert (repr(kept.document), kept.conflicts) == (repr(kept_from), ())
    other = merge_entities(source, target, (), keep="to")
    assert repr(other.document) == repr({**target, **{k: v for k, v in source.items() if k not in target}})


def test_the_conflicts_say_which_side_has_what() -> None:
    (conflict,) = merge_entities({"a": 1}, {"a": 2}, ()).conflicts
    assert (conflict.canonical, conflict.draft) == (2, 1), "canonical is the target, draft the source"


def test_an_alias_and_a_conflict_are_told_apart() -> None:
    found = merge_entities({"label": "x", "rank": 1}, {"label": "y", "rank": 2}, (), LABEL)
    assert [conflict.path for conflict in found.conflicts] == ["/rank"]
    kept = merge_entities({"label": "x", "rank": 1}, {"label": "y", "rank": 2}, (), LABEL, keep="from")
    assert kept.document == {"label": "y", "rank": 1, "aliases": ["x"]}
    assert kept.aliases == ("/label",)


def test_the_inputs_are_left_as_they_are() -> None:
    source, target = {"label": "x", "tags": ["a"]}, {"label": "y", "tags": ["b"], "aliases": []}
    merge_entities(source, target, SETS, LABEL)
    assert source == {"label": "x", "tags": ["a"]}
    assert target == {"label": "y", "tags": ["b"], "aliases": []}


@pytest.mark.parametrize("there", ["text", {"en": ["x"]}, None, 3])
def test_a_label_is_never_lost_where_aliases_is_no_list(there: Any) -> None:
    found = merge_entities({"label": "x"}, {"label": "y", "aliases": there}, (), LABEL)
    assert [conflict.path for conflict in found.conflicts] == ["/label"]
    assert found.aliases == ()
    assert merge_entities({"label": "x"}, {"label": "y", "aliases": there}, (), LABEL, "to").document == {
        "label": "y",
        "aliases": there,
    }


def test_a_label_is_never_lost_where_the_sources_aliases_are_no_list() -> None:
    source, target = {"label": "x", "aliases": "text"}, {"label": "y", "aliases": ["z"]}
    assert [c.path for c in merge_entities(source, target, (), LABEL).conflicts] == ["/label", "/aliases"]
    assert merge_entities(source, target, (), LABEL, "from").document == source
