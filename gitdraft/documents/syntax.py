"""A JSON text as a tree with offsets, and the line and column of a place of the document, as an editor counts them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from gitdraft.documents.lexer import line_and_column
from gitdraft.documents.parse import Limits, parse_json
from gitdraft.documents.pointers import parse_pointer
from gitdraft.errors import InvalidInput
from gitdraft.lazy_dataclass import dataclass
from gitdraft.lazy_regex import regex
from gitdraft.model.values import JSON

TOKEN = regex(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
Matches: TypeAlias = Iterator[re.Match[str]]


@dataclass(frozen=True, slots=True)
class Node:
    """A value from ``start`` to ``end`` (character offsets); ``children`` of an array are its elements, of an
    object its members."""

    value: JSON
    start: int
    end: int
    children: tuple[Child, ...] = ()


@dataclass(frozen=True, slots=True)
class Child:
    """An element, or a member with its ``name``, which starts at ``start``, and the ``colon`` with the white space
    around it. ``lead`` is the white space before the child, ``trail`` that between it and its comma."""

    name: str | None
    start: int
    colon: str
    node: Node
    lead: str
    trail: str


def parse_syntax(text: str, value: JSON) -> Node:
    """Returns the tree of a text that is strict JSON and parses to ``value``, of bounded depth."""
    stream = TOKEN.finditer(text)
    return _node(text, stream, next(stream), value)


def walk(node: Node) -> Iterator[Node]:
    """Yields the node and those in it, in the order of the text."""
    yield node
    for child in node.children:
        yield from walk(child.node)


def line_of(content: bytes, pointer: str, limits: Limits) -> int:
    """Returns the line, from 1, of what is at the pointer, or of the nearest thing around it that is there; for a text
    that is no JSON, the line of the mistake."""
    return line_and_column_of(content, pointer, limits)[0]


def line_and_column_of(content: bytes, pointer: str, limits: Limits) -> tuple[int, int]:
    """Returns the line that :func:`line_of` does, and the column, from 1 in characters."""
    try:
        value = parse_json(content, limits=limits)
    except InvalidInput as error:
        line, column = error.context.get("line", 1), error.context.get("column", 1)
        return (line, column) if isinstance(line, int) and isinstance(column, int) else (1, 1)
    text = content.decode("utf-8")
    node = parse_syntax(text, value)
    start = node.start
    for token in parse_pointer(pointer):
        child = _child(node, token)
        if child is None:
            break
        start, node = child.start, child.node
    return line_and_column(text, start)


def _node(text: str, stream: Matches, first: re.Match[str], value: JSON) -> Node:
    if not isinstance(value, dict | list):
        return Node(value, first.start(), first.end())
    # parsing kept the members in their order, so names need not be read again
    inner = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    children: list[Child] = []
    comma = first
    for name, item in inner:
        opening = token = next(stream)
        colon = ""
        if name is not None:
            next(stream)
            token = next(stream)
            colon = text[opening.end() : token.start()]
        node = _node(text, stream, token, item)
        lead = text[comma.end() : opening.start()]
        comma = next(stream)
        trail = text[node.end : comma.start()]
        children.append(Child(name, opening.start(), colon, node, lead, trail))
    end = comma.end() if children else next(stream).end()
    return Node(value, first.start(), end, tuple(children))


def _child(node: Node, token: str) -> Child | None:
    for index, child in enumerate(node.children):
        if token == (child.name if child.name is not None else str(index)):
            return child
    return None
