"""A conflict for people: three short values side by side, of long ones what each side made of the base."""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import SequenceMatcher, unified_diff
from textwrap import wrap

import click

from gitdraft.cli.text import (
    LEAST_WRAPPED,
    columns,
    columns_of,
    escape,
    faint,
    place_text,
    printable,
    status,
    strong,
    terminal_width,
    value,
)
from gitdraft.formats.reports.conflicts import edits_of
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.values import ABSENT, Maybe

WIDTH = 72
WORDS_AROUND = 8
COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def conflict_lines(
    draft_id: str, entity: EntityRef, conflict: Conflict, names: tuple[str, str], suffix: str = ""
) -> Iterator[str]:
    """Yields the conflict: where it is, and what each side (``names``: canonical's and the draft's) has there."""
    what = f"{status('conflict')} {conflict.type}{suffix}"
    yield from columns([[strong(draft_id), strong(str(entity)), place_text(conflict), what]])
    sides = (("base", conflict.base), (names[0], conflict.canonical), (names[1], conflict.draft))
    edits = edits_of(conflict)
    if edits:
        for name, side in sides[1:]:
            yield f"  {faint(name)}  {'(nothing)' if side is ABSENT else 'edits it:'}"
            if side is not ABSENT:
                yield from (f"    {escape(_edit_text(edit))}" for edit in edits)
    elif all(_fits(side) for _, side in sides):
        yield from columns([[faint(name), value(side)] for name, side in sides], "  ")
    elif conflict.base is ABSENT and ABSENT not in (conflict.canonical, conflict.draft):
        yield from _long_lines(f"{names[1]}, against {names[0]}", conflict.canonical, conflict.draft)
    else:
        for name, side in sides[1:]:
            yield from _long_lines(name, conflict.base, side)
    if conflict.rename_candidate is not None:
        yield f"  {names[0]} may have renamed it to {escape(conflict.rename_candidate)}"
    if conflict.target is not None:
        yield f"  {names[0]} redirects it to {conflict.target}"
    if conflict.renamed_to is not None:
        yield f"  {names[0]} renamed it to {conflict.renamed_to}"
    yield ""


def _fits(side: Maybe) -> bool:
    return side is ABSENT or columns_of(escape(json.dumps(side, ensure_ascii=False))) <= WIDTH


def _long_lines(name: str, base: Maybe, side: Maybe) -> Iterator[str]:
    """Yields what a side made of the base: of a text its words, of anything else its lines; whole where the base has nothing."""
    if side is ABSENT:
        yield f"  {faint(name)}  (nothing)"
        return
    if _fits(side) and not (isinstance(side, str) and isinstance(base, str)):
        yield f"  {faint(name)}  {value(side)}"
        return
    yield f"  {faint(name)}"
    if base is ABSENT:
        yield from (f"    {line}" for line in printable(side).splitlines())
    elif isinstance(side, str) and isinstance(base, str):
        yield from (f"    {line}" for line in _word_lines(base, side))
    else:
        lines = unified_diff(printable(base).splitlines(), printable(side).splitlines(), lineterm="", n=2)
        for line in [*lines][2:]:
            yield f"    {click.style(line, fg=COLOURS.get(line[:1]))}"


def _word_lines(base: str, text: str) -> Iterator[str]:
    """Yields the text, wrapped, with what it lost of the base as `[-lost-]` and what it gained as `{+gained+}`; long runs of
    words that both have are left out."""
    was, now = escape(base).split(" "), escape(text).split(" ")
    shown: list[str] = []
    blocks = SequenceMatcher(None, was, now, autojunk=False).get_opcodes()
    for number, (kind, old, old_end, new, new_end) in enumerate(blocks):
        if kind == "equal":
            head = 0 if number == 0 else WORDS_AROUND
            tail = 0 if number == len(blocks) - 1 else WORDS_AROUND
            words = now[new:new_end]
            if len(words) > head + tail + 1:
                words = [*words[:head], "…", *words[len(words) - tail :]]
            shown += words
            continue
        if old_end > old:
            shown.append(f"[-{' '.join(was[old:old_end])}-]")
        if new_end > new:
            shown.append(f"{{+{' '.join(now[new:new_end])}+}}")
    room = min(WIDTH, (terminal_width() or WIDTH + 4) - 4)
    yield from wrap(" ".join(shown), max(room, LEAST_WRAPPED), break_on_hyphens=False)


def _edit_text(edit: dict[str, object]) -> str:
    rest = json.dumps(edit["value"], ensure_ascii=False) if "value" in edit else ""
    return f"{edit['op']} {edit['path']} {rest}".rstrip()
