"""`tombstones/<type>/<key>.json`: a redirect, a soft delete, a hard delete."""

from __future__ import annotations

from typing import Any

from gitdraft.documents.serialise import dump_json
from gitdraft.formats.records import Record
from gitdraft.model.tombstones import DeletedTombstone, ErasedTombstone, RedirectTombstone, Tombstone

COMMON = ("kind", "id", "reason", "by", "at")


def read_tombstone(content: bytes, source: str) -> Tombstone:
    """Returns the tombstone. Raises InvalidInput naming the member that is wrong."""
    record = Record.parse(content, source)
    common = (record.filled("id"), record.text("reason"), record.filled("by"), record.time("at"))
    match record.text("kind"):
        case "redirect":
            others = record.others((*COMMON, "redirects_to"))
            return RedirectTombstone(common[0], record.filled("redirects_to"), *common[1:], others)
        case "deleted":
            if not isinstance(record.members.get("entity"), dict):
                raise record.refused("entity", "expected the last content, an object")
            return DeletedTombstone(*common, record.members["entity"])
        case "erased":
            return ErasedTombstone(*common)
        case _:
            raise record.refused("kind", "expected redirect, deleted or erased")


def write_tombstone(tombstone: Tombstone) -> bytes:
    """Returns the file."""
    return dump_json(tombstone_json(tombstone))


def tombstone_json(tombstone: Tombstone) -> dict[str, Any]:
    """Returns the tombstone as JSON."""
    common = {"reason": tombstone.reason, "by": tombstone.by, "at": tombstone.at}
    value: dict[str, Any]
    match tombstone:
        case RedirectTombstone(id=name, redirects_to=target, others=others):
            value = {"kind": "redirect", "id": name, "redirects_to": target, **common, **others}
        case DeletedTombstone(id=name, entity=entity):
            value = {"kind": "deleted", "id": name, **common, "entity": entity}
        case ErasedTombstone(id=name):
            value = {"kind": "erased", "id": name, **common}
    return value
