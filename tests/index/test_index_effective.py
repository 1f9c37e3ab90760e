"""Effective members: what the index keeps, and what a draft makes of it, is what the definition says.

GITDRAFT_EXAMPLES raises the number of examples.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitdraft.documents.inheritance import Effective, MemberChange, compare
from gitdraft.formats.paths import tombstone_path
from gitdraft.formats.tombstones import write_tombstone
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.repository import initialise_repository
from gitdraft.git.trees import update_tree
from gitdraft.index import effective_tables as tables
from gitdraft.index.database import Index
from gitdraft.index.effective import IndexedHierarchy, SnapshotHierarchy, catch_up
from gitdraft.model.entities import EntityRef
from gitdraft.model.operations import Actor, OperationMetadata
from gitdraft.model.outcomes import Absent, ChangeStatus, Deleted, Live, Redirected
from gitdraft.model.tombstones import DeletedTombstone, RedirectTombstone
from gitdraft.store.signatures import signature
from gitdraft.store.snapshots import Snapshot, take_snapshot
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.inheritance import overlaid, walk_affected

EXAMPLES = int(os.environ.get("GITDRAFT_EXAMPLES", "60"))
OCCASION = OperationMetadata(Actor("Ann", "ann@example.org"), 1_700_000_000, 0, "0" * 12)
CONFIGURATION = b"""\
entities:
  category:
    path: categories/{key}.json
    references: {/parents/*: category, /required/*: property, /optional/*: property}
    inherits:
      parents: /parents
      members: {/required: required, /optional: optional}
  property:
    path: properties/{key}.json
"""
KEYS = "abcdef"
NAMES = st.lists(st.sampled_from(["m", "n", "o"]), max_size=2, unique=True)

live = st.builds(
    lambda parents, required, optional: {"parents": parents, "required": required, "optional": optional},
    st.lists(st.sampled_from([*KEYS, "nobody"]), max_size=3),
    NAMES,
    NAMES,
)
nodes = st.one_of(
    live, live, live, st.sampled_from(KEYS), st.just("deleted!"), st.just("unreadable!"), st.none()
)
states = st.fixed_dictionaries(dict.fromkeys(KEYS, nodes))
edits = st.dictionaries(st.sampled_from(KEYS), nodes, max_size=3)


class Written(ObjectBuffer):
    """Objects in memory that count as written."""

    def has(self, oid: str) -> bool:
        return True


@dataclass(frozen=True)
class Place:
    """Where any state of the hierarchy can be committed, and an index of it, both in memory."""

    buffer: ObjectBuffer
    index: Index

    def snapshot(self, state: dict[str, Any]) -> Snapshot:
        buffer = self.buffer
        files = {"gitdraft.yaml": buffer.blob(CONFIGURATION)}
        for key, node in state.items():
            entity = EntityRef("category", key)
            if isinstance(node, dict):
                files[f"categories/{key}.json"] = buffer.blob(json.dumps(node).encode())
            elif node == "unreadable!":
                files[f"categories/{key}.json"] = buffer.blob(b"{")
            elif node == "deleted!":
                gone = DeletedTombstone(key, "r", "Ann", OCCASION.at, {})
                files[tombstone_path(entity)] = buffer.blob(write_tombstone(gone))
            elif node is not None:
                sent = RedirectTombstone(key, node, "r", "Ann", OCCASION.at)
                files[tombstone_path(entity)] = buffer.blob(write_tombstone(sent))
        commit = buffer.commit(
            tree=update_tree(buffer, None, files),
            parents=(),
            author=signature(OCCASION),
            committer=signature(OCCASION),
            message="State\n",
        )
        return take_snapshot(buffer, commit)

    def ask(self, canonical: Snapshot, question: Callable[..., Any]) -> Any:
        assert catch_up(self.index, canonical)
        return self.index.read(lambda connection: question(IndexedHierarchy(connection)))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    buffer = Written(initialise_repository(tmp_path_factory.mktemp("hierarchy"), "main"))
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(tables.SCHEMA)
    yield Place(buffer, Index(Path(), connection))
    connection.close()


def state_of(node: dict[str, Any] | str | None) -> Any:
    if isinstance(node, dict):
        return Live(node)
    if node is None:
        return Absent()
    return Deleted() if node == "deleted!" else Redirected(EntityRef("category", node))


def end_of(state: dict[str, Any], key: str) -> str | None:
    """Where the redirects from a key end; ``None`` where they lead in a circle."""
    seen: list[str] = []
    while isinstance(state.get(key), str) and not state[key].endswith("!"):
        if key in seen:
            return None
        seen.append(key)
        key = state[key]
    return key


def expected(state: dict[str, Any], key: str) -> dict[str, tuple[Any, ...]]:
    """By the definition: of all ways up that pass nobody twice the shortest; of those one that requires the member;
    of those the one that goes by the earlier parents."""
    best: dict[str, tuple[tuple[int, bool, tuple[int, ...]], str, str]] = {}

    def climb(here: str, way: set[str], turns: tuple[int, ...]) -> None:
        for requirement in ("required", "optional"):
            for name in state[here][requirement]:
                rank = (len(turns), requirement == "optional", turns)
                if name not in best or rank < best[name][0]:
                    best[name] = (rank, requirement, here)
        for turn, parent in enumerate(state[here]["parents"]):
            end = end_of(state, parent)
            if end is not None and isinstance(state.get(end), dict) and end not in way:
                climb(end, {*way, end}, (*turns, turn))

    if isinstance(state[key], dict):
        climb(key, {key}, ())
    return {
        f"property/{name}": (requirement, source, rank[0])
        for name, (rank, requirement, source) in best.items()
    }


def found(effective: Effective) -> dict[str, tuple[Any, ...]]:
    return {m.name: (m.requirement, m.source.key, m.depth) for m in effective.members}


def check(place: Place, state: dict[str, Any]) -> None:
    canonical = place.snapshot(state)
    for key in KEYS:
        entity = EntityRef("category", key)
        kept = place.ask(canonical, lambda hierarchy, entity=entity: hierarchy.effective(entity))
        assert found(kept) == expected(state, key)
        assert kept == SnapshotHierarchy(canonical).effective(entity)
        assert [m.depth for m in kept.members] == sorted(m.depth for m in kept.members)


def drafted_members(
    view: EffectiveView, entity: EntityRef, canonical: IndexedHierarchy
) -> list[MemberChange]:
    return compare(canonical.effective(entity), overlaid(canonical, view).effective(entity))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(states, st.lists(edits, max_size=4))
def test_any_history_of_any_hierarchy_gives_what_the_definition_says(
    place: Place, state: dict[str, Any], history: list[Any]
) -> None:
    check(place, state)
    for edit in history:
        state = {**state, **edit}
        check(place, state)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(states, edits)
def test_any_draft_changes_what_the_definition_says(
    place: Place, state: dict[str, Any], edit: dict[str, Any]
) -> None:
    edit = {key: node for key, node in edit.items() if node != "unreadable!"}
    canonical, drafted = place.snapshot(state), {**state, **edit}
    overrides = {EntityRef("category", key): state_of(node) for key, node in edit.items()}
    view = EffectiveView(place.buffer, canonical, overrides=overrides)
    differ = set()
    for key in KEYS:
        before, after = expected(state, key), expected(drafted, key)
        if {n: seen[:2] for n, seen in before.items()} != {n: seen[:2] for n, seen in after.items()}:
            differ.add(key)
        if isinstance(drafted[key], dict):
            members = place.ask(canonical, partial(drafted_members, view, EntityRef("category", key)))
            assert {
                m.name: (m.after.requirement, m.after.source.key, m.after.depth) for m in members if m.after
            } == after
            assert {m.name for m in members if m.status is ChangeStatus.ADDED} == after.keys() - before.keys()
            assert {m.name for m in members if m.status is ChangeStatus.DELETED} == (
                before.keys() - after.keys()
            )

    for ask in (place.ask, lambda canonical, question: question(SnapshotHierarchy(canonical))):
        affected = ask(canonical, lambda canonical: list(walk_affected(canonical, view)))
        assert sorted(one.entity.key for one in affected) == sorted(differ)
        for one in affected:
            assert one.way[-1] == one.entity
            assert one.way[0] in overrides
