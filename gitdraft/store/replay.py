"""Draft commits as objects: new ones, and old ones replayed on another canonical commit.

A draft's commit has the base's tree plus `.gitdraft`. Replaying puts that folder, by its oid, into the new
base's tree: two trees' bytes, whatever the size of the repository.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gitdraft.formats.drafts import write_draft_header
from gitdraft.formats.trailers import append_trailers, strip_trailers
from gitdraft.git.history import commits_between
from gitdraft.git.trees import find, update_tree
from gitdraft.git.values import Commit
from gitdraft.model.drafts import DraftHeader
from gitdraft.model.names import Oid
from gitdraft.model.operations import OperationMetadata
from gitdraft.store.drafts import HEADER_PATH, OVERLAY, StoredDraft
from gitdraft.store.signatures import committer_signature, signature
from gitdraft.store.snapshots import Snapshot

if TYPE_CHECKING:
    from gitdraft.store.transaction import Transaction

OPERATION_TRAILER = "Gitdraft-Operation"
DRAFT_TRAILER = "Gitdraft-Draft"
EDIT_TRAILER = "Gitdraft-Edit"
REBASED_FROM_TRAILER = "Gitdraft-Rebased-From"


@dataclass(frozen=True, slots=True)
class DraftTip:
    """Where a draft is to stand: a commit and its tree, perhaps still in a buffer."""

    commit: Oid
    tree: Oid


def tip_of(draft: StoredDraft) -> DraftTip:
    """Returns the tip of the draft as it is now."""
    return DraftTip(draft.tip, draft.tree)


def replay(transaction: Transaction, draft: StoredDraft, canonical: Snapshot) -> DraftTip:
    """Commits the draft's commits again on top of ``canonical``, authors and messages kept.

    The last one says where it came from (`Gitdraft-Rebased-From`), and under which operation.
    """
    buffer, metadata = transaction.buffer, transaction.metadata
    parent, tree = canonical.commit, canonical.tree
    commits = commits_between(buffer, draft.base, draft.tip)
    for commit in commits:
        overlay = find(buffer, commit.tree, OVERLAY)
        if overlay is None:
            raise AssertionError(f"{commit.oid} lies between a draft's base and its tip")
        tree = update_tree(buffer, canonical.tree, {OVERLAY: overlay})
        message = _moved_message(commit, draft, metadata) if commit is commits[-1] else commit.message
        parent = buffer.commit(
            tree=tree,
            parents=(parent,),
            author=commit.author,
            committer=committer_signature(metadata),
            message=message,
        )
    return DraftTip(parent, tree)


def commit_draft(
    transaction: Transaction,
    tip: DraftTip,
    draft_id: str,
    files: Mapping[str, bytes | None],
    message: str,
    *,
    rebased_from: str | None = None,
) -> DraftTip:
    """Adds a commit to a draft: ``files`` are its new contents by path, ``None`` removes."""
    buffer, metadata = transaction.buffer, transaction.metadata
    updates = {path: None if content is None else buffer.blob(content) for path, content in files.items()}
    tree = update_tree(buffer, tip.tree, updates)
    trailers = {OPERATION_TRAILER: metadata.operation, DRAFT_TRAILER: draft_id}
    if rebased_from is not None:
        trailers[REBASED_FROM_TRAILER] = rebased_from
    commit = buffer.commit(
        tree=tree,
        parents=(tip.commit,),
        author=signature(metadata),
        committer=committer_signature(metadata),
        message=append_trailers(message, trailers),
    )
    return DraftTip(commit, tree)


def header_file(header: DraftHeader) -> dict[str, bytes | None]:
    """Returns draft.json as a file to commit."""
    return {HEADER_PATH: write_draft_header(header)}


def _moved_message(commit: Commit, draft: StoredDraft, metadata: OperationMetadata) -> str:
    trailers = {
        OPERATION_TRAILER: metadata.operation,
        DRAFT_TRAILER: draft.id,
        REBASED_FROM_TRAILER: draft.tip,
    }
    return append_trailers(strip_trailers(commit.message), trailers)
