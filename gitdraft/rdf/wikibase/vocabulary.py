"""The namespaces of a Wikibase, all derived from its base, and the vocabularies that it uses."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

from gitdraft.formats.rdf_profile import WikibaseProfile
from gitdraft.rdf.terms import DCTERMS, OWL, RDF, RDFS, SCHEMA, SKOS, XSD, Term, iri

ONTOLOGY = "http://wikiba.se/ontology#"
ONTOLEX = "http://www.w3.org/ns/lemon/ontolex#"
PROV = "http://www.w3.org/ns/prov#"
CC = "http://creativecommons.org/ns#"
GEO = "http://www.opengis.net/ont/geosparql#"
FILES = "http://commons.wikimedia.org/wiki/Special:FilePath/"
DATA_PAGES = "http://commons.wikimedia.org/data/main/"
UNIT_ONE = "http://www.wikidata.org/entity/Q199"
FORMAT_VERSION = "1.0.0"

TYPE = iri(RDF + "type")
LABELS = (iri(RDFS + "label"), iri(SKOS + "prefLabel"), iri(SCHEMA + "name"))
ALT_LABEL, DESCRIPTION = iri(SKOS + "altLabel"), iri(SCHEMA + "description")
SAME_AS = iri(OWL + "sameAs")
INTEGER, DECIMAL, DOUBLE, DATE_TIME = (XSD + name for name in ("integer", "decimal", "double", "dateTime"))


def ontology(name: str) -> Term:
    """Returns a term of Wikibase's ontology."""
    return iri(ONTOLOGY + name)


class Predicates(NamedTuple):
    """The addresses of a property: one a place where it can stand, with or without a node for the value."""

    claim: Term
    direct: Term
    direct_normal: Term
    statement: Term
    statement_value: Term
    statement_normal: Term
    qualifier: Term
    qualifier_value: Term
    qualifier_normal: Term
    reference: Term
    reference_value: Term
    reference_normal: Term
    novalue: Term


PATHS = Predicates(
    *map(
        Term,
        (
            "",
            "direct/",
            "direct-normalized/",
            "statement/",
            "statement/value/",
            "statement/value-normalized/",
            "qualifier/",
            "qualifier/value/",
            "qualifier/value-normalized/",
            "reference/",
            "reference/value/",
            "reference/value-normalized/",
            "novalue/",
        ),
    )
)
PREFIXES = {
    "rdf": RDF,
    "xsd": XSD,
    "ontolex": ONTOLEX,
    "dct": DCTERMS,
    "rdfs": RDFS,
    "owl": OWL,
    "wikibase": ONTOLOGY,
    "skos": SKOS,
    "schema": SCHEMA,
    "cc": CC,
    "geo": GEO,
    "prov": PROV,
}
SHORT = (
    *("p", "wdt", "wdtn", "ps", "psv", "psn"),
    *("pq", "pqv", "pqn", "pr", "prv", "prn", "wdno"),
)


class Vocabulary:
    """The addresses of a Wikibase's entities, documents, statements, references, values and properties."""

    def __init__(self, profile: WikibaseProfile) -> None:
        top = profile.base.removesuffix("entity/")
        self.profile = profile
        self.top = top
        self._entity = f"<{profile.base}"
        self._data = f"<{profile.data}"
        self._statement = f"<{profile.base}statement/"
        self._reference = f"<{top}reference/"
        self._value = f"<{top}value/"
        self._predicates: dict[str, Predicates] = {}

    def entity(self, name: str) -> Term:
        """Returns the term of an entity, by its id."""
        return Term(f"{self._entity}{local_name(name)}>")

    def document(self, name: str) -> Term:
        """Returns the term of an entity's document."""
        return Term(f"{self._data}{local_name(name)}>")

    def statement(self, name: str) -> Term:
        """Returns the term of a statement, by its local name."""
        return Term(f"{self._statement}{name}>")

    def reference(self, name: str) -> Term:
        """Returns the term of a reference, by its hash."""
        return Term(f"{self._reference}{name}>")

    def value(self, name: str) -> Term:
        """Returns the term of a value, by its hash."""
        return Term(f"{self._value}{name}>")

    def predicates(self, name: str) -> Predicates:
        """Returns the addresses of a property, by its id."""
        known = self._predicates.get(name)
        if known is None:
            local = local_name(name)
            known = Predicates(*(iri(f"{self.top}prop/{path}{local}") for path in PATHS))
            self._predicates[name] = known
        return known

    def is_shared(self, subject: str) -> bool:
        """Returns whether several entities may say something of what a line starts with: a value, a reference, a site."""
        if subject.startswith((self._value, self._reference)):
            return True
        return not subject.startswith((self._entity, self._data, f"<{self.top}prop/", "_:"))

    def prefixes(self) -> dict[str, str]:
        """Returns the prefixes that Wikibase gives the namespaces."""
        own = {"wd": self.profile.base, "data": self.profile.data, "wds": f"{self.profile.base}statement/"}
        nodes = {"wdref": f"{self.top}reference/", "wdv": f"{self.top}value/"}
        places = {name: f"{self.top}prop/{path}" for name, path in zip(SHORT, PATHS, strict=True)}
        return {**PREFIXES, **own, **nodes, **places}


PLAIN_ID = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._")


def local_name(name: str) -> str:
    """Returns an entity's id as it stands in an address."""
    if PLAIN_ID.issuperset(name):
        return name
    return quote(name.replace(":", "."), safe="")
