"""Merging a submitted draft: one commit on canonical, its second parent the draft's tip."""

from __future__ import annotations

from gitdraft.drafts.diff import materialise
from gitdraft.drafts.edit import require_status
from gitdraft.drafts.lifecycle import branch_moves, require_mergeable
from gitdraft.formats.trailers import append_trailers
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.trees import update_tree
from gitdraft.model.drafts import DraftHeader, DraftStatus, with_status
from gitdraft.model.occasions import OperationMetadata
from gitdraft.model.operations import RefMove
from gitdraft.model.reports import MergeReport
from gitdraft.rebase.rebase import plan_rebase, replay_onto
from gitdraft.store.drafts import StoredDraft, read_header
from gitdraft.store.replay import (
    DRAFT_TRAILER,
    OPERATION_TRAILER,
    DraftTip,
    commit_draft,
    header_file,
    tip_of,
)
from gitdraft.store.repository import CLOSED, Store
from gitdraft.store.signatures import author_signature, committer_signature
from gitdraft.store.snapshots import Snapshot, take_snapshot
from gitdraft.store.transaction import Plan
from gitdraft.views.effective_view import EffectiveView, open_view

AUTHOR_TRAILER = "Gitdraft-Author"
ACTOR_TRAILER = "Gitdraft-Merged-By"


def plan_merge(
    store: Store, metadata: OperationMetadata, draft_id: str, message: str | None = None
) -> Plan[MergeReport]:
    """The submitted draft as one commit on canonical's tip; the other open drafts are rebased onto it in the
    same operation, so one undo takes all of it back.

    Raises StateRefused for another status, ConflictError, PolicyViolation; nothing is moved then.
    """
    buffer = ObjectBuffer(store.git)
    draft = store.find_draft(draft_id)
    header = read_header(buffer, draft)
    require_status(draft_id, header.status, (DraftStatus.SUBMITTED,))
    require_mergeable(store, draft, buffer)
    view = open_view(store, draft, buffer)
    canonical = view.canonical
    assert canonical.commit is not None
    tip = _close(buffer, draft, header, view, metadata)
    commit = _merge_commit(buffer, draft, header, view, tip, metadata, message)
    merged = take_snapshot(buffer, commit, canonical.configuration)
    rebase = plan_rebase(store, metadata, buffer=buffer, canonical=merged, leave_out=frozenset((draft_id,)))
    moves = (
        RefMove(store.canonical_ref, canonical.commit, commit),
        *branch_moves(draft, CLOSED + draft_id, tip),
        *rebase.moves,
    )
    shown = tuple(view.show(entity) for entity in view.changed())
    report = MergeReport(draft_id, commit, shown, rebase.report)
    return Plan(report, buffer, moves, f"merge {draft_id}: {header.title}", may_stay=rebase.may_stay)


def _close(
    buffer: ObjectBuffer,
    draft: StoredDraft,
    header: DraftHeader,
    view: EffectiveView,
    metadata: OperationMetadata,
) -> DraftTip:
    """The draft on canonical's tip, its status `merged`."""
    tip = tip_of(draft)
    if draft.base != view.canonical.commit:
        judged = [judged for entity in view.changed() if (judged := view.applied_change(entity)) is not None]
        tip = replay_onto(buffer, draft, header, judged, view.canonical, metadata)
    files = header_file(with_status(header, DraftStatus.MERGED, metadata))
    return commit_draft(buffer, tip, draft.id, files, metadata, "Merged")


def _merge_commit(
    buffer: ObjectBuffer,
    draft: StoredDraft,
    header: DraftHeader,
    view: EffectiveView,
    tip: DraftTip,
    metadata: OperationMetadata,
    message: str | None,
) -> str:
    canonical: Snapshot = view.canonical
    assert canonical.commit is not None
    files = materialise(view, metadata)
    updates = {path: None if content is None else buffer.blob(content) for path, content in files.items()}
    trailers = {
        DRAFT_TRAILER: draft.id,
        AUTHOR_TRAILER: header.author,
        ACTOR_TRAILER: metadata.actor.text,
        OPERATION_TRAILER: metadata.operation,
    }
    text = message or f"{header.title}\n\n{header.description}".strip()
    return buffer.commit(
        tree=update_tree(buffer, canonical.tree, updates),
        parents=(canonical.commit, tip.commit),
        author=author_signature(header.author, metadata),
        committer=committer_signature(metadata),
        message=append_trailers(text, trailers),
    )
