"""The effective view: canonical at one commit with a draft's changes laid over it.

Each change is applied to that commit by the rules of the rebase when it is looked at, so a draft that was not rebased
yet shows what it will be. Where a change does not apply, the entity is shown as canonical has it, with the conflicts.
Several drafts can lie one over another: each is applied to what the drafts below it make of canonical.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from gitdraft.errors import InvalidInput
from gitdraft.git.known_refs import resolve_commit
from gitdraft.git.objects import ObjectSource
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.entities import EntityRef
from gitdraft.model.natural import natural_entity_key
from gitdraft.model.outcomes import (
    Absent,
    AppliedChange,
    ChangeStatus,
    Deleted,
    EntityState,
    Live,
    Redirected,
)
from gitdraft.model.reports import EntityView
from gitdraft.model.values import ABSENT
from gitdraft.store.drafts import ChangeFile, StoredDraft
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot, take_snapshot
from gitdraft.views.outcomes import apply_change, landing_of, reapply_change

NO_NAMES: Mapping[EntityRef, EntityRef] = MappingProxyType({})


@dataclass(slots=True)
class EffectiveView:
    """Canonical at ``canonical`` as ``draft`` would have it; without a draft, canonical itself.

    ``overrides`` are the states of entities that a change not yet stored would give, ``names`` the former names of those to which it
    would give others. ``lower`` is the view that the
    draft lies over where that is not canonical itself.
    """

    source: ObjectSource
    canonical: Snapshot
    draft: StoredDraft | None = None
    base: Snapshot | None = None
    overrides: Mapping[EntityRef, EntityState] = field(default_factory=dict)
    lower: EffectiveView | None = None
    names: Mapping[EntityRef, EntityRef] = field(default_factory=dict)
    _files: dict[EntityRef, ChangeFile] = field(init=False)
    _followed: dict[EntityRef, EntityRef] = field(default_factory=dict, init=False)
    _old_names: dict[EntityRef, EntityRef] = field(default_factory=dict, init=False)
    _applied: dict[EntityRef, AppliedChange] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._files = {}
        if self.draft is not None and self.base is not None:
            for file in self.draft.files:
                landing = landing_of(self.source, self.draft, file, self.base, self.canonical)
                self._files[landing] = file
                if landing != file.entity:
                    self._followed[file.entity] = landing
                elif file.target is not None:
                    self._old_names[file.target] = file.entity

    def with_overrides(
        self, overrides: Mapping[EntityRef, EntityState], names: Mapping[EntityRef, EntityRef] = NO_NAMES
    ) -> EffectiveView:
        """Returns the same view with other states for some entities, and with the former ``names`` of those that are renamed."""
        overrides, names = {**self.overrides, **overrides}, {**self.names, **names}
        return EffectiveView(self.source, self.canonical, self.draft, self.base, overrides, self.lower, names)

    def changed(self) -> tuple[EntityRef, ...]:
        """Returns the entities that the draft, a draft below it or an override changes, sorted."""
        lower = () if self.lower is None else self.lower.changed()
        own = {*self._files, *self._old_names, *self.overrides}
        return tuple(sorted({*own, *lower}, key=natural_entity_key))

    def is_changed(self, entity: EntityRef) -> bool:
        """Returns whether the entity is among those of ``changed``."""
        if entity in self._files or entity in self._old_names or entity in self.overrides:
            return True
        return self.lower is not None and self.lower.is_changed(entity)

    def old_name(self, entity: EntityRef) -> EntityRef | None:
        """Returns the entity that the draft gives this new name; ``None`` where it gives it to none."""
        if entity in self.names:
            return self.names[entity]
        old = self._old_names.get(entity)
        if old is None or old in self.overrides or entity in self.overrides:
            return None
        applied = self.applied_change(old)
        return None if applied is None or applied.renamed is None else old

    def new_names(self) -> dict[EntityRef, EntityRef]:
        """Returns the entities to which the draft gives other names, with those."""
        pairs = ((self.old_name(entity), entity) for entity in {**self._old_names, **self.names})
        return {old: new for old, new in pairs if old is not None}

    def layers(self) -> Iterator[EffectiveView]:
        """Yields the views that this one is made of, the lowest first."""
        if self.lower is not None:
            yield from self.lower.layers()
        yield self

    def applied_change(self, entity: EntityRef) -> AppliedChange | None:
        """Returns the draft's change of the entity as applied to canonical; ``None`` when it has none, as what a renaming makes
        (``old_name``)."""
        if entity not in self._files:
            return None
        if entity not in self._applied:
            assert self.draft is not None
            assert self.base is not None
            applied = apply_change(self.source, self.draft, self._files[entity], self.base, self.canonical)
            if self.lower is not None and self.lower.is_changed(entity):
                lower = self.lower.state(entity)
                applied = reapply_change(applied, self.canonical.state(entity), lower, self.canonical)
            self._applied[entity] = applied
        return self._applied[entity]

    def applied_file(self, file: ChangeFile) -> AppliedChange | None:
        """Returns the change that the draft keeps in this file, as applied to canonical: of the entity by its new name where
        it follows a rename (E5)."""
        return self.applied_change(self._followed.get(file.entity, file.entity))

    def state(self, entity: EntityRef) -> EntityState:
        """Returns the state of the entity in this view."""
        if entity in self.overrides:
            return self.overrides[entity]
        applied = self.applied_change(entity)
        if applied is not None:
            return applied.state
        old = self.old_name(entity)
        renamed = None if old is None else self.applied_change(old)
        if renamed is not None and renamed.renamed is not None:
            return renamed.renamed
        return self.canonical.state(entity) if self.lower is None else self.lower.state(entity)

    def underlying(self) -> EffectiveView:
        """Returns the view that the draft lies over: the lower one, or canonical."""
        return self.lower or EffectiveView(self.source, self.canonical)

    def is_live(self, entity: EntityRef) -> bool:
        """Returns whether the entity has a file in this view, be it a document or not; canonical's files are not read."""
        if not self.is_changed(entity):
            return self.canonical.blob(entity) is not None
        try:
            return isinstance(self.state(entity), Live)
        except InvalidInput:
            return True

    def holds(self, entity: EntityRef) -> bool:
        """Returns whether the entity is there, as itself or as a redirect: what a reference to it needs."""
        if not self.is_changed(entity):
            return self.canonical.holds(entity)
        try:
            return isinstance(self.state(entity), Live | Redirected)
        except InvalidInput:
            return True

    def show(self, entity: EntityRef) -> EntityView:
        """Returns the entity with its change status."""
        applied = None if entity in self.overrides else self.applied_change(entity)
        is_typed = entity.type in self.canonical.configuration.entities
        canonical = self.canonical.state(entity) if is_typed else Absent()
        shown = replace(
            build_entity_view(entity, canonical, self.state(entity)), renamed_from=self.old_name(entity)
        )
        if self.lower is not None and entity not in self.overrides:
            lower = self.lower.show(entity)
            shown = replace(shown, conflicts=lower.conflicts, reason=lower.reason)
        if applied is None or applied.is_replayed:
            return shown
        conflicts = (*shown.conflicts, *applied.report.conflicts)
        return replace(shown, conflicts=conflicts, reason=applied.report.reason or shown.reason)

    def entities(self, types: tuple[str, ...] | None = None) -> Iterator[EntityView]:
        """Yields all entities with their change status, those that the draft deletes or redirects included, and its conflicts.

        They are sorted by type and key; only those that the draft changes are read, the others have no document.
        """
        changed = {e: self.show(e) for e in self.changed() if types is None or e.type in types}
        canonical = {entity for entity, _ in self.canonical.entities(types)}
        for entity in sorted(canonical | changed.keys()):
            view = changed.get(entity) or EntityView(entity, ChangeStatus.UNCHANGED)
            if entity in canonical or view.is_changed:
                yield view

    def line(self, entity: EntityRef) -> EntityView:
        """Returns the entity as ``entities`` yields it."""
        return self.show(entity) if self.is_changed(entity) else EntityView(entity, ChangeStatus.UNCHANGED)


def build_entity_view(entity: EntityRef, canonical: EntityState, effective: EntityState) -> EntityView:
    """Returns the entity in its ``effective`` state, with its change status against its ``canonical`` state."""
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
            if not isinstance(canonical, Live):
                return EntityView(entity, ChangeStatus.UNCHANGED)
            return EntityView(entity, ChangeStatus.DELETED, deleted=canonical.document)
    raise AssertionError(effective)


def view_at(store: Store, revision: str) -> EffectiveView:
    """Returns the view of canonical at a commit. Raises NotFound for an unknown revision."""
    configuration = store.snapshot().configuration
    return EffectiveView(
        store.git, take_snapshot(store.git, resolve_commit(store.git, revision), configuration)
    )


def open_view(store: Store, draft: StoredDraft | None, source: ObjectSource | None = None) -> EffectiveView:
    """Returns the effective view of a draft, or of canonical, at canonical's tip."""
    source = source or store.git
    canonical = store.snapshot(source)
    base = None if draft is None else take_snapshot(source, draft.base, canonical.configuration)
    return EffectiveView(source, canonical, draft, base)


def open_overlay(store: Store, drafts: Sequence[StoredDraft]) -> EffectiveView:
    """Returns the effective view of drafts at canonical's tip, each over those before it; without drafts, canonical."""
    view = open_view(store, drafts[0] if drafts else None)
    for draft in drafts[1:]:
        base = take_snapshot(view.source, draft.base, view.canonical.configuration)
        view = EffectiveView(view.source, view.canonical, draft, base, lower=view)
    return view
