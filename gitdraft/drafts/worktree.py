"""`checkout` writes a draft's effective files to the worktree; `save` turns what was edited there into patches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gitdraft.documents.parse import read_document
from gitdraft.drafts.diff import entity_file
from gitdraft.drafts.edit import Edit, EditChecks, plan_edits
from gitdraft.drafts.edit_functions import create_entity, delete_entity, edit_document
from gitdraft.errors import StateRefused
from gitdraft.git.repository import head_branch
from gitdraft.git.worktrees import modified_files, read_worktree_file, write_worktree_file
from gitdraft.model.reports import EditReport
from gitdraft.model.worktree_reports import CheckoutReport
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot, file_oid
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.store.worktree_state import (
    CheckedOut,
    read_checked_out,
    set_current_draft,
    write_checked_out,
)
from gitdraft.views.effective_view import EffectiveView, open_view


@dataclass(frozen=True, slots=True)
class WorktreeEdit:
    """An entity file that was edited: its text as checked out, and as it is now (``None``: no file)."""

    path: str
    before: bytes | None
    now: bytes | None


def check_out(store: Store, draft_id: str | None, *, force: bool = False) -> CheckoutReport:
    """Writes the draft's effective entity files into the worktree, on top of canonical; ``None`` restores canonical's.

    The files of an earlier checkout are restored first.

    Raises StateRefused when there is no worktree, another branch than canonical is checked out, or entity files
    hold edits that are not saved (unless ``force``).
    """
    _require_canonical(store)
    snapshot = store.snapshot()
    unsaved = worktree_edits(store, snapshot)
    if unsaved and not force:
        raise StateRefused(
            f"edits are not saved: {', '.join(edit.path for edit in unsaved[:5])}",
            code="unsaved-edits",
            context={"paths": [edit.path for edit in unsaved]},
            hint="gitdraft save keeps them, --force throws them away",
        )
    files: dict[str, bytes | None] = {}
    in_conflict: tuple[str, ...] = ()
    if draft_id is not None:
        view = open_view(store, store.find_draft(draft_id))
        paths = {entity: snapshot.configuration.path_of(entity) for entity in view.changed()}
        files = {path: entity_file(view, entity) for entity, path in paths.items()}
        in_conflict = tuple(
            str(entity)
            for entity in view.changed()
            if (applied := view.applied_change(entity)) and not applied.is_replayed
        )
    earlier = read_checked_out(store)
    stale = {*(earlier.files if earlier else ()), *(edit.path for edit in unsaved)} - files.keys()
    for path in stale:
        write_worktree_file(store.git, path, _content(snapshot, path))
    for path, content in files.items():
        write_worktree_file(store.git, path, content)
    texts = {path: _text(content) for path, content in files.items()}
    write_checked_out(store, None if draft_id is None else CheckedOut(draft_id, texts))
    if draft_id is not None:
        set_current_draft(store, draft_id)
    return CheckoutReport(draft_id, tuple(sorted(files)), tuple(sorted(stale)), in_conflict)


def plan_save(
    transaction: Transaction,
    draft_id: str,
    edits: Sequence[WorktreeEdit],
    message: str | None,
    *,
    allow_invalid: bool = False,
) -> Plan[EditReport]:
    """Plans to save what was edited in the worktree as minimal patches of the draft, in one commit.

    An edit is the file as it is now against what was checked out, merged into what the draft holds meanwhile.
    Raises as ``plan_edits`` does, and ConflictError where both changed one place.
    """

    names = ", ".join(edit.path for edit in edits[:3]) + (", …" if len(edits) > 3 else "")
    return plan_edits(
        transaction,
        draft_id,
        lambda view: [_edit_of(view, edit, message) for edit in edits],
        message or f"Save {names}",
        EditChecks(allow_invalid=allow_invalid),
    )


def remember_saved(store: Store, draft_id: str, edits: Sequence[WorktreeEdit]) -> None:
    """Records the edits as saved, so that they are edits no longer."""
    earlier = read_checked_out(store)
    files: Mapping[str, str | None] = earlier.files if earlier and earlier.draft == draft_id else {}
    saved = {edit.path: _text(edit.now) for edit in edits}
    write_checked_out(store, CheckedOut(draft_id, {**files, **saved}))


def worktree_edits(store: Store, snapshot: Snapshot) -> list[WorktreeEdit]:
    """Returns the entity files that differ from what was checked out, sorted by path."""
    _require_canonical(store)
    folders = [entity_type.path.folder for entity_type in snapshot.configuration.entities.values()]
    checked_out = read_checked_out(store)
    written = checked_out.files if checked_out else {}
    return edits_among(store, snapshot, {*modified_files(store.git, folders), *written})


def edits_among(store: Store, snapshot: Snapshot, paths: Iterable[str]) -> list[WorktreeEdit]:
    """Returns those of the entity files at ``paths`` that differ from what was checked out, sorted by path."""
    checked_out = read_checked_out(store)
    written = checked_out.files if checked_out else {}
    edits = []
    for path in sorted(paths):
        if snapshot.configuration.entity_at(path) is None:
            continue
        text = written.get(path)
        before = (
            _content(snapshot, path) if path not in written else text.encode() if text is not None else None
        )
        now = read_worktree_file(store.git, path)
        if now != before:
            edits.append(WorktreeEdit(path, before, now))
    return edits


def _edit_of(view: EffectiveView, edit: WorktreeEdit, message: str | None) -> Edit:
    configuration = view.canonical.configuration
    entity = configuration.entity_at(edit.path)
    assert entity is not None
    if edit.now is None:
        return Edit(entity, delete_entity(message or "deleted in the worktree"))
    document = read_document(edit.now, limits=configuration.limits, source=edit.path)
    if edit.before is None:
        return Edit(entity, create_entity(document))
    before = read_document(edit.before, limits=configuration.limits, source=edit.path)
    return Edit(entity, edit_document(before, document))


def _require_canonical(store: Store) -> None:
    if store.git.worktree is None:
        raise StateRefused("a bare repository has no worktree", code="no-worktree")
    if head_branch(store.git) != store.canonical_ref:
        raise StateRefused(
            f"the worktree is not on {store.canonical_branch}",
            code="not-on-canonical",
            hint=f"git switch {store.canonical_branch}",
        )


def _content(snapshot: Snapshot, path: str) -> bytes | None:
    oid = file_oid(snapshot.source, snapshot.tree, path)
    return None if oid is None else snapshot.source.read_blob(oid)


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode()
