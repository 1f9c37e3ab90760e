"""The file, line and column of a violation."""

from __future__ import annotations

from collections.abc import Iterable

from gitdraft.documents.parse import Limits, parse_json
from gitdraft.documents.syntax import line_and_column_of
from gitdraft.errors import InvalidInput
from gitdraft.formats.paths import protection_path, tombstone_path
from gitdraft.model.violations import Location, Problem, Violation
from gitdraft.store.snapshots import Snapshot, file_oid
from gitdraft.views.effective_view import EffectiveView


def locate_problems(canonical: Snapshot, violations: Iterable[Violation]) -> tuple[Problem, ...]:
    """Returns the violations as problems, each once, sorted by file and line."""
    return tuple(sorted({_problem(canonical, violation) for violation in violations}))


def locate_in_view(view: EffectiveView, violation: Violation) -> Location:
    """Returns where the violation is: in the draft's change file where it has one for the entity, else on canonical."""
    file = None if view.draft is None else view.draft.file(violation.entity)
    if file is None:
        return locate_on_canonical(view.canonical, violation)
    file = file.patch or file
    content, limits = view.source.read_blob(file.oid), view.canonical.configuration.limits
    pointer = violation.pointer
    match file.kind:
        case "patch":
            pointer = _operation(content, pointer, limits)
        case "delete" | "redirect" | "rename":
            pointer = ""
    return Location(file.path, *line_and_column_of(content, pointer, limits))


def locate_on_canonical(canonical: Snapshot, violation: Violation) -> Location:
    """Returns where the violation is on canonical: in the entity's file, else in its tombstone or protection.

    Where none of them exists, the path is that of the file that the entity would have.
    """
    entity = violation.entity
    paths = [entity.key]
    if entity.type:
        paths = [tombstone_path(entity), protection_path(entity)]
        if entity.type in canonical.configuration.entities:
            paths.insert(0, canonical.configuration.path_of(entity))
    for path in paths:
        oid = file_oid(canonical.source, canonical.tree, path)
        if oid is not None and path.endswith(".json"):
            return Location(
                path,
                *line_and_column_of(
                    canonical.source.read_blob(oid), violation.pointer, canonical.configuration.limits
                ),
            )
    return Location(paths[0])


def _problem(canonical: Snapshot, violation: Violation) -> Problem:
    location = locate_on_canonical(canonical, violation)
    return Problem(location.path, location.line, violation)


def _operation(content: bytes, pointer: str, limits: Limits) -> str:
    """Returns the pointer, into a patch, of the last operation that wrote the value at ``pointer``, or inside it."""
    try:
        patch = parse_json(content, limits=limits)
    except InvalidInput:
        return ""
    paths = [
        (index, operation["path"])
        for index, operation in enumerate(patch if isinstance(patch, list) else [])
        if isinstance(operation, dict) and isinstance(operation.get("path"), str)
    ]
    around = [(len(path), index) for index, path in paths if f"{pointer}/".startswith(f"{path}/")]
    inside = [(0, index) for index, path in paths if path.startswith(f"{pointer}/")]
    last = max(around or inside, default=None)
    return "" if last is None else f"/{last[1]}"
