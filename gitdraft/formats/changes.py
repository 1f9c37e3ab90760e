"""A draft's changes and the answers to its conflicts, as files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from gitdraft.documents.parse import Limits, parse_document, parse_json
from gitdraft.documents.patch_form import parse_patch
from gitdraft.documents.serialise import dump_json
from gitdraft.errors import InvalidInput
from gitdraft.formats.keys import normalise_key
from gitdraft.formats.paths import change_path
from gitdraft.formats.records import Record, require_known_format
from gitdraft.model.changes import Change, ChangeKind, Create, Delete, Patch, Redirect, Rename, Update
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import ConflictType, Resolution
from gitdraft.model.values import ABSENT, Maybe

LARGER = 4
SIDES = ("canonical", "draft", "value")


def read_change(entity: EntityRef, kind: ChangeKind, content: bytes, limits: Limits) -> Change:
    """Returns the change in a file. Raises InvalidInput naming the file."""
    source = change_path(entity, kind)
    match kind:
        case "patch":
            # a patch may hold a document's old and new parts beside paths, so it may be larger than one
            bounds = Limits(limits.max_bytes * LARGER, limits.max_depth + 2, limits.max_integer_digits)
            value = parse_json(content, limits=bounds, source=source)
            require_known_format(value, source)
            return Update(entity, parse_patch(value, max_operations=None))
        case "create":
            return Create(entity, parse_document(content, limits=limits, source=source))
        case "delete":
            record = Record.parse(content, source)
            return Delete(entity, record.text("reason"), record.others(("reason",)))
        case "redirect":
            record = Record.parse(content, source)
            target = EntityRef(entity.type, record.filled("redirects_to"))
            others = record.others(("redirects_to", "reason"))
            return Redirect(entity, target, record.text("reason"), others)
        case "rename":
            record = Record.parse(content, source)
            target, others = EntityRef(entity.type, _key(record)), record.others(("to", "redirect"))
            return Rename(entity, target, redirect=record.flag("redirect", default=True), others=others)


def write_change(change: Change) -> dict[str, bytes]:
    """Returns the change's files, path to content: one, or two for a renaming with a patch."""
    return dict(_files(change))


def _files(change: Change) -> Iterator[tuple[str, bytes]]:
    match change:
        case Update(entity=entity, patch=patch):
            yield change_path(entity, "patch"), _write_patch(patch)
        case Create(entity=entity, document=document):
            yield change_path(entity, "create"), dump_json(document)
        case Delete(entity=entity, reason=reason, others=others):
            yield change_path(entity, "delete"), dump_json({"reason": reason, **others})
        case Redirect(entity=entity, target=target, reason=reason, others=others):
            value = {"redirects_to": target.key, "reason": reason, **others}
            yield change_path(entity, "redirect"), dump_json(value)
        case Rename(entity=entity, target=target, patch=patch, redirect=redirect, others=others):
            kept: dict[str, Any] = {"to": target.key} if redirect else {"to": target.key, "redirect": False}
            yield change_path(entity, "rename"), dump_json({**kept, **others})
            if patch:
                yield change_path(entity, "patch"), _write_patch(patch)


def _key(record: Record) -> str:
    try:
        return normalise_key(record.filled("to"), nested=True)
    except InvalidInput as error:
        raise record.refused("to", error.message) from None


def read_resolutions(content: bytes, source: str) -> tuple[Resolution, ...]:
    """Returns the answers to an entity's conflicts. Raises InvalidInput naming the member that is wrong."""
    answers = parse_json(content, limits=Limits(max_bytes=1 << 26, max_depth=300), source=source)
    require_known_format(answers, source)
    if not isinstance(answers, list):
        raise InvalidInput(f"{source}: expected an array", context={"source": source})
    return tuple(_resolution(Record(item, source, f"/{i}")) for i, item in enumerate(answers))


def write_resolutions(resolutions: Sequence[Resolution]) -> bytes:
    """Returns the file; a value that is absent is left out."""
    return dump_json([_resolution_json(resolution) for resolution in resolutions])


def _resolution(record: Record) -> Resolution:
    if record.text("type") not in get_args(ConflictType):
        raise record.refused("type", "expected a type of conflict")
    sides: list[Maybe] = [record.members.get(name, ABSENT) for name in SIDES]
    conflict_type: Any = record.text("type")
    others = record.others(("path", "type", *SIDES))
    canonical, draft, value = sides
    return Resolution(record.text("path"), conflict_type, canonical, draft, value, others)


def _resolution_json(resolution: Resolution) -> dict[str, Any]:
    sides = {"canonical": resolution.canonical, "draft": resolution.draft, "value": resolution.value}
    present = {name: value for name, value in sides.items() if value is not ABSENT}
    return {"path": resolution.path, "type": resolution.type, **present, **resolution.others}


def _write_patch(patch: Patch) -> bytes:
    """Returns the file with an operation a line, so that a diff of two patches can be read."""
    if not patch:
        return b"[]\n"
    lines = ",\n".join("  " + json.dumps(op, ensure_ascii=False, allow_nan=False) for op in patch)
    return f"[\n{lines}\n]\n".encode()
