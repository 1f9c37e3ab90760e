"""Edits that were committed by plain git, or in a forge's web editor, taken into a draft as patches.

They stand on the draft's own branch, where no merge would take them from, or on any other branch or commit.
"""

from __future__ import annotations

from collections.abc import Sequence

from gitdraft.drafts.edit import EDITABLE, EditChecks, edit_base_of, find_draft_with_status, plan_edits_on
from gitdraft.drafts.file_edits import FileEdit, edits_of_files
from gitdraft.errors import StateRefused
from gitdraft.git.history import commits_between, merge_base
from gitdraft.git.known_refs import resolve_commit
from gitdraft.git.objects import Commit
from gitdraft.git.trees import FileChange, changed_files, find, update_tree
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import Actor
from gitdraft.model.reports import EditReport
from gitdraft.store.drafts import HEADER_PATH, OVERLAY, StoredDraft, read_draft
from gitdraft.store.outside_files import foreign_commits, foreign_files
from gitdraft.store.snapshots import Snapshot, file_oid
from gitdraft.store.transaction import Plan, Transaction


@dataclass(frozen=True, slots=True)
class RevisionEdits:
    """The entity files that a revision changes, those of its files that are no entities, and the commits that changed them,
    oldest first."""

    tip: Oid
    files: tuple[FileChange, ...]
    ignored: tuple[str, ...]
    commits: Sequence[Commit]


def plan_save_from(
    transaction: Transaction,
    draft_id: str,
    revision: str,
    message: str | None = None,
    *,
    renames: bool = True,
    allow_invalid: bool = False,
) -> Plan[EditReport]:
    """Plans the entity files that ``revision`` changes as minimal patches of the draft, in one commit by who changed them; with
    ``renames`` a file that was moved is a renaming.

    Of a draft's branch that is what it changes outside of its folder; the draft's own tree is then that of its base again.
    Of any other revision it is what it changed since it left canonical. Files that are no entities are named in the report,
    not taken. Raises NotFound for an unknown revision, StateRefused when it changes no entity, ConflictError where the draft
    changed the same place, and what ``plan_edits`` does.
    """
    buffer, canonical = transaction.buffer, transaction.canonical
    draft = find_draft_with_status(transaction, draft_id, EDITABLE)
    taken = _read_revision(transaction, draft, revision)
    foreign = foreign_files(buffer, draft, canonical.commit)
    is_cleaned = bool(foreign) and _takes_all(foreign, taken, draft)
    if not taken.files and not is_cleaned:
        raise StateRefused(
            f"'{revision}' changes no entity file",
            code="empty-draft",
            context={"revision": revision, "ignored": list(taken.ignored)},
        )
    edit_base = edit_base_of(transaction, _cleaned(transaction, draft) if is_cleaned else draft)
    contents = [_edit_in(canonical, file) for file in taken.files]
    plan = plan_edits_on(
        acting_for(transaction, taken.commits),
        replace(edit_base, is_cleaned=is_cleaned),
        lambda view: edits_of_files(
            view, contents, message or f"deleted in {taken.tip[:12]}", renames=renames
        ),
        taken_message(taken.tip, taken.commits, message),
        EditChecks(allow_invalid=allow_invalid),
    )
    return replace(plan, report=replace(plan.report, ignored=taken.ignored))


def _read_revision(transaction: Transaction, draft: StoredDraft, revision: str) -> RevisionEdits:
    store, buffer, canonical = transaction.store, transaction.buffer, transaction.canonical
    tip = resolve_commit(store.git, revision)
    tree = buffer.read_commit(tip).tree
    if file_oid(buffer, tree, HEADER_PATH) is not None:
        branch = draft if tip == draft.tip else read_draft(buffer, draft.id, RefName(""), tip)
        files, commits = foreign_files(buffer, branch, canonical.commit), foreign_commits(buffer, branch)
    else:
        start = merge_base(store.git, canonical.commit, tip)
        if start is None:
            raise StateRefused(
                f"'{revision}' has no commit in common with {store.canonical_branch}",
                code="unrelated-history",
                context={"revision": revision},
            )
        files = tuple(changed_files(buffer, buffer.read_commit(start).tree, tree))
        commits = commits_between(buffer, start, tip)
    entity_at = canonical.configuration.entity_at
    entities = tuple(file for file in files if entity_at(file.path) is not None and file.old != file.new)
    ignored = tuple(file.path for file in files if file not in entities)
    return RevisionEdits(tip, entities, ignored, commits)


def _takes_all(foreign: Sequence[FileChange], taken: RevisionEdits, draft: StoredDraft) -> bool:
    """Whether the revision has every file that the draft's branch changes, as it is there."""
    if taken.tip == draft.tip:
        return True
    contents = {(file.path, file.new) for file in taken.files}
    return all((file.path, file.new) in contents for file in foreign)


def _cleaned(transaction: Transaction, draft: StoredDraft) -> StoredDraft:
    """Returns the draft with the tree of its start beside its folder. Its tip is the one that it has."""
    buffer = transaction.buffer
    start = buffer.read_lineage(draft.start).tree
    return replace(draft, tree=update_tree(buffer, start, {OVERLAY: find(buffer, draft.tree, OVERLAY)}))


def _edit_in(canonical: Snapshot, file: FileChange) -> FileEdit:
    before, now = (None if oid is None else canonical.source.read_blob(oid) for oid in (file.old, file.new))
    return FileEdit(file.path, before, now)


def acting_for(transaction: Transaction, commits: Sequence[Commit]) -> Transaction:
    """Returns the transaction with the last commit's author as the author of what is committed."""
    if not commits or not commits[-1].author.name:
        return transaction
    metadata = transaction.metadata
    author = Actor(commits[-1].author.name, commits[-1].author.email)
    committer = metadata.committer or metadata.actor
    return replace(transaction, metadata=replace(metadata, actor=author, committer=committer))


def taken_message(tip: Oid, commits: Sequence[Commit], message: str | None = None) -> str:
    """Returns the message of a commit that takes others in, with their authors."""
    subjects = [commit.subject for commit in commits]
    subject = message or (subjects[0] if len(subjects) == 1 else f"Save the edits of {tip[:12]}")
    authors = dict.fromkeys(Actor(c.author.name, c.author.email).text for c in commits[::-1])
    others = [f"Co-authored-by: {author}" for author in list(authors)[1:]]
    return "\n\n".join(filter(None, (subject, f"Taken from commit {tip}.", "\n".join(others))))
