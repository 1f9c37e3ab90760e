"""What a draft means to those who use the entities: the step of the version that it asks for, with the reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gitdraft.errors import InvalidInput
from gitdraft.model.entities import EntityRef
from gitdraft.model.impacts import IMPACTS, Impact, Reason, Step, step_of, worst
from gitdraft.model.outcomes import Absent, EntityState, Live
from gitdraft.store.inheritance import declared_in
from gitdraft.validation.rules.cycles import InheritanceGraph
from gitdraft.validation.rules.impacts import impacts
from gitdraft.validation.rules.transitions import required_members
from gitdraft.views.effective_view import EffectiveView


@dataclass(frozen=True, slots=True)
class Classification:
    """The reasons, the weightiest first, and the changes that could not be judged: they are in conflict or broken."""

    reasons: tuple[Reason, ...]
    unjudged: tuple[EntityRef, ...]

    @property
    def impact(self) -> Impact | None:
        """The impact of the whole; ``None`` where nothing changes."""
        return worst(self.reasons)

    @property
    def step(self) -> Step:
        """The step of a semantic version."""
        return step_of(self.impact)


def classify(view: EffectiveView) -> Classification:
    """What the view's draft makes of canonical, or of the draft that it stands on."""
    beneath = view.underlying()
    unjudged = []
    reasons: dict[Reason, None] = {}
    for entity in view.changed():
        judged = view.applied_change(entity)
        if judged is not None and not judged.is_replayed:
            unjudged.append(entity)
            continue
        reasons |= dict.fromkeys(_reasons(beneath, view, entity))
    found = sorted(reasons, key=lambda reason: (IMPACTS.index(reason.impact), reason.entity))
    return Classification(tuple(found), tuple(unjudged))


def _reasons(before: EffectiveView, after: EffectiveView, entity: EntityRef) -> Iterator[Reason]:
    kind = after.canonical.configuration.entities[entity.type]
    was, now = _state_of(before, entity), _state_of(after, entity)
    yield from impacts(
        kind, entity, was, now, lambda other: after.is_live(other) and not before.is_live(other)
    )
    if kind.inherits is None or not isinstance(was, Live) or not isinstance(now, Live):
        return
    had = _required(before, entity)
    known = declared_in(kind, was.document).parents
    new = [p for p in declared_in(kind, now.document).parents if p not in known]
    own = {name for _, name in required_members(kind, now.document)}
    for parent in new:
        for name in sorted(_required(after, parent) - had - own):
            message = f"{name!r} is required now, by way of {parent}"
            yield Reason("breaking", entity, kind.inherits.parents, message, "required/added")


def _required(view: EffectiveView, entity: EntityRef) -> set[str]:
    """What the entity requires, itself or through its parents."""
    hierarchy = InheritanceGraph(view)
    seen, waiting = {entity}, [entity]
    found: set[str] = set()
    while waiting:
        here = waiting.pop()
        state = _state_of(view, here)
        kind = view.canonical.configuration.entities.get(here.type)
        if kind is not None and isinstance(state, Live):
            found.update(name for _, name in required_members(kind, state.document))
        waiting += (parent for parent in hierarchy.parents(here) if parent not in seen)
        seen.update(hierarchy.parents(here))
    return found


def _state_of(view: EffectiveView, entity: EntityRef) -> EntityState:
    """What the entity is; nothing where its file is no document."""
    try:
        return view.state(entity)
    except InvalidInput:
        return Absent()
