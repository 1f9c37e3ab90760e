"""Comments and verdicts that speak of a purged entity: they would say what is to be gone."""

from __future__ import annotations

import re
from collections.abc import Collection

from gitdraft.documents.lexer import literals
from gitdraft.documents.parse import parse_json
from gitdraft.errors import InvalidInput
from gitdraft.git.filter import file_versions
from gitdraft.git.reachable_refs import Tips
from gitdraft.git.repository import GitRepository
from gitdraft.git.search import contained_texts, reachable_objects
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.store.reviews import FOLDERS

MIN_TEXT = 8  # characters; shorter texts may be anybody's


def mentioning_files(
    git: GitRepository, tips: Tips, entity: EntityRef, versions: Collection[Oid]
) -> tuple[str, ...]:
    """Returns the paths of comments and verdicts, of any draft at any time, that are about the entity, name it (`type/key`),
    or quote a text that stands in its ``versions`` and nowhere else."""
    history = file_versions(git, tips.oids, [folder.rstrip("/") for folder in FOLDERS]).values()
    files = {file for files in history for file in files}
    blobs = {blob for _, blob in files if blob is not None}
    if not blobs:
        return ()
    contents = {blob: _text(git.read_blob(blob)) for blob in blobs}
    quoted = {text for oid in versions for text in literals(git.read_blob(oid), MIN_TEXT)}
    quoted = {text for text in quoted if any(text in content for content in contents.values())}
    elsewhere = set(reachable_objects(git.common, tips.oids)) - blobs - set(versions)
    quoted -= contained_texts(git.common, quoted, elsewhere)
    name = re.compile(rb"(?<![\w/-])" + re.escape(str(entity).encode()) + rb"(?![\w-])")
    about = {
        blob
        for blob, content in contents.items()
        if name.search(content) or any(text in content for text in quoted)
    }
    return tuple(sorted({path for path, blob in files if blob in about}))


def _text(content: bytes) -> bytes:
    """Returns the texts of a remark with their escapes read, a line each; of what is none the bytes."""
    try:
        value = parse_json(content)
    except InvalidInput:
        return content
    texts = value.values() if isinstance(value, dict) else ()
    return (
        "\n".join(text for text in texts if isinstance(text, str)).encode("utf-8", "replace")
        + b"\n"
        + content
    )
