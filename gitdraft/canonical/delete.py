"""Deletion on canonical: soft (the tombstone keeps the content) or for good."""

from __future__ import annotations

from gitdraft.canonical.commit import Message, plan_entity
from gitdraft.errors import GitdraftError, PolicyViolation
from gitdraft.formats.paths import tombstone_path
from gitdraft.formats.tombstones import write_tombstone
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Deleted, Live, Redirected
from gitdraft.model.reports import EntityReport
from gitdraft.model.tombstones import DeletedTombstone, ErasedTombstone
from gitdraft.model.violations import Violation
from gitdraft.store.snapshots import Snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.validation.validator import Validator
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import unknown_entity
from gitdraft.views.guards import entity_deleted, entity_redirected, require_reason, require_unprotected
from gitdraft.views.revisions import require_revision


def plan_delete(
    transaction: Transaction,
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
    canonical = _ready(transaction, entity, reason, expect)
    state = canonical.state(entity)
    if not isinstance(state, Live):
        raise _gone(canonical, entity)
    tombstone = DeletedTombstone(
        entity.key, reason, transaction.metadata.actor.text, transaction.metadata.at, state.document
    )
    report = EntityReport(entity, "delete-soft", forced=references_to(canonical, entity, force=force))
    return _plan(transaction, report, tombstone)


def plan_erase(
    transaction: Transaction,
    entity: EntityRef,
    reason: str,
    *,
    force: bool = False,
    expect: int | None = None,
) -> Plan[EntityReport]:
    """The entity, live or softly deleted, gone with its content; no command brings it back.

    History still holds it; ``purge`` rewrites that. Raises what ``plan_delete`` does.
    """
    canonical = _ready(transaction, entity, reason, expect)
    is_live = isinstance(canonical.state(entity), Live)
    if not is_live and not isinstance(canonical.tombstone(entity), DeletedTombstone):
        raise _gone(canonical, entity)
    tombstone = ErasedTombstone(entity.key, reason, transaction.metadata.actor.text, transaction.metadata.at)
    forced = references_to(canonical, entity, force=force) if is_live else ()
    return _plan(transaction, EntityReport(entity, "delete-hard", forced=forced), tombstone)


def references_to(canonical: Snapshot, entity: EntityRef, *, force: bool) -> tuple[Violation, ...]:
    """Who names the entity, or redirects to it. Raises PolicyViolation listing them, unless ``force``."""
    view = EffectiveView(canonical.source, canonical, overrides={entity: Deleted()})
    found = Validator(canonical).check(view, entity)
    if found and not force:
        raise PolicyViolation(
            f"'{entity}' is still needed in {len(found)} place{'s' * (len(found) > 1)}",
            context={"violations": [violation.as_json() for violation in found]},
            hint="--force deletes it all the same, and the commit lists them",
            details=[violation.message for violation in found],
        )
    return found


def _ready(transaction: Transaction, entity: EntityRef, reason: str, expect: int | None) -> Snapshot:
    require_reason(reason, "a deletion")
    canonical = transaction.canonical
    require_revision(transaction.store, entity, expect)
    require_unprotected(canonical, entity)
    return canonical


def _plan(
    transaction: Transaction, report: EntityReport, tombstone: DeletedTombstone | ErasedTombstone
) -> Plan[EntityReport]:
    entity = report.entity
    files = {
        transaction.canonical.configuration.path_of(entity): None,
        tombstone_path(entity): write_tombstone(tombstone),
    }
    told = [f"- {violation.message}" for violation in report.forced]
    paragraphs = (tombstone.reason, "\n".join(["By force, although:", *told]) if told else "")
    verb = "Delete" if isinstance(tombstone, DeletedTombstone) else "Erase"
    message = Message(f"{verb} {entity}", paragraphs, report.edit)
    return plan_entity(transaction, report, files, message)


def _gone(canonical: Snapshot, entity: EntityRef) -> GitdraftError:
    match canonical.state(entity):
        case Redirected(target=target):
            return entity_redirected(
                entity, target, f"gitdraft redirect revert {entity} --reason REASON brings it back first"
            )
        case Deleted():
            return entity_deleted(entity, canonical.tombstone(entity))
    return unknown_entity(EffectiveView(canonical.source, canonical), entity)
