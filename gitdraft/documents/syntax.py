"""A JSON text as a tree that knows where everything stands in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from gitdraft.documents.tokens import Token, tokens
from gitdraft.model.values import JSON


@dataclass(slots=True)
class Node:
    """A value from ``start`` to ``end`` (character offsets); ``children`` of an array are its elements, of an
    object its members."""

    value: JSON
    start: int
    end: int
    children: list[Child] = field(default_factory=list)


@dataclass(slots=True)
class Child:
    """An element, or a member with its ``name`` and where that starts. ``lead`` is the white space before it,
    ``trail`` that between its end and the comma."""

    name: str | None
    start: int
    node: Node
    lead: str = ""
    trail: str = ""


def parse_syntax(text: str) -> Node:
    """The tree of a text that is known to be JSON, of bounded depth."""
    return _value(text, tokens(text))


def _value(text: str, stream: Iterator[Token], first: Token | None = None) -> Node:
    token = first or next(stream)
    if token.text == "{":
        return _container(text, stream, token, "}")
    if token.text == "[":
        return _container(text, stream, token, "]")
    return Node(json.loads(token.text), token.start, token.end)


def _container(text: str, stream: Iterator[Token], opening: Token, closing: str) -> Node:
    node = Node({} if closing == "}" else [], opening.start, opening.end)
    before = opening.end
    token = next(stream)
    while token.text != closing:
        start, name = token.start, None
        if closing == "}":
            name = json.loads(token.text)
            next(stream)
            token = next(stream)
        inner = _value(text, stream, token)
        child = Child(name, start, inner, text[before:start])
        node.children.append(child)
        if name is None:
            node.value.append(inner.value)
        else:
            node.value[name] = inner.value
        token = next(stream)
        if token.text == ",":
            child.trail = text[inner.end : token.start]
            before = token.end
            token = next(stream)
    node.end = token.end
    return node
