"""Entities of a Wikibase as RDF: terms, statements, references, sitelinks, properties, lexemes."""

from __future__ import annotations

from hashlib import md5
from typing import Any

import pytest

from gitdraft.formats.rdf_profile import WikibaseProfile
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Deleted, Live, Redirected
from gitdraft.rdf.subjects import Flavour, Mapped, Subject, Version
from gitdraft.rdf.wikibase.entities import WikibaseMapping
from gitdraft.rdf.wikibase.properties import Properties
from gitdraft.rdf.wikibase.sitelinks import read_sites
from gitdraft.rdf.wikibase.vocabulary import Vocabulary

SITES = {
    "enwiki": {"language": "en", "link": "https://en.example.org/wiki/$1", "group": "wikipedia"},
    "simplewiki": {"language": "simple", "link": "//simple.example.org:8080/wiki/$1"},
}
SHORT = {
    "http://example.org/entity/statement/": "wds:",
    "http://example.org/entity/": "wd:",
    "http://example.org/data/": "data:",
    "http://example.org/prop/": "p:",
    "http://example.org/reference/": "wdref:",
    "http://example.org/value/": "wdv:",
    "http://wikiba.se/ontology#": "wikibase:",
    "http://www.w3.org/ns/lemon/ontolex#": "ontolex:",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#type": "a",
    "http://www.w3.org/2000/01/rdf-schema#": "rdfs:",
    "http://www.w3.org/2002/07/owl#": "owl:",
    "http://www.w3.org/2004/02/skos/core#": "skos:",
    "http://www.w3.org/ns/prov#": "prov:",
    "http://www.w3.org/2001/XMLSchema#": "xsd:",
    "http://purl.org/dc/terms/": "dct:",
    "http://schema.org/": "schema:",
    "http://creativecommons.org/ns#": "cc:",
}


def mapped(
    document: dict[str, Any],
    flavour: Flavour = "full",
    properties: dict[str, Any] | None = None,
    types: dict[str, str] | None = None,
    base: str = "http://example.org/entity/",
) -> Mapped:
    profile = WikibaseProfile(base, "http://example.org/data/", source="here")
    known = Properties((properties or {}).get, types or {}, "P1921")
    mapping = WikibaseMapping(Vocabulary(profile), known, read_sites(SITES))
    entity = EntityRef("item", document.get("id", "Q1"))
    return mapping.map(Subject(entity, Live(document), Version(3, "2020-01-01T00:00:00Z")), flavour)


def short(result: Mapped, *about: str) -> list[str]:
    """The lines about these subjects, with prefixes."""
    texts = []
    for line in result.triples:
        text = str(line).removesuffix(" .")
        for iri, prefix in SHORT.items():
            text = text.replace(f"<{iri}", prefix)
        texts.append(text.replace(">", "") if '"' not in text else text.replace("> ", " ").removesuffix(">"))
    return [t for t in texts if not about or t.split(" ")[0] in about]


def statement(value: Any, name: str = "P1", **more: Any) -> dict[str, Any]:
    snak: dict[str, Any] = {"snaktype": "value", "property": name, "datavalue": value}
    if isinstance(value, str):
        snak = {"snaktype": value, "property": name, "hash": "abc"}
    return {"id": "Q1$S", "rank": "normal", "type": "statement", "mainsnak": snak, **more}


def text(value: str) -> dict[str, Any]:
    return {"type": "string", "value": value}


def test_a_document_says_what_the_entity_says_of_itself() -> None:
    entity = {"id": "Q1", "lastrevid": 7, "modified": "2021-02-03T04:05:06Z", "claims": [], "sitelinks": []}
    assert short(mapped(entity), "data:Q1") == [
        "data:Q1 cc:license <http://creativecommons.org/publicdomain/zero/1.0/",
        "data:Q1 schema:about wd:Q1",
        'data:Q1 schema:dateModified "2021-02-03T04:05:06Z"^^xsd:dateTime',
        'data:Q1 schema:softwareVersion "1.0.0"',
        'data:Q1 schema:version "7"^^xsd:integer',
        'data:Q1 wikibase:identifiers "0"^^xsd:integer',
        'data:Q1 wikibase:sitelinks "0"^^xsd:integer',
        'data:Q1 wikibase:statements "0"^^xsd:integer',
        "data:Q1 a schema:Dataset",
    ]


def test_a_version_that_the_entity_does_not_say_is_its_revision() -> None:
    said = short(mapped({"id": "Q1", "labels": []}), "data:Q1")
    assert 'data:Q1 schema:version "3"^^xsd:integer' in said
    assert 'data:Q1 schema:dateModified "2020-01-01T00:00:00Z"^^xsd:dateTime' in said


def test_a_label_is_said_three_times() -> None:
    entity = {
        "id": "Q1",
        "labels": {"en": {"language": "en", "value": "One"}},
        "descriptions": {"de": {"language": "de", "value": "Zahl"}},
        "aliases": {"en": [{"language": "en", "value": "1"}, {"language": "en", "value": "I"}]},
    }
    assert short(mapped(entity), "wd:Q1") == [
        'wd:Q1 schema:description "Zahl"@de',
        'wd:Q1 schema:name "One"@en',
        "wd:Q1 a wikibase:Item",
        'wd:Q1 rdfs:label "One"@en',
        'wd:Q1 skos:altLabel "1"@en',
        'wd:Q1 skos:altLabel "I"@en',
        'wd:Q1 skos:prefLabel "One"@en',
    ]


RANKS = [
    (["normal"], ["normal"]),
    (["normal", "preferred"], ["preferred"]),
    (["normal", "normal", "deprecated"], ["normal", "normal"]),
    (["preferred", "deprecated"], ["preferred"]),
    (["deprecated"], []),
]


@pytest.mark.parametrize(("ranks", "best"), RANKS)
def test_the_best_rank_is_truthy(ranks: list[str], best: list[str]) -> None:
    claims = {
        "P1": [
            statement(text(f"{rank} {index}"), rank=rank, id=f"Q1$S{index}")
            for index, rank in enumerate(ranks)
        ]
    }
    full = mapped({"id": "Q1", "claims": claims})
    direct = [line for line in short(full, "wd:Q1") if " p:direct/P1 " in line]
    assert sorted(line.split('"')[1].split(" ")[0] for line in direct) == sorted(best)
    assert sum(line.endswith("wikibase:BestRank") for line in short(full)) == len(best)
    assert sum(" wikibase:rank " in line for line in short(full)) == len(ranks)
    truthy = short(mapped({"id": "Q1", "claims": claims}, "truthy"))
    assert [line for line in truthy if " p:" in line] == direct
    assert not [line for line in truthy if line.startswith("wds:")]


def test_a_statement_has_a_node_with_qualifiers_and_references() -> None:
    snak = {"snaktype": "value", "property": "P2", "datavalue": text("q")}
    reference = {"hash": "ff", "snaks": {"P3": [{"snaktype": "novalue", "property": "P3"}]}}
    one = statement(text("a"), qualifiers={"P2": [snak]}, references=[reference, reference])
    said = short(mapped({"id": "Q1", "claims": {"P1": [one]}}), "wd:Q1", "wds:Q1-S", "wdref:ff")
    assert said == [
        "wd:Q1 p:P1 wds:Q1-S",
        'wd:Q1 p:direct/P1 "a"',
        "wd:Q1 a wikibase:Item",
        'wds:Q1-S p:qualifier/P2 "q"',
        'wds:Q1-S p:statement/P1 "a"',
        "wds:Q1-S wikibase:rank wikibase:NormalRank",
        "wds:Q1-S a wikibase:BestRank",
        "wds:Q1-S a wikibase:Statement",
        "wds:Q1-S prov:wasDerivedFrom wdref:ff",
        "wdref:ff a p:novalue/P3",
        "wdref:ff a wikibase:Reference",
    ]


def test_no_value_is_a_class_and_some_value_a_blank_node() -> None:
    none = short(mapped({"id": "Q1", "claims": {"P1": [statement("novalue")]}}))
    assert "wd:Q1 a p:novalue/P1" in none
    assert "wds:Q1-S a p:novalue/P1" in none
    some = short(mapped({"id": "Q1", "claims": {"P1": [statement("somevalue")]}}))
    top = "http://example.org/"
    for place, subject in (("direct", "wd:Q1"), ("statement", "wds:Q1-S")):
        name = f"Q1-S-{top}prop/{place}/-{top}value/-abc"
        label = md5(name.encode(), usedforsecurity=False).hexdigest()
        assert f"{subject} p:{place}/P1 _:{label}" in some


def test_a_value_has_a_node_but_not_for_the_entity() -> None:
    value = {"type": "quantity", "value": {"amount": "+5", "unit": "1"}}
    said = short(mapped({"id": "Q1", "claims": {"P1": [statement(value)]}}))
    assert 'wd:Q1 p:direct/P1 "+5"^^xsd:decimal' in said
    assert sum(" p:statement/value/P1 wdv:" in line for line in said) == 1
    assert not [line for line in said if "p:direct/value" in line]
    assert not [
        line
        for line in short(mapped({"id": "Q1", "claims": {"P1": [statement(value)]}}, "truthy"))
        if "wdv:" in line
    ]


def test_sitelinks_need_the_table_of_sites() -> None:
    links = {
        "enwiki": {"site": "enwiki", "title": "San Francisco (é)", "badges": ["Q9"]},
        "simplewiki": {"site": "simplewiki", "title": "A/b"},
        "dewiki": {"site": "dewiki", "title": "Unbekannt"},
    }
    said = short(mapped({"id": "Q1", "sitelinks": links}))
    article = "<https://en.example.org/wiki/San_Francisco_(%C3%A9)"
    assert [line for line in said if line.startswith(article)] == [
        f"{article} schema:about wd:Q1",
        f'{article} schema:inLanguage "en"',
        f"{article} schema:isPartOf <https://en.example.org/",
        f'{article} schema:name "San Francisco (é)"@en',
        f"{article} wikibase:badge wd:Q9",
        f"{article} a schema:Article",
    ]
    assert '<https://en.example.org/ wikibase:wikiGroup "wikipedia"' in said
    assert '<http://simple.example.org/ wikibase:wikiGroup "none"' in said
    simple = "<http://simple.example.org:8080/wiki/A/b"
    assert f'{simple} schema:inLanguage "en-simple"' in said
    assert f'{simple} schema:name "A/b"@en-simple' in said
    assert 'data:Q1 wikibase:sitelinks "3"^^xsd:integer' in said
    assert not [line for line in said if "Unbekannt" in line]
    assert not [
        line for line in short(mapped({"id": "Q1", "sitelinks": links}, "truthy")) if "Article" in line
    ]


@pytest.mark.parametrize(
    ("datatype", "kind", "name", "is_normal"),
    [
        ("string", "Datatype", "String", False),
        ("wikibase-item", "Object", "WikibaseItem", False),
        ("commonsMedia", "Object", "CommonsMedia", False),
        ("globe-coordinate", "Datatype", "GlobeCoordinate", False),
        ("monolingualtext", "Datatype", "Monolingualtext", False),
        ("tabular-data", "Object", "TabularData", False),
        ("musical-notation", "Datatype", "MusicalNotation", False),
        ("entity-schema", "Object", "WikibaseEntitySchema", False),
        ("external-id", "Datatype", "ExternalId", True),
        ("quantity", "Datatype", "Quantity", True),
    ],
)
def test_a_property_is_defined(datatype: str, kind: str, name: str, *, is_normal: bool) -> None:
    said = short(mapped({"id": "P1", "type": "property", "datatype": datatype}))
    assert f"wd:P1 wikibase:propertyType wikibase:{name}" in said
    assert "wd:P1 a wikibase:Property" in said
    assert "wd:P1 wikibase:directClaim p:direct/P1" in said
    assert f"p:direct/P1 a owl:{kind}Property" in said
    assert "p:P1 a owl:ObjectProperty" in said
    node = md5(b"owl:complementOf-here-P1", usedforsecurity=False).hexdigest()
    assert f"p:novalue/P1 owl:complementOf _:{node}" in said
    assert f"_:{node} owl:onProperty p:direct/P1" in said
    assert ("wd:P1 wikibase:directClaimNormalized p:direct-normalized/P1" in said) is is_normal
    assert 'data:P1 wikibase:statements "0"^^xsd:integer' in said
    assert not [line for line in said if "identifiers" in line]


def test_a_type_is_the_propertys_then_the_tables_then_the_snaks() -> None:
    claims = {"P1": [statement(text("http://a.example"))]}
    snak = {"snaktype": "value", "property": "P1", "datavalue": text("http://a.example"), "datatype": "url"}

    def direct(**more: Any) -> str:
        lines = short(mapped({"id": "Q1", "claims": more.pop("claims", claims)}, "truthy", **more))
        return next(line for line in lines if " p:direct/P1 " in line).rsplit(" ", 1)[1]

    assert direct() == '"http://a.example"'
    assert direct(claims={"P1": [statement(text(""), mainsnak=snak)]}) == "<http://a.example"
    assert direct(types={"P1": "url"}) == "<http://a.example"
    assert direct(types={"P1": "url"}, properties={"P1": {"datatype": "string"}}) == '"http://a.example"'


def test_an_identifier_is_counted_and_has_an_address() -> None:
    pattern = statement(text("https://id.example/$1"), "P1921")
    properties = {"P1": {"datatype": "external-id", "claims": {"P1921": [pattern]}}}
    said = short(mapped({"id": "Q1", "claims": {"P1": [statement(text("a b"))]}}, properties=properties))
    assert 'data:Q1 wikibase:identifiers "1"^^xsd:integer' in said
    assert "wd:Q1 p:direct-normalized/P1 <https://id.example/a+b" in said
    assert "wds:Q1-S p:statement/value-normalized/P1 <https://id.example/a+b" in said


def test_a_lexeme_has_forms_and_senses() -> None:
    term = {"en": {"language": "en", "value": "run"}}
    lexeme = {
        "id": "L1",
        "type": "lexeme",
        "lemmas": term,
        "language": "Q1860",
        "lexicalCategory": "Q24905",
        "claims": {"P1": [statement(text("a"), id="L1$S")]},
        "forms": [
            {
                "id": "L1-F1",
                "representations": term,
                "grammaticalFeatures": ["Q7"],
                "claims": {"P1": [statement(text("b"), id="L1-F1$S")]},
            }
        ],
        "senses": [{"id": "L1-S1", "glosses": term, "claims": []}],
    }
    said = short(mapped(lexeme))
    for line in (
        "wd:L1 a wikibase:Lexeme",
        "wd:L1 a ontolex:LexicalEntry",
        'wd:L1 rdfs:label "run"@en',
        'wd:L1 wikibase:lemma "run"@en',
        "wd:L1 dct:language wd:Q1860",
        "wd:L1 wikibase:lexicalCategory wd:Q24905",
        "wd:L1 ontolex:lexicalForm wd:L1-F1",
        "wd:L1 ontolex:sense wd:L1-S1",
        "wd:L1-F1 a wikibase:Form",
        "wd:L1-F1 a ontolex:Form",
        'wd:L1-F1 ontolex:representation "run"@en',
        "wd:L1-F1 wikibase:grammaticalFeature wd:Q7",
        'wd:L1-F1 p:direct/P1 "b"',
        "wd:L1-F1 p:P1 wds:L1-F1-S",
        "wd:L1-S1 a wikibase:Sense",
        "wd:L1-S1 a ontolex:LexicalSense",
        'wd:L1-S1 skos:definition "run"@en',
        'data:L1 wikibase:statements "2"^^xsd:integer',
    ):
        assert line in said
    assert not [line for line in said if "prefLabel" in line]


def test_a_base_without_entity_is_taken_as_it_is() -> None:
    claims = {"P1": [statement({"type": "quantity", "value": {"amount": "+1", "unit": "1"}})]}
    result = mapped({"id": "Q1", "claims": claims}, base="http://acme.example/")
    said = " ".join(result.triples)
    for address in ("Q1", "statement/Q1-S", "prop/direct/P1", "prop/statement/value/P1"):
        assert f"<http://acme.example/{address}>" in said
    assert "<http://acme.example/value/" in said


def test_an_entity_as_special_entity_data_answers_it() -> None:
    inner = {"id": "Q1", "labels": {}, "claims": {"P1": [statement(text("a"))]}}
    assert mapped({"entities": {"Q1": inner}}).triples == mapped(inner).triples


def test_a_redirect_is_its_document_and_where_it_leads() -> None:
    profile = WikibaseProfile("http://example.org/entity/", "http://example.org/data/")
    mapping = WikibaseMapping(Vocabulary(profile), Properties(lambda name: None, {}, "P1921"), {})
    source, target = EntityRef("item", "Q1"), EntityRef("item", "Q2")
    version = Version(2, "2020-01-01T00:00:00Z")
    said = short(mapping.map(Subject(source, Redirected(target), version), "full"))
    assert "wd:Q1 owl:sameAs wd:Q2" in said
    assert 'data:Q1 schema:version "2"^^xsd:integer' in said
    assert {line.split(" ")[0] for line in said} == {"wd:Q1", "data:Q1"}
    assert mapping.map(Subject(source, Deleted()), "full").triples == []
    incoming = mapping.map(Subject(target, Live({"id": "Q2"}), version, (source,)), "full")
    assert "wd:Q1 owl:sameAs wd:Q2" in short(incoming)


@pytest.mark.parametrize(
    ("entity", "pointer"),
    [
        ({"claims": {"P1": [{"mainsnak": {}}]}}, "/claims/P1/0"),
        ({"claims": {"P1": [statement(text("a"), rank="best")]}}, "/claims/P1/0"),
        (
            {"claims": {"P1": [statement({"type": "url", "value": 1})]}},
            "/claims/P1/0/mainsnak/datavalue/value",
        ),
        ({"labels": {"en": "One"}}, "/labels/en"),
        ({"sitelinks": {"enwiki": {"site": "enwiki"}}}, "/sitelinks"),
        ({"aliases": {"en": 5}}, ""),
        ({"type": "lexeme", "forms": [5]}, "/forms/0"),
        ({"type": "lexeme", "senses": [{"id": ["x"]}]}, "/senses/0"),
        (
            {"type": "lexeme", "forms": [{"id": "L1-F1", "grammaticalFeatures": ["Q3", {}]}]},
            "/forms/0/grammaticalFeatures/1",
        ),
        ({"type": "property", "datatype": "http://x y/"}, "/datatype"),
        ({"type": "property", "datatype": 5}, "/datatype"),
        ({"claims": {"P1": 5}}, ""),
    ],
)
def test_what_wikibase_would_not_have_written_is_named(entity: dict[str, Any], pointer: str) -> None:
    result = mapped({"id": "Q1", **entity})
    assert [mistake.pointer for mistake in result.mistakes] == [pointer]
    assert any(" a wikibase:" in line for line in short(result))


@pytest.mark.parametrize("kind", ["a> <b", "http://[::1]/", "\0", 5])
def test_a_type_that_is_no_word_is_named(kind: Any) -> None:
    result = mapped({"id": "Q1", "type": kind, "labels": {"en": {"language": "en", "value": "One"}}})
    assert [mistake.pointer for mistake in result.mistakes] == ["/type"]
    assert 'wd:Q1 rdfs:label "One"@en' in short(result)
    assert not any(line.startswith("wd:Q1 a ") for line in short(result))


def test_a_statement_is_written_whole_or_not() -> None:
    good = {"hash": "ff", "snaks": {"P3": [{"snaktype": "novalue", "property": "P3"}]}}
    bad = statement(text("a"), references=[good, {"snaks": 5}], id="Q1$BAD")
    fine = statement(text("b"), references=[good])
    said = short(mapped({"id": "Q1", "claims": {"P1": [bad, fine]}}))
    assert not [line for line in said if "BAD" in line or '"a"' in line]
    assert "wdref:ff a p:novalue/P3" in said
