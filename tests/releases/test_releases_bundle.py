"""`bundle`: a module with everything that it needs, and nothing else, as one document."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sandbox import Sandbox

CONFIGURATION = """\
version: 1
modules: {type: module, members: [/categories/*, /extra/*]}
entities:
  module: {path: "modules/{key}.json", id: /id, references: {"/categories/*": category}}
  category:
    path: categories/{key}.json
    id: /id
    references: {"/parents/*": category, "/properties/*": property, "/optional/*": property}
    inherits: {parents: /parents, members: {/properties: required, /optional: optional}}
  property: {path: "properties/{key}.json", id: /id, references: {/range: category}}
"""
MEMBERS: dict[str, dict[str, Any]] = {
    "modules/Core.json": {
        "categories": ["Person", "Old", "Nobody"],
        "extra": ["unit", "property/age", "none"],
    },
    "modules/Other.json": {"categories": ["Alone"]},
    "categories/Agent.json": {"parents": ["Thing"], "properties": ["name"]},
    "categories/Person.json": {"parents": ["Agent", "Gone"], "optional": ["born"]},
    "categories/Thing.json": {"properties": ["id"]},
    "categories/Date.json": {},
    "categories/Alone.json": {"properties": ["name"]},
    "categories/Old.json": {},
    "categories/New.json": {},
    "categories/Gone.json": {},
    "properties/name.json": {},
    "properties/id.json": {},
    "properties/age.json": {},
    "properties/unit.json": {},
    "properties/unused.json": {},
    "properties/born.json": {"range": "Date"},
}
NEEDED = [
    "category/Agent",
    "category/Date",
    "category/New",
    "category/Person",
    "category/Thing",
    "module/Core",
]
NEEDED += [f"property/{key}" for key in ("age", "born", "id", "name", "unit")]


@pytest.fixture
def ontology(sandbox: Sandbox) -> Sandbox:
    """A module that needs much: through references, parents, a redirect, members of other types."""
    sandbox.git("rm", "--quiet", "-r", "categories", "properties")
    sandbox.write("gitdraft.yaml", CONFIGURATION)
    for path, members in MEMBERS.items():
        key = path.partition("/")[2].removesuffix(".json")
        sandbox.write(path, {"id": key, "label": key, **members})
    sandbox.commit("an ontology")
    for command in (
        ("redirect", "create", "category/Old", "category/New", "--reason", "same"),
        ("entity", "delete", "category/Gone", "--reason", "unused", "--force"),
    ):
        answer = sandbox.run(*command)
        assert answer.code == 0, answer.err
    return sandbox


def entities(document: Any) -> dict[str, Any]:
    return {one["entity"]: one for one in document["entities"]}


def test_a_module_has_everything_that_it_needs_and_nothing_else(ontology: Sandbox) -> None:
    answer = ontology.run("bundle", "Core")
    assert answer.code == 0, answer.err
    assert (answer.json["kind"], answer.json["module"]) == ("gitdraft.bundle/v1", "module/Core")
    assert answer.json["commit"] == ontology.git("rev-parse", "main")
    assert list(entities(answer.json)) == NEEDED
    assert answer.json["redirects"] == [{"from": "category/Old", "to": "category/New"}]
    assert answer.json["missing"] == [
        {"entity": "category/Person", "path": "/parents/1", "names": "category/Gone", "status": "deleted"},
        {"entity": "module/Core", "path": "/categories/2", "names": "category/Nobody", "status": "missing"},
        {"entity": "module/Core", "path": "/extra/2", "names": "none", "status": "missing"},
    ]
    assert "category/Gone is deleted, named by category/Person at /parents/1" in answer.err
    assert ontology.run("bundle", "module/Core", "-o", "json").json == answer.json


def test_effective_members_are_in_it(ontology: Sandbox) -> None:
    found = entities(ontology.run("bundle", "Core").json)
    assert found["category/Person"]["members"] == [
        {"member": "property/born", "requirement": "optional", "source": "category/Person", "depth": 0},
        {"member": "property/name", "requirement": "required", "source": "category/Agent", "depth": 1},
        {"member": "property/id", "requirement": "required", "source": "category/Thing", "depth": 2},
    ]
    assert found["category/Date"]["members"] == []
    assert "members" not in found["property/name"]
    assert found["property/born"]["document"] == {"id": "born", "label": "born", "range": "Date"}


def test_as_a_draft_or_a_commit_has_it(ontology: Sandbox) -> None:
    before = ontology.run("bundle", "Core").json
    ontology.run("new", "Another parent", "--id", "another")
    set_ = ontology.run("set", "category/Thing", "/properties", '["unused"]', "--draft", "another")
    assert set_.code == 0, set_.err
    drafted = ontology.run("bundle", "Core", "--draft", "another").json
    assert drafted["draft"] == "another"

    assert "property/unused" in entities(drafted)
    assert "property/id" not in entities(drafted)
    assert entities(drafted)["category/Person"]["members"][-1]["member"] == "property/unused"
    ontology.change("modules/Core.json", categories=[], extra=[])
    assert list(entities(ontology.run("bundle", "Core").json)) == ["module/Core"]
    assert ontology.run("bundle", "Core", "--at", before["commit"]).json == before
    assert ontology.run("bundle", "Core", "--at", "main", "--draft", "another").code == 2


def test_a_circle_ends(ontology: Sandbox) -> None:
    ontology.change("categories/Thing.json", parents=["Person"])
    assert list(entities(ontology.run("bundle", "Core").json)) == NEEDED


def test_any_entity_is_a_module_of_itself_and_a_redirect_is_followed(ontology: Sandbox) -> None:
    found = ontology.run("bundle", "property/born").json
    assert list(entities(found)) == ["category/Date", "property/born"]
    assert ontology.run("bundle", "category/Old").json["module"] == "category/New"


def test_what_is_no_module(ontology: Sandbox) -> None:
    for text, status, code in (
        ("category/Gone", 42, "entity-deleted"),
        ("category/Persn", 40, "resource-not-found"),
        ("Nothing", 40, "resource-not-found"),
    ):
        refused = ontology.run("-o", "json", "bundle", text)
        assert (refused.code, refused.refusal["code"]) == (status, code), text
    refused = ontology.run("-o", "json", "bundle", "Core", "--format", "jsonld", "-O", "core.jsonld")
    assert (refused.code, refused.refusal["code"]) == (20, "no-rdf-mapping")
    assert not (ontology.path / "core.jsonld").exists()


def test_as_linked_data_in_a_file(ontology: Sandbox) -> None:
    written = ontology.run("init", "--rdf", "owl")
    assert written.code == 0, written.err
    assert ontology.run("bundle", "Core", "--format", "jsonld", "-O", "core.jsonld").code == 0
    graph = ontology.read("core.jsonld")
    text = json.dumps(graph)
    for entity in (*NEEDED, "category/Old"):
        assert f'/{entity.partition("/")[2]}"' in text, entity
    assert "Alone" not in text
    assert "/unused" not in text


def test_the_service_gives_it_out(ontology: Sandbox, serving: Callable[..., Any]) -> None:
    ontology.git("switch", "--quiet", "--create", "elsewhere")
    ontology.change("modules/Core.json", label="Secret")
    ontology.git("switch", "--quiet", "main")
    client = serving().of("reader")
    answer = client.get("/api/v2/entities/module/Core/bundle")
    assert (answer.status_code, [one["entity"] for one in answer.json()["entities"]]) == (200, NEEDED)
    assert client.get("/api/v2/entities/category/Gone/bundle").status_code == 410
    assert client.get("/api/v2/entities/module/Core/bundle", params={"at": "elsewhere"}).status_code == 404
    assert client.get("/api/v2/entities/module/Core/bundle", params={"format": "jsonld"}).status_code == 400
