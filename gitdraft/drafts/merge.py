"""Merging a submitted draft: one commit on canonical, with trailers that name the draft and its tip.

The draft's own commits stay under `refs/gitdraft/closed/`; where gitdraft.yaml says `merge: {history: parents}` its tip is
the merge's second parent too.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gitdraft.drafts.diff import materialise
from gitdraft.drafts.edit import find_draft_with_status
from gitdraft.drafts.lifecycle import branch_moves, require_mergeable
from gitdraft.errors import StateRefused
from gitdraft.formats.trailers import append_trailers
from gitdraft.git.known_refs import read_ref
from gitdraft.git.trees import update_tree
from gitdraft.model.drafts import DraftStatus, with_status
from gitdraft.model.names import Oid
from gitdraft.model.operations import RefMove
from gitdraft.model.reports import MergeReport
from gitdraft.rebase.rebase import plan_rebase, replay_onto
from gitdraft.rebase.stack import PendingDrafts
from gitdraft.store.drafts import StoredDraft, read_header
from gitdraft.store.replay import (
    AUTHOR_TRAILER,
    DRAFT_TRAILER,
    MERGED_BY_TRAILER,
    OPERATION_TRAILER,
    TIP_TRAILER,
    DraftTip,
    commit_draft,
    header_file,
    tip_of,
)
from gitdraft.store.repository import closed_ref, pull_ref
from gitdraft.store.signatures import agent_trailer, author_signature, committer_signature
from gitdraft.store.snapshots import take_snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.validation.gate import require_sound_step
from gitdraft.views.effective_view import EffectiveView, open_view
from gitdraft.views.reviews import Given, require_approved


def plan_merge(
    transaction: Transaction,
    draft_id: str,
    message: str | None = None,
    given: Given | None = None,
    *,
    local: bool = False,
) -> Plan[MergeReport]:
    """Plans the submitted draft as one commit on canonical's tip; the other open drafts are rebased onto it in the same
    operation, so one undo takes all of it back.

    Of the verdicts on it those count that were ``given`` through the service; all, without that. Raises StateRefused for
    another status, for a draft with a pull request (``has-pull-request``) unless ``local``, what ``require_mergeable`` and
    ``require_approved`` do, and PolicyViolation for what the commit would break on canonical.
    """
    store, buffer = transaction.store, transaction.buffer
    draft = find_draft_with_status(transaction, draft_id, (DraftStatus.SUBMITTED,))
    if not local and read_ref(store.git, pull_ref(draft_id)) is not None:
        raise StateRefused(
            f"draft '{draft_id}' has a pull request, which merges it",
            code="has-pull-request",
            context={"draft": draft_id},
            hint=f"gitdraft pr merge {draft_id}; gitdraft merge --local {draft_id} merges it here",
        )
    require_mergeable(transaction, draft)
    header = read_header(buffer, draft)
    view = open_view(store, draft, buffer)
    require_approved(buffer, draft, view, given)
    canonical = view.canonical
    tip = close_draft(transaction, draft, view)
    text = message or header.message
    commit = commit_on_canonical(transaction, view, tip, text)
    merged = take_snapshot(buffer, commit, canonical.configuration)
    require_sound_step(store, canonical, merged)
    pending = PendingDrafts(merged=frozenset((draft_id,)))
    rebase = plan_rebase(transaction, canonical=merged, pending=pending)
    moves = (
        RefMove(store.canonical_ref, canonical.commit, commit),
        *branch_moves(draft, closed_ref(draft_id), tip),
        *rebase.moves,
    )
    entities = tuple(view.show(entity) for entity in view.changed())
    report = MergeReport(draft_id, commit, entities, rebase.report)
    return Plan(report, buffer, moves, f"merge {draft_id}: {header.title}", may_stay=rebase.may_stay)


def close_draft(transaction: Transaction, draft: StoredDraft, view: EffectiveView) -> DraftTip:
    """Commits the draft on canonical's tip, its status `merged`."""
    tip = tip_of(draft)
    if not draft.is_on(view.canonical.commit):
        changes = [change for entity in view.changed() if (change := view.applied_change(entity)) is not None]
        tip = replay_onto(transaction, draft, changes, view.canonical)
    header = read_header(transaction.buffer, draft)
    files = header_file(with_status(header, DraftStatus.MERGED, transaction.metadata))
    return commit_draft(transaction, tip, draft.id, files, "Merged")


def commit_on_canonical(
    transaction: Transaction,
    view: EffectiveView,
    tip: DraftTip,
    message: str,
    *,
    tree: Oid | None = None,
    more_trailers: Mapping[str, str] = MappingProxyType({}),
) -> Oid:
    """Commits what the view of a draft makes of canonical, in canonical's tree or in this one. Returns the commit."""
    buffer, metadata, canonical, draft = (
        transaction.buffer,
        transaction.metadata,
        view.canonical,
        view.draft,
    )
    assert draft is not None
    author = read_header(buffer, draft).author
    files = materialise(view, metadata)
    updates = {path: None if content is None else buffer.blob(content) for path, content in files.items()}
    trailers = {
        DRAFT_TRAILER: draft.id,
        TIP_TRAILER: tip.commit,
        AUTHOR_TRAILER: author,
        MERGED_BY_TRAILER: metadata.actor.text,
        OPERATION_TRAILER: metadata.operation,
        **agent_trailer(metadata),
        **more_trailers,
    }
    second = (tip.commit,) if canonical.configuration.merge_history == "parents" else ()
    return buffer.commit(
        tree=update_tree(buffer, tree or canonical.tree, updates),
        parents=(canonical.commit, *second),
        author=author_signature(author, metadata),
        committer=committer_signature(metadata),
        message=append_trailers(message, trailers),
        is_signed=True,
    )
