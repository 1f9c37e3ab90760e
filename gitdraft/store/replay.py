"""Draft commits as objects: new ones, and old ones replayed on another canonical commit.

A draft's commit has the base's tree plus `.gitdraft`. Replaying puts that folder, by its oid, into the new
base's tree: two trees' bytes, whatever the size of the repository.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gitdraft.formats.drafts import write_draft_header
from gitdraft.formats.trailers import append_trailers, read_trailers, strip_trailers
from gitdraft.git.history import commits_between
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.trees import find, update_tree
from gitdraft.git.values import BASE_TRAILER, TreeEntry
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.drafts import DraftHeader
from gitdraft.model.names import Oid
from gitdraft.model.operations import OperationMetadata
from gitdraft.store.drafts import HEADER_PATH, OVERLAY, StoredDraft, foreign_files
from gitdraft.store.outside_files import require_no_foreign_files
from gitdraft.store.signatures import AGENT_TRAILER, agent_trailer, committer_signature, signature
from gitdraft.store.snapshots import Snapshot, file_oid

if TYPE_CHECKING:
    from gitdraft.store.transaction import Transaction

DRAFT_TRAILER = "Gitdraft-Draft"
OPERATION_TRAILER = "Gitdraft-Operation"
TIP_TRAILER = "Gitdraft-Tip"
AUTHOR_TRAILER = "Gitdraft-Author"
MERGED_BY_TRAILER = "Gitdraft-Merged-By"
EDIT_TRAILER = "Gitdraft-Edit"
REBASED_FROM_TRAILER = "Gitdraft-Rebased-From"


@dataclass(frozen=True, slots=True)
class DraftTip:
    """Where a draft is to stand: a commit and its tree, perhaps still in a buffer, and the canonical commit that its changes
    are made on."""

    commit: Oid
    tree: Oid
    base: Oid


def tip_of(draft: StoredDraft) -> DraftTip:
    """Returns the tip of the draft as it is now."""
    return DraftTip(draft.tip, draft.tree, draft.base)


def start_on(buffer: ObjectBuffer, canonical: Snapshot) -> DraftTip:
    """Returns where a new draft starts: at the canonical commit, without what plain git may have left of other drafts there."""
    tree = canonical.tree
    if find(buffer, tree, OVERLAY) is not None:
        tree = update_tree(buffer, tree, {OVERLAY: None})
    return DraftTip(canonical.commit, tree, canonical.commit)


def replay(transaction: Transaction, draft: StoredDraft, canonical: Snapshot) -> DraftTip:
    """Commits the draft's commits again on top of ``canonical``, authors and messages kept.

    The last one says where it came from (`Gitdraft-Rebased-From`), and under which operation. Raises PolicyViolation
    (``draft/foreign-files``) for a draft whose branch changes files beside its folder: they would be left behind.
    """
    buffer, metadata = transaction.buffer, transaction.metadata
    require_no_foreign_files(buffer, draft, canonical.commit)
    parent, tree = canonical.commit, canonical.tree
    commits = commits_between(buffer, draft.start, draft.tip)
    foreign = {} if draft.start == draft.base else foreign_files(buffer, draft.start)
    for commit in commits:
        overlay = _own_overlay(buffer, commit.tree, foreign)
        if overlay is None:
            raise AssertionError(f"{commit.oid} lies between a draft's start and its tip")
        tree = update_tree(buffer, canonical.tree, {OVERLAY: overlay})
        is_last = commit is commits[-1]
        known = read_trailers(commit.message)
        trailers = _moved_trailers(draft, known, metadata) if is_last else known
        trailers = {**trailers, BASE_TRAILER: canonical.commit}
        parent = buffer.commit(
            tree=tree,
            parents=(parent,),
            author=commit.author,
            committer=committer_signature(metadata),
            message=append_trailers(strip_trailers(commit.message), trailers),
        )
    return DraftTip(parent, tree, canonical.commit)


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
    trailers = {OPERATION_TRAILER: metadata.operation, DRAFT_TRAILER: draft_id, BASE_TRAILER: tip.base}
    trailers |= agent_trailer(metadata)
    if rebased_from is not None:
        trailers[REBASED_FROM_TRAILER] = rebased_from
    commit = buffer.commit(
        tree=tree,
        parents=(tip.commit,),
        author=signature(metadata),
        committer=committer_signature(metadata),
        message=append_trailers(message, trailers),
    )
    return DraftTip(commit, tree, tip.base)


def header_file(header: DraftHeader) -> dict[str, bytes | None]:
    """Returns draft.json as a file to commit."""
    return {HEADER_PATH: write_draft_header(header)}


def _moved_trailers(
    draft: StoredDraft, known: Mapping[str, str], metadata: OperationMetadata
) -> dict[str, str]:
    agent = {AGENT_TRAILER: known[AGENT_TRAILER]} if AGENT_TRAILER in known else {}
    return {
        **agent,
        OPERATION_TRAILER: metadata.operation,
        DRAFT_TRAILER: draft.id,
        REBASED_FROM_TRAILER: draft.tip,
    }


def _own_overlay(buffer: ObjectBuffer, tree: Oid, foreign: Mapping[str, Oid]) -> TreeEntry | None:
    """Returns the draft's folder in the tree of one of its commits, without the ``foreign`` files that it stands on."""
    overlay = find(buffer, tree, OVERLAY)
    if overlay is None or not foreign:
        return overlay
    taken = {path: None for path, oid in foreign.items() if file_oid(buffer, tree, path) == oid}
    return find(buffer, update_tree(buffer, tree, taken), OVERLAY)
