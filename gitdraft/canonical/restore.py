"""Restoration: a redirect is reverted, or a soft deletion undone."""

from __future__ import annotations

from gitdraft.canonical.commit import Message, plan_entity
from gitdraft.documents.equality import identical
from gitdraft.documents.parse import read_document
from gitdraft.documents.serialise import dump_json
from gitdraft.errors import StateRefused
from gitdraft.formats.paths import tombstone_path
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, Live, Redirected
from gitdraft.model.reports import EntityReport
from gitdraft.model.revisions import Expected, Revision
from gitdraft.model.tombstones import DeletedTombstone
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.validation.gate import STRICT, allowing_of
from gitdraft.validation.validator import Validator, require_no_violations
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import unknown_entity
from gitdraft.views.guards import entity_deleted, require_reason, require_unprotected
from gitdraft.views.revisions import find_revision, is_erased, require_revision, revisions


def plan_revert(
    transaction: Transaction,
    entity: EntityRef,
    reason: str,
    *,
    to_revision: int | None = None,
    allow_invalid: bool = False,
    expect: Expected | None = None,
) -> Plan[EntityReport]:
    """Plans to make the redirected entity live again, with the content of a revision (by default the last before the
    redirect).

    Raises InvalidInput without a reason; NotFound for an unknown entity or revision; StateRefused when it is no
    redirect, is protected, or the revision has no content; PolicyViolation when the result is not valid (unless
    ``allow_invalid``); Moved when its revision is not ``expect``.
    """
    require_reason(reason, "taking a redirect back")
    store, canonical = transaction.store, transaction.canonical
    require_revision(store, entity, expect)
    match canonical.state(entity):
        case Redirected():
            require_unprotected(canonical, entity)
        case Absent():
            raise unknown_entity(EffectiveView(canonical.source, canonical), entity)
        case Live():
            raise StateRefused(
                f"'{entity}' is not a redirect", code="not-a-redirect", context={"entity": str(entity)}
            )
        case _:
            raise entity_deleted(entity, canonical.tombstone(entity))
    known = revisions(store, entity)
    chosen = _last_with_content(known) if to_revision is None else find_revision(known, entity, to_revision)
    if chosen is None or chosen.content is None:
        which = "no revision of" if chosen is None else f"revision {chosen.number} of"
        has = "has" if chosen is None else "has no"
        raise StateRefused(
            f"{which} '{entity}' {has} content to go back to",
            code="no-content",
            context={"entity": str(entity)},
            hint=f"gitdraft revision list {entity}",
        )
    content = canonical.source.read_blob(chosen.content)
    message = Message(f"Take back the redirect of {entity}", (reason,), "redirect-revert")
    report = EntityReport(entity, "redirect-revert")
    return _plan(transaction, report, content, message, allow_invalid=allow_invalid)


def plan_undelete(
    transaction: Transaction,
    entity: EntityRef,
    reason: str = "",
    *,
    allow_invalid: bool = False,
    expect: Expected | None = None,
) -> Plan[EntityReport]:
    """Plans to restore the softly deleted entity, or one that plain git removed, with its file as it was to the byte where
    history still has it.

    Raises NotFound for an unknown entity, StateRefused when it is not softly deleted or is protected, PolicyViolation
    when it is no longer valid (unless ``allow_invalid``), Moved when its revision is not ``expect``.
    """
    store, canonical = transaction.store, transaction.canonical
    require_revision(store, entity, expect)
    message, report = Message(f"Undelete {entity}", (reason,), "undelete"), EntityReport(entity, "undelete")
    known = revisions(store, entity)
    last = _last_with_content(known)
    match canonical.tombstone(entity):
        case DeletedTombstone() as tombstone:
            require_unprotected(canonical, entity)
        case _ if is_erased(canonical, entity, known):
            raise StateRefused(
                f"'{entity}' is erased: its content is in git's history alone",
                code="entity-deleted",
                context={"entity": str(entity)},
                hint=f"git log -- {canonical.configuration.path_of(entity)}",
            )
        case _ if isinstance(canonical.state(entity), Absent):
            if last is None or last.content is None:
                raise unknown_entity(EffectiveView(canonical.source, canonical), entity)
            require_unprotected(canonical, entity)
            removed = canonical.source.read_blob(last.content)
            return _plan(transaction, report, removed, message, allow_invalid=allow_invalid)
        case _:
            raise StateRefused(
                f"'{entity}' is not deleted", code="not-deleted", context={"entity": str(entity)}
            )
    content = dump_json(tombstone.entity)
    if last is not None and last.content is not None:
        before = canonical.source.read_blob(last.content)
        if identical(
            read_document(before, limits=canonical.configuration.limits, source=str(entity)), tombstone.entity
        ):
            content = before
    return _plan(transaction, report, content, message, allow_invalid=allow_invalid)


def _plan(
    transaction: Transaction,
    report: EntityReport,
    content: bytes,
    message: Message,
    *,
    allow_invalid: bool,
) -> Plan[EntityReport]:
    entity, canonical = report.entity, transaction.canonical
    path = canonical.configuration.path_of(entity)
    document = read_document(content, limits=canonical.configuration.limits, source=path)
    view = EffectiveView(canonical.source, canonical, overrides={entity: Live(document)})
    if not allow_invalid:
        violations = Validator(canonical).check_added(view, entity)
        require_no_violations(violations, "--allow-invalid restores it nevertheless")
    files = {path: content, tombstone_path(entity): None}
    gate = allowing_of(entity) if allow_invalid else STRICT
    return plan_entity(transaction, report, files, message, gate)


def _last_with_content(known: tuple[Revision, ...]) -> Revision | None:
    return next((revision for revision in reversed(known) if revision.content is not None), None)
