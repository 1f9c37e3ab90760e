"""Pull requests of drafts, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitdraft.formats.reports import Record
from gitdraft.formats.reports.sync import forwarding_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitdraft.model.pull_requests import PullReport, PullRequest, PullStatus
    from gitdraft.model.sync_reports import Forwarding


def synced_json(pulls: Sequence[PullReport], canonical: Forwarding | None = None) -> Record:
    """Returns what was done for each draft, and how canonical stands after the fetch."""
    record: Record = {"pull_requests": [pull_report_json(pull) for pull in pulls]}
    return record if canonical is None else {**record, "canonical": forwarding_json(canonical)}


def pull_report_json(report: PullReport) -> Record:
    """Returns what was done for one draft."""
    record: Record = _pull_json(report.draft, report.branch, report.pull)
    record |= {"outcome": report.outcome, "done": list(report.done)}
    if report.problems:
        record["problems"] = [
            {"code": problem.code, "message": problem.message, "places": list(problem.places)}
            for problem in report.problems
        ]
    if report.kept_as is not None:
        record["kept_as"] = report.kept_as
    return record


def pull_status_json(status: PullStatus) -> Record:
    """Returns how a draft's pull request stands."""
    record = _pull_json(status.draft, status.branch, status.pull)
    return {**record, "checks": dict(status.checks)} if status.checks else record


def _pull_json(draft: str, branch: str, pull: PullRequest | None) -> Record:
    if pull is None:
        return {"draft": draft, "number": None, "url": None, "branch": branch, "head": None, "state": "none"}
    return {
        "draft": draft,
        "number": pull.number,
        "url": pull.url,
        "branch": branch,
        "head": pull.head_commit,
        "state": pull.state,
    }
