"""Members that follow canonical (C1): counters and stamps that a job raises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitdraft.documents.equality import equivalent, fingerprints
from gitdraft.documents.merge.context import MergeContext, MergePath
from gitdraft.documents.merge.declarations import ActiveRules, has_followers, rule_at, rules_below
from gitdraft.documents.merge.item_keys import item_token
from gitdraft.documents.pointers import Tokens, format_pointer
from gitdraft.model.lists import Canonical, Keyed, MergeRules
from gitdraft.model.merge import MergeWarning
from gitdraft.model.values import ABSENT, JSON, Maybe


def follow_canonical(
    context: MergeContext, path: MergePath, base: Maybe, draft: Maybe, canonical: Maybe
) -> Maybe:
    """Returns the value of a place that both sides wrote where C1 decides, else ``NotImplemented``: canonical's at a
    member that follows it, nothing where one side deleted the place and the other changed such members alone."""
    if isinstance(path.rule, Canonical):
        context.warn("canonical-kept", path.tokens)
        return draft if context.draft_leads else canonical
    kept = canonical if draft is ABSENT else draft
    if base is ABSENT or (draft is not ABSENT and canonical is not ABSENT):
        return NotImplemented
    if not is_unchanged(base, kept, path.active):
        return NotImplemented
    if canonical is ABSENT:
        for lost in lost_members(path, base, draft):
            context.warn("canonical-kept", lost)
    return ABSENT


def follow_once(context: MergeContext, path: MergePath, draft: JSON, canonical: JSON) -> JSON:
    """Returns the value of a place at which both sides put the same but for members that follow canonical."""
    for lost in lost_members(path, canonical, draft):
        context.warn("canonical-kept", lost)
    return draft if context.draft_leads else canonical


def is_unchanged(base: Maybe, side: Maybe, active: ActiveRules) -> bool:
    """Whether a side left the place alone, or changed in it members alone that follow canonical."""
    if equivalent(base, side):
        return True
    return has_followers(active) and equivalent(
        without_followers(base, active), without_followers(side, active)
    )


def without_followers(value: Maybe, active: ActiveRules) -> Maybe:
    """Returns the value without the members that follow canonical, :data:`ABSENT` where it is one. Elements of lists
    are never left out; a declaration with an index or a key is not for them."""
    if not has_followers(active) or value is ABSENT:
        return value
    if isinstance(rule_at(active), Canonical):
        return ABSENT
    if isinstance(value, dict):
        inner = {name: without_followers(each, rules_below(active, name)) for name, each in value.items()}
        return {name: each for name, each in inner.items() if each is not ABSENT}
    if isinstance(value, list):
        return [_element_without_followers(each, active) for each in value]
    return value


def list_prints(active: ActiveRules, *versions: Sequence[JSON]) -> list[list[object]]:
    """Returns the fingerprints of the elements of each version of a list, the same for those that differ only in members
    that follow canonical; ``active`` are the declarations of the list."""
    if not has_followers(active):
        return fingerprints(*versions)
    return fingerprints(*([_element_without_followers(e, active) for e in version] for version in versions))


def lost_values(kept: JSON, other: JSON, rules: MergeRules) -> tuple[MergeWarning, ...]:
    """Returns a warning for each member that follows canonical in which two documents differ that are equal otherwise."""
    lost = lost_members(MergePath((), rules), kept, other)
    return tuple(MergeWarning("canonical-kept", format_pointer(tokens)) for tokens in lost)


def _element_without_followers(element: JSON, active: ActiveRules) -> JSON:
    inner = without_followers(element, rules_below(active, "*"))
    return element if inner is ABSENT else inner


def lost_members(path: MergePath, base: Maybe, draft: Maybe) -> Iterator[Tokens]:
    """Yields the members that follow canonical in which the two differ; they are equal otherwise."""
    if not has_followers(path.active) or equivalent(base, draft):
        return
    if isinstance(path.rule, Canonical):
        yield path.tokens
    elif isinstance(base, dict) and isinstance(draft, dict):
        for name in dict.fromkeys((*base, *draft)):
            yield from lost_members(path.child(name), base.get(name, ABSENT), draft.get(name, ABSENT))
    elif isinstance(base, list) and isinstance(draft, list):
        for token, one, other in zip(_tokens(path, base), base, draft, strict=False):
            yield from lost_members(path.child(token), one, other)


def _tokens(path: MergePath, elements: Sequence[JSON]) -> Iterator[str]:
    rule = path.rule
    for index, element in enumerate(elements):
        yield (item_token(element, rule) if isinstance(rule, Keyed) else None) or str(index)
