"""Protection: an entity that is locked or archived cannot be edited until the protection is lifted."""

from __future__ import annotations

from gitdraft.canonical.commit import Message, plan_entity
from gitdraft.errors import StateRefused
from gitdraft.formats.paths import protection_path
from gitdraft.formats.protections import write_protection
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent
from gitdraft.model.protections import LIFTS, PROTECTS, Protection, ProtectionKind
from gitdraft.model.reports import EntityReport
from gitdraft.model.revisions import EditType, Expected
from gitdraft.model.tombstones import ErasedTombstone
from gitdraft.store.snapshots import Snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import unknown_entity
from gitdraft.views.guards import entity_deleted, entity_protected, require_reason
from gitdraft.views.revisions import require_revision


def plan_protect(
    transaction: Transaction,
    entity: EntityRef,
    protection_kind: ProtectionKind,
    reason: str,
    *,
    expect: Expected | None = None,
) -> Plan[EntityReport]:
    """Plans to lock or archive the entity. The plan has no moves when it is so protected already.

    Raises InvalidInput without a reason, NotFound for an unknown entity, StateRefused when it has the other protection,
    is erased, or the committer lacks the permission (`protect:` in gitdraft.yaml), Moved when its revision is not
    ``expect``.
    """
    edit = PROTECTS[protection_kind]
    canonical = _checked_canonical(transaction, entity, edit, reason, expect)
    tombstone = canonical.tombstone(entity)
    if isinstance(tombstone, ErasedTombstone):
        raise entity_deleted(entity, tombstone)
    before = canonical.protection(entity)
    report = EntityReport(entity, edit)
    if before is not None and before.kind == protection_kind:
        return Plan(report, transaction.buffer, ())
    if before is not None:
        raise entity_protected(entity, before)
    metadata = transaction.metadata
    actor = metadata.committer or metadata.actor
    protection = Protection(protection_kind, entity.key, reason, actor.text, metadata.at)
    files = {protection_path(entity): write_protection(protection)}
    message = Message(f"{edit.capitalize()} {entity}", (reason,), edit)
    return plan_entity(transaction, report, files, message)


def plan_lift(
    transaction: Transaction,
    entity: EntityRef,
    protection_kind: ProtectionKind,
    reason: str,
    *,
    expect: Expected | None = None,
) -> Plan[EntityReport]:
    """Plans to unlock or unarchive the entity. The plan has no moves when it is not protected. Raises what
    ``plan_protect`` does."""
    edit = LIFTS[protection_kind]
    canonical = _checked_canonical(transaction, entity, edit, reason, expect)
    protection = canonical.protection(entity)
    report = EntityReport(entity, edit)
    if protection is None:
        return Plan(report, transaction.buffer, ())
    if protection.kind != protection_kind:
        raise entity_protected(entity, protection)
    files = {protection_path(entity): None}
    message = Message(f"{edit.capitalize()} {entity}", (reason,), edit)
    return plan_entity(transaction, report, files, message)


def _checked_canonical(
    transaction: Transaction, entity: EntityRef, edit: EditType, reason: str, expect: Expected | None
) -> Snapshot:
    require_reason(reason, f"to {edit} an entity")
    canonical = transaction.canonical
    require_revision(transaction.store, entity, expect)
    if isinstance(canonical.state(entity), Absent) and canonical.protection(entity) is None:
        raise unknown_entity(EffectiveView(canonical.source, canonical), entity)
    allowed = canonical.configuration.protect.get(edit)
    metadata = transaction.metadata
    actor = metadata.committer or metadata.actor
    if allowed is not None and actor.email.casefold() not in allowed:
        raise StateRefused(
            f"{actor.email} may not {edit} entities",
            code="permission-denied",
            context={"entity": str(entity), "committer": actor.email, "allowed": list(allowed)},
            hint=f"{', '.join(allowed) or 'nobody'} may, says gitdraft.yaml (protect: {edit})",
        )
    return canonical
