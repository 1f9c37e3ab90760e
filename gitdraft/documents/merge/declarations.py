"""`lists:` and `together:` of gitdraft.yaml, and the arguments of the library: how values at declared paths merge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, assert_never

from gitdraft.documents.pointers import format_pointer, parse_pointer
from gitdraft.errors import InvalidInput
from gitdraft.model.lists import (
    Atomic,
    Canonical,
    Groups,
    Keyed,
    ListRule,
    ListRules,
    MergeRules,
    Ordered,
    PathPattern,
    SetOf,
    Text,
    Together,
)
from gitdraft.model.values import JSON

ActiveRules: TypeAlias = MergeRules
"""The declarations that may still match below a node, each with the tokens that are left."""

MEMBERS = {"keyed": {"type", "key", "order", "by", "fold"}, "set": {"type", "order", "fold"}}
PLAIN: Mapping[str, ListRule] = {
    "set": SetOf(),
    "ordered": Ordered(),
    "atomic": Atomic(),
    "text": Text(),
    "canonical": Canonical(),
}


def parse_merge_rules(lists: object, together: object) -> MergeRules:
    """Returns what both declare; either may be `None`. Raises InvalidInput for the first mistake."""
    rules = parse_list_rules({} if lists is None else lists)
    groups: Groups = ()
    if not isinstance(together, list | None):
        raise InvalidInput("together: expected a list of groups of pointers")
    for declared in together or ():
        groups = (*groups, parse_group(declared, rules, groups))
    return (*rules, *groups)


def merge_rules_json(rules: MergeRules) -> tuple[dict[str, JSON], list[JSON]]:
    """Returns the `lists` and the `together` that :func:`parse_merge_rules` reads as these rules."""
    lists: dict[str, JSON] = {}
    together: list[JSON] = []
    for pattern, rule in rules:
        if isinstance(rule, Together):
            together.append([format_pointer((*pattern, member)) for member in rule.members])
        else:
            lists[format_pointer(pattern)] = _rule_json(rule)
    return lists, together


def parse_list_rules(declared: object) -> ListRules:
    """Returns the rules in a mapping of pointers (`*` for any one token) to `{"type": …}`. Raises InvalidInput."""
    if not isinstance(declared, Mapping):
        raise InvalidInput("lists: expected a mapping of pointers to their type")
    return tuple((parse_pointer(pointer), _rule(pointer, rule)) for pointer, rule in declared.items())


def parse_group(declared: object, rules: ListRules, others: Groups) -> tuple[PathPattern, Together]:
    """Returns the group that a list of pointers declares, by the path of the object that has the members.

    Raises InvalidInput for what is no group of members of one object, for a member that stands in it twice or in one of
    the ``others`` too, and for one that ``rules`` have follow canonical.
    """
    if not isinstance(declared, list) or len(declared) < 2:
        raise InvalidInput("together: expected a list of at least two pointers")
    pointers = [parse_pointer(pointer) for pointer in declared]
    for pointer, tokens in zip(declared, pointers, strict=True):
        problem = None
        if not tokens or tokens[-1] == "*":
            problem = "names no member"
        elif tokens[:-1] != pointers[0][:-1]:
            problem = f"is no member of the object that has '{declared[0]}'"
        elif pointers.count(tokens) > 1:
            problem = "stands twice in the group"
        elif any(_overlap(tokens, other) for other in _members(others)):
            problem = "is in another group too"
        elif _follows_canonical(tokens, rules):
            problem = "follows canonical, and can be in no group"
        if problem is not None:
            raise InvalidInput(f"together: '{pointer}' {problem}", context={"path": pointer})
    return pointers[0][:-1], Together(tuple(tokens[-1] for tokens in pointers))


def rules_below(active: ActiveRules, token: str) -> ActiveRules:
    """Returns the declarations that hold below the member or element ``token``."""
    return tuple((pattern[1:], rule) for pattern, rule in active if pattern and pattern[0] in ("*", token))


def has_followers(active: ActiveRules) -> bool:
    """Whether a member at or below the node may follow canonical (C1)."""
    return any(isinstance(rule, Canonical) for _, rule in active)


def rule_at(active: ActiveRules) -> ListRule | None:
    """Returns the declaration of the node itself, the first one written; ``None`` where there is none."""
    return next((rule for pattern, rule in active if not pattern and not isinstance(rule, Together)), None)


def groups_at(active: ActiveRules) -> tuple[Together, ...]:
    """Returns the groups of members that the node itself may have."""
    return tuple(rule for pattern, rule in active if not pattern and isinstance(rule, Together))


def _rule(pointer: str, declared: Any) -> ListRule:
    if not isinstance(declared, Mapping) or not isinstance(declared.get("type"), str):
        raise _invalid(pointer, f"expected {{type: keyed|{'|'.join(PLAIN)}}}")
    type_name = declared["type"]
    unknown = set(declared) - MEMBERS.get(type_name, {"type"})
    if unknown:
        raise _invalid(pointer, f"unknown member '{min(map(str, unknown))}'")
    if type_name == "keyed":
        return _keyed(pointer, declared)
    if type_name == "set":
        order, fold = _order(pointer, declared, ("keep", "sorted"))
        return SetOf(order, fold)
    if type_name not in PLAIN:
        raise _invalid(pointer, f"unknown type '{type_name}', expected keyed, {', '.join(PLAIN)}")
    return PLAIN[type_name]


def _rule_json(rule: ListRule) -> JSON:
    match rule:
        case Keyed(key=key, order=order, by=by, fold=fold):
            sorting = {} if by is None else {"by": format_pointer(by)}
            return {"type": "keyed", "key": list(key), "order": order, **sorting, **_fold_json(fold)}
        case SetOf(order=order, fold=fold):
            return {"type": "set", "order": order, **_fold_json(fold)}
        case Ordered() | Atomic() | Text() | Canonical():
            return {"type": next(name for name, plain in PLAIN.items() if plain == rule)}
        case _:
            assert_never(rule)


def _fold_json(fold: bool | None) -> dict[str, JSON]:
    return {} if fold is None else {"fold": fold}


def _keyed(pointer: str, declared: Mapping[str, Any]) -> Keyed:
    key = declared.get("key")
    if isinstance(key, str):
        key = [key]
    if not isinstance(key, list) or not key or not all(isinstance(name, str) for name in key):
        raise _invalid(pointer, "expected key: a list of the members that identify an item")
    if len(set(key)) != len(key):
        raise _invalid(pointer, "a member stands twice in key")
    order, fold = _order(pointer, declared, ("keep", "ignore", "sorted"))
    by = declared.get("by")
    return Keyed(tuple(key), order, None if by is None else _by(pointer, by), fold)


def _order(pointer: str, declared: Mapping[str, Any], known: tuple[str, ...]) -> tuple[Any, bool | None]:
    """Returns `order` and `fold` (K9)."""
    order, fold = declared.get("order", "keep"), declared.get("fold")
    if order not in known:
        raise _invalid(pointer, f"expected order: {', '.join(known[:-1])} or {known[-1]}")
    for name in ("by", "fold"):
        if name in declared and order != "sorted":
            raise _invalid(pointer, f"{name} is for order: sorted")
    if "fold" in declared and not isinstance(fold, bool):
        raise _invalid(pointer, "expected fold: true or false")
    return order, fold


def _by(pointer: str, declared: Any) -> PathPattern:
    if not isinstance(declared, str) or not declared:
        raise _invalid(pointer, "expected by: the pointer of a member of the items")
    return parse_pointer(declared)


def _members(groups: Groups) -> Iterator[PathPattern]:
    for pattern, group in groups:
        yield from ((*pattern, member) for member in group.members)


def _overlap(one: PathPattern, other: PathPattern) -> bool:
    """Whether there may be a place that both name."""
    pairs = zip(one, other, strict=False)
    return len(one) == len(other) and all(a == b or "*" in (a, b) for a, b in pairs)


def _follows_canonical(member: PathPattern, rules: ListRules) -> bool:
    """Whether C1 may decide about the member: the first declaration that matches a place holds."""
    for pattern, rule in rules:
        if _overlap(pattern, member):
            if isinstance(rule, Canonical):
                return True
            if all(token in ("*", name) for token, name in zip(pattern, member, strict=True)):
                return False
    return False


def _invalid(pointer: str, why: str) -> InvalidInput:
    return InvalidInput(f"lists: {pointer or '(root)'}: {why}", context={"path": pointer})
