"""A document as lines, one a pointer, so that a diff by lines shows what changed in it and where."""

from __future__ import annotations

import json
from collections.abc import Iterator

from gitdraft.documents.merge.similarity import ID_MEMBERS
from gitdraft.documents.pointers import Tokens, format_pointer
from gitdraft.documents.serialise import canonical_json, dump_compact
from gitdraft.model.values import JSON

ANY_ELEMENT = "-"


def pointer_lines(document: JSON) -> Iterator[str]:
    """Yields `/label = "Person"` for each scalar and each empty container, in the document's order.

    An element of an array has no index, which would change with every insertion before it: an object is named
    by its id (`/claims/{"id":"a"}/rank`), as in keyed lists, anything else by `-`. Characters that do not print
    are written as JSON escapes.
    """
    for tokens, value in leaves(document, ()):
        yield f"{printable(format_pointer(tokens))} = {printable(dump_compact(value))}"


def printable(line: str) -> str:
    """Returns the line with the characters that a terminal does not print, or that move the cursor, as JSON escapes."""
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def leaves(value: JSON, path: Tokens) -> Iterator[tuple[Tokens, JSON]]:
    """Yields the scalars and the empty containers of a value that stands at ``path``, elements named as in ``pointer_lines``."""
    if not value or not isinstance(value, (dict, list)):
        yield path, value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from leaves(member, (*path, name))
    else:
        for element in value:
            yield from leaves(element, (*path, element_name(element)))


def element_name(element: JSON) -> str:
    """Returns what stands for the index of an element: its id, where it is an object that has one, else `-`."""
    if isinstance(element, dict):
        for member in ID_MEMBERS:
            if isinstance(element.get(member), (str, int)):
                return canonical_json({member: element[member]})
    return ANY_ELEMENT
