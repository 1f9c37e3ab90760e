"""The merge of two entities: one is merged into the other and redirected to it, in one commit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from gitdraft.canonical.commit import Message, commit_canonical
from gitdraft.canonical.redirect import RedirectBatch, RedirectRequest, flattened_redirects
from gitdraft.documents.edit import edit_json
from gitdraft.documents.entity_merge import MergedEntity, merge_entities
from gitdraft.documents.patch import apply_patch
from gitdraft.documents.pointers import parse_pointer
from gitdraft.errors import AlreadyExists, ConflictError
from gitdraft.formats.configuration import EntityType
from gitdraft.index.references import referrers_of
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.canonical_reports import MergeEntitiesReport
from gitdraft.model.changes import PatchOp
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.outcomes import Live
from gitdraft.model.revisions import Expected
from gitdraft.model.values import ABSENT, JSON
from gitdraft.model.violations import Violation
from gitdraft.store.reference_edits import replace_references
from gitdraft.store.snapshots import Snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.validation.validator import Validator, require_no_violations
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.guards import require_unprotected
from gitdraft.views.references import remove_references
from gitdraft.views.revisions import require_revision

Keep = Literal["from", "to"]
NOTHING: Mapping[EntityRef, EntityRef] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class MergeEntitiesOptions:
    """How to merge two entities.

    ``keep`` says whose value wins where the two differ (``None``: neither, that is a conflict). With ``retarget`` the
    entities that reference the source reference the target instead. ``expect`` and ``expect_target`` are the revisions
    that source and target must have.
    """

    reason: str = ""
    keep: Keep | None = None
    retarget: bool = False
    expect: Expected | None = None
    expect_target: Expected | None = None


def plan_merge_entities(
    transaction: Transaction,
    source: EntityRef,
    target: EntityRef,
    options: MergeEntitiesOptions | None = None,
) -> Plan[MergeEntitiesReport]:
    """Plans to add to ``target`` what only ``source`` has, and to redirect ``source`` to ``target``.

    Raises what a redirect raises; ConflictError (``merge-conflict``) listing where the two differ, unless ``keep`` is
    given; PolicyViolation when a result violates its schema or a reference; StateRefused when an entity to be
    retargeted is protected; Moved when ``source`` or ``target`` has not the expected revision.
    """
    options = options or MergeEntitiesOptions()
    canonical = transaction.canonical
    require_revision(transaction.store, source, options.expect)
    require_revision(transaction.store, target, options.expect_target)
    batch = RedirectBatch(canonical)
    batch.add(RedirectRequest(source, target, options.reason))
    entity_type = canonical.configuration.entities[target.type]
    merged = _merged(canonical, entity_type, source, target, options.keep)
    documents = {target: merged.document}
    if options.retarget:
        documents[target] = remove_references(batch.view, entity_type, merged.document, source)
        documents |= retargeted_documents(canonical, source, target)
    require_no_new_violations(batch.view, documents)
    files = batch.files(transaction.metadata)
    for entity, document in documents.items():
        content = canonical.content(entity)
        assert content is not None
        files[canonical.configuration.path_of(entity)] = edit_json(content, document)
    others = tuple(sorted(documents.keys() - {target}))
    flattened = tuple(flattened_redirects(canonical, batch.view, (source,)))
    report = MergeEntitiesReport(source, target, merged.aliases, others, flattened)
    subject = f"Merge {source} into {target}"
    renamed_in = f"{len(others)} entities now name {target}." if others else ""
    message = Message(subject, (options.reason, renamed_in), "redirect-create")
    committed = commit_canonical(transaction, files, message)
    assert committed is not None
    report = replace(report, commit=committed.commit, rebase=committed.rebase)
    return Plan(report, transaction.buffer, committed.moves, subject, may_stay=committed.may_stay)


def _merged(
    canonical: Snapshot, entity_type: EntityType, source: EntityRef, target: EntityRef, keep: Keep | None
) -> MergedEntity:
    if canonical.blob(source) is None:
        raise AlreadyExists(f"'{source}' is a redirect: there is nothing to merge")
    before = EffectiveView(canonical.source, canonical)
    # or it would reference itself
    document = remove_references(before, entity_type, canonical.document(source), target)
    if entity_type.id_pointer is not None and parse_pointer(entity_type.id_pointer):
        op: PatchOp = {"op": "replace", "path": entity_type.id_pointer, "value": target.key}
        document = apply_patch(document, (op,))
    merged = merge_entities(
        document, canonical.document(target), entity_type.merge_rules, entity_type.aliases, keep
    )
    if merged.conflicts:
        raise ConflictError(
            f"'{source}' and '{target}' differ in {len(merged.conflicts)} "
            f"place{'s' * (len(merged.conflicts) > 1)}",
            code="merge-conflict",
            context={"conflicts": [_conflict_json(conflict) for conflict in merged.conflicts]},
            hint=f"--keep to takes what '{target}' has there, --keep from what '{source}' has",
            details=[_conflict_line(conflict, source, target) for conflict in merged.conflicts],
        )
    return merged


def retargeted_documents(canonical: Snapshot, source: EntityRef, target: EntityRef) -> dict[EntityRef, JSON]:
    """Returns the other entities that reference ``source``, as they are with ``target`` in its place. Raises StateRefused for a
    protected one, and what ``replace_references`` does."""
    documents: dict[EntityRef, JSON] = {}

    def holds(entity: EntityRef) -> bool:
        return entity == target or canonical.holds(entity)

    for referrer, _ in referrers_of(canonical, source):
        if referrer in (source, target) or referrer in documents:
            continue
        require_unprotected(canonical, referrer)
        documents[referrer] = replace_references(
            canonical.configuration, holds, canonical.document(referrer), source, target, referrer
        )
    return documents


def require_no_new_violations(
    view: EffectiveView, documents: Mapping[EntityRef, JSON], renamed: Mapping[EntityRef, EntityRef] = NOTHING
) -> None:
    """Raises PolicyViolation for violations that the entities did not have before, those that are ``renamed`` under their old
    names."""
    after = view.with_overrides({entity: Live(document) for entity, document in documents.items()})
    before = EffectiveView(view.source, view.canonical)
    validator = Validator(view.canonical)
    violations: list[Violation] = []
    for entity in documents:
        known = {
            replace(violation, entity=entity)
            for violation in validator.check(before, renamed.get(entity, entity))
        }
        violations.extend(v for v in validator.check(after, entity) if v not in known)
    require_no_violations(violations, "gitdraft edit in a draft makes them fit first")


def _conflict_json(conflict: Conflict) -> dict[str, JSON]:
    sides = {"to": conflict.canonical, "from": conflict.draft}
    members: dict[str, JSON] = {"members": list(conflict.members)} if conflict.members else {}
    return {"path": conflict.path, **members, **{name: v for name, v in sides.items() if v is not ABSENT}}


def _conflict_line(conflict: Conflict, source: EntityRef, target: EntityRef) -> str:
    values = [
        "nothing" if side is ABSENT else json.dumps(side, ensure_ascii=False)[:60]
        for side in (conflict.draft, conflict.canonical)
    ]
    return f"{', '.join(conflict.pointers)}: {source.key} has {values[0]}, {target.key} has {values[1]}"
