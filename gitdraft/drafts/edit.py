"""Edits of a draft: one commit on its branch, checked before it is made.

An edit is made on the effective view at canonical's tip, so a draft that canonical has moved away from is first replayed on
the tip, in the same operation. A draft that cannot be replayed (a conflict, a broken patch) takes edits on its old base, of
the entities that canonical left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from gitdraft.drafts.diff import entity_file
from gitdraft.drafts.edit_functions import EditFunction, EditResult, EditTarget, no_document, repoint
from gitdraft.drafts.rename import under_old_name
from gitdraft.errors import ConflictError, InvalidInput, StateRefused
from gitdraft.formats.changes import write_change
from gitdraft.formats.paths import resolution_path
from gitdraft.formats.reports.conflicts import entity_conflicts_json
from gitdraft.git.trees import find
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.assignments import EditedPlace
from gitdraft.model.changes import Change, Rename, Update
from gitdraft.model.drafts import TRANSITIONS, DraftHeader, DraftStatus, with_status
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.operations import RefMove
from gitdraft.model.outcomes import EntityState, Live, Redirected
from gitdraft.model.reports import EditReport, EntityView
from gitdraft.model.revisions import Expected
from gitdraft.model.violations import Violation
from gitdraft.rebase.judgement import judge_again, remember_invalid
from gitdraft.rebase.rebase import replay_onto
from gitdraft.store.affected import is_touched
from gitdraft.store.change_files import read_change_file
from gitdraft.store.drafts import StoredDraft, read_draft, read_header
from gitdraft.store.outside_files import foreign_files
from gitdraft.store.reference_edits import under_new_name
from gitdraft.store.replay import DraftTip, commit_draft, header_file, tip_of
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot, take_snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.validation.validator import Validator, require_no_violations
from gitdraft.views.effective_view import EffectiveView, open_view
from gitdraft.views.guards import require_unprotected
from gitdraft.views.lost_merges import lost_merge
from gitdraft.views.revisions import require_revision

EDITABLE = (DraftStatus.DRAFT, DraftStatus.VALIDATED)
OPEN = (*EDITABLE, DraftStatus.SUBMITTED)


@dataclass(frozen=True, slots=True)
class Edit:
    """One entity, and how the draft's change of it changes.

    ``resolves_conflict`` says that it may be made where draft and canonical are in conflict (the change is dropped).
    """

    entity: EntityRef
    make: EditFunction
    resolves_conflict: bool = False


@dataclass(frozen=True, slots=True)
class EditBase:
    """What a draft is edited on: the draft, replayed on canonical's tip where it can be, and its view.

    ``branch_tip`` is the tip its branch has now. ``canonical`` is canonical's tip; the view is one of the draft's old base
    instead when the draft cannot be replayed. ``is_cleaned`` says that files beside the draft's folder were put back.
    """

    draft: StoredDraft
    header: DraftHeader
    view: EffectiveView
    branch_tip: Oid
    canonical: Snapshot
    is_cleaned: bool = False

    @property
    def is_replayed(self) -> bool:
        """Whether the draft has been replayed on canonical's tip to be edited."""
        return self.draft.tip != self.branch_tip


@dataclass(frozen=True, slots=True)
class EditChecks:
    """How strict an edit is: whether a result may break its schema or a reference, and the revision that the edited
    entities are expected to have on canonical (``None``: any)."""

    allow_invalid: bool = False
    expect: Expected | None = None


STRICT = EditChecks()


def plan_edits(
    transaction: Transaction,
    draft_id: str,
    edits: Callable[[EffectiveView], Sequence[Edit]],
    message: str,
    checks: EditChecks = STRICT,
) -> Plan[EditReport]:
    """Plans the edits as one commit on the draft; no commit when they change nothing.

    ``edits`` gets the effective view on which they are made. Raises NotFound for an unknown draft, StateRefused when its
    status takes no edits, ConflictError when canonical changed an entity that is edited and the draft cannot be replayed,
    PolicyViolation when a result breaks its schema or a reference (unless ``checks`` allow it), Moved when an entity's
    revision on canonical is not the ``expect``ed one, and what the edits raise.
    """
    return plan_edits_on(transaction, find_edit_base(transaction, draft_id), edits, message, checks)


def plan_edits_on(
    transaction: Transaction,
    edit_base: EditBase,
    edits: Callable[[EffectiveView], Sequence[Edit]],
    message: str,
    checks: EditChecks = STRICT,
) -> Plan[EditReport]:
    """Plans the edits as ``plan_edits`` does, of a draft that was found already. One whose tree is put back
    (``is_cleaned``) gets its commit even where no change is another."""
    draft_id = edit_base.draft.id
    results: dict[EntityRef, EditResult] = {}
    places: list[EditedPlace] = []
    for edit in edits(edit_base.view):
        entity = edit_base.view.old_name(edit.entity) or edit.entity
        require_revision(transaction.store, entity, checks.expect)
        if not edit.resolves_conflict:
            _require_resolved(edit_base, entity)
            require_unprotected(edit_base.canonical, entity)
        result = edit.make(find_edit_target(edit_base, edit.entity))
        places += result.places
        if result.is_change:
            is_renamed = entity != edit.entity
            results[entity] = (
                under_old_name(find_edit_target(edit_base, entity), result) if is_renamed else result
            )
    states = states_after(edit_base, results)
    names = {change.target: entity for entity, change in _renamings(results).items()}
    view = edit_base.view.with_overrides(states, names)
    violations = _check(view, results, allow_invalid=checks.allow_invalid)
    tip = edit_base.branch_tip
    moves: tuple[RefMove, ...] = ()
    if results or edit_base.is_cleaned:
        tip = commit_edits(transaction, edit_base, results, message).commit
        moves = (RefMove(edit_base.draft.ref, edit_base.branch_tip, tip),)
        if violations:
            remember_invalid(transaction, draft_id, tip)
        else:
            judge_again(transaction, draft_id, edit_base.branch_tip, tip)
    changed = tuple(_changed(edit_base, view, results))
    report = EditReport(draft_id, tip, changed, violations, edit_base.is_replayed, places=tuple(places))
    return Plan(report, transaction.buffer, moves, f"{draft_id}: {message.splitlines()[0]}")


def states_after(
    edit_base: EditBase, results: Mapping[EntityRef, EditResult]
) -> dict[EntityRef, EntityState]:
    """Returns the entities that the edits make other, the names included that renamings give and gave them."""
    files = [edit_base.draft.file(entity) for entity in results]
    former = [file.target for file in files if file is not None and file.target is not None]
    states = {entity: edit_base.view.canonical.state(entity) for entity in former}
    for entity, result in results.items():
        states[entity] = result.state
        if isinstance(result.change, Rename) and result.renamed is not None:
            states[result.change.target] = result.renamed
    return states


def _renamings(results: Mapping[EntityRef, EditResult]) -> dict[EntityRef, Rename]:
    """Returns the edits that give entities other names."""
    changes = {entity: result.change for entity, result in results.items()}
    return {entity: change for entity, change in changes.items() if isinstance(change, Rename)}


def _changed(
    edit_base: EditBase, view: EffectiveView, results: Mapping[EntityRef, EditResult]
) -> Iterator[EntityView]:
    """Yields the entities that the edits make other, by the names that they have then; both of one that gets another."""
    names: dict[EntityRef, EntityRef | None] = dict.fromkeys(results)
    for entity, change in _renamings(results).items():
        file = edit_base.draft.file(entity)
        names[change.target] = entity
        if file is not None and file.target == change.target:  # it has that name already
            del names[entity]
            names[change.target] = None
    for entity in sorted(names):
        yield replace(view.show(entity), renamed_from=names[entity])


def redirect_edits(
    view: EffectiveView, source: EntityRef, target: EntityRef, make: EditFunction
) -> list[Edit]:
    """Returns the edit that redirects ``source``, and those that repoint the draft's own redirects to it."""
    edits = [Edit(source, make)]
    for entity in view.changed():
        if entity != source and view.state(entity) == Redirected(source):
            edits.append(Edit(entity, repoint(target)))
    return edits


def find_edit_base(transaction: Transaction, draft_id: str, leaving: EntityRef | None = None) -> EditBase:
    """Returns the draft on canonical's tip if it can be replayed there, else on its base.

    The change of the entity that is ``leaving`` the draft is ignored. Raises NotFound for an unknown draft, StateRefused
    when its status takes no edits.
    """
    draft = find_draft_with_status(transaction, draft_id, EDITABLE)
    return edit_base_of(transaction, draft, () if leaving is None else (leaving,))


def edit_base_of(
    transaction: Transaction, draft: StoredDraft, leaving: Collection[EntityRef] = ()
) -> EditBase:
    """Returns what ``find_edit_base`` does, of a draft that was read already, which the entities of ``leaving`` leave. One with
    files beside its folder, which a replay would leave behind, stays on its base."""
    buffer, canonical = transaction.buffer, transaction.canonical
    header = read_header(buffer, draft)
    base = take_snapshot(buffer, draft.base, canonical.configuration)
    if draft.is_on(canonical.commit):
        return EditBase(draft, header, EffectiveView(buffer, canonical, draft, base), draft.tip, canonical)
    view = EffectiveView(buffer, canonical, draft, base)
    changes = [
        applied
        for entity in view.changed()
        if entity not in leaving and (applied := view.applied_change(entity)) is not None
    ]
    if foreign_files(buffer, draft, canonical.commit) or not all(change.is_replayed for change in changes):
        return EditBase(draft, header, EffectiveView(buffer, base, draft, base), draft.tip, canonical)
    tip = replay_onto(transaction, draft, changes, canonical)
    replayed = read_draft(buffer, draft.id, draft.ref, tip.commit)
    view = EffectiveView(buffer, canonical, replayed, canonical)
    return EditBase(replayed, read_header(buffer, replayed), view, draft.tip, canonical)


def effective_text(store: Store, draft_id: str, find: Callable[[EffectiveView], EntityRef]) -> bytes:
    """Returns the effective entity's file, to be edited by hand. Raises StateRefused when there is none."""
    draft = store.find_draft(draft_id)
    view = open_view(store, draft)
    entity = find(view)
    content = entity_file(view, entity)
    if content is None:
        file = draft.file(entity)
        raise no_document(
            view, entity, view.state(entity), deletes=file is not None and file.kind == "delete"
        )
    return content


def find_draft_with_status(
    transaction: Transaction, draft_id: str, statuses: Sequence[DraftStatus]
) -> StoredDraft:
    """Returns the draft. Raises NotFound for an unknown one, StateRefused for one with another status than these."""
    draft = transaction.store.find_draft(draft_id)
    status = read_header(transaction.buffer, draft).status
    if status is DraftStatus.MERGED and status not in statuses and lost_merge(transaction.store, draft):
        raise StateRefused(
            f"draft '{draft_id}' is merged, but {transaction.store.canonical_branch} does not have its merge any more",
            context={"draft": draft_id, "status": status.value, "needed": [s.value for s in statuses]},
            hint=f"gitdraft reopen {draft_id} makes it a draft again, its changes as they were",
        )
    require_status(draft_id, status, statuses)
    return draft


def require_status(draft_id: str, status: DraftStatus, statuses: Sequence[DraftStatus]) -> None:
    """Raises StateRefused unless the draft's status is one of these; its context says which may follow (``allowed``)."""
    if status in statuses:
        return
    submit = f"gitdraft submit {draft_id}" if statuses == (DraftStatus.SUBMITTED,) else None
    way_out = {
        DraftStatus.DRAFT: submit,
        DraftStatus.VALIDATED: submit,
        DraftStatus.MERGED: "a merged draft stays as it is; gitdraft undo takes the merge back",
    }
    raise StateRefused(
        f"draft '{draft_id}' is {status.value}, not {' or '.join(s.value for s in statuses)}",
        context={
            "draft": draft_id,
            "status": status.value,
            "needed": [s.value for s in statuses],
            "allowed": sorted(s.value for s in TRANSITIONS[status]),
        },
        hint=way_out.get(status, f"gitdraft reopen {draft_id}"),
    )


def find_edit_target(edit_base: EditBase, entity: EntityRef) -> EditTarget:
    """Returns one entity of the draft, as it is to be edited."""
    view = edit_base.view
    file = edit_base.draft.file(entity)
    change = None
    if file is not None:
        try:
            change = read_change_file(view.source, file, view.canonical.configuration)
        except InvalidInput:
            change = None  # a malformed file: only dropping it, or replacing it, makes sense
    return edit_target(view, entity, change)


def edit_target(view: EffectiveView, entity: EntityRef, change: Change | None) -> EditTarget:
    """Returns one entity of the view as it is to be edited, where the draft has this change of it, or of the entity that it
    gives this name."""
    canonical = view.canonical.state(entity)
    old = view.old_name(entity)
    if old is not None and isinstance(
        change, Rename
    ):  # what else it does is an edit of the entity under its new name
        change = Update(entity, change.patch) if change.patch else None
        before = view.canonical.document(old)
        rename = under_new_name(view.canonical.configuration, view.canonical.holds, old, entity)
        canonical = Live(rename(before))
    entity_type = view.canonical.configuration.entities[entity.type]
    return EditTarget(view, entity, entity_type, canonical, view.state(entity), change)


def _require_resolved(edit_base: EditBase, entity: EntityRef) -> None:
    canonical = edit_base.view.canonical
    if canonical.commit == edit_base.canonical.commit or not is_touched(
        entity, canonical, edit_base.canonical
    ):
        return
    applied = edit_base.view.applied_change(entity)
    conflicts = () if applied is None else applied.report.conflicts
    raise ConflictError(
        f"canonical changed '{entity}' too, and draft '{edit_base.draft.id}' is in conflict",
        context={
            "entity": str(entity),
            "draft": edit_base.draft.id,
            "conflicts": entity_conflicts_json(
                [(entity, conflict) for conflict in conflicts], draft=edit_base.draft.id
            ),
        },
        hint=f"gitdraft conflicts {edit_base.draft.id} shows it; then gitdraft resolve, or gitdraft drop {entity}",
    )


def _check(
    view: EffectiveView, results: Mapping[EntityRef, EditResult], *, allow_invalid: bool
) -> tuple[Violation, ...]:
    validator = Validator(view.canonical)
    kept = [entity for entity, result in results.items() if result.change is not None]
    changed = [*kept, *(change.target for change in _renamings(results).values())]
    violations = tuple(violation for entity in changed for violation in validator.check_added(view, entity))
    require_no_violations(violations, allow_invalid=allow_invalid)
    return violations


def commit_edits(
    transaction: Transaction,
    edit_base: EditBase,
    results: Mapping[EntityRef, EditResult],
    message: str,
) -> DraftTip:
    """Commits the edited changes to the draft; their resolved conflicts go. A `validated` draft is a `draft` again."""
    buffer, metadata = transaction.buffer, transaction.metadata
    files: dict[str, bytes | None] = {}
    for entity, result in results.items():
        file = edit_base.draft.file(entity)
        if file is not None:
            files |= dict.fromkeys(file.contents)
        if find(buffer, edit_base.draft.tree, resolution_path(entity)) is not None:
            files[resolution_path(entity)] = None
        if result.change is not None:
            files |= write_change(result.change)
    if edit_base.header.status is DraftStatus.VALIDATED:
        files |= header_file(with_status(edit_base.header, DraftStatus.DRAFT, metadata, "edited"))
    return commit_draft(transaction, tip_of(edit_base.draft), edit_base.draft.id, files, message)
