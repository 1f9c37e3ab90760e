"""In which line and column of a text a place of the document stands, as an editor counts them."""

from __future__ import annotations

from gitdraft.documents.lexer import line_and_column
from gitdraft.documents.parse import Limits, parse_json
from gitdraft.documents.pointers import parse_pointer
from gitdraft.documents.syntax import Node, parse_syntax
from gitdraft.errors import InvalidInput


def line_of(content: bytes, pointer: str, limits: Limits) -> int:
    """The line, from 1, of what is at the pointer, or of the nearest thing around it that is there; for a text
    that is no JSON, the line of the mistake."""
    return place_of(content, pointer, limits)[0]


def place_of(content: bytes, pointer: str, limits: Limits) -> tuple[int, int]:
    """The same line, and the column, from 1 in characters."""
    try:
        value = parse_json(content, limits=limits)
    except InvalidInput as error:
        line, column = error.context.get("line", 1), error.context.get("column", 1)
        return (line, column) if isinstance(line, int) and isinstance(column, int) else (1, 1)
    text = content.decode("utf-8")
    node = parse_syntax(text, value)
    start = node.start
    for token in parse_pointer(pointer):
        found = _child(node, token)
        if found is None:
            break
        start, node = found
    return line_and_column(text, start)


def _child(node: Node, token: str) -> tuple[int, Node] | None:
    for index, child in enumerate(node.children):
        if token == (child.name if child.name is not None else str(index)):
            return child.start, child.node
    return None
