"""What callers of earlier systems send and expect, beside our own words, under /api/v2 and without it."""

from __future__ import annotations

import hashlib
import shutil
from typing import Any

import pytest
from sandbox import CONFIGURATION
from wiki import create, delete, modify, push

import gitdraft

PREFIXES = ["", "/api/v2"]
ONE_TYPE = CONFIGURATION.partition("  property:")[0].replace("      /properties/*: property\n", "")


@pytest.fixture
def items(sandbox: Any, serving: Any) -> Any:
    """A service on a repository with one type, whose entities go by their keys alone."""
    sandbox.write("gitdraft.yaml", ONE_TYPE)
    for key in ("Q11", "Q42", "Q5"):
        sandbox.write(f"categories/{key}.json", {"id": key, "label": key})
    sandbox.commit("Items")
    return serving()


def internal(sandbox: Any, entity: str) -> int:
    """What callers.md says an internal id is."""
    first = sandbox.git("rev-list", "--first-parent", "--reverse", "main", "--", "gitdraft.yaml").split()[0]
    return int(hashlib.sha256(f"{first}\0{entity}".encode()).hexdigest()[:13], 16)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_redirect_and_its_revert(items: Any, prefix: str) -> None:
    client = items.of("maintainer")
    made = client.post(
        f"{prefix}/entities/redirects", json={"redirect_from_id": "Q11", "redirect_to_id": "Q42"}
    )
    assert made.status_code == 201
    answer = made.json()
    assert (answer["redirect_from_id"], answer["redirect_to_id"]) == ("Q11", "Q42")
    assert answer["redirect_from_internal_id"] == internal(items.sandbox, "category/Q11")
    assert answer["redirect_to_internal_id"] == internal(items.sandbox, "category/Q42")
    assert answer["redirect_from_internal_id"] < 2**52
    assert (answer["revision_id"], answer["created_by"]) == (2, "entity-api")
    assert answer["created_at"].endswith("Z")
    reverted = client.post(
        f"{prefix}/entities/Q11/revert-redirect",
        json={"revert_to_revision_id": 1, "revert_reason": "not the same"},
    )
    assert reverted.status_code == 200
    assert (reverted.json()["id"], reverted.json()["revision_id"]) == ("Q11", 3)
    assert reverted.json()["entity"] == "category/Q11"
    refused = client.post(
        f"{prefix}/entities/redirects",
        json={"redirect_from_id": "Q11", "redirect_to_id": "Q42", "other": 1},
    )
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid-value")


@pytest.mark.sweep(2)
@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("delete_type", [None, "soft", "hard"])
def test_a_delete(items: Any, prefix: str, delete_type: str | None) -> None:
    body = {"deletion_reason": "spam", "deleted_by": "Ann", "delete_type": delete_type}
    answer = items.of("maintainer").request(
        "DELETE", f"{prefix}/entities/Q5", json={name: v for name, v in body.items() if v is not None}
    )
    assert answer.status_code == 200
    document = answer.json()
    assert document["deleted_at"].endswith("Z")
    assert {name: document[name] for name in ("id", "revision_id", "delete_type", "deleted")} == {
        "id": "Q5",
        "revision_id": 2,
        "delete_type": delete_type or "soft",
        "deleted": True,
    }
    assert (document["deletion_reason"], document["deleted_by"]) == ("spam", "Ann")
    assert set(document) >= {"entity", "edit_type", "commit", "rebase"}


@pytest.mark.parametrize("prefix", PREFIXES)
def test_changes_of_a_draft(service: Any, prefix: str) -> None:
    client = service.of("maintainer")
    client.post("/api/v2/drafts", json={"title": "x", "draft_id": "x"})
    place = f"{prefix}/drafts/x/changes"
    patch = [{"op": "replace", "path": "/label", "value": "Human"}]
    one = {"entity_type": "category", "entity_key": "Person"}
    new = {"entity_type": "property", "entity_key": "born"}
    unused = {"entity_type": "property", "entity_key": "unused"}
    for change in (
        {"change_type": "update", **one, "patch": patch},
        {"change_type": "create", **new, "replacement_json": {"id": "born", "label": "Born"}},
        {"change_type": "redirect", **unused, "redirects_to": "name"},
    ):
        answer = client.post(place, json=change)
        assert answer.status_code == 201, answer.text
        assert answer.json()["changes"][0]["entity"] == f"{change['entity_type']}/{change['entity_key']}"
    gone = client.post(place, json={"change_type": "delete", **new})
    assert gone.status_code == 201
    kept = {c["entity"]: c for c in client.get("/api/v2/drafts/x/changes").json()["changes"]}
    assert kept["category/Person"]["patch"] == patch
    assert kept["property/unused"]["redirects_to"] == "property/name"
    for wrong, code in (
        ({"change_type": "update", **one}, "missing-field"),
        ({"change_type": "create", **new}, "missing-field"),
        ({"change_type": "delete", **one, "patch": patch}, "invalid-value"),
        ({"change_type": "redirect", **one}, "missing-field"),
        ({"change_type": "update", **one, "patch": patch, "extra": 1}, "invalid-value"),
        ({"change_type": "modify", **one, "patch": patch}, "invalid-value"),
    ):
        answer = client.post(place, json=wrong)
        assert (answer.status_code, answer.json()["code"]) == (400, code), wrong
        assert "(" not in answer.json()["context"]["path"]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_push_needs_no_source(wiki: Any, prefix: str) -> None:
    payload = push(modify())
    del payload["source"]
    assert wiki.of("contributor").post(f"{prefix}/mediawiki/import", json=payload).status_code == 201


def test_a_push_from_behind_is_merged_from_there(wiki: Any) -> None:
    client = wiki.of("contributor")
    wiki.sandbox.change("categories/Person.json", label="Human")
    made = client.post("/mediawiki/import", json=push({**modify(), "base_version": 2}))
    assert made.status_code == 201
    draft = made.json()["draft_id"]
    shown = wiki.holder(made).get(f"/api/v2/entities/category/Person?draft={draft}").json()["document"]
    assert (shown["label"], shown["description"]) == ("Human", "Somebody")


def test_a_push_from_behind_may_be_in_conflict(wiki: Any) -> None:
    client = wiki.of("contributor")
    wiki.sandbox.change("categories/Person.json", description="Homo sapiens")
    wiki.sandbox.change("properties/name.json", label="Full name")
    before = wiki.sandbox.refs()
    changes = [
        {**modify(), "base_version": 2},
        {**modify("name", kind="property", label="Title"), "base_version": 2},
        {**delete("unused"), "base_version": 2},
    ]
    refused = client.post("/mediawiki/import", json=push(*changes))
    assert (refused.status_code, refused.json()["code"]) == (409, "rebase-conflict")
    conflicts = refused.json()["context"]["conflicts"]
    assert [(c["entity"], c["path"], c["draft"]) for c in conflicts] == [
        ("category/Person", "/description", "Somebody"),
        ("property/name", "/label", "Title"),
    ]
    assert conflicts[0]["base"] == "A human being"
    assert conflicts[0]["canonical"] == "Homo sapiens"
    assert wiki.sandbox.refs() == before


def test_a_deletion_from_behind_is_in_conflict_with_an_edit(wiki: Any) -> None:
    wiki.sandbox.change("properties/unused.json", label="Used")
    answer = wiki.of("contributor").post(
        "/mediawiki/import", json=push({**delete("unused"), "base_version": 2})
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "rebase-conflict")
    good = wiki.of("contributor").post(
        "/mediawiki/import", json=push({**delete("unused"), "base_version": 3})
    )
    assert good.status_code == 201


@pytest.mark.sweep(2)
@pytest.mark.parametrize("number", [7, 0, -1, "1", 1.5, None, True])
def test_an_unknown_base_is_400(wiki: Any, number: Any) -> None:
    answer = wiki.of("contributor").post("/mediawiki/import", json=push({**modify(), "base_version": number}))
    assert answer.status_code == 400
    assert answer.json()["context"]["path"] == "/changes/0/base_version"
    fresh = wiki.of("contributor").post(
        "/mediawiki/import", json=push({**create("fresh"), "base_version": 2})
    )
    assert fresh.status_code == 400


def test_what_canonical_has_already_is_no_conflict(wiki: Any) -> None:
    wiki.sandbox.change("categories/Person.json", description="Somebody")
    answer = wiki.of("contributor").post("/mediawiki/import", json=push({**modify(), "base_version": 2}))
    assert answer.status_code == 201, answer.text


def test_internal_ids_are_alike_in_a_clone_and_after_a_purge(items: Any, tmp_path: Any) -> None:
    sandbox = items.sandbox
    entity = sandbox.library.canonical.find("category/Q11")
    number = sandbox.library.canonical.internal_id(entity)
    assert number == internal(sandbox, "category/Q11")
    sandbox.library.canonical.purge("category/Q5", "private")
    assert sandbox.library.canonical.internal_id(entity) == number
    assert "internal ids" in sandbox.run("doctor").out


def test_internal_ids_of_another_repository_in_the_same_folder(sandbox: Any) -> None:
    def read() -> int:
        canonical = gitdraft.open(sandbox.path).canonical
        number: int = canonical.internal_id(canonical.find("category/Person"))
        return number

    assert read() == internal(sandbox, "category/Person")
    shutil.rmtree(sandbox.path / ".git")
    sandbox.git("init", "--quiet", "--initial-branch", "main")
    sandbox.commit("Another")
    assert read() == internal(sandbox, "category/Person")
