"""Conflicts, warnings and what resolving leaves, as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from gitdraft.formats.reports import Record
from gitdraft.model.values import ABSENT

if TYPE_CHECKING:  # most commands that print JSON need few of these
    from gitdraft.model.changes import Patch
    from gitdraft.model.draft_reports import ResolveReport
    from gitdraft.model.entities import EntityRef
    from gitdraft.model.merge import Conflict, MergeWarning
    from gitdraft.model.worktree_reports import FileResolveReport, UnmergedFile


def conflict_json(conflict: Conflict) -> Record:
    """Returns a conflict with the values that exist."""
    sides = {"base": conflict.base, "canonical": conflict.canonical, "draft": conflict.draft}
    record: Record = {"path": conflict.path, "type": conflict.type, "rule": conflict.rule}
    record |= {name: value for name, value in sides.items() if value is not ABSENT}
    if conflict.members:
        record["members"] = list(conflict.members)
    if edits := edits_of(conflict):
        record["edits"] = list(edits)
    if conflict.rename_candidate is not None:
        record["rename_candidate"] = conflict.rename_candidate
    if conflict.target is not None:
        record["redirect_target"] = str(conflict.target)
    if conflict.renamed_to is not None:
        record["renamed_to"] = str(conflict.renamed_to)
    return record


def edits_of(conflict: Conflict) -> Patch:
    """Returns, where one side takes away what the other edits, these edits of the base as an RFC 6902 patch; empty in any other
    conflict, and where what is there is no object or list."""
    present = [side for side in (conflict.canonical, conflict.draft) if side is not ABSENT]
    if len(present) != 1 or not isinstance(conflict.base, dict | list):
        return ()
    from gitdraft.documents.diff import diff

    return diff(conflict.base, present[0])


def file_conflict_json(conflict: Conflict) -> Record:
    """Returns a conflict in a file that git merged, whose sides are `ours` and `theirs`."""
    return _with_sides(conflict, canonical="ours", draft="theirs")


def remote_conflict_json(conflict: Conflict) -> Record:
    """Returns a conflict of a draft with the remote's version of it, whose sides are `local` and `remote`."""
    return _with_sides(conflict, canonical="remote", draft="local")


def pair_conflict_json(conflict: Conflict) -> Record:
    """Returns a conflict between two drafts, whose sides are `first` and `second`."""
    return _with_sides(conflict, canonical="first", draft="second")


def entity_conflicts_json(
    conflicts: Iterable[tuple[EntityRef, Conflict]],
    as_json: Callable[[Conflict], Record] = conflict_json,
    *,
    draft: str,
) -> list[Record]:
    """Returns the conflicts of a draft, each with its id (`draft` is the draft's value) and the entity."""
    return [{"draft_id": draft, "entity": str(entity), **as_json(conflict)} for entity, conflict in conflicts]


def conflicts_member(conflicts: Iterable[Conflict], reason: str | None) -> Record:
    """Returns the members that say where a change could not be carried to canonical, or why; none where it was."""
    listed = [conflict_json(conflict) for conflict in conflicts]
    return {
        **({"conflicts": listed} if listed else {}),
        **({"reason": reason} if reason is not None else {}),
    }


def warning_json(warning: MergeWarning) -> Record:
    """Returns a warning of the merge."""
    record: Record = {"type": warning.type, "path": warning.path}
    if warning.from_path is not None:
        record["from"] = warning.from_path
    if warning.to_path is not None:
        record["to"] = warning.to_path
    return record


def resolve_json(report: ResolveReport) -> Record:
    """Returns what a resolve answered and what remains, with a remote's draft by the names of its sides."""
    as_json = conflict_json if report.remote is None else remote_conflict_json
    return {
        "draft": report.draft,
        "tip": report.tip,
        "moved": report.moved,
        "resolved": [{"entity": str(entity), "path": conflict.path} for entity, conflict in report.resolved],
        "remaining": entity_conflicts_json(report.remaining, as_json, draft=report.draft),
        "violations": [violation.as_json() for violation in report.violations],
        **({} if report.retargeted is None else {"retargeted": str(report.retargeted)}),
    }


def unmerged_file_json(file: UnmergedFile) -> Record:
    """Returns an unmerged file with its open conflicts."""
    return {
        "path": file.path,
        **({"entity": str(file.entity)} if file.entity else {}),
        **({"reason": file.reason} if file.reason else {}),
        "conflicts": [file_conflict_json(conflict) for conflict in file.conflicts],
    }


def file_resolve_json(report: FileResolveReport) -> Record:
    """Returns what a resolve of an unmerged file answered and what remains."""
    return {
        "path": report.path,
        "merged": report.merged,
        "resolved": [conflict.path for conflict in report.resolved],
        "remaining": [file_conflict_json(conflict) for conflict in report.remaining],
    }


def _with_sides(conflict: Conflict, *, canonical: str, draft: str) -> Record:
    names = {"canonical": canonical, "draft": draft}
    return {names.get(name, name): value for name, value in conflict_json(conflict).items()}
