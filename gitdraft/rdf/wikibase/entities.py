"""Wikibase's entities as RDF: the document, the terms, what the type adds, the statements, the sitelinks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gitdraft.lazy_regex import regex
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, Deleted, EntityState, Live, Redirected
from gitdraft.model.values import JSON
from gitdraft.rdf.subjects import Flavour, Mapped, Mistake, Subject
from gitdraft.rdf.terms import DCTERMS, RDFS, SCHEMA, SKOS, Term, Triple, iri, literal, triple, typed
from gitdraft.rdf.wikibase.languages import text_in
from gitdraft.rdf.wikibase.properties import Properties, define_property
from gitdraft.rdf.wikibase.sitelinks import ABOUT, Site, write_sitelinks
from gitdraft.rdf.wikibase.statements import NOT_WIKIBASE, Statements, groups
from gitdraft.rdf.wikibase.vocabulary import (
    ALT_LABEL,
    CC,
    DATE_TIME,
    DESCRIPTION,
    FORMAT_VERSION,
    INTEGER,
    LABELS,
    ONTOLEX,
    SAME_AS,
    TYPE,
    Vocabulary,
    ontology,
)

DATASET, LICENSE = iri(SCHEMA + "Dataset"), iri(CC + "license")
SOFTWARE, VERSION, MODIFIED = (iri(SCHEMA + name) for name in ("softwareVersion", "version", "dateModified"))
WORD = regex(r"[A-Za-z][A-Za-z0-9_-]*")
KINDS = {"Q": "item", "P": "property", "L": "lexeme", "M": "mediainfo"}
LABEL = iri(RDFS + "label")
LEMMAS = (LABEL, ontology("lemma"))
REPRESENTATIONS = (LABEL, iri(ONTOLEX + "representation"))
GLOSSES = (LABEL, iri(SKOS + "definition"))
LANGUAGE, CATEGORY = iri(DCTERMS + "language"), ontology("lexicalCategory")
FORM, SENSE, FEATURE = iri(ONTOLEX + "lexicalForm"), iri(ONTOLEX + "sense"), ontology("grammaticalFeature")


class WikibaseMapping:
    """Maps the entities of a Wikibase by its own rules."""

    def __init__(self, vocabulary: Vocabulary, properties: Properties, sites: dict[str, Site]) -> None:
        self._vocabulary = vocabulary
        self._properties = properties
        self._sites = sites

    @property
    def prefixes(self) -> dict[str, str]:
        """The prefixes of its namespaces."""
        return self._vocabulary.prefixes()

    def notes(self) -> list[str]:
        """Returns nothing: what Wikibase's mapping does not know, it leaves alone."""
        return []

    def subject(self, entity: EntityRef) -> Term:
        """Returns the term of the entity."""
        return self._vocabulary.entity(entity.key)

    def needs_version(self, subject: Subject) -> bool:
        """Returns whether the entity's JSON does not say its version and date itself."""
        match subject.state:
            case Live(document=document):
                entity = unwrap(document)
                return "lastrevid" not in entity or "modified" not in entity
            case Redirected():
                return True
            case Absent() | Deleted():
                return False

    def is_shared(self, triple: Triple) -> bool:
        """Returns whether several entities may say this triple: those of values, references and sites."""
        return self._vocabulary.is_shared(triple)

    def is_read_by_others(self, old: EntityState, new: EntityState) -> bool:
        """Returns whether an entity is a property whose type, or whose identifiers' addresses, differ."""
        return self._properties.read(_document(old)) != self._properties.read(_document(new))

    def map(self, subject: Subject, flavour: Flavour) -> Mapped:
        """Returns the triples of the entity: of a redirect its document and where it leads, of what is deleted nothing."""
        triples: list[Triple] = []
        mistakes: list[Mistake] = []
        own = self._vocabulary.entity(subject.entity.key)
        document = self._vocabulary.document(subject.entity.key)
        match subject.state:
            case Live(document=content):
                entity = unwrap(content)
                name = entity.get("id")
                name = name if isinstance(name, str) else subject.entity.key
                own, document = self._vocabulary.entity(name), self._vocabulary.document(name)
                triples += self._document(document, own, entity, subject)
                writer = _Writer(self, subject.entity, flavour, triples, mistakes)
                try:
                    writer.entity(name, entity)
                except NOT_WIKIBASE:
                    mistakes.append(Mistake(subject.entity, "", "is no entity as Wikibase writes it"))
            case Redirected(target=target):
                triples += self._document(document, own, {}, subject)
                triples.append(triple(own, SAME_AS, self._vocabulary.entity(target.key)))
            case Absent() | Deleted():
                pass
        triples += [triple(self._vocabulary.entity(e.key), SAME_AS, own) for e in subject.incoming]
        return Mapped(subject.entity, document, sorted(set(triples)), mistakes)

    def _document(
        self, document: Term, own: Term, entity: Mapping[str, Any], subject: Subject
    ) -> Iterator[Triple]:
        yield triple(document, TYPE, DATASET)
        yield triple(document, ABOUT, own)
        yield triple(document, LICENSE, iri(self._vocabulary.profile.license))
        yield triple(document, SOFTWARE, literal(FORMAT_VERSION))
        version = entity.get("lastrevid", None if subject.version is None else subject.version.number)
        modified = entity.get("modified", None if subject.version is None else subject.version.at)
        if version is not None:
            yield triple(document, VERSION, typed(str(version), INTEGER))
        if modified is not None:
            yield triple(document, MODIFIED, typed(str(modified), DATE_TIME))


class _Writer:
    """Writes one entity into a list of triples."""

    def __init__(
        self,
        mapping: WikibaseMapping,
        entity: EntityRef,
        flavour: Flavour,
        triples: list[Triple],
        mistakes: list[Mistake],
    ) -> None:
        self._vocabulary = mapping._vocabulary
        self._properties = mapping._properties
        self._sites = mapping._sites
        self._flavour = flavour
        self._triples = triples

        def report(pointer: str, message: str) -> None:
            mistakes.append(Mistake(entity, pointer, message))

        self._report = report  # no method: it would keep what is written until somebody looks for cycles
        self._statements = Statements(self._vocabulary, self._properties, flavour, triples, report)

    def entity(self, name: str, entity: Mapping[str, Any]) -> None:
        """Writes the entity but for its document's version."""
        own = self._vocabulary.entity(name)
        kind = entity.get("type") or KINDS.get(name[:1], "item")
        if self._is_word(kind, "/type"):
            self._triples.append(triple(own, TYPE, ontology(kind[:1].upper() + kind[1:])))
        self._terms(own, entity.get("labels"), LABELS, "/labels")
        self._terms(own, entity.get("descriptions"), (DESCRIPTION,), "/descriptions")
        for code, aliases in groups(entity.get("aliases")):
            self._terms(own, dict(enumerate(aliases)), (ALT_LABEL,), f"/aliases/{code}")
        claims = entity.get("claims", entity.get("statements"))
        if kind == "property":
            datatype = entity.get("datatype") or self._properties.datatype(name)
            known = datatype if datatype is not None and self._is_word(datatype, "/datatype") else None
            self._triples += define_property(self._vocabulary, name, known)
        if kind == "lexeme":
            self._lexeme(own, entity)
        self._statements.write(own, claims, "/claims")
        if self._flavour == "full":
            self._counts(self._vocabulary.document(name), kind, entity, claims)
        if self._flavour != "truthy":
            self._sitelinks(own, entity.get("sitelinks"))

    def _is_word(self, name: Any, pointer: str) -> bool:
        """Returns whether a name can stand in Wikibase's ontology; one that cannot is reported."""
        if isinstance(name, str) and WORD.fullmatch(name):
            return True
        self._report(pointer, "is no word of Wikibase's ontology")
        return False

    def _sitelinks(self, own: Term, links: Any) -> None:
        try:
            self._triples += write_sitelinks(self._vocabulary, self._sites, own, links)
        except NOT_WIKIBASE:
            self._report("/sitelinks", "are no sitelinks as Wikibase writes them")

    def _counts(self, document: Term, kind: str, entity: Mapping[str, Any], claims: Any) -> None:
        members = [part for name in ("forms", "senses") for part in entity.get(name) or ()]
        parts = [part for part in members if isinstance(part, dict)]
        statements = sum(_count(part) for part in (claims, *(part.get("claims") for part in parts)))
        counts = {"statements": statements}
        if kind == "item":
            links = entity.get("sitelinks")
            counts["sitelinks"] = len(links) if isinstance(links, dict) else 0
            counts["identifiers"] = sum(self._is_identifier(s) for _, group in groups(claims) for s in group)
        self._triples += [
            triple(document, ontology(name), typed(str(number), INTEGER)) for name, number in counts.items()
        ]

    def _is_identifier(self, statement: Any) -> bool:
        snak = statement.get("mainsnak", {})
        name = snak.get("property")
        return (self._properties.datatype(name) or snak.get("datatype")) == "external-id"

    def _terms(self, own: Term, terms: Any, predicates: Iterable[Term], pointer: str) -> None:
        if not isinstance(terms, dict):
            return
        for name, term in terms.items():
            try:
                text = text_in(term["value"], term["language"])
            except NOT_WIKIBASE:
                self._report(f"{pointer}/{name}", "is no term as Wikibase writes it")
                continue
            self._triples += [triple(own, predicate, text) for predicate in predicates]

    def _lexeme(self, own: Term, entity: Mapping[str, Any]) -> None:
        self._triples.append(triple(own, TYPE, iri(ONTOLEX + "LexicalEntry")))
        self._terms(own, entity.get("lemmas"), LEMMAS, "/lemmas")
        for member, predicate in (("language", LANGUAGE), ("lexicalCategory", CATEGORY)):
            value = entity.get(member)
            if isinstance(value, str) and value:
                self._triples.append(triple(own, predicate, self._vocabulary.entity(value)))
        for pointer, term, form in self._parts(own, FORM, entity, "forms", ("Form", "Form")):
            self._terms(term, form.get("representations"), REPRESENTATIONS, f"{pointer}/representations")
            for place, feature in enumerate(form.get("grammaticalFeatures") or ()):
                if isinstance(feature, str) and feature:
                    self._triples.append(triple(term, FEATURE, self._vocabulary.entity(feature)))
                else:
                    self._report(f"{pointer}/grammaticalFeatures/{place}", "is no entity's id")
            self._statements.write(term, form.get("claims"), f"{pointer}/claims")
        for pointer, term, sense in self._parts(own, SENSE, entity, "senses", ("Sense", "LexicalSense")):
            self._terms(term, sense.get("glosses"), GLOSSES, f"{pointer}/glosses")
            self._statements.write(term, sense.get("claims"), f"{pointer}/claims")

    def _parts(
        self, own: Term, predicate: Term, entity: Mapping[str, Any], member: str, kinds: tuple[str, str]
    ) -> Iterator[tuple[str, Term, Mapping[str, Any]]]:
        """Writes that a lexeme has these forms or senses, and yields each with its place and its term."""
        for index, part in enumerate(entity.get(member) or ()):
            pointer = f"/{member}/{index}"
            if not isinstance(part, dict) or not isinstance(part.get("id"), str) or not part["id"]:
                self._report(pointer, "has no id")
                continue
            term = self._vocabulary.entity(part["id"])
            self._triples += (
                triple(own, predicate, term),
                triple(term, TYPE, ontology(kinds[0])),
                triple(term, TYPE, iri(ONTOLEX + kinds[1])),
            )
            yield pointer, term, part


def unwrap(document: JSON) -> Mapping[str, Any]:
    """Returns the entity in a document, which may be one as `Special:EntityData` answers."""
    if isinstance(document, dict) and "id" not in document:
        entities = document.get("entities")
        if isinstance(entities, dict) and len(entities) == 1:
            only = next(iter(entities.values()))
            return only if isinstance(only, dict) else {}
    return document if isinstance(document, dict) else {}


def _document(state: EntityState) -> Mapping[str, Any]:
    return unwrap(state.document) if isinstance(state, Live) else {}


def _count(claims: Any) -> int:
    return sum(len(group) for _, group in groups(claims))
