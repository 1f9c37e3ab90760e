"""Two documents, field by field: what was added, removed or changed, lists aligned, long text word by word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Literal, TypeAlias

from gitdraft.documents.alignment import Run, align, runs
from gitdraft.documents.equality import fingerprints, identical
from gitdraft.documents.merge.similarity import similar
from gitdraft.documents.pointers import Tokens, format_pointer
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.values import ABSENT, JSON, Maybe
from gitdraft.review.text import Piece, compare_texts
from gitdraft.review.values import Named, ShownValue, show_value

FieldStatus: TypeAlias = Literal["added", "removed", "changed", "kept"]
Place: TypeAlias = Callable[[Tokens], Named | None]
"""What the value at a place names, if it names an entity."""
CONTEXT = 2  # elements of a list around what changed
MOST_ELEMENTS = 400  # of one list that came or went, and then "show all"


@dataclass(frozen=True, slots=True)
class Sides:
    """What the values at the places of both documents name, and whether they are shown whole."""

    before: Place
    after: Place
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a list that is shown as one: its status, its value; ``skipped`` are that many left out, which stayed
    (``kept``) or not."""

    status: FieldStatus
    value: ShownValue | None = None
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What became of the value at a pointer. ``pieces`` are both texts, word by word; ``elements`` those of a list of
    plain values, aligned."""

    pointer: str
    tokens: Tokens
    status: FieldStatus
    before: ShownValue
    after: ShownValue
    pieces: tuple[tuple[Piece, ...], tuple[Piece, ...]] | None = None
    elements: tuple[Element, ...] = ()


def compare(before: Maybe, after: Maybe, sides: Sides, tokens: Tokens = ()) -> Iterator[FieldChange]:
    """Yields what changed from one document to the other, place by place, in the order of the document."""
    if identical(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in (*before, *(name for name in after if name not in before)):
            yield from compare(before.get(name, ABSENT), after.get(name, ABSENT), sides, (*tokens, name))
    elif tokens == () and before is ABSENT and isinstance(after, dict):
        for name, value in after.items():
            yield from compare(ABSENT, value, sides, (name,))
    elif tokens == () and after is ABSENT and isinstance(before, dict):
        for name, value in before.items():
            yield from compare(value, ABSENT, sides, (name,))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, sides, tokens)
    elif before is ABSENT and isinstance(after, list) and _is_plain(after):
        yield _list_change([], after, sides, tokens, "added")
    elif after is ABSENT and isinstance(before, list) and _is_plain(before):
        yield _list_change(before, [], sides, tokens, "removed")
    else:
        yield _change(before, after, sides, tokens)


def _change(before: Maybe, after: Maybe, sides: Sides, tokens: Tokens) -> FieldChange:
    status: FieldStatus = "added" if before is ABSENT else "removed" if after is ABSENT else "changed"
    is_text = isinstance(before, str) and isinstance(after, str)
    old = show_value(before, sides.before(tokens), whole=sides.whole)
    new = show_value(after, sides.after(tokens), whole=sides.whole)
    pieces = compare_texts(old.text, new.text) if is_text and before and after else None
    return FieldChange(format_pointer(tokens), tokens, status, old, new, pieces)


def _lists(before: list[JSON], after: list[JSON], sides: Sides, tokens: Tokens) -> Iterator[FieldChange]:
    if _is_plain(before) and _is_plain(after):
        yield _list_change(before, after, sides, tokens, "changed")
        return
    matches = align(*fingerprints(before, after, is_strict=True))
    for run in runs(matches, len(before), len(after)):
        yield from _run(before, after, run, sides, tokens)


def _run(
    before: list[JSON], after: list[JSON], run: Run, sides: Sides, tokens: Tokens
) -> Iterator[FieldChange]:
    olds, news = before[run.old_start : run.old_end], after[run.new_start : run.new_end]
    for offset, (old, new) in enumerate(zip(olds, news, strict=False)):
        place = (*tokens, str(run.new_start + offset))
        if similar(old, new):
            yield from compare(old, new, sides, place)
        else:
            yield _change(old, new, sides, place)
    paired = min(len(olds), len(news))
    for offset, old in enumerate(olds[paired:], paired):
        yield _change(old, ABSENT, sides, (*tokens, str(run.old_start + offset)))
    for offset, new in enumerate(news[paired:], paired):
        yield _change(ABSENT, new, sides, (*tokens, str(run.new_start + offset)))


def _list_change(
    before: list[JSON], after: list[JSON], sides: Sides, tokens: Tokens, status: FieldStatus
) -> FieldChange:
    whole = sides.whole
    old = show_value(ABSENT if status == "added" else before, whole=whole)
    new = show_value(ABSENT if status == "removed" else after, whole=whole)
    elements = tuple(_elements(before, after, sides, tokens))
    return FieldChange(format_pointer(tokens), tokens, status, old, new, None, elements)


def _elements(before: list[JSON], after: list[JSON], sides: Sides, tokens: Tokens) -> Iterator[Element]:
    matches = align(*fingerprints(before, after, is_strict=True))
    kept: list[Element] = []
    count, i, j = 0, 0, 0
    for match_i, match_j in [*matches, (len(before), len(after))]:
        changed = chain(
            (_element("removed", before[index], sides, tokens, index) for index in range(i, match_i)),
            (_element("added", after[index], sides, tokens, index) for index in range(j, match_j)),
        )
        number = match_i - i + match_j - j
        if number:
            yield from _context(kept, is_first=not count, is_last=False)
            kept = []
            yield from changed if sides.whole else islice(changed, max(0, MOST_ELEMENTS - count))
            count += number
        if match_j < len(after):
            kept.append(_element("kept", after[match_j], sides, tokens, match_j))
        i, j = match_i + 1, match_j + 1
    yield from _context(kept, is_first=not count, is_last=True)
    if count > MOST_ELEMENTS and not sides.whole:
        yield Element("changed", skipped=count - MOST_ELEMENTS)


def _context(kept: list[Element], *, is_first: bool, is_last: bool) -> Iterator[Element]:
    head = 0 if is_first else CONTEXT
    tail = 0 if is_last else CONTEXT
    skipped = len(kept) - head - tail
    if skipped <= 1:
        yield from kept
        return
    yield from kept[:head]
    yield Element("kept", skipped=skipped)
    yield from kept[len(kept) - tail :]


def _element(status: FieldStatus, value: JSON, sides: Sides, tokens: Tokens, index: int) -> Element:
    place = sides.before if status == "removed" else sides.after
    return Element(status, show_value(value, place((*tokens, str(index))), whole=sides.whole))


def _is_plain(values: list[JSON]) -> bool:
    return not any(isinstance(value, dict | list) for value in values)
