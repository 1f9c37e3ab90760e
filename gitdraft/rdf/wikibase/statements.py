"""Statements as RDF: the truthy values of the entity, and a node a statement with qualifiers and references."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import md5
from typing import Any, NamedTuple

from gitdraft.lazy_regex import regex
from gitdraft.rdf.subjects import Flavour
from gitdraft.rdf.terms import Term, Triple, blank, iri, triple
from gitdraft.rdf.wikibase.php import Value, reference_hash, snak_hash
from gitdraft.rdf.wikibase.properties import Properties
from gitdraft.rdf.wikibase.values import Unsayable, Written, write_value
from gitdraft.rdf.wikibase.vocabulary import PROV, TYPE, Predicates, Vocabulary, ontology

STATEMENT, REFERENCE, BEST_RANK = ontology("Statement"), ontology("Reference"), ontology("BestRank")
RANK, DERIVED = ontology("rank"), iri(PROV + "wasDerivedFrom")
RANKS = {
    "preferred": ontology("PreferredRank"),
    "normal": ontology("NormalRank"),
    "deprecated": ontology("DeprecatedRank"),
}
NOT_IN_NAME = regex(rb"[^A-Za-z0-9_-]")
NOT_WIKIBASE = (KeyError, TypeError, ValueError, AttributeError)

Report = Callable[[str, str], None]
"""Hears what could not be said: the pointer, and why."""


class Place(NamedTuple):
    """Where a snak stands: the path of its namespace, and the predicates of a property for it."""

    path: str
    simple: Callable[[Predicates], Term]
    value: Callable[[Predicates], Term] | None
    normal: Callable[[Predicates], Term]


DIRECT = Place("prop/direct/", lambda p: p.direct, None, lambda p: p.direct_normal)
MAIN = Place(
    "prop/statement/", lambda p: p.statement, lambda p: p.statement_value, lambda p: p.statement_normal
)
QUALIFIER = Place(
    "prop/qualifier/", lambda p: p.qualifier, lambda p: p.qualifier_value, lambda p: p.qualifier_normal
)
OF_REFERENCE = Place(
    "prop/reference/", lambda p: p.reference, lambda p: p.reference_value, lambda p: p.reference_normal
)


class Node(NamedTuple):
    """What snaks say something of: its term, its local name (that of the statement, for the entity too), its pointer."""

    term: Term
    name: str
    pointer: str


def groups(value: Any) -> Iterator[tuple[str, list[Any]]]:
    """Yields the members of a map of lists; Wikibase writes an empty map as `[]`."""
    if isinstance(value, Mapping):
        yield from value.items()


def statement_name(guid: str) -> str:
    """Returns the local name of a statement."""
    return NOT_IN_NAME.sub(b"-", guid.encode()).decode()


class Statements:
    """Writes the statements of one entity, or of a part of it, into a list of triples."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        properties: Properties,
        flavour: Flavour,
        triples: list[Triple],
        report: Report,
    ) -> None:
        self._vocabulary = vocabulary
        self._properties = properties
        self._is_full = flavour == "full"
        self._triples = triples
        self._report = report
        self._references: set[str] = set()

    def write(self, subject: Term, claims: Any, pointer: str) -> None:
        """Writes the statements about ``subject``; ``pointer`` is where in the entity they stand."""
        for name, statements in groups(claims):
            ranks = {
                statement.get("rank", "normal") for statement in statements if isinstance(statement, dict)
            }
            best = "preferred" if "preferred" in ranks else "normal"
            for index, statement in enumerate(statements):
                place, written = f"{pointer}/{name}/{index}", len(self._triples)
                try:
                    self._statement(subject, statement, best, place)
                except NOT_WIKIBASE:
                    del self._triples[written:]
                    self._references.clear()  # those of this statement were not written
                    self._report(place, "is no statement as Wikibase writes it")

    def _statement(self, subject: Term, statement: Value, best: str, pointer: str) -> None:
        snak, rank = statement["mainsnak"], statement.get("rank", "normal")
        predicates = self._vocabulary.predicates(snak["property"])
        name = statement_name(statement["id"])
        written = self._value(snak, f"{pointer}/mainsnak")
        if rank == best:
            self._snak(Node(subject, name, pointer), DIRECT, snak, predicates, written)
        if not self._is_full:
            return
        node = Node(self._vocabulary.statement(name), name, pointer)
        self._triples += (
            triple(subject, predicates.claim, node.term),
            triple(node.term, TYPE, STATEMENT),
            triple(node.term, RANK, RANKS[rank]),
        )
        if rank == best:
            self._triples.append(triple(node.term, TYPE, BEST_RANK))
        self._snak(node, MAIN, snak, predicates, written)
        self._snaks(node, QUALIFIER, statement.get("qualifiers"), "qualifiers")
        for index, reference in enumerate(statement.get("references") or ()):
            self._reference(node, reference, f"{pointer}/references/{index}")

    def _reference(self, statement: Node, reference: Value, pointer: str) -> None:
        name = reference_hash(reference)
        node = Node(self._vocabulary.reference(name), name, pointer)
        self._triples.append(triple(statement.term, DERIVED, node.term))
        if name in self._references:
            return
        self._references.add(name)
        self._triples.append(triple(node.term, TYPE, REFERENCE))
        self._snaks(node, OF_REFERENCE, reference["snaks"], "snaks")

    def _snaks(self, node: Node, place: Place, snaks: Any, member: str) -> None:
        for name, group in groups(snaks):
            predicates = self._vocabulary.predicates(name)
            for index, snak in enumerate(group):
                written = self._value(snak, f"{node.pointer}/{member}/{name}/{index}")
                self._snak(node, place, snak, predicates, written)

    def _value(self, snak: Value, pointer: str) -> Written | None:
        """Returns the value of a snak; ``None`` where it has none, or one that cannot be said, which is reported."""
        if snak["snaktype"] != "value":
            return None
        name = snak["property"]
        datatype = self._properties.datatype(name) or snak.get("datatype")
        formatter = self._properties.formatter(name) if datatype == "external-id" else None
        try:
            return write_value(self._vocabulary, snak["datavalue"], datatype, formatter)
        except Unsayable as error:
            self._report(f"{pointer}/datavalue/value", str(error))
            return None

    def _snak(
        self, node: Node, place: Place, snak: Value, predicates: Predicates, written: Written | None
    ) -> None:
        kind = snak["snaktype"]
        if kind == "novalue":
            self._triples.append(triple(node.term, TYPE, predicates.novalue))
        elif kind == "somevalue":
            label = self._label(node.name, place.path, snak_hash(snak))
            self._triples.append(triple(node.term, place.simple(predicates), blank(label)))
        elif written is not None:
            self._triples.append(triple(node.term, place.simple(predicates), written.simple))
            if written.address is not None:
                self._triples.append(triple(node.term, place.normal(predicates), written.address))
            if written.node is not None and place.value is not None:
                self._triples.append(triple(node.term, place.value(predicates), written.node))
                self._triples += written.triples
        elif kind != "value":
            raise ValueError(kind)

    def _label(self, name: str, path: str, hash_of_snak: str) -> str:
        """Returns the label of the blank node of an unknown value: Wikidata's are made with the addresses of the
        namespaces."""
        top = self._vocabulary.top
        parts = (name, f"{top}{path}", f"{top}value/", hash_of_snak)
        return md5("-".join(parts).encode(), usedforsecurity=False).hexdigest()
