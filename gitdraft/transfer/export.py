"""Export: the entities of canonical or of a draft, in the form that an import reads."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from gitdraft.documents.parse import read_document
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
    """Yields the live entities with their files, type by type; those that the draft creates come last in their type."""
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
    """Yields the entities as rows: plain documents where there is one type and its documents hold their id, otherwise
    documents with addresses.

    Raises InvalidInput for a file that is no document.
    """
    configuration = view.canonical.configuration
    is_named = len(types) == 1 and all(configuration.entities[name].id_pointer is not None for name in types)
    for entity, content in files:
        document = read_document(content, limits=configuration.limits, source=str(entity))
        yield document if is_named else addressed(entity, document)


def in_conflict(view: EffectiveView, types: Collection[str]) -> list[EntityRef]:
    """Returns the entities whose change conflicts with canonical; they are exported as canonical has them."""
    return [
        entity
        for entity in view.changed()
        if entity.type in types
        and (applied := view.applied_change(entity)) is not None
        and not applied.is_replayed
    ]


def write_folder(root: Path, files: Iterable[File], progress: Progress = silent) -> int:
    """Writes the files as `TYPE/KEY.json` as ``write_files`` does."""
    named = ((f"{entity.type}/{encode_key(entity.key)}.json", content) for entity, content in files)
    return write_files(root, named, progress)


def write_files(root: Path, files: Iterable[tuple[str, bytes]], progress: Progress = silent) -> int:
    """Writes files, by their paths, below a new or empty folder. Returns how many. Raises AlreadyExists when the folder is not
    empty, RepositoryError when it cannot be written."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        is_empty = not any(root.iterdir())
    except OSError as error:
        raise unwritable(f"{root}: {error.strerror}") from error
    if not is_empty:
        raise AlreadyExists(f"'{root}' is not empty", code="folder-not-empty", context={"folder": str(root)})
    number = 0
    try:
        for path, content in files:
            progress(number, 0)
            write_below(root, path, content)
            number += 1
    except BaseException:  # half an export looks like a whole one
        for each in root.iterdir():
            if each.is_dir():
                shutil.rmtree(each, ignore_errors=True)
            else:
                each.unlink(missing_ok=True)
        raise
    return number
