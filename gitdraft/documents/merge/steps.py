"""What each rule did at a place, for people who ask why (`merge-json --explain`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from gitdraft.documents.equality import identical
from gitdraft.documents.merge.context import MergeContext, MergePath
from gitdraft.model.values import ABSENT, Maybe


def note_sides(context: MergeContext, path: MergePath, base: Maybe, draft: Maybe, canonical: Maybe) -> None:
    """Keeps which side wrote a place, where that decides (R1, R2)."""
    if identical(draft, base) and identical(canonical, base):
        return
    if identical(draft, canonical):
        context.note("R1", path.tokens, f"both {_done(base, draft)} it alike")
    elif identical(draft, base):
        context.note("R2", path.tokens, f"canonical alone {_done(base, canonical)} it")
    elif identical(canonical, base):
        context.note("R2", path.tokens, f"the draft alone {_done(base, draft)} it")


def note_new_members(
    context: MergeContext, path: MergePath, order: Iterable[str], new: Collection[str]
) -> None:
    """Keeps where the draft's new members stand (O1)."""
    left: str | None = None
    for name in order:
        if name in new:
            place = "first" if left is None else f"behind {left!r}"
            context.note("O1", (*path.tokens, name), f"new in the draft, stands {place}")
        left = name


def _done(base: Maybe, value: Maybe) -> str:
    if base is ABSENT:
        return "added"
    return "removed" if value is ABSENT else "changed"
