"""What a draft does to one entity, as a page shows it: field by field, with what is wrong at each field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gitdraft.documents.pointers import Tokens
from gitdraft.errors import GitdraftError
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.changes import Delete, Redirect
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict, OutcomeStatus
from gitdraft.model.outcomes import ChangeReport, ChangeStatus, EntityState, Live, Redirected
from gitdraft.model.values import ABSENT, Maybe
from gitdraft.model.violations import Violation
from gitdraft.review.compare import FieldChange, Sides, compare
from gitdraft.review.names import Names
from gitdraft.review.state import entity_state
from gitdraft.review.values import Named
from gitdraft.views.effective_view import EffectiveView

MOST_FIELDS = 500  # of one entity
STATUS_WORDS = {
    ChangeStatus.ADDED: "new",
    ChangeStatus.MODIFIED: "changed",
    ChangeStatus.DELETED: "deleted",
    ChangeStatus.REDIRECTED: "redirected",
    ChangeStatus.UNCHANGED: "unchanged",
}


class Crumb(NamedTuple):
    """A step of the way to a field."""

    title: str
    token: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field that changed, the way to it, and what is wrong there."""

    change: FieldChange
    crumbs: tuple[Crumb, ...]
    violations: tuple[Violation, ...] = ()
    conflict: Conflict | None = None


@dataclass(frozen=True, slots=True)
class EntityChange:
    """What a draft does to an entity. ``violations`` and ``conflicts`` are those at no field that is shown; ``reason`` is why it
    is deleted or redirected, ``problem`` why the change does not apply; ``left_out`` are fields not shown, ``digest`` stands
    for what the change is."""

    number: int
    named: Named
    status: ChangeStatus
    outcome: OutcomeStatus
    is_absorbed: bool
    fields: tuple[Field, ...]
    violations: tuple[Violation, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    target: Named | None = None
    reason: str | None = None
    problem: str | None = None
    left_out: int = 0
    digest: str = ""

    @property
    def entity(self) -> EntityRef:
        """The entity."""
        return self.named.entity

    @property
    def pointers(self) -> list[str]:
        """The pointers of its fields."""
        return [field.change.pointer for field in self.fields]

    @property
    def word(self) -> str:
        """The change status as a page says it."""
        return "already on canonical" if self.is_absorbed else STATUS_WORDS[self.status]


def show_change(
    view: EffectiveView, names: Names, report: ChangeReport, number: int, *, whole: bool = False
) -> EntityChange:
    """Returns a change of the view's draft as it is shown, the ``number``-th; values are cut where not ``whole``."""
    entity = report.entity
    applied = view.applied_change(entity)
    change = None if applied is None else applied.change
    shown = EntityChange(
        number,
        names.entity(entity),
        ChangeStatus.UNCHANGED,
        report.status,
        applied is not None and applied.is_absorbed,
        (),
        report.violations,
        report.conflicts,
        reason=change.reason if isinstance(change, Delete | Redirect) else None,
        problem=report.reason,
    )
    try:
        status, state = view.show(entity).status, view.state(entity)
        before = _before(view, entity)
    except GitdraftError as error:
        return replace(shown, problem=error.message)
    old, new = document_of(before), document_of(state)
    rows = list(compare(old, new, Sides(names.places(entity, old), names.places(entity, new), whole)))
    fields = place_problems(names, entity, rows[:MOST_FIELDS], report.violations, report.conflicts)
    placed = {violation for field in fields for violation in field.violations}
    in_fields = {field.conflict.path for field in fields if field.conflict is not None}
    return replace(
        shown,
        status=status,
        fields=fields,
        violations=tuple(v for v in report.violations if v not in placed),
        conflicts=tuple(c for c in report.conflicts if c.path not in in_fields),
        target=names.entity(state.target) if isinstance(state, Redirected) else None,
        left_out=max(len(rows) - MOST_FIELDS, 0),
        digest=entity_state(before, entity)[:8] + entity_state(state, entity)[:8],
    )


def place_problems(
    names: Names,
    entity: EntityRef,
    rows: Sequence[FieldChange],
    violations: Iterable[Violation],
    conflicts: Iterable[Conflict],
) -> tuple[Field, ...]:
    """Returns the fields with the violations at or below each, or at what it stands in, and the conflict at it."""
    known, disputed = tuple(violations), {conflict.path: conflict for conflict in conflicts}
    return tuple(
        Field(
            row,
            crumbs_of(names, entity, row.tokens),
            tuple(v for v in known if _is_within(v.pointer, row.pointer)),
            disputed.get(row.pointer),
        )
        for row in rows
    )


def crumbs_of(names: Names, entity: EntityRef, tokens: Tokens) -> tuple[Crumb, ...]:
    """Returns the way to a place, by the titles that the schema gives."""
    steps = range(1, len(tokens) + 1)
    return tuple(Crumb(names.title(entity.type, tokens[:step]), tokens[step - 1]) for step in steps) or (
        Crumb(names.title(entity.type, ()), ""),
    )


def document_of(state: EntityState) -> Maybe:
    """Returns the document of a state; ABSENT where it has none."""
    return state.document if isinstance(state, Live) else ABSENT


def _before(view: EffectiveView, entity: EntityRef) -> EntityState:
    return view.canonical.state(entity) if view.lower is None else view.lower.state(entity)


def _is_within(pointer: str, place: str) -> bool:
    return pointer == place or pointer.startswith(f"{place}/")
