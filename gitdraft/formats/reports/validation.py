"""What checks found, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gitdraft.formats.reports import Record

if TYPE_CHECKING:
    from gitdraft.model.draft_reports import ValidationReport
    from gitdraft.model.view_reports import Finding
    from gitdraft.model.violations import Problem
    from gitdraft.model.worktree_reports import FileProblem


def validation_json(report: ValidationReport) -> Record:
    """Returns the violations of a draft, and the status that it has now."""
    return {
        "id": report.id,
        "status": report.status.value,
        "checked": report.checked,
        "violations": [violation.as_json() for violation in report.violations],
    }


def problem_json(problem: Problem) -> Record:
    """Returns a violation with its file and line."""
    line = {} if problem.line is None else {"line": problem.line}
    return {"file": problem.path, **line, **problem.violation.as_json()}


def file_problem_json(problem: FileProblem) -> Record:
    """Returns what is wrong with a file of the worktree."""
    line = {"line": problem.line} if problem.line else {}
    return {**line, "path": problem.pointer, "rule": problem.rule, "message": problem.message}


def findings_json(findings: Sequence[Finding]) -> Record:
    """Returns what `doctor` found."""
    return {
        "sound": all(finding.is_fine for finding in findings),
        "findings": [
            {
                "check": finding.check,
                "fine": finding.is_fine,
                "message": finding.message,
                **({"hint": finding.hint} if finding.hint else {}),
            }
            for finding in findings
        ],
    }
