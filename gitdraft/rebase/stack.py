"""Drafts that stand on another draft, and follow it.

A stacked draft holds its parent's changes with its own on top, and remembers the parent's as it took them. When the parent
is edited, the two are merged as two clones' versions of one draft are: what both had in common is what was taken. Once the
parent is merged, what the draft adds to it is replayed onto canonical, and the draft stands on that alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gitdraft.errors import ConflictError, InvalidInput, PolicyViolation, RepositoryError, StateRefused
from gitdraft.formats.changes import write_change
from gitdraft.git.known_refs import read_ref
from gitdraft.git.objects import ObjectBuffer, ObjectSource
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.drafts import DraftStatus, Parent, with_status
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.names import Oid
from gitdraft.model.operations import RefMove
from gitdraft.model.values import JSON
from gitdraft.rebase.draft_merge import is_edited, merge_changes
from gitdraft.rebase.renamings import rebase_own
from gitdraft.rebase.sides import Side, entities_of, version_on
from gitdraft.store.drafts import StoredDraft, read_draft, read_header
from gitdraft.store.replay import DraftTip, commit_draft, header_file, replay, tip_of
from gitdraft.store.repository import CLOSED, Store, closed_ref
from gitdraft.store.snapshots import Snapshot, take_snapshot
from gitdraft.store.stacks import overlay_files, parent_of, parent_record, read_parent_record, recorded_parent
from gitdraft.store.transaction import Plan, Transaction

Conflicts = tuple[tuple[EntityRef, Conflict], ...]


@dataclass(frozen=True, slots=True)
class ParentState:
    """The parent of a stacked draft: its id, its status (``None``: it is gone), and whether it was edited since the draft
    followed it."""

    parent: str
    status: DraftStatus | None
    is_behind: bool

    @property
    def status_word(self) -> str:
        """Its status, or `gone`."""
        return "gone" if self.status is None else self.status.value

    def as_json(self) -> dict[str, JSON]:
        """Returns it as the reports print it."""
        return {"draft": self.parent, "status": self.status_word, "behind": self.is_behind}


@dataclass(frozen=True, slots=True)
class FollowedParent:
    """A stacked draft after it followed its parent: its tip ``before``, and its new one or the conflicts that keep it
    where it is."""

    parent: str
    before: Oid
    tip: Oid | None
    conflicts: Conflicts = ()


@dataclass(frozen=True, slots=True)
class PendingDrafts:
    """What an operation does to drafts before it rebases the others.

    ``moved`` are the tips to which it moves drafts (``None`` for one whose branch goes), ``merged`` the ids of those that
    it merges.
    """

    moved: Mapping[str, Oid | None] = field(default_factory=dict)
    merged: frozenset[str] = frozenset()


NO_PENDING = PendingDrafts()


def parent_state(store: Store, draft: StoredDraft, buffer: ObjectBuffer | None = None) -> ParentState | None:
    """Returns the state of the draft that this one stands on; ``None`` when it stands on canonical alone. The ``buffer`` is
    the one that holds the draft, where that is not written yet."""
    buffer = buffer or ObjectBuffer(store.git)
    taken = parent_of(buffer, draft)
    if taken is None:
        return None
    parent = _find_draft(store, buffer, taken.draft, {})
    if parent is None:
        return ParentState(taken.draft, None, is_behind=False)
    canonical = store.snapshot(buffer)
    before = _side(buffer, recorded_parent(buffer, draft, taken), canonical, header_of=parent)
    is_behind = _is_edited_since(before, _side(buffer, parent, canonical))
    return ParentState(taken.draft, read_header(buffer, parent).status, is_behind)


def require_not_stacked(store: Store, draft: StoredDraft, buffer: ObjectBuffer | None = None) -> None:
    """Raises StateRefused for a draft that stands on another one, which must be merged before."""
    state = parent_state(store, draft, buffer)
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
    status = "gone" if state.status is None else state.status.value
    raise StateRefused(
        f"draft '{draft.id}' stands on draft '{state.parent}', which is {status}",
        code="draft-is-stacked",
        context={"draft": draft.id, "onto": state.parent, "status": status},
        hint=hint,
    )


def plan_stand_alone(transaction: Transaction, draft_id: str) -> Plan[str]:
    """Plans to put a stacked draft on canonical alone, without its parent's changes; the report is its new tip.

    Raises StateRefused when it stands on no draft, ConflictError where it changes what its parent does.
    """
    store, buffer, canonical = transaction.store, transaction.buffer, transaction.canonical
    draft = store.find_draft(draft_id)
    parent = parent_of(buffer, draft)
    if parent is None or store.is_closed(draft):
        why = "is closed" if parent else "stands on canonical already"
        raise StateRefused(f"draft '{draft_id}' {why}", code="draft-not-stacked", context={"draft": draft_id})
    empty = StoredDraft(parent.draft, draft.ref, draft.tip, canonical.tree, draft.base, (), draft.start)
    taken = _side(buffer, recorded_parent(buffer, draft, parent), canonical, header_of=draft)
    local = _side(buffer, draft, canonical)
    merge = merge_changes(store.git, taken, local, Side(empty, local.header, local.base))
    if merge is None or merge.conflicts:
        conflicts = merge.conflicts if merge else ()
        places = [f"{entity} {conflict.place}" for entity, conflict in conflicts]
        raise ConflictError(
            f"draft '{draft_id}' changes what draft '{parent.draft}' makes",
            context={"draft": draft_id, "onto": parent.draft, "places": places},
            hint=f"gitdraft drop ENTITY --draft {draft_id}, or make '{parent.draft}' a draft again",
            details=places,
        )
    files = {path: content for path, content in merge.files.items() if content is not None}
    tip = _commit_files(transaction, draft, local.base, files, f"Stand on {store.canonical_branch} alone")
    return Plan(tip.commit, buffer, (RefMove(draft.ref, draft.tip, tip.commit),), f"{draft_id} stands alone")


def stack_files(source: ObjectSource, parent: StoredDraft) -> dict[str, bytes]:
    """Returns the files that a new draft on ``parent`` starts with, draft.json aside."""
    return {**overlay_files(source, parent), **parent_record(source, parent)}


@dataclass(slots=True)
class Stack:
    """The stacked drafts of one operation, which follow their parents before they are rebased onto ``canonical``."""

    transaction: Transaction
    canonical: Snapshot
    pending: PendingDrafts
    _followed: dict[str, FollowedParent | None] = field(default_factory=dict, init=False)

    def follow(self, draft_ids: Iterable[str]) -> dict[str, FollowedParent]:
        """Returns those of these drafts, and of their parents, that move or cannot."""
        for draft_id in draft_ids:
            self._follow(draft_id)
        return {draft_id: followed for draft_id, followed in self._followed.items() if followed is not None}

    def _follow(self, draft_id: str) -> None:
        if draft_id in self._followed:
            return
        self._followed[draft_id] = None  # a draft that stands on itself, round several others, stays
        try:
            draft = self._find(draft_id)
            taken = None if draft is None else parent_of(self.transaction.buffer, draft)
            if draft is None or taken is None or not _may_move(self.transaction.buffer, draft):
                return
            self._follow(taken.draft)
            parent = self._find(taken.draft)
            if parent is not None:
                self._followed[draft_id] = self._follow_parent(draft, taken, parent)
        except (InvalidInput, PolicyViolation, RepositoryError):
            return  # a branch that is no draft, or has files beside its folder, stays; the rebase reports it

    def _find(self, draft_id: str) -> StoredDraft | None:
        followed = self._followed.get(draft_id)
        moved = {draft_id: followed.tip} if followed and followed.tip else {}
        tips = {**self.pending.moved, **moved}
        return _find_draft(self.transaction.store, self.transaction.buffer, draft_id, tips)

    def _follow_parent(self, draft: StoredDraft, taken: Parent, parent: StoredDraft) -> FollowedParent | None:
        """Merges the draft with its parent as that is now. Returns ``None`` when there is nothing to follow, or the
        draft is in conflict with canonical, which the rebase reports."""
        transaction, buffer = self.transaction, self.transaction.buffer
        status = read_header(buffer, parent).status
        is_merged = status is DraftStatus.MERGED or parent.id in self.pending.merged
        if not (status.is_open or is_merged):
            return None
        remote = self._side(parent)
        synced = self._side(recorded_parent(buffer, draft, taken), header_of=parent)
        if not is_merged and not _is_edited_since(synced, remote):
            return None
        merge = merge_changes(transaction.store.git, synced, self._side(draft), remote)
        if merge is None:
            return None
        if merge.conflicts:
            return FollowedParent(parent.id, draft.tip, None, merge.conflicts)
        target = merge.target
        record = parent_record(buffer, parent, taken.others)
        files = {**_merged_files(buffer, target.draft, merge.files), **record}
        tip = _commit_files(transaction, draft, target.base, files, f"Follow draft {parent.id}")
        if is_merged:
            merged = read_draft(buffer, draft.id, draft.ref, tip.commit)
            own = self._own_files(self._side(merged), remote)
            if isinstance(own, tuple):
                return FollowedParent(parent.id, draft.tip, None, own)
            tip = _commit_files(transaction, draft, self.canonical, own, f"Draft {parent.id} is merged")
        return FollowedParent(parent.id, draft.tip, tip.commit)

    def _side(self, draft: StoredDraft, header_of: StoredDraft | None = None) -> Side:
        return _side(self.transaction.buffer, draft, self.canonical, header_of)

    def _own_files(self, draft: Side, parent: Side) -> dict[str, bytes] | Conflicts:
        """Returns what the draft adds to its merged parent, as files of changes of canonical; or the conflicts that keep
        it from being replayed."""
        files: dict[str, bytes] = {}
        conflicts: list[tuple[EntityRef, Conflict]] = []
        for entity in entities_of(draft.base, draft, parent):
            before, after = (version_on(side, entity, draft.base) for side in (parent, draft))
            applied = rebase_own(entity, before, after, self.canonical)
            if applied is None:
                continue
            conflicts += [(entity, conflict) for conflict in applied.report.conflicts]
            if applied.change is not None:
                files |= write_change(applied.change)
        return tuple(conflicts) or files


def _is_edited_since(taken: Side, parent: Side) -> bool:
    """Whether the parent was edited since it was taken, or a conflict of it with canonical was resolved."""
    if is_edited(taken, parent):
        return True
    sides = (taken, parent)
    pairs = (
        [version_on(side, entity, parent.base) for side in sides]
        for entity in entities_of(parent.base, taken)
    )
    return any(not before.applies and after.applies for before, after in pairs)


def _may_move(source: ObjectSource, draft: StoredDraft) -> bool:
    return not draft.ref.startswith(CLOSED) and read_header(source, draft).status.is_rebased_automatically


def _find_draft(
    store: Store, source: ObjectSource, draft_id: str, tips: Mapping[str, Oid | None]
) -> StoredDraft | None:
    """Returns the draft at its tip among ``tips``, else as it is stored, open or closed."""
    ref = store.draft_ref(draft_id)
    open_tip = tips[draft_id] if draft_id in tips else read_ref(store.git, ref)
    if open_tip is not None:
        return read_draft(source, draft_id, ref, open_tip)
    closed_tip = read_ref(store.git, closed_ref(draft_id))
    return None if closed_tip is None else read_draft(source, draft_id, closed_ref(draft_id), closed_tip)


def _side(
    source: ObjectSource, draft: StoredDraft, canonical: Snapshot, header_of: StoredDraft | None = None
) -> Side:
    """Returns the draft as a side of a merge, its header that of ``header_of`` where that is given."""
    base = take_snapshot(source, draft.base, canonical.configuration)
    return Side(draft, read_header(source, header_of or draft), base)


def _merged_files(
    source: ObjectSource, target: StoredDraft, files: Mapping[str, bytes | None]
) -> dict[str, bytes]:
    """Returns the target's files with those of the merge in their place."""
    merged = {**overlay_files(source, target), **files}
    return {path: content for path, content in merged.items() if content is not None}


def _commit_files(
    transaction: Transaction, draft: StoredDraft, base: Snapshot, files: Mapping[str, bytes], message: str
) -> DraftTip:
    """Commits the draft on the canonical commit ``base`` with these files, draft.json aside, and no others."""
    buffer = transaction.buffer
    tip = tip_of(draft) if draft.is_on(base.commit) else replay(transaction, draft, base)
    known = {**overlay_files(buffer, draft), **read_parent_record(buffer, draft)}
    updates: dict[str, bytes | None] = dict.fromkeys(known.keys() - files.keys())
    updates |= {path: content for path, content in files.items() if known.get(path) != content}
    header = read_header(buffer, draft)
    if header.status is DraftStatus.VALIDATED:
        updates |= header_file(with_status(header, DraftStatus.DRAFT, transaction.metadata, message))
    rebased_from = draft.tip if tip.commit != draft.tip else None
    return commit_draft(transaction, tip, draft.id, updates, message, rebased_from=rebased_from)
