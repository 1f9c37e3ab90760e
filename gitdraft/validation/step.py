"""What the step from one canonical tree to another breaks: the one answer for every gate and for `validate A..B`.

``check_step`` checks the entities that the step reaches (all where gitdraft.yaml declares otherwise which files are
entities, or how they are checked), leaves out what was wrong before it (``added_violations.py``), and adds what the step itself
does to datatypes, required members, protections and gitdraft.yaml.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import Configuration
from gitdraft.formats.drafts import read_draft_header
from gitdraft.formats.paths import parse_marker_path
from gitdraft.git.objects import ObjectSource
from gitdraft.git.trees import changed_files, walk_files
from gitdraft.model.drafts import is_same_draft
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.outcomes import EntityState
from gitdraft.model.progress import Progress, silent
from gitdraft.model.violations import Violation
from gitdraft.store.drafts import HEADER_PATH, OVERLAY
from gitdraft.store.drafts_on_canonical import drafts_on_canonical
from gitdraft.store.redirects import PROTECTION, TOMBSTONES
from gitdraft.store.repository import Store
from gitdraft.store.schema_files import read_schema, schema_files
from gitdraft.store.snapshots import EmptyCanonical, Snapshot, file_oid, keys_sharing_a_file, take_snapshot
from gitdraft.validation.added_violations import added_violations
from gitdraft.validation.canonical import ValidationResult, check_everything_of, validate_all
from gitdraft.validation.configuration_step import (
    check_configuration,
    configuration_problems,
    readable_configuration,
)
from gitdraft.validation.dependents import dependents_by_name, dependents_in_cycles, orphaned_dependents
from gitdraft.validation.protection_history import changed_entities, check_protection_history
from gitdraft.validation.rules.cycles import InheritanceGraph
from gitdraft.validation.rules.file_names import check_file_names
from gitdraft.validation.rules.keys import check_shared_key
from gitdraft.validation.rules.tombstones import stray_file
from gitdraft.validation.rules.transitions import check_schema_transition, check_transition
from gitdraft.validation.rules.unique import sharing_values
from gitdraft.validation.validator import Validator, is_unchecked
from gitdraft.views.effective_view import EffectiveView


def check_step(
    store: Store,
    before: Snapshot | EmptyCanonical,
    after: Snapshot,
    progress: Progress = silent,
    *,
    with_warnings: bool = False,
    is_checked: Callable[[EntityRef], bool] = is_unchecked,
) -> ValidationResult:
    """Returns the violations that ``after`` has by its configuration and ``before`` has not by its own, and those of the
    step itself, sorted. What stood before the step is never among them.

    ``store`` says which branches the names in gitdraft.yaml lead to. An entity that ``is_checked`` was held to its schema
    already, as it is after the step.
    """
    validator = Validator(after, with_warnings, is_checked)
    new = EffectiveView(after.source, after)
    if isinstance(before, EmptyCanonical):
        whole = validate_all(new, validator, progress)
        violations = {*whole.violations, *check_configuration(store, before, after)}
        return ValidationResult(tuple(sorted(violations)), whole.count, new)
    old = EffectiveView(before.source, before)
    changed = changed_entities(before, after)
    if requires_full_validation(before.configuration, after.configuration, validator):
        whole = validate_all(new, validator, progress)
        result, count = whole.violations, whole.count
        changed |= {*_entities(before)} ^ {*_entities(after)}
    else:
        entities = sorted(dependents_of_step(old, new, validator, changed))
        count = len(entities)
        result = tuple(_check_entities(new, validator, entities, progress))
        result += (*check_stray_files(before, after), *check_file_names(before, after))
        result += tuple(_check_new_keys(old, new, changed))
    old_validator = Validator(before, with_warnings=True)
    added = added_violations(result, lambda entity: _standing(old, old_validator, after, entity))
    steps = chain(check_transitions(old, new, changed), check_schemas(before, after))
    of_step = chain(
        validator.with_severity(steps),
        check_protection_history(before, after),
        check_configuration(store, before, after),
    )
    return ValidationResult(tuple(sorted({*added, *of_step})), count, new)


def violations_of_step(
    store: Store, source: ObjectSource, old: Oid | None, new: Oid
) -> tuple[Violation, ...]:
    """Returns what moving canonical from the commit ``old`` (``None``: from nothing) to ``new`` breaks, for reports of what
    is not to be refused."""
    try:
        after = take_snapshot(source, new, readable_configuration(store))
    except InvalidInput as error:
        return tuple(problem.violation for problem in configuration_problems(error))
    return check_step(store, read_start(source, old, after), after).violations


def read_start(source: ObjectSource, commit: Oid | None, after: Snapshot) -> Snapshot | EmptyCanonical:
    """Returns canonical before a step to ``after``.

    Where its gitdraft.yaml cannot be read it is read as the step has it, so that mending that file is no reason to
    report all that stands.
    """
    if commit is None:
        return EmptyCanonical(source, after.configuration)
    try:
        return take_snapshot(source, commit, after.configuration)
    except InvalidInput:
        return Snapshot(source, commit, source.read_lineage(commit).tree, after.configuration)


def types_checked_differently(before: Snapshot | EmptyCanonical, after: Snapshot) -> Iterator[str]:
    """Yields the names of the types whose declaration, limits or schema files differ."""
    old, new = before.configuration, after.configuration
    for name, entity_type in new.entities.items():
        paths = schema_files(after, name)
        if (
            entity_type != old.entities.get(name)
            or old.limits != new.limits
            or any(
                file_oid(after.source, before.tree, path) != file_oid(after.source, after.tree, path)
                for path in paths
            )
        ):
            yield name


def requires_full_validation(old: Configuration, new: Configuration, validator: Validator) -> bool:
    """Returns whether the step changes which files are entities, or by which rules all of them are checked."""
    reports_orphans = validator.is_reported("reference/orphan")

    def declarations(configuration: Configuration) -> object:
        types = [
            (
                name,
                entity_type.path.text,
                entity_type.nested,
                entity_type.schema,
                entity_type.references if reports_orphans else None,
            )
            for name, entity_type in sorted(configuration.entities.items())
        ]
        return types, configuration.limits, configuration.rules

    return declarations(old) != declarations(new)


def dependents_of_step(
    before: EffectiveView, after: EffectiveView, validator: Validator, changed: frozenset[EntityRef]
) -> set[EntityRef]:
    """Returns the entities that the step can have broken or mended: the changed ones and their dependents."""
    differently = set(types_checked_differently(before.canonical, after.canonical))
    starts = changed.union(entity for name in differently for entity, _ in after.canonical.entities((name,)))
    dependents = {*starts, *dependents_by_name(before, after, changed)}
    if validator.is_reported("inheritance/cycle"):
        dependents.update(dependents_in_cycles(InheritanceGraph(before), validator.hierarchy(after), starts))
    if validator.is_reported("reference/orphan"):
        dependents.update(orphaned_dependents(before, after, changed))
    if validator.is_reported("unique/duplicate"):
        dependents.update(sharing_values(before, after, changed))
    return dependents


def check_stray_files(before: Snapshot, after: Snapshot) -> Iterator[Violation]:
    """Yields the new or changed files among tombstones and protections that belong to no entity."""
    for change in changed_files(after.source, before.tree, after.tree):
        is_marker = change.path.startswith((f"{TOMBSTONES}/", f"{PROTECTION}/"))
        if is_marker and change.new is not None and parse_marker_path(change.path) is None:
            yield stray_file(change.path)


def check_transitions(
    before: EffectiveView, after: EffectiveView, changed: Iterable[EntityRef]
) -> Iterator[Violation]:
    """Yields what the step does to each changed entity that a rule about transitions forbids."""

    def is_new(entity: EntityRef) -> bool:
        return after.is_live(entity) and not before.is_live(entity)

    for entity in changed:
        entity_type = after.canonical.configuration.entities.get(entity.type)
        if entity_type is not None and entity.type in before.canonical.configuration.entities:
            old, new = (_state_of(view, entity) for view in (before, after))
            if old is not None and new is not None:
                yield from check_transition(entity_type, entity, old, new, is_new)


def check_schemas(before: Snapshot, after: Snapshot) -> Iterator[Violation]:
    """Yields what the step makes required in the schemas of types that both snapshots have."""
    paths = {
        path
        for name in after.configuration.entities
        if name in before.configuration.entities
        for path in schema_files(after, name)
    }
    for path in sorted(paths):
        old, new = (file_oid(after.source, snapshot.tree, path) for snapshot in (before, after))
        if old != new:
            yield from check_schema_transition(path, read_schema(before, path), read_schema(after, path))


def _state_of(view: EffectiveView, entity: EntityRef) -> EntityState | None:
    try:
        return view.state(entity)
    except InvalidInput:
        return None


def _check_entities(
    view: EffectiveView, validator: Validator, entities: list[EntityRef], progress: Progress
) -> Iterator[Violation]:
    for done, entity in enumerate(entities):
        progress(done, len(entities))
        yield from check_everything_of(view, validator, entity)


def _standing(
    view: EffectiveView, validator: Validator, after: Snapshot, entity: EntityRef
) -> Iterator[Violation]:
    """Yields what was wrong with an entity, or a file, before the step.

    A draft's folder stood there only where the step adds no draft to it, and no file of one.
    """
    if entity.type in view.canonical.configuration.entities:
        yield from check_shared_key(view.canonical, entity)
    if entity.type or entity.key != f"{OVERLAY}/" or not _adds_to_drafts(view.canonical, after):
        yield from check_everything_of(view, validator, entity)


def _check_new_keys(
    before: EffectiveView, after: EffectiveView, changed: Iterable[EntityRef]
) -> Iterator[Violation]:
    """Yields the new keys that differ from others in case alone, and those others."""
    for entity in changed:
        if entity.type in after.canonical.configuration.entities and _is_new(before, after, entity):
            for violation in check_shared_key(after.canonical, entity):
                yield violation
                other = keys_sharing_a_file(after.canonical, entity.type)[entity.key]
                yield from check_shared_key(after.canonical, EntityRef(entity.type, other))


def _is_new(before: EffectiveView, after: EffectiveView, entity: EntityRef) -> bool:
    was_known = entity.type in before.canonical.configuration.entities
    return after.is_live(entity) and not (was_known and before.is_live(entity))


def _adds_to_drafts(before: Snapshot, after: Snapshot) -> bool:
    """Returns whether the step adds a draft to those on canonical, or a file to one of them.

    Where several lie there, taking one out can bring a file of another to light that it had covered.
    """
    old, new = (dict(walk_files(each.source, each.tree, OVERLAY)) for each in (before, after))
    if new.items() <= old.items():
        return False
    drafts, header = drafts_on_canonical(before), new.pop(HEADER_PATH, None)
    if not new.items() <= {*old.items(), *(file for draft in drafts for file in draft.files.items())}:
        return True
    if header in (None, old.get(HEADER_PATH)):
        return False
    try:
        added = read_draft_header(after.source.read_blob(header), source=HEADER_PATH)
    except InvalidInput:
        return True
    return not any(draft.header is not None and is_same_draft(draft.header, added) for draft in drafts)


def _entities(canonical: Snapshot) -> Iterator[EntityRef]:
    return (entity for entity, _ in canonical.entities())
