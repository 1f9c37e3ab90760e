"""Redirects, erased entities, and the files of tombstones and protections."""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.errors import InvalidInput, StateRefused
from gitdraft.formats.paths import protection_path, tombstone_path
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, Deleted, Redirected
from gitdraft.model.rules import unreadable_rule
from gitdraft.model.tombstones import ErasedTombstone
from gitdraft.model.violations import Violation
from gitdraft.store.snapshots import Snapshot, file_oid
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.redirects import follow


def check_redirect(view: EffectiveView, entity: EntityRef, target: EntityRef) -> Iterator[Violation]:
    """Yields a violation for a redirect that does not lead to a live entity in one step.

    One to a malformed tombstone is reported at the tombstone.
    """
    if view.is_live(target):
        return
    try:
        match view.state(target):
            case Absent():
                message = f"it redirects to {target}, which does not exist"
                yield Violation(entity, "", "reference/missing", message)
            case Deleted():
                yield Violation(
                    entity, "", "reference/deleted", f"it redirects to {target}, which is deleted"
                )
            case Redirected():
                final = follow(view, entity)
                message = f"it redirects to {target}, which redirects itself, to {final} in the end"
                yield Violation(entity, "", "redirect/double", message)
    except StateRefused as error:
        yield Violation(entity, "", "redirect/circular", error.message)
    except InvalidInput:
        return


def check_erased(view: EffectiveView, entity: EntityRef) -> Iterator[Violation]:
    """Yields a violation for an erased entity that a change would bring back, or redirect."""
    if view.canonical.blob(entity) is None and isinstance(view.canonical.tombstone(entity), ErasedTombstone):
        yield Violation(entity, "", "tombstone/erased", "it was erased: its id is never used again")


def check_markers(canonical: Snapshot, entity: EntityRef) -> Iterator[Violation]:
    """Yields what is wrong with an entity's tombstone and protection on canonical.

    They are readable, name the entity, and no tombstone lies beside the entity's file.
    """
    is_known = entity.type in canonical.configuration.entities
    for path, read in (
        (tombstone_path(entity), canonical.tombstone),
        (protection_path(entity), canonical.protection),
    ):
        if file_oid(canonical.source, canonical.tree, path) is None:
            continue
        if not is_known:
            yield stray_file(path)
            continue
        try:
            marker = read(entity)
        except InvalidInput as error:
            yield Violation(entity, "", unreadable_rule(error.code), error.message)
            continue
        if marker is not None and marker.id != entity.key:
            yield Violation(entity, "/id", "identity/mismatch", f"{path} says it is of {marker.id!r}")
    if is_known and canonical.tombstone_blob(entity) is not None and canonical.blob(entity) is not None:
        yield Violation(entity, "", "tombstone/live", "it has a file and a tombstone")


def stray_file(path: str) -> Violation:
    """Returns the violation of a file among the tombstones or protections that belongs to no entity."""
    return Violation(EntityRef("", path), "", "tombstone/stray", "it is no entity's")
