"""What people type and files hold, as JSON values, within the bounds that hold everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gitdraft.errors import InvalidInput
from gitdraft.model.values import JSON

if TYPE_CHECKING:
    from gitdraft.store.repository import Store

LARGEST_INPUT = 1 << 24  # bytes of a patch, or of a text with JSON lines


def parse_value(text: str) -> JSON:
    """Returns the JSON value in an argument; what does not look like JSON is text. Raises InvalidInput for what looks
    like JSON and is not."""
    from gitdraft.documents.parse import parse_json

    content = text.encode("utf-8", "surrogateescape")
    try:
        return parse_json(content, source="VALUE")
    except InvalidInput:
        if text.lstrip()[:1] in tuple('{["') or text.strip() in ("NaN", "Infinity", "-Infinity"):
            raise
        return content.decode("utf-8", "strict")


def parse_patch(content: bytes, source: str) -> JSON:
    """Returns the JSON value in a file of at most ``LARGEST_INPUT`` bytes; that it is a patch is for the edit to check.
    Raises InvalidInput naming the ``source``."""
    from gitdraft.documents.parse import Limits, parse_json

    return parse_json(content, limits=Limits(max_bytes=LARGEST_INPUT), source=source)


def parse_json_text(content: bytes, source: str, *, most: int = LARGEST_INPUT, depth: int = 200) -> JSON:
    """Returns the JSON value in at most ``most`` bytes, at most ``depth`` deep. Raises InvalidInput naming the
    ``source``."""
    from gitdraft.documents.parse import Limits, parse_json

    return parse_json(content, limits=Limits(max_bytes=most, max_depth=depth), source=source)


def parse_entity_document(store: Store, content: bytes, source: str) -> JSON:
    """Returns the entity's document in a file, within the limits of gitdraft.yaml. Raises InvalidInput."""
    from gitdraft.documents.parse import parse_document

    limits = store.snapshot().configuration.limits
    return parse_document(content, limits=limits, source=source)


def largest_document(store: Store) -> int:
    """Returns how many bytes an entity's file may have at most."""
    return store.snapshot().configuration.limits.max_bytes


def format_value(value: JSON) -> bytes:
    """Returns a JSON value as a file, to be edited by hand."""
    from gitdraft.documents.serialise import dump_json

    return dump_json(value)


def load_schema(name: str) -> Mapping[str, JSON]:
    """Returns the JSON Schema called ``name`` that describes what comes in (`patch`, `mediawiki-import`)."""
    from gitdraft.formats.schemas import load_schema

    schema: Mapping[str, JSON] = load_schema(name)
    return schema
