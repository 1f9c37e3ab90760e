"""Another id for an entity: its file, its id member, a redirect from the old id, and whoever names it, in one commit."""

from __future__ import annotations

from gitdraft.canonical.commit import Message, commit_canonical
from gitdraft.canonical.merge_entities import require_no_new_violations, retargeted_documents
from gitdraft.canonical.redirect import flattened_redirects, tombstone_files
from gitdraft.documents.edit import edit_json
from gitdraft.errors import AlreadyExists, InvalidInput
from gitdraft.formats.keys import fold_key
from gitdraft.formats.paths import tombstone_path
from gitdraft.formats.tombstones import write_tombstone
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.canonical_reports import RenameReport
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, Deleted, EntityState, Live, Redirected
from gitdraft.model.revisions import Expected
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.model.values import JSON
from gitdraft.store.reference_edits import under_new_name
from gitdraft.store.snapshots import Snapshot, folded_keys
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import unknown_entity
from gitdraft.views.guards import edited_by_redirect, entity_deleted, entity_redirected, require_unprotected
from gitdraft.views.revisions import require_revision


@dataclass(frozen=True, slots=True)
class RenameOptions:
    """Why an entity is renamed, whether the old id is redirected to the new one, and the revision that it must have."""

    reason: str = ""
    redirect: bool = True
    expect: Expected | None = None


def plan_rename(
    transaction: Transaction, source: EntityRef, target: EntityRef, options: RenameOptions
) -> Plan[RenameReport]:
    """Plans the entity ``source`` as ``target``, with the references to it and the redirects to it.

    Raises what ``require_renamable`` does; StateRefused where the entity, or one that names it, is protected; PolicyViolation
    where a result violates its schema or a reference and did not before; Moved for another revision than the expected one.
    """
    canonical = transaction.canonical
    require_revision(transaction.store, source, options.expect)
    before = EffectiveView(canonical.source, canonical)
    require_renamable(before, source, target, redirect=options.redirect)
    for entity in edited_by_redirect(canonical, source, target):
        require_unprotected(canonical, entity)
    documents = retargeted_documents(canonical, source, target)
    renamed = under_new_name(canonical.configuration, canonical.holds, source, target)(
        canonical.document(source)
    )
    redirected = before.with_overrides({source: Redirected(target), target: Live(renamed)})
    after = redirected if options.redirect else redirected.with_overrides({source: Absent()})
    require_no_new_violations(after, {**documents, target: renamed}, renamed={target: source})
    files = tombstone_files(canonical, redirected, (source,))
    files |= _renamed_files(canonical, source, target, renamed)
    for entity, document in documents.items():
        content = canonical.content(entity)
        assert content is not None
        files[canonical.configuration.path_of(entity)] = edit_json(content, document)
    reason = options.reason or f"renamed to {target.key}"
    if options.redirect:
        by, at = transaction.metadata.actor.text, transaction.metadata.at
        tombstone = RedirectTombstone(source.key, target.key, reason, by, at)
        files[tombstone_path(source)] = write_tombstone(tombstone)
    report = RenameReport(
        source,
        target,
        options.redirect,
        tuple(sorted(documents)),
        tuple(flattened_redirects(canonical, redirected, (source,))),
    )
    subject = f"Rename {source} to {target.key}"
    named = f"{len(documents)} entities now name {target}." if documents else ""
    committed = commit_canonical(
        transaction, files, Message(subject, (options.reason, named), "redirect-create")
    )
    assert committed is not None
    report = replace(report, commit=committed.commit, rebase=committed.rebase)
    return Plan(report, transaction.buffer, committed.moves, subject, may_stay=committed.may_stay)


def require_renamable(view: EffectiveView, source: EntityRef, target: EntityRef, *, redirect: bool) -> None:
    """Raises what keeps ``source`` from being called ``target`` in this view.

    InvalidInput (``source-and-target-are-the-same``, also for ids that differ in case alone where the old one would be
    redirected; ``target-is-incompatible`` for another type); NotFound for an unknown source, StateRefused for one that is deleted
    or redirected; AlreadyExists for an id that is taken, by an entity, by one that differs in case alone, or by a tombstone.
    """
    context = {"source": str(source), "target": str(target)}
    if source.type != target.type:
        raise InvalidInput(
            f"'{source}' cannot become '{target}', which is of another type",
            code="target-is-incompatible",
            context=context,
        )
    is_same = fold_key(source.key) == fold_key(target.key)
    if source == target or (is_same and redirect):
        raise InvalidInput(
            f"'{source}' is called so already" if source == target else f"'{target}' differs in case alone",
            code="source-and-target-are-the-same",
            context=context,
            hint=None if source == target else "--no-redirect renames it without a redirect from the old id",
        )
    match view.state(source):
        case Absent():
            raise unknown_entity(view, source)
        case Deleted():
            raise entity_deleted(source, view.canonical.tombstone(source))
        case Redirected(target=other):
            raise entity_redirected(source, other, f"gitdraft entity rename {other} {target.key}")
    taken = _taken(view, target) if not is_same else None
    if taken is not None:
        raise AlreadyExists(
            f"'{taken}' is there already", code="entity-already-exists", context={"entity": str(taken)}
        )


def _taken(view: EffectiveView, target: EntityRef) -> EntityRef | None:
    """Returns the entity that has this id, or one that differs in case alone; ``None`` for an id that is free."""
    state: EntityState = view.state(target)
    if not isinstance(state, Absent):
        return target
    other = folded_keys(view.canonical, target.type).get(fold_key(target.key))
    return None if other is None else EntityRef(target.type, other)


def _renamed_files(
    canonical: Snapshot, source: EntityRef, target: EntityRef, document: JSON
) -> dict[str, bytes | None]:
    content = canonical.content(source)
    assert content is not None
    paths = canonical.configuration
    return {paths.path_of(source): None, paths.path_of(target): edit_json(content, document)}
