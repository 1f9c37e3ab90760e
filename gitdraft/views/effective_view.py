"""The effective view: canonical at one commit with a draft's changes laid over it.

A change is carried to that commit by the rules of the rebase as it is looked at, so a draft that was not
rebased yet shows what it will be. Where it cannot be carried, the entity is shown as canonical has it, marked.
Several drafts lie one over another: what the lower ones make of an entity is to the next what canonical is to the
first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gitdraft.errors import InvalidInput
from gitdraft.git.objects import ObjectSource
from gitdraft.git.refs import resolve_commit
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, AppliedChange, Deleted, EntityState, Live, Redirected
from gitdraft.model.reports import ChangeStatus, EntityView
from gitdraft.model.values import ABSENT
from gitdraft.store.drafts import ChangeFile, StoredDraft
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot, take_snapshot
from gitdraft.views.outcomes import apply_change, reapply_change


@dataclass(slots=True)
class EffectiveView:
    """Canonical at ``canonical`` as ``draft`` would have it; without a draft, canonical itself.

    ``overrides`` are standings that a change not yet stored would give. ``below`` is the view that the draft lies
    over where that is not canonical itself.
    """

    source: ObjectSource
    canonical: Snapshot
    draft: StoredDraft | None = None
    base: Snapshot | None = None
    overrides: Mapping[EntityRef, EntityState] = field(default_factory=dict)
    below: EffectiveView | None = None
    _files: dict[EntityRef, ChangeFile] = field(init=False)
    _judged: dict[EntityRef, AppliedChange] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._files = {file.entity: file for file in self.draft.files} if self.draft else {}

    def with_overrides(self, overrides: Mapping[EntityRef, EntityState]) -> EffectiveView:
        """The same view with other standings for some entities."""
        overrides = {**self.overrides, **overrides}
        return EffectiveView(self.source, self.canonical, self.draft, self.base, overrides, self.below)

    def changed(self) -> tuple[EntityRef, ...]:
        """The entities that the draft, one below it, or an override has a change for, sorted."""
        below = () if self.below is None else self.below.changed()
        return tuple(sorted({*self._files, *self.overrides, *below}))

    def is_changed(self, entity: EntityRef) -> bool:
        """Whether the entity is among :meth:`changed`."""
        here = entity in self._files or entity in self.overrides
        return here or (self.below is not None and self.below.is_changed(entity))

    def layers(self) -> Iterator[EffectiveView]:
        """The views that this one is made of, the lowest first."""
        if self.below is not None:
            yield from self.below.layers()
        yield self

    def applied_change(self, entity: EntityRef) -> AppliedChange | None:
        """How the draft's change to the entity fares; ``None`` when it has none."""
        if entity not in self._files:
            return None
        if entity not in self._judged:
            assert self.draft is not None
            assert self.base is not None
            judged = apply_change(self.source, self.draft, self._files[entity], self.base, self.canonical)
            if self.below is not None and self.below.is_changed(entity):
                below = self.below.state(entity)
                judged = reapply_change(judged, self.canonical.state(entity), below, self.canonical)
            self._judged[entity] = judged
        return self._judged[entity]

    def state(self, entity: EntityRef) -> EntityState:
        """What the entity is in this view."""
        if entity in self.overrides:
            return self.overrides[entity]
        judged = self.applied_change(entity)
        if judged is not None:
            return judged.state
        return self.canonical.state(entity) if self.below is None else self.below.state(entity)

    def underlying(self) -> EffectiveView:
        """What the draft lies over: the view below, or canonical."""
        return self.below or EffectiveView(self.source, self.canonical)

    def is_live(self, entity: EntityRef) -> bool:
        """Whether the entity has a file in this view, be it a document or not; canonical's files are not read."""
        if not self.is_changed(entity):
            return self.canonical.blob(entity) is not None
        try:
            return isinstance(self.state(entity), Live)
        except InvalidInput:
            return True

    def show(self, entity: EntityRef) -> EntityView:
        """The entity with its change status."""
        judged = None if entity in self.overrides else self.applied_change(entity)
        seen = build_entity_view(entity, self.canonical.state(entity), self.state(entity))
        below = EntityView(entity, ChangeStatus.UNCHANGED)
        if self.below is not None and entity not in self.overrides:
            below = self.below.show(entity)
            seen = replace(seen, conflicts=below.conflicts, reason=below.reason)
        if judged is None or judged.is_replayed:
            return seen
        conflicts = (*below.conflicts, *judged.report.conflicts)
        reason = judged.report.reason or below.reason
        return replace(seen, status=below.status, conflicts=conflicts, reason=reason)

    def entities(self, types: tuple[str, ...] | None = None) -> Iterator[tuple[EntityRef, ChangeStatus]]:
        """All entities with their change status, those that the draft deletes or redirects included.

        Only what the draft changes is read. Sorted by type and key.
        """
        changed = {e: self.show(e) for e in self.changed() if types is None or e.type in types}
        canonical = {entity for entity, _ in self.canonical.entities(types)}
        for entity in sorted(canonical | changed.keys()):
            view = changed.get(entity)
            if view is None:
                yield entity, ChangeStatus.UNCHANGED
            elif entity in canonical or view.status is not ChangeStatus.UNCHANGED:
                yield entity, view.status


def build_entity_view(entity: EntityRef, canonical: EntityState, effective: EntityState) -> EntityView:
    """The entity as ``effective``, its status as seen from ``canonical``."""
    was_live = isinstance(canonical, Live)
    match effective:
        case Live(document=document):
            if not was_live:
                return EntityView(entity, ChangeStatus.ADDED, document)
            changed = effective != canonical
            status = ChangeStatus.MODIFIED if changed else ChangeStatus.UNCHANGED
            return EntityView(entity, status, document)
        case Redirected(target=target):
            status = ChangeStatus.UNCHANGED if effective == canonical else ChangeStatus.REDIRECTED
            return EntityView(entity, status, ABSENT, target)
        case Absent() | Deleted():
            status = ChangeStatus.DELETED if was_live else ChangeStatus.UNCHANGED
            return EntityView(entity, status)
    raise AssertionError(effective)


def view_at(store: Store, revision: str) -> EffectiveView:
    """Canonical at a commit. Raises NotFound for an unknown revision."""
    configuration = store.snapshot().configuration
    return EffectiveView(
        store.git, take_snapshot(store.git, resolve_commit(store.git, revision), configuration)
    )


def open_view(store: Store, draft: StoredDraft | None, source: ObjectSource | None = None) -> EffectiveView:
    """The effective view of a draft, or of canonical, at canonical's tip."""
    source = source or store.git
    canonical = store.snapshot(source)
    base = None if draft is None else take_snapshot(source, draft.base, canonical.configuration)
    return EffectiveView(source, canonical, draft, base)


def open_overlay(store: Store, drafts: Sequence[StoredDraft]) -> EffectiveView:
    """The effective view of several drafts at canonical's tip, each over those before it; of none, canonical."""
    view = open_view(store, drafts[0] if drafts else None)
    for draft in drafts[1:]:
        base = take_snapshot(view.source, draft.base, view.canonical.configuration)
        view = EffectiveView(view.source, view.canonical, draft, base, below=view)
    return view
