"""The size and the depth of a document while a patch is applied to it, operation by operation."""

from __future__ import annotations

import json
from collections.abc import Collection
from json.encoder import encode_basestring
from typing import TypeAlias

from gitdraft.documents.pointers import Tokens, get
from gitdraft.model.values import ABSENT, JSON

Extent: TypeAlias = tuple[int, int]
"""The bytes of a value's compact text in UTF-8, and its levels of containers (0 for a scalar)."""


class RunningSize:
    """The size in bytes of a document that changes, and the levels of the parts that come in.

    Parts that are copied are shared. Each container is measured once, by identity, so a patch that doubles its own
    copies is as cheap to measure as it is to write; containers must not change once they were measured.
    """

    def __init__(self, document: JSON) -> None:
        self.bytes = compact_size(document)
        # with the container, so that no other gets its identity
        self._measured: dict[int, tuple[JSON, Extent]] = {}

    def add(self, document: JSON, tokens: Tokens, value: JSON) -> int:
        """Counts a value that is put into the document. Returns the deepest level that it reaches."""
        size, levels = self.measure(value)
        if not tokens:
            self.bytes = size
            return levels
        parent = get(document, tokens[:-1])
        if isinstance(parent, dict) and tokens[-1] in parent:
            self.bytes += size - self.measure(parent[tokens[-1]])[0]
        elif isinstance(parent, dict | list):
            self.bytes += size + _overhead(parent, tokens[-1], others=len(parent))
        return levels + len(tokens)

    def replace(self, document: JSON, tokens: Tokens, value: JSON) -> int:
        """Counts a value that replaces another one. Returns the deepest level that it reaches."""
        size, levels = self.measure(value)
        old = get(document, tokens)
        self.bytes += size - (0 if old is ABSENT else self.measure(old)[0])
        return levels + len(tokens)

    def remove(self, document: JSON, tokens: Tokens) -> None:
        """Counts what is taken out of the document."""
        value, parent = get(document, tokens), get(document, tokens[:-1])
        if value is not ABSENT and isinstance(parent, dict | list):
            self.bytes -= self.measure(value)[0] + _overhead(parent, tokens[-1], others=len(parent) - 1)

    def measure(self, value: JSON) -> Extent:
        """Returns the extent of a value."""
        if not isinstance(value, dict | list):
            return compact_size(value), 0
        if id(value) in self._measured:
            return self._measured[id(value)][1]
        inner: Collection[JSON] = value.values() if isinstance(value, dict) else value
        extents = [self.measure(item) for item in inner]
        size = 2 + sum(size for size, _ in extents) + max(len(value) - 1, 0)
        if isinstance(value, dict):
            size += sum(compact_size(name) + 1 for name in value)
        extent = size, 1 + max((levels for _, levels in extents), default=0)
        self._measured[id(value)] = (value, extent)
        return extent


def compact_size(value: JSON) -> int:
    """Returns the bytes of the value's compact text in UTF-8."""
    if type(value) is int:  # of many numbers: to start the encoder takes ten times as long
        return len(repr(value))
    if isinstance(value, str):
        text = encode_basestring(value)
    else:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _overhead(parent: dict[str, JSON] | list[JSON], token: str, *, others: int) -> int:
    """Returns the bytes beside a child's own: its name and colon, and a comma where it is not alone."""
    name = compact_size(token) + 1 if isinstance(parent, dict) else 0
    return name + (others > 0)
