"""Members that only make sense with one another (G1): a version, its address and its checksum."""

from __future__ import annotations

from typing import NamedTuple

from gitdraft.documents.equality import equivalent
from gitdraft.documents.merge.context import MergeContext, MergePath
from gitdraft.documents.pointers import format_pointer
from gitdraft.model.lists import Together
from gitdraft.model.merge import Conflict
from gitdraft.model.values import ABSENT, JSON, Maybe

Members = dict[str, JSON]


class MergedGroups(NamedTuple):
    """The groups of one object: the values of those that both sides touched, and the names of all their members, which
    are never taken for renamed ones."""

    merged: dict[str, Maybe]
    names: frozenset[str]


NO_GROUPS = MergedGroups({}, frozenset())


def merge_groups(
    context: MergeContext, path: MergePath, base: Members, draft: Members, canonical: Members
) -> MergedGroups:
    """Returns what the groups decide of the object at ``path``.

    One that both sides touched is taken as a whole: equal, once; else one `together` conflict at the object. One that a
    single side touched merges member by member.
    """
    merged: dict[str, Maybe] = {}
    names: set[str] = set()
    for group in path.groups:
        b, d, c = (_members(group, side) for side in (base, draft, canonical))
        both_touched = not equivalent(d, b) and not equivalent(c, b)
        if group.list_path is not None:
            if both_touched:
                context.warn("group-not-held", group.list_path)
            continue
        names.update(group.members)
        if not both_touched:
            continue
        value = c if equivalent(d, c) else _conflict(context, path, group, b, d, c)
        merged |= {name: value.get(name, ABSENT) for name in (*group.members, *value)}
    return MergedGroups(merged, frozenset(names))


def _members(group: Together, side: Members) -> Members:
    return {name: side[name] for name in group.members if name in side}


def _conflict(
    context: MergeContext, path: MergePath, group: Together, base: Members, draft: Members, canonical: Members
) -> Members:
    """Returns the members by the answer that was given; one that is made of other members stands at each."""
    pointer = format_pointer(path.tokens)
    answer = context.record(Conflict(pointer, "together", base, canonical, draft, members=group.members))
    if isinstance(answer, dict) and answer.keys() <= set(group.members):
        return answer
    return {} if answer is ABSENT else dict.fromkeys(group.members, answer)
