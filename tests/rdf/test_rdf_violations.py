"""`validate` tells what RDF cannot say, before anybody exports it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sandbox import Sandbox
from wikibase_items import amount, item

CONFIGURATION = """\
version: 1
entities:
  category:
    path: categories/{key}.json
    id: /id
    rdf: {context: contexts/category.jsonld, iri: "https://example.org/category/{key}"}
"""


@pytest.fixture
def linked(sandbox: Sandbox) -> Sandbox:
    sandbox.write("gitdraft.yaml", CONFIGURATION)
    sandbox.write("contexts/category.jsonld", {"exact": {"@id": "http://a.example/exact", "@type": "@id"}})
    sandbox.commit("linked data")
    return sandbox


def warnings(sandbox: Sandbox, *arguments: str) -> list[tuple[str, str, str]]:
    answer = sandbox.run("-o", "json", "validate", *arguments)
    assert answer.code == 0, answer.err
    violations: list[dict[str, Any]] = json.loads(answer.out)["violations"]
    assert {v["severity"] for v in violations if v["rule"] == "rdf/unsayable"} <= {"warning"}
    return [(v["entity"], v["path"], v["message"]) for v in violations if v["rule"] == "rdf/unsayable"]


def test_an_address_that_is_none_is_told(linked: Sandbox) -> None:
    linked.write("categories/Person.json", {"id": "Person", "exact": ["http://a b/"]})
    linked.commit()
    expected = [("category/Person", "/exact/0", 'RDF: "http://a b/" is no address')]
    assert warnings(linked, "--canonical") == expected
    draft = linked.library.drafts.new("Fix", draft_id="fix")
    draft.patch("category/Agent", [{"op": "add", "path": "/exact", "value": "Person"}])
    assert warnings(linked, "fix") == [("category/Agent", "/exact", 'RDF: "Person" is no address')]
    assert linked.run("submit", "fix").code == 0


def test_a_context_that_is_remote_is_told(linked: Sandbox) -> None:
    linked.write("contexts/category.jsonld", {"@import": "https://example.org/x"})
    linked.commit()
    [(entity, pointer, message)] = warnings(linked, "--canonical")
    assert ("gitdraft.yaml" in entity, pointer) == (True, "/rdf")
    assert "https://example.org/x" in message


def test_a_statement_of_a_wikibase_is_told(wikibase: Sandbox) -> None:
    wikibase.write("items/Q1.json", item("Q1", "One", {**amount("+5", "Q1$A"), "rank": "best"}))
    wikibase.commit()
    assert warnings(wikibase, "--canonical") == [
        ("item/Q1", "/claims/P2/0", "RDF: is no statement as Wikibase writes it")
    ]


def test_a_repository_without_rdf_has_no_such_warning(sandbox: Sandbox) -> None:
    assert warnings(sandbox, "--canonical") == []


def test_the_rule_is_settable(linked: Sandbox) -> None:
    linked.write("gitdraft.yaml", CONFIGURATION + 'rules: {rdf/unsayable: "off"}\n')
    linked.write("categories/Person.json", {"id": "Person", "exact": ["http://a b/"]})
    linked.commit()
    assert warnings(linked, "--canonical") == []
    linked.write("gitdraft.yaml", CONFIGURATION + "rules: {rdf/unsayable: error}\n")
    linked.commit()
    assert linked.run("validate", "--canonical").code == 1
