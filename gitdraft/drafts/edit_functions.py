"""From an edit to a draft's change of one entity: pure functions from a slot to what it holds next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gitdraft.canonical.redirect import check_redirect_allowed
from gitdraft.documents.diff import diff
from gitdraft.documents.equality import identical
from gitdraft.documents.patch import apply_patch, parse_patch
from gitdraft.documents.pointers import get, parse_pointer
from gitdraft.documents.rebase import rebase_patch
from gitdraft.documents.serialise import dump_json
from gitdraft.errors import AlreadyExists, ConflictError, InvalidInput, NotFound, StateRefused
from gitdraft.formats.configuration import EntityType
from gitdraft.formats.keys import fold_key
from gitdraft.model.changes import Change, Create, Delete, Patch, PatchOp, Redirect, Update
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, Deleted, EntityState, Live, Redirected
from gitdraft.model.values import ABSENT, JSON
from gitdraft.store.snapshots import folded_keys
from gitdraft.validation.rules.keys import check_identity
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import unknown_entity
from gitdraft.views.guards import entity_deleted, entity_redirected, require_reason


@dataclass(frozen=True, slots=True)
class Slot:
    """One entity of a draft: as canonical has it, as the draft has it, and the change between the two."""

    view: EffectiveView
    entity: EntityRef
    kind: EntityType
    canonical: EntityState
    effective: EntityState
    change: Change | None


@dataclass(frozen=True, slots=True)
class Edited:
    """What a slot holds after an edit: the change (``None``: the entity is as canonical has it) and what the
    entity then is. ``is_change`` is false when the edit changed nothing."""

    change: Change | None
    state: EntityState
    is_change: bool = True


EditFunction = Callable[[Slot], Edited]


def set_value(pointer: str, value: JSON) -> EditFunction:
    """Put a value at a pointer: replaced where there is one, added where there is none (`-` appends)."""
    tokens = parse_pointer(pointer)

    def make(slot: Slot) -> Edited:
        document = _live(slot)
        there = tokens and get(document, tokens) is not ABSENT
        op: PatchOp = {"op": "replace" if there or not tokens else "add", "path": pointer, "value": value}
        return _patched(slot, document, (op,))

    return make


def unset_value(pointer: str) -> EditFunction:
    """Remove the value at a pointer."""
    parse_pointer(pointer)

    def make(slot: Slot) -> Edited:
        return _patched(slot, _live(slot), ({"op": "remove", "path": pointer},))

    return make


def patch_entity(value: JSON) -> EditFunction:
    """Apply an RFC 6902 patch to the effective entity. It is kept verbatim where it is the draft's first change
    to the entity, so its `test` operations go on guarding (rule P3)."""
    patch = parse_patch(value)

    def make(slot: Slot) -> Edited:
        return _patched(slot, _live(slot), patch)

    return make


def replace_document(document: JSON) -> EditFunction:
    """Make the entity this document, by a minimal patch."""

    def make(slot: Slot) -> Edited:
        return _became(slot, document, None)

    return make


def edit_document(shown: JSON, edited: JSON) -> EditFunction:
    """Make the edit that turned ``shown`` into ``edited``; what the draft changed meanwhile is merged.

    Raises ConflictError where both wrote the same place.
    """

    def make(slot: Slot) -> Edited:
        now = _live(slot)
        if identical(now, shown):
            return _became(slot, edited, None)
        merged = rebase_patch(shown, now, diff(shown, edited), slot.kind.lists)
        if merged.conflicts:
            paths = [conflict.path for conflict in merged.conflicts]
            raise ConflictError(
                f"'{slot.entity}' was changed meanwhile at {', '.join(paths)}",
                context={"entity": str(slot.entity), "paths": paths},
                hint=f"gitdraft view {slot.entity} shows what it is now",
            )
        return _became(slot, merged.document, None)

    return make


def create_entity(document: JSON) -> EditFunction:
    """A new entity. Raises AlreadyExists when canonical or the draft has it, or one that differs in case alone;
    StateRefused when its id has a tombstone (an id is never used again)."""

    def make(slot: Slot) -> Edited:
        _require_absent(slot)
        _check_case_collision(slot)
        return _became(slot, document, None)

    return make


def delete_entity(reason: str) -> EditFunction:
    """The entity goes; one that the draft itself created is simply no longer created."""
    require_reason(reason, "a deletion")

    def make(slot: Slot) -> Edited:
        _live(slot)
        if not isinstance(slot.canonical, Live):
            return Edited(None, slot.canonical)
        return Edited(Delete(slot.entity, reason), Deleted())

    return make


def redirect_entity(target: EntityRef, reason: str, *, repoint: bool = False) -> EditFunction:
    """The entity gives way to another. Raises what ``check_redirect_allowed`` does, and StateRefused for an entity that the
    draft itself created: there is nothing to redirect yet."""
    require_reason(reason, "a redirect")

    def make(slot: Slot) -> Edited:
        own = isinstance(slot.change, Redirect)
        if isinstance(slot.canonical, Absent) and isinstance(slot.effective, Live):
            raise StateRefused(
                f"'{slot.entity}' is created in this draft: there is nothing to redirect yet",
                code="not-on-canonical",
                context={"entity": str(slot.entity)},
                hint=f"gitdraft drop {slot.entity}",
            )
        check_redirect_allowed(slot.view, slot.entity, target, repoint=repoint or own)
        return Edited(Redirect(slot.entity, target, reason), Redirected(target))

    return make


def repoint(target: EntityRef) -> EditFunction:
    """The draft's redirect of the entity leads to ``target`` from now on: where it led gives way itself."""

    def make(slot: Slot) -> Edited:
        assert isinstance(slot.change, Redirect)
        return Edited(replace(slot.change, target=target), Redirected(target))

    return make


def replace_change(make: EditFunction) -> EditFunction:
    """Make the change on the entity as canonical has it, in place of what the draft has."""

    def remake(slot: Slot) -> Edited:
        edited = make(replace(slot, effective=slot.canonical, change=None))
        return replace(edited, is_change=edited.change != slot.change)

    return remake


def drop_change() -> EditFunction:
    """The draft no longer changes the entity. Raises NotFound when it did not."""

    def make(slot: Slot) -> Edited:
        if slot.entity not in slot.view.changed():
            raise NotFound(
                f"the draft does not change '{slot.entity}'",
                context={"entity": str(slot.entity)},
                hint="gitdraft show lists its changes",
            )
        return Edited(None, slot.canonical)

    return make


def _patched(slot: Slot, document: JSON, patch: Patch) -> Edited:
    return _became(slot, apply_patch(document, patch, limits=slot.view.canonical.configuration.limits), patch)


def _became(slot: Slot, document: JSON, patch: Patch | None) -> Edited:
    """The slot with the entity as ``document``, which ``patch`` made of the effective one."""
    _check_identity(slot, document)
    _check_size(slot, document)
    match slot.effective:
        case Live(document=now) if identical(now, document):
            return Edited(slot.change, slot.effective, is_change=False)
    if not isinstance(slot.canonical, Live):
        return Edited(Create(slot.entity, document), Live(document))
    if identical(slot.canonical.document, document):
        return Edited(None, slot.canonical)
    composed = _compose(slot.change, patch) or diff(slot.canonical.document, document)
    return Edited(Update(slot.entity, composed), Live(document))


def _compose(change: Change | None, patch: Patch | None) -> Patch | None:
    """The patch as it is where it is the first change; appended to a patch where either holds a `test`."""
    if patch is None:
        return None
    if not isinstance(change, Update):
        return patch if change is None else None
    both = change.patch + patch
    return both if any(op["op"] == "test" for op in both) else None


def _live(slot: Slot) -> JSON:
    """The effective document. Raises what fits when there is none."""
    match slot.effective:
        case Live(document=document):
            return document
        case Absent():
            raise unknown_entity(slot.view, slot.entity)
        case Redirected(target=target):
            raise entity_redirected(slot.entity, target, f"edit '{target}' instead")
        case Deleted() if isinstance(slot.change, Delete):
            raise StateRefused(
                f"'{slot.entity}' is deleted in this draft",
                code="entity-deleted",
                context={"entity": str(slot.entity)},
                hint=f"gitdraft drop {slot.entity} takes the deletion back",
            )
        case Deleted():
            raise entity_deleted(slot.entity, slot.view.canonical.tombstone(slot.entity))
    raise AssertionError(slot.effective)


def _require_absent(slot: Slot) -> None:
    entity = str(slot.entity)
    if isinstance(slot.effective, Live):
        where = "" if isinstance(slot.canonical, Live) else " in this draft"
        raise AlreadyExists(
            f"entity '{entity}' already exists{where}",
            context={"entity": entity},
            hint=f"change it with gitdraft edit {entity} or gitdraft patch {entity} FILE",
        )
    if not isinstance(slot.effective, Absent) or isinstance(slot.canonical, Live):
        _live(slot)


def _check_case_collision(slot: Slot) -> None:
    folded = fold_key(slot.entity.key)
    mine = {fold_key(e.key): e.key for e in slot.view.changed() if e.type == slot.entity.type}
    twin = folded_keys(slot.view.canonical, slot.entity.type).get(folded) or mine.get(folded)
    if twin is None or twin == slot.entity.key:
        return
    if isinstance(slot.view.state(EntityRef(slot.entity.type, twin)), Live):
        raise AlreadyExists(
            f"'{slot.entity}' differs from '{slot.entity.type}/{twin}' in case alone",
            context={"entity": str(slot.entity), "existing": f"{slot.entity.type}/{twin}"},
            hint="some disks cannot hold both; choose another key",
        )


def _check_size(slot: Slot, document: JSON) -> None:
    """Refuse what could be written and not read again: the limit is that of the file."""
    most = slot.view.canonical.configuration.limits.max_bytes
    if len(dump_json(document)) > most:
        raise InvalidInput(
            f"'{slot.entity}' would be larger than {most:,} bytes",
            code="too-large",
            context={"entity": str(slot.entity), "max_bytes": most},
            hint="gitdraft.yaml may raise it: limits: {max_bytes: …}",
        )


def _check_identity(slot: Slot, document: JSON) -> None:
    for violation in check_identity(slot.kind, slot.entity, document):
        missing = violation.rule == "identity/missing"
        raise InvalidInput(
            f"'{slot.entity}' {violation.pointer}: {violation.message}",
            code="missing-field" if missing else "invalid-value",
            context={"entity": str(slot.entity), "path": violation.pointer},
            hint=f"the member {violation.pointer} must be the key, {slot.entity.key!r}",
        )
