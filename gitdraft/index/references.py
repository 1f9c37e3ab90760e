"""The entities that refer to one on canonical, from the index and what changed since; without one all are read.

A snapshot that is not stored yet (a commit in preparation) is answered from the index and what it changes.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeAlias

from gitdraft.documents.parse import read_document
from gitdraft.documents.pointers import format_pointer, parse_pointer
from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import EntityType
from gitdraft.git.cache import remembered
from gitdraft.git.trees import changed_files
from gitdraft.index import reference_tables as tables
from gitdraft.index.database import Index, open_index
from gitdraft.index.reference_tables import ReferenceState, ReferrerRow
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.progress import Progress, silent
from gitdraft.model.references import ReferenceRule
from gitdraft.store.references import references_in, unique_values
from gitdraft.store.snapshots import Snapshot

Referrer: TypeAlias = tuple[EntityRef, str]


def referrers_of(canonical: Snapshot, target: EntityRef) -> tuple[Referrer, ...]:
    """Returns the entities of canonical that refer to ``target``, or have this unique value, with the pointer; sorted."""
    return referrers_of_any(canonical, (target,))


def referrers_of_any(canonical: Snapshot, targets: Collection[EntityRef]) -> tuple[Referrer, ...]:
    """Returns the entities of canonical that refer to one of ``targets``, or have one of these unique values, with the
    pointer; sorted."""
    if not targets or not any(
        entity_type.is_linked for entity_type in canonical.configuration.entities.values()
    ):
        return ()
    with open_index(canonical.source.common) as index:
        state = index.read(tables.read_state)
        if is_stored(canonical) and catch_up(index, canonical, state):
            state = _state_of(canonical)
        if state is not None and state.declared == _declared(canonical) and canonical.source.has(state.tree):
            rows = index.read(lambda connection: _read_at(connection, state, targets))
            if rows is not None:
                changed = _changed_since(canonical, state.tree)
                known = {target: _merged(rows[target], changed, target) for target in targets}
                return _resolved_each(canonical, known)
    known_all = all_referrers(canonical)
    return _resolved_each(canonical, {target: known_all.get(target, ()) for target in targets})


def _resolved_each(
    canonical: Snapshot, referrers: Mapping[EntityRef, Iterable[Referrer]]
) -> tuple[Referrer, ...]:
    pairs = (_resolved(canonical, known, target) for target, known in referrers.items())
    return tuple(sorted(referrer for known in pairs for referrer in known))


def catch_up(
    index: Index, canonical: Snapshot, state: ReferenceState | None, progress: Progress = silent
) -> bool:
    """Updates the tables to a snapshot that is stored; returns whether they reflect it now."""
    after = _state_of(canonical)
    if state == after:
        return True
    is_near = state is not None and state.declared == after.declared and canonical.source.has(state.tree)
    before = state if is_near else None
    rows = (
        _all_rows(canonical, progress)
        if before is None
        else iter(_changed_since(canonical, before.tree).rows.values())
    )
    return bool(index.write(lambda connection: tables.write_references(connection, before, after, rows)))


def is_stored(canonical: Snapshot) -> bool:
    """Returns whether the snapshot's commit is in the repository, not only in a buffer."""
    return canonical.source.has(canonical.commit)


def _read_at(
    connection: sqlite3.Connection, state: ReferenceState, targets: Collection[EntityRef]
) -> dict[EntityRef, list[Referrer]] | None:
    if tables.read_state(connection) != state:
        return None
    return {target: tables.read_referrers(connection, target) for target in targets}


def _resolved(canonical: Snapshot, referrers: Iterable[Referrer], target: EntityRef) -> tuple[Referrer, ...]:
    """Returns those who refer to ``target`` where the id may be of several types: an earlier one may hold it."""
    types = canonical.configuration.entities
    return tuple(
        (referrer, pointer)
        for referrer, pointer in referrers
        if not any(
            canonical.holds(EntityRef(name, target.key))
            for name in _earlier_types(types[referrer.type], pointer, target.type)
        )
    )


def _earlier_types(referring: EntityType, pointer: str, type_name: str) -> tuple[str, ...]:
    """Returns the types that are looked for before ``type_name`` at a place; none where a rule looks there at once."""
    tokens = parse_pointer(pointer)
    earlier: tuple[str, ...] = ()
    for rule in referring.references:
        if type_name in rule.types and _matches(rule, tokens):
            earlier = () if rule.prefixes else rule.types[: rule.types.index(type_name)]
            if not earlier:
                break
    return earlier


def _matches(rule: ReferenceRule, tokens: tuple[str, ...]) -> bool:
    pattern = (*rule.pattern, "*") if rule.members else rule.pattern
    return len(pattern) == len(tokens) and all(
        part in ("*", token) for part, token in zip(pattern, tokens, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Changed:
    """The entities of referring types that differ between two trees, and who of them names each entity now."""

    rows: dict[EntityRef, ReferrerRow]
    referrers: dict[EntityRef, list[Referrer]]


def _merged(rows: Iterable[Referrer], changed: _Changed, target: EntityRef) -> tuple[Referrer, ...]:
    referrers = [row for row in rows if row[0] not in changed.rows]
    referrers += changed.referrers.get(target, ())
    return tuple(sorted(referrers))


@remembered(8)
def _changed_since(canonical: Snapshot, tree: Oid) -> _Changed:
    """Returns what differs between ``tree`` and the snapshot."""
    rows: dict[EntityRef, ReferrerRow] = {}
    for change in changed_files(canonical.source, tree, canonical.tree):
        entity = canonical.configuration.entity_at(change.path)
        if entity is not None and canonical.configuration.entities[entity.type].is_linked:
            rows[entity] = _row(canonical, entity, change.new)
    return _Changed(rows, _by_target(rows.values()))


def _all_rows(canonical: Snapshot, progress: Progress) -> Iterator[ReferrerRow]:
    types = tuple(
        name for name, entity_type in canonical.configuration.entities.items() if entity_type.is_linked
    )
    for done, (entity, blob) in enumerate(canonical.entities(types)):
        progress(done, 0)
        yield _row(canonical, entity, blob)


@remembered(2)
def all_referrers(canonical: Snapshot) -> dict[EntityRef, list[Referrer]]:
    """Returns who names each entity, and where, from canonical alone: what the index must agree with."""
    referrers = _by_target(_all_rows(canonical, silent))
    return {target: sorted(places) for target, places in referrers.items()}


def _by_target(rows: Iterable[ReferrerRow]) -> dict[EntityRef, list[Referrer]]:
    referrers: defaultdict[EntityRef, list[Referrer]] = defaultdict(list)
    for row in rows:
        for target, pointer in row.names:
            referrers[target].append((row.entity, pointer))
    return referrers


def _row(canonical: Snapshot, entity: EntityRef, blob: Oid | None) -> ReferrerRow:
    if blob is None:
        return ReferrerRow(entity, None)
    entity_type = canonical.configuration.entities[entity.type]
    try:
        document = read_document(
            canonical.source.read_blob(blob), limits=canonical.configuration.limits, source=str(entity)
        )
    except InvalidInput:  # reported as json/invalid where the entity itself is validated
        return ReferrerRow(entity, blob)
    names = (
        (candidate, format_pointer(reference.tokens))
        for reference in references_in(entity_type, document)
        for candidate in reference.candidates
    )
    values = ((value, format_pointer(tokens)) for value, tokens in unique_values(entity_type, document))
    return ReferrerRow(entity, blob, (*names, *values))


def _state_of(canonical: Snapshot) -> ReferenceState:
    return ReferenceState(canonical.tree, _declared(canonical))


def _declared(canonical: Snapshot) -> str:
    """Returns the declarations that say which files are entities of a referring type, and where their references are."""
    types = sorted(canonical.configuration.entities.items())
    return repr(
        [
            (name, entity_type.path.text, entity_type.nested, entity_type.references, entity_type.unique)
            for name, entity_type in types
        ]
    )
