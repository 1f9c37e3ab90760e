"""The audit: what left canonical and what came back, who did it and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from gitdraft.formats.paths import parse_marker_path
from gitdraft.formats.trailers import strip_trailers
from gitdraft.git.objects import ObjectSource
from gitdraft.git.path_history import path_history
from gitdraft.index.histories import Step, entity_histories
from gitdraft.model.entities import EntityRef
from gitdraft.model.progress import Progress, silent
from gitdraft.model.revisions import EditType, Revision
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.store.redirects import TOMBSTONES, past_tombstone
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import CONFIGURATION_PATH

AuditKind: TypeAlias = Literal["soft", "hard", "redirect", "undelete"]
AUDIT_KINDS: tuple[AuditKind, ...] = get_args(AuditKind)
KINDS: Mapping[EditType, AuditKind] = {
    "delete-soft": "soft",
    "delete-hard": "hard",
    "redirect-create": "redirect",
    "redirect-revert": "redirect",
    "undelete": "undelete",
}


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A revision by which an entity went or came back, and why. ``target`` is where a redirect leads."""

    entity: EntityRef
    revision: Revision
    reason: str
    target: EntityRef | None = None


def audit(
    store: Store,
    kinds: Collection[AuditKind] = (),
    *,
    since: str = "",
    by: str = "",
    progress: Progress = silent,
) -> list[AuditEntry]:
    """The deletions, erasures, redirects, and what took them back, of every entity that ever had a tombstone;
    newest first.

    Of these kinds alone (none: all), from ``since`` on (RFC 3339, UTC), and by people whose name or mail
    holds ``by``. Raises RepositoryError: ``shallow``.
    """
    tip = store.canonical_tip()
    if tip is None:
        return []
    entities: set[EntityRef] = set()
    configured = []
    for commit in path_history(store.git, tip, (TOMBSTONES, CONFIGURATION_PATH)):
        entities.update(e for change in commit.changes if (e := parse_marker_path(change.path)) is not None)
        if any(change.path == CONFIGURATION_PATH for change in commit.changes):
            configured.append(commit.oid)
    steps = [
        step
        for step in entity_histories(store.git, tip, sorted(entities), configured, progress)
        if step.revision.edit_type in KINDS
        and (not kinds or KINDS[step.revision.edit_type] in kinds)
        and step.revision.at >= since
        and by.casefold() in step.revision.by.text.casefold()
    ]
    steps.sort(key=lambda step: (step.newer, step.entity))
    return [_entry(store.git, step) for step in steps]


def _entry(source: ObjectSource, step: Step) -> AuditEntry:
    """Why is in the tombstone; where none was left, below the subject of the commit's message."""
    tombstone = None if step.revision.content is not None else past_tombstone(source, step.revision.tombstone)
    if tombstone is None:
        _, _, body = strip_trailers(step.message).partition("\n\n")
        return AuditEntry(step.entity, step.revision, body.strip())
    target = None
    if isinstance(tombstone, RedirectTombstone):
        target = EntityRef(step.entity.type, tombstone.redirects_to)
    return AuditEntry(step.entity, step.revision, tombstone.reason, target)
