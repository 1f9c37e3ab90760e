"""The style of a JSON file, learnt from the file, so that what is new in it is written as the rest is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from gitdraft.documents.syntax import Child, Node, walk
from gitdraft.lazy_dataclass import dataclass
from gitdraft.lazy_regex import regex
from gitdraft.model.values import JSON

NON_ASCII_ESCAPE = regex(r"\\u(?!00[0-7])")
Kind: TypeAlias = tuple[type, bool]
"""Object or array, and whether there is nothing but scalars and empty containers in it."""


@dataclass(frozen=True, slots=True)
class Style:
    """The habits of a file.

    ``newline`` is its line end (empty: all is on one line), ``unit`` one level of indentation, ``colon`` what
    stands between a name and its value, ``comma`` what follows a comma on one line, ``padding`` what stands inside
    the brackets of an object and of an array on one line. ``one_line`` are the kinds of containers that stand on
    one line, ``is_ascii`` says that characters beyond ASCII are escaped.
    """

    newline: str
    unit: str
    colon: str
    comma: str
    padding: dict[type, str]
    one_line: frozenset[Kind]
    is_ascii: bool

    def is_inline(self, value: JSON) -> bool:
        """Whether a value like this stands on one line."""
        return not self.newline or kind(value) in self.one_line

    def write(self, value: JSON, indentation: str, *, inline: bool) -> str:
        """Returns the text of a value, on one line or on several, these after the first with the indentation."""
        if not isinstance(value, dict | list) or not value:
            return self.write_scalar(value)
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        deeper = indentation + self.unit
        texts = [
            head + self.write(item, deeper, inline=inline or self.is_inline(item))
            for head, item in self.heads(value)
        ]
        if inline:
            padding = self.padding.get(type(value), "")
            return opening + padding + ("," + self.comma).join(texts) + padding + closing
        return (
            opening
            + ",".join(self.newline + deeper + text for text in texts)
            + self.newline
            + indentation
            + closing
        )

    def write_scalar(self, value: JSON) -> str:
        """Returns the text of a scalar, an empty container or a name."""
        return json.dumps(value, ensure_ascii=self.is_ascii, allow_nan=False)

    def heads(self, value: JSON) -> Iterator[tuple[str, JSON]]:
        """Yields the children of a container, each with what is written before its value."""
        if isinstance(value, dict):
            yield from ((self.write_scalar(name) + self.colon, item) for name, item in value.items())
        else:
            yield from (("", item) for item in value)


def kind(value: JSON) -> Kind:
    """Returns the kind of a value as far as its style goes."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return type(value), not any(isinstance(item, dict | list) and item for item in inner)


def is_on_one_line(text: str, node: Node) -> bool:
    """Whether a container with something in it stands on one line."""
    return bool(node.children) and "\n" not in text[node.start : node.end]


def indentation(text: str, offset: int) -> str:
    """Returns the white space that the line of an offset starts with."""
    line = text[text.rfind("\n", 0, offset) + 1 : offset + 1]
    return line[: len(line) - len(line.lstrip(" \t"))]


def learn_style(text: str, root: Node) -> Style:
    """Returns the style of a file. What the file does not show is as gitdraft writes files of its own."""
    nodes = [node for node in walk(root) if node.children]
    inline = [node for node in nodes if is_on_one_line(text, node)]
    newline = "\r\n" if "\r\n" in text else "\n"
    colon = next((c.colon for node in nodes for c in node.children if c.name is not None), ": ")
    gaps = (child.lead for node in inline for child in node.children[1:])
    padding = {type(node.value): node.children[0].lead for node in reversed(inline)}
    return Style(
        newline="" if root in inline else newline,
        unit=_unit(text, nodes),
        colon=": " if "\n" in colon else colon,
        comma=next(gaps, "" if colon == ":" else " "),
        padding=padding,
        one_line=_kinds_on_one_line(text, root),
        is_ascii=text.isascii() and NON_ASCII_ESCAPE.search(text) is not None,
    )


def _unit(text: str, nodes: list[Node]) -> str:
    """Returns one level of indentation: by how much the first child on a line of its own is further in."""
    for node in nodes:
        for child in node.children:
            if "\n" in child.lead:
                outer, inner = indentation(text, node.start), child_indentation(child)
                return inner.removeprefix(outer) if inner.startswith(outer) else "  "
    return "  "


def child_indentation(child: Child) -> str:
    """Returns the indentation of a child that stands on a line of its own."""
    return child.lead.rpartition("\n")[2]


def _kinds_on_one_line(text: str, root: Node) -> frozenset[Kind]:
    """Returns the kinds of which more stand on one line than on several, where what is around them leaves the choice."""
    votes: Counter[Kind] = Counter()
    around = [] if is_on_one_line(text, root) else [root]
    while around:
        for child in around.pop().children:
            if child.node.children:
                one_line = is_on_one_line(text, child.node)
                votes[kind(child.node.value)] += 1 if one_line else -1
                if not one_line:
                    around.append(child.node)
    return frozenset(kind for kind, balance in votes.items() if balance > 0)
