"""What commands made of canonical, as JSON. A dry run leaves the commit out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gitdraft.formats.operations import operation_json
from gitdraft.formats.reports import Record
from gitdraft.formats.reports.drafts import rebase_json
from gitdraft.model.names import Oid

if TYPE_CHECKING:
    from gitdraft.model.canonical_reports import (
        ImportReport,
        LayoutReport,
        MergeEntitiesReport,
        MigrationReport,
        RedirectPair,
        RedirectReport,
        RenameReport,
    )
    from gitdraft.model.operations import Operation
    from gitdraft.model.reports import EntityReport, RebaseReport
    from gitdraft.model.view_reports import UndoReport


def rebase_member(report: RebaseReport | None) -> Record:
    """Returns the member `rebase`, how the open drafts fared, where something was committed."""
    return {} if report is None else {"rebase": rebase_json(report)}


def entity_report_json(report: EntityReport, *, dry_run: bool = False) -> Record:
    """Returns what a command made of one entity."""
    is_changed = report.commit is not None and not dry_run
    record: Record = {"entity": str(report.entity), "edit_type": report.edit, "changed": is_changed}
    if is_changed:
        record["commit"] = report.commit
    if report.forced:
        record["forced"] = [violation.as_json() for violation in report.forced]
    return record | rebase_member(report.rebase)


def redirects_json(report: RedirectReport, *, dry_run: bool = False) -> Record:
    """Returns the redirects that were made, those that lead to a new target, and those that were there already."""
    return {
        "redirects": [_pair_json(pair) for pair in report.created],
        "flattened": [_pair_json(pair) for pair in report.flattened],
        "unchanged": [_pair_json(pair) for pair in report.unchanged],
        **_commit_member(report.commit, dry_run=dry_run),
        **rebase_member(report.rebase),
    }


def rename_json(report: RenameReport, *, dry_run: bool = False) -> Record:
    """Returns an entity under its new name."""
    return {
        "entity": str(report.source),
        "to": str(report.target),
        "redirect": report.redirect,
        "retargeted": [str(entity) for entity in report.retargeted],
        "flattened": [_pair_json(pair) for pair in report.flattened],
        **_commit_member(report.commit, dry_run=dry_run),
        **rebase_member(report.rebase),
    }


def merge_entities_json(report: MergeEntitiesReport, *, dry_run: bool = False) -> Record:
    """Returns a merge of two entities."""
    return {
        "source": str(report.source),
        "target": str(report.target),
        "aliases": list(report.aliases),
        "retargeted": [str(entity) for entity in report.retargeted],
        "flattened": [_pair_json(pair) for pair in report.flattened],
        **({} if dry_run else {"commit": report.commit}),
        **rebase_member(report.rebase),
    }


def layout_json(report: LayoutReport, *, dry_run: bool = False) -> Record:
    """Returns a change of the folders of a type."""
    return {
        "type": report.type_name,
        "from": report.before,
        "to": report.after,
        "moved": report.moved,
        **_commit_member(report.commit, dry_run=dry_run),
        **rebase_member(report.rebase),
    }


def migration_json(report: MigrationReport, *, dry_run: bool = False) -> Record:
    """Returns a migration of canonical and the drafts."""
    return {
        "name": report.name,
        "entities": [str(entity) for entity in report.entities],
        "drafts": [
            {"id": d.id, "tip": d.tip, "violations": [violation.as_json() for violation in d.violations]}
            for d in report.drafts
        ],
        "left": [{"id": left.id, "reason": left.reason} for left in report.left],
        **_commit_member(report.commit, dry_run=dry_run),
        **rebase_member(report.rebase),
    }


def import_json(report: ImportReport, *, dry_run: bool = False) -> Record:
    """Returns an import of entities, with the rows that were left out."""
    return {
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "left_out": report.left_out,
        "rows": [
            {"row": number, "code": error.code, "message": error.message, **error.context}
            for number, error in report.problems
        ],
        **_commit_member(report.commit, dry_run=dry_run),
        **rebase_member(report.rebase),
    }


def operations_json(operations: Iterable[Operation]) -> Record:
    """Returns operations as the log has them."""
    return {"operations": [operation_json(operation) for operation in operations]}


def undo_json(report: UndoReport) -> Record:
    """Returns the operation that was taken back, and the refs that moved."""
    return {
        "undone": report.undone.id,
        "summary": report.undone.summary,
        "refs": [move.name for move in report.moves],
        **({} if report.commit is None else {"commit": report.commit, "reopened": list(report.reopened)}),
    }


def _commit_member(commit: Oid | None, *, dry_run: bool) -> Record:
    return {} if dry_run or commit is None else {"commit": commit}


def _pair_json(pair: RedirectPair) -> Record:
    return {"from": str(pair[0]), "to": str(pair[1])}
