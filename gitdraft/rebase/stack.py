"""Drafts that stand on another draft, and follow it.

A stacked draft holds its parent's changes with its own on top, and remembers the parent's as it took them. When the
parent is edited, the two are united, as two clones' versions of one draft are: what both had is what was taken. Once
the parent is merged, what the draft adds to it is carried to canonical, and the draft stands on that alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gitdraft.documents.rebase_change import rebase_change
from gitdraft.errors import ConflictError, InvalidInput, MissingObject, RepositoryError, StateRefused
from gitdraft.formats.changes import write_change
from gitdraft.git.objects import ObjectBuffer, ObjectSource
from gitdraft.git.refs import read_ref
from gitdraft.model.drafts import DraftStatus, Parent, with_status
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.operations import RefMove
from gitdraft.rebase.draft_merge import is_edited, merge_changes
from gitdraft.rebase.sides import Side, change_between, entities_of, slot_on
from gitdraft.store.drafts import StoredDraft, read_draft, read_header
from gitdraft.store.replay import DraftTip, commit_draft, header_file, replay, tip_of
from gitdraft.store.repository import CLOSED, Store
from gitdraft.store.snapshots import Snapshot, take_snapshot
from gitdraft.store.stacks import kept_files, onto_files, overlay_files, parent_of, taken_draft
from gitdraft.store.transaction import Plan, Transaction

Conflicts = tuple[tuple[EntityRef, Conflict], ...]


@dataclass(frozen=True, slots=True)
class ParentState:
    """How a stacked draft and its parent are to each other: the parent's status (``None``: it is gone), and whether
    the parent was edited since the draft followed it."""

    parent: str
    status: DraftStatus | None
    is_behind: bool


@dataclass(frozen=True, slots=True)
class Followed:
    """A stacked draft that followed its parent: its new tip, or the conflicts that keep it where it is."""

    parent: str
    tip: str | None
    conflicts: Conflicts = ()


def standing_on(store: Store, draft: StoredDraft) -> ParentState | None:
    """How the draft stands to the one that it stands on; ``None`` when that is canonical alone."""
    buffer = ObjectBuffer(store.git)
    parent = parent_of(buffer, draft)
    if parent is None:
        return None
    found = _find(store, buffer, parent.draft, {})
    if found is None:
        return ParentState(parent.draft, None, is_behind=False)
    canonical = store.snapshot(buffer)
    taken = _side(buffer, taken_draft(buffer, draft, parent), canonical, found)
    return ParentState(
        parent.draft, read_header(buffer, found).status, _is_ahead(taken, _side(buffer, found, canonical))
    )


def require_not_stacked(store: Store, draft: StoredDraft) -> None:
    """Raise StateRefused for a draft that stands on another one, which must be merged before."""
    state = standing_on(store, draft)
    if state is None:
        return
    alone = f"gitdraft rebase --onto canonical {draft.id} makes it stand alone"
    match state.status:
        case DraftStatus.MERGED:
            hint = f"gitdraft rebase {draft.id} brings it to canonical"
        case None | DraftStatus.REJECTED | DraftStatus.WITHDRAWN:
            hint = alone
        case _:
            hint = f"gitdraft merge {state.parent} first, or {alone}"
    told = "gone" if state.status is None else state.status.value
    raise StateRefused(
        f"draft '{draft.id}' stands on draft '{state.parent}', which is {told}",
        code="draft-is-stacked",
        context={"draft": draft.id, "onto": state.parent, "status": told},
        hint=hint,
    )


def plan_stand_alone(transaction: Transaction, draft_id: str) -> Plan[str]:
    """The draft on canonical alone, without its parent's changes: its new tip. Raises StateRefused when it stands on
    no draft, ConflictError where it changes what its parent does."""
    store, buffer, canonical = transaction.store, transaction.buffer, transaction.canonical
    draft = store.find_draft(draft_id)
    parent = parent_of(buffer, draft)
    if parent is None or store.is_closed(draft):
        why = "is closed" if parent else "stands on canonical already"
        raise StateRefused(f"draft '{draft_id}' {why}", code="draft-not-stacked", context={"draft": draft_id})
    empty = StoredDraft(parent.draft, draft.ref, draft.tip, canonical.tree or "", draft.base, ())
    taken = _side(buffer, taken_draft(buffer, draft, parent), canonical, draft)
    here = _side(buffer, draft, canonical)
    union = merge_changes(store.git, taken, here, Side(empty, here.header, here.base))
    if union is None or union.conflicts:
        places = [
            f"{entity} {c.path or '(whole entity)'}" for entity, c in (union.conflicts if union else ())
        ]
        raise ConflictError(
            f"draft '{draft_id}' changes what draft '{parent.draft}' makes",
            context={"draft": draft_id, "onto": parent.draft, "places": places},
            hint=f"gitdraft drop ENTITY --draft {draft_id}, or make '{parent.draft}' a draft again",
            details=places,
        )
    wanted = {path: text for path, text in union.files.items() if text is not None}
    tip = _commit(transaction, draft, here.base, wanted, f"Stand on {store.canonical_branch} alone")
    return Plan(tip.commit, buffer, (RefMove(draft.ref, draft.tip, tip.commit),), f"{draft_id} stands alone")


def stack_files(source: ObjectSource, parent: StoredDraft) -> dict[str, bytes]:
    """The files that a new draft on ``parent`` starts with, draft.json aside."""
    return {**overlay_files(source, parent), **onto_files(source, parent)}


@dataclass(frozen=True, slots=True)
class PendingDrafts:
    """What an operation does to drafts before it rebases the others.

    ``moved`` are the tips to which it moves drafts (``None`` for one whose branch goes), ``merged`` the ids of
    those that it merges.
    """

    moved: Mapping[str, str | None] = field(default_factory=dict)
    merged: frozenset[str] = frozenset()


NO_PENDING = PendingDrafts()


@dataclass(slots=True)
class Stack:
    """The stacked drafts of one operation, which follow their parents before they are rebased onto ``canonical``."""

    transaction: Transaction
    canonical: Snapshot
    pending: PendingDrafts
    _done: dict[str, Followed | None] = field(default_factory=dict, init=False)

    def follow(self, names: Iterable[str]) -> dict[str, Followed]:
        """Those of these drafts that move, or cannot."""
        for name in names:
            self._follow(name)
        return {name: found for name, found in self._done.items() if found is not None}

    def _follow(self, name: str) -> None:
        if name in self._done:
            return
        self._done[name] = None  # whoever stands on itself, round several drafts, stays
        try:
            draft = self._find(name)
            parent = None if draft is None else parent_of(self.transaction.buffer, draft)
            if draft is None or parent is None or not _may_move(self.transaction.buffer, draft):
                return
            self._follow(parent.draft)
            found = self._find(parent.draft)
            if found is not None:
                self._done[name] = self._merged(draft, parent, found)
        except MissingObject:
            raise
        except (InvalidInput, RepositoryError):
            return  # a branch that is no draft stays; the rebase reports it

    def _find(self, name: str) -> StoredDraft | None:
        moved = self._done.get(name)
        tips = {**self.pending.moved, **({name: moved.tip} if moved and moved.tip else {})}
        return _find(self.transaction.store, self.transaction.buffer, name, tips)

    def _merged(self, draft: StoredDraft, parent: Parent, found: StoredDraft) -> Followed | None:
        status = read_header(self.transaction.buffer, found).status
        is_merged = status is DraftStatus.MERGED or found.id in self.pending.merged
        if not (status.is_open or is_merged):
            return None
        there = _side(self.transaction.buffer, found, self.canonical)
        taken = _side(
            self.transaction.buffer,
            taken_draft(self.transaction.buffer, draft, parent),
            self.canonical,
            found,
        )
        if not is_merged and not _is_ahead(taken, there):
            return None
        here = _side(self.transaction.buffer, draft, self.canonical)
        union = merge_changes(self.transaction.store.git, taken, here, there)
        if union is None:
            return None  # in conflict with canonical, which is told as of any draft
        if union.conflicts:
            return Followed(found.id, None, union.conflicts)
        wanted = _united_files(self.transaction.buffer, union.line.draft, union.files)
        message = f"Follow draft {found.id}"
        base = union.line.base
        merged = {**wanted, **onto_files(self.transaction.buffer, found)}
        tip = _commit(self.transaction, draft, base, merged, message)
        if is_merged:
            after = read_draft(self.transaction.buffer, draft.id, draft.ref, tip.commit)
            own = self._own_files(_side(self.transaction.buffer, after, self.canonical), there)
            if isinstance(own, tuple):
                return Followed(found.id, None, own)
            told = f"Draft {found.id} is merged"
            tip = _commit(self.transaction, draft, self.canonical, own, told)
        return Followed(found.id, tip.commit)

    def _own_files(self, draft: Side, parent: Side) -> dict[str, bytes] | Conflicts:
        """What the draft adds to its merged parent, as changes of canonical; or what keeps it from being carried."""
        files: dict[str, bytes] = {}
        conflicts: list[tuple[EntityRef, Conflict]] = []
        for entity in entities_of(draft, parent):
            before, after = (slot_on(side, entity, draft.base) for side in (parent, draft))
            change = change_between(entity, before.state, after.state, after.change)
            if change is None:
                continue
            rules = self.canonical.configuration.entities[entity.type].lists
            outcome = rebase_change(change, before.state, self.canonical.state(entity), rules)
            conflicts += [(entity, conflict) for conflict in outcome.report.conflicts]
            if outcome.change is not None:
                path, content = write_change(outcome.change)
                files[path] = content
        return tuple(conflicts) or files


def _is_ahead(taken: Side, there: Side) -> bool:
    """Whether the parent was edited since it was taken, or has settled a conflict with canonical."""
    if is_edited(taken, there):
        return True
    pairs = ([slot_on(side, entity, there.base) for side in (taken, there)] for entity in entities_of(taken))
    return any(before.stuck and not now.stuck for before, now in pairs)


def _may_move(source: ObjectSource, draft: StoredDraft) -> bool:
    return not draft.ref.startswith(CLOSED) and read_header(source, draft).status.is_rebased_automatically


def _find(
    store: Store, source: ObjectSource, name: str, tips: Mapping[str, str | None]
) -> StoredDraft | None:
    """The draft as the operation has it, else as it is stored, open or closed."""
    ref = store.draft_ref(name)
    open_tip = tips[name] if name in tips else read_ref(store.git, ref)
    if open_tip is not None:
        return read_draft(source, name, ref, open_tip)
    closed_tip = read_ref(store.git, CLOSED + name)
    return None if closed_tip is None else read_draft(source, name, CLOSED + name, closed_tip)


def _side(
    source: ObjectSource, draft: StoredDraft, canonical: Snapshot, like: StoredDraft | None = None
) -> Side:
    """The draft as a side of a union, its header that of ``like``."""
    base = take_snapshot(source, draft.base, canonical.configuration)
    return Side(draft, read_header(source, like or draft), base)


def _united_files(
    source: ObjectSource, line: StoredDraft, files: Mapping[str, bytes | None]
) -> dict[str, bytes]:
    """The line's files with those of the union put on top."""
    merged = {**overlay_files(source, line), **files}
    return {path: text for path, text in merged.items() if text is not None}


def _commit(
    transaction: Transaction,
    draft: StoredDraft,
    base: Snapshot,
    wanted: Mapping[str, bytes],
    message: str,
) -> DraftTip:
    """The draft on the canonical commit ``base``, saying what is ``wanted`` and nothing else."""
    buffer, metadata = transaction.buffer, transaction.metadata
    tip = tip_of(draft)
    if draft.base != base.commit:
        tip = replay(buffer, draft, base.commit, base.tree, metadata)
    known = {**overlay_files(buffer, draft), **kept_files(buffer, draft)}
    files: dict[str, bytes | None] = dict.fromkeys(known.keys() - wanted.keys())
    files |= {path: text for path, text in wanted.items() if known.get(path) != text}
    header = read_header(buffer, draft)
    if header.status is DraftStatus.VALIDATED:
        files |= header_file(with_status(header, DraftStatus.DRAFT, metadata, message))
    rebased_from = draft.tip if tip.commit != draft.tip else None
    return commit_draft(buffer, tip, draft.id, files, metadata, message, rebased_from=rebased_from)
