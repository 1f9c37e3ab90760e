"""Entity files of the worktree, checked as `save` would check them, with the line of what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gitdraft.documents.parse import parse_document
from gitdraft.documents.syntax import line_of
from gitdraft.drafts.file_edits import FileEdit
from gitdraft.drafts.worktree import edits_among, find_base, plan_save, worktree_edits
from gitdraft.errors import GitdraftError, InvalidInput, StateRefused
from gitdraft.git.head import head_commit
from gitdraft.model.entities import EntityRef
from gitdraft.model.operations import OperationMetadata
from gitdraft.model.outcomes import Deleted, Live
from gitdraft.model.rules import unreadable_rule
from gitdraft.model.violations import Violation
from gitdraft.model.worktree_reports import CheckedFile, FileProblem
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot
from gitdraft.store.transaction import begin
from gitdraft.store.worktree_state import current_draft
from gitdraft.validation.validator import Validator
from gitdraft.views.effective_view import open_view


def check_files(store: Store, metadata: OperationMetadata, paths: Sequence[str]) -> list[CheckedFile]:
    """Checks the entity files among ``paths`` (relative to the worktree) together with all that is not saved yet.

    They are compared with canonical as the current draft has it; without a draft, or with another branch checked
    out, with canonical. Nothing is written. Returns the files sorted by path.
    """
    snapshot = store.snapshot()
    entities = {p: e for p in sorted(set(paths)) if (e := snapshot.configuration.entity_at(p)) is not None}
    try:
        base = find_base(store)
    except StateRefused:  # another branch
        head = head_commit(store.git) or snapshot.commit
        unsaved, draft_id = edits_among(store, snapshot, entities, head), None
    else:
        unsaved, draft_id = worktree_edits(store, snapshot, base), base.draft or current_draft(store)
    edits = {edit.path: edit for edit in unsaved}
    problems = dict(_unreadable(snapshot, unsaved))
    readable = [edit for edit in unsaved if edit.path not in problems]
    try:
        violations = _violations(store, metadata, draft_id, readable)
    except GitdraftError:
        violations = None  # one of them is refused: each is checked by itself to see which
    for path in entities.keys() & edits.keys() - problems.keys():
        try:
            of_file = violations or _violations(store, metadata, draft_id, [edits[path]])
        except GitdraftError as error:
            problems[path] = _refusal(snapshot, edits[path], error)
        else:
            problems[path] = _located(snapshot, edits[path], of_file.get(entities[path], ()))
    return [CheckedFile(path, path in edits, problems.get(path, ())) for path in entities]


def _unreadable(
    snapshot: Snapshot, edits: Sequence[FileEdit]
) -> Iterator[tuple[str, tuple[FileProblem, ...]]]:
    for edit in edits:
        try:
            if edit.now is not None:
                parse_document(edit.now, limits=snapshot.configuration.limits, source=edit.path)
        except InvalidInput as error:
            line, column = error.context.get("line", 1), error.context.get("column")
            message = error.message.removeprefix(f"{edit.path}, line {line}, column {column}: ")
            rule = unreadable_rule(error.code)
            yield edit.path, (FileProblem(line, "", rule, message.removeprefix(f"{edit.path}: ")),)


def _violations(
    store: Store, metadata: OperationMetadata, draft_id: str | None, edits: Sequence[FileEdit]
) -> Mapping[EntityRef, tuple[Violation, ...]]:
    """Returns the violations that `save` would report, by entity; every edited entity is a key."""
    view = open_view(store, None)
    configuration = view.canonical.configuration
    edited = {entity: e for e in edits if (entity := configuration.entity_at(e.path)) is not None}
    if draft_id is not None:
        report = plan_save(begin(store, metadata), draft_id, edits, None, allow_invalid=True).report
        return {entity: tuple(v for v in report.violations if v.entity == entity) for entity in edited}
    view = view.with_overrides(
        {
            entity: Deleted()
            if edit.now is None
            else Live(parse_document(edit.now, limits=configuration.limits, source=edit.path))
            for entity, edit in edited.items()
        }
    )
    validator = Validator(view.canonical)
    return {entity: validator.check(view, entity) for entity in edited}


def _located(snapshot: Snapshot, edit: FileEdit, violations: Sequence[Violation]) -> tuple[FileProblem, ...]:
    return tuple(
        sorted(
            FileProblem(_line(snapshot, edit, v.pointer), v.pointer, v.rule, v.message) for v in violations
        )
    )


def _refusal(snapshot: Snapshot, edit: FileEdit, error: GitdraftError) -> tuple[FileProblem, ...]:
    pointers = error.context.get("paths", [""])
    return tuple(FileProblem(_line(snapshot, edit, p), p, error.code, error.message) for p in pointers)


def _line(snapshot: Snapshot, edit: FileEdit, pointer: str) -> int:
    return 0 if edit.now is None else line_of(edit.now, pointer, snapshot.configuration.limits)
