"""What pull, push and sync did, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitdraft.formats.reports import Record
from gitdraft.formats.reports.conflicts import entity_conflicts_json, remote_conflict_json
from gitdraft.formats.reports.drafts import rebase_json

if TYPE_CHECKING:
    from gitdraft.model.sync_reports import DraftSync, Forwarding, SyncReport


def sync_json(report: SyncReport) -> Record:
    """Returns a pull, a push or both: canonical's commits, each draft that moved or could not."""
    pulled = sum(pull.commits for pull in report.pulls)
    pushed = report.push.canonical if report.push else None
    tip = pushed.tip if pushed else report.pulls[-1].canonical if report.pulls else None
    canonical: Record = {"pulled": pulled, "pushed": 0}
    if tip is not None:
        canonical["tip"] = tip
    if pushed is not None:
        canonical |= {"pushed": pushed.commits} if pushed.reason is None else {"refused": pushed.reason}
    rebase = report.pulls[-1].rebase if report.pulls else None
    return {
        "remote": report.remote,
        "canonical": canonical,
        "drafts": [draft_sync_json(draft) for draft in report.drafts],
        **({} if rebase is None else {"rebase": rebase_json(rebase)}),
        **({"violations": [each.as_json() for each in report.violations]} if report.pulls else {}),
        **({"set_up": list(report.set_up)} if report.set_up else {}),
    }


def draft_sync_json(draft: DraftSync) -> Record:
    """Returns the outcome of one draft."""
    record: Record = {"id": draft.id, "outcome": draft.outcome, "commits": draft.commits}
    if draft.tip is not None:
        record["tip"] = draft.tip
    if draft.entities:
        record["entities"] = [str(entity) for entity in draft.entities]
    if draft.conflicts:
        record["conflicts"] = entity_conflicts_json(draft.conflicts, remote_conflict_json, draft=draft.id)
    if draft.reason is not None:
        record["reason"] = draft.reason
    return record


def forwarding_json(forwarding: Forwarding) -> Record:
    """Returns how canonical stands to its remote after a fetch."""
    members = {
        "state": forwarding.state,
        "upstream": forwarding.upstream,
        "from": forwarding.before,
        "to": forwarding.remote_tip,
    }
    record: Record = {name: value for name, value in members.items() if value is not None}
    if forwarding.refusal is not None:
        error = forwarding.refusal
        record |= {"code": error.code, "message": error.message, "hint": error.hint}
    if forwarding.is_moved:
        record["violations"] = [violation.as_json() for violation in forwarding.violations]
    return record
