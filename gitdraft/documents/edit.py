"""Edits that keep a file's own formatting: only the lines of the members that changed differ.

Whatever is not changed keeps its bytes: indentation, inline arrays, member order, spelling of numbers and
escapes, the final newline. What is new is written as its neighbours are.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from gitdraft.documents.alignment import Run, align, runs
from gitdraft.documents.equality import fingerprints, identical
from gitdraft.documents.json_style import (
    Style,
    child_indentation,
    indentation,
    is_on_one_line,
    kind,
    learn_style,
)
from gitdraft.documents.merge.similarity import similar
from gitdraft.documents.parse import Limits, parse_json
from gitdraft.documents.syntax import Child, Node, parse_syntax
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.values import JSON

ANY_SIZE = Limits(max_bytes=sys.maxsize, max_depth=200)
MOST_COMPARED = 2500


@dataclass(frozen=True, slots=True)
class Piece:
    """A child of a container in the new text: its text, and where it comes from (``None``: it is new)."""

    text: str
    origin: Child | None


def edit_json(original: bytes, new: JSON) -> bytes:
    """Returns ``original`` changed so that it is ``new`` (≡); member order is the original's where both have a member.

    Raises InvalidInput when the original is not JSON.
    """
    old = parse_json(original, limits=ANY_SIZE)
    if identical(old, new):
        return original
    text = original.decode()
    root = parse_syntax(text, old)
    edited = _Editor(text, learn_style(text, root)).edit(root, new, None)
    content = (text[: root.start] + edited + text[root.end :]).encode()
    if not identical(parse_json(content, limits=ANY_SIZE), new):
        raise AssertionError("an edited file does not hold the new document")
    return content


class _Editor:
    def __init__(self, text: str, style: Style) -> None:
        self.text = text
        self.style = style

    def edit(self, node: Node, new: JSON, parent: Node | None) -> str:
        """Returns the node's text with ``new`` as its value."""
        old = node.value
        if identical(old, new):
            return self.text[node.start : node.end]
        if old and new and isinstance(old, dict) and isinstance(new, dict):
            return self.assemble(node, list(self.members(node, new)))
        if old and new and isinstance(old, list) and isinstance(new, list):
            return self.assemble(node, list(self.elements(node, new)))
        return self.write(new, parent, indentation(self.text, node.start))

    def write(self, value: JSON, parent: Node | None, indented: str) -> str:
        """Returns the text of a new value: on one line inside what is on one line, else as its siblings of the same kind are."""
        if parent is None:
            return self.style.write(value, indented, inline=not self.style.newline)
        alike = [c.node for c in parent.children if c.node.children and kind(c.node.value) == kind(value)]
        inline = is_on_one_line(self.text, parent) or (
            is_on_one_line(self.text, alike[-1]) if alike else self.style.is_inline(value)
        )
        return self.style.write(value, indented, inline=inline)

    def members(self, node: Node, new: dict[str, JSON]) -> Iterator[Piece]:
        """Yields the members of the new object: those that stay in their order, each new one after the one before it."""
        kept = {child.name: child for child in node.children if child.name is not None and child.name in new}
        gone = [child for child in node.children if child.name not in new]
        followers: dict[str | None, list[str]] = {}
        before: str | None = None
        for name in new:
            if name in kept:
                before = name
            else:
                followers.setdefault(before, []).append(name)
        for stays in (None, *kept):
            if stays is not None:
                child = kept[stays]
                head = self.text[child.start : child.node.start]
                yield Piece(head + self.edit(child.node, new[stays], node), child)
            for added in followers.get(stays, ()):
                head = self.style.write_scalar(added) + self.colon(node)
                yield Piece(head + self.salvage(node, new[added], gone), None)

    def elements(self, node: Node, new: list[JSON]) -> Iterator[Piece]:
        """Yields the elements of the new array: aligned with the old ones, similar ones edited inside."""
        old = [child.node.value for child in node.children]
        matches = align(*fingerprints(old, new, is_strict=True))
        matched = {j: i for i, j in matches}
        for run in runs(matches, len(old), len(new)):
            matched.update(_pairs(old, new, run))
        still = set(matched.values())
        gone = [child for index, child in enumerate(node.children) if index not in still]
        for j, value in enumerate(new):
            if j in matched:
                child = node.children[matched[j]]
                yield Piece(self.edit(child.node, value, node), child)
            else:
                yield Piece(self.salvage(node, value, gone), None)

    def salvage(self, node: Node, value: JSON, gone: list[Child]) -> str:
        """Returns the text of a new value in a container: a sibling that goes and is equal or similar lends its text (it was renamed or
        moved), else it is written as new."""
        if len(gone) ** 2 <= MOST_COMPARED:
            for is_alike in (identical, similar):
                for child in gone:
                    if is_alike(child.node.value, value):
                        gone.remove(child)
                        return self.edit(child.node, value, node)
        on_own_line = (child_indentation(c) for c in node.children if "\n" in c.lead)
        usual = indentation(self.text, node.start) + self.style.unit
        return self.write(value, node, next(on_own_line, usual))

    def colon(self, node: Node) -> str:
        """Returns what stands between name and value in this object."""
        usual = node.children[-1].colon
        return self.style.colon if "\n" in usual else usual

    def assemble(self, node: Node, pieces: Sequence[Piece]) -> str:
        """Returns the text of the container with these children; what stood between two neighbours that stay, stays."""
        out = [self.text[node.start]]
        for index, piece in enumerate(pieces):
            if index > 0:
                out += (self.trail(node, pieces[index - 1]), ",")
            out += (self.lead(node, piece, is_first=index == 0), piece.text)
        return "".join(out) + node.children[-1].trail + self.text[node.end - 1]

    def trail(self, node: Node, piece: Piece) -> str:
        """Returns the white space between a child and the comma after it."""
        if piece.origin is not None and piece.origin is not node.children[-1]:
            return piece.origin.trail
        return node.children[0].trail if len(node.children) > 1 else ""

    def lead(self, node: Node, piece: Piece, *, is_first: bool) -> str:
        """Returns the white space before a child: its own where it keeps its role, else as its siblings have it."""
        first, others, own = node.children[0], node.children[1:], piece.origin
        if own is not None and (own is first) == is_first:
            return own.lead
        if is_first:
            return first.lead
        if own is not None and "\n" in own.lead:
            return own.lead
        usual = others[-1].lead if others else first.lead
        if "\n" in usual:
            return self.style.newline + usual.rpartition("\n")[2]
        return usual if others else self.style.comma


def _pairs(old: list[JSON], new: list[JSON], run: Run) -> Iterator[tuple[int, int]]:
    """Yields the pairs (new, old) of a run without a match: similar elements in their order; one by one where the run
    kept its length."""
    olds, news = range(run.old_start, run.old_end), range(run.new_start, run.new_end)
    if len(olds) == len(news):
        yield from zip(news, olds, strict=True)
    elif len(olds) * len(news) <= MOST_COMPARED:
        start = run.old_start
        for j in news:
            i = next((i for i in range(start, run.old_end) if similar(old[i], new[j])), None)
            if i is not None:
                yield j, i
                start = i + 1
