"""JSON out: what gitdraft writes for people, for one line, and for hashes."""

from __future__ import annotations

import json

from gitdraft.model.values import JSON


def dump_json(value: JSON) -> bytes:
    """A file that gitdraft creates: 2-space indentation, UTF-8 unescaped, a final newline."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False).encode() + b"\n"


def dump_compact(value: JSON) -> str:
    """One line without spaces, members in their order."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def canonical_json(value: JSON) -> str:
    """One line without spaces, members sorted by code point: the same for the same value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)


def content_hash(value: JSON) -> str:
    """`sha256:` and the hash of the canonical JSON in UTF-8."""
    import hashlib  # noqa: PLC0415 (slow to load, and the merge driver, which starts once a file, needs none)

    return "sha256:" + hashlib.sha256(canonical_json(value).encode()).hexdigest()
