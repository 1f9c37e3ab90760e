"""A draft that two clones changed, united change by change.

The sides may have been rebased to different canonical commits, which is the everyday case where a server rebases.
So each entity is compared as the sides make it on one and the same canonical commit: the newer of their two, to
which the older side is carried by the rules of the rebase, or the older, where this side's draft is in conflict
with what canonical did in between. There it is a three-way merge against what both last had: the rebase of this
side's change onto the remote's. Its conflicts are those of a rebase, with the remote in canonical's place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from gitdraft.documents.diffing import diff
from gitdraft.documents.equality import equivalent, identical
from gitdraft.documents.rebasing_changes import rebase_change, value_of
from gitdraft.formats.changes import write_change
from gitdraft.formats.configuration import Configuration
from gitdraft.formats.paths import resolution_path
from gitdraft.git.history import is_ancestor
from gitdraft.git.objects import ObjectSource
from gitdraft.git.opening import GitRepository
from gitdraft.model.changes import Change, Create, Delete, Redirect, Update
from gitdraft.model.drafts import DraftHeader
from gitdraft.model.entities import EntityRef
from gitdraft.model.merging import Conflict, Resolution
from gitdraft.model.rebasing import Absent, Deleted, Live, Redirected, Standing
from gitdraft.store.change_files import read_change_file, read_draft_resolutions
from gitdraft.store.drafts import ChangeFile, StoredDraft, read_draft, read_header
from gitdraft.store.snapshots import Snapshot, file_oid, take_snapshot
from gitdraft.workflow.judging import judge_change


@dataclass(frozen=True, slots=True)
class Side:
    """The draft as one side has it; ``base`` is canonical where it stands."""

    draft: StoredDraft
    header: DraftHeader
    base: Snapshot


@dataclass(frozen=True, slots=True)
class Union:
    """The united draft: ``files`` put on top of ``line``'s tip (``None`` removes), empty where that tip has it all.

    ``entities`` are those for which a change of this side was taken. With ``conflicts`` there is no united draft;
    their ``canonical`` is the remote's value.
    """

    line: Side
    files: Mapping[str, bytes | None]
    entities: tuple[EntityRef, ...] = ()
    conflicts: tuple[tuple[EntityRef, Conflict], ...] = ()


def read_side(source: ObjectSource, draft_id: str, ref: str, tip: str, fallback: Configuration) -> Side:
    """The draft at ``tip``. Raises RepositoryError or InvalidInput when it is malformed, its changes included."""
    draft = read_draft(source, draft_id, ref, tip)
    side = Side(draft, read_header(source, draft), take_snapshot(source, draft.base, fallback))
    for file in draft.files:
        read_change_file(source, file, side.base.configuration)
    return side


def is_same_draft(one: Side, other: Side) -> bool:
    """Whether both were started as one draft, and not in two clones under one name."""
    a, b = one.header, other.header
    return (a.created_at, a.created_from, a.author) == (b.created_at, b.created_from, b.author)


def says_the_same(one: Side, other: Side) -> bool:
    """Whether two drafts that were started apart have the same title and the same change files."""
    files = [[(file.path, file.oid) for file in side.draft.files] for side in (one, other)]
    return one.header.title == other.header.title and files[0] == files[1]


def is_edited(synced: Side | None, side: Side) -> bool:
    """Whether the side changed an entity since both had the same, rebases aside."""
    sides = (synced, side)
    pairs = ([_slot(one, entity, side.base) for one in sides] for entity in _entities(*sides))
    return any(not _is_same(*pair) for pair in pairs)


def unite_changes(git: GitRepository, synced: Side | None, here: Side, there: Side) -> Union | None:
    """The entities of both sides as one draft, or the conflicts that keep them apart; ``None`` when this side's
    draft is in conflict with canonical as the remote's has it, which must be settled first."""
    lines = [there]
    if here.draft.base != there.draft.base:
        lines.insert(0 if is_ancestor(git, there.draft.base, here.draft.base) else 1, here)
    for line, forced in [*((line, False) for line in lines), (lines[0], True)]:
        union = _unite_on(line, synced, here, there, forced=forced)
        if union is not None:
            return union
    return None


@dataclass(frozen=True, slots=True)
class _Slot:
    """What a side makes of one entity on a canonical commit: its ``standing`` there, and the ``change`` that says
    so (``None``: none is needed).

    ``file`` is the change file of the side, and ``kept`` says that it can stay as it is. A change that is in
    conflict with that commit, or broken, is ``stuck``: its standing has canonical's values at the ``conflicts``.
    """

    standing: Standing
    change: Change | None = None
    file: ChangeFile | None = None
    kept: bool = False
    stuck: bool = False
    conflicts: tuple[Conflict, ...] = ()

    def is_usable_after(self, synced: _Slot) -> bool:
        """Whether it is not in conflict, or only where, and with the values with which, ``synced`` is."""
        return not self.stuck or (
            bool(self.conflicts) and all(_has(synced.conflicts, conflict) for conflict in self.conflicts)
        )


@dataclass(slots=True)
class _Gathering:
    """A union in the making on the canonical commit ``onto``."""

    onto: Snapshot
    wanted: dict[EntityRef, _Slot] = field(default_factory=dict)
    entities: list[EntityRef] = field(default_factory=list)
    merged: set[EntityRef] = field(default_factory=set)
    conflicts: list[tuple[EntityRef, Conflict]] = field(default_factory=list)

    def take(self, entity: EntityRef, found: _Slot | tuple[Conflict, ...], *, changed_here: bool) -> bool:
        """Whether this can be had on that commit."""
        if not isinstance(found, _Slot):
            self.conflicts += [(entity, conflict) for conflict in found]
            return True
        self.wanted[entity] = found
        if changed_here:
            self.entities.append(entity)
        return found.kept or not found.stuck


def _unite_on(line: Side, synced: Side | None, here: Side, there: Side, *, forced: bool) -> Union | None:
    """The union on the canonical commit where ``line`` stands; ``None`` when a side cannot be carried there.

    With ``forced`` the remote's side is: where it is in conflict with that commit, a person is to say for the
    whole entity.
    """
    gathering = _Gathering(line.base)
    for entity in _entities(synced, here, there):
        s, h, t = (_slot(side, entity, line.base) for side in (synced, here, there))
        if _is_same(h, s) or _is_same(h, t):
            fits = gathering.take(entity, t, changed_here=False)
        elif _is_same(t, s):
            fits = gathering.take(entity, h, changed_here=True)
        elif h.is_usable_after(s) and (t.is_usable_after(s) or forced):
            answers = read_draft_resolutions(line.base.source, here.draft, entity)
            merge = _merge if t.is_usable_after(s) else _choose
            found = merge(_Place(line.base, entity, there, answers), s, h, t)
            gathering.merged.add(entity)
            fits = gathering.take(entity, found, changed_here=True)
        else:
            fits = False
        if not fits:
            return None
    if gathering.conflicts:
        return Union(line, {}, (), tuple(gathering.conflicts))
    files: dict[str, bytes | None] = {}
    for entity, slot in gathering.wanted.items():
        files |= _file(line, entity, slot)
        # the answers to what was merged here have done their work
        given = there if entity in gathering.merged else here
        files |= _answers(line, entity, (synced, given, there))
    return Union(line, files, tuple(gathering.entities))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a merge is made: the canonical commit, the entity, the remote's side, the answers given here."""

    onto: Snapshot
    entity: EntityRef
    there: Side
    answers: tuple[Resolution, ...]


def _merge(place: _Place, synced: _Slot, here: _Slot, there: _Slot) -> _Slot | tuple[Conflict, ...]:
    """This side's change since ``synced``, rebased onto what the remote has."""
    kind = place.onto.configuration.entities[place.entity.type]
    change = _change(place.entity, synced.standing, here.standing, here.change)
    if change is None:
        return there
    outcome = rebase_change(change, synced.standing, there.standing, kind.lists, place.answers)
    if outcome.status != "clean":
        whole = _whole(synced.standing, there.standing, here.standing)
        return outcome.conflicts or (whole,)
    return _made(place, outcome.standing, outcome.change or there.change)


def _choose(place: _Place, synced: _Slot, here: _Slot, there: _Slot) -> _Slot | tuple[Conflict, ...]:
    """One side's whole entity, as a person said; the remote's with its values where canonical has others."""
    forced = there.standing
    if there.file is not None and there.conflicts:
        kind = place.onto.configuration.entities[place.entity.type]
        change = read_change_file(place.onto.source, there.file, place.onto.configuration)
        insisting = [Resolution(c.path, c.type, c.canonical, c.draft, c.draft) for c in there.conflicts]
        before, now = place.there.base.standing(place.entity), place.onto.standing(place.entity)
        forced = rebase_change(change, before, now, kind.lists, insisting).standing
    whole = _whole(synced.standing, forced, here.standing)
    for answer in place.answers:
        if _is_answer(answer, whole):
            if equivalent(answer.value, whole.draft):
                return here
            if equivalent(answer.value, whole.canonical):
                return _made(place, forced, there.change)
            return _made(place, Live(answer.value), None)
    return (whole,)


def _made(place: _Place, standing: Standing, like: Change | None) -> _Slot:
    return _Slot(standing, _change(place.entity, place.onto.standing(place.entity), standing, like))


def _whole(synced: Standing, there: Standing, here: Standing) -> Conflict:
    return Conflict("", "modify/modify", value_of(synced), value_of(there), value_of(here))


def _change(entity: EntityRef, before: Standing, after: Standing, like: Change | None) -> Change | None:
    """What makes ``after`` out of ``before``, for the reason that ``like`` gives."""
    reason = like.reason if isinstance(like, Delete | Redirect) else ""
    if _is_same_standing(before, after):
        return None
    match after:
        case Live(document=document):
            if isinstance(before, Live):
                return Update(entity, diff(before.document, document))
            return Create(entity, document)
        case Redirected(target=target):
            return Redirect(entity, target, reason)
        case Absent() | Deleted():
            return Delete(entity, reason)
        case _:
            assert_never(after)


def _slot(side: Side | None, entity: EntityRef, onto: Snapshot) -> _Slot:
    file = None if side is None else side.draft.file(entity)
    if side is None or file is None:
        known = entity.type in onto.configuration.entities
        return _Slot(onto.standing(entity) if known else Absent())
    judged = judge_change(onto.source, side.draft, file, side.base, onto)
    report, stuck = judged.report, not judged.is_carried
    kept = report.patch == "verbatim" and (not stuck or side.base.commit == onto.commit)
    return _Slot(judged.standing, judged.change, file, kept, stuck, report.conflicts)


def _file(line: Side, entity: EntityRef, slot: _Slot) -> dict[str, bytes | None]:
    """What makes the line's tip say of the entity what the slot says."""
    source, known = line.base.source, line.draft.file(entity)
    files: dict[str, bytes | None] = {}
    if slot.kept and slot.file is not None:
        if known is not None and (known.path, known.oid) == (slot.file.path, slot.file.oid):
            return {}
        files = {slot.file.path: source.read_blob(slot.file.oid)}
    elif slot.change is not None:
        path, content = write_change(slot.change)
        if known is not None and known.path == path and source.read_blob(known.oid) == content:
            return {}
        files = {path: content}
    return files if known is None else {known.path: None, **files}


def _answers(line: Side, entity: EntityRef, sides: Sequence[Side | None]) -> dict[str, bytes | None]:
    """The answers to conflicts with canonical that the united draft has: those that one side changed, or of both
    those on which they agree."""
    path = resolution_path(entity)
    synced, here, there = (
        None if side is None else file_oid(line.base.source, side.draft.tree, path) for side in sides
    )
    known = file_oid(line.base.source, line.draft.tree, path)
    if here in (synced, there):
        wanted = there
    elif there == synced:
        wanted = here
    else:
        wanted = None
    if wanted == known:
        return {}
    return {path: None if wanted is None else line.base.source.read_blob(wanted)}


def _entities(*sides: Side | None) -> list[EntityRef]:
    return sorted({file.entity for side in sides if side is not None for file in side.draft.files})


def _is_same(one: _Slot, other: _Slot) -> bool:
    if one.file is not None and other.file is not None and one.file.oid == other.file.oid:
        return one.file.kind == other.file.kind
    if one.stuck or other.stuck:
        return one.stuck and other.stuck and bool(one.conflicts) and one.conflicts == other.conflicts
    return _is_same_standing(one.standing, other.standing)


def _is_same_standing(one: Standing, other: Standing) -> bool:
    if isinstance(one, Live) and isinstance(other, Live):
        return identical(one.document, other.document)
    gone = (Absent, Deleted)
    return one == other or (isinstance(one, gone) and isinstance(other, gone))


def _has(conflicts: Sequence[Conflict], wanted: Conflict) -> bool:
    return any(c.path == wanted.path and equivalent(c.draft, wanted.draft) for c in conflicts)


def _is_answer(answer: Resolution, conflict: Conflict) -> bool:
    same = (answer.path, answer.type) == (conflict.path, conflict.type)
    same = same and equivalent(answer.canonical, conflict.canonical)
    return same and equivalent(answer.draft, conflict.draft)
