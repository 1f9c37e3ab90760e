"""Edits that keep a file's own formatting: only the lines of the members that changed differ.

Whatever is not changed keeps its bytes: indentation, inline arrays, member order, spelling of numbers and
escapes, the final newline. What is new is written as its neighbours are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gitdraft.documents.aligning import align, runs
from gitdraft.documents.equality import identical, strict_fingerprint
from gitdraft.documents.merging.similarity import similar
from gitdraft.documents.parsing import Limits, parse_json
from gitdraft.documents.syntax import Child, Node, parse_syntax
from gitdraft.model.values import JSON

UNBOUNDED = Limits(max_bytes=1 << 40, max_depth=1000)


@dataclass(frozen=True, slots=True)
class Style:
    """How a file is written: its line ends (empty: all on one line), one level of indentation, what stands
    between a name and its value, and what follows a comma on one line."""

    newline: str
    unit: str
    colon: str
    comma: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A child of a container in the new text: its text, and where it comes from (``None``: it is new)."""

    text: str
    origin: Child | None


def edit_json(original: bytes, new: JSON) -> bytes:
    """``original`` changed so that it is ``new`` (≡); member order is the original's where both have a member.

    Raises InvalidInput when the original is not JSON.
    """
    parse_json(original, limits=UNBOUNDED)
    text = original.decode()
    root = parse_syntax(text)
    if identical(root.value, new):
        return original
    edited = text[: root.start] + _Editor(text, _style(text, root)).edit(root, new) + text[root.end :]
    content = edited.encode()
    if not identical(parse_json(content, limits=UNBOUNDED), new):
        raise AssertionError("an edited file does not hold the new document")
    return content


class _Editor:
    def __init__(self, text: str, style: Style) -> None:
        self.text = text
        self.style = style

    def edit(self, node: Node, new: JSON) -> str:
        """The node's text with ``new`` as its value."""
        old = node.value
        if identical(old, new):
            return self.text[node.start : node.end]
        if isinstance(old, dict) and isinstance(new, dict) and new:
            return self.assemble(node, list(self.members(node, new)))
        if isinstance(old, list) and isinstance(new, list) and new:
            return self.assemble(node, list(self.elements(node, new)))
        return self.render(new, self.indentation(node.start), inline=self.is_inline(node))

    def members(self, node: Node, new: dict[str, JSON]) -> Iterator[Piece]:
        """The members of the new object: those that stay in their order, each new one after the one before it."""
        kept = {child.name: child for child in node.children if child.name is not None and child.name in new}
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
                yield Piece(head + self.edit(child.node, new[stays]), child)
            for added in followers.get(stays, ()):
                yield Piece(self.member(node, added, new[added]), None)

    def elements(self, node: Node, new: list[JSON]) -> Iterator[Piece]:
        """The elements of the new array: aligned with the old ones, similar ones edited inside."""
        old = [child.node.value for child in node.children]
        matches = align([strict_fingerprint(e) for e in old], [strict_fingerprint(e) for e in new])
        matched = {j: i for i, j in matches}
        for run in runs(matches, len(old), len(new)):
            for offset in range(min(run.old_end - run.old_start, run.new_end - run.new_start)):
                i, j = run.old_start + offset, run.new_start + offset
                if similar(old[i], new[j]) or run.old_end - run.old_start == run.new_end - run.new_start:
                    matched[j] = i
        for j, value in enumerate(new):
            if j in matched:
                child = node.children[matched[j]]
                yield Piece(self.edit(child.node, value), child)
            else:
                yield Piece(self.child_text(node, value), None)

    def member(self, node: Node, name: str, value: JSON) -> str:
        """A new member of an object."""
        colon = self.style.colon
        if node.children:
            first = node.children[0]
            name_end = first.start + len(_name_token(self.text, first.start))
            between = self.text[name_end : first.node.start]
            colon = between if "\n" not in between else colon
        return json.dumps(name, ensure_ascii=False) + colon + self.child_text(node, value)

    def child_text(self, node: Node, value: JSON) -> str:
        """A new value in a container, written as its siblings of the same kind are."""
        alike = [c.node for c in node.children if type(c.node.value) is type(value) and c.node.children]
        inline = self.is_inline(alike[-1]) if alike else self.is_inline(node) and bool(node.children)
        return self.render(value, self.child_indentation(node), inline=inline)

    def assemble(self, node: Node, pieces: Sequence[Piece]) -> str:
        """The container with these children; what stood between two neighbours that stay, stays."""
        opening, closing = self.text[node.start], self.text[node.end - 1]
        if not node.children:
            if self.style.newline and not self.is_on_a_line_of_its_own(node):
                return opening + ", ".join(piece.text for piece in pieces) + closing
            return self.surround(opening, [p.text for p in pieces], closing, self.indentation(node.start))
        final = self.text[node.children[-1].node.end : node.end - 1]
        out = [opening]
        previous: Piece | None = None
        for piece in pieces:
            if previous is not None:
                out.append((previous.origin.trail if previous.origin else "") + ",")
            out.append(self.lead(node, piece, is_first=previous is None))
            out.append(piece.text)
            previous = piece
        return "".join(out) + final + closing

    def lead(self, node: Node, piece: Piece, *, is_first: bool) -> str:
        """The white space before a child: its own where it keeps its role, else as its siblings have it."""
        first = node.children[0]
        others = node.children[1:]
        if piece.origin is not None and (piece.origin is first) == is_first:
            return piece.origin.lead
        if is_first:
            return first.lead
        if piece.origin is not None and "\n" in piece.origin.lead:
            return piece.origin.lead
        usual = others[-1].lead if others else first.lead
        if "\n" in usual:
            return self.style.newline + usual.rpartition("\n")[2]
        return usual if others else self.style.comma

    def render(self, value: JSON, indentation: str, *, inline: bool) -> str:
        """A new value: on one line, or a line for each child."""
        if not isinstance(value, dict | list) or not value:
            return json.dumps(value, ensure_ascii=False)
        inner = indentation + self.style.unit
        if isinstance(value, dict):
            texts = [
                json.dumps(name, ensure_ascii=False)
                + self.style.colon
                + self.render(item, inner, inline=inline)
                for name, item in value.items()
            ]
            opening, closing = "{}"
        else:
            texts = [self.render(item, inner, inline=inline) for item in value]
            opening, closing = "[]"
        if inline or not self.style.newline:
            return opening + ("," + self.style.comma).join(texts) + closing
        return self.surround(opening, texts, closing, indentation)

    def surround(self, opening: str, texts: Sequence[str], closing: str, indentation: str) -> str:
        """A container with each child on a line of its own, or on one line in a file that has only one."""
        if not self.style.newline:
            return opening + ("," + self.style.comma).join(texts) + closing
        line = self.style.newline + indentation
        return opening + ",".join(line + self.style.unit + text for text in texts) + line + closing

    def is_inline(self, node: Node) -> bool:
        """Whether a container stands on one line; an empty one, or a scalar, does not count as such."""
        return bool(node.children) and "\n" not in self.text[node.start : node.end]

    def is_on_a_line_of_its_own(self, node: Node) -> bool:
        """Whether nothing but a name stands before the node on its line."""
        before = self.text[self.text.rfind("\n", 0, node.start) + 1 : node.start]
        return before.count('"') <= 2 and not any(c in before for c in "[{")

    def indentation(self, offset: int) -> str:
        """The white space that the line of an offset starts with."""
        line = self.text[self.text.rfind("\n", 0, offset) + 1 :]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def child_indentation(self, node: Node) -> str:
        """The indentation of a container's children."""
        for child in node.children:
            if "\n" in child.lead:
                return child.lead.rpartition("\n")[2]
        return self.indentation(node.start) + self.style.unit


def _style(text: str, root: Node) -> Style:
    first = next((child for child in root.children if "\n" in child.lead), None)
    newline = "\r\n" if "\r\n" in text else "\n"
    member = next(_members(root), None)
    colon = ": "
    if member is not None:
        between = text[member.start + len(_name_token(text, member.start)) : member.node.start]
        colon = between if "\n" not in between else ": "
    seconds = (c.lead for n in _nodes(root) for c in n.children[1:] if "\n" not in c.lead)
    comma = next(seconds, " " if colon.endswith(" ") else "")
    if first is None and root.children:
        return Style("", "  ", colon, comma)
    unit = "  " if first is None else first.lead.rpartition("\n")[2] or "  "
    return Style(newline, unit, colon, comma)


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _nodes(child.node)


def _members(root: Node) -> Iterator[Child]:
    return (child for node in _nodes(root) for child in node.children if child.name is not None)


def _name_token(text: str, start: int) -> str:
    end = start + 1
    while text[end] != '"':
        end += 2 if text[end] == "\\" else 1
    return text[start : end + 1]
