"""Drafts, their changes and what a rebase makes of them, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from gitdraft.formats.drafts import history_json
from gitdraft.formats.reports import Record
from gitdraft.formats.reports.conflicts import (
    conflict_json,
    conflicts_member,
    entity_conflicts_json,
    pair_conflict_json,
    warning_json,
)
from gitdraft.formats.reports.reviews import judged_review_json, review_members
from gitdraft.model.changes import Create, Delete, Redirect, Rename, Update
from gitdraft.model.values import ABSENT

if TYPE_CHECKING:
    from gitdraft.model.assignments import EditedPlace
    from gitdraft.model.changes import Change
    from gitdraft.model.draft_reports import DescribeReport, NewReport, StatusReport, TableEdit
    from gitdraft.model.drafts import DraftHeader
    from gitdraft.model.outcomes import ChangeReport
    from gitdraft.model.overlaps import Overlap, Pair
    from gitdraft.model.reports import (
        AdoptReport,
        DraftDetails,
        DraftReport,
        DraftSummary,
        EditReport,
        EntityDiff,
        EntityView,
        MergeReport,
        RebaseReport,
    )
    from gitdraft.model.worktree_reports import CheckoutReport


def change_json(change: ChangeReport) -> Record:
    """Returns how a change fared in a rebase."""
    record: Record = {"entity": str(change.entity), "status": change.status, "patch": change.patch}
    if change.renamed_to is not None:
        record["renamed_to"] = str(change.renamed_to)
    if change.redirects_to is not None:
        record["redirects_to"] = str(change.redirects_to)
    if change.conflicts:
        record["conflicts"] = [conflict_json(conflict) for conflict in change.conflicts]
    if change.violations:
        record["violations"] = [violation.as_json() for violation in change.violations]
    if change.reason is not None:
        record["reason"] = change.reason
    record["warnings"] = [warning_json(warning) for warning in change.warnings]
    return record


def draft_report_json(report: DraftReport) -> Record:
    """Returns how a draft fared in a rebase."""
    record: Record = {"id": report.id, "status": report.status, "base": report.base, "tip": report.tip}
    if report.reason is not None:
        record["reason"] = report.reason
    record["changes"] = [change_json(change) for change in report.changes]
    return {name: value for name, value in record.items() if value is not None}


def rebase_json(report: RebaseReport) -> Record:
    """Returns a rebase, the affected drafts one by one."""
    counts = report.counts
    return {
        **({"from": report.since} if report.since is not None else {}),
        "to": report.canonical,
        "counts": {
            "open": counts.open,
            "unaffected": counts.unaffected,
            "rebased": counts.rebased,
            "conflict": counts.conflict,
            "invalid": counts.invalid,
            "broken": counts.broken,
            "unknown": counts.unknown,
        },
        "drafts": [draft_report_json(draft) for draft in report.drafts],
    }


def changed_entities_json(views: Iterable[EntityView]) -> list[Record]:
    """Returns the entities with their change status alone."""
    return [{"entity": str(view.entity), "_change_status": view.status.value} for view in views]


def edit_report_json(report: EditReport) -> Record:
    """Returns what an edit did."""
    ignored = {"ignored": list(report.ignored)} if report.ignored else {}
    places = {"places": [_place_json(place) for place in report.places]} if report.places else {}
    return {
        "draft": report.draft,
        "tip": report.tip,
        "replayed": report.replayed,
        "changes": changed_entities_json(report.changed),
        **places,
        "violations": [violation.as_json() for violation in report.violations],
        **ignored,
    }


def _place_json(place: EditedPlace) -> Record:
    return {
        "entity": str(place.entity),
        "pointer": place.pointer,
        "action": place.action,
        **({} if place.reason is None else {"reason": place.reason}),
        **({} if place.near is None else {"did_you_mean": place.near}),
    }


def header_json(header: DraftHeader) -> Record:
    """Returns what stands in a draft's header."""
    return {
        "title": header.title,
        "description": header.description,
        "author": header.author,
        "source": header.source,
        "status": header.status.value,
        "created_at": header.created_at,
        "created_from": header.created_from,
    }


def stored_change_json(change: Change) -> Record:
    """Returns a change as a draft keeps it."""
    record: Record = {"entity": str(change.entity)}
    match change:
        case Update(patch=patch):
            return record | {"action": "modify", "patch": list(patch)}
        case Create(document=document):
            return record | {"action": "create", "document": document}
        case Delete(reason=reason):
            return record | {"action": "delete", "reason": reason}
        case Redirect(target=target, reason=reason):
            return record | {"action": "redirect", "redirects_to": str(target), "reason": reason}
        case Rename(target=target, patch=patch, redirect=redirect):
            return record | {
                "action": "rename",
                "to": str(target),
                "redirect": redirect,
                "patch": list(patch),
            }


def summary_json(summary: DraftSummary) -> Record:
    """Returns a draft as it stands in JSON wherever one stands: what it says of itself, and how it stands on canonical."""
    state = summary.rebase_state
    record: Record = {
        "id": summary.id,
        **({} if summary.header is None else header_json(summary.header)),
        "base": summary.base,
        "tip": summary.tip,
        "change_count": summary.changes,
        **({} if summary.review is None else review_members(summary.review)),
        "updated_at": summary.updated_at,
        "rebase_status": state.status,
        "conflict_count": state.conflict_count,
        "conflict_since": state.conflict_since,
        "reason": summary.reason,
    }
    if summary.problems:
        record["problems"] = [problem.as_json() for problem in summary.problems]
    record["next"] = next_step(summary)
    return {name: value for name, value in record.items() if value is not None}


def next_step(summary: DraftSummary) -> str | None:
    """Returns the command that takes a draft further; ``None`` for one that is merged or empty."""
    match summary.rebase_state.status:
        case "conflict":
            return f"gitdraft conflicts {summary.id}"
        case "invalid":
            return f"gitdraft validate {summary.id}"
        case "broken":
            return "gitdraft doctor" if summary.header is None else f"gitdraft show {summary.id}"
        case "unknown":
            return f"gitdraft show {summary.id}"
    status = "" if summary.header is None else summary.header.status.value
    if status in ("rejected", "withdrawn"):
        return f"gitdraft reopen {summary.id}"
    if status == "submitted":
        is_kept = summary.review is not None and summary.review.blocks is not None
        return f"gitdraft {'approve' if is_kept else 'merge'} {summary.id}"
    return f"gitdraft submit {summary.id}" if status in ("draft", "validated") and summary.changes else None


def details_json(details: DraftDetails) -> Record:
    """Returns one draft with its history, its changes as applied to canonical's tip, and all its conflicts there."""
    record = summary_json(details.summary) | {"history": history_json(details.header)}
    if details.violations:
        record["violations"] = [violation.as_json() for violation in details.violations]
    if details.summary.review is not None:
        record["reviews"] = [judged_review_json(judged) for judged in details.summary.review.reviews]
    return record | {
        "blocked_by": [{"code": code, "message": message} for code, message in details.blocked_by],
        "conflicts": entity_conflicts_json(details.conflicts, draft=details.id),
        "changes": [
            {**change_json(report), "_change_status": status.value} for report, status in details.changes
        ],
    }


def entity_diff_json(diff: EntityDiff) -> Record:
    """Returns what a draft makes of one entity file, as an RFC 6902 patch of canonical."""
    return {
        "entity": str(diff.entity),
        "_change_status": diff.status.value,
        "path": diff.path,
        **({} if diff.renamed_from is None else {"renamed_from": str(diff.renamed_from.entity)}),
        **({} if diff.target is None else {"redirects_to": str(diff.target)}),
        "patch": list(diff.patch),
        **conflicts_member(diff.conflicts, diff.reason),
    }


def new_json(report: NewReport) -> Record:
    """Returns a draft that was made."""
    return {
        "id": report.id,
        "base": report.base,
        "tip": report.tip,
        "entities": [str(entity) for entity in report.entities],
        "ignored": list(report.ignored),
        "violations": [violation.as_json() for violation in report.violations],
        **({"edits": [_table_edit_json(edit) for edit in report.edits]} if report.edits else {}),
    }


def _table_edit_json(edit: TableEdit) -> Record:
    sides = {"before": edit.before, "after": edit.after}
    present = {name: value for name, value in sides.items() if value is not ABSENT}
    return {"entity": str(edit.entity), "column": edit.column, **present}


def description_json(report: DescribeReport) -> Record:
    """Returns what a draft says of itself after that was edited."""
    return {
        "id": report.id,
        "title": report.title,
        "description": report.description,
        "tip": report.tip,
        "changed": report.is_changed,
    }


def status_report_json(report: StatusReport) -> Record:
    """Returns a draft with a new status."""
    return {
        "id": report.id,
        "status": report.status.value,
        "before": report.before.value,
        "tip": report.tip,
    }


def merge_report_json(report: MergeReport) -> Record:
    """Returns a merge of a draft, and how the other open drafts fared."""
    return {
        "draft": report.draft,
        "commit": report.commit,
        "entities": changed_entities_json(report.entities),
        "rebase": rebase_json(report.rebase),
    }


def adopt_json(report: AdoptReport) -> Record:
    """Returns what became of a draft that plain git had merged."""
    return {
        "draft": report.draft,
        "commit": report.commit,
        "taken_out": report.is_taken_out,
        "branch": report.branch,
        "entities": changed_entities_json(report.entities),
        "remaining": list(report.remaining),
        "rebase": rebase_json(report.rebase),
    }


def adopt_offer(draft_id: str, canonical_branch: str) -> str:
    """Returns what is to be said of a draft that plain git has merged, with the commands that mend it."""
    return (
        f"draft {draft_id} lies on {canonical_branch}, merged by plain git: gitdraft adopt {draft_id} finishes the "
        f"merge, gitdraft adopt {draft_id} --take-out takes it out"
    )


def checkout_json(report: CheckoutReport) -> Record:
    """Returns the files that a checkout of a draft wrote and put back."""
    return {
        **({"draft": report.draft} if report.draft is not None else {}),
        "written": list(report.written),
        "restored": list(report.restored),
        "in_conflict": list(report.in_conflict),
        **({"commit": report.commit} if report.commit is not None else {}),
        **({"left": report.left} if report.left is not None else {}),
    }


def overlaps_json(overlaps: Sequence[Overlap], draft: str | None = None) -> Record:
    """Returns the entities that several open drafts change, with counts; ``draft`` is the draft they were asked of."""
    pairs = [pair for overlap in overlaps for pair in overlap.pairs]
    in_conflict = sum(bool(pair.conflicts) for pair in pairs)
    return {
        **({} if draft is None else {"draft": draft}),
        "counts": {
            "entities": len(overlaps),
            "pairs": len(pairs),
            "conflict": in_conflict,
            "clashes": sum(len(overlap.clashes) for overlap in overlaps),
        },
        "entities": [_overlap_json(overlap) for overlap in overlaps],
    }


def _overlap_json(overlap: Overlap) -> Record:
    return {
        "entity": str(overlap.entity),
        "drafts": overlap.drafts,
        "left_out": overlap.left_out,
        "clashes": [
            {
                "draft": clash.draft,
                "path": clash.pointer,
                "other_draft": clash.other_draft,
                "other_entity": str(clash.other_entity),
            }
            for clash in overlap.clashes
        ],
        "touches": [
            {
                "draft": touch.draft,
                "change": touch.kind,
                "pointers": list(touch.pointers),
                "status": touch.status,
            }
            for touch in overlap.touches
        ],
        "pairs": [_pair_json(pair) for pair in overlap.pairs],
    }


def _pair_json(pair: Pair) -> Record:
    record: Record = {
        "drafts": [pair.first, pair.second],
        "status": "conflict" if pair.conflicts else "clean",
        "pointers": list(pair.pointers),
    }
    if pair.conflicts:
        record["conflicts"] = [pair_conflict_json(conflict) for conflict in pair.conflicts]
    if pair.merged_first is not None:
        record["merged_first"] = pair.merged_first
    return record
