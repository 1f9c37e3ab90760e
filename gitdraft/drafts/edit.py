"""Edits of a draft: one commit on its branch, checked before it is made.

An edit is made on the effective view at canonical's tip, so a draft that canonical has moved away from is
first carried to the tip, in the same operation. A draft that cannot be carried (a conflict, a broken patch)
takes edits on its old base, of the entities that canonical left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gitdraft.drafts.diff import entity_file
from gitdraft.drafts.edit_functions import Edited, MakeChange, Slot, send_on
from gitdraft.errors import ConflictError, InvalidInput, StateRefused
from gitdraft.formats.changes import write_change
from gitdraft.formats.paths import resolution_path
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.trees import find
from gitdraft.model.drafts import TRANSITIONS, DraftHeader, DraftStatus, with_status
from gitdraft.model.entities import EntityRef
from gitdraft.model.occasions import Occasion
from gitdraft.model.operations import RefMove
from gitdraft.model.rebasing import Redirected
from gitdraft.model.reports import EditReport
from gitdraft.model.violations import Violation
from gitdraft.rebase.rebase import carry
from gitdraft.store.change_files import read_change_file
from gitdraft.store.concerning import is_touched
from gitdraft.store.drafts import StoredDraft, read_draft, read_header
from gitdraft.store.replaying import DraftTip, commit_draft, header_file, tip_of
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot, take_snapshot
from gitdraft.store.writing import Plan
from gitdraft.validation.validator import Validator, refuse_violations
from gitdraft.views.effective_view import EffectiveView, open_view
from gitdraft.views.guards import refuse_protected
from gitdraft.views.revisions import refuse_other_revision

EDITABLE = (DraftStatus.DRAFT, DraftStatus.VALIDATED)
OPEN = (*EDITABLE, DraftStatus.SUBMITTED)


@dataclass(frozen=True, slots=True)
class Edit:
    """One entity, and how its slot in the draft changes.

    ``settles`` says that it may be made where draft and canonical are in conflict (the change is dropped).
    """

    entity: EntityRef
    make: MakeChange
    settles: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a draft is edited: the draft as it stands there, and its view.

    ``stored`` is the tip its branch has now. ``canonical`` is canonical's tip; the view stands on the draft's
    old base instead when the draft cannot be carried.
    """

    draft: StoredDraft
    header: DraftHeader
    view: EffectiveView
    stored: str
    canonical: Snapshot

    @property
    def is_carried(self) -> bool:
        """Whether the draft has been moved to canonical's tip to be edited."""
        return self.draft.tip != self.stored


def plan_edits(
    store: Store,
    occasion: Occasion,
    draft_id: str,
    edits: Callable[[EffectiveView], Sequence[Edit]],
    message: str,
    *,
    allow_invalid: bool = False,
    expect: int | None = None,
) -> Plan[EditReport]:
    """The edits as one commit on the draft; no commit when they change nothing.

    ``edits`` gets the effective view on which they are made. Raises NotFound for an unknown draft,
    StateRefused when its status takes no edits, ConflictError when canonical changed an entity that is edited
    and the draft cannot be carried, PolicyViolation when a result breaks its schema or a reference (unless
    ``allow_invalid``), Moved when an entity's revision on canonical is not the ``expect``ed one, and what the
    edits raise.
    """
    buffer = ObjectBuffer(store.git)
    ground = find_ground(store, buffer, draft_id, occasion)
    made: dict[EntityRef, Edited] = {}
    for edit in edits(ground.view):
        refuse_other_revision(store, edit.entity, expect)
        if not edit.settles:
            _refuse_unsettled(ground, edit.entity)
            refuse_protected(ground.canonical, edit.entity)
        edited = edit.make(find_slot(ground, edit.entity))
        if edited.is_change:
            made[edit.entity] = edited
    view = ground.view.with_overrides({entity: edited.standing for entity, edited in made.items()})
    violations = _check(view, made, allow_invalid=allow_invalid)
    tip = commit_edits(buffer, ground, made, occasion, message) if made else tip_of(ground.draft)
    shown = tuple(view.show(entity) for entity in sorted(made))
    moves = (RefMove(ground.draft.ref, ground.stored, tip.commit),) if made else ()
    report = EditReport(draft_id, tip.commit if made else ground.stored, shown, violations, ground.is_carried)
    return Plan(report, buffer, moves, f"{draft_id}: {message.splitlines()[0]}")


def redirect_edits(view: EffectiveView, source: EntityRef, target: EntityRef, make: MakeChange) -> list[Edit]:
    """The edit that redirects ``source``, and those that send on the draft's own redirects to it."""
    edits = [Edit(source, make)]
    for entity in view.changed():
        if entity != source and view.standing(entity) == Redirected(source):
            edits.append(Edit(entity, send_on(target)))
    return edits


def find_ground(
    store: Store,
    buffer: ObjectBuffer,
    draft_id: str,
    occasion: Occasion,
    leaving: EntityRef | None = None,
) -> Ground:
    """Where the draft is edited: on canonical's tip if it can be carried there, else on its base.

    The change of the entity that is ``leaving`` the draft stands in the way of nothing.
    """
    draft = store.find_draft(draft_id)
    header = read_header(buffer, draft)
    refuse_status(draft_id, header.status, EDITABLE)
    onto = store.snapshot(buffer)
    base = take_snapshot(buffer, draft.base, onto.configuration)
    if draft.base == onto.commit:
        return Ground(draft, header, EffectiveView(buffer, onto, draft, base), draft.tip, onto)
    view = EffectiveView(buffer, onto, draft, base)
    judged = [
        judged
        for entity in view.changed()
        if entity != leaving and (judged := view.judged(entity)) is not None
    ]
    if not all(change.is_carried for change in judged):
        return Ground(draft, header, EffectiveView(buffer, base, draft, base), draft.tip, onto)
    tip = carry(buffer, draft, header, judged, onto, occasion)
    carried = read_draft(buffer, draft_id, draft.ref, tip.commit)
    view = EffectiveView(buffer, onto, carried, onto)
    return Ground(carried, read_header(buffer, carried), view, draft.tip, onto)


def effective_text(store: Store, draft_id: str, find: Callable[[EffectiveView], EntityRef]) -> bytes:
    """The effective entity's file, to be edited by hand. Raises StateRefused when there is none."""
    view = open_view(store, store.find_draft(draft_id))
    entity = find(view)
    content = entity_file(view, entity)
    if content is None:
        raise StateRefused(
            f"'{entity}' is deleted in draft '{draft_id}'",
            code="entity-deleted",
            context={"entity": str(entity)},
            hint=f"gitdraft drop {entity} takes the deletion back",
        )
    return content


def refuse_status(draft_id: str, status: DraftStatus, wanted: Sequence[DraftStatus]) -> None:
    """Raise StateRefused unless the draft's status is one of ``wanted``; its context says which may follow
    (``allowed``)."""
    if status in wanted:
        return
    way_out = {
        DraftStatus.DRAFT: f"gitdraft submit {draft_id}",
        DraftStatus.VALIDATED: f"gitdraft submit {draft_id}",
        DraftStatus.MERGED: "a merged draft stays as it is; gitdraft undo takes the merge back",
    }
    raise StateRefused(
        f"draft '{draft_id}' is {status.value}, not {' or '.join(s.value for s in wanted)}",
        context={
            "draft": draft_id,
            "status": status.value,
            "needed": [s.value for s in wanted],
            "allowed": sorted(s.value for s in TRANSITIONS[status]),
        },
        hint=way_out.get(status, f"gitdraft reopen {draft_id}"),
    )


def find_slot(ground: Ground, entity: EntityRef) -> Slot:
    """One entity of the draft, as it is to be edited."""
    view = ground.view
    kind = view.onto.configuration.entities[entity.type]
    file = ground.draft.file(entity)
    change = None
    if file is not None:
        try:
            change = read_change_file(view.source, file, view.onto.configuration)
        except InvalidInput:
            change = None  # a malformed file: only dropping it, or replacing it, makes sense
    return Slot(view, entity, kind, view.onto.standing(entity), view.standing(entity), change)


def _refuse_unsettled(ground: Ground, entity: EntityRef) -> None:
    onto = ground.view.onto
    if onto.commit == ground.canonical.commit or not is_touched(entity, onto, ground.canonical):
        return
    raise ConflictError(
        f"canonical changed '{entity}' too, and draft '{ground.draft.id}' is in conflict",
        context={"entity": str(entity), "draft": ground.draft.id},
        hint=f"gitdraft conflicts {ground.draft.id} shows it; then gitdraft resolve, or gitdraft drop {entity}",
    )


def _check(
    view: EffectiveView, made: Mapping[EntityRef, Edited], *, allow_invalid: bool
) -> tuple[Violation, ...]:
    validator = Validator(view.onto)
    changed = [entity for entity, edited in made.items() if edited.change is not None]
    violations = tuple(found for entity in changed for found in validator.check(view, entity))
    if not allow_invalid:
        refuse_violations(violations)
    return violations


def commit_edits(
    buffer: ObjectBuffer,
    ground: Ground,
    made: Mapping[EntityRef, Edited],
    occasion: Occasion,
    message: str,
) -> DraftTip:
    """The edited slots as one commit on the draft; their answered conflicts go. A `validated` draft is a `draft`
    again."""
    files: dict[str, bytes | None] = {}
    for entity, edited in made.items():
        file = ground.draft.file(entity)
        if file is not None:
            files[file.path] = None
        if find(buffer, ground.draft.tree, resolution_path(entity)) is not None:
            files[resolution_path(entity)] = None
        if edited.change is not None:
            path, content = write_change(edited.change)
            files[path] = content
    if ground.header.status is DraftStatus.VALIDATED:
        files |= header_file(with_status(ground.header, DraftStatus.DRAFT, occasion, "edited"))
    return commit_draft(buffer, tip_of(ground.draft), ground.draft.id, files, occasion, message)
