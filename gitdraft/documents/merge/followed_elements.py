"""Elements of ordered lists with members that follow canonical (C1): merged inside, wherever they stand by now."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from gitdraft.documents.equality import equivalent, identical
from gitdraft.documents.merge.context import MergeContext, MergePath
from gitdraft.documents.merge.followers import is_unchanged, list_prints, lost_members
from gitdraft.documents.merge.list_edits import (
    Kept,
    ListEdits,
    Move,
    Position,
    Region,
    Replacement,
)
from gitdraft.documents.merge.similarity import similar
from gitdraft.lazy_dataclass import replace
from gitdraft.model.values import JSON


class Place(NamedTuple):
    """Where a side has an element of the base: its value, whether it left all but members that follow canonical alone, and
    what puts another value there."""

    value: JSON
    is_unchanged: bool
    put: Callable[[JSON], None]


def follow_elements(
    context: MergeContext, path: MergePath, base: list[JSON], draft: ListEdits, canonical: ListEdits
) -> None:
    """Puts what C1 makes of each element into the edits of both sides, where one of them changed nothing else of it, or both
    put the same there; warns of a value of the draft that is lost with its element."""
    for index, element in enumerate(base):
        inside = path.element(index)
        by_draft, by_canonical = (_place(inside, side, index, element) for side in (draft, canonical))
        if by_draft is not None and by_canonical is not None:
            _merge_inside(context, inside, element, by_draft, by_canonical)
        elif by_draft is not None and by_draft.is_unchanged:
            for lost in lost_members(inside, element, by_draft.value):
                context.warn("canonical-kept", lost)
    for region in draft.regions:
        other = canonical.region_from(region.start)
        if other is not None and other.end == region.end:
            _put_once(context, path, region.values, other.values)
    for gap in sorted(draft.insertions.keys() & canonical.insertions.keys()):
        inserted, alike = draft.insertions[gap], canonical.insertions[gap]
        if inserted.sources == alike.sources:
            _put_once(context, path, inserted.values, alike.values)


def _put_once(context: MergeContext, path: MergePath, draft: list[JSON], canonical: list[JSON]) -> None:
    """Takes canonical's elements where both sides put the same but for members that follow it."""
    if equivalent(draft, canonical):
        return
    prints = list_prints(path.active, draft, canonical)
    if prints[0] == prints[1]:
        leading, other = (draft, canonical) if context.draft_leads else (canonical, draft)
        other[:] = leading
        context.warn("canonical-kept", path.tokens)


def _merge_inside(context: MergeContext, path: MergePath, base: JSON, draft: Place, canonical: Place) -> None:
    raised = [side for side in (draft, canonical) if side.is_unchanged and not identical(side.value, base)]
    if not raised:
        return
    merged = context.merge_node(context, path, base, draft.value, canonical.value)
    for side, other in ((draft, canonical), (canonical, draft)):
        if other.is_unchanged:
            side.put(merged)


def _place(path: MergePath, side: ListEdits, index: int, base: JSON) -> Place | None:
    """Returns where the side has the element; ``None`` where it is gone, or cannot be told from others."""
    moves = side.moves.get(index, ())
    match side.elements[index]:
        case Kept(value=value):
            return Place(value, True, lambda merged: _put(side, (index, 1, 0), merged))
        case Replacement(value=value) as edit if not moves and (edit.is_paired or similar(base, value)):
            return Place(value, False, lambda merged: _put(side, (index, 1, 0), merged))
    if len(moves) != 1:
        return None
    value = _value_at(side, moves[0])
    return Place(
        value, is_unchanged(base, value, path.active), lambda merged: _put(side, moves[0].position, merged)
    )


def _value_at(side: ListEdits, move: Move) -> JSON:
    """Returns the moved element as it stands in its new place."""
    index, kind, offset = move.position
    if kind == 0:
        return side.insertions[index].values[offset]
    edit = side.elements[index]
    return edit.values[offset] if isinstance(edit, Region) else side.value_at(index)


def _put(side: ListEdits, position: Position, value: JSON) -> None:
    index, kind, offset = position
    edit = None if kind == 0 else side.elements[index]
    if edit is None:
        side.insertions[index].values[offset] = value
    elif isinstance(edit, Region):
        edit.values[offset] = value
    elif isinstance(edit, Kept | Replacement):
        side.elements[index] = replace(edit, value=value)
