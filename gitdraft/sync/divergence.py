"""A draft that changed both locally and on a remote: its sides, their merge, and answers to their conflicts.

Only three tips are stored: the local draft's, the remote's as last fetched, and the one that both last had. While the
sides conflict, all three stay. An answer is kept in the local draft, as an answer to a conflict with canonical is.
"""

from __future__ import annotations

from collections.abc import Mapping

from gitdraft.documents.resolutions import Answer, resolution_of
from gitdraft.drafts.edit import EDITABLE, require_status
from gitdraft.drafts.lifecycle import branch_moves
from gitdraft.drafts.resolve import chosen_conflicts
from gitdraft.errors import InvalidInput, RepositoryError, StateRefused
from gitdraft.formats.changes import write_resolutions
from gitdraft.formats.keys import check_draft_id
from gitdraft.formats.paths import resolution_path
from gitdraft.git.history import merge_base
from gitdraft.git.objects import ObjectBuffer, ObjectSource
from gitdraft.git.trees import find, update_tree
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.draft_reports import ResolveReport
from gitdraft.model.drafts import DraftHeader
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import RefMove
from gitdraft.rebase.draft_merge import DraftMerge, is_edited, merge_changes
from gitdraft.rebase.sides import Side, is_same_draft, read_side
from gitdraft.store.change_files import read_draft_resolutions
from gitdraft.store.drafts import OVERLAY, StoredDraft, read_draft, read_header
from gitdraft.store.outside_files import foreign_files, has_foreign_files, require_no_foreign_files
from gitdraft.store.remote_tracking import (
    TrackedDraft,
    relation,
    seen_closed_ref,
    seen_drafts_ref,
    synced_ref,
    tracked_drafts,
)
from gitdraft.store.replay import DraftTip, commit_draft, header_file, tip_of
from gitdraft.store.repository import Store, closed_ref, git_tree
from gitdraft.store.reviews import merged_remarks
from gitdraft.store.snapshots import EmptyCanonical, Snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.sync.header_merge import HeaderSide, merge_headers

Conflicts = tuple[tuple[EntityRef, Conflict], ...]


@dataclass(frozen=True, slots=True)
class Sides:
    """A draft in this repository, on the remote, and as both last had it (``synced``; ``None``: that is not known)."""

    synced: Side | None
    local: Side
    remote: Side


@dataclass(frozen=True, slots=True)
class MergedDraft:
    """A draft after its sides were merged: its tip and header, the entities for which a local change was taken, and the
    local texts that the remote's replace, as sentences for the user."""

    tip: DraftTip
    header: DraftHeader
    entities: tuple[EntityRef, ...]
    lost: tuple[str, ...]


def read_sides(
    store: Store, remote: str, tracked: TrackedDraft, canonical: Snapshot | EmptyCanonical
) -> Sides:
    """Returns the sides of a draft that is both local and on the remote. Raises RepositoryError or InvalidInput for a
    malformed one."""
    source, configuration = canonical.source, canonical.configuration
    remote_side = read_remote_side(store, remote, tracked, canonical)
    tip = tracked.local_tip
    assert tip is not None
    ref = store.draft_ref(tracked.id)
    local_side = read_side(source, tracked.id, ref, tip, configuration)
    common = tracked.synced or merge_base(store.git, tip, remote_side.draft.tip)
    if common is None or common in (local_side.draft.start, remote_side.draft.start):
        return Sides(None, local_side, remote_side)
    try:
        synced = read_side(source, tracked.id, ref, common, configuration)
    except (InvalidInput, RepositoryError):
        return Sides(None, local_side, remote_side)
    return Sides(synced if is_same_draft(synced, local_side) else None, local_side, remote_side)


def read_remote_side(
    store: Store, remote: str, tracked: TrackedDraft, canonical: Snapshot | EmptyCanonical
) -> Side:
    """Returns the remote's side. Raises RepositoryError or InvalidInput when it is malformed or belongs to another
    history."""
    check_draft_id(tracked.id)
    tip = tracked.remote_tip
    assert tip is not None
    prefix = seen_closed_ref(remote) if tracked.is_closed_remotely else seen_drafts_ref(store, remote)
    side = read_side(canonical.source, tracked.id, RefName(prefix + tracked.id), tip, canonical.configuration)
    if (
        isinstance(canonical, EmptyCanonical)
        or merge_base(store.git, side.draft.base, canonical.commit) is None
    ):
        reason = f"it does not start at a commit of {store.canonical_branch}"
        if (store.git.common / "shallow").exists():
            raise RepositoryError(
                f"{reason} that this shallow clone has: git fetch --unshallow", code="shallow"
            )
        raise RepositoryError(reason, code="malformed-draft")
    return side


def merge_sides(transaction: Transaction, remote: str, sides: Sides, merge: DraftMerge) -> MergedDraft:
    """Returns the merged draft. It is a commit on top of the side that stands on the newer canonical commit, or that
    side itself where it contains everything."""
    metadata, old = transaction.metadata, sides.local.draft.tip
    local, other = (
        HeaderSide(side.header, is_edited(sides.synced, side)) for side in (sides.local, sides.remote)
    )
    header, lost = merge_headers(sides.synced.header if sides.synced else None, local, other, metadata)
    target = merge.target.draft
    files: Mapping[str, bytes | None] = merge.files
    if header != merge.target.header:
        files = {**files, **header_file(header)}
    files = {**files, **remarks_of_both(transaction.buffer, sides, target)}
    tip = _with_foreign_files(transaction, target, sides, merge.target.base.commit)
    if files or tip.tree != target.tree:
        where = f"on {remote}" if target.tip == old else "here"
        paragraphs = (f"Merge with the changes made {where}", "\n".join(map(str, merge.entities)), *lost)
        message = "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
        tip = commit_draft(transaction, tip, target.id, files, message, rebased_from=old)
    return MergedDraft(tip, header, merge.entities, lost)


def remarks_of_both(source: ObjectSource, sides: Sides, target: StoredDraft) -> dict[str, bytes | None]:
    """Returns what gives ``target`` the comments and verdicts that either side has."""
    synced = None if sides.synced is None else sides.synced.draft
    return merged_remarks(source, target, synced, (sides.local.draft, sides.remote.draft))


def _with_foreign_files(
    transaction: Transaction, target: StoredDraft, sides: Sides, canonical: Oid
) -> DraftTip:
    """Returns the tip of the side that the merge stands on, with the files that the other side's branch changes beside the
    draft's folder: they are lost on neither side, and reported. Raises PolicyViolation where both cannot stand."""
    buffer = transaction.buffer
    other = sides.remote.draft if target.tip == sides.local.draft.tip else sides.local.draft
    if not has_foreign_files(buffer, other):
        return tip_of(target)
    if not foreign_files(buffer, other, canonical):
        return tip_of(target)
    if has_foreign_files(buffer, target) or git_tree(buffer, target.start) != git_tree(buffer, other.start):
        require_no_foreign_files(buffer, other, canonical)
        return tip_of(target)
    own = find(buffer, target.tree, OVERLAY)
    return replace(tip_of(target), tree=update_tree(buffer, other.tree, {OVERLAY: own}))


def remote_conflicts(store: Store, remote: str, draft_id: str) -> Conflicts:
    """Returns the conflicts between the local draft and the remote's; none unless the two have diverged."""
    tracked = tracked_drafts(store, remote).get(draft_id)
    if tracked is None or relation(store.git, tracked) != "diverged":
        return ()
    try:
        sides = read_sides(store, remote, tracked, store.snapshot(ObjectBuffer(store.git)))
    except (InvalidInput, RepositoryError):
        return ()
    merge = _merged(store, sides)
    return merge.conflicts if merge is not None else ()


def plan_resolve_divergence(
    transaction: Transaction,
    remote: str,
    draft_id: str,
    entity: EntityRef,
    pointer: str | None,
    answer: Answer,
) -> Plan[ResolveReport]:
    """Plans to answer the conflict with the remote at ``pointer``, or all of the entity's. With the last answer the
    draft is merged with the remote's in the same operation.

    Raises StateRefused when the entity is not in conflict with the remote, NotFound when the pointer names no
    conflict of it.
    """
    store, buffer = transaction.store, transaction.buffer
    draft = store.find_draft(draft_id)
    require_status(draft_id, read_header(buffer, draft).status, EDITABLE)
    conflicts = tuple(c for e, c in remote_conflicts(store, remote, draft_id) if e == entity)
    if not conflicts:
        raise StateRefused(
            f"'{entity}' is not in conflict with {remote} in draft '{draft_id}'",
            code="not-in-conflict",
            context={"entity": str(entity), "draft": draft_id, "remote": remote},
            hint=f"gitdraft conflicts {draft_id} lists the conflicts",
        )
    chosen = chosen_conflicts(entity, conflicts, pointer)
    answers = (
        *read_draft_resolutions(buffer, draft, entity),
        *(resolution_of(conflict, answer) for conflict in chosen),
    )
    place = str(entity) if pointer is None else f"{entity} {pointer}"
    files = {resolution_path(entity): write_resolutions(answers)}
    answered = commit_draft(transaction, tip_of(draft), draft_id, files, f"Resolve {place}")
    tracked = tracked_drafts(store, remote)[draft_id]
    sides = read_sides(store, remote, tracked, transaction.canonical)
    local = replace(sides.local, draft=read_draft(buffer, draft_id, draft.ref, answered.commit))
    sides = replace(sides, local=local)
    merge = _merged(store, sides)
    resolved = tuple((entity, conflict) for conflict in chosen)
    remaining = merge.conflicts if merge is not None else ()
    summary = f"{draft_id}: resolve {place}"
    if merge is None or remaining:
        report = ResolveReport(draft_id, answered.commit, resolved, remaining, moved=False)
        return Plan(report, buffer, (RefMove(draft.ref, draft.tip, answered.commit),), summary)
    merged = merge_sides(transaction, remote, sides, merge)
    tip = merged.tip.commit
    report = ResolveReport(draft_id, tip, resolved, (), moved=True)
    synced = RefMove(RefName(synced_ref(remote) + draft_id), tracked.synced, sides.remote.draft.tip)
    ref = draft.ref if merged.header.status.is_open else closed_ref(draft_id)
    return Plan(report, buffer, (*branch_moves(draft, ref, merged.tip), synced), summary)


def _merged(store: Store, sides: Sides) -> DraftMerge | None:
    if not is_same_draft(sides.local, sides.remote):
        return None
    return merge_changes(store.git, sides.synced, sides.local, sides.remote)
