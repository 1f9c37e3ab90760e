"""The members of a document that its context maps and that no triple says, in nested objects too.

Which predicate a member stands for is asked of pyoxigraph, with a value of each form put at the member's place; a place is the
names and types on the way to it, so entities of a type share the answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pyoxigraph
from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat

from gitdraft.model.values import ABSENT, JSON
from gitdraft.rdf.contexts.context import Context
from gitdraft.rdf.contexts.nodes import NodeWriter, Tokens

EMPTY: tuple[Any, ...] = (None, [], {})
OF_OTHERS = ("@nest", "@included", "@graph")  # what is in them says something, they do not
PROBED = NamedNode("urn:a")
PROBES: tuple[JSON, ...] = (
    "urn:b",
    {"@id": "urn:b"},
    {"en": "b"},
    {"urn:b": {"urn:p": "c"}},
)  # a member's value, by container


class Level(NamedTuple):
    """What is on the way to a member: a node, or the part of one, of these types (``None``: a map), and the step from it."""

    types: tuple[str, ...] | None
    is_nest: bool
    step: str


class Predicates:
    """The predicates of the members of documents of one type."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[tuple[Level, ...], str | None] = {}

    def of(self, way: tuple[Level, ...]) -> str | None:
        """Returns the predicate of the member to which the last step goes; ``None`` where it is none."""
        known = self._known.get(way, ABSENT)
        if known is ABSENT:
            known = self._known[way] = self._ask(way)
        return known

    def _ask(self, way: tuple[Level, ...]) -> str | None:
        without = set(self._probe(way, None))
        for value in PROBES:
            for triple in self._probe(way, value):
                if triple not in without and "" in (triple.subject, triple.object):
                    return triple.predicate
        return None

    def _probe(self, way: tuple[Level, ...], value: JSON) -> list[_Said]:
        """Returns what is said of a node at the end of the way, where a member has the value."""
        is_named = False
        for level in reversed(way):
            inner: dict[str, JSON] = {} if not level.types else {"@type": list(level.types)}
            if level.types is not None and not level.is_nest and not is_named:
                inner["@id"], is_named = PROBED.value, True
            value = {**inner, level.step: value}
        assert isinstance(value, dict)
        body = {"@context": self._context.value, **value}
        try:
            quads = list(pyoxigraph.parse(json.dumps(body).encode(), format=RdfFormat.JSON_LD))
        except (SyntaxError, ValueError):
            return []
        return [_Said(_text(q.subject), q.predicate.value, _text(q.object)) for q in quads]


class _Said(NamedTuple):
    """A triple: the node that is asked about is empty, all blank nodes are one."""

    subject: str
    predicate: str
    object: str


def _text(node: object) -> str:
    return "" if node == PROBED else "_:" if isinstance(node, BlankNode) else str(node)


def find_silent(
    writer: NodeWriter, predicates: Predicates, own: str, quads: Iterable[Quad], reported: Iterable[Tokens]
) -> Iterator[Tokens]:
    """Yields the places of members of which no quad says anything, but for those in which something was reported and those
    that are empty. ``own`` is the address of the entity."""
    said: set[tuple[object, str]] = {
        (node, quad.predicate.value) for quad in quads for node in (quad.subject, quad.object, None)
    }
    known = {place[:length] for place in reported for length in range(1, len(place) + 1)}
    silent: set[Tokens] = set()
    for tokens, written in sorted(writer.written.items()):
        way = _way(writer, tokens)
        if way is None or any(tokens[:length] in silent for length in range(1, len(tokens) + 1)):
            continue
        subject = _subject(writer, own, tokens)
        for name, value in written.node.items():
            term, place = written.context.term(name), (*tokens, name)
            if place in known or term is None or term.keyword in OF_OTHERS or name.startswith("@"):
                continue
            if value in EMPTY or written.source[name] in EMPTY:
                continue
            predicate = predicates.of((*way, Level(written.types, written.is_nest, name)))
            if predicate is None or (subject, predicate) not in said:
                silent.add(place)
                yield place


def _way(writer: NodeWriter, tokens: Tokens) -> tuple[Level, ...] | None:
    """Returns what is on the way to the object at a place: items of a list are passed over, the keys of a map are one, and what
    is said beside the document begins there. ``None`` within a map by type, where pyoxigraph takes no node with a name."""
    levels: list[Level] = []
    start = max((n for n in range(len(tokens) + 1) if tokens[:n] in writer.included), default=0)
    for length in range(start, len(tokens)):
        place, step = tokens[:length], tokens[length]
        above = writer.written.get(place)
        if above is not None:
            levels.append(Level(above.types, above.is_nest, step))
        elif place in writer.maps:
            if writer.maps[place]:
                return None
            levels.append(Level(None, False, "urn:k"))
    return tuple(levels)


def _subject(writer: NodeWriter, own: str, tokens: Tokens) -> NamedNode | BlankNode | None:
    """Returns the node of which the object at a place says something; ``None`` where pyoxigraph names it."""
    while tokens and (tokens not in writer.written or writer.written[tokens].is_nest):
        tokens = tokens[:-1]
    name = own
    if tokens:
        node = writer.written[tokens].node
        name = node.get("@id") or writer.keys.get(tokens) or writer.keys.get(tokens[:-1]) or ""
    if not name:
        return None
    return BlankNode(name[2:]) if name.startswith("_:") else NamedNode(name)
