"""The audit: which entities were removed from canonical or brought back, by whom, when and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Literal, TypeAlias, get_args

from gitdraft.formats.trailers import strip_trailers
from gitdraft.git.history import commits_between, is_ancestor
from gitdraft.git.objects import ObjectSource
from gitdraft.index.histories import EntityRevision, tombstone_histories
from gitdraft.lazy_dataclass import replace
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.operations import PURGE
from gitdraft.model.progress import Progress, silent
from gitdraft.model.revisions import EditType
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.model.view_reports import AuditEntry
from gitdraft.store.operation_log import read_log
from gitdraft.store.redirects import readable_tombstone
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

    What plain git removed without a tombstone is among them. They are of these ``kinds`` (none: all), from ``since`` on
    (RFC 3339, UTC), and by people whose name or mail address contains ``by``. They are told from canonical's commits, alike in every clone; this clone's operation log adds
    what was taken back before it was published, and a purge whose record canonical has lost. Raises RepositoryError
    (``shallow``).
    """
    tip = store.canonical_tip()
    if tip is None:
        return []

    def is_asked(step: EntityRevision) -> bool:
        kind = KIND_OF_EDIT.get(step.revision.edit_type)
        is_by = by.casefold() in step.revision.by.text.casefold()
        return kind is not None and (not kinds or kind in kinds) and step.revision.at >= since and is_by

    steps = [
        step for step in tombstone_histories(store.git, tip, progress, with_plain=True) if is_asked(step)
    ]
    steps.sort(key=lambda step: (step.newer, step.entity))
    entries = [_entry(store.git, step) for step in steps]
    logged = [
        replace(_entry(store.git, step), undone_by=operation)
        for operation, step in _logged(store, tip)
        if is_asked(step)
    ]
    if logged:
        entries = sorted([*entries, *logged], key=lambda entry: entry.revision.at, reverse=True)
    return entries


def _logged(store: Store, tip: Oid) -> Iterator[tuple[str | None, EntityRevision]]:
    """Yields what `undo` took back by putting canonical back, with the id of the undo; and the purges whose record canonical
    does not have any more, without."""
    git = store.git
    for entry in read_log(git):
        operation = entry.operation
        move = next((m for m in operation.moves if m.name == store.canonical_ref), None)
        if move is None or move.old is None or move.new is None:
            continue
        undone_by = None if operation.undoes is None else operation.id
        if undone_by is None and operation.command != PURGE:
            continue
        start, end = (move.old, move.new) if undone_by is None else (move.new, move.old)
        if not (git.has(start) and git.has(end)) or not is_ancestor(git, start, end):
            continue
        if is_ancestor(git, end, tip):
            continue
        commits = {commit.oid for commit in commits_between(git, start, end)}
        for step in tombstone_histories(git, end):
            if step.revision.commit in commits:
                yield undone_by, step


def _entry(source: ObjectSource, step: EntityRevision) -> AuditEntry:
    """Returns the entry, with the reason in the tombstone or else the body of the commit's message; of what plain git removed,
    the whole message."""
    revision, message = step.revision, strip_trailers(step.message)
    if revision.content is None and revision.tombstone is None:
        return AuditEntry(step.entity, revision, message.strip(), by_plain_git=True)
    tombstone = None if revision.content is not None else readable_tombstone(source, revision.tombstone)
    if tombstone is None:
        _, _, body = message.partition("\n\n")
        return AuditEntry(step.entity, revision, body.strip())
    target = None
    if isinstance(tombstone, RedirectTombstone):
        target = EntityRef(step.entity.type, tombstone.redirects_to)
    return AuditEntry(step.entity, revision, tombstone.reason, target)
