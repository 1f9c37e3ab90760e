"""Canonical before its first commit."""

from __future__ import annotations

from pathlib import Path

import pygit2
import pytest

from gitdraft.errors import RepositoryError
from gitdraft.formats.configuration import Configuration
from gitdraft.model.entities import EntityRef
from gitdraft.store.repository import Store, open_store
from gitdraft.store.snapshots import EmptyCanonical

PERSON = EntityRef("person", "ada")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A server's repository before the first push."""
    pygit2.init_repository(tmp_path / "server.git", bare=True)
    return open_store(tmp_path / "server.git")


def test_it_has_the_default_configuration_and_no_entity(store: Store) -> None:
    canonical = store.canonical_or_empty()
    assert isinstance(canonical, EmptyCanonical)
    assert canonical.configuration == store.configuration() == Configuration()
    assert canonical.tree is None
    looks = (canonical.blob, canonical.tombstone_blob, canonical.tombstone, canonical.protection)
    assert [look(PERSON) for look in looks] == [None] * 4


def test_who_needs_a_commit_is_refused(store: Store) -> None:
    with pytest.raises(RepositoryError) as refused:
        store.snapshot()
    assert refused.value.code == "no-canonical"
    assert refused.value.hint == "commit the entities first"
