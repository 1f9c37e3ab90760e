"""Edits of a draft: one commit on its branch each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict, Unpack

from gitdraft.api.session import Session
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.assignments import Assignment
from gitdraft.model.changes import PatchOp
from gitdraft.model.reports import EditReport
from gitdraft.model.revisions import Expected
from gitdraft.model.values import JSON

if TYPE_CHECKING:
    from gitdraft.drafts.edit import Edit
    from gitdraft.drafts.edit_functions import EditFunction
    from gitdraft.views.effective_view import EffectiveView


class EditOptions(TypedDict, total=False):
    """What every edit takes.

    ``allow_invalid`` saves what breaks its schema or a reference; ``expect`` refuses (Moved) when the entity's revision
    on canonical is another (0: it is not there); ``replace`` makes the edit on the entity as canonical has it, in place
    of the change that the draft has; ``message`` is the commit's; with ``dry_run`` nothing is written.
    """

    allow_invalid: bool
    expect: Expected | None
    replace: bool
    message: str | None
    dry_run: bool


@dataclass(frozen=True, slots=True)
class EditableDraft:
    """A draft, by its id, and the edits of it. Raises of every edit: NotFound for an unknown entity with the nearest
    name, StateRefused where the draft's status or the entity's protection does not allow it, PolicyViolation where the
    result breaks a schema or a reference."""

    session: Session
    id: str

    def set(self, entity: str, pointer: str, value: JSON, **options: Unpack[EditOptions]) -> EditReport:
        """Puts a value at a pointer of an entity (RFC 6901; a last token `-` appends to a list)."""
        from gitdraft.drafts.assign import set_value

        return self._edit("set", entity, set_value(pointer, value), f"Set {entity} {pointer}", options)

    def assign(
        self, entity: str, assignments: Sequence[Assignment], **options: Unpack[EditOptions]
    ) -> EditReport:
        """Carries out what a person typed, in one commit: values keep the kind that their places have by the schema or by
        what is there, and lists grow and shrink by an element. Raises InvalidInput for a value that is not JSON where it
        has to be, PatchDoesNotApply for a place that is not there."""
        from gitdraft.drafts.assign import assign

        places = ", ".join(assignment.place for assignment in assignments)
        return self._edit("set", entity, assign(assignments), f"Set {entity} {places}".strip(), options)

    def unset(self, entity: str, pointer: str, **options: Unpack[EditOptions]) -> EditReport:
        """Removes what is at a pointer of an entity."""
        from gitdraft.drafts.assign import unset_value

        return self._edit("unset", entity, unset_value(pointer), f"Unset {entity} {pointer}", options)

    def patch(
        self, entity: str, patch: Sequence[PatchOp] | JSON, **options: Unpack[EditOptions]
    ) -> EditReport:
        """Applies an RFC 6902 patch to an entity as the draft has it. Raises InvalidInput for what is no patch,
        PatchDoesNotApply."""
        from gitdraft.drafts.edit_functions import patch_entity

        value = list(patch) if isinstance(patch, tuple) else patch
        return self._edit("patch", entity, patch_entity(value), f"Patch {entity}", options)

    def create(self, entity: str, document: JSON, **options: Unpack[EditOptions]) -> EditReport:
        """Creates an entity. Raises AlreadyExists where there is one, or one that differs in case alone."""
        from gitdraft.drafts.edit import Edit
        from gitdraft.drafts.edit_functions import create_entity
        from gitdraft.views.entity_names import parse_entity

        make = create_entity(dict(document) if isinstance(document, Mapping) else document)

        def edits(view: EffectiveView) -> list[Edit]:
            return [Edit(parse_entity(view.canonical.configuration, entity), make)]

        return self._commit("create", edits, f"Create {entity}", options)

    def edit(self, entity: str, shown: bytes, edited: bytes, **options: Unpack[EditOptions]) -> EditReport:
        """Makes the edit that turned the file ``shown`` (as ``text`` gave it) into ``edited``, as a minimal patch; what
        the draft changed meanwhile is merged. Raises ConflictError where both wrote the same place."""
        from gitdraft.documents.parse import read_document
        from gitdraft.drafts.edit_functions import edit_document

        limits = self.session.store.snapshot().configuration.limits
        before, after = (read_document(text, limits=limits, source=entity) for text in (shown, edited))
        return self._edit("edit", entity, edit_document(before, after), f"Edit {entity}", options)

    def delete(self, entity: str, reason: str, **options: Unpack[EditOptions]) -> EditReport:
        """Proposes that an entity goes."""
        from gitdraft.drafts.edit_functions import delete_entity

        return self._edit("delete", entity, delete_entity(reason), f"Delete {entity}", options)

    def redirect(
        self, entity: str, target: str, reason: str, *, repoint: bool = False, **options: Unpack[EditOptions]
    ) -> EditReport:
        """Proposes that an entity is redirected to another of its type; with ``repoint`` even one that is redirected
        already."""
        from gitdraft.drafts.edit import redirect_edits
        from gitdraft.drafts.edit_functions import redirect_entity
        from gitdraft.views.entity_names import find_entity, name_entity

        def edits(view: EffectiveView) -> list[Edit]:
            source, end = find_entity(view, entity), name_entity(view, target)
            return redirect_edits(view, source, end, redirect_entity(end, reason, repoint=repoint))

        return self._commit("redirect", edits, f"Redirect {entity} to {target}", options)

    def rename(
        self, entity: str, target: str, *, redirect: bool = True, **options: Unpack[EditOptions]
    ) -> EditReport:
        """Proposes another id for an entity; those that name it name it so, and the old id redirects to it unless ``redirect``
        is false. Raises AlreadyExists for an id that is taken."""
        from gitdraft.drafts.edit import Edit
        from gitdraft.drafts.rename import renaming_edits
        from gitdraft.views.entity_names import find_entity, sibling

        def edits(view: EffectiveView) -> list[Edit]:
            source = find_entity(view, entity)
            end = sibling(view.canonical.configuration, source, target)
            return [Edit(*edit) for edit in renaming_edits(view, source, end, redirect=redirect)]

        return self._commit("entity rename", edits, f"Rename {entity} to {target}", options)

    def edit_all(
        self,
        query: str,
        *,
        patch: Sequence[PatchOp] | JSON = None,
        assignments: Sequence[Assignment] = (),
        most: int | None = None,
        **options: Unpack[EditOptions],
    ) -> EditReport:
        """Makes one edit, an RFC 6902 ``patch`` or what a person typed, of all entities that a query matches as the draft has
        them, in one commit. Raises InvalidInput (``invalid-query``, ``too-many-changes`` where more than ``most`` match), NotFound
        where none matches, and, naming the entity, what the edit raises: then none is edited."""
        from gitdraft.drafts.assign import assign
        from gitdraft.drafts.edit_all import edits_of_matches
        from gitdraft.drafts.edit_functions import patch_entity

        value = list(patch) if isinstance(patch, tuple) else patch
        make = assign(assignments) if value is None else patch_entity(value)
        return self._commit("edit-all", edits_of_matches(query, make, most), f"Edit all of {query}", options)

    def drop(self, entity: str, **options: Unpack[EditOptions]) -> EditReport:
        """Takes an entity out of the draft: it is again as canonical has it, conflict or not."""
        from gitdraft.drafts.edit import Edit
        from gitdraft.drafts.rename import dropping_edits
        from gitdraft.views.entity_names import find_entity

        def edits(view: EffectiveView) -> list[Edit]:
            return [Edit(*edit, True) for edit in dropping_edits(view, find_entity(view, entity))]

        return self._commit("drop", edits, f"Drop {entity}", options)

    def text(self, entity: str) -> bytes:
        """Returns the entity's file as the draft has it, to be edited by hand. Raises StateRefused where there is
        none."""
        from gitdraft.drafts.edit import effective_text
        from gitdraft.views.entity_names import find_entity

        return effective_text(self.session.store, self.id, lambda view: find_entity(view, entity))

    def blank(self, entity: str) -> bytes:
        """Returns a file to begin a new entity with: its id, and what its schema requires, empty. Raises InvalidInput for a bad
        key, NotFound for an unknown type."""
        from gitdraft.documents.serialise import dump_json
        from gitdraft.validation.schema_places import blank_document
        from gitdraft.views.entity_names import parse_entity

        canonical = self.session.store.snapshot()
        return dump_json(blank_document(canonical, parse_entity(canonical.configuration, entity)))

    def _edit(
        self, command: str, entity: str, make: EditFunction, message: str, options: EditOptions
    ) -> EditReport:
        from gitdraft.drafts.edit import Edit
        from gitdraft.views.entity_names import find_entity

        return self._commit(command, lambda view: [Edit(find_entity(view, entity), make)], message, options)

    def _commit(
        self,
        command: str,
        edits: Callable[[EffectiveView], Sequence[Edit]],
        message: str,
        options: EditOptions,
    ) -> EditReport:
        from gitdraft.drafts.edit import EditChecks, plan_edits
        from gitdraft.drafts.edit_functions import replace_change

        def replacing(view: EffectiveView) -> list[Edit]:
            first, *others = edits(view)
            return [replace(first, make=replace_change(first.make)), *others]

        checks = EditChecks(options.get("allow_invalid", False), options.get("expect"))
        chosen = replacing if options.get("replace", False) else edits
        return self.session.run(
            command,
            lambda transaction: plan_edits(
                transaction,
                self.id,
                chosen,
                options.get("message") or message,
                checks,
            ),
            dry_run=options.get("dry_run", False),
        )
