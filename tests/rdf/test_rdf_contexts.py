"""Entities by a JSON-LD context of their type: addresses, decimals, nested nodes, redirects, what cannot be said."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
from sandbox import Sandbox

CONFIGURATION = """\
version: 1
entities:
  category:
    path: categories/{key}.json
    id: /id
    references:
      /parents/*: category
      /properties/*: property
      /related: category
    rdf: {context: contexts/category.jsonld, iri: "https://example.org/category/{key}", redirects: STYLE}
  property:
    path: properties/{key}.json
    id: /id
    rdf: {context: contexts/category.jsonld, iri: "https://example.org/property/{key}"}
"""
CONTEXT: dict[str, Any] = {
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "ex": "https://example.org/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "label": {"@id": "skos:prefLabel", "@language": "en"},
    "names": {"@id": "skos:altLabel", "@container": "@language"},
    "parents": {"@id": "skos:broader", "@type": "@id"},
    "related": {"@id": "skos:related"},
    "properties": {"@id": "ex:property", "@type": "@id"},
    "exact": {"@id": "skos:exactMatch", "@type": "@id"},
    "size": "ex:size",
    "price": {"@id": "ex:price", "@type": "xsd:decimal"},
    "steps": {"@id": "ex:steps", "@container": "@list"},
    "part": "ex:part",
    "kind": "@type",
    "flag": "ex:flag",
    "silent": None,
}
CATEGORY = "https://example.org/category/"
TERMS = "https://example.org/terms#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
XSD = "http://www.w3.org/2001/XMLSchema#"
PERSON = f"<{CATEGORY}Person>"


def set_up(sandbox: Sandbox, context: Any = CONTEXT, style: str = "skos") -> None:
    sandbox.write("gitdraft.yaml", CONFIGURATION.replace("STYLE", style))
    sandbox.write("contexts/category.jsonld", {"@context": context})
    sandbox.commit("linked data")


def export(sandbox: Sandbox, *arguments: str) -> tuple[list[str], str]:
    answer = sandbox.run("export", "rdf", *arguments)
    assert answer.code == 0, answer.err
    return answer.out.splitlines(), answer.err


def said(sandbox: Sandbox, person: dict[str, Any] | str) -> tuple[list[str], str]:
    """What Person becomes, predicate and value alone, and what is noted."""
    text = person if isinstance(person, str) else json.dumps({"id": "Person", **person})
    sandbox.write("categories/Person.json", text)
    sandbox.commit()
    lines, notes = export(sandbox, "category/Person")
    return [line.removeprefix(f"{PERSON} ").removesuffix(" .") for line in lines], notes


@pytest.fixture
def linked(sandbox: Sandbox) -> Sandbox:
    set_up(sandbox)
    return sandbox


CASES: list[tuple[dict[str, Any], list[str]]] = [
    ({"label": "Human"}, [f'<{SKOS}prefLabel> "Human"@en']),
    (
        {"names": {"de": "Mensch", "fr": ["a", "b"]}},
        [f'<{SKOS}altLabel> "{t}"@{c}' for t, c in (("Mensch", "de"), ("a", "fr"), ("b", "fr"))],
    ),
    ({"parents": ["Agent"]}, [f"<{SKOS}broader> <{CATEGORY}Agent>"]),
    (
        {"parents": ["GO:0001", "a b/ç"]},
        [f"<{SKOS}broader> <{CATEGORY}GO%3A0001>", f"<{SKOS}broader> <{CATEGORY}a%20b%2F%C3%A7>"],
    ),
    ({"related": "Agent"}, [f"<{SKOS}related> <{CATEGORY}Agent>"]),
    ({"properties": ["name"]}, [f"<{TERMS}property> <https://example.org/property/name>"]),
    (
        {"exact": ["http://a.example/x", "skos:Concept"]},
        [f"<{SKOS}exactMatch> <http://a.example/x>", f"<{SKOS}exactMatch> <{SKOS}Concept>"],
    ),
    ({"kind": "skos:Concept"}, [f"<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{SKOS}Concept>"]),
    ({"flag": True}, [f'<{TERMS}flag> "true"^^<{XSD}boolean>']),
    ({"silent": "x", "label": None, "steps": []}, []),
]


@pytest.mark.parametrize(("person", "expected"), CASES, ids=[",".join(person) for person, _ in CASES])
def test_a_member_is_what_its_term_says(linked: Sandbox, person: dict[str, Any], expected: list[str]) -> None:
    lines, notes = said(linked, person)
    assert [line for line in lines if "#steps" not in line] == sorted(expected)
    assert "yields" not in notes


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("1.10", f'"1.10"^^<{XSD}decimal>'),
        ("5", f'"5"^^<{XSD}integer>'),
        ("-0.0", f'"-0.0"^^<{XSD}decimal>'),
        ("1.5e3", f'"1.5e3"^^<{XSD}double>'),
        ("12345678901234567890123", f'"12345678901234567890123"^^<{XSD}integer>'),
    ],
)
def test_a_number_stays_as_it_is_written(linked: Sandbox, number: str, value: str) -> None:
    lines, _ = said(linked, f'{{"id": "Person", "size": {number}, "price": 2.50}}')
    assert lines == [f'<{TERMS}price> "2.50"^^<{XSD}decimal>', f"<{TERMS}size> {value}"]


@pytest.mark.parametrize(
    ("datatype", "number", "text"),
    [
        ("decimal", "1e2", "100"),
        ("decimal", "1.50E-3", "0.00150"),
        ("decimal", "1.10", "1.10"),
        ("decimal", "1e-99999", "1e-99999"),
        ("integer", "2.0", "2"),
        ("integer", "12345678901234567890123456789012345", "12345678901234567890123456789012345"),
        ("gYear", "2e3", "2000"),
        ("double", "1e2", "1e2"),
        ("float", "2.0", "2.0"),
    ],
)
def test_a_number_is_written_as_its_datatype_reads_it(
    linked: Sandbox, datatype: str, number: str, text: str
) -> None:
    price = {"@id": f"{TERMS}price", "@type": f"{XSD}{datatype}"}
    linked.write("contexts/category.jsonld", {"@context": {**CONTEXT, "price": price}})
    lines, _ = said(linked, f'{{"id": "Person", "price": {number}}}')
    assert lines == [f'<{TERMS}price> "{text}"^^<{XSD}{datatype}>']


def test_nested_nodes_and_lists_are_named_the_same_each_time(linked: Sandbox) -> None:
    person = {"part": [{"label": "Head"}, {"label": "Hand", "part": {"label": "Thumb"}}], "steps": ["b", "a"]}
    first, _ = said(linked, person)
    labels = {word for line in first for word in line.split(" ") if word.startswith("_:")}
    assert len(labels) == 3 + 2
    linked.change("categories/Agent.json", label="Other")
    assert export(linked, "category/Person")[0] == export(linked, "category/Person")[0]
    assert [
        line.removeprefix(f"{PERSON} ").removesuffix(" .") for line in export(linked, "category/Person")[0]
    ] == first


@pytest.mark.parametrize(
    ("person", "note"),
    [
        (
            {"exact": ["http://a b/", "http://a.example/"]},
            'category/Person /exact/0: "http://a b/" is no address; left out',
        ),
        ({"exact": "Agent"}, 'category/Person /exact: "Agent" is no address; left out'),
        (
            {"names": {"not a tag": "x"}},
            "category/Person /names/not a tag: 'not a tag' is no language tag; left out",
        ),
    ],
)
def test_what_cannot_be_said_is_named(linked: Sandbox, person: dict[str, Any], note: str) -> None:
    _, notes = said(linked, person)
    assert note in notes


def test_an_entity_of_which_nothing_can_be_said_is_named(sandbox: Sandbox) -> None:
    set_up(sandbox, {"label": {"@id": "http://e.org/l", "@container": "@odd"}})
    _, notes = export(sandbox, "category/Person")
    assert "category/Person: is no JSON-LD with contexts/category.jsonld: " in notes


def test_a_redirect_is_said_once_with_what_it_leads_to(linked: Sandbox) -> None:
    said(linked, {})
    assert linked.run("redirect", "create", "category/Person", "category/Agent", "--reason", "one").code == 0
    lines, _ = export(linked, "category/Person", "category/Agent")
    assert len(lines) == len(set(lines))
    assert sum(line.startswith(PERSON) for line in lines) == 2
    for alone in ("category/Person", "category/Agent"):
        assert sum(line.startswith(PERSON) for line in export(linked, alone)[0]) == 2


def test_a_term_that_yields_no_triple_is_named(sandbox: Sandbox) -> None:
    set_up(sandbox, {**CONTEXT, "odd": "no-address"})
    _, notes = said(sandbox, {"odd": "a", "label": "b"})
    assert "category/Person /odd: yields no triple; left out" in notes


def test_a_member_that_the_context_does_not_know_is_named_once(linked: Sandbox) -> None:
    _, notes = export(linked, "category")
    assert "contexts/category.jsonld does not know the member 'description' of category (2 entities)" in notes
    assert notes.count("'description'") == 1
    assert "'silent'" not in notes
    assert "'id'" not in notes


def test_a_member_of_an_object_that_the_context_does_not_know_is_named_once(linked: Sandbox) -> None:
    part = [{"label": "a", "odd": 1}, {"odd": {"label": "b", "odd": 2}, "part": {"odd": 3}, "silent": 4}]
    _, notes = said(linked, {"part": part})
    assert (
        notes == "contexts/category.jsonld does not know the member 'odd' in 'part' of category (1 entity)\n"
    )


@pytest.mark.parametrize(
    ("context", "remote"),
    [
        ("https://example.org/context.jsonld", "https://example.org/context.jsonld"),
        ([CONTEXT, "https://example.org/more"], "https://example.org/more"),
        ({"@import": "https://example.org/import"}, "https://example.org/import"),
        (
            {"part": {"@id": "http://a.example/p", "@context": "https://example.org/inner"}},
            "https://example.org/inner",
        ),
    ],
)
def test_nothing_is_fetched(sandbox: Sandbox, context: Any, remote: str) -> None:
    set_up(sandbox, context)
    answer = sandbox.run("-o", "json", "export", "rdf")
    assert answer.code == 20
    error = json.loads(answer.err)
    assert (error["code"], error["context"]["remote"]) == ("remote-context", remote)


def test_a_context_in_the_data_is_none(linked: Sandbox) -> None:
    person = {
        "@context": "https://example.org/x",
        "part": {"@context": "https://example.org/y", "label": "a"},
    }
    lines, _ = said(linked, person)
    assert any('"a"@en' in line for line in lines)


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("same-as", ["<http://www.w3.org/2002/07/owl#sameAs> {target}"]),
        (
            "skos",
            [
                "<http://purl.org/dc/terms/isReplacedBy> {target}",
                f'<http://www.w3.org/2002/07/owl#deprecated> "true"^^<{XSD}boolean>',
            ],
        ),
        (
            "owl",
            [
                "<http://purl.obolibrary.org/obo/IAO_0100001> {target}",
                f'<http://www.w3.org/2002/07/owl#deprecated> "true"^^<{XSD}boolean>',
            ],
        ),
    ],
)
def test_a_redirect_is_said_as_declared_and_gone_after_a_revert(
    sandbox: Sandbox, style: str, expected: list[str]
) -> None:
    set_up(sandbox, style=style)
    assert (
        sandbox.run("redirect", "create", "category/Person", "category/Agent", "--reason", "same").code == 0
    )
    lines = [f"{PERSON} {line} .".replace("{target}", f"<{CATEGORY}Agent>") for line in expected]
    for names in (("category",), ("category/Agent",), ("category/Person",)):
        assert [line for line in export(sandbox, *names)[0] if line.startswith(PERSON)] == lines
    assert sandbox.run("redirect", "revert", "category/Person", "--reason", "not").code == 0
    assert not set(lines) & set(export(sandbox)[0])


def test_what_is_deleted_is_deprecated_and_what_is_erased_is_silent(linked: Sandbox) -> None:
    assert linked.run("entity", "delete", "category/Person", "--reason", "gone").code == 0
    gone = [line for line in export(linked)[0] if line.startswith(PERSON)]
    assert gone == [f'{PERSON} <http://www.w3.org/2002/07/owl#deprecated> "true"^^<{XSD}boolean> .']
    assert linked.run("entity", "erase", "category/Person", "--reason", "for good", "-y").code == 0
    assert not [line for line in export(linked)[0] if line.startswith(PERSON)]


def test_a_change_of_the_context_changes_every_entity(linked: Sandbox) -> None:
    before = set(export(linked)[0])
    linked.write(
        "contexts/category.jsonld", {**CONTEXT, "label": {"@id": "skos:prefLabel", "@language": "de"}}
    )
    linked.commit()
    patch = export(linked, "--since", "HEAD~1", "--format", "rdfpatch")[0]
    removed, added = ({line[2:] for line in patch if line.startswith(f"{sign} ")} for sign in "DA")
    assert (before - removed) | added == set(export(linked)[0])
    assert len(added) == 4


def test_a_draft_keeps_its_decimals(linked: Sandbox, tmp_path: Path) -> None:
    linked.library.drafts.new("Fix", draft_id="fix")
    (tmp_path / "new.json").write_text('{"id": "Thing", "label": "Thing", "parents": ["Agent"]}')
    assert linked.run("create", "category/Thing", str(tmp_path / "new.json"), "--draft", "fix").code == 0
    lines, _ = export(linked, "category/Thing", "--draft", "fix")
    assert lines == [
        f"<{CATEGORY}Thing> <{SKOS}broader> <{CATEGORY}Agent> .",
        f'<{CATEGORY}Thing> <{SKOS}prefLabel> "Thing"@en .',
    ]


def test_every_syntax_says_the_same(linked: Sandbox) -> None:
    forms = {
        "ttl": pyoxigraph.RdfFormat.TURTLE,
        "jsonld": pyoxigraph.RdfFormat.JSON_LD,
        "rdfxml": pyoxigraph.RdfFormat.RDF_XML,
    }
    expected = {line.removesuffix(" .") for line in export(linked)[0]}
    for form, syntax in forms.items():
        text = "\n".join(export(linked, "--format", form)[0])
        assert {str(quad.triple) for quad in pyoxigraph.parse(text, format=syntax)} == expected


def test_rdfxml_names_a_predicate_that_it_cannot_split(sandbox: Sandbox) -> None:
    set_up(sandbox, {"label": "https://example.org/terms/123"})
    answer = sandbox.run("-o", "json", "export", "rdf", "category", "--format", "rdfxml")
    assert (answer.code, json.loads(answer.err)["code"]) == (20, "not-in-rdfxml")


OBJECTS = [
    (
        {"language": "@language", "value": "@value"},
        {"language": "de", "value": "Stadt"},
        '"Stadt"@de',
    ),
    ({"all": "@list"}, {"all": []}, "<http://www.w3.org/1999/02/22-rdf-syntax-ns#nil>"),
    ({"all": "@set"}, {"all": ["a"]}, '"a"'),
]


@pytest.mark.parametrize(("words", "value", "expected"), OBJECTS)
def test_an_object_by_other_names_of_keywords_is_no_node(
    sandbox: Sandbox, words: dict[str, str], value: dict[str, Any], expected: str
) -> None:
    context = {"p": {"@id": "http://a.org/p", "@context": words}, "group": "@nest", "q": "http://a.org/q"}
    sandbox.write("contexts/a.jsonld", {"@context": context})
    sandbox.write(
        "gitdraft.yaml",
        "entities:\n  category:\n    path: categories/{key}.json\n"
        "    rdf: {context: contexts/a.jsonld, iri: 'http://a.org/{key}'}\n",
    )
    sandbox.write("categories/Agent.json", {"p": value, "group": {"q": "nested"}})
    sandbox.commit("an object")
    lines = sandbox.run("export", "rdf", "category/Agent").out.splitlines()
    assert lines == [
        f"<http://a.org/Agent> <http://a.org/p> {expected} .",
        '<http://a.org/Agent> <http://a.org/q> "nested" .',
    ]


def test_members_that_are_inherited_on_request(sandbox: Sandbox) -> None:
    context = {"properties": {"@id": "http://a.org/has", "@type": "@id"}}
    sandbox.write("contexts/a.jsonld", {"@context": context})
    sandbox.write(
        "gitdraft.yaml",
        "entities:\n  category:\n    path: categories/{key}.json\n"
        "    references: {/parents/*: category, /properties/*: property}\n"
        "    inherits: {parents: /parents, members: {/properties: required}}\n"
        "    rdf: {context: contexts/a.jsonld, iri: 'http://a.org/c/{key}'}\n"
        "  property:\n    path: properties/{key}.json\n"
        "    rdf: {context: contexts/a.jsonld, iri: 'http://a.org/p/{key}'}\n",
    )
    sandbox.write("categories/Agent.json", {"properties": ["unused"]})
    sandbox.write("categories/Person.json", {"parents": ["Agent"], "properties": ["name"]})
    sandbox.write("categories/Child.json", {"parents": ["Person"]})
    sandbox.commit("inherits")

    def has(*options: str) -> list[str]:
        answer = sandbox.run("export", "rdf", "category", *options)
        assert answer.code == 0, answer.err
        return [re.sub(r"<http://a.org/(?:[cp]/)?(\w+)>", r"\1", line) for line in answer.out.splitlines()]

    assert has() == ["Agent has unused .", "Person has name ."]
    effective = [
        "Agent has unused .",
        *(f"{c} has {p} ." for c in ("Child", "Person") for p in ("name", "unused")),
    ]
    assert has("--effective") == effective
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.run("unset", "category/Agent", "/properties")
    change = has("--effective", "--format", "rdfpatch", "--draft", "fix")
    assert change == ["TX .", *(f"D {c} has unused ." for c in ("Agent", "Child", "Person")), "TC ."]
    assert has("--draft", "fix", "--effective") == ["Child has name .", "Person has name ."]


@pytest.mark.parametrize(
    ("person", "notes"),
    [
        ({"byType": ["no address", "https://a.example/x"]}, {'/byType/0: "no address" is no address'}),
        ({"label": {"@value": "x", "size": 5}}, {"/label/size: says nothing beside @value"}),
        ({"graph": {"exact": "no address", "label": "x"}}, {'/graph/exact: "no address" is no address'}),
        ({"graph": [{"exact": ["_:b0"]}]}, {'/graph/0/exact/0: "_:b0" is no address'}),
    ],
)
def test_what_a_processor_drops_silently_is_named(
    sandbox: Sandbox, person: dict[str, Any], notes: set[str]
) -> None:
    containers = {
        "byType": {"@id": f"{TERMS}byType", "@container": "@type"},
        "graph": {"@id": f"{TERMS}graph", "@container": "@graph"},
    }
    set_up(sandbox, {**CONTEXT, **containers})
    said_notes = said(sandbox, person)[1].splitlines()
    assert {f"category/Person {note}; left out" for note in notes} <= set(said_notes)
