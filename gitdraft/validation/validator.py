"""Validation of entities by JSON Schema and by the rules of ``validation/rules/``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, assert_never

from gitdraft.errors import InvalidInput, PolicyViolation
from gitdraft.formats.configuration import EntityType
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, Deleted, EntityState, Live, Redirected
from gitdraft.model.progress import Progress, progress_of, silent
from gitdraft.model.rules import severity_of, unreadable_rule
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.model.values import JSON
from gitdraft.model.violations import Violation
from gitdraft.store.inheritance import declared_in
from gitdraft.store.outside_files import foreign_violations
from gitdraft.store.redirects import readable_tombstone
from gitdraft.store.references import Tokens, targets_in, unique_values
from gitdraft.store.schema_files import read_schema
from gitdraft.store.snapshots import Snapshot
from gitdraft.validation.added_violations import added_violations
from gitdraft.validation.bounds import BOUND_HINT, BOUNDS, check_bounds
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
from gitdraft.validation.rules.tombstones import check_erased, check_markers, check_redirect
from gitdraft.validation.rules.transitions import check_transition
from gitdraft.validation.rules.unique import check_holders, check_unique
from gitdraft.views.effective_view import EffectiveView

if TYPE_CHECKING:
    from gitdraft.validation.schemas import Check

CROSS_ENTITY_RULES = ("inheritance/cycle", "reference/orphan")


def is_unchecked(_: EntityRef) -> bool:
    """Says of every entity that nothing has checked its document yet."""
    return False


@dataclass(slots=True)
class Validator:
    """The rules of one canonical commit, each schema compiled once.

    It reports what blocks, by the severities in gitdraft.yaml, and ``with_warnings`` what does not, too. A document that
    ``is_checked`` was held to its id and its schema already.
    """

    snapshot: Snapshot
    with_warnings: bool = False
    is_checked: Callable[[EntityRef], bool] = is_unchecked
    _schemas: dict[str, Check] = field(default_factory=dict)
    _hierarchy: InheritanceGraph | None = None
    _references: DraftedReferences | None = None
    _referenced: set[EntityRef] | None = None  # while all is checked: the entities that others refer to
    _holders: dict[EntityRef, list[tuple[EntityRef, Tokens]]] = field(
        default_factory=dict
    )  # who has which value

    def check(self, view: EffectiveView, entity: EntityRef) -> tuple[Violation, ...]:
        """Returns the violations of the entity as ``view`` shows it, sorted.

        Those of an entity that the view removes are the references and redirects that still lead to it.
        """
        return tuple(sorted(set(self.with_severity(self._check(view, entity)))))

    def check_added(self, view: EffectiveView, entity: EntityRef) -> tuple[Violation, ...]:
        """Returns those of the entity's violations that the view adds: what lies below it has them not."""
        violations = self.check(view, entity)
        if not violations:
            return ()
        return tuple(added_violations(violations, lambda each: self.check(view.underlying(), each)))

    def check_all(self, view: EffectiveView, progress: Progress = silent) -> Iterator[Violation]:
        """Yields the violations of every entity with a file, in a view without a draft; each entity is read once.

        The violations that need all entities to be known (cycles, orphans) come last.
        """
        entities = [entity for entity, _ in view.canonical.entities()]
        progress = progress_of("validating entities") if progress is silent else progress
        self._referenced = (
            readable_redirect_targets(view.canonical) if self.is_reported("reference/orphan") else set()
        )
        self._holders = defaultdict(list)
        try:
            for done, entity in enumerate(entities):
                progress(done, len(entities))
                yield from self.check(view, entity)
            referenced = self._referenced
        finally:
            self._referenced = None
        for entity in entities:
            entity_type = self.snapshot.configuration.entities[entity.type]
            violations: list[Violation] = []
            if entity_type.inherits is not None and self.is_reported("inheritance/cycle"):
                violations.extend(check_cycle(self.hierarchy(view), entity))
            if entity not in referenced and self.is_reported("reference/orphan"):
                violations.extend(check_orphan(self.references(view), entity))
            yield from self.with_severity(violations)
        yield from self.with_severity(check_holders(self._holders))

    def check_draft(self, view: EffectiveView) -> tuple[Violation, ...]:
        """Returns the violations of what the view's draft changes.

        They are the changes that do not apply, the violations of the results, and those that the changes cause in
        entities that the draft leaves alone, and the files that its branch changes outside of its folder.
        """
        changed = view.changed()
        violations = [violation for entity in changed for violation in self._check_change(view, entity)]
        if view.draft is not None:
            violations += foreign_violations(view.source, view.draft, view.canonical.commit)
        return (*violations, *self._check_others(view, changed))

    def judge_draft(self, view: EffectiveView) -> tuple[Violation, ...]:
        """Returns the same, what stands without the draft already as a warning: it keeps the draft from nothing."""
        violations = self.check_draft(view)
        if not violations:
            return ()
        added = set(added_violations(violations, lambda entity: self._check_below(view, entity)))
        return tuple(each if each in added else replace(each, severity="warning") for each in violations)

    def _check_below(self, view: EffectiveView, entity: EntityRef) -> tuple[Violation, ...]:
        """Returns the violations that stand without the draft; none of a file that is no entity, or of an unknown type."""
        known = self.snapshot.configuration.entities
        return self.check(view.underlying(), entity) if entity.type in known else ()

    def check_marker_files(self, view: EffectiveView, entity: EntityRef) -> Iterator[Violation]:
        """Yields the violations of an entity's tombstone and protection on canonical, and of its redirect."""
        yield from self.with_severity(sorted(set(check_markers(view.canonical, entity))))
        if entity.type not in view.canonical.configuration.entities or view.is_live(entity):
            return
        tombstone = readable_tombstone(view.source, view.canonical.tombstone_blob(entity))
        if isinstance(tombstone, RedirectTombstone):
            yield from self.check(view, entity)

    def with_severity(self, violations: Iterable[Violation]) -> Iterator[Violation]:
        """Yields the violations to be reported, each with its severity."""
        for violation in violations:
            severity = severity_of(violation.rule, self.snapshot.configuration.rules)
            if severity == "error":
                yield violation
            elif severity == "warning" and self.with_warnings:
                yield replace(violation, severity="warning")

    def is_reported(self, rule: str) -> bool:
        """Returns whether a violation of the rule is reported."""
        severity = severity_of(rule, self.snapshot.configuration.rules)
        return severity == "error" or (severity == "warning" and self.with_warnings)

    def hierarchy(self, view: EffectiveView) -> InheritanceGraph:
        """Returns who inherits from whom in the view."""
        if self._hierarchy is None or self._hierarchy.view is not view:
            self._hierarchy = InheritanceGraph(view)
        return self._hierarchy

    def references(self, view: EffectiveView) -> DraftedReferences:
        """Returns the references and redirects of the entities that the view's draft changes."""
        if self._references is None or self._references.view is not view:
            self._references = drafted_references(view)
        return self._references

    def _check_change(self, view: EffectiveView, entity: EntityRef) -> tuple[Violation, ...]:
        change = view.applied_change(entity)
        if change is not None and change.is_absorbed:
            return ()
        if change is None or change.is_replayed:
            return (*check_protection(view, entity), *self.check(view, entity))
        if change.report.status == "broken":
            return (
                Violation(entity, "", "patch/broken", change.report.reason or "the change does not apply"),
            )
        return tuple(
            Violation(entity, conflict.path, "rebase/conflict", f"{conflict.type} conflict with canonical")
            for conflict in change.report.conflicts
        )

    def _check_others(self, view: EffectiveView, changed: Sequence[EntityRef]) -> Iterator[Violation]:
        """Yields the violations that the draft causes in entities that it does not change.

        References to an entity that it removes are reported at that entity.
        """
        underlying = view.underlying()
        others: set[EntityRef] = set()
        if self.is_reported("inheritance/cycle"):
            others.update(dependents_in_cycles(InheritanceGraph(underlying), self.hierarchy(view), changed))
        if self.is_reported("reference/orphan"):
            others.update(orphaned_dependents(underlying, view, changed))
        unchanged = [other for other in sorted(others.difference(changed)) if view.is_live(other)]
        known = {violation for other in unchanged for violation in self.check(underlying, other)}
        for other in unchanged:
            yield from (
                violation
                for violation in self.check(view, other)
                if violation.rule in CROSS_ENTITY_RULES and violation not in known
            )

    def _check(self, view: EffectiveView, entity: EntityRef) -> Iterator[Violation]:
        entity_type = self.snapshot.configuration.entities[entity.type]
        try:
            state = view.state(entity)
        except InvalidInput as error:
            yield Violation(entity, "", unreadable_rule(error.code), error.message)
            if self._referenced is None and self.is_reported("reference/orphan"):
                yield from check_orphan(self.references(view), entity)
            return
        if isinstance(state, Live | Redirected) and view.is_changed(entity):
            yield from check_erased(view, entity)
        match state:
            case Live(document=document):
                yield from self._check_document(entity_type, view, entity, document)
            case Redirected(target=target):
                yield from check_redirect(view, entity, target)
            case Absent() | Deleted():
                yield from check_referrers(self.references(view), entity)
            case _:
                assert_never(state)
        if view.is_changed(entity):
            yield from _check_step(entity_type, view, entity, state)

    def _check_document(
        self, entity_type: EntityType, view: EffectiveView, entity: EntityRef, document: JSON
    ) -> Iterator[Violation]:
        yield from check_bounds(view, entity, document)
        if not self.is_checked(entity):
            yield from check_identity(entity_type, entity, document)
            yield from self.schema(entity_type)(entity, document)
        yield from check_references(entity_type, view, entity, document)
        if view.is_changed(entity):
            yield from check_case_collision(view, entity)
        if self._referenced is not None:
            self._record(entity_type, view, entity, document)
            return
        if entity_type.inherits is not None and self.is_reported("inheritance/cycle"):
            yield from check_cycle(self.hierarchy(view), entity)
        if self.is_reported("reference/orphan"):
            yield from check_orphan(self.references(view), entity)
        if entity_type.unique and self.is_reported("unique/duplicate"):
            yield from check_unique(self.references(view), entity_type, entity, document)

    def _record(
        self, entity_type: EntityType, view: EffectiveView, entity: EntityRef, document: JSON
    ) -> None:
        """Records what the checks of all entities together need to know of the document."""
        assert self._referenced is not None
        if entity_type.inherits is not None and self.is_reported("inheritance/cycle"):
            self.hierarchy(view).set_parents(entity, declared_in(entity_type, document).parents)
        if self.is_reported("unique/duplicate"):
            for value, tokens in unique_values(entity_type, document):
                self._holders[value].append((entity, tokens))
        if self.is_reported("reference/orphan"):
            self._referenced.update(
                target for target, _ in targets_in(entity_type, document, view.holds) if target != entity
            )

    def schema(self, entity_type: EntityType) -> Check:
        """Returns the check of a type's documents against its schema."""
        if entity_type.schema is None:
            return _no_schema
        if entity_type.name not in self._schemas:
            # jsonschema takes longer to import than most commands to run
            from gitdraft.validation.schemas import compile_schema

            self._schemas[entity_type.name] = compile_schema(
                entity_type.schema,
                lambda path: read_schema(self.snapshot, path),
                self.snapshot.configuration.limits.validation_seconds,
            )
        return self._schemas[entity_type.name]


def _check_step(
    entity_type: EntityType, view: EffectiveView, entity: EntityRef, state: EntityState
) -> Iterator[Violation]:
    underlying = view.underlying()
    try:
        before = underlying.state(entity)
    except InvalidInput:  # whatever replaces a file that is no document mends it
        return
    yield from check_transition(
        entity_type,
        entity,
        before,
        state,
        lambda other: view.is_live(other) and not underlying.is_live(other),
    )


def require_no_violations(
    violations: Sequence[Violation],
    hint: str = "--allow-invalid saves it nevertheless; it then blocks submit",
    *,
    allow_invalid: bool = False,
) -> None:
    """Raises PolicyViolation, which names the first violation and lists all, when there are any.

    A warning blocks nothing. With ``allow_invalid`` those of bounds alone count: what could not be read again is never saved.
    """
    violations = [violation for violation in violations if violation.severity == "error"]
    bounds = [violation for violation in violations if violation.rule in BOUNDS]
    if bounds:
        violations, hint = (bounds if allow_invalid else violations), BOUND_HINT
    elif allow_invalid:
        return
    if not violations:
        return
    first, *others = violations
    raise PolicyViolation(
        _line(first) + (f" (and {len(others)} more)" if others else ""),
        context={"violations": [violation.as_json() for violation in violations]},
        hint=hint,
        details=[_line(violation) for violation in others],
    )


def _no_schema(_entity: EntityRef, _document: JSON) -> Iterator[Violation]:
    return iter(())


def _line(violation: Violation) -> str:
    return f"{violation.entity} {violation.pointer or '(whole entity)'}: {violation.message}"
