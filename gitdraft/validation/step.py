"""What the step from one canonical tree to another can have broken.

Two engines answer it. ``commits.validate_step`` (`validate --range`) checks every entity that the step reaches, by the
functions of the first half. ``check_change`` (hooks, pushes) checks what the step changed, and reports files and
lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import Configuration
from gitdraft.formats.keys import fold_key
from gitdraft.formats.paths import parse_marker_path, protection_path
from gitdraft.git.trees import changed_files
from gitdraft.index.redirects import redirect_sources
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import EntityState, Redirected
from gitdraft.model.rules import unreadable_rule
from gitdraft.model.violations import Problem, Violation
from gitdraft.store.redirects import PROTECTION, TOMBSTONES
from gitdraft.store.schema_files import read_schema, schema_files
from gitdraft.store.snapshots import EmptyCanonical, Snapshot, file_oid, folded_keys
from gitdraft.validation.dependents import dependents_by_name, dependents_in_cycles, orphaned_dependents
from gitdraft.validation.locations import locate_problems
from gitdraft.validation.rules.cycles import InheritanceGraph
from gitdraft.validation.rules.file_names import check_file_names
from gitdraft.validation.rules.tombstones import stray_file
from gitdraft.validation.rules.transitions import check_schema_transition, check_transition
from gitdraft.validation.validator import Validator
from gitdraft.views.effective_view import EffectiveView


def changed_entities(before: Snapshot | EmptyCanonical, after: Snapshot) -> frozenset[EntityRef]:
    """Returns the entities whose file, tombstone or protection differs between two snapshots."""
    entities = set()
    for change in changed_files(after.source, before.tree, after.tree):
        entities |= {
            parse_marker_path(change.path),
            before.configuration.entity_at(change.path),
            after.configuration.entity_at(change.path),
        }
    return frozenset(entity for entity in entities if entity is not None)


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
    return dependents


def check_all_of(view: EffectiveView, validator: Validator, entity: EntityRef) -> Iterator[Violation]:
    """Yields what a full validation reports of the entity, its tombstone and its protection."""
    if entity.type in view.canonical.configuration.entities and view.is_live(entity):
        yield from validator.check(view, entity)
    yield from validator.check_marker_files(view, entity)


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


def check_change(before: Snapshot | EmptyCanonical, after: Snapshot) -> tuple[Problem, ...]:
    """Returns what is wrong in ``after`` with what the step from ``before`` changed, sorted by file and line."""
    return locate_problems(after, (*check_file_names(before, after), *_check_entities(before, after)))


def _check_entities(before: Snapshot | EmptyCanonical, after: Snapshot) -> Iterator[Violation]:
    view, validator = EffectiveView(after.source, after), Validator(after)
    changed = changed_entities(before, after)
    checked_differently = {
        entity for name in types_checked_differently(before, after) for entity, _ in after.entities((name,))
    }
    for entity in changed | checked_differently:
        if entity.type not in after.configuration.entities:
            if after.tombstone_blob(entity) is not None or file_oid(
                after.source, after.tree, protection_path(entity)
            ):
                yield Violation(entity, "", "tombstone/stray", f"there is no type '{entity.type}'")
            continue
        yield from validator.check(view, entity)
        yield from _check_markers(view, validator, entity)
        if entity in changed:
            yield from _check_case_collisions(before, after, entity)


def _check_markers(view: EffectiveView, validator: Validator, entity: EntityRef) -> Iterator[Violation]:
    """Yields what is wrong with the entity's tombstone and protection, and with redirects to it once it is one."""
    canonical = view.canonical
    try:
        tombstone, protection = canonical.tombstone(entity), canonical.protection(entity)
    except InvalidInput as error:
        yield Violation(entity, "", unreadable_rule(error.code), error.message)
        return
    for marker in (tombstone, protection):
        if marker is not None and marker.id != entity.key:
            message = f"its tombstone or protection says it is of {marker.id!r}"
            yield Violation(entity, "/id", "identity/mismatch", message)
    if tombstone is not None and canonical.blob(entity) is not None:
        yield Violation(entity, "", "tombstone/live", "it has a tombstone: an id is never used again")
    if isinstance(canonical.state(entity) if canonical.blob(entity) is None else None, Redirected):
        for source in redirect_sources(canonical, entity):
            yield from validator.check(view, source)


def _check_case_collisions(
    before: Snapshot | EmptyCanonical, after: Snapshot, entity: EntityRef
) -> Iterator[Violation]:
    if after.blob(entity) is None:
        return
    if entity.type in before.configuration.entities and before.blob(entity) is not None:
        return
    folded = fold_key(entity.key)
    for snapshot in (before, after):
        if isinstance(snapshot, EmptyCanonical) or entity.type not in snapshot.configuration.entities:
            continue
        other = EntityRef(entity.type, folded_keys(snapshot, entity.type).get(folded, entity.key))
        if other != entity and after.blob(other) is not None:
            yield Violation(entity, "", "key/case", f"{other} differs from it in case alone")
