"""`lists:` of gitdraft.yaml, and the `lists` argument of the library: how values at declared paths merge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, assert_never

from gitdraft.documents.pointers import format_pointer, parse_pointer
from gitdraft.errors import InvalidInput
from gitdraft.model.lists import Atomic, Keyed, ListRule, ListRules, Ordered, PathPattern, SetOf, Text
from gitdraft.model.values import JSON

ActiveRules: TypeAlias = tuple[tuple[PathPattern, ListRule], ...]
"""The declarations that may still match below a node, each with the tokens that are left."""

MEMBERS = {"keyed": {"type", "key", "order"}}


def parse_list_rules(declared: object) -> ListRules:
    """Returns the rules in a mapping of pointers (`*` for any one token) to `{"type": …}`. Raises InvalidInput."""
    if not isinstance(declared, Mapping):
        raise InvalidInput("lists: expected a mapping of pointers to their type")
    return tuple((parse_pointer(pointer), _rule(pointer, rule)) for pointer, rule in declared.items())


def list_rules_json(rules: ListRules) -> dict[str, JSON]:
    """Returns the mapping that :func:`parse_list_rules` reads as these rules."""
    return {format_pointer(pattern): _rule_json(rule) for pattern, rule in rules}


def rules_below(active: ActiveRules, token: str) -> ActiveRules:
    """Returns the declarations that hold below the member or element ``token``."""
    return tuple((pattern[1:], rule) for pattern, rule in active if pattern and pattern[0] in ("*", token))


def rule_at(active: ActiveRules) -> ListRule | None:
    """Returns the declaration of the node itself, the first one written; ``None`` where there is none."""
    return next((rule for pattern, rule in active if not pattern), None)


def _rule(pointer: str, declared: Any) -> ListRule:
    if not isinstance(declared, Mapping) or not isinstance(declared.get("type"), str):
        raise _invalid(pointer, "expected {type: keyed|set|ordered|atomic|text}")
    type_name = declared["type"]
    unknown = set(declared) - MEMBERS.get(type_name, {"type"})
    if unknown:
        raise _invalid(pointer, f"unknown member '{min(map(str, unknown))}'")
    match type_name:
        case "keyed":
            return _keyed(pointer, declared)
        case "set":
            return SetOf()
        case "atomic":
            return Atomic()
        case "text":
            return Text()
        case "ordered":
            return Ordered()
        case _:
            raise _invalid(
                pointer, f"unknown type '{type_name}', expected keyed, set, ordered, atomic or text"
            )


def _rule_json(rule: ListRule) -> JSON:
    match rule:
        case Keyed(key=key, order=order):
            return {"type": "keyed", "key": list(key), "order": order}
        case SetOf():
            return {"type": "set"}
        case Atomic():
            return {"type": "atomic"}
        case Text():
            return {"type": "text"}
        case Ordered():
            return {"type": "ordered"}
        case _:
            assert_never(rule)


def _keyed(pointer: str, declared: Mapping[str, Any]) -> Keyed:
    key = declared.get("key")
    if isinstance(key, str):
        key = [key]
    if not isinstance(key, list) or not key or not all(isinstance(name, str) for name in key):
        raise _invalid(pointer, "expected key: a list of the members that identify an item")
    if len(set(key)) != len(key):
        raise _invalid(pointer, "a member stands twice in key")
    order = declared.get("order", "keep")
    if order not in ("keep", "ignore"):
        raise _invalid(pointer, "expected order: keep or ignore")
    return Keyed(tuple(key), order)


def _invalid(pointer: str, why: str) -> InvalidInput:
    return InvalidInput(f"lists: {pointer or '(root)'}: {why}", context={"path": pointer})
