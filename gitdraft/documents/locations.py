"""The place of the base document in another version of it: an index follows its element."""

from __future__ import annotations

from gitdraft.documents.alignment import align, runs
from gitdraft.documents.equality import fingerprint
from gitdraft.documents.merge.declarations import ActiveRules, rule_at, rules_below
from gitdraft.documents.merge.followers import list_prints
from gitdraft.documents.merge.item_keys import item_token
from gitdraft.documents.pointers import INDEX, Tokens, get
from gitdraft.model.lists import Keyed, SetOf
from gitdraft.model.values import JSON


def locate(base: JSON, version: JSON, tokens: Tokens, active: ActiveRules) -> Tokens | None:
    """Returns the tokens under which ``version`` has what ``base`` has at ``tokens``; ``None`` where it is gone.

    An element of an ordered list is found by alignment (also where it was replaced in its place), of a keyed
    list by its key, of a set by its value.
    """
    located: list[str] = []
    for token in tokens:
        located_token = _locate_child(base, version, token, active)
        if located_token is None:
            return None
        located.append(located_token)
        base, version = get(base, (token,)), get(version, (located_token,))
        active = rules_below(active, token)
    return tuple(located)


def name_keys(base: JSON, tokens: Tokens, active: ActiveRules) -> Tokens:
    """Returns the tokens with elements of keyed lists named by their key, as conflicts name them (K1)."""
    named = []
    for token in tokens:
        rule = rule_at(active)
        inner = get(base, (token,))
        key = item_token(inner, rule) if isinstance(rule, Keyed) and isinstance(base, list) else None
        named.append(key or token)
        base, active = inner, rules_below(active, token)
    return tuple(named)


def _locate_child(base: JSON, version: JSON, token: str, active: ActiveRules) -> str | None:
    if isinstance(base, dict) and isinstance(version, dict):
        return token if token in version else None
    if not (isinstance(base, list) and isinstance(version, list) and INDEX.fullmatch(token)):
        return None
    index = int(token)
    rule = rule_at(active)
    if isinstance(rule, Keyed):
        key = item_token(base[index], rule)
        keys = [item_token(item, rule) for item in version]
        if key is not None and keys.count(key) == 1:
            return str(keys.index(key))
    if isinstance(rule, SetOf):
        members = [fingerprint(item) for item in version]
        member = fingerprint(base[index])
        return str(members.index(member)) if member in members else None
    return _aligned(base, version, index, active)


def _aligned(base: list[JSON], version: list[JSON], index: int, active: ActiveRules) -> str | None:
    matches = align(*list_prints(active, base, version))
    for i, j in matches:
        if i == index:
            return str(j)
    for run in runs(matches, len(base), len(version)):
        same_length = run.old_end - run.old_start == run.new_end - run.new_start
        if same_length and run.old_start <= index < run.old_end:
            return str(run.new_start + index - run.old_start)
    return None
