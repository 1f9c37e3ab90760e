"""`validate --shapes`: what SHACL says, with entity and pointer, on canonical and in drafts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sandbox import Sandbox
from wikibase_items import CONFIGURATION as WIKIBASE
from wikibase_items import amount, item

A = "http://a.org/"
CONTEXT = {
    "label": A + "label",
    "parents": {"@id": A + "parent", "@type": "@id"},
    "fields": A + "field",
    "name": A + "name",
    "rank": A + "rank",
}
CONFIGURATION = """\
entities:
  category:
    path: categories/{key}.json
    id: /id
    references: {/parents/*: category}
    rdf: {context: contexts/category.jsonld, iri: "http://a.org/c/{key}", type: "http://a.org/Category"}
"""
HEAD = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix a: <http://a.org/> .\n"
LABELLED = (
    HEAD + "a:S a sh:NodeShape; sh:targetClass a:Category; sh:property [sh:path a:label; sh:minLength 3] .\n"
)
LINKED = HEAD + (
    "a:S a sh:NodeShape; sh:targetClass a:Category; sh:property [sh:path a:parent; sh:class a:Category] .\n"
    "a:F a sh:NodeShape; sh:targetSubjectsOf a:name; sh:property [sh:path a:rank; sh:minCount 1] .\n"
)


@pytest.fixture
def linked(sandbox: Sandbox) -> Sandbox:
    sandbox.git("rm", "-r", "--quiet", "properties")
    sandbox.write("gitdraft.yaml", CONFIGURATION)
    sandbox.write("contexts/category.jsonld", {"@context": CONTEXT})
    sandbox.write("categories/Agent.json", {"id": "Agent", "label": "Agent"})
    fields = [{"name": "x", "rank": 1}, {"name": "y"}]
    sandbox.write(
        "categories/Person.json", {"id": "Person", "label": "P", "parents": ["Agent"], "fields": fields}
    )
    sandbox.commit("linked")
    return sandbox


def check(sandbox: Sandbox, shapes: str, *options: str, file: str = "shapes.ttl") -> tuple[int, Any]:
    path = sandbox.path.parent / file
    path.write_text(shapes)
    answer = sandbox.run("-o", "json", "validate", "--shapes", str(path), *options)
    if answer.code in (0, 1):
        return answer.code, answer.json
    assert answer.err.count("\n") == 1, answer.err
    return answer.code, json.loads(answer.err)


def places(document: Any) -> list[tuple[str, str, str]]:
    return [(v["entity"], v["path"], v["rule"]) for v in document["violations"]]


def test_what_is_wrong_has_its_entity_and_its_pointer(linked: Sandbox) -> None:
    code, document = check(linked, LABELLED, "--canonical")
    assert (code, document["valid"]) == (1, False)
    assert places(document) == [("category/Person", "/label", "shapes/violated")]
    code, document = check(linked, LINKED, "--canonical")
    assert (code, places(document)) == (1, [("category/Person", "/fields/1", "shapes/violated")])
    warned = LABELLED.replace("sh:minLength 3", "sh:minLength 3; sh:severity sh:Warning; sh:message 'short'")
    code, document = check(linked, warned, "--canonical")
    assert (code, document["violations"][0]["severity"]) == (0, "warning")
    assert document["violations"][0]["message"] == f"SHACL: {A}label: short: P"
    assert check(linked, LABELLED.replace("Length 3", "Length 1"), "--canonical") == (
        0,
        {**document, "valid": True, "violations": []},
    )


def test_a_draft_is_told_what_it_makes_wrong(linked: Sandbox) -> None:
    assert linked.run("new", "Fix", "--id", "fix").code == 0
    assert check(linked, LABELLED, "--canonical")[0] == 1
    assert check(linked, LABELLED, "fix")[0] == 0  # which changes nothing yet
    assert linked.run("set", "category/Agent", "/label", "A").code == 0
    code, document = check(linked, LABELLED)
    assert (code, places(document)) == (1, [("category/Agent", "/label", "shapes/violated")])
    assert linked.run("set", "category/Agent", "/label", "Actor").code == 0
    assert check(linked, LABELLED, "fix")[0] == 0
    known = (
        HEAD
        + "a:S a sh:NodeShape; sh:targetClass a:Category; sh:property [sh:path a:parent; "
        + ("sh:node [sh:property [sh:path a:label; sh:minLength 5]]] .\n")
    )
    assert check(linked, known, "fix")[0] == 0
    assert linked.run("set", "category/Agent", "/label", "Act").code == 0
    code, document = check(linked, known, "fix")
    assert (code, places(document)) == (1, [("category/Person", "/parents/0", "shapes/violated")])


def test_shapes_that_say_nothing_are_not_green(linked: Sandbox) -> None:
    none = (
        HEAD + "a:N a sh:NodeShape; sh:targetClass a:Other; sh:property [sh:path a:label; sh:minCount 1] .\n"
    )
    code, document = check(linked, none, "--canonical")
    assert (code, document["code"]) == (40, "nothing-checked")
    code, document = check(linked, LABELLED.replace("Length 3", "Length 1") + none, "--canonical")
    assert (code, [p[2] for p in places(document)]) == (1, ["shapes/unused"])
    assert f"the shape {A}N matches no entity" in document["violations"][0]["message"]


WRONG = [
    ("", "shapes.ttl"),
    ("# nothing\n", "shapes.ttl"),
    ("a b c", "shapes.ttl"),
    ("{}", "shapes.jsonld"),
    (HEAD + "a:S a a:Thing .", "shapes.ttl"),
    (HEAD + "a:S a sh:NodeShape; sh:property [sh:path a:label; sh:minCount 1] .", "shapes.ttl"),
    (LABELLED.replace("sh:minLength 3", "sh:minCount 'x'"), "shapes.ttl"),
    (LABELLED.replace("sh:path a:label; ", ""), "shapes.ttl"),
    (LABELLED.replace("sh:minLength 3", "sh:pattern '['"), "shapes.ttl"),
    (
        LABELLED
        + "a:S sh:sparql [sh:select 'SELECT $this WHERE { SERVICE <http://b.org/> { ?s ?p ?o } }'] .",
        "shapes.ttl",
    ),
    ('{"@context": "http://b.org/context", "@id": "http://a.org/S"}', "shapes.jsonld"),
]


@pytest.mark.sweep(3)
@pytest.mark.parametrize(("shapes", "file"), WRONG)
def test_a_file_that_is_no_shapes_is_named(linked: Sandbox, shapes: str, file: str) -> None:
    code, document = check(linked, shapes, "--canonical", file=file)
    assert (code, document["code"]) == (20, "bad-shapes"), document
    assert file in document["message"]


def test_a_statement_of_wikibase_has_its_place(sandbox: Sandbox) -> None:
    configuration = WIKIBASE.replace("  property_types: property_types.json\n", "")
    sandbox.write("gitdraft.yaml", configuration.replace("  sites: sites.json\n", ""))
    sandbox.write("items/Q1.json", item("Q1", "One", amount("+5", "Q1$A"), amount("+7", "Q1$B")))
    sandbox.commit("a wikibase")
    ranked = (
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix wikibase: <http://wikiba.se/ontology#> .\n"
        "@prefix s: <http://schema.org/> . @prefix ps: <http://example.org/prop/statement/> .\n"
        "<urn:s> a sh:NodeShape; sh:targetSubjectsOf wikibase:rank; sh:property [sh:path ps:P2; sh:maxInclusive 6] .\n"
        "<urn:i> a sh:NodeShape; sh:targetClass wikibase:Item; sh:property [sh:path s:name; sh:minLength 5] .\n"
    )
    _, document = check(sandbox, ranked, "--canonical")
    assert ("item/Q1", "/labels", "shapes/violated") in places(document)
    assert [p for p in places(document) if "/claims/" in p[1]] == [
        ("item/Q1", "/claims/P2/1", "shapes/violated")
    ]


def test_without_pyshacl_it_says_what_to_install(linked: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyshacl", None)
    code, document = check(linked, LABELLED, "--canonical")
    assert document["code"] == "not-installed"
    assert "'.[shacl]'" in document["hint"]
    assert code == 50


def test_options_that_exclude_each_other(linked: Sandbox) -> None:
    shapes = linked.path.parent / "shapes.ttl"
    shapes.write_text(LABELLED)
    for options in (["main~1..main"], ["fix", "--record"], ["fix", "--impact"]):
        assert linked.run("validate", "--shapes", str(shapes), *options).code == 2
    assert linked.run("validate", "--shapes", "nowhere.ttl").code == 2
