"""`protection/<type>/<key>.json`: an entity that is locked or archived."""

from __future__ import annotations

from gitdraft.documents.serialise import dump_json
from gitdraft.formats.records import Record
from gitdraft.model.protections import Protection, ProtectionKind

MEMBERS = ("kind", "id", "reason", "by", "at")


def read_protection(content: bytes, source: str) -> Protection:
    """Returns the protection. Raises InvalidInput naming the member that is wrong."""
    record = Record.parse(content, source)
    kind: ProtectionKind
    match record.text("kind"):
        case "locked":
            kind = "locked"
        case "archived":
            kind = "archived"
        case _:
            raise record.refused("kind", "expected locked or archived")
    return Protection(
        kind, record.filled("id"), record.text("reason"), record.filled("by"), record.time("at")
    )


def write_protection(protection: Protection) -> bytes:
    """Returns the file."""
    return dump_json({name: getattr(protection, name) for name in MEMBERS})
