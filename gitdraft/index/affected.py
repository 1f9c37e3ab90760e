"""The open drafts that a canonical commit affects, found by what changed, without reading every draft.

The index keeps what every draft changes and may refer to, and which drafts are affected by the canonical tree that it
reflects. Where two canonical trees have the same content for an entity, both or neither affect a draft by it. So only
these drafts are read again: those already affected, those that change, or may refer to, an entity that differs between
the two trees, and those whose tip is new. Without an index all are read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from gitdraft.documents.parse import parse_json
from gitdraft.errors import InvalidInput, RepositoryError
from gitdraft.formats.configuration import CONFIGURATION_PATH
from gitdraft.formats.paths import parse_marker_path
from gitdraft.git.known_refs import list_loose, list_refs, packed_state, read_ref
from gitdraft.git.trees import changed_files
from gitdraft.index import draft_tables as tables
from gitdraft.index.database import Index, open_index
from gitdraft.index.draft_tables import DraftRow, DraftState, DraftUpdate
from gitdraft.index.rebase_state_tables import is_any_invalid
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid, RefName
from gitdraft.store.affected import AffectedDrafts
from gitdraft.store.drafts import StoredDraft, content_key, read_draft
from gitdraft.store.references import scalars_in, value_text
from gitdraft.store.repository import Store
from gitdraft.store.schema_files import schema_files
from gitdraft.store.snapshots import Snapshot, file_oid
from gitdraft.store.stacks import parent_of

PIECE = 10_000  # changed files


@dataclass(frozen=True, slots=True)
class AffectedSet:
    """The open drafts that a commit affects.

    ``number`` is how many drafts are open; ``affected`` and ``stacked`` are name to tip, sorted; ``is_indexed`` says
    whether the index has all drafts as they are now.
    """

    number: int
    affected: dict[str, Oid]
    stacked: dict[str, Oid]
    is_indexed: bool


@dataclass(frozen=True, slots=True)
class _Refs:
    """The drafts' refs against the index: new and moved tips (with whether the ref is loose), deleted refs, the number."""

    new: dict[str, tuple[Oid, bool]]
    gone: frozenset[str]
    number: int


@dataclass(frozen=True, slots=True)
class _Known:
    """What the index has: ``candidates`` may be affected, ``touched`` are those that what canonical changed is about."""

    state: DraftState | None
    refs: _Refs
    candidates: dict[str, Oid]
    touched: frozenset[str]
    stacked: dict[str, Oid]


def find_affected(store: Store, affected_drafts: AffectedDrafts) -> AffectedSet:
    """Returns the open drafts that ``affected_drafts.canonical`` affects; unreadable ones are among them."""
    with open_index(store.git.common) as index:
        return affected_in(index, store, affected_drafts)


def affected_in(index: Index, store: Store, affected_drafts: AffectedDrafts) -> AffectedSet:
    """Returns the same by this index, which is updated where the commit is stored."""
    canonical = affected_drafts.canonical
    packed = packed_state(store.git)  # before the refs are read: what comes later shows the next time
    known = index.read(lambda connection: _look_up(connection, store, affected_drafts, packed))
    if known is None:
        known = _Known(None, _all_refs(store), {}, frozenset(), {})
    rows = [_row(store, affected_drafts, name, *where) for name, where in known.refs.new.items()]
    answers = {
        name: _is_affected(store, affected_drafts, name, tip)
        for name, tip in known.candidates.items()
        if name not in known.refs.new and name not in known.refs.gone
    }
    after = DraftState(canonical.tree, packed)
    is_indexed = not _differs(known, after, rows, answers)
    if not is_indexed and store.git.has(canonical.commit):
        update = DraftUpdate(known.refs.gone, rows, answers, known.touched)
        is_indexed = bool(
            index.write(lambda connection: tables.write_drafts(connection, known.state, after, update))
        )
    affected = {row.name: row.tip for row in rows if row.is_affected}
    affected |= {name: known.candidates[name] for name, is_so in answers.items() if is_so}
    stays = (known.stacked.keys() - known.refs.new.keys()) - known.refs.gone
    stacked = {name: known.stacked[name] for name in stays}
    stacked |= {row.name: row.tip for row in rows if row.parent is not None}
    return AffectedSet(
        known.refs.number, dict(sorted(affected.items())), dict(sorted(stacked.items())), is_indexed
    )


def drafts_mentioning(store: Store, entities: Iterable[EntityRef]) -> dict[str, Oid]:
    """Returns the open drafts that change or may refer to one of ``entities``, name to tip, sorted; without an index all."""
    entities = frozenset(entities)
    affected = find_affected(store, AffectedDrafts(store.git, store.snapshot()))
    with open_index(store.git.common) as index:
        tips = index.read(
            lambda connection: (
                tables.tips_changing(connection, entities)
                | tables.tips_naming(connection, {entity.key for entity in entities})
            )
        )
    if tips is None or not affected.is_indexed:
        return store.open_drafts()
    return dict(sorted(tips.items()))


def _look_up(
    connection: sqlite3.Connection, store: Store, affected_drafts: AffectedDrafts, packed: str
) -> _Known | None:
    state = tables.read_state(connection)
    if state is None or not store.git.has(state.tree):
        return None
    source, now = affected_drafts.source, affected_drafts.canonical.tree
    if file_oid(source, state.tree, CONFIGURATION_PATH) != file_oid(source, now, CONFIGURATION_PATH):
        return None  # what may be a reference is another question now
    refs = _refs_since(connection, store, state, packed)
    touched = _touched(connection, affected_drafts, state)
    candidates = tables.affected_tips(connection) | touched
    return _Known(state, refs, candidates, frozenset(touched), tables.stacked_tips(connection))


def _refs_since(connection: sqlite3.Connection, store: Store, state: DraftState, packed: str) -> _Refs:
    prefix = store.drafts_ref
    loose = {name.removeprefix(prefix): tip for name, tip in list_loose(store.git, prefix).items()}
    was_loose = tables.loose_tips(connection)
    if state.packed == packed:
        before = was_loose | tables.tips_of(connection, loose.keys() - was_loose.keys())
        now = {name: tip for name, tip in loose.items() if tip is not None}
        for name in was_loose.keys() - loose.keys():
            tip = read_ref(store.git, RefName(prefix + name))
            if tip is not None:
                now[name] = tip
    else:
        before = tables.all_tips(connection)
        now = {name.removeprefix(prefix): tip for name, tip in list_refs(store.git, prefix).items()}
    new = {
        name: (tip, name in loose)
        for name, tip in now.items()
        if before.get(name) != tip or (name in loose) != (name in was_loose)
    }
    gone = before.keys() - now.keys()
    number = tables.count_drafts(connection) - len(gone) + len(now.keys() - before.keys())
    return _Refs(new, frozenset(gone), number)


def _all_refs(store: Store) -> _Refs:
    loose = list_loose(store.git, store.drafts_ref)
    refs = {name: (tip, store.drafts_ref + name in loose) for name, tip in store.open_drafts().items()}
    return _Refs(refs, frozenset(), len(refs))


def _touched(
    connection: sqlite3.Connection, affected_drafts: AffectedDrafts, state: DraftState
) -> dict[str, Oid]:
    """Returns the drafts, name to tip, that what differs between the two canonical trees is about."""
    canonical, source = affected_drafts.canonical, affected_drafts.source
    tips: dict[str, Oid] = {}
    if state.tree == canonical.tree or tables.count_drafts(connection) == 0:
        return tips
    may_mend = is_any_invalid(connection)  # an entity that a draft names, and that came
    held_to = {name: frozenset(schema_files(canonical, name)) for name in canonical.configuration.entities}
    changes = changed_files(source, state.tree, canonical.tree)
    while piece := list(islice(changes, PIECE)):  # a million entities may have been imported
        changed = [
            (canonical.configuration.entity_at(change.path) or parse_marker_path(change.path), change)
            for change in piece
        ]
        tips |= tables.tips_changing(connection, {entity for entity, _ in changed if entity is not None})
        gone = {entity.key for entity, change in changed if entity is not None and change.new is None}
        come = {entity.key for entity, change in changed if entity is not None and change.old is None}
        tips |= tables.tips_naming(connection, gone | come if may_mend else gone)
        paths = {change.path for change in piece}
        tips |= tables.tips_of_types(
            connection, [name for name, files in held_to.items() if not paths.isdisjoint(files)]
        )
    if any(entity_type.unique for entity_type in canonical.configuration.entities.values()):
        named = affected_drafts.named_since(state.tree)
        tips |= tables.tips_naming(connection, {value.key for value in named if " " in value.type})
    if deleted := tables.deleted_entities(connection):
        tips |= tables.tips_changing(connection, deleted & affected_drafts.named_since(state.tree))
    return tips


def _row(store: Store, affected_drafts: AffectedDrafts, name: str, tip: Oid, is_loose: bool) -> DraftRow:
    try:
        draft = read_draft(affected_drafts.source, name, store.draft_ref(name), tip)
        is_affected = bool(affected_drafts.entities(draft))
        names = frozenset(_names(affected_drafts.canonical, draft))
        parent = parent_of(affected_drafts.source, draft)
    except (InvalidInput, RepositoryError):
        return DraftRow(name, tip, is_loose, True, (), frozenset())
    changes = tuple((entity, file.kind) for file in draft.files for entity in file.entities)
    onto = None if parent is None else parent.draft
    content = content_key(affected_drafts.source, draft)
    return DraftRow(name, tip, is_loose, is_affected, changes, names, onto, content)


def _is_affected(store: Store, affected_drafts: AffectedDrafts, name: str, tip: Oid) -> bool:
    try:
        return bool(
            affected_drafts.entities(read_draft(affected_drafts.source, name, store.draft_ref(name), tip))
        )
    except (InvalidInput, RepositoryError):
        return True


def _names(canonical: Snapshot, draft: StoredDraft) -> Iterator[str]:
    """Yields the strings in the draft's change files that may be references to other entities, and the values that may
    be those of others."""
    for file in draft.files:
        entity_type = canonical.configuration.entities.get(file.entity.type)
        if file.kind == "redirect" or (
            entity_type is not None and entity_type.is_linked and file.kind != "delete"
        ):
            for path, oid in file.contents.items():
                for value in scalars_in(parse_json(canonical.source.read_blob(oid), source=path)):
                    text = value_text(value)
                    if text is not None and (isinstance(value, str) or (entity_type and entity_type.unique)):
                        yield text


def _differs(known: _Known, after: DraftState, rows: list[DraftRow], answers: Mapping[str, bool]) -> bool:
    return known.state != after or bool(rows) or bool(known.refs.gone) or not all(answers.values())
