"""Deletion on canonical: soft, where the tombstone keeps the content, or hard (erasure)."""

from __future__ import annotations

from collections.abc import Sequence

from gitdraft.canonical.commit import Message, plan_entity
from gitdraft.errors import GitdraftError, PolicyViolation
from gitdraft.formats.paths import tombstone_path
from gitdraft.formats.tombstones import write_tombstone
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Deleted, Live, Redirected
from gitdraft.model.reports import EntityReport
from gitdraft.model.revisions import Expected
from gitdraft.model.tombstones import DeletedTombstone, ErasedTombstone
from gitdraft.model.violations import Violation
from gitdraft.store.snapshots import Snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.validation.gate import STRICT, allowing
from gitdraft.validation.validator import Validator
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import unknown_entity
from gitdraft.views.guards import entity_deleted, entity_redirected, require_reason, require_unprotected
from gitdraft.views.revisions import require_revision

REFERENCES = ("reference/missing", "reference/deleted")
"""The rules that ``force`` lets a deletion break; the report and the commit list where."""


def plan_delete(
    transaction: Transaction,
    entity: EntityRef,
    reason: str,
    *,
    force: bool = False,
    expect: Expected | None = None,
) -> Plan[EntityReport]:
    """Plans the removal of the entity's file; its tombstone keeps the content.

    Raises InvalidInput without a reason, PolicyViolation listing the references and redirects to it (with ``force``
    the commit lists them instead), NotFound for an unknown entity, StateRefused when it is deleted, redirected or
    protected, Moved when its revision is not ``expect``.
    """
    canonical = _checked_canonical(transaction, entity, reason, expect)
    state = canonical.state(entity)
    if not isinstance(state, Live):
        raise _not_live(canonical, entity)
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
    expect: Expected | None = None,
) -> Plan[EntityReport]:
    """Plans the removal of the entity, live or softly deleted, with its content. No command restores it.

    History still holds the content; ``purge`` rewrites history. Raises what ``plan_delete`` does.
    """
    canonical = _checked_canonical(transaction, entity, reason, expect)
    is_live = isinstance(canonical.state(entity), Live)
    if not is_live and not isinstance(canonical.tombstone(entity), DeletedTombstone):
        raise _not_live(canonical, entity)
    tombstone = ErasedTombstone(entity.key, reason, transaction.metadata.actor.text, transaction.metadata.at)
    forced = references_to(canonical, entity, force=force) if is_live else ()
    return _plan(transaction, EntityReport(entity, "delete-hard", forced=forced), tombstone)


def references_to(canonical: Snapshot, entity: EntityRef, *, force: bool) -> tuple[Violation, ...]:
    """Returns the violations that the removal of the entity causes: references and redirects to it. Raises
    PolicyViolation listing them, unless ``force``."""
    view = EffectiveView(canonical.source, canonical, overrides={entity: Deleted()})
    violations = Validator(canonical).check(view, entity)
    if violations and not force:
        raise PolicyViolation(
            f"'{entity}' is still needed in {len(violations)} place{'s' * (len(violations) > 1)}",
            context={"violations": [violation.as_json() for violation in violations]},
            hint="--force deletes it nevertheless, and the commit lists them",
            details=[violation.message for violation in violations],
        )
    return violations


def forced_paragraph(violations: Sequence[Violation]) -> str:
    """Returns the paragraph of a commit message that lists what ``force`` overrode; empty without violations."""
    lines = [f"- {violation.message}" for violation in violations]
    return "\n".join(["By force, although:", *lines]) if lines else ""


def _checked_canonical(
    transaction: Transaction, entity: EntityRef, reason: str, expect: Expected | None
) -> Snapshot:
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
    verb = "Delete" if isinstance(tombstone, DeletedTombstone) else "Erase"
    message = Message(f"{verb} {entity}", (tombstone.reason, forced_paragraph(report.forced)), report.edit)
    gate = allowing(REFERENCES) if report.forced else STRICT
    return plan_entity(transaction, report, files, message, gate)


def _not_live(canonical: Snapshot, entity: EntityRef) -> GitdraftError:
    match canonical.state(entity):
        case Redirected(target=target):
            return entity_redirected(
                entity, target, f"gitdraft redirect revert {entity} --reason REASON brings it back first"
            )
        case Deleted():
            return entity_deleted(entity, canonical.tombstone(entity))
    return unknown_entity(EffectiveView(canonical.source, canonical), entity)
