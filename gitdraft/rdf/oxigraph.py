"""What pyoxigraph does: it checks lines, and writes Turtle, JSON-LD and RDF/XML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, Literal, TypeVar

import pyoxigraph
from pyoxigraph import BlankNode, RdfFormat, Triple

from gitdraft.errors import InvalidInput
from gitdraft.lazy_regex import regex
from gitdraft.model.entities import EntityRef
from gitdraft.rdf.subjects import Mapped
from gitdraft.rdf.terms import join_lines

FORMATS = {"ttl": RdfFormat.TURTLE, "jsonld": RdfFormat.JSON_LD, "rdfxml": RdfFormat.RDF_XML}
NOT_IN_XML = regex(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Node = TypeVar("Node")
LOCAL_NAME = regex(r"[^\W\d][\w.\-\u00b7]*\Z")


def serialise(
    items: Iterable[Mapped],
    form: Literal["ttl", "jsonld", "rdfxml"],
    stream: IO[bytes],
    prefixes: dict[str, str],
) -> None:
    """Writes the triples to a stream, entity by entity. Raises InvalidInput (``not-in-rdfxml``)."""
    triples = _for_xml(items) if form == "rdfxml" else (t for item in items for t in parse(item))
    pyoxigraph.serialize(triples, stream, FORMATS[form], prefixes=prefixes)


def check(items: Iterable[Mapped]) -> Iterator[Mapped]:
    """Yields the same, each after it was parsed. Raises InvalidInput (``not-rdf``)."""
    for item in items:
        for _ in parse(item):
            pass
        yield item


def parse(item: Mapped) -> Iterator[Triple]:
    """Yields the triples of an entity. Raises InvalidInput (``not-rdf``) for a line that is no N-Triples."""
    try:
        for quad in pyoxigraph.parse(join_lines(item.triples), format=RdfFormat.N_TRIPLES):
            yield quad.triple
    except (SyntaxError, ValueError) as error:
        raise InvalidInput(
            f"what '{item.entity}' becomes is no RDF: {error}",
            code="not-rdf",
            context={"entity": str(item.entity)},
        ) from error


def _for_xml(items: Iterable[Mapped]) -> Iterator[Triple]:
    for item in items:
        for triple in parse(item):
            if LOCAL_NAME.search(triple.predicate.value) is None:
                raise _unsayable(item.entity, f"the predicate {triple.predicate} has no local name")
            value = triple.object
            if (
                isinstance(value, pyoxigraph.Literal)
                and (match := NOT_IN_XML.search(value.value)) is not None
            ):
                where = f"a value of {triple.predicate} holds the character U+{ord(match[0]):04X}"
                raise _unsayable(item.entity, where)
            yield Triple(_named(triple.subject), triple.predicate, _named(value))


def _named(node: Node) -> Node | BlankNode:
    """The label of a blank node is a name in XML, and starts with no digit."""
    if isinstance(node, BlankNode) and node.value[:1].isdigit():
        return BlankNode(f"b{node.value}")
    return node


def _unsayable(entity: EntityRef, why: str) -> InvalidInput:
    return InvalidInput(
        f"RDF/XML cannot say what '{entity}' says: {why}",
        code="not-in-rdfxml",
        context={"entity": str(entity)},
        hint="--format ttl or nt has no such bounds",
    )
