"""Deletion on canonical: soft (the tombstone keeps the content) or for good."""

from __future__ import annotations

from gitdraft.canonical.commit import Message, canonical_snapshot, plan_entity
from gitdraft.errors import GitdraftError, PolicyViolation
from gitdraft.formats.paths import tombstone_path
from gitdraft.formats.tombstones import write_tombstone
from gitdraft.git.objects import ObjectBuffer
from gitdraft.model.entities import EntityRef
from gitdraft.model.occasions import Occasion
from gitdraft.model.rebasing import Deleted, Live, Redirected
from gitdraft.model.reports import EntityReport
from gitdraft.model.tombstones import DeletedTombstone, ErasedTombstone
from gitdraft.model.violations import Violation
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot
from gitdraft.store.writing import Plan
from gitdraft.validation.validator import Validator
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import unknown_entity
from gitdraft.views.guards import deleted, redirected, refuse_no_reason, refuse_protected
from gitdraft.views.revisions import refuse_other_revision


def plan_delete(
    store: Store,
    occasion: Occasion,
    entity: EntityRef,
    reason: str,
    *,
    force: bool = False,
    expect: int | None = None,
) -> Plan[EntityReport]:
    """The entity gone from its folder; its tombstone keeps the content.

    Raises InvalidInput without a reason, PolicyViolation listing who still names it or redirects to it (unless
    ``force``: then the commit lists them), StateRefused when it is gone already or protected, Moved when its
    revision is not the ``expect``ed one.
    """
    buffer = ObjectBuffer(store.git)
    onto = _ready(store, buffer, entity, reason, expect)
    standing = onto.standing(entity)
    if not isinstance(standing, Live):
        raise _gone(onto, entity)
    tombstone = DeletedTombstone(entity.key, reason, occasion.actor.text, occasion.at, standing.document)
    report = EntityReport(entity, "delete-soft", forced=references_to(onto, entity, force=force))
    return _plan(store, occasion, buffer, onto, report, tombstone)


def plan_erase(
    store: Store,
    occasion: Occasion,
    entity: EntityRef,
    reason: str,
    *,
    force: bool = False,
    expect: int | None = None,
) -> Plan[EntityReport]:
    """The entity, live or softly deleted, gone with its content; no command brings it back.

    History still holds it; ``purge`` rewrites that. Raises what ``plan_delete`` does.
    """
    buffer = ObjectBuffer(store.git)
    onto = _ready(store, buffer, entity, reason, expect)
    is_live = isinstance(onto.standing(entity), Live)
    if not is_live and not isinstance(onto.tombstone(entity), DeletedTombstone):
        raise _gone(onto, entity)
    tombstone = ErasedTombstone(entity.key, reason, occasion.actor.text, occasion.at)
    forced = references_to(onto, entity, force=force) if is_live else ()
    return _plan(store, occasion, buffer, onto, EntityReport(entity, "delete-hard", forced=forced), tombstone)


def references_to(onto: Snapshot, entity: EntityRef, *, force: bool) -> tuple[Violation, ...]:
    """Who names the entity, or redirects to it. Raises PolicyViolation listing them, unless ``force``."""
    view = EffectiveView(onto.source, onto, overrides={entity: Deleted()})
    found = Validator(onto).check(view, entity)
    if found and not force:
        raise PolicyViolation(
            f"'{entity}' is still needed in {len(found)} place{'s' * (len(found) > 1)}",
            context={"violations": [violation.as_json() for violation in found]},
            hint="--force deletes it all the same, and the commit lists them",
            details=[violation.message for violation in found],
        )
    return found


def _ready(
    store: Store, buffer: ObjectBuffer, entity: EntityRef, reason: str, expect: int | None
) -> Snapshot:
    refuse_no_reason(reason, "a deletion")
    onto = canonical_snapshot(store, buffer)
    refuse_other_revision(store, entity, expect)
    refuse_protected(onto, entity)
    return onto


def _plan(
    store: Store,
    occasion: Occasion,
    buffer: ObjectBuffer,
    onto: Snapshot,
    report: EntityReport,
    tombstone: DeletedTombstone | ErasedTombstone,
) -> Plan[EntityReport]:
    entity = report.entity
    files = {
        onto.configuration.path_of(entity): None,
        tombstone_path(entity): write_tombstone(tombstone),
    }
    told = [f"- {violation.message}" for violation in report.forced]
    paragraphs = (tombstone.reason, "\n".join(["By force, although:", *told]) if told else "")
    verb = "Delete" if isinstance(tombstone, DeletedTombstone) else "Erase"
    message = Message(f"{verb} {entity}", paragraphs, report.edit)
    return plan_entity(store, occasion, buffer, onto, report, files, message)


def _gone(onto: Snapshot, entity: EntityRef) -> GitdraftError:
    match onto.standing(entity):
        case Redirected(target=target):
            return redirected(
                entity, target, f"gitdraft redirect revert {entity} --reason REASON brings it back first"
            )
        case Deleted():
            return deleted(entity, onto.tombstone(entity))
    return unknown_entity(EffectiveView(onto.source, onto), entity)
