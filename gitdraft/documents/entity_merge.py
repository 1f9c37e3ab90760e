"""Merging two entities that describe one thing.

There is no base, so this is the three-way merge from an empty one (R6): what only one has is taken, equal values are
taken once, objects and declared lists merge, and other differences are conflicts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from gitdraft.documents.diff import diff
from gitdraft.documents.equality import equivalent
from gitdraft.documents.pointers import Tokens, format_pointer, get, parse_pointer
from gitdraft.documents.rebase import rebase_patch
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.lists import MergeRules, PathPattern
from gitdraft.model.merge import Conflict, Resolution
from gitdraft.model.values import ABSENT, JSON

AliasRules = Sequence[tuple[PathPattern, PathPattern]]
"""Pairs of a label's path and the path of the list in which another label may be kept."""


@dataclass(frozen=True, slots=True)
class MergedEntity:
    """The target with the source's members as ``document``.

    ``aliases`` are the pointers of labels of the source that it has as aliases. With ``conflicts`` it has the target's
    value there (``draft`` is the source's).
    """

    document: JSON
    aliases: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def merge_entities(
    source: JSON,
    target: JSON,
    rules: MergeRules,
    aliases: AliasRules = (),
    keep: Literal["from", "to"] | None = None,
) -> MergedEntity:
    """Merges ``source`` into ``target``.

    A label in which they differ becomes one of the target's aliases where ``aliases`` says in which list. ``keep`` says
    whose value stands in other conflicts; without it they stay open, and the merge has the target's values.
    """
    patch = diff({}, source)
    rebased = rebase_patch({}, target, patch, rules)
    labels: dict[Tokens, Tokens] = {}
    answers: list[Resolution] = []
    open_conflicts: list[Conflict] = []
    for conflict in rebased.conflicts:
        alias = _alias_paths(conflict, aliases)
        value = conflict.canonical
        if alias is not None and all(
            _has_room(document, alias[1]) for document in (rebased.document, source)
        ):
            labels[alias[0]] = alias[1]
        elif keep is None:
            open_conflicts.append(conflict)
        elif keep == "from":
            value = conflict.draft
        answers.append(Resolution(conflict.path, conflict.type, conflict.canonical, conflict.draft, value))
    if open_conflicts:
        return MergedEntity(rebased.document, (), tuple(open_conflicts))
    if answers:
        rebased = rebase_patch({}, target, patch, rules, resolutions=answers)
    document = rebased.document
    for label, alias_list in labels.items():
        document = _with_alias(document, alias_list, get(source, label))
    return MergedEntity(document, tuple(format_pointer(label) for label in labels))


def _alias_paths(conflict: Conflict, aliases: AliasRules) -> tuple[Tokens, Tokens] | None:
    """Returns the label that the conflict is in, and the list in which it may be kept."""
    tokens = parse_pointer(conflict.path)
    for label, alias_list in aliases:
        if len(label) > len(tokens) or any(p not in ("*", t) for p, t in zip(label, tokens, strict=False)):
            continue
        stars = iter([t for p, t in zip(label, tokens, strict=False) if p == "*"])
        return tokens[: len(label)], tuple(next(stars) if p == "*" else p for p in alias_list)
    return None


def _has_room(document: JSON, path: Tokens) -> bool:
    """Whether there is a list at ``path``, or nothing that keeps one from being made."""
    for token in path:
        if not isinstance(document, dict):
            return False
        if token not in document:
            return True
        document = document[token]
    return isinstance(document, list)


def _with_alias(document: JSON, path: Tokens, alias: JSON) -> JSON:
    """Returns the document with one more element in the list at ``path``, which is made where there is none."""
    if not path:
        known = [] if document is ABSENT else document
        return known if any(equivalent(alias, other) for other in known) else [*known, alias]
    members = {} if document is ABSENT else document
    inner = _with_alias(members.get(path[0], ABSENT), path[1:], alias)
    return {**members, path[0]: inner}
