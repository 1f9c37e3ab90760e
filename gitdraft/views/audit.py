"""The audit: which entities were removed from canonical or brought back, by whom, when and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, TypeAlias, get_args

from gitdraft.formats.configuration import CONFIGURATION_PATH
from gitdraft.formats.paths import parse_marker_path
from gitdraft.formats.trailers import strip_trailers
from gitdraft.git.objects import ObjectSource
from gitdraft.git.path_history import path_history
from gitdraft.index.histories import EntityRevision, entity_histories
from gitdraft.model.entities import EntityRef
from gitdraft.model.progress import Progress, silent
from gitdraft.model.revisions import EditType
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.model.view_reports import AuditEntry
from gitdraft.store.redirects import TOMBSTONES, readable_tombstone
from gitdraft.store.repository import Store

AuditKind: TypeAlias = Literal["soft", "hard", "redirect", "undelete"]
AUDIT_KINDS: tuple[AuditKind, ...] = get_args(AuditKind)
KIND_OF_EDIT: Mapping[EditType, AuditKind] = {
    "delete-soft": "soft",
    "delete-hard": "hard",
    "redirect-create": "redirect",
    "redirect-revert": "redirect",
    "undelete": "undelete",
}


def audit(
    store: Store,
    kinds: Collection[AuditKind] = (),
    *,
    since: str = "",
    by: str = "",
    progress: Progress = silent,
) -> list[AuditEntry]:
    """Returns the deletions, erasures and redirects of canonical, and their reversals, newest first.

    They are of these ``kinds`` (none: all), from ``since`` on (RFC 3339, UTC), and by people whose name or mail
    address contains ``by``. Raises RepositoryError (``shallow``).
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
        if step.revision.edit_type in KIND_OF_EDIT
        and (not kinds or KIND_OF_EDIT[step.revision.edit_type] in kinds)
        and step.revision.at >= since
        and by.casefold() in step.revision.by.text.casefold()
    ]
    steps.sort(key=lambda step: (step.newer, step.entity))
    return [_entry(store.git, step) for step in steps]


def _entry(source: ObjectSource, step: EntityRevision) -> AuditEntry:
    """Returns the entry, with the reason in the tombstone or else the body of the commit's message."""
    tombstone = (
        None if step.revision.content is not None else readable_tombstone(source, step.revision.tombstone)
    )
    if tombstone is None:
        _, _, body = strip_trailers(step.message).partition("\n\n")
        return AuditEntry(step.entity, step.revision, body.strip())
    target = None
    if isinstance(tombstone, RedirectTombstone):
        target = EntityRef(step.entity.type, tombstone.redirects_to)
    return AuditEntry(step.entity, step.revision, tombstone.reason, target)
