"""Drafts that plain git, or a forge's button, has merged: what the person meant is finished, or taken out again.

git's merge of a draft's branch brings the folder `.gitdraft/` onto canonical and leaves the entities as they were.
``plan_adopt`` makes the draft's changes a merge, through the same checks as ``merge.py``; ``plan_take_out`` takes the folder
out. Both are one new commit on canonical, and need canonical alone: the draft's branch may be gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from gitdraft.drafts.lifecycle import branch_moves, require_mergeable
from gitdraft.drafts.merge import close_draft, commit_on_canonical
from gitdraft.errors import GitdraftError, InvalidInput, NotFound, RepositoryError, StateRefused
from gitdraft.formats.drafts import write_draft_header
from gitdraft.formats.trailers import append_trailers
from gitdraft.git.trees import update_tree
from gitdraft.git.values import TreeEntry
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.drafts import DraftHeader, DraftStatus, is_same_draft, with_status
from gitdraft.model.names import DraftId, Oid, RefName
from gitdraft.model.operations import RefMove
from gitdraft.model.reports import AdoptReport
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.rebase.stack import PendingDrafts
from gitdraft.store.drafts import HEADER_PATH, OVERLAY, StoredDraft, read_draft, read_header
from gitdraft.store.drafts_on_canonical import TAKEN_TRAILER, DraftOnCanonical, drafts_on_canonical
from gitdraft.store.replay import DRAFT_TRAILER, OPERATION_TRAILER, commit_draft, start_on
from gitdraft.store.repository import closed_ref
from gitdraft.store.signatures import committer_signature, signature
from gitdraft.store.snapshots import take_snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.validation.gate import require_sound_step
from gitdraft.views.effective_view import EffectiveView, open_view
from gitdraft.views.outcomes import is_same_state
from gitdraft.views.reviews import Given, require_approved


@dataclass(frozen=True, slots=True)
class _Lying:
    """The draft on canonical that is adopted or taken out, its branch (``None``: gone), and the others there."""

    draft: DraftOnCanonical
    branch: StoredDraft | None
    others: tuple[DraftOnCanonical, ...]

    @property
    def id(self) -> DraftId:
        """What the draft is called here."""
        return self.draft.id if self.branch is None else self.branch.id


def plan_adopt(
    transaction: Transaction,
    draft_id: str | None = None,
    message: str | None = None,
    given: Given | None = None,
) -> Plan[AdoptReport]:
    """Plans the changes of a draft that lies on canonical as its merge, `.gitdraft/` gone, the draft `merged`.

    Without a ``draft_id`` it is the only one there. Raises NotFound (``draft-not-on-canonical``), StateRefused
    (``several-drafts``), and what ``require_mergeable`` and ``require_approved`` do, with the way to take the draft out as a
    hint. Of verdicts those count that were ``given`` through the service; all, without that.
    """
    store, buffer, canonical = transaction.store, transaction.buffer, transaction.canonical
    lying = _find(transaction, draft_id)
    header = _require_header(transaction, lying)
    draft = _restore(transaction, lying, header)
    view = open_view(store, draft, buffer)
    goes_on = False
    if lying.branch is not None:
        branch_view = open_view(store, lying.branch, buffer)
        goes_on = not _is_same_view(branch_view, view)
        if not goes_on:
            draft, view = lying.branch, branch_view
    try:
        require_mergeable(transaction, draft)
        require_approved(buffer, draft, view, given)
    except GitdraftError as error:
        error.hint = f"gitdraft adopt {lying.id} --take-out takes it out of {store.canonical_branch}; it can then be mended, submitted and merged"
        raise
    tip = close_draft(transaction, draft, view)
    text = message or header.message
    commit = commit_on_canonical(
        transaction,
        view,
        tip,
        text,
        tree=_tree_without(transaction, lying.others),
        more_trailers={TAKEN_TRAILER: lying.draft.id},
    )
    closing: tuple[RefMove, ...] = ()
    if not goes_on:
        closing = branch_moves(draft, closed_ref(lying.id), tip) if lying.branch else ()
        closing = closing or (RefMove(_unused_closed_ref(transaction, lying.id), None, tip.commit),)
    merged = take_snapshot(buffer, commit, canonical.configuration)
    require_sound_step(store, canonical, merged)
    pending = PendingDrafts(merged=frozenset(() if goes_on else (lying.id,)))
    rebase = plan_rebase(transaction, canonical=merged, pending=pending)
    report = AdoptReport(
        lying.id,
        commit,
        is_taken_out=False,
        branch="open" if goes_on else "closed",
        entities=tuple(view.show(entity) for entity in view.changed()),
        remaining=tuple(other.id for other in lying.others),
        rebase=rebase.report,
    )
    moves = (RefMove(store.canonical_ref, canonical.commit, commit), *closing, *rebase.moves)
    return Plan(report, buffer, moves, f"adopt {lying.id}: {header.title}", may_stay=rebase.may_stay)


def plan_take_out(transaction: Transaction, draft_id: str | None = None) -> Plan[AdoptReport]:
    """Plans canonical without a draft that lies there. Where its branch is gone too, the draft is open again, so that
    nobody's work is lost.

    Raises NotFound (``draft-not-on-canonical``), StateRefused (``several-drafts``).
    """
    store, buffer, canonical, metadata = (
        transaction.store,
        transaction.buffer,
        transaction.canonical,
        transaction.metadata,
    )
    lying = _find(transaction, draft_id)
    trailers = {
        DRAFT_TRAILER: lying.id,
        OPERATION_TRAILER: metadata.operation,
        TAKEN_TRAILER: lying.draft.id,
    }
    commit = buffer.commit(
        tree=_tree_without(transaction, lying.others),
        parents=(canonical.commit,),
        author=signature(metadata),
        committer=committer_signature(metadata),
        message=append_trailers(f"Take draft {lying.id} out of {store.canonical_branch}", trailers),
        is_signed=True,
    )
    restored: tuple[RefMove, ...] = ()
    header = lying.draft.header
    if lying.branch is None and header is not None:
        if not header.status.is_open:
            header = with_status(header, DraftStatus.DRAFT, metadata, "taken out of canonical")
        name = _unused_id(transaction, lying.id)
        draft = _restore(transaction, replace(lying, draft=replace(lying.draft, id=name)), header)
        restored = (RefMove(store.draft_ref(name), None, draft.tip),)
    after = take_snapshot(buffer, commit, canonical.configuration)
    require_sound_step(store, canonical, after)
    rebase = plan_rebase(transaction, canonical=after)
    report = AdoptReport(
        lying.id,
        commit,
        is_taken_out=True,
        branch=_branch_after(transaction, lying, is_restored=bool(restored)),
        entities=(),
        remaining=tuple(other.id for other in lying.others),
        rebase=rebase.report,
    )
    moves = (RefMove(store.canonical_ref, canonical.commit, commit), *restored, *rebase.moves)
    return Plan(report, buffer, moves, f"take {lying.id} out", may_stay=rebase.may_stay)


def _branch_after(
    transaction: Transaction, lying: _Lying, *, is_restored: bool
) -> Literal["closed", "open", "restored"]:
    if is_restored:
        return "restored"
    is_open = lying.branch is not None and not transaction.store.is_closed(lying.branch)
    return "open" if is_open else "closed"


def _find(transaction: Transaction, draft_id: str | None) -> _Lying:
    """Returns the draft on canonical that was named, or the only one. Raises NotFound, StateRefused."""
    store = transaction.store
    drafts = drafts_on_canonical(transaction.canonical)
    ids = [draft.id for draft in drafts]
    if not drafts:
        raise NotFound(
            f"no draft lies on {store.canonical_branch}: plain git has merged none",
            code="draft-not-on-canonical",
            context={} if draft_id is None else {"draft": draft_id},
            hint="gitdraft merge DRAFT merges a submitted draft",
        )
    if draft_id is None and len(drafts) > 1:
        raise StateRefused(
            f"{len(drafts)} drafts lie on {store.canonical_branch}: {', '.join(ids)}",
            code="several-drafts",
            context={"drafts": ids},
            hint=f"gitdraft adopt {ids[0]} takes the first; they are adopted one by one",
        )
    for at, draft in enumerate(drafts):
        branch = _branch_of(transaction, draft)
        if draft_id in (None, draft.id) or (branch is not None and branch.id == draft_id):
            return _Lying(draft, branch, (*drafts[:at], *drafts[at + 1 :]))
    raise NotFound(
        f"draft '{draft_id}' does not lie on {store.canonical_branch}",
        code="draft-not-on-canonical",
        context={"draft": draft_id, "drafts": ids},
        hint=f"gitdraft adopt {ids[0]}",
    )


def _branch_of(transaction: Transaction, draft: DraftOnCanonical) -> StoredDraft | None:
    """Returns the draft's own branch, open or closed; it may be called otherwise here. ``None``: there is none."""
    store = transaction.store
    first = store.draft_tip(draft.id)
    if draft.header is None or draft.is_partial:
        return None if first is None or draft.header is None else _read(transaction, *first)
    refs = [first] if first is not None else []
    refs += [(store.draft_ref(name), tip) for name, tip in store.open_drafts().items()]
    refs += [(closed_ref(name), tip) for name, tip in store.closed_drafts().items()]
    for ref, tip in refs:
        branch = _read(transaction, ref, tip)
        if branch is not None and is_same_draft(read_header(transaction.buffer, branch), draft.header):
            return branch
    return None


def _read(transaction: Transaction, ref: RefName, tip: Oid) -> StoredDraft | None:
    """Returns the draft of a branch; ``None`` for a malformed one."""
    try:
        draft = read_draft(transaction.buffer, ref.rpartition("/")[2], ref, tip)
        read_header(transaction.buffer, draft)
    except (InvalidInput, RepositoryError):
        return None
    return draft


def _require_header(transaction: Transaction, lying: _Lying) -> DraftHeader:
    header = lying.draft.header
    if header is None:
        raise RepositoryError(
            f"what lies below {OVERLAY}/ on canonical is no draft: its draft.json cannot be read",
            code="malformed-draft",
            context={"draft": lying.id},
            hint=f"gitdraft adopt {lying.id} --take-out",
        )
    if lying.draft.is_partial and lying.branch is not None:
        return read_header(transaction.buffer, lying.branch)
    return header


def _restore(transaction: Transaction, lying: _Lying, header: DraftHeader) -> StoredDraft:
    """Returns the draft as it lies on canonical, as one commit on the canonical commit that its changes were made on."""
    buffer, draft = transaction.buffer, lying.draft
    assert draft.base is not None
    base = take_snapshot(buffer, draft.base, transaction.canonical.configuration)
    files: dict[str, bytes | None] = {path: buffer.read_blob(oid) for path, oid in draft.files.items()}
    files[HEADER_PATH] = write_draft_header(header)
    tip = commit_draft(transaction, start_on(buffer, base), draft.id, files, f"Draft: {header.title}")
    return read_draft(buffer, draft.id, closed_ref(draft.id), tip.commit)


def _is_same_view(one: EffectiveView, other: EffectiveView) -> bool:
    """Whether two versions of a draft change the same entities in the same way."""
    return one.changed() == other.changed() and all(
        is_same_state(one.state(entity), other.state(entity)) for entity in one.changed()
    )


def _tree_without(transaction: Transaction, others: Sequence[DraftOnCanonical]) -> Oid:
    """Returns canonical's tree with only the ``others`` below `.gitdraft/`."""
    buffer = transaction.buffer
    tree = update_tree(buffer, transaction.canonical.tree, {OVERLAY: None})
    files: dict[str, TreeEntry | Oid | None] = {}
    for other in reversed(others):
        files |= other.files
        if other.header is not None:
            files[HEADER_PATH] = buffer.blob(write_draft_header(other.header))
    return update_tree(buffer, tree, files) if files else tree


def _unused_id(transaction: Transaction, stem: DraftId) -> DraftId:
    store = transaction.store
    names = (stem, *(DraftId(f"{stem[:55]}-{number}") for number in range(2, 10_000)))
    return next(name for name in names if store.draft_tip(name) is None)


def _unused_closed_ref(transaction: Transaction, stem: DraftId) -> RefName:
    return closed_ref(_unused_id(transaction, stem))
