"""Entities, their members, references and history, as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gitdraft.documents.serialise import content_hash
from gitdraft.formats.reports import Record
from gitdraft.formats.reports.conflicts import conflicts_member
from gitdraft.formats.tombstones import tombstone_json
from gitdraft.model.outcomes import ChangeStatus
from gitdraft.model.reports import EntityView
from gitdraft.model.values import ABSENT, Maybe

if TYPE_CHECKING:
    from gitdraft.documents.inheritance import EffectiveMembers, InheritanceImpact, Member, MemberChange
    from gitdraft.model.queries import Match
    from gitdraft.model.revisions import Envelope, Revision
    from gitdraft.model.tombstones import Tombstone
    from gitdraft.model.view_reports import BlamedPlace, RedirectCounts, References

ENVELOPE_VERSION = "1.1.0"


def entity_json(view: EntityView) -> Record:
    """Returns an entity with its change status and, where it has one, its document."""
    record: Record = {"entity": str(view.entity), "_change_status": view.status.value}
    if view.document is not ABSENT:
        record["document"] = view.document
    if view.target is not None:
        record["redirects_to"] = str(view.target)
    if view.renamed_from is not None:
        record["renamed_from"] = str(view.renamed_from)
    if view.deleted is not ABSENT:
        record["document"] = deleted_document(view)
    return record | conflicts_member(view.conflicts, view.reason)


def entity_line_json(view: EntityView) -> Record:
    """Returns an entity of a list: its name, its change status, what keeps the change from canonical."""
    entity = view.entity
    line = {
        "entity": str(entity),
        "type": entity.type,
        "key": entity.key,
        "_change_status": view.status.value,
    }
    return line | conflicts_member(view.conflicts, view.reason)


def match_json(match: Match) -> Record:
    """Returns an entity that a search matched."""
    entity = match.entity
    label = {} if match.label is None else {"label": match.label}
    return {"entity": str(entity), "type": entity.type, **label}


def deleted_document(view: EntityView) -> Maybe:
    """Returns what a draft deletes as it is shown: canonical's content, marked."""
    return {**view.deleted, "_deleted": True} if isinstance(view.deleted, dict) else view.deleted


def effective_json(effective: EffectiveMembers) -> Record:
    """Returns the effective members of an entity, and what the walk to them met."""
    return {
        "entity": str(effective.entity),
        "members": [member_change_json(change) for change in effective.members],
        "redirects": [
            {"entity": str(sent.entity), "parent": str(sent.parent), "target": str(sent.target)}
            for sent in effective.redirects
        ],
        "lost_parents": [
            {"entity": str(lost.entity), "parent": str(lost.parent), "reason": lost.reason}
            for lost in effective.lost
        ],
        "cycles": [[str(step) for step in way] for way in effective.cycles],
    }


def impact_json(impact: InheritanceImpact) -> Record:
    """Returns the entities whose effective members a draft changes, each with the way to it."""
    return {
        "draft": impact.draft,
        "entities": [
            {
                "entity": str(affected.entity),
                "_change_status": affected.status.value,
                "through": [str(step) for step in affected.way[:-1]],
                "members": [member_change_json(change) for change in affected.changes],
            }
            for affected in impact.entities
        ],
    }


def references_json(references: References, *, with_drafts: bool = True) -> Record:
    """Returns the references from and to an entity; those that open drafts would change where ``with_drafts``."""
    record: Record = {
        "entity": str(references.entity),
        "names": [
            {"entity": str(entity), "path": pointer, "status": state}
            for entity, pointer, state in references.names
        ],
        "named_by": [{"entity": str(entity), "path": pointer} for entity, pointer in references.named_by],
        "redirects": [str(source) for source in references.redirects],
    }
    if with_drafts:
        record["drafts"] = [
            {"draft": draft, "entity": str(entity), "path": pointer, "change": edit}
            for draft, entity, pointer, edit in references.drafts
        ]
    return record


def redirect_counts_json(counts: RedirectCounts) -> Record:
    """Returns how many redirects there are, by type and by month."""
    return {
        "total": counts.total,
        "by_type": dict(counts.by_type),
        "by_month": dict(counts.by_month),
        "most_redirected_to": [
            {"entity": str(entity), "redirects": number} for entity, number in counts.most
        ],
    }


def blame_json(places: Iterable[BlamedPlace]) -> list[Record]:
    """Returns the values of an entity, each with the revision that last set it."""
    return [{"path": place.path, "value": place.value, **revision_json(place.revision)} for place in places]


def member_change_json(change: MemberChange) -> Record:
    """Returns a member as it is now, or was where it is gone; a changed one with what it ``was``."""
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


def tombstone_member(tombstone: Tombstone) -> Record:
    """Returns a tombstone; one that a draft proposes is not made yet, and has no author and no time."""
    return {name: value for name, value in tombstone_json(tombstone).items() if value != ""}


def envelope_json(envelope: Envelope) -> Record:
    """Returns the envelope of a revision; ``redirects_to`` is null where it is no redirect. Its hash covers the member
    ``entity`` alone."""
    revision = envelope.revision
    return {
        "schema_version": ENVELOPE_VERSION,
        "revision_id": revision.number,
        "revision": revision.text,
        "commit": revision.commit,
        "created_at": revision.at,
        "created_by": revision.by.text,
        "edit_type": revision.edit_type,
        "content_hash": content_hash(envelope.entity),
        "redirects_to": envelope.redirects_to,
        "deleted": envelope.deleted,
        **_deletion(envelope),
        "entity": envelope.entity,
    }


def _deletion(envelope: Envelope) -> Record:
    deletion = envelope.deletion
    if deletion is None:
        return {}
    return {
        "deletion_reason": deletion.reason,
        "deleted_at": deletion.at,
        "deleted_by": deletion.by,
    }


def revision_json(revision: Revision) -> Record:
    """Returns the revision by the names of the envelope, with its commit and the draft that it merged."""
    draft = {} if revision.draft is None else {"draft": revision.draft}
    return {
        "revision_id": revision.number,
        "revision": revision.text,
        "commit": revision.commit,
        "created_at": revision.at,
        "created_by": revision.by.text,
        "edit_type": revision.edit_type,
        **draft,
    }
