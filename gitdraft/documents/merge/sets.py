"""Lists declared `set`: membership merges, order does not matter (rule SET)."""

from __future__ import annotations

from gitdraft.documents.equality import fingerprint
from gitdraft.documents.merge.context import MergeContext
from gitdraft.documents.merge.ordering import place
from gitdraft.documents.pointers import Tokens
from gitdraft.model.values import JSON


def merge_sets(
    context: MergeContext, path: Tokens, base: list[JSON], draft: list[JSON], canonical: list[JSON]
) -> JSON:
    """The merged set in canonical's order, the draft's new members after their left neighbours.

    ``NotImplemented``, with a warning, where an element is no scalar: then it is an ordered list (as K6).
    """
    if any(isinstance(element, dict | list) for side in (base, draft, canonical) for element in side):
        context.warn("not-keyed", path)
        return NotImplemented
    before, mine, theirs = ({fingerprint(e): e for e in side} for side in (base, draft, canonical))
    kept = {
        member
        for member in mine.keys() | theirs.keys()
        if (member in mine) == (member in theirs) or member not in before
    }
    added = theirs.keys() - before.keys()
    order = place([m for m in theirs if m in kept], [m for m in mine if m in kept], first=added)
    return [theirs.get(member, mine.get(member)) for member in order]
