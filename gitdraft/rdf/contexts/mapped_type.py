"""The entities of a type by its context: expanded by pyoxigraph, with names that are the same each time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import md5
from typing import Any

import pyoxigraph
from pyoxigraph import BlankNode, NamedNode, RdfFormat

from gitdraft.documents.pointers import Tokens, format_pointer, get, parse_pointer
from gitdraft.formats.configuration import EntityType
from gitdraft.formats.rdf_profile import TypeMapping
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, Deleted, EntityState, Live, Redirected
from gitdraft.model.values import ABSENT, JSON, Maybe
from gitdraft.rdf.contexts.context import Context, entity_address
from gitdraft.rdf.contexts.nodes import BLANK, NodeWriter, Number, read_numbers
from gitdraft.rdf.contexts.silent import Level, Predicates, find_silent
from gitdraft.rdf.subjects import Flavour, Mapped, Mistake, Subject
from gitdraft.rdf.terms import (
    DCTERMS,
    OWL,
    RDF,
    SKOS,
    XSD,
    Term,
    Triple,
    blank,
    iri,
    literal,
    tagged,
    triple,
    typed,
)
from gitdraft.store.references import references_in, resolve

DEPRECATED, TRUE = iri(OWL + "deprecated"), typed("true", XSD + "boolean")
REPLACED_BY = {
    "same-as": iri(OWL + "sameAs"),
    "skos": iri(DCTERMS + "isReplacedBy"),
    "owl": iri("http://purl.obolibrary.org/obo/IAO_0100001"),
}
STRING, LANG_STRING = XSD + "string", RDF + "langString"


class ContextMapping:
    """Maps the entities of one type. ``address`` returns the address of an entity of any type, ``None`` where that has none;
    ``holds`` tells whether an entity is there."""

    def __init__(
        self,
        entity_type: EntityType,
        mapping: TypeMapping,
        context: Context,
        address: Callable[[EntityRef], str | None],
        holds: Callable[[EntityRef], bool],
    ) -> None:
        self._type = entity_type
        self._mapping = mapping
        self._context = context
        self._address = address
        self._holds = holds
        self._predicates = Predicates(context)
        self.unknown: Counter[Tokens] = Counter()

    @property
    def prefixes(self) -> dict[str, str]:
        """The prefixes of its context."""
        return dict(self._context.prefixes)

    def notes(self) -> list[str]:
        """Returns which members of entities the context does not know, with how many entities have them."""
        path = self._mapping.context
        return [
            f"{path} does not know the member {_named(place)} of {self._type.name} "
            f"({number:,} {'entity' if number == 1 else 'entities'})"
            for place, number in sorted(self.unknown.items())
            if format_pointer(place) != self._type.id_pointer  # the address says it
        ]

    def subject(self, entity: EntityRef) -> Term:
        """Returns the term of the entity."""
        return iri(entity_address(self._mapping, entity))

    def needs_version(self, _: Subject) -> bool:
        """Returns False: what is to be said stands in the entity."""
        return False

    def is_shared(self, triple: Triple) -> bool:
        """Returns whether several entities may say this triple: all but those of a blank node."""
        return not triple.startswith("_:")

    def is_read_by_others(self, old: EntityState, new: EntityState) -> bool:
        """Returns whether the triples of other entities depend on this one: those that may name it, or another, do."""
        several = any(len(rule.types) > 1 for rule in self._type.references)
        return several and isinstance(old, Absent) is not isinstance(new, Absent)

    def map(self, subject: Subject, flavour: Flavour) -> Mapped:
        """Returns the triples of the entity: what the context makes of it, that it is deprecated, or where it leads."""
        del flavour  # there is one
        own = self.subject(subject.entity)
        triples: list[Triple] = []
        mistakes: list[Mistake] = []
        match subject.state:
            case Live():
                triples += self._expanded(subject, own, mistakes)
            case Redirected(target=target):
                triples += self._redirect(own, self.subject(target))
            case Deleted():
                triples.append(triple(own, DEPRECATED, TRUE))
            case Absent():
                pass
        for source in subject.incoming:
            triples += self._redirect(self.subject(source), own)
        return Mapped(subject.entity, own, sorted(set(triples)), mistakes)

    def place_of(self, document: JSON, above: Tokens, predicate: str, value: str | None) -> Tokens | None:
        """Returns the member of the object at a place of a document that says a predicate, with a value its element that is
        it; ``None`` where no member does."""
        node = get(document, above)
        members = [n for n in node if self._predicate(n) == predicate] if isinstance(node, dict) else []
        addresses = self._references(document) if isinstance(document, dict) else {}
        for name in members if value is not None else ():
            for tokens, scalar in _scalars(get(document, (*above, name)), (*above, name)):
                if addresses.get(tokens, str(scalar)) == value:
                    return tokens
        return (*above, members[0]) if members else None

    def _predicate(self, name: str) -> str | None:
        return self._predicates.of((Level((), False, name),))

    def _redirect(self, source: Term, target: Term) -> Iterator[Triple]:
        if self._mapping.redirects != "same-as":
            yield triple(source, DEPRECATED, TRUE)
        yield triple(source, REPLACED_BY[self._mapping.redirects], target)

    def _expanded(self, subject: Subject, own: Term, mistakes: list[Mistake]) -> list[Triple]:
        document = read_numbers(subject.content or b"{}")
        for pointer, members in subject.inherited.items():
            _put(document, parse_pointer(pointer), list(members))

        def report(pointer: str, message: str) -> None:
            mistakes.append(Mistake(subject.entity, pointer, message))

        writer = NodeWriter(subject.entity, self._context, self._references(document), report)
        node = writer.document(document)
        self.unknown.update(writer.unknown)
        if self._mapping.own_class is not None:
            types = node.pop("@type", [])
            node = {
                "@type": [self._mapping.own_class, *(types if isinstance(types, list) else [types])],
                **node,
            }
        body = {"@context": self._context.value, **node, "@id": own[1:-1]}
        try:
            quads = list(pyoxigraph.parse(json.dumps(body).encode(), format=RdfFormat.JSON_LD))
        except (SyntaxError, ValueError) as error:
            report("", f"is no JSON-LD with {self._mapping.context}: {error}")
            return []
        names = _Names(subject.entity)
        triples = [
            triple(names.term(q.subject), names.term(q.predicate), names.term(q.object)) for q in quads
        ]
        if self._mapping.scheme is not None:
            triples += _in_scheme(own, iri(self._mapping.scheme), triples)
        if self._mapping.own_class is not None and not any(q.predicate.value == RDF + "type" for q in quads):
            report("", f"{self._mapping.context} does not know the type '{self._mapping.own_class}'")
        reported = [parse_pointer(mistake.pointer) for mistake in mistakes]
        for place in find_silent(writer, self._predicates, own[1:-1], quads, reported):
            report(format_pointer(place), "yields no triple")
        return triples

    def _references(self, document: Mapping[str, Any]) -> dict[tuple[str, ...], str]:
        places = {}
        for reference in references_in(self._type, document):
            targets = resolve(reference.candidates, self._holds)
            address = self._address(targets[0]) if targets else None
            if address is not None and not isinstance(reference.text, Number):
                places[reference.tokens] = address
        return places


def _named(place: Tokens) -> str:
    """Returns the name of a member, with that of the one that it is in."""
    *above, name = place
    return " in ".join(f"'{each}'" for each in (name, *above))


def _put(document: JSON, tokens: Tokens, names: list[JSON]) -> None:
    """Puts a list at a place of a document, where that has objects on the way, or nothing; an empty list where nothing is."""
    *above, last = tokens
    for token in above:
        document = document.setdefault(token, {}) if isinstance(document, dict) else None
    if isinstance(document, dict) and (names or last in document):
        document[last] = names


def _scalars(value: Maybe, tokens: Tokens) -> Iterator[tuple[Tokens, JSON]]:
    """Yields what is in a value and no container, with its place."""
    items: Iterable[tuple[object, JSON]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    elif value is not ABSENT:
        yield tokens, value
    for name, inner in items:
        yield from _scalars(inner, (*tokens, str(name)))


def _in_scheme(own: Term, scheme: Term, triples: list[Triple]) -> Iterator[Triple]:
    """Yields that a concept is in a scheme, at its top where it has no broader one."""
    yield triple(scheme, iri(RDF + "type"), iri(SKOS + "ConceptScheme"))
    yield triple(own, iri(SKOS + "inScheme"), scheme)
    if not any(said.startswith(f"{own} {iri(SKOS + 'broader')} ") for said in triples):
        yield triple(own, iri(SKOS + "topConceptOf"), scheme)


class _Names:
    """The terms of one entity's triples: blank nodes that pyoxigraph made are named by the order in which they come."""

    def __init__(self, entity: EntityRef) -> None:
        self._entity = entity
        self._labels: dict[str, str] = {}

    def term(self, node: NamedNode | BlankNode | pyoxigraph.Literal | pyoxigraph.Triple) -> Term:
        """Returns a term as N-Triples has it."""
        if isinstance(node, NamedNode):
            return iri(node.value)
        if isinstance(node, BlankNode):
            if node.value.startswith(BLANK):
                return blank(node.value)
            text = f"{self._entity}\0{len(self._labels)}"
            label = md5(text.encode(), usedforsecurity=False).hexdigest()
            return blank(self._labels.setdefault(node.value, f"{BLANK}l{label}"))
        assert isinstance(node, pyoxigraph.Literal)
        if node.language is not None:
            return tagged(node.value, node.language)
        datatype = node.datatype.value
        return literal(node.value) if datatype == STRING else typed(node.value, datatype)
