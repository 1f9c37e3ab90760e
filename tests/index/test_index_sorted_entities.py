"""Entities sorted by type and key, whatever their number."""

from __future__ import annotations

import sqlite3

import pytest

from gitdraft.errors import RepositoryError
from gitdraft.index.sorted_entities import SortedEntities
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid

KEYS = ["a", "a-b", "a/b", "B", "\uffee", "\U0001f600", "é"]


def test_each_entity_comes_once_and_as_it_was_put_in_last() -> None:
    entities = SortedEntities()
    entities.put((EntityRef(name, key), Oid("0" * 40)) for name in ("item", "Form") for key in KEYS)
    entities.put([(EntityRef("item", "a-b"), None), (EntityRef("item", "c"), None)])
    listed = list(entities)
    assert len(entities) == len(listed) == 2 * len(KEYS) + 1
    assert [entity for entity, _ in listed] == sorted(entity for entity, _ in listed)
    assert [entity.key for entity, blob in listed if blob is None] == ["a-b", "c"]


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    entities = SortedEntities()
    connection = sqlite3.connect("", isolation_level=None)
    connection.executescript(
        "CREATE TABLE entities (type TEXT, key TEXT, blob TEXT, PRIMARY KEY (type, key)) WITHOUT ROWID;"
        "PRAGMA max_page_count = 2;"
    )
    monkeypatch.setattr(entities, "_connection", connection)
    with pytest.raises(RepositoryError) as caught:
        entities.put((EntityRef("item", str(number)), Oid("0" * 40)) for number in range(5000))
    assert caught.value.code == "no-space"
