"""A JSON text as a tree that knows where everything stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from gitdraft.model.values import JSON

TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
Tokens: TypeAlias = Iterator[re.Match[str]]


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
    """The tree of a text that is strict JSON and parses to ``value``, of bounded depth."""
    stream = TOKEN.finditer(text)
    return _node(text, stream, next(stream), value)


def walk(node: Node) -> Iterator[Node]:
    """The node and those in it, in the order of the text."""
    yield node
    for child in node.children:
        yield from walk(child.node)


def _node(text: str, stream: Tokens, first: re.Match[str], value: JSON) -> Node:
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
