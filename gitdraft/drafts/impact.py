"""What a draft means to those who use the entities: the step of the version that it asks for, with the reasons."""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.errors import InvalidInput
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.impacts import IMPACTS, Impact, Reason, Step, step_of, worst
from gitdraft.model.outcomes import Absent, EntityState, Live
from gitdraft.model.values import JSON
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

    def as_json(self) -> dict[str, JSON]:
        """Returns it as the reports print it."""
        return {
            "impact": self.impact,
            "step": self.step,
            "reasons": [reason.as_json() for reason in self.reasons],
            "unjudged": [str(entity) for entity in self.unjudged],
        }


def classify(view: EffectiveView) -> Classification:
    """Returns the impact of the view's draft on canonical, or on the draft that it stands on."""
    before = view.underlying()
    unjudged = []
    reasons: dict[Reason, None] = {}
    for entity in view.changed():
        applied = view.applied_change(entity)
        if applied is not None and not applied.is_replayed:
            unjudged.append(entity)
            continue
        reasons |= dict.fromkeys(_reasons(before, view, entity))
    ordered = sorted(reasons, key=lambda reason: (IMPACTS.index(reason.impact), reason.entity))
    return Classification(tuple(ordered), tuple(unjudged))


def _reasons(before: EffectiveView, after: EffectiveView, entity: EntityRef) -> Iterator[Reason]:
    entity_type = after.canonical.configuration.entities[entity.type]
    was, now = _state_of(before, entity), _state_of(after, entity)
    yield from impacts(
        entity_type, entity, was, now, lambda other: after.is_live(other) and not before.is_live(other)
    )
    yield from newly_required(before, after, entity, was, now)


def newly_required(
    before: EffectiveView, after: EffectiveView, entity: EntityRef, was: EntityState, now: EntityState
) -> Iterator[Reason]:
    """Yields what new parents require of an entity that has the states ``was`` and ``now``."""
    entity_type = after.canonical.configuration.entities[entity.type]
    if entity_type.inherits is None or not isinstance(was, Live) or not isinstance(now, Live):
        return
    had = _required(before, entity)
    known = declared_in(entity_type, was.document).parents
    new = [p for p in declared_in(entity_type, now.document).parents if p not in known]
    own = {name for _, name in required_members(entity_type, now.document)}
    for parent in new:
        for name in sorted(_required(after, parent) - had - own):
            message = f"{name!r} is required now, by way of {parent}"
            yield Reason("breaking", entity, entity_type.inherits.parents, message, "required/added")


def _required(view: EffectiveView, entity: EntityRef) -> set[str]:
    """Returns the members that the entity requires, itself or through its parents."""
    graph = InheritanceGraph(view)
    seen, waiting = {entity}, [entity]
    required: set[str] = set()
    while waiting:
        current = waiting.pop()
        state = _state_of(view, current)
        entity_type = view.canonical.configuration.entities.get(current.type)
        if entity_type is not None and isinstance(state, Live):
            required.update(name for _, name in required_members(entity_type, state.document))
        waiting += (parent for parent in graph.parents(current) if parent not in seen)
        seen.update(graph.parents(current))
    return required


def _state_of(view: EffectiveView, entity: EntityRef) -> EntityState:
    """Returns the state of the entity; absent where its file is no document."""
    try:
        return view.state(entity)
    except InvalidInput:
        return Absent()
