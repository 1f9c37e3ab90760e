"""Checks and errors that verbs share: an entity that is deleted, redirected or protected, a missing reason."""

from __future__ import annotations

from gitdraft.errors import InvalidInput, StateRefused
from gitdraft.index.redirects import redirect_sources
from gitdraft.model.entities import EntityRef
from gitdraft.model.protections import LIFTS, Protection
from gitdraft.model.tombstones import DeletedTombstone, ErasedTombstone, Tombstone
from gitdraft.store.snapshots import Snapshot


def require_unprotected(snapshot: Snapshot, entity: EntityRef) -> None:
    """Raises StateRefused (``entity-locked``, ``entity-archived``) when canonical protects the entity."""
    protection = snapshot.protection(entity)
    if protection is not None:
        raise entity_protected(entity, protection)


def edited_by_redirect(snapshot: Snapshot, source: EntityRef, target: EntityRef) -> tuple[EntityRef, ...]:
    """Returns the entities that a redirect edits: the source, the target, and those that canonical redirects to the
    source, which are redirected to the target, too."""
    return (source, target, *redirect_sources(snapshot, source))


def entity_protected(entity: EntityRef, protection: Protection) -> StateRefused:
    """Returns the error for a change of a protected entity."""
    why = f": {protection.reason}" if protection.reason else ""
    return StateRefused(
        f"'{entity}' is {protection.kind}{why}",
        code=f"entity-{protection.kind}",
        context={
            "entity": str(entity),
            "reason": protection.reason,
            "by": protection.by,
            "at": protection.at,
        },
        hint=f"gitdraft entity {LIFTS[protection.kind]} {entity} --reason REASON",
    )


def entity_deleted(entity: EntityRef, tombstone: Tombstone | None) -> StateRefused:
    """Returns the error for a use of a deleted entity; that of an erased one has no reason."""
    context = {"entity": str(entity)}
    hint = None
    match tombstone:
        case DeletedTombstone(reason=reason, by=by, at=at):
            context |= {"reason": reason, "by": by, "at": at}
            hint = f"gitdraft entity undelete {entity} brings it back"
        case ErasedTombstone():
            hint = "it was erased: an id is never used again"
    return StateRefused(f"'{entity}' is deleted", code="entity-deleted", context=context, hint=hint)


def entity_redirected(entity: EntityRef, target: EntityRef, hint: str) -> StateRefused:
    """Returns the error for a use of a redirected entity."""
    return StateRefused(
        f"'{entity}' is redirected to '{target}'",
        code="redirected-item",
        context={"entity": str(entity), "redirect_target": str(target)},
        hint=hint,
    )


def require_reason(reason: str, what: str) -> None:
    """Raises InvalidInput (``missing-field``) for an empty reason."""
    if not reason.strip():
        raise InvalidInput(
            f"no reason given for {what}",
            code="missing-field",
            context={"path": "/reason"},
            hint="--reason 'why'",
        )
