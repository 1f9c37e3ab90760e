"""The library: what the commands are made of, without click or a terminal.

A :class:`Repository` acts for somebody (by default whom git is configured for), now. Every method that changes
something is one operation of the log; ``undo`` takes it back.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, TypedDict, Unpack

from gitdraft.api.canonical import Canonical
from gitdraft.api.session import Session
from gitdraft.api.undo import UndoReport, plan_undo
from gitdraft.drafts.create import NewDraft, plan_new, plan_new_from, plan_new_onto, subject_of
from gitdraft.drafts.edit import Edit, EditChecks, plan_edits, redirect_edits
from gitdraft.drafts.edit_functions import (
    EditFunction,
    create_entity,
    delete_entity,
    drop_change,
    patch_entity,
    redirect_entity,
    set_value,
    unset_value,
)
from gitdraft.drafts.impact import Classification, classify
from gitdraft.drafts.lifecycle import (
    StatusReport,
    ValidationReport,
    plan_reject,
    plan_reopen,
    plan_submit,
    plan_validate,
    plan_withdraw,
)
from gitdraft.drafts.merge import plan_merge
from gitdraft.drafts.overlaps import Overlap, find_overlaps
from gitdraft.drafts.resolve import (
    ResolveReport,
    canonical_side,
    conflicts_of,
    draft_side,
    plan_resolve,
)
from gitdraft.model.actors import Actor
from gitdraft.model.changes import PatchOp
from gitdraft.model.drafts import DraftHeader, DraftStatus
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.operations import Operation
from gitdraft.model.reports import (
    ChangeStatus,
    DraftSummary,
    EditReport,
    EntityView,
    MergeReport,
    RebaseReport,
)
from gitdraft.model.values import JSON
from gitdraft.model.violations import Violation
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.rebase.stack import plan_stand_alone
from gitdraft.store.drafts import read_header
from gitdraft.store.operation_log import read_log
from gitdraft.store.repository import Store, open_store
from gitdraft.sync.sync import SyncReport, pull, push_drafts, sync
from gitdraft.validation.commits import validate_canonical
from gitdraft.views.effective_view import EffectiveView, open_overlay, view_at
from gitdraft.views.entity_names import find_entity, name_entity, parse_entity
from gitdraft.views.inheritance import (
    EffectiveMembers,
    InheritanceImpact,
    effective_members,
    inheritance_impact,
)
from gitdraft.views.references import References, references_of
from gitdraft.views.summaries import summarise_drafts

OneOrMore: TypeAlias = "Draft | str | Sequence[Draft | str] | None"
"""A draft or its id; several, each over those before it; none: canonical."""


@dataclass(frozen=True, slots=True)
class Repository:
    """An open repository, and who acts on it."""

    session: Session

    @property
    def store(self) -> Store:
        """Where it lies."""
        return self.session.store

    @property
    def canonical(self) -> Canonical:
        """What is done on canonical at once, without a draft."""
        return Canonical(self.session)

    @property
    def drafts(self) -> Drafts:
        """The drafts."""
        return Drafts(self)

    def view(self, entity: str, draft: OneOrMore = None, at: str | None = None) -> EntityView:
        """The entity as canonical has it (at its tip, or at the commit ``at``), or as a draft would, or several drafts
        one over another.

        Raises NotFound with the nearest name.
        """
        view = view_at(self.store, at) if at is not None else self._view(draft)
        return view.show(find_entity(view, entity))

    def entities(
        self, entity_type: str | None = None, draft: OneOrMore = None
    ) -> Iterator[tuple[EntityRef, ChangeStatus]]:
        """The entities with their change status, sorted; those that a draft deletes too."""
        return self._view(draft).entities(None if entity_type is None else (entity_type,))

    def references(self, entity: str, draft: Draft | str | None = None) -> References:
        """Whom the entity names, who names it, and what open drafts would change in that."""
        view = self._view(draft)
        return references_of(self.store, view, find_entity(view, entity))

    def effective(self, entity: str, draft: Draft | str | None = None) -> EffectiveMembers:
        """The members that the entity has and inherits, each as canonical and as the draft has it."""
        view = self._view(draft)
        return effective_members(view, find_entity(view, entity))

    def impact(self, draft: Draft | str) -> InheritanceImpact:
        """The entities whose effective members the draft changes, and through whom."""
        return inheritance_impact(self._view(draft))

    def overlaps(self, draft: Draft | str | None = None) -> Iterator[Overlap]:
        """The entities that more than one open draft (or this one and another) changes, and which pairs of them would
        be in conflict if both were merged."""
        return find_overlaps(self.store, draft.id if isinstance(draft, Draft) else draft)

    def rebase(
        self, drafts: Sequence[str] | None = None, *, everything: bool = False, dry_run: bool = False
    ) -> RebaseReport:
        """Carry the open drafts, or those named, to canonical's tip."""
        return self.session.run(
            "rebase",
            lambda transaction: plan_rebase(transaction, drafts, everything=everything),
            dry_run=dry_run,
        )

    def pull(self, remote: str | None = None, *, dry_run: bool = False) -> SyncReport:
        """Take what the remote has and bring it together with what is here."""
        return pull(self.store, self.session.metadata, remote, dry_run=dry_run)

    def push(
        self, drafts: Sequence[str] = (), remote: str | None = None, *, dry_run: bool = False
    ) -> SyncReport:
        """Give canonical and all drafts, or those named, to the remote."""
        return push_drafts(self.store, drafts, remote, dry_run=dry_run)

    def sync(self, remote: str | None = None) -> SyncReport:
        """Pull, then push."""
        return sync(self.store, self.session.metadata, remote)

    def validate(self) -> tuple[Violation, ...]:
        """All violations of canonical, warnings too."""
        return validate_canonical(self.store, with_warnings=True).violations

    def operations(self) -> Iterator[Operation]:
        """The operations, newest first."""
        return (entry.operation for entry in read_log(self.store.git))

    def undo(self, operation: str | None = None) -> UndoReport:
        """Take back an operation, or the latest that is not taken back yet."""
        return self.session.do("undo", lambda _: plan_undo(self.store, operation))

    def _view(self, draft: OneOrMore) -> EffectiveView:
        drafts = [] if draft is None else [draft] if isinstance(draft, Draft | str) else draft
        ids = dict.fromkeys(found if isinstance(found, str) else found.id for found in drafts)
        return open_overlay(self.store, [self.store.find_draft(draft_id) for draft_id in ids])


@dataclass(frozen=True, slots=True)
class Drafts:
    """The drafts of a repository."""

    repository: Repository

    def __iter__(self) -> Iterator[DraftSummary]:
        return iter(summarise_drafts(self.repository.store))

    def __getitem__(self, draft_id: str) -> Draft:
        self.repository.store.find_draft(draft_id)
        return Draft(self.repository, draft_id)

    def new(
        self,
        title: str,
        *,
        draft_id: str | None = None,
        description: str = "",
        source: str = "library",
        onto: str | None = None,
    ) -> Draft:
        """A new draft on canonical's tip, or ``canonical`` another draft, which it then follows."""
        wanted = NewDraft(title, draft_id, description, source)
        report = self.repository.session.run(
            "new",
            lambda transaction: (
                plan_new(transaction, wanted) if onto is None else plan_new_onto(transaction, wanted, onto)
            ),
        )
        return Draft(self.repository, report.id)

    def new_from(
        self,
        revision: str,
        title: str | None = None,
        *,
        draft_id: str | None = None,
        allow_invalid: bool = False,
    ) -> Draft:
        """A new draft of the entity files that a branch or commit changed since it left canonical."""
        store = self.repository.store
        wanted = NewDraft(title or subject_of(store, revision), draft_id, source="library")
        report = self.repository.session.run(
            "new",
            lambda transaction: plan_new_from(transaction, wanted, revision, allow_invalid=allow_invalid),
        )
        return Draft(self.repository, report.id)


class EditOptions(TypedDict, total=False):
    """``allow_invalid`` saves what breaks its schema or a reference; ``expect`` refuses (Moved) when the entity's
    revision on canonical is another."""

    allow_invalid: bool
    expect: int | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft, by its id; each call looks at where it stands then."""

    repository: Repository
    id: str

    @property
    def header(self) -> DraftHeader:
        """What the draft says of itself."""
        store = self.repository.store
        return read_header(store.git, store.find_draft(self.id))

    @property
    def status(self) -> DraftStatus:
        """Where the draft is on its way."""
        return self.header.status

    def set(self, entity: str, pointer: str, value: JSON, **options: Unpack[EditOptions]) -> EditReport:
        """Put a value at a pointer of an entity."""
        return self._edit(entity, set_value(pointer, value), f"Set {entity} {pointer}", **options)

    def unset(self, entity: str, pointer: str, **options: Unpack[EditOptions]) -> EditReport:
        """Remove what is at a pointer of an entity."""
        return self._edit(entity, unset_value(pointer), f"Unset {entity} {pointer}", **options)

    def patch(self, entity: str, patch: Sequence[PatchOp], **options: Unpack[EditOptions]) -> EditReport:
        """Apply an RFC 6902 patch to an entity as the draft has it."""
        return self._edit(entity, patch_entity(list(patch)), f"Patch {entity}", **options)

    def create(self, entity: str, document: Mapping[str, JSON], **options: Unpack[EditOptions]) -> EditReport:
        """Create an entity."""
        return self._edit(entity, create_entity(dict(document)), f"Create {entity}", creates=True, **options)

    def delete(self, entity: str, reason: str, **options: Unpack[EditOptions]) -> EditReport:
        """Propose that an entity goes."""
        return self._edit(entity, delete_entity(reason), f"Delete {entity}", **options)

    def redirect(
        self, entity: str, target: str, reason: str, *, repoint: bool = False, **options: Unpack[EditOptions]
    ) -> EditReport:
        """Propose that an entity gives way to another."""

        def edits(view: EffectiveView) -> list[Edit]:
            source, to = find_entity(view, entity), name_entity(view, target)
            return redirect_edits(view, source, to, redirect_entity(to, reason, repoint=repoint))

        return self._plan_edits(edits, f"Redirect {entity} to {target}", **options)

    def drop(self, entity: str) -> EditReport:
        """Take an entity out of the draft."""
        return self._edit(entity, drop_change(), f"Drop {entity}", settles=True)

    def view(self, entity: str) -> EntityView:
        """An entity as the draft would have it."""
        return self.repository.view(entity, draft=self)

    def conflicts(self) -> list[tuple[EntityRef, Conflict]]:
        """What draft and canonical both changed."""
        return conflicts_of(self.repository._view(self))

    def resolve(self, entity: str, pointer: str | None = None, *, take: str) -> ResolveReport:
        """Answer a conflict, or all of an entity, by one side: `draft` or `canonical`."""
        answers = {"draft": draft_side, "canonical": canonical_side}
        found = find_entity(self.repository._view(self), entity)
        return self.repository.session.run(
            "resolve", lambda transaction: plan_resolve(transaction, self.id, found, pointer, answers[take])
        )

    def rebase(self) -> RebaseReport:
        """Carry this draft to canonical's tip."""
        return self.repository.rebase([self.id])

    def stand_alone(self) -> str:
        """Off the draft that it stands on, without that one's changes; the new tip."""
        return self.repository.session.run(
            "rebase", lambda transaction: plan_stand_alone(transaction, self.id)
        )

    def validate(self) -> ValidationReport:
        """All violations of the draft; a sound one becomes `validated`."""
        return self.repository.session.run(
            "validate", lambda transaction: plan_validate(transaction, self.id)
        )

    def classify(self) -> Classification:
        """Whether the draft is breaking, additive or cosmetic, and why."""
        return classify(self.repository._view(self))

    def submit(self) -> StatusReport:
        """Hand the draft in."""
        return self.repository.session.run("submit", lambda transaction: plan_submit(transaction, self.id))

    def merge(self, message: str | None = None) -> MergeReport:
        """Bring the submitted draft into canonical."""
        return self.repository.session.run(
            "merge", lambda transaction: plan_merge(transaction, self.id, message)
        )

    def reject(self, reason: str) -> StatusReport:
        """Turn the submitted draft down."""
        return self.repository.session.run(
            "reject", lambda transaction: plan_reject(transaction, self.id, reason)
        )

    def withdraw(self, reason: str | None = None) -> StatusReport:
        """Take the draft back."""
        return self.repository.session.run(
            "withdraw", lambda transaction: plan_withdraw(transaction, self.id, reason)
        )

    def reopen(self) -> StatusReport:
        """Make the draft editable again."""
        return self.repository.session.run("reopen", lambda transaction: plan_reopen(transaction, self.id))

    def _edit(
        self,
        entity: str,
        make: EditFunction,
        message: str,
        *,
        creates: bool = False,
        settles: bool = False,
        **options: Unpack[EditOptions],
    ) -> EditReport:
        def edits(view: EffectiveView) -> list[Edit]:
            found = (
                parse_entity(view.canonical.configuration, entity) if creates else find_entity(view, entity)
            )
            return [Edit(found, make, settles)]

        return self._plan_edits(edits, message, **options)

    def _plan_edits(
        self,
        edits: Callable[[EffectiveView], list[Edit]],
        message: str,
        *,
        allow_invalid: bool = False,
        expect: int | None = None,
    ) -> EditReport:
        return self.repository.session.run(
            "edit",
            lambda transaction: plan_edits(
                transaction, self.id, edits, message, EditChecks(allow_invalid, expect)
            ),
        )


def open(path: str | os.PathLike[str] = ".", *, actor: Actor | None = None) -> Repository:  # noqa: A001
    """The repository that holds ``path``. Raises RepositoryError when there is none, or no gitdraft.yaml."""
    return Repository(Session(open_store(Path(path)), actor))
