"""Validation of canonical: all of it, or what the step from one commit to another can have made wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import Configuration
from gitdraft.formats.paths import parse_mark_path
from gitdraft.git.refs import resolve_commit
from gitdraft.git.trees import changed_files
from gitdraft.model.entities import EntityRef
from gitdraft.model.progress import Progress, silent
from gitdraft.model.rebasing import Standing
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.model.violations import Violation
from gitdraft.store.redirects import PROTECTION, TOMBSTONES, marked, past_tombstone
from gitdraft.store.repository import Store
from gitdraft.store.schema_files import read_schema, schema_files
from gitdraft.store.snapshots import Snapshot, file_oid, take_snapshot
from gitdraft.workflow.checking_changes import changed_entities, types_held_otherwise
from gitdraft.workflow.overlaying import EffectiveView
from gitdraft.workflow.reaching import reached_as_orphans, reached_by_names, reached_in_circles
from gitdraft.workflow.rules.changing import check_schema_step, check_transition
from gitdraft.workflow.rules.cycles import Hierarchy
from gitdraft.workflow.rules.tombstones import check_marks, stray
from gitdraft.workflow.validating import Validator


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, in how many entities, in which view."""

    violations: tuple[Violation, ...]
    count: int
    view: EffectiveView


def validate_canonical(store: Store, progress: Progress = silent, *, with_warnings: bool = False) -> Checked:
    """All violations of canonical at its tip."""
    onto = store.snapshot()
    return validate_all(EffectiveView(onto.source, onto), Validator(onto, with_warnings), progress)


def validate_all(view: EffectiveView, validator: Validator, progress: Progress = silent) -> Checked:
    """All violations of canonical as the view, which has no draft, shows it."""
    onto = view.onto
    marks = [mark for folder in (TOMBSTONES, PROTECTION) for mark in marked(onto, folder)]
    found = list(validator.check_all(view, progress))
    for entity in sorted({entity for _, entity in marks if entity is not None}):
        found.extend(_check_marked(view, validator, entity))
    found.extend(stray(path) for path, entity in marks if entity is None)
    return Checked(tuple(found), sum(1 for _ in onto.entities()), view)


def validate_range(
    store: Store, old: str, new: str, progress: Progress = silent, *, with_warnings: bool = False
) -> Checked:
    """The violations at ``new`` of the entities that the step from ``old`` can have made wrong, and what the step
    itself does wrong. Raises NotFound for an unknown revision."""
    configuration = store.snapshot().configuration
    before, after = (
        take_snapshot(store.git, resolve_commit(store.git, revision), configuration)
        for revision in (old, new)
    )
    return validate_step(before, after, progress, with_warnings=with_warnings)


def validate_step(
    before: Snapshot, after: Snapshot, progress: Progress = silent, *, with_warnings: bool = True
) -> Checked:
    """The same for two snapshots."""
    validator = Validator(after, with_warnings)
    old, new = EffectiveView(before.source, before), EffectiveView(after.source, after)
    changed = changed_entities(before, after)
    if _is_read_otherwise(before.configuration, after.configuration, validator):
        whole = validate_all(new, validator, progress)
        found, count = list(whole.violations), whole.count
    else:
        reached = sorted(_reached(old, new, validator, changed))
        found, count = [], len(reached)
        for done, entity in enumerate(reached):
            progress(done, count)
            found.extend(_check_whole(new, validator, entity))
        found.extend(_strays(before, after))
    steps = chain(_check_steps(old, new, changed), _check_schemas(before, after))
    return Checked((*found, *sorted(validator.rated(steps))), count, new)


def _is_read_otherwise(old: Configuration, new: Configuration, validator: Validator) -> bool:
    """Whether which files are entities, or what is looked for in all of them, is declared otherwise."""
    orphans = validator.looks_for("reference/orphan")

    def reading(configuration: Configuration) -> object:
        kinds = sorted(configuration.entities.items())
        declared = [
            (name, kind.path.text, kind.nested, kind.schema, kind.references if orphans else None)
            for name, kind in kinds
        ]
        return declared, configuration.limits, configuration.rules

    return reading(old) != reading(new)


def _reached(
    before: EffectiveView, after: EffectiveView, validator: Validator, changed: frozenset[EntityRef]
) -> set[EntityRef]:
    held_otherwise = set(types_held_otherwise(before.onto, after.onto))
    here = changed.union(entity for name in held_otherwise for entity, _ in after.onto.entities((name,)))
    reached = {*here, *reached_by_names(before, after, changed)}
    if validator.looks_for("inheritance/cycle"):
        reached.update(reached_in_circles(Hierarchy(before), validator.hierarchy(after), here))
    if validator.looks_for("reference/orphan"):
        reached.update(reached_as_orphans(before, after, changed))
    return reached


def _check_whole(view: EffectiveView, validator: Validator, entity: EntityRef) -> Iterator[Violation]:
    """What a full run finds in the entity, its tombstone and its protection."""
    if entity.type in view.onto.configuration.entities and view.is_live(entity):
        yield from validator.check(view, entity)
    yield from _check_marked(view, validator, entity)


def _check_marked(view: EffectiveView, validator: Validator, entity: EntityRef) -> Iterator[Violation]:
    yield from validator.rated(sorted(set(check_marks(view.onto, entity))))
    if entity.type not in view.onto.configuration.entities or view.is_live(entity):
        return
    tombstone = past_tombstone(view.source, view.onto.tombstone_blob(entity))
    if isinstance(tombstone, RedirectTombstone):
        yield from validator.check(view, entity)


def _strays(before: Snapshot, after: Snapshot) -> Iterator[Violation]:
    for change in changed_files(after.source, before.tree, after.tree):
        is_mark = change.path.startswith((f"{TOMBSTONES}/", f"{PROTECTION}/"))
        if is_mark and change.new is not None and parse_mark_path(change.path) is None:
            yield stray(change.path)


def _check_steps(
    before: EffectiveView, after: EffectiveView, changed: Iterable[EntityRef]
) -> Iterator[Violation]:
    def is_new(entity: EntityRef) -> bool:
        return after.is_live(entity) and not before.is_live(entity)

    for entity in changed:
        kind = after.onto.configuration.entities.get(entity.type)
        if kind is not None and entity.type in before.onto.configuration.entities:
            was, now = (_standing(view, entity) for view in (before, after))
            if was is not None and now is not None:
                yield from check_transition(kind, entity, was, now, is_new)


def _standing(view: EffectiveView, entity: EntityRef) -> Standing | None:
    try:
        return view.standing(entity)
    except InvalidInput:
        return None


def _check_schemas(before: Snapshot, after: Snapshot) -> Iterator[Violation]:
    paths = {
        path
        for name in after.configuration.entities
        if name in before.configuration.entities
        for path in schema_files(after, name)
    }
    for path in sorted(paths):
        old, new = (file_oid(after.source, snapshot.tree, path) for snapshot in (before, after))
        if old != new:
            yield from check_schema_step(path, read_schema(before, path), read_schema(after, path))
