"""The entities of canonical that may match a search, from the index and what changed since; without one all are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gitdraft.documents.parse import read_document
from gitdraft.errors import InvalidInput
from gitdraft.git.trees import changed_files
from gitdraft.index import search_tables as tables
from gitdraft.index.database import Index, open_index
from gitdraft.index.names import folded, label_of, names_of
from gitdraft.index.search_tables import PARTS, SearchRow, SearchState
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.progress import Progress, silent
from gitdraft.model.values import JSON
from gitdraft.store.snapshots import Snapshot


def searched_rows(
    canonical: Snapshot, types: Sequence[str], parts: Iterable[str], progress: Progress = silent
) -> Iterator[SearchRow]:
    """Yields the entities of these types on canonical, a commit that is stored, whose texts hold all these parts (case folded),
    sorted by type and key."""
    asked = list(parts)
    long = [part for part in asked if len(part) >= PARTS and "\0" not in part]
    with open_index(canonical.source.common) as index:
        rows = None
        if catch_up(index, canonical, progress):
            rows = index.read(lambda connection: list(tables.read_rows(connection, sorted(types), long)))
    if rows is None:
        rows = sorted(_all_rows(canonical, types, progress), key=lambda row: row.entity)
    yield from (row for row in rows if all(part in row.text for part in asked))


def named_rows(
    canonical: Snapshot, asked: Sequence[tuple[str, Sequence[str]]], most: int, progress: Progress = silent
) -> list[list[SearchRow]]:
    """Returns for each name (as ``plain`` makes it) the entities of its types on canonical, a commit that is stored, that may
    be called so: those with a name that holds it, then those with a name that is like it, at most ``most`` of each."""
    with open_index(canonical.source.common) as index:
        known = None
        if catch_up(index, canonical, progress):
            known = index.read(
                lambda connection: [
                    list(tables.read_named(connection, types, name, most)) for name, types in asked
                ]
            )
    if known is not None:
        return known
    rows = list(_all_rows(canonical, tuple(canonical.configuration.entities), progress))
    return [[row for row in rows if row.entity.type in types] for _, types in asked]


def catch_up(index: Index, canonical: Snapshot, progress: Progress = silent) -> bool:
    """Updates the tables to a snapshot that is stored; returns whether they reflect it now."""
    state, after = index.read(tables.read_state), SearchState(canonical.tree, _declared(canonical))
    if state == after:
        return True
    is_near = state is not None and state.declared == after.declared and canonical.source.has(state.tree)
    before = state if is_near else None
    rows = (
        _all_rows(canonical, tuple(canonical.configuration.entities), progress)
        if before is None
        else _changed_rows(canonical, before.tree)
    )
    return bool(index.write(lambda connection: tables.write_searched(connection, before, after, rows)))


def text_of(entity: EntityRef, document: JSON) -> str:
    """Returns the entity's key and all its texts and numbers, case folded, one a line; names of members are none of them."""
    return "\n".join([folded(entity.key), *(folded(text) for text in _texts(document))])


def _texts(value: JSON) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _all_rows(canonical: Snapshot, types: Sequence[str], progress: Progress) -> Iterator[SearchRow]:
    for done, (entity, blob) in enumerate(canonical.entities(tuple(types))):
        progress(done, 0)
        yield _row(canonical, entity, blob)


def _changed_rows(canonical: Snapshot, tree: Oid) -> Iterator[SearchRow]:
    for change in changed_files(canonical.source, tree, canonical.tree):
        entity = canonical.configuration.entity_at(change.path)
        if entity is not None:
            yield _row(canonical, entity, change.new)


def _row(canonical: Snapshot, entity: EntityRef, blob: Oid | None) -> SearchRow:
    if blob is None:
        return SearchRow(entity, None)
    try:
        document = read_document(
            canonical.source.read_blob(blob), limits=canonical.configuration.limits, source=str(entity)
        )
    except InvalidInput:  # found by its key alone
        return SearchRow(entity, blob, folded(entity.key), names=(entity.key,))
    return SearchRow(entity, blob, text_of(entity, document), label_of(document), names_of(entity, document))


def _declared(canonical: Snapshot) -> str:
    """Returns the declarations that say which files are entities, and of which type."""
    types = sorted(canonical.configuration.entities.items())
    return repr([(name, entity_type.path.text, entity_type.nested) for name, entity_type in types])
