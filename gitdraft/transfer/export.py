"""Canonical's entities, or a draft's, one after the other: what an import takes back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from gitdraft.documents.parse import parse_document
from gitdraft.drafts.diff import entity_file
from gitdraft.errors import AlreadyExists
from gitdraft.formats.entity_streams import addressed
from gitdraft.formats.paths import encode_key
from gitdraft.git.objects import unwritable
from gitdraft.git.safe_files import write_below
from gitdraft.model.entities import EntityRef
from gitdraft.model.progress import Progress, silent
from gitdraft.model.values import JSON
from gitdraft.views.effective_view import EffectiveView

File = tuple[EntityRef, bytes]


def effective_files(view: EffectiveView, types: tuple[str, ...]) -> Iterator[File]:
    """The live entities with their files, type by type; those that the draft creates after those of their type."""
    changed = {entity for entity in view.changed() if entity.type in types}
    for name in types:
        for entity, blob in view.canonical.entities((name,)):
            if entity not in changed:
                yield entity, view.source.read_blob(blob)
            elif (content := entity_file(view, entity)) is not None:
                yield entity, content
        for entity in sorted(changed):
            is_new = entity.type == name and view.canonical.blob(entity) is None
            if is_new and (content := entity_file(view, entity)) is not None:
                yield entity, content


def documents(view: EffectiveView, types: Collection[str], files: Iterable[File]) -> Iterator[JSON]:
    """The entities as rows: as they are where there is one type and they hold their id, else with their addresses.

    Raises InvalidInput for a file that is no document.
    """
    configuration = view.canonical.configuration
    is_named = len(types) == 1 and all(configuration.entities[name].id_pointer is not None for name in types)
    for entity, content in files:
        document = parse_document(content, limits=configuration.limits, source=str(entity))
        yield document if is_named else addressed(entity, document)


def in_conflict(view: EffectiveView, types: Collection[str]) -> list[EntityRef]:
    """The entities whose change cannot be carried to canonical, and which are given as canonical has them."""
    return [
        entity
        for entity in view.changed()
        if entity.type in types
        and (judged := view.applied_change(entity)) is not None
        and not judged.is_replayed
    ]


def write_folder(root: Path, files: Iterable[File], progress: Progress = silent) -> int:
    """The files as `TYPE/KEY.json` below a new or empty folder; how many. Raises AlreadyExists where something is in
    it, RepositoryError where it cannot be written."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        is_empty = not any(root.iterdir())
    except OSError as error:
        raise unwritable(f"{root}: {error.strerror}") from error
    if not is_empty:
        raise AlreadyExists(f"'{root}' is not empty", code="folder-not-empty", context={"folder": str(root)})
    number = 0
    for entity, content in files:
        progress(number, 0)
        write_below(root, f"{entity.type}/{encode_key(entity.key)}.json", content)
        number += 1
    return number
