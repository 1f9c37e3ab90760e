"""The reports as JSON, member by member as cli.md of the design has them. What is absent is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitdraft.model.changes import Create, Delete, Redirect, Update
from gitdraft.model.reports import ChangeStatus
from gitdraft.model.values import ABSENT

if TYPE_CHECKING:  # every command that prints JSON loads this, few need all of it
    from gitdraft.documents.inheritance import Member, MemberChange
    from gitdraft.model.changes import Change
    from gitdraft.model.draft_reports import ResolveReport, StatusReport
    from gitdraft.model.drafts import DraftHeader
    from gitdraft.model.merge import Conflict, MergeWarning
    from gitdraft.model.outcomes import ChangeReport
    from gitdraft.model.reports import (
        DraftReport,
        DraftSummary,
        EditReport,
        EntityDiff,
        EntityView,
        MergeReport,
        RebaseReport,
    )
    from gitdraft.model.revisions import Envelope, Revision
    from gitdraft.model.tombstones import Tombstone

Record = dict[str, Any]
ENVELOPE_VERSION = "1.1.0"


def conflict_json(conflict: Conflict) -> Record:
    """A conflict with the values that exist."""
    sides = {"base": conflict.base, "canonical": conflict.canonical, "draft": conflict.draft}
    record: Record = {"path": conflict.path, "type": conflict.type}
    record |= {name: value for name, value in sides.items() if value is not ABSENT}
    if conflict.rename_candidate is not None:
        record["rename_candidate"] = conflict.rename_candidate
    if conflict.target is not None:
        record["redirect_target"] = str(conflict.target)
    return record


def file_conflict_json(conflict: Conflict) -> Record:
    """A conflict in a file that git merged, where the sides are ours and theirs."""
    names = {"canonical": "ours", "draft": "theirs"}
    return {names.get(name, name): value for name, value in conflict_json(conflict).items()}


def remote_conflict_json(conflict: Conflict) -> Record:
    """A conflict of the draft here with the remote's: its sides are `local` and `remote`."""
    names = {"canonical": "remote", "draft": "local"}
    return {names.get(name, name): value for name, value in conflict_json(conflict).items()}


def pair_conflict_json(conflict: Conflict) -> Record:
    """A conflict between two drafts: its sides are the `first` and the `second`."""
    names = {"canonical": "first", "draft": "second"}
    return {names.get(name, name): value for name, value in conflict_json(conflict).items()}


def warning_json(warning: MergeWarning) -> Record:
    """A warning of the merge."""
    record: Record = {"type": warning.type, "path": warning.path}
    if warning.from_path is not None:
        record["from"] = warning.from_path
    if warning.to_path is not None:
        record["to"] = warning.to_path
    return record


def change_json(change: ChangeReport) -> Record:
    """How one change fared."""
    record: Record = {"entity": str(change.entity), "status": change.status, "patch": change.patch}
    if change.conflicts:
        record["conflicts"] = [conflict_json(conflict) for conflict in change.conflicts]
    if change.violations:
        record["violations"] = [violation.as_json() for violation in change.violations]
    if change.reason is not None:
        record["reason"] = change.reason
    record["warnings"] = [warning_json(warning) for warning in change.warnings]
    return record


def draft_report_json(report: DraftReport) -> Record:
    """How one draft fared."""
    record: Record = {"id": report.id, "status": report.status, "base": report.base, "tip": report.tip}
    if report.reason is not None:
        record["reason"] = report.reason
    record["changes"] = [change_json(change) for change in report.changes]
    return {name: value for name, value in record.items() if value is not None}


def rebase_json(report: RebaseReport) -> Record:
    """A rebase, the affected drafts one by one."""
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
        },
        "drafts": [draft_report_json(draft) for draft in report.drafts],
    }


def entity_json(view: EntityView) -> Record:
    """An entity with its change status and, where it has one, its document."""
    record: Record = {"entity": str(view.entity), "_change_status": view.status.value}
    if view.document is not ABSENT:
        record["document"] = view.document
    if view.target is not None:
        record["redirects_to"] = str(view.target)
    if view.conflicts:
        record["conflicts"] = [conflict_json(conflict) for conflict in view.conflicts]
    if view.reason is not None:
        record["reason"] = view.reason
    return record


def edit_report_json(report: EditReport) -> Record:
    """What an edit did."""
    return {
        "draft": report.draft,
        "tip": report.tip,
        "carried": report.replayed,
        "changes": [
            {"entity": str(view.entity), "_change_status": view.status.value} for view in report.changed
        ],
        "violations": [violation.as_json() for violation in report.violations],
    }


def header_json(header: DraftHeader) -> Record:
    """What a draft says of itself."""
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
    """A change as a draft keeps it."""
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


def summary_json(summary: DraftSummary) -> Record:
    """One draft of the list."""
    record: Record = {"id": summary.id, "tip": summary.tip, "base": summary.base, "changes": summary.changes}
    if summary.header is not None:
        record |= header_json(summary.header)
    if summary.reason is not None:
        record["reason"] = summary.reason
    return {name: value for name, value in record.items() if value is not None}


def member_change_json(change: MemberChange) -> Record:
    """A member as it is now, or was where it is gone; one that is another is told with what it ``was``."""
    record: Record = {
        "member": change.name,
        "_change_status": change.status.value,
        **_member_json(change.shown),
    }
    if change.status is ChangeStatus.MODIFIED and change.before is not None:
        record["was"] = _member_json(change.before)
    return record


def _member_json(member: Member) -> Record:
    return {"requirement": member.requirement, "source": str(member.source), "depth": member.depth}


def envelope_json(envelope: Envelope) -> Record:
    """Returns the envelope. Its hash covers the member ``entity`` alone."""
    from gitdraft.documents.serialise import content_hash

    revision = envelope.revision
    target = {} if envelope.redirects_to is None else {"redirects_to": envelope.redirects_to}
    return {
        "schema_version": ENVELOPE_VERSION,
        "revision_id": revision.number,
        "created_at": revision.at,
        "created_by": revision.by.text,
        "edit_type": revision.edit_type,
        "content_hash": content_hash(envelope.entity),
        **target,
        "deleted": envelope.deleted,
        "entity": envelope.entity,
    }


def revision_json(revision: Revision) -> Record:
    """Returns the revision by the names of the envelope, with its commit and the draft that it merged."""
    draft = {} if revision.draft is None else {"draft": revision.draft}
    return {
        "revision_id": revision.number,
        "commit": revision.commit,
        "created_at": revision.at,
        "created_by": revision.by.text,
        "edit_type": revision.edit_type,
        **draft,
    }


def tombstone_member(tombstone: Tombstone) -> Record:
    """Returns a tombstone; one that a draft proposes is not made yet, and has no author and no time."""
    from gitdraft.formats.tombstones import tombstone_json

    return {name: value for name, value in tombstone_json(tombstone).items() if value != ""}


def draft_header_json(header: DraftHeader) -> Record:
    """Returns what a draft says of itself, with its history."""
    from gitdraft.formats.drafts import history_json

    return {**header_json(header), "history": history_json(header)}


def status_report_json(report: StatusReport) -> Record:
    """Returns a draft with a new status."""
    return {
        "id": report.id,
        "status": report.status.value,
        "before": report.before.value,
        "tip": report.tip,
    }


def resolve_json(report: ResolveReport) -> Record:
    """Returns what was resolved and what remains; the sides of a conflict with a remote are `local` and `remote`."""
    side_json = conflict_json if report.remote is None else remote_conflict_json
    return {
        "draft": report.draft,
        "tip": report.tip,
        "moved": report.moved,
        "resolved": [{"entity": str(entity), "path": conflict.path} for entity, conflict in report.resolved],
        "remaining": [
            {"entity": str(entity), **side_json(conflict)} for entity, conflict in report.remaining
        ],
        "violations": [violation.as_json() for violation in report.violations],
        **({} if report.retargeted is None else {"retargeted": str(report.retargeted)}),
    }


def merge_report_json(report: MergeReport) -> Record:
    """Returns a merged draft, with how the other open drafts fared."""
    return {
        "draft": report.draft,
        "commit": report.commit,
        "entities": [
            {"entity": str(view.entity), "_change_status": view.status.value} for view in report.entities
        ],
        "rebase": rebase_json(report.rebase),
    }


def entity_diff_json(diff: EntityDiff) -> Record:
    """Returns what a draft makes of one entity file, as an RFC 6902 patch of canonical."""
    return {
        "entity": str(diff.entity),
        "_change_status": diff.status.value,
        "path": diff.path,
        "patch": list(diff.patch),
    }
