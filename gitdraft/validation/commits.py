"""Validation of canonical: all of it, or what the step from one commit to another can have made wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import Configuration
from gitdraft.formats.keys import fold_key, normalise_key
from gitdraft.formats.paths import PathTemplate, parse_marker_path, protection_path
from gitdraft.git.refs import resolve_commit
from gitdraft.git.trees import changed_entries, changed_files, check_name
from gitdraft.git.values import TreeEntry
from gitdraft.index.redirects import redirect_sources
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import EntityState, Redirected
from gitdraft.model.progress import Progress, silent
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.model.violations import Violation
from gitdraft.store.redirects import PROTECTION, TOMBSTONES, marked, past_tombstone
from gitdraft.store.repository import Store
from gitdraft.store.schema_files import read_schema, schema_files
from gitdraft.store.snapshots import (
    CONFIGURATION_PATH,
    EmptyCanonical,
    Snapshot,
    file_oid,
    folded_keys,
    take_snapshot,
)
from gitdraft.validation.dependents import dependents_by_name, dependents_in_cycles, orphaned_dependents
from gitdraft.validation.locations import locate_on_canonical
from gitdraft.validation.rules.cycles import InheritanceGraph
from gitdraft.validation.rules.tombstones import check_markers, stray_file
from gitdraft.validation.rules.transitions import check_schema_transition, check_transition
from gitdraft.validation.validator import Validator
from gitdraft.views.effective_view import EffectiveView


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, in how many entities, in which view."""

    violations: tuple[Violation, ...]
    count: int
    view: EffectiveView


def validate_canonical(store: Store, progress: Progress = silent, *, with_warnings: bool = False) -> Checked:
    """All violations of canonical at its tip."""
    canonical = store.snapshot()
    return validate_all(
        EffectiveView(canonical.source, canonical), Validator(canonical, with_warnings), progress
    )


def validate_all(view: EffectiveView, validator: Validator, progress: Progress = silent) -> Checked:
    """All violations of canonical as the view, which has no draft, shows it."""
    canonical = view.canonical
    marks = [mark for folder in (TOMBSTONES, PROTECTION) for mark in marked(canonical, folder)]
    found = list(validator.check_all(view, progress))
    for entity in sorted({entity for _, entity in marks if entity is not None}):
        found.extend(_check_marked(view, validator, entity))
    found.extend(stray_file(path) for path, entity in marks if entity is None)
    return Checked(tuple(found), sum(1 for _ in canonical.entities()), view)


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
        reached = sorted(_dependents(old, new, validator, changed))
        found, count = [], len(reached)
        for done, entity in enumerate(reached):
            progress(done, count)
            found.extend(_check_whole(new, validator, entity))
        found.extend(_strays(before, after))
    steps = chain(_check_steps(old, new, changed), _check_schemas(before, after))
    return Checked((*found, *sorted(validator.with_severity(steps))), count, new)


def _is_read_otherwise(old: Configuration, new: Configuration, validator: Validator) -> bool:
    """Whether which files are entities, or what is looked for in all of them, is declared otherwise."""
    orphans = validator.is_reported("reference/orphan")

    def reading(configuration: Configuration) -> object:
        kinds = sorted(configuration.entities.items())
        declared = [
            (name, kind.path.text, kind.nested, kind.schema, kind.references if orphans else None)
            for name, kind in kinds
        ]
        return declared, configuration.limits, configuration.rules

    return reading(old) != reading(new)


def _dependents(
    before: EffectiveView, after: EffectiveView, validator: Validator, changed: frozenset[EntityRef]
) -> set[EntityRef]:
    held_otherwise = set(types_checked_differently(before.canonical, after.canonical))
    here = changed.union(entity for name in held_otherwise for entity, _ in after.canonical.entities((name,)))
    reached = {*here, *dependents_by_name(before, after, changed)}
    if validator.is_reported("inheritance/cycle"):
        reached.update(dependents_in_cycles(InheritanceGraph(before), validator.hierarchy(after), here))
    if validator.is_reported("reference/orphan"):
        reached.update(orphaned_dependents(before, after, changed))
    return reached


def _check_whole(view: EffectiveView, validator: Validator, entity: EntityRef) -> Iterator[Violation]:
    """What a full run finds in the entity, its tombstone and its protection."""
    if entity.type in view.canonical.configuration.entities and view.is_live(entity):
        yield from validator.check(view, entity)
    yield from _check_marked(view, validator, entity)


def _check_marked(view: EffectiveView, validator: Validator, entity: EntityRef) -> Iterator[Violation]:
    yield from validator.with_severity(sorted(set(check_markers(view.canonical, entity))))
    if entity.type not in view.canonical.configuration.entities or view.is_live(entity):
        return
    tombstone = past_tombstone(view.source, view.canonical.tombstone_blob(entity))
    if isinstance(tombstone, RedirectTombstone):
        yield from validator.check(view, entity)


def _strays(before: Snapshot, after: Snapshot) -> Iterator[Violation]:
    for change in changed_files(after.source, before.tree, after.tree):
        is_mark = change.path.startswith((f"{TOMBSTONES}/", f"{PROTECTION}/"))
        if is_mark and change.new is not None and parse_marker_path(change.path) is None:
            yield stray_file(change.path)


def _check_steps(
    before: EffectiveView, after: EffectiveView, changed: Iterable[EntityRef]
) -> Iterator[Violation]:
    def is_new(entity: EntityRef) -> bool:
        return after.is_live(entity) and not before.is_live(entity)

    for entity in changed:
        kind = after.canonical.configuration.entities.get(entity.type)
        if kind is not None and entity.type in before.canonical.configuration.entities:
            was, now = (_state_of(view, entity) for view in (before, after))
            if was is not None and now is not None:
                yield from check_transition(kind, entity, was, now, is_new)


def _state_of(view: EffectiveView, entity: EntityRef) -> EntityState | None:
    try:
        return view.state(entity)
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
            yield from check_schema_transition(path, read_schema(before, path), read_schema(after, path))


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong, and where: the file, the line in it (``None``: the file is not there)."""

    path: str
    line: int | None
    violation: Violation


def check_change(before: Snapshot | EmptyCanonical, after: Snapshot) -> tuple[Problem, ...]:
    """All that is wrong in ``after`` and that ``before`` did not have there, sorted by file and line."""
    found = {*_check_names(before, after), *_check_entities(before, after)}
    return tuple(sorted(_place(after, violation) for violation in found))


def place(after: Snapshot, violations: Iterator[Violation]) -> tuple[Problem, ...]:
    """The violations with the files and lines that they are about, sorted."""
    return tuple(sorted({_place(after, violation) for violation in violations}))


def changed_entities(before: Snapshot | EmptyCanonical, after: Snapshot) -> frozenset[EntityRef]:
    """The entities whose file, tombstone or protection differs."""
    found = set()
    for change in changed_files(after.source, before.tree, after.tree):
        named = parse_marker_path(change.path)
        found |= {
            named,
            before.configuration.entity_at(change.path),
            after.configuration.entity_at(change.path),
        }
    return frozenset(entity for entity in found if entity is not None)


def _check_entities(before: Snapshot | EmptyCanonical, after: Snapshot) -> Iterator[Violation]:
    view, validator = EffectiveView(after.source, after), Validator(after)
    changed = changed_entities(before, after)
    held_otherwise = {
        entity for name in types_checked_differently(before, after) for entity, _ in after.entities((name,))
    }
    for entity in changed | held_otherwise:
        if entity.type not in after.configuration.entities:
            if after.tombstone_blob(entity) is not None or file_oid(
                after.source, after.tree, protection_path(entity)
            ):
                yield Violation(entity, "", "tombstone/stray", f"there is no type '{entity.type}'")
            continue
        yield from validator.check(view, entity)
        yield from _check_marks(view, validator, entity)
        if entity in changed:
            yield from _check_case_collisions(before, after, entity)


def types_checked_differently(before: Snapshot | EmptyCanonical, after: Snapshot) -> Iterator[str]:
    """The types that are declared otherwise, or whose schema is another."""
    old, new = before.configuration, after.configuration
    for name, kind in new.entities.items():
        paths = schema_files(after, name)
        if (
            kind != old.entities.get(name)
            or old.limits != new.limits
            or any(
                file_oid(after.source, before.tree, path) != file_oid(after.source, after.tree, path)
                for path in paths
            )
        ):
            yield name


def _check_marks(view: EffectiveView, validator: Validator, entity: EntityRef) -> Iterator[Violation]:
    """Tombstone and protection: readable, the entity's own, not beside a live entity; no redirect to a redirect."""
    canonical = view.canonical
    try:
        tombstone, protection = canonical.tombstone(entity), canonical.protection(entity)
    except InvalidInput as error:
        yield Violation(entity, "", "json/invalid", error.message)
        return
    for mark in (tombstone, protection):
        if mark is not None and mark.id != entity.key:
            yield Violation(entity, "/id", "identity/mismatch", f"its mark says it is of {mark.id!r}")
    if tombstone is not None and canonical.blob(entity) is not None:
        yield Violation(entity, "", "tombstone/live", "its tombstone stands: an id is never used again")
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
        twin = EntityRef(entity.type, folded_keys(snapshot, entity.type).get(folded, entity.key))
        if twin != entity and after.blob(twin) is not None:
            yield Violation(entity, "", "key/case", f"{twin} differs from it in case alone")


def _check_names(before: Snapshot | EmptyCanonical, after: Snapshot) -> Iterator[Violation]:
    """Names that some disk or some git takes for something else, links, and files where no entity is found."""
    for path, entry in changed_entries(after.source, before.tree, after.tree):
        why = _flaw(after, path, entry)
        if why is not None:
            yield Violation(EntityRef("", path), "", "name/forbidden", why)


def _flaw(after: Snapshot, path: str, entry: TreeEntry) -> str | None:
    try:
        check_name(entry.name)
    except InvalidInput:
        return "git or a disk takes the name for something else"
    if any(ord(character) < 32 or ord(character) == 127 for character in entry.name):
        return "the name has a control character"
    if entry.is_tree:
        return "the folder of a draft, on a branch that is none" if path == ".gitdraft" else None
    if path.startswith((f"{TOMBSTONES}/", f"{PROTECTION}/")):
        return None if parse_marker_path(path) is not None and entry.is_file else "it is no entity's"
    if after.configuration.entity_at(path) is not None or path == CONFIGURATION_PATH:
        return None if entry.is_file else "a link, where a file must be"
    for kind in after.configuration.entities.values():
        if path != kind.schema and (why := _misplaced(kind.path, path)):
            return why
    return None


def _misplaced(template: PathTemplate, path: str) -> str | None:
    """Why a file that stands where the type's entities do is none of them; ``None`` for any other file."""
    rest = path.removeprefix(f"{template.folder}/") if template.folder else path
    if (template.folder and rest == path) or not rest.endswith(template.suffix):
        return None
    parts = rest.removesuffix(template.suffix).split("/")
    key = "/".join(parts[template.fanout :])
    if (
        template.nested
        or len(parts) != template.fanout + 1
        or key.startswith(("_", "."))
        or not template.folder
    ):
        return None
    try:
        normal = normalise_key(key)
    except InvalidInput as error:
        return error.message
    return f"the entity's place is {template.path_of(normal)}"


def _place(after: Snapshot, violation: Violation) -> Problem:
    where = locate_on_canonical(after, violation)
    return Problem(where.path, where.line, violation)
