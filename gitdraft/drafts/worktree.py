"""`checkout` puts the worktree on a draft's materialised form, `save` turns what was edited or committed there into patches.

HEAD is detached there, on a commit with canonical's tip as parent, so that `git status` and `git diff` show one's own edits
alone, and a plain commit reaches no branch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gitdraft.drafts.edit import EditChecks, plan_edits
from gitdraft.drafts.file_edits import FileEdit, edits_of_files
from gitdraft.drafts.materialised import Materialised, materialise_draft
from gitdraft.errors import GitdraftError, OperationPending, RepositoryError, StateRefused
from gitdraft.git.head import head_branch, head_commit
from gitdraft.git.history import is_ancestor
from gitdraft.git.locks import writers_lock
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.trees import changed_files
from gitdraft.git.worktree_files import clean_files, discard_edits, uncommit
from gitdraft.git.worktrees import checkouts, modified_files
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import DraftId, Oid
from gitdraft.model.reports import EditReport
from gitdraft.model.worktree_reports import CheckoutReport
from gitdraft.store.checkout_moves import is_moving, move_worktree
from gitdraft.store.recovery import recover
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot, file_oid
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.store.worktree_state import (
    CheckedOut,
    read_checked_out,
    set_current_draft,
    write_checked_out,
)


@dataclass(frozen=True, slots=True)
class WorktreeBase:
    """What the worktree is compared with: the commit that was checked out, and the draft whose materialised form it is
    (``None``: canonical itself). ``head`` is where HEAD is, further on where something was committed there."""

    commit: Oid
    draft: DraftId | None
    head: Oid


def find_base(store: Store) -> WorktreeBase:
    """Returns what was checked out. Raises StateRefused: ``no-worktree`` in a bare repository, ``not-on-canonical`` where
    neither canonical nor a draft's materialised form is checked out."""
    if store.git.worktree is None:
        raise StateRefused("a bare repository has no worktree", code="no-worktree")
    head = head_commit(store.git)
    if head is not None:
        checked_out = read_checked_out(store)
        if checked_out is not None:
            return WorktreeBase(checked_out.commit, checked_out.draft, head)
        branch, tip = head_branch(store.git), store.canonical_tip()
        if branch == store.canonical_ref:
            return WorktreeBase(head, None, head)
        if branch is None and tip is not None and is_ancestor(store.git, head, tip):
            return WorktreeBase(head, None, head)
    raise StateRefused(
        f"neither {store.canonical_branch} nor a draft is checked out in the worktree",
        code="not-on-canonical",
        hint=f"git switch {store.canonical_branch}",
    )


def check_out(store: Store, draft_id: str | None, *, force: bool = False) -> CheckoutReport:
    """Puts the worktree on the draft's materialised form, HEAD detached; ``None`` goes back to canonical's branch.

    Where that branch is checked out in another worktree, HEAD is detached on canonical's tip. Files that are no entities
    keep their local changes.

    Raises StateRefused when there is no worktree, another branch than canonical is checked out, there are edits or
    commits that are not saved (``unsaved-edits``, unless ``force``), or a local change is in the way.
    """
    with writers_lock(store.git):
        notices = recover(store.git)
        base = find_base(store)
        snapshot = store.snapshot()
        edits = worktree_edits(store, snapshot, base)
        is_committed = base.draft is not None and not _has_same_tree(store, base.commit, base.head)
        if not force and (edits or is_committed):
            raise _unsaved(store, base, edits)
        form = Materialised(snapshot.commit) if draft_id is None else _materialise(store, draft_id)
        discard_edits(store.git, [edit.path for edit in edits], base.head)
        is_canonical = draft_id is None and not _is_elsewhere(store)
        move_worktree(store.git, form.commit, store.canonical_ref if is_canonical else None)
        notices += _note(store, draft_id, form.commit, is_current=True)
    stale = {edit.path for edit in edits} | set(_entity_paths(snapshot, base.head, form.commit))
    return CheckoutReport(
        draft_id,
        form.paths,
        tuple(sorted(stale.difference(form.paths))),
        tuple(map(str, form.in_conflict)),
        form.commit,
        base.head if is_committed else None,
        notices,
    )


def plan_save(
    transaction: Transaction,
    draft_id: str,
    edits: Sequence[FileEdit],
    message: str | None,
    *,
    renames: bool = True,
    allow_invalid: bool = False,
) -> Plan[EditReport]:
    """Plans to save what was edited in the worktree as minimal patches of the draft, in one commit; with ``renames`` a file
    that was moved is a renaming.

    An edit is the file as it is now against what was checked out, merged into what the draft holds meanwhile.
    Raises as ``plan_edits`` does, and ConflictError where both changed one place.
    """

    names = ", ".join(edit.path for edit in edits[:3]) + (", …" if len(edits) > 3 else "")
    return plan_edits(
        transaction,
        draft_id,
        lambda view: edits_of_files(view, edits, message, renames=renames),
        message or f"Save {names}",
        EditChecks(allow_invalid=allow_invalid),
    )


def follow_saved(
    store: Store, draft_id: str, base: WorktreeBase, edits: Sequence[FileEdit]
) -> tuple[str, ...]:
    """Puts the worktree on the materialised form of a draft that its edits were saved into, so that they are edits no longer.

    What was committed there and is no entity is staged. Returns notices: where something is in the way the worktree stays
    as it is, and nothing is lost.
    """
    with writers_lock(store.git):
        try:
            notices = recover(store.git)
            if find_base(store) != base or worktree_edits(store, store.snapshot(), base) != list(edits):
                return (*notices, "the worktree has changed meanwhile: gitdraft save again saves that too")
            form = _materialise(store, draft_id)
            if base.draft is not None and base.head != base.commit:
                uncommit(store.git, base.commit)
            discard_edits(store.git, [edit.path for edit in edits], form.commit)
            move_worktree(store.git, form.commit)
            return notices + _note(store, draft_id, form.commit)
        except OperationPending as error:
            return (f"saved; {error.message}; {error.hint}",)
        except GitdraftError as error:
            return (f"saved; the worktree stays as it is: {error.message}",)


def recover_worktree(store: Store) -> tuple[str, ...]:
    """Puts a worktree right that an interrupted checkout left half, before it is read. Returns notices."""
    if not is_moving(store.git):
        return ()
    with writers_lock(store.git):
        return recover(store.git)


def worktree_edits(store: Store, snapshot: Snapshot, base: WorktreeBase) -> list[FileEdit]:
    """Returns the entity files that differ from what was checked out, sorted by path."""
    folders = [entity_type.path.folder for entity_type in snapshot.configuration.entities.values()]
    paths = set(modified_files(store.git, folders)) if folders else set()
    if base.head != base.commit:
        paths.update(_entity_paths(snapshot, base.commit, base.head))
    return edits_among(store, snapshot, paths, base.commit)


def edits_among(store: Store, snapshot: Snapshot, paths: Iterable[str], commit: Oid) -> list[FileEdit]:
    """Returns those of the entity files at ``paths`` that differ from what ``commit`` has, sorted by path."""
    tree = store.git.read_lineage(commit).tree
    entities = [path for path in sorted(paths) if snapshot.configuration.entity_at(path) is not None]
    edits = []
    for path, now in clean_files(store.git, entities).items():
        oid = file_oid(store.git, tree, path)
        before = None if oid is None else store.git.read_blob(oid)
        if now != before:
            edits.append(FileEdit(path, before, now))
    return edits


def _materialise(store: Store, draft_id: str) -> Materialised:
    buffer = ObjectBuffer(store.git)
    form = materialise_draft(store, draft_id, buffer)
    buffer.flush()
    return form


def _note(store: Store, draft_id: str | None, commit: Oid, *, is_current: bool = False) -> tuple[str, ...]:
    """Notes what was checked out, and with ``is_current`` that edits go there. Where the disk refuses that, it is said: the
    commit's trailers tell it too."""
    try:
        if draft_id is None:
            write_checked_out(store, None)
        else:
            write_checked_out(store, CheckedOut(DraftId(draft_id), commit))
            if is_current:
                set_current_draft(store, draft_id)
    except RepositoryError as error:
        return (f"done, but what is checked out could not be noted: {error.message}",)
    return ()


def _unsaved(store: Store, base: WorktreeBase, edits: Sequence[FileEdit]) -> StateRefused:
    paths = [edit.path for edit in edits]
    context: dict[str, object] = {"paths": paths}
    lost = f"edits are not saved: {', '.join(paths[:5])}"
    if base.head != base.commit:
        subject = store.git.read_commit(base.head).subject
        context["commit"] = base.head
        lost = f"commits are not saved: {base.head[:10]} {subject}"
    return StateRefused(
        lost,
        code="unsaved-edits",
        context=context,
        hint="gitdraft save keeps them, --force throws them away",
    )


def _entity_paths(snapshot: Snapshot, old: Oid, new: Oid) -> list[str]:
    """Returns the entity files that differ between two commits."""
    git, at = snapshot.source, snapshot.configuration.entity_at
    trees = git.read_lineage(old).tree, git.read_lineage(new).tree
    return [change.path for change in changed_files(git, *trees) if at(change.path) is not None]


def _has_same_tree(store: Store, one: Oid, other: Oid) -> bool:
    return one == other or store.git.read_lineage(one).tree == store.git.read_lineage(other).tree


def _is_elsewhere(store: Store) -> bool:
    """Whether another worktree shows canonical's branch: git checks a branch out only once."""
    return any(
        checkout.branch == store.canonical_ref and checkout.git_dir.resolve() != store.git.path.resolve()
        for checkout in checkouts(store.git)
    )
