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

from gitdraft.documents.equality import equivalent
from gitdraft.documents.rebase_change import rebase_change, value_of
from gitdraft.formats.changes import write_change
from gitdraft.formats.paths import resolution_path
from gitdraft.git.history import is_ancestor
from gitdraft.git.repository import GitRepository
from gitdraft.model.changes import Change
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict, Resolution
from gitdraft.model.outcomes import EntityState, Live
from gitdraft.rebase.sides import (
    Side,
    Slot,
    change_between,
    entities_of,
    is_same_slot,
    slot_on,
)
from gitdraft.store.change_files import read_change_file, read_draft_resolutions
from gitdraft.store.snapshots import Snapshot, file_oid


@dataclass(frozen=True, slots=True)
class DraftMerge:
    """The united draft: ``files`` put on top of ``line``'s tip (``None`` removes), empty where that tip has it all.

    ``entities`` are those for which a change of this side was taken. With ``conflicts`` there is no united draft;
    their ``canonical`` is the remote's value.
    """

    line: Side
    files: Mapping[str, bytes | None]
    entities: tuple[EntityRef, ...] = ()
    conflicts: tuple[tuple[EntityRef, Conflict], ...] = ()


def is_edited(synced: Side | None, side: Side) -> bool:
    """Whether the side changed an entity since both had the same, rebases aside."""
    sides = (synced, side)
    pairs = ([slot_on(one, entity, side.base) for one in sides] for entity in entities_of(*sides))
    return any(not is_same_slot(*pair) for pair in pairs)


def merge_changes(git: GitRepository, synced: Side | None, here: Side, there: Side) -> DraftMerge | None:
    """The entities of both sides as one draft, or the conflicts that keep them apart; ``None`` when this side's
    draft is in conflict with canonical as the remote's has it, which must be settled first."""
    lines = [there]
    if here.draft.base != there.draft.base:
        lines.insert(0 if is_ancestor(git, there.draft.base, here.draft.base) else 1, here)
    for line, forced in [*((line, False) for line in lines), (lines[0], True)]:
        union = _merge_on(line, synced, here, there, forced=forced)
        if union is not None:
            return union
    return None


@dataclass(slots=True)
class _Gathering:
    """A union in the making on the canonical commit ``canonical``."""

    canonical: Snapshot
    wanted: dict[EntityRef, Slot] = field(default_factory=dict)
    entities: list[EntityRef] = field(default_factory=list)
    merged: set[EntityRef] = field(default_factory=set)
    conflicts: list[tuple[EntityRef, Conflict]] = field(default_factory=list)

    def take(self, entity: EntityRef, found: Slot | tuple[Conflict, ...], *, changed_here: bool) -> bool:
        """Whether this can be had on that commit."""
        if not isinstance(found, Slot):
            self.conflicts += [(entity, conflict) for conflict in found]
            return True
        self.wanted[entity] = found
        if changed_here:
            self.entities.append(entity)
        return found.kept or not found.stuck


def _merge_on(line: Side, synced: Side | None, here: Side, there: Side, *, forced: bool) -> DraftMerge | None:
    """The union on the canonical commit where ``line`` stands; ``None`` when a side cannot be carried there.

    With ``forced`` the remote's side is: where it is in conflict with that commit, a person is to say for the
    whole entity.
    """
    gathering = _Gathering(line.base)
    for entity in entities_of(synced, here, there):
        s, h, t = (slot_on(side, entity, line.base) for side in (synced, here, there))
        if is_same_slot(h, s) or is_same_slot(h, t):
            fits = gathering.take(entity, t, changed_here=False)
        elif is_same_slot(t, s):
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
        return DraftMerge(line, {}, (), tuple(gathering.conflicts))
    files: dict[str, bytes | None] = {}
    for entity, slot in gathering.wanted.items():
        files |= _file(line, entity, slot)
        # the answers to what was merged here have done their work
        given = there if entity in gathering.merged else here
        files |= _answers(line, entity, (synced, given, there))
    return DraftMerge(line, files, tuple(gathering.entities))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a merge is made: the canonical commit, the entity, the remote's side, the answers given here."""

    canonical: Snapshot
    entity: EntityRef
    there: Side
    answers: tuple[Resolution, ...]


def _merge(place: _Place, synced: Slot, here: Slot, there: Slot) -> Slot | tuple[Conflict, ...]:
    """This side's change since ``synced``, rebased onto what the remote has."""
    kind = place.canonical.configuration.entities[place.entity.type]
    change = change_between(place.entity, synced.state, here.state, here.change)
    if change is None:
        return there
    outcome = rebase_change(change, synced.state, there.state, kind.lists, place.answers)
    if outcome.report.status != "clean":
        whole = _whole(synced.state, there.state, here.state)
        return outcome.report.conflicts or (whole,)
    return _made(place, outcome.state, outcome.change or there.change)


def _choose(place: _Place, synced: Slot, here: Slot, there: Slot) -> Slot | tuple[Conflict, ...]:
    """One side's whole entity, as a person said; the remote's with its values where canonical has others."""
    forced = there.state
    if there.file is not None and there.conflicts:
        kind = place.canonical.configuration.entities[place.entity.type]
        change = read_change_file(place.canonical.source, there.file, place.canonical.configuration)
        insisting = [Resolution(c.path, c.type, c.canonical, c.draft, c.draft) for c in there.conflicts]
        before, now = place.there.base.state(place.entity), place.canonical.state(place.entity)
        forced = rebase_change(change, before, now, kind.lists, insisting).state
    whole = _whole(synced.state, forced, here.state)
    for answer in place.answers:
        if _is_answer(answer, whole):
            if equivalent(answer.value, whole.draft):
                return here
            if equivalent(answer.value, whole.canonical):
                return _made(place, forced, there.change)
            return _made(place, Live(answer.value), None)
    return (whole,)


def _made(place: _Place, state: EntityState, like: Change | None) -> Slot:
    return Slot(state, change_between(place.entity, place.canonical.state(place.entity), state, like))


def _whole(synced: EntityState, there: EntityState, here: EntityState) -> Conflict:
    return Conflict("", "modify/modify", value_of(synced), value_of(there), value_of(here))


def _file(line: Side, entity: EntityRef, slot: Slot) -> dict[str, bytes | None]:
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


def _is_answer(answer: Resolution, conflict: Conflict) -> bool:
    same = (answer.path, answer.type) == (conflict.path, conflict.type)
    same = same and equivalent(answer.canonical, conflict.canonical)
    return same and equivalent(answer.draft, conflict.draft)
