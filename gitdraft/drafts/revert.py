"""A draft that others may have is taken back by one more commit: opened again after its merge, back to an earlier content, or
withdrawn."""

from __future__ import annotations

from gitdraft.formats.reviews import COMMENTS, REVIEWS
from gitdraft.git.trees import find, update_tree
from gitdraft.lazy_dataclass import replace
from gitdraft.model.drafts import DraftStatus, with_status
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import Operation
from gitdraft.store.drafts import OVERLAY, read_draft, read_header
from gitdraft.store.replay import DraftTip, commit_draft, header_file, replay, tip_of
from gitdraft.store.reviews import remark_files
from gitdraft.store.snapshots import Snapshot
from gitdraft.store.transaction import Transaction


def reopen_on(
    transaction: Transaction, draft_id: str, merged: Oid, canonical: Snapshot, operation: Operation
) -> DraftTip:
    """Commits a merged draft again on the commit of canonical that reverts its merge, its changes as they were merged.

    ``merged`` is its tip when it was merged. It is a `draft` again. Raises RepositoryError for a malformed one.
    """
    draft = read_draft(transaction.buffer, draft_id, RefName(""), merged)
    header = read_header(transaction.buffer, draft)
    reason = f"the merge was taken back (operation {operation.id})"
    files = header_file(with_status(header, DraftStatus.DRAFT, transaction.metadata, reason))
    return commit_draft(
        transaction, replay(transaction, draft, canonical), draft_id, files, "Reopened: its merge is reverted"
    )


def revert_draft(
    transaction: Transaction, draft_id: str, before: Oid, after: Oid, operation: Operation
) -> DraftTip | None:
    """Commits, on the draft's tip ``after``, its content as of ``before``.

    ``None`` where nothing is to be taken back: the content is the same, or stands on another commit of canonical
    (a rebase says the same in other words).
    """
    buffer = transaction.buffer
    tree = buffer.read_commit(after).tree
    old, new = (find(buffer, buffer.read_commit(tip).tree, OVERLAY) for tip in (before, after))
    old_draft = read_draft(buffer, draft_id, RefName(""), before)
    is_closing = not read_header(buffer, old_draft).status.is_open
    new_draft = read_draft(buffer, draft_id, RefName(""), after)
    is_moved = old_draft.base != new_draft.base
    if old == new or (is_moved and not is_closing):
        return None
    target = replace(tip_of(new_draft), tree=update_tree(buffer, tree, {OVERLAY: old}))
    return commit_draft(transaction, target, draft_id, {}, f'Revert "{operation.summary}"')


def withdraw_new(transaction: Transaction, draft_id: str, tip: Oid, operation: Operation) -> DraftTip:
    """Commits that a draft which the operation made is withdrawn."""
    draft = read_draft(transaction.buffer, draft_id, RefName(""), tip)
    header = read_header(transaction.buffer, draft)
    reason = f"taken back (operation {operation.id})"
    files = header_file(with_status(header, DraftStatus.WITHDRAWN, transaction.metadata, reason))
    return commit_draft(transaction, tip_of(draft), draft_id, files, "Withdrawn: its making is undone")


def with_remarks_since(
    transaction: Transaction, draft_id: str, tip: DraftTip, seen: Oid, now: Oid
) -> DraftTip:
    """Returns ``tip`` with the comments and verdicts that the draft got between its tips ``seen`` and ``now``: what others say
    is not taken back with what they speak of."""
    buffer = transaction.buffer
    drafts = [read_draft(buffer, draft_id, RefName(""), commit) for commit in (seen, now)]
    before, after = (
        {
            file.path: file.oid
            for folder in (COMMENTS, REVIEWS)
            for file in remark_files(buffer, draft, folder)
            if file.id is not None
        }
        for draft in drafts
    )
    files: dict[str, bytes | None] = {
        path: buffer.read_blob(oid)
        for path, oid in after.items()
        if path not in before and find(buffer, tip.tree, path) is None
    }
    if not files:
        return tip
    return commit_draft(transaction, tip, draft_id, files, "Keep what was said meanwhile")
