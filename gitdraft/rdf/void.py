"""What a service's linked data is, as VoID says it (https://www.w3.org/TR/void/)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from gitdraft.rdf.export import Exporter
from gitdraft.rdf.terms import DCTERMS, RDF, XSD, Triple, iri, literal, triple, typed

VOID = "http://rdfs.org/ns/void#"
FOAF = "http://xmlns.com/foaf/0.1/"
FORMATS = ("N-Triples", "Turtle", "JSON-LD", "RDF_XML")
TYPE = iri(RDF + "type")


def describe(exporter: Exporter, address: str) -> list[Triple]:
    """Returns the description of the data set that a service at an address has, a data set a type."""
    page, whole = f"{address}/.well-known/void", iri(f"{address}/#dataset")
    triples = [
        triple(iri(page), TYPE, iri(VOID + "DatasetDescription")),
        triple(iri(page), iri(FOAF + "primaryTopic"), whole),
        triple(whole, TYPE, iri(VOID + "Dataset")),
        *_of_profile(exporter, address),
    ]
    triples += [
        triple(whole, iri(VOID + "feature"), iri(f"http://www.w3.org/ns/formats/{name}")) for name in FORMATS
    ]
    for name, mapping in exporter.mappings.items():
        part = iri(f"{address}/#{name}")
        triples += (
            triple(whole, iri(VOID + "subset"), part),
            triple(part, TYPE, iri(VOID + "Dataset")),
            triple(part, iri(DCTERMS + "title"), literal(name)),
        )
        entities = exporter.view.canonical.entities((name,))
        examples = [mapping.subject(entity) for entity, _ in islice(entities, 1)]
        triples += [triple(part, iri(VOID + "exampleResource"), example) for example in examples]
        number = len(examples) + sum(1 for _ in entities)
        triples.append(triple(part, iri(VOID + "entities"), typed(str(number), XSD + "integer")))
    return sorted(set(triples))


def _of_profile(exporter: Exporter, address: str) -> Iterator[Triple]:
    profile = exporter.view.canonical.configuration.rdf
    if profile is not None:
        whole = iri(f"{address}/#dataset")
        yield triple(whole, iri(DCTERMS + "license"), iri(profile.license))
        yield triple(whole, iri(VOID + "uriSpace"), literal(profile.base))
        yield triple(whole, iri(VOID + "vocabulary"), iri("http://wikiba.se/ontology#"))
