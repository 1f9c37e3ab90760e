"""The index rebuilt, and compared with one built beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator

from gitdraft.git.trees import find
from gitdraft.index import effective, reference_tables, search, search_tables
from gitdraft.index.affected import affected_in
from gitdraft.index.database import FILE, Index, not_written, open_index, remove_index
from gitdraft.index.draft_lines import catch_up_lines
from gitdraft.index.redirects import look_up
from gitdraft.index.references import catch_up
from gitdraft.index.revision_tables import History, known_histories, write_history
from gitdraft.index.revisions import read_all
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.progress import Progress, silent
from gitdraft.store.affected import AffectedDrafts
from gitdraft.store.redirects import TOMBSTONES
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import EmptyCanonical, Snapshot, take_snapshot

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The index against a fresh one, for one subject: its rows, those that are missing, those that are surplus."""

    about: str
    rows: int
    missing: tuple[Row, ...]
    surplus: tuple[Row, ...]


def rebuild_index(store: Store, progress: Progress = silent) -> dict[str, int]:
    """Rebuilds the index; returns how many rows it has by subject. Raises RepositoryError (``unwritable``)."""
    remove_index(store.git.common)
    if (store.git.common / FILE).exists():
        raise not_written(store.git.common / FILE)
    with open_index(store.git.common) as index:
        index.require_open()
        canonical = store.canonical_or_empty()
        if isinstance(canonical, Snapshot):
            _fill(index, store, canonical, progress)
        return {about: len(rows) for about, rows in index.rows().items()}


def verify_index(store: Store, progress: Progress = silent) -> list[Comparison]:
    """Updates the index, builds another beside it from nothing, and returns how they compare, row by row. Raises
    RepositoryError (``unwritable``)."""
    beside = f"{FILE}.{os.getpid()}"
    canonical = store.canonical_or_empty()
    if isinstance(canonical, EmptyCanonical):
        return []
    try:
        with open_index(store.git.common) as index, open_index(store.git.common, beside) as fresh:
            fresh.require_open()
            _fill(index, store, canonical, silent)
            _fill(fresh, store, canonical, progress)
            if index.read(search_tables.read_state) is not None:  # the first search fills it
                search.catch_up(index, canonical)
                search.catch_up(fresh, canonical, progress)
            for name, reflects in index.read(known_histories) or ():
                _fill_history(fresh, store, EntityRef(*name.split("/", 1)), reflects)
            return list(_compare(index.rows(), fresh.rows()))
    finally:
        remove_index(store.git.common, beside)


def _fill(index: Index, store: Store, canonical: Snapshot, progress: Progress) -> None:
    catch_up(index, canonical, index.read(reference_tables.read_state), progress)
    effective.catch_up(index, canonical, progress)
    for name in canonical.configuration.entities:
        folder = find(canonical.source, canonical.tree, f"{TOMBSTONES}/{name}")
        if folder is not None and folder.is_tree:
            look_up(index, canonical, name, folder.oid)
    affected_in(index, store, AffectedDrafts(store.git, canonical))
    for is_closed in (False, True):
        catch_up_lines(index, store, is_closed=is_closed)


def _fill_history(index: Index, store: Store, entity: EntityRef, reflects: Oid) -> None:
    canonical = take_snapshot(store.git, reflects, store.snapshot().configuration)
    history = History(reflects, read_all(canonical, store.git, reflects, entity))
    index.write(lambda connection: write_history(connection, entity, history))


def _compare(indexed: dict[str, list[Row]], fresh: dict[str, list[Row]]) -> Iterator[Comparison]:
    for about, rows in indexed.items():
        actual, expected = set(rows), set(fresh.get(about, ()))
        yield Comparison(
            about,
            len(rows),
            tuple(sorted(expected - actual, key=repr)),
            tuple(sorted(actual - expected, key=repr)),
        )
