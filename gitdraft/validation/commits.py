"""Validation of canonical: all of it, or what the step from one commit to another can have broken."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from gitdraft.git.refs import resolve_commit
from gitdraft.model.progress import Progress, silent
from gitdraft.model.violations import Violation
from gitdraft.store.redirects import PROTECTION, TOMBSTONES, marker_files
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot, take_snapshot
from gitdraft.validation.rules.tombstones import stray_file
from gitdraft.validation.step import (
    changed_entities,
    check_all_of,
    check_schemas,
    check_stray_files,
    check_transitions,
    dependents_of_step,
    requires_full_validation,
)
from gitdraft.validation.validator import Validator
from gitdraft.views.effective_view import EffectiveView


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """The violations of canonical as ``view`` shows it, and in how many entities (``count``) they were looked for."""

    violations: tuple[Violation, ...]
    count: int
    view: EffectiveView


def validate_canonical(
    store: Store, progress: Progress = silent, *, with_warnings: bool = False
) -> ValidationResult:
    """Returns all violations of canonical at its tip."""
    canonical = store.snapshot()
    return validate_all(
        EffectiveView(canonical.source, canonical), Validator(canonical, with_warnings), progress
    )


def validate_all(view: EffectiveView, validator: Validator, progress: Progress = silent) -> ValidationResult:
    """Returns all violations of canonical as ``view``, which has no draft, shows it."""
    canonical = view.canonical
    files = [file for folder in (TOMBSTONES, PROTECTION) for file in marker_files(canonical, folder)]
    violations = list(validator.check_all(view, progress))
    for entity in sorted({entity for _, entity in files if entity is not None}):
        violations.extend(validator.check_marker_files(view, entity))
    violations.extend(stray_file(path) for path, entity in files if entity is None)
    return ValidationResult(tuple(violations), sum(1 for _ in canonical.entities()), view)


def validate_range(
    store: Store, old: str, new: str, progress: Progress = silent, *, with_warnings: bool = False
) -> ValidationResult:
    """Returns the violations at the revision ``new`` in what the step from ``old`` can have broken, and by the step.

    Raises NotFound for an unknown revision.
    """
    configuration = store.snapshot().configuration
    before, after = (
        take_snapshot(store.git, resolve_commit(store.git, revision), configuration)
        for revision in (old, new)
    )
    return validate_step(before, after, progress, with_warnings=with_warnings)


def validate_step(
    before: Snapshot, after: Snapshot, progress: Progress = silent, *, with_warnings: bool = True
) -> ValidationResult:
    """Returns the violations of ``after`` in what the step from ``before`` can have broken, and by the step itself.

    That is all of canonical where gitdraft.yaml declares otherwise which files are entities, or how they are
    checked.
    """
    validator = Validator(after, with_warnings)
    old, new = EffectiveView(before.source, before), EffectiveView(after.source, after)
    changed = changed_entities(before, after)
    if requires_full_validation(before.configuration, after.configuration, validator):
        whole = validate_all(new, validator, progress)
        violations, count = list(whole.violations), whole.count
    else:
        entities = sorted(dependents_of_step(old, new, validator, changed))
        violations, count = [], len(entities)
        for done, entity in enumerate(entities):
            progress(done, count)
            violations.extend(check_all_of(new, validator, entity))
        violations.extend(check_stray_files(before, after))
    steps = chain(check_transitions(old, new, changed), check_schemas(before, after))
    return ValidationResult((*violations, *sorted(validator.with_severity(steps))), count, new)
