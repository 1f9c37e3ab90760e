"""Edit functions: each makes, of one entity as a draft has it, the change that the draft has next. They write nothing."""

from __future__ import annotations

from collections.abc import Callable

from gitdraft.canonical.redirect import check_redirect_allowed
from gitdraft.documents.diff import diff
from gitdraft.documents.equality import identical
from gitdraft.documents.patch import apply_patch
from gitdraft.documents.patch_form import parse_patch
from gitdraft.documents.rebase import rebase_patch
from gitdraft.documents.serialise import dump_json
from gitdraft.errors import AlreadyExists, ConflictError, GitdraftError, InvalidInput, NotFound, StateRefused
from gitdraft.formats.configuration import EntityType
from gitdraft.formats.keys import fold_key
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.assignments import EditedPlace
from gitdraft.model.changes import Change, Create, Delete, Patch, Redirect, Update
from gitdraft.model.entities import EntityRef
from gitdraft.model.lists import MergeRules
from gitdraft.model.outcomes import Absent, Deleted, EntityState, Live, Redirected
from gitdraft.model.values import JSON
from gitdraft.store.snapshots import folded_keys
from gitdraft.validation.rules.keys import check_identity
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import unknown_entity
from gitdraft.views.guards import entity_deleted, entity_redirected, require_reason


@dataclass(frozen=True, slots=True)
class EditTarget:
    """One entity of a draft as it currently is: on canonical, in the draft, and the change between the two."""

    view: EffectiveView
    entity: EntityRef
    entity_type: EntityType
    canonical: EntityState
    effective: EntityState
    change: Change | None


@dataclass(frozen=True, slots=True)
class EditResult:
    """The draft's change of an entity after an edit (``None``: the entity is as canonical has it), and the state of the
    entity then. ``is_change`` is false when the edit changed nothing. ``places`` is what it did where, if it was made by place.
    ``renamed`` is the entity under the new name that a renaming gives it."""

    change: Change | None
    state: EntityState
    is_change: bool = True
    places: tuple[EditedPlace, ...] = ()
    renamed: Live | None = None


EditFunction = Callable[[EditTarget], EditResult]


def patch_entity(value: JSON) -> EditFunction:
    """Returns the edit that applies an RFC 6902 patch to the effective entity.

    The patch is kept verbatim where it is the draft's first change of the entity, so that its `test` operations go on
    guarding (rule P3).
    """
    patch = parse_patch(value)

    def make(current: EditTarget) -> EditResult:
        return patch_result(current, patch)

    return make


def replace_document(document: JSON) -> EditFunction:
    """Returns the edit that makes the entity this document, by a minimal patch."""

    def make(current: EditTarget) -> EditResult:
        return _result(current, document, None)

    return make


def edit_document(shown: JSON, edited: JSON) -> EditFunction:
    """Returns the edit that turned ``shown`` into ``edited``; what the draft changed meanwhile is merged.

    It raises ConflictError where both wrote the same place.
    """

    def make(current: EditTarget) -> EditResult:
        now = live_document(current)
        if identical(now, shown):
            return _result(current, edited, None)
        rules = current.entity_type.merge_rules
        return _result(current, merge_edit(current.entity, now, shown, edited, rules), None)

    return make


def merge_edit(entity: EntityRef, now: JSON, shown: JSON, edited: JSON, rules: MergeRules) -> JSON:
    """Returns the document as it is ``now`` with the edit that turned ``shown`` into ``edited``. Raises ConflictError where
    both wrote the same place."""
    merged = rebase_patch(shown, now, diff(shown, edited), rules)
    if merged.conflicts:
        paths = [conflict.path for conflict in merged.conflicts]
        raise ConflictError(
            f"'{entity}' was changed meanwhile at {', '.join(paths)}",
            context={"entity": str(entity), "paths": paths},
            hint=f"gitdraft view {entity} shows what it is now",
        )
    return merged.document


def create_entity(document: JSON) -> EditFunction:
    """Returns the edit that creates an entity.

    It raises AlreadyExists when canonical or the draft has the entity, or one that differs in case alone; StateRefused
    when its id has a tombstone (an id is never used again).
    """

    def make(current: EditTarget) -> EditResult:
        _require_absent(current)
        _check_case_collision(current)
        return _result(current, document, None)

    return make


def delete_entity(reason: str) -> EditFunction:
    """Returns the edit that deletes the entity; one that the draft itself created is simply no longer created."""
    require_reason(reason, "a deletion")

    def make(current: EditTarget) -> EditResult:
        live_document(current)
        if not isinstance(current.canonical, Live):
            return EditResult(None, current.canonical)
        return EditResult(Delete(current.entity, reason), Deleted())

    return make


def redirect_entity(target: EntityRef, reason: str, *, repoint: bool = False) -> EditFunction:
    """Returns the edit that redirects the entity to another.

    It raises what ``check_redirect_allowed`` does, and StateRefused for an entity that the draft itself created.
    """
    require_reason(reason, "a redirect")

    def make(current: EditTarget) -> EditResult:
        own = isinstance(current.change, Redirect)
        if isinstance(current.canonical, Absent) and isinstance(current.effective, Live):
            raise StateRefused(
                f"'{current.entity}' is created in this draft: there is nothing to redirect yet",
                code="not-on-canonical",
                context={"entity": str(current.entity)},
                hint=f"gitdraft drop {current.entity}",
            )
        check_redirect_allowed(current.view, current.entity, target, repoint=repoint or own)
        return EditResult(Redirect(current.entity, target, reason), Redirected(target))

    return make


def repoint(target: EntityRef) -> EditFunction:
    """Returns the edit that points the draft's redirect of the entity to ``target``, as its old target is redirected itself."""

    def make(current: EditTarget) -> EditResult:
        assert isinstance(current.change, Redirect)
        return EditResult(replace(current.change, target=target), Redirected(target))

    return make


def replace_change(make: EditFunction) -> EditFunction:
    """Returns the edit that makes the change on the entity as canonical has it, in place of the draft's own change."""

    def remake(current: EditTarget) -> EditResult:
        result = make(replace(current, effective=current.canonical, change=None))
        return replace(result, is_change=result.change != current.change)

    return remake


def drop_change() -> EditFunction:
    """Returns the edit that drops the draft's change of the entity. It raises NotFound when there is none."""

    def make(current: EditTarget) -> EditResult:
        if current.entity not in current.view.changed():
            raise NotFound(
                f"the draft does not change '{current.entity}'",
                context={"entity": str(current.entity)},
                hint="gitdraft show lists its changes",
            )
        return EditResult(None, current.canonical)

    return make


def patch_result(current: EditTarget, patch: Patch, places: tuple[EditedPlace, ...] = ()) -> EditResult:
    """Returns what a patch of the effective entity makes of the draft's change; ``places`` is what it did where."""
    document = live_document(current)
    limits = current.view.canonical.configuration.limits
    before = len(dump_json(document))
    if before > limits.max_bytes:  # it may stay as large as it is, to be shortened
        limits = replace(limits, max_bytes=before)
    result = _result(current, apply_patch(document, patch, limits=limits), patch)
    return replace(result, places=places)


def _result(current: EditTarget, document: JSON, patch: Patch | None) -> EditResult:
    """Returns the change that makes the entity ``document``, which ``patch`` made of the effective one."""
    _check_identity(current, document)
    match current.effective:
        case Live(document=now) if identical(now, document):
            return EditResult(current.change, current.effective, is_change=False)
    if not isinstance(current.canonical, Live):
        return EditResult(Create(current.entity, document), Live(document))
    if identical(current.canonical.document, document):
        return EditResult(None, current.canonical)
    composed = _compose(current.change, patch) or diff(current.canonical.document, document)
    return EditResult(Update(current.entity, composed), Live(document))


def _compose(change: Change | None, patch: Patch | None) -> Patch | None:
    """Returns the patch as it is where it is the first change; appended to a patch where either holds a `test`."""
    if patch is None:
        return None
    if not isinstance(change, Update):
        return patch if change is None else None
    both = change.patch + patch
    return both if any(op["op"] == "test" for op in both) else None


def live_document(current: EditTarget) -> JSON:
    """Returns the effective document. Raises NotFound or StateRefused, as fits, when there is none."""
    if isinstance(current.effective, Live):
        return current.effective.document
    raise no_document(
        current.view, current.entity, current.effective, deletes=isinstance(current.change, Delete)
    )


def no_document(
    view: EffectiveView, entity: EntityRef, state: EntityState, *, deletes: bool
) -> GitdraftError:
    """Returns the error for an entity that is not there to be edited, where the draft itself ``deletes`` it or not."""
    match state:
        case Absent():
            return unknown_entity(view, entity)
        case Redirected(target=target):
            return entity_redirected(entity, target, f"edit '{target}' instead")
    if deletes:
        return StateRefused(
            f"'{entity}' is deleted in this draft",
            code="entity-deleted",
            context={"entity": str(entity)},
            hint=f"gitdraft drop {entity} takes the deletion back",
        )
    return entity_deleted(entity, view.canonical.tombstone(entity))


def _require_absent(current: EditTarget) -> None:
    entity = str(current.entity)
    if isinstance(current.effective, Live):
        where = "" if isinstance(current.canonical, Live) else " in this draft"
        raise AlreadyExists(
            f"entity '{entity}' already exists{where}",
            context={"entity": entity},
            hint=f"change it with gitdraft edit {entity} or gitdraft patch {entity} FILE",
        )
    if not isinstance(current.effective, Absent) or isinstance(current.canonical, Live):
        live_document(current)


def _check_case_collision(current: EditTarget) -> None:
    folded = fold_key(current.entity.key)
    created = {fold_key(e.key): e.key for e in current.view.changed() if e.type == current.entity.type}
    collision = folded_keys(current.view.canonical, current.entity.type).get(folded) or created.get(folded)
    if collision is None or collision == current.entity.key:
        return
    if isinstance(current.view.state(EntityRef(current.entity.type, collision)), Live):
        raise AlreadyExists(
            f"'{current.entity}' differs from '{current.entity.type}/{collision}' in case alone",
            context={"entity": str(current.entity), "existing": f"{current.entity.type}/{collision}"},
            hint="some disks cannot hold both; choose another key",
        )


def _check_identity(current: EditTarget, document: JSON) -> None:
    for violation in check_identity(current.entity_type, current.entity, document):
        missing = violation.rule == "identity/missing"
        raise InvalidInput(
            f"'{current.entity}' {violation.pointer}: {violation.message}",
            code="missing-field" if missing else "invalid-value",
            context={"entity": str(current.entity), "path": violation.pointer},
            hint=f"the member {violation.pointer} must be the key, {current.entity.key!r}",
        )
