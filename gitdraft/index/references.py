"""Who names an entity on canonical: from the index, brought up to date by what changed; without one by reading all.

A snapshot that is not written yet (a commit in the making) is answered from the index and what it changes.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator

from gitdraft.documents.parse import parse_document
from gitdraft.documents.pointers import format_pointer
from gitdraft.errors import InvalidInput
from gitdraft.git.cache import remembered
from gitdraft.git.trees import changed_files
from gitdraft.index import reference_tables as tables
from gitdraft.index.database import Index, open_index
from gitdraft.index.reference_tables import ReferenceState, ReferrerRow
from gitdraft.model.entities import EntityRef
from gitdraft.model.progress import Progress, silent
from gitdraft.store.references import references_in
from gitdraft.store.snapshots import Snapshot

Place = tuple[EntityRef, str]


def referrers_of(canonical: Snapshot, target: EntityRef) -> tuple[Place, ...]:
    """The entities of canonical that name ``target``, with the pointer where (RFC 6901); sorted."""
    if canonical.tree is None or not any(
        entity_type.references for entity_type in canonical.configuration.entities.values()
    ):
        return ()
    with open_index(canonical.source.common) as index:
        state = index.read(tables.read_state)
        if is_written(canonical) and catch_up(index, canonical, state):
            state = _state_of(canonical)
        if state is not None and state.declared == _declared(canonical) and canonical.source.has(state.tree):
            rows = index.read(lambda connection: _read_at(connection, state, target))
            if rows is not None:
                changed = _changed_since(canonical, state.tree)
                return _merged(rows, changed, target)
    return tuple(_all_referrers(canonical).get(target, ()))


def catch_up(
    index: Index, canonical: Snapshot, state: ReferenceState | None, progress: Progress = silent
) -> bool:
    """Bring the tables to a written snapshot; whether they reflect it now."""
    after = _state_of(canonical)
    if state == after:
        return True
    is_near = state is not None and state.declared == after.declared and canonical.source.has(state.tree)
    before = state if is_near else None
    rows = (
        _all_rows(canonical, progress)
        if before is None
        else iter(_changed_since(canonical, before.tree).values())
    )
    return bool(index.write(lambda connection: tables.write_references(connection, before, after, rows)))


def is_written(canonical: Snapshot) -> bool:
    """Whether the snapshot's commit is in the repository, not only in a buffer."""
    return canonical.source.has(canonical.commit)


def _read_at(connection: sqlite3.Connection, state: ReferenceState, target: EntityRef) -> list[Place] | None:
    return tables.read_referrers(connection, target) if tables.read_state(connection) == state else None


def _merged(rows: list[Place], changed: dict[EntityRef, ReferrerRow], target: EntityRef) -> tuple[Place, ...]:
    found = [row for row in rows if row[0] not in changed]
    found += [
        (row.entity, pointer) for row in changed.values() for named, pointer in row.names if named == target
    ]
    return tuple(sorted(found))


@remembered(8)
def _changed_since(canonical: Snapshot, tree: str) -> dict[EntityRef, ReferrerRow]:
    """The entities of referring types that the snapshot has otherwise than ``tree``."""
    found: dict[EntityRef, ReferrerRow] = {}
    for change in changed_files(canonical.source, tree, canonical.tree):
        entity = canonical.configuration.entity_at(change.path)
        if entity is not None and canonical.configuration.entities[entity.type].references:
            found[entity] = _row(canonical, entity, change.new)
    return found


def _all_rows(canonical: Snapshot, progress: Progress) -> Iterator[ReferrerRow]:
    types = tuple(
        name for name, entity_type in canonical.configuration.entities.items() if entity_type.references
    )
    for done, (entity, blob) in enumerate(canonical.entities(types)):
        progress(done, 0)
        yield _row(canonical, entity, blob)


@remembered(2)
def _all_referrers(canonical: Snapshot) -> dict[EntityRef, list[Place]]:
    found: defaultdict[EntityRef, list[Place]] = defaultdict(list)
    for row in _all_rows(canonical, silent):
        for target, pointer in row.names:
            found[target].append((row.entity, pointer))
    return {target: sorted(places) for target, places in found.items()}


def _row(canonical: Snapshot, entity: EntityRef, blob: str | None) -> ReferrerRow:
    if blob is None:
        return ReferrerRow(entity, None)
    entity_type = canonical.configuration.entities[entity.type]
    try:
        document = parse_document(
            canonical.source.read_blob(blob), limits=canonical.configuration.limits, source=str(entity)
        )
    except InvalidInput:  # reported as json/invalid where the entity itself is validated
        return ReferrerRow(entity, blob)
    names = tuple((target, format_pointer(tokens)) for target, tokens in references_in(entity_type, document))
    return ReferrerRow(entity, blob, names)


def _state_of(canonical: Snapshot) -> ReferenceState:
    return ReferenceState(canonical.tree, _declared(canonical))


def _declared(canonical: Snapshot) -> str:
    """What decides which files are entities of a referring type, and what in them refers."""
    types = sorted(canonical.configuration.entities.items())
    return repr(
        [
            (name, entity_type.path.text, entity_type.nested, entity_type.references)
            for name, entity_type in types
        ]
    )
