"""All that is wrong with canonical at one commit: with its entities, tombstones, protections and file names."""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.formats.paths import parse_marker_path
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.progress import Progress, silent
from gitdraft.model.violations import Violation
from gitdraft.store.redirects import PROTECTION, TOMBSTONES, marker_files
from gitdraft.store.snapshots import file_oid
from gitdraft.validation.rules.file_names import check_all_file_names, check_file_name
from gitdraft.validation.rules.keys import check_shared_key
from gitdraft.validation.rules.tombstones import stray_file
from gitdraft.validation.validator import Validator
from gitdraft.views.effective_view import EffectiveView


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """The violations of canonical as ``view`` shows it, and in how many entities (``count``) they were looked for."""

    violations: tuple[Violation, ...]
    count: int
    view: EffectiveView


def validate_all(view: EffectiveView, validator: Validator, progress: Progress = silent) -> ValidationResult:
    """Returns all violations of canonical as ``view``, which has no draft, shows it."""
    canonical = view.canonical
    files = [file for folder in (TOMBSTONES, PROTECTION) for file in marker_files(canonical, folder)]
    violations = list(validator.check_all(view, progress))
    count = 0
    for entity, _ in canonical.entities():
        count += 1
        violations.extend(validator.with_severity(check_shared_key(canonical, entity)))
    for entity in sorted({entity for _, entity in files if entity is not None}):
        violations.extend(validator.check_marker_files(view, entity))
    violations.extend(stray_file(path) for path, entity in files if entity is None)
    violations.extend(check_all_file_names(canonical))
    return ValidationResult(tuple(violations), count, view)


def check_everything_of(view: EffectiveView, validator: Validator, entity: EntityRef) -> Iterator[Violation]:
    """Yields what ``validate_all`` reports of the entity, its tombstone and its protection, but for a key like another's,
    for which all keys have to be read.

    One without a type stands for the file whose path is its key.
    """
    if not entity.type:
        yield from _check_path(view, validator, entity.key)
        return
    if entity.type in view.canonical.configuration.entities and view.is_live(entity):
        yield from validator.check(view, entity)
    yield from validator.check_marker_files(view, entity)


def _check_path(view: EffectiveView, validator: Validator, path: str) -> Iterator[Violation]:
    canonical = view.canonical
    yield from check_file_name(canonical, path)
    if not path.startswith((f"{TOMBSTONES}/", f"{PROTECTION}/")):
        return
    marked = parse_marker_path(path)
    if marked is not None:
        stray = validator.check_marker_files(view, marked)
        yield from (violation for violation in stray if violation.entity == EntityRef("", path))
    elif file_oid(canonical.source, canonical.tree, path) is not None:
        yield stray_file(path)
