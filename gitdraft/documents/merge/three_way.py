"""The three-way merge of two documents with their common base, place by place (R0 to R9, N1).

:func:`merge_node` is the whole algorithm: the trivial cases first, one line each, then what lies inside, then the
conflict. The families of rules that few merges need are loaded when one does: the merge driver starts once a file.
"""

from __future__ import annotations

from collections.abc import Sequence

from gitdraft.documents.equality import equivalent, identical
from gitdraft.documents.merge.context import MergeContext, MergePath
from gitdraft.documents.merge.followers import follow_canonical
from gitdraft.documents.merge.objects import in_order_of, merge_objects
from gitdraft.documents.merge.steps import note_sides
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.lists import Atomic, Canonical, Keyed, MergeRules, SetOf, Text
from gitdraft.model.merge import Conflict, MergeWarning, Resolution
from gitdraft.model.values import ABSENT, JSON, Maybe


@dataclass(frozen=True, slots=True)
class MergedDocument:
    """A merge: ``document`` has our value at conflict paths. In a conflict ``canonical`` is ours, ``draft`` theirs."""

    document: Maybe
    conflicts: tuple[Conflict, ...] = ()
    warnings: tuple[MergeWarning, ...] = ()


def merge_documents(
    base: Maybe,
    ours: Maybe,
    theirs: Maybe,
    rules: MergeRules = (),
    resolutions: Sequence[Resolution] = (),
    *,
    theirs_leads: bool = False,
) -> MergedDocument:
    """Returns what ``ours`` and ``theirs`` make of ``base`` together; any of them may be :data:`ABSENT`. Members that
    follow canonical (C1) have our value, or theirs where ``theirs_leads``."""
    context = MergeContext(merge_node, resolutions, draft_leads=theirs_leads)
    document = merge_node(context, MergePath((), rules), base, theirs, ours)
    return MergedDocument(document, tuple(context.conflicts), tuple(context.warnings))


def merge_node(context: MergeContext, path: MergePath, base: Maybe, draft: Maybe, canonical: Maybe) -> Maybe:
    """Returns the merged value of one place, :data:`ABSENT` where there is none (R0 to R3, N1)."""
    if context.steps is not None:
        note_sides(context, path, base, draft, canonical)
    if identical(draft, base) or identical(draft, canonical):
        return canonical  # R2, R1
    if identical(canonical, base):
        return in_order_of(context, path.tokens, draft, canonical)  # R0
    inside = _merge_inside(context, path, base, draft, canonical)
    if inside is not NotImplemented:
        return inside
    if equivalent(draft, base) or equivalent(draft, canonical):
        context.note("N1", path.tokens, "the draft's number is spelled otherwise: canonical's value")
        return canonical
    if equivalent(canonical, base):
        context.note("N1", path.tokens, "canonical's number is spelled otherwise: the draft's value")
        return draft
    if path.has_followers:
        followed = follow_canonical(context, path, base, draft, canonical)  # C1
        if followed is not NotImplemented:
            return followed
    return context.write_conflict(path.tokens, base, draft, canonical, rule=_rule_of(path, draft, canonical))


def _rule_of(path: MergePath, draft: Maybe, canonical: Maybe) -> str:
    """Returns the rule that keeps two values from being merged inside; none where it is the usual one (R3 to R6)."""
    if isinstance(path.rule, Atomic):
        return "R8"
    kinds = [
        dict if isinstance(v, dict) else list if isinstance(v, list) else None for v in (draft, canonical)
    ]
    return "R7" if kinds[0] is not kinds[1] and draft is not ABSENT and canonical is not ABSENT else ""


def _merge_inside(
    context: MergeContext, path: MergePath, base: Maybe, draft: Maybe, canonical: Maybe
) -> JSON:
    """Returns what merging inside the place gives (R6, R9); ``NotImplemented`` where nothing inside can be merged
    (R7, R8, C1)."""
    rule = path.rule
    if isinstance(rule, Atomic | Canonical):
        return NotImplemented
    if isinstance(draft, dict) and isinstance(canonical, dict):
        members = {} if base is ABSENT else base
        if isinstance(members, dict):
            return merge_objects(context, path, members, draft, canonical)
    if isinstance(draft, list) and isinstance(canonical, list):
        return _merge_lists(context, path, base, draft, canonical)
    if (
        isinstance(rule, Text)
        and isinstance(base, str)
        and isinstance(draft, str)
        and isinstance(canonical, str)
    ):
        from gitdraft.documents.merge.ordered_lists import merge_texts

        return merge_texts(context, path, base, draft, canonical)
    return NotImplemented


def _merge_lists(
    context: MergeContext, path: MergePath, base: Maybe, draft: list[JSON], canonical: list[JSON]
) -> JSON:
    """Returns the list merged as its declaration says; one that is declared keyed or a set and is none, and one
    without a declaration, is ordered (K6). Added by both, only keyed lists and sets merge (R6)."""
    rule = path.rule
    items = [] if base is ABSENT else base
    if not isinstance(items, list):
        return NotImplemented
    merged: JSON = NotImplemented
    if isinstance(rule, Keyed):
        from gitdraft.documents.merge.keyed_lists import merge_keyed

        merged = merge_keyed(context, path, rule, items, draft, canonical)
    elif isinstance(rule, SetOf):
        from gitdraft.documents.merge.keyed_lists import merge_sets

        merged = merge_sets(context, path, rule, items, draft, canonical)
    if merged is NotImplemented and base is not ABSENT:
        from gitdraft.documents.merge.ordered_lists import merge_ordered

        return merge_ordered(context, path, items, draft, canonical)
    return merged
