"""Two documents that turn out to describe one thing become one.

There is no base, so this is the three-way merge from an empty one (R6): what only one has is taken, equal values
are one, objects and declared lists unite, and other differences are conflicts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gitdraft.documents.diff import diff
from gitdraft.documents.equality import equivalent
from gitdraft.documents.pointers import Tokens, format_pointer, get, parse_pointer
from gitdraft.documents.rebase import rebase_patch
from gitdraft.model.lists import ListRules, PathPattern
from gitdraft.model.merge import Conflict, Resolution
from gitdraft.model.values import ABSENT, JSON

AliasRules = Sequence[tuple[PathPattern, PathPattern]]


@dataclass(frozen=True, slots=True)
class MergedEntity:
    """``document`` is the target with the source's members; ``aliases`` are the pointers of labels of the source
    that it has as aliases. With ``conflicts`` it has the target's value there (``draft`` is the source's)."""

    document: JSON
    aliases: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def merge_entities(
    source: JSON,
    target: JSON,
    rules: ListRules,
    aliases: AliasRules = (),
    keep: Literal["from", "to"] | None = None,
) -> MergedEntity:
    """``source`` merged into ``target``. A label in which they differ becomes one of the target's aliases where
    ``aliases`` says in which list; for other conflicts ``keep`` says whose value stands."""
    patch = diff({}, source)
    found = rebase_patch({}, target, patch, rules)
    labels: dict[Tokens, Tokens] = {}
    answers: list[Resolution] = []
    open_conflicts: list[Conflict] = []
    for conflict in found.conflicts:
        place = _alias_place(conflict, aliases)
        value = conflict.canonical
        if place is not None and _takes(found.document, place[1]) and _takes(source, place[1]):
            labels[place[0]] = place[1]
        elif keep is None:
            open_conflicts.append(conflict)
        elif keep == "from":
            value = conflict.draft
        answers.append(Resolution(conflict.path, conflict.type, conflict.canonical, conflict.draft, value))
    if open_conflicts:
        return MergedEntity(found.document, (), tuple(open_conflicts))
    document = (
        rebase_patch({}, target, patch, rules, resolutions=answers).document if answers else found.document
    )
    for label, aliases_at in labels.items():
        document = _with_alias(document, aliases_at, get(source, label))
    return MergedEntity(document, tuple(format_pointer(label) for label in labels))


def _alias_place(conflict: Conflict, aliases: AliasRules) -> tuple[Tokens, Tokens] | None:
    """The label that the conflict is in, and the list in which it may be kept."""
    tokens = parse_pointer(conflict.path)
    for label, place in aliases:
        if len(label) > len(tokens) or any(p not in ("*", t) for p, t in zip(label, tokens, strict=False)):
            continue
        stars = iter([t for p, t in zip(label, tokens, strict=False) if p == "*"])
        return tokens[: len(label)], tuple(next(stars) if p == "*" else p for p in place)
    return None


def _takes(document: JSON, place: Tokens) -> bool:
    """Whether there is a list at ``place``, or room to make one."""
    for token in place:
        if not isinstance(document, dict):
            return False
        if token not in document:
            return True
        document = document[token]
    return isinstance(document, list)


def _with_alias(document: JSON, place: Tokens, alias: JSON) -> JSON:
    """The document with one more element in the list at ``place``, which is made where there is none."""
    if not place:
        known = [] if document is ABSENT else document
        return known if any(equivalent(alias, other) for other in known) else [*known, alias]
    members = {} if document is ABSENT else document
    inner = _with_alias(members.get(place[0], ABSENT), place[1:], alias)
    return {**members, place[0]: inner}
