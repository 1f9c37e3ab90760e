"""The path token of an item of a keyed list (K1)."""

from __future__ import annotations

from gitdraft.documents.serialise import canonical_json
from gitdraft.model.lists import Keyed
from gitdraft.model.values import ABSENT, JSON, Maybe


def item_token(item: JSON, rule: Keyed) -> str | None:
    """Returns the path token of an item (K1), the same for keys that are ≈; ``None`` where it has no such key, or one
    that is no scalar (K6)."""
    if not isinstance(item, dict):
        return None
    key = {name: _spelled_as_integer(item.get(name, ABSENT)) for name in rule.key}
    if any(value is ABSENT or isinstance(value, dict | list) for value in key.values()):
        return None
    return canonical_json(key)


def _spelled_as_integer(value: Maybe) -> Maybe:
    """Returns a whole number as an integer: 1.0 names the item that 1 names (N1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
