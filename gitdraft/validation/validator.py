"""Checking entities by all the rules: JSON Schema, and those beside it in ``validation/rules/``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from gitdraft.errors import InvalidInput, PolicyViolation
from gitdraft.formats.configuration import EntityType
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, Deleted, EntityState, Live, Redirected
from gitdraft.model.progress import Progress, silent
from gitdraft.model.rules import severity_of
from gitdraft.model.values import JSON
from gitdraft.model.violations import Violation
from gitdraft.store.inheritance import declared_in
from gitdraft.store.references import references_in
from gitdraft.store.schema_files import read_schema
from gitdraft.store.snapshots import Snapshot
from gitdraft.validation.dependents import dependents_in_cycles, orphaned_dependents
from gitdraft.validation.rules.cycles import InheritanceGraph, check_cycle
from gitdraft.validation.rules.keys import check_case_collision, check_identity
from gitdraft.validation.rules.protections import check_protection
from gitdraft.validation.rules.references import (
    DraftedReferences,
    check_orphan,
    check_references,
    check_referrers,
    drafted_references,
    readable_redirect_targets,
)
from gitdraft.validation.rules.tombstones import check_erased, check_redirect
from gitdraft.validation.rules.transitions import check_transition
from gitdraft.views.effective_view import EffectiveView

if TYPE_CHECKING:
    from gitdraft.validation.schemas import Check

CROSS_ENTITY_RULES = ("inheritance/cycle", "reference/orphan")


@dataclass(slots=True)
class Validator:
    """The checks of one canonical commit, each schema compiled once.

    Found is what blocks, by the severities in gitdraft.yaml; ``with_warnings`` what is told beside it, too.
    """

    snapshot: Snapshot
    with_warnings: bool = False
    _schemas: dict[str, Check] = field(default_factory=dict)
    _hierarchy: InheritanceGraph | None = None
    _changes: DraftedReferences | None = None
    _named: set[EntityRef] | None = None  # while everything is checked: whom others name

    def check(self, view: EffectiveView, entity: EntityRef) -> tuple[Violation, ...]:
        """All that is wrong with the entity as ``view`` has it, sorted; for one that goes, who still names it."""
        return tuple(sorted(set(self.with_severity(self._check(view, entity)))))

    def check_all(self, view: EffectiveView, progress: Progress = silent) -> Iterator[Violation]:
        """The same for every entity with a file, in a view without a draft; each is read once. What shows in the
        whole alone comes last."""
        entities = [entity for entity, _ in view.canonical.entities()]
        self._named = (
            readable_redirect_targets(view.canonical) if self.is_reported("reference/orphan") else set()
        )
        try:
            for done, entity in enumerate(entities):
                progress(done, len(entities))
                yield from self.check(view, entity)
            named = self._named
        finally:
            self._named = None
        for entity in entities:
            kind = self.snapshot.configuration.entities[entity.type]
            found: list[Violation] = []
            if kind.inherits is not None and self.is_reported("inheritance/cycle"):
                found.extend(check_cycle(self.hierarchy(view), entity))
            if entity not in named and self.is_reported("reference/orphan"):
                found.extend(check_orphan(self.changes(view), entity))
            yield from self.with_severity(found)

    def check_draft(self, view: EffectiveView) -> tuple[Violation, ...]:
        """All that is wrong with what a draft changes: changes that cannot be carried, their results, and what they
        make of entities that the draft leaves alone."""
        changed = view.changed()
        found = [violation for entity in changed for violation in self._check_change(view, entity)]
        return (*found, *self._check_others(view, changed))

    def with_severity(self, violations: Iterable[Violation]) -> Iterator[Violation]:
        """Those that are to be told, each with its severity."""
        for violation in violations:
            severity = severity_of(violation.rule, self.snapshot.configuration.rules)
            if severity == "error":
                yield violation
            elif severity == "warning" and self.with_warnings:
                yield replace(violation, severity="warning")

    def is_reported(self, rule: str) -> bool:
        """Whether a violation of the rule would be told."""
        severity = severity_of(rule, self.snapshot.configuration.rules)
        return severity == "error" or (severity == "warning" and self.with_warnings)

    def hierarchy(self, view: EffectiveView) -> InheritanceGraph:
        """Who inherits from whom in the view."""
        if self._hierarchy is None or self._hierarchy.view is not view:
            self._hierarchy = InheritanceGraph(view)
        return self._hierarchy

    def changes(self, view: EffectiveView) -> DraftedReferences:
        """Whom the entities that the view's draft changes name."""
        if self._changes is None or self._changes.view is not view:
            self._changes = drafted_references(view)
        return self._changes

    def _check_change(self, view: EffectiveView, entity: EntityRef) -> tuple[Violation, ...]:
        judged = view.applied_change(entity)
        if judged is not None and judged.is_absorbed:
            return ()
        if judged is None or judged.is_replayed:
            return (*check_protection(view, entity), *self.check(view, entity))
        if judged.report.status == "broken":
            return (
                Violation(entity, "", "patch/broken", judged.report.reason or "the change does not apply"),
            )
        return tuple(
            Violation(entity, conflict.path, "rebase/conflict", f"{conflict.type} conflict with canonical")
            for conflict in judged.report.conflicts
        )

    def _check_others(self, view: EffectiveView, changed: Sequence[EntityRef]) -> Iterator[Violation]:
        """Those who name what goes are told there; this is what else reaches beyond the changed."""
        beneath = view.underlying()
        others: set[EntityRef] = set()
        if self.is_reported("inheritance/cycle"):
            others.update(dependents_in_cycles(InheritanceGraph(beneath), self.hierarchy(view), changed))
        if self.is_reported("reference/orphan"):
            others.update(orphaned_dependents(beneath, view, changed))
        left = [other for other in sorted(others.difference(changed)) if view.is_live(other)]
        known = {violation for other in left for violation in self.check(beneath, other)}
        for other in left:
            yield from (
                violation
                for violation in self.check(view, other)
                if violation.rule in CROSS_ENTITY_RULES and violation not in known
            )

    def _check(self, view: EffectiveView, entity: EntityRef) -> Iterator[Violation]:
        kind = self.snapshot.configuration.entities[entity.type]
        try:
            state = view.state(entity)
        except InvalidInput as error:
            yield Violation(entity, "", "json/invalid", error.message)
            return
        if isinstance(state, Live | Redirected) and view.is_changed(entity):
            yield from check_erased(view, entity)
        match state:
            case Live(document=document):
                yield from self._check_document(kind, view, entity, document)
            case Redirected(target=target):
                yield from check_redirect(view, entity, target)
            case Absent() | Deleted():
                yield from check_referrers(self.changes(view), entity)
            case _:
                assert_never(state)
        if view.is_changed(entity):
            yield from _check_step(kind, view, entity, state)

    def _check_document(
        self, kind: EntityType, view: EffectiveView, entity: EntityRef, document: JSON
    ) -> Iterator[Violation]:
        yield from check_identity(kind, entity, document)
        yield from self.schema(kind)(entity, document)
        yield from check_references(kind, view, entity, document)
        if view.is_changed(entity):
            yield from check_case_collision(view, entity)
        if self._named is not None:
            self._note(kind, view, entity, document)
            return
        if kind.inherits is not None and self.is_reported("inheritance/cycle"):
            yield from check_cycle(self.hierarchy(view), entity)
        if self.is_reported("reference/orphan"):
            yield from check_orphan(self.changes(view), entity)

    def _note(self, kind: EntityType, view: EffectiveView, entity: EntityRef, document: JSON) -> None:
        """Keep what the checks of the whole need of the document."""
        assert self._named is not None
        if kind.inherits is not None and self.is_reported("inheritance/cycle"):
            self.hierarchy(view).set_parents(entity, declared_in(kind, document).parents)
        if self.is_reported("reference/orphan"):
            self._named.update(target for target, _ in references_in(kind, document) if target != entity)

    def schema(self, kind: EntityType) -> Check:
        """The check of a type's documents against its schema."""
        if kind.schema is None:
            return _no_schema
        if kind.name not in self._schemas:
            # jsonschema takes longer to import than most commands to run
            from gitdraft.validation.schemas import compile_schema

            self._schemas[kind.name] = compile_schema(
                kind.schema, lambda path: read_schema(self.snapshot, path)
            )
        return self._schemas[kind.name]


def _check_step(
    kind: EntityType, view: EffectiveView, entity: EntityRef, state: EntityState
) -> Iterator[Violation]:
    beneath = view.underlying()
    try:
        before = beneath.state(entity)
    except InvalidInput:  # whatever comes after a file that is no document mends it
        return
    yield from check_transition(
        kind, entity, before, state, lambda other: view.is_live(other) and not beneath.is_live(other)
    )


def require_no_violations(
    violations: Sequence[Violation],
    hint: str = "--allow-invalid saves it all the same; it then blocks submit",
) -> None:
    """Raise PolicyViolation naming the first violation and listing all, when there are any."""
    if not violations:
        return
    first, *others = violations
    raise PolicyViolation(
        _told(first) + (f" (and {len(others)} more)" if others else ""),
        context={"violations": [violation.as_json() for violation in violations]},
        hint=hint,
        details=[_told(violation) for violation in others],
    )


def _no_schema(_entity: EntityRef, _document: JSON) -> Iterator[Violation]:
    return iter(())


def _told(violation: Violation) -> str:
    return f"{violation.entity} {violation.pointer or '(whole entity)'}: {violation.message}"
