"""What a change of canonical can have broken: the checks of a commit, a push, a staged index.

Only what differs is read, and what depends on it: the entities of a type whose rules are others now, those that
name what is gone, those that redirect to what redirects itself now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gitdraft.errors import InvalidInput
from gitdraft.formats.keys import fold_key, normalise_key
from gitdraft.formats.paths import PathTemplate, parse_mark_path, protection_path
from gitdraft.git.trees import changed_entries, changed_files, check_name
from gitdraft.git.values import TreeEntry
from gitdraft.index.redirects import incoming
from gitdraft.model.entities import EntityRef
from gitdraft.model.rebasing import Redirected
from gitdraft.model.violations import Violation
from gitdraft.store.redirects import PROTECTION, TOMBSTONES
from gitdraft.store.schema_files import schema_files
from gitdraft.store.snapshots import CONFIGURATION_PATH, Snapshot, file_oid, folded_keys
from gitdraft.workflow.locating import place_on_canonical
from gitdraft.workflow.overlaying import EffectiveView
from gitdraft.workflow.validating import Validator


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong, and where: the file, the line in it (``None``: the file is not there)."""

    path: str
    line: int | None
    violation: Violation


def check_change(before: Snapshot, after: Snapshot) -> tuple[Problem, ...]:
    """All that is wrong in ``after`` and that ``before`` did not have there, sorted by file and line."""
    found = {*_check_names(before, after), *_check_entities(before, after)}
    return tuple(sorted(_place(after, violation) for violation in found))


def place(after: Snapshot, violations: Iterator[Violation]) -> tuple[Problem, ...]:
    """The violations with the files and lines that they are about, sorted."""
    return tuple(sorted({_place(after, violation) for violation in violations}))


def changed_entities(before: Snapshot, after: Snapshot) -> frozenset[EntityRef]:
    """The entities whose file, tombstone or protection differs."""
    found = set()
    for change in changed_files(after.source, before.tree, after.tree):
        named = parse_mark_path(change.path)
        found |= {
            named,
            before.configuration.entity_at(change.path),
            after.configuration.entity_at(change.path),
        }
    return frozenset(entity for entity in found if entity is not None)


def _check_entities(before: Snapshot, after: Snapshot) -> Iterator[Violation]:
    view, validator = EffectiveView(after.source, after), Validator(after)
    changed = changed_entities(before, after)
    held_otherwise = {
        entity for name in types_held_otherwise(before, after) for entity, _ in after.entities((name,))
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
            yield from _check_twins(before, after, entity)


def types_held_otherwise(before: Snapshot, after: Snapshot) -> Iterator[str]:
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
    onto = view.onto
    try:
        tombstone, protection = onto.tombstone(entity), onto.protection(entity)
    except InvalidInput as error:
        yield Violation(entity, "", "json/invalid", error.message)
        return
    for mark in (tombstone, protection):
        if mark is not None and mark.id != entity.key:
            yield Violation(entity, "/id", "identity/mismatch", f"its mark says it is of {mark.id!r}")
    if tombstone is not None and onto.blob(entity) is not None:
        yield Violation(entity, "", "tombstone/live", "its tombstone stands: an id is never used again")
    if isinstance(onto.standing(entity) if onto.blob(entity) is None else None, Redirected):
        for source in incoming(onto, entity):
            yield from validator.check(view, source)


def _check_twins(before: Snapshot, after: Snapshot, entity: EntityRef) -> Iterator[Violation]:
    if after.blob(entity) is None:
        return
    if entity.type in before.configuration.entities and before.blob(entity) is not None:
        return
    folded = fold_key(entity.key)
    for snapshot in (before, after):
        if snapshot.tree is None or entity.type not in snapshot.configuration.entities:
            continue
        twin = EntityRef(entity.type, folded_keys(snapshot, entity.type).get(folded, entity.key))
        if twin != entity and after.blob(twin) is not None:
            yield Violation(entity, "", "key/case", f"{twin} differs from it in case alone")


def _check_names(before: Snapshot, after: Snapshot) -> Iterator[Violation]:
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
        return None if parse_mark_path(path) is not None and entry.is_file else "it is no entity's"
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
    where = place_on_canonical(after, violation)
    return Problem(where.path, where.line, violation)
