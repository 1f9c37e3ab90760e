"""Entities over HTTP, and what maintainers do to them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

ENTITIES = "/api/v2/entities"


@pytest.fixture
def maintainer(service: Any) -> Any:
    return service.of("maintainer")


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def erase(client: Any, entity: str, kind: str = "soft", **headers: str) -> Any:
    body = {"delete_type": kind, "deletion_reason": "unused", "deleted_by": "Bob"}
    return client.request("DELETE", f"{ENTITIES}/{entity}", json=body, headers=headers)


def test_entities_are_read_with_their_revision(service: Any, maintainer: Any) -> None:
    found = maintainer.get(f"{ENTITIES}/category/Person")
    first, second = found.headers["etag"], service.sandbox.git("rev-parse", "main")
    assert first == f'"1-{second[:12]}"'
    assert (found.json()["revision"], found.json()["revision_id"]) == (first.strip('"'), 1)
    assert found.json()["document"]["label"] == "Person"
    assert found.json()["_change_status"] == "unchanged"
    cached = maintainer.get(f"{ENTITIES}/category/Person", headers={"If-None-Match": first})
    assert (cached.status_code, cached.content) == (304, b"")
    service.sandbox.change("categories/Person.json", label="Human")
    assert maintainer.get(f"{ENTITIES}/category%2FPerson").headers["etag"].startswith('"2-')
    missing = maintainer.get(f"{ENTITIES}/category/Persn")
    assert code(missing) == (404, "resource-not-found")
    assert missing.json()["hint"] == "did you mean 'category/Person'?"


def test_the_list_shows_what_a_draft_creates_and_deletes(service: Any, maintainer: Any) -> None:
    draft = service.sandbox.library.drafts.new("Fix", draft_id="fix")
    draft.create("property/birth", {"id": "birth"})
    draft.delete("property/unused", "unused")
    listed = maintainer.get(ENTITIES, params={"type": "property", "draft": "fix"}).json()["entities"]
    assert [(e["key"], e["_change_status"]) for e in listed] == [
        ("birth", "added"),
        ("name", "unchanged"),
        ("unused", "deleted"),
    ]
    changed = maintainer.get(ENTITIES, params={"draft": "fix", "changed": True}).json()["entities"]
    assert [e["key"] for e in changed] == ["birth", "unused"]
    gone = maintainer.get(f"{ENTITIES}/property/unused", params={"draft": "fix"})
    assert gone.json()["_change_status"] == "deleted"
    assert code(maintainer.get(ENTITIES, params={"type": "propety"})) == (404, "resource-not-found")


def test_a_long_list_comes_in_parts(maintainer: Any) -> None:
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = maintainer.get(ENTITIES, params={"limit": 3, **after}).json()
        found += [entity["entity"] for entity in page["entities"]]
        if "next" not in page:
            break
        after = {"after": page["next"]}
    assert found == ["category/Agent", "category/Person", "property/name", "property/unused"]


def test_revisions_are_listed_and_read(service: Any, maintainer: Any) -> None:
    service.sandbox.change("categories/Person.json", label="Human")
    listed = maintainer.get(f"{ENTITIES}/category/Person/revisions").json()["revisions"]
    assert [(r["revision_id"], r["edit_type"]) for r in listed] == [(1, "create"), (2, "update")]
    first = maintainer.get(f"{ENTITIES}/category/Person/revisions/1").json()["revision"]
    assert first["entity"]["label"] == "Person"
    assert code(maintainer.get(f"{ENTITIES}/category/Person/revisions/9")) == (404, "resource-not-found")
    assert code(maintainer.get(f"{ENTITIES}/category/Person/revisions/x")) == (400, "invalid-value")


def test_references_go_both_ways_and_know_the_draft(service: Any, maintainer: Any) -> None:
    at = f"{ENTITIES}/property/name/references"
    named_by = [{"entity": "category/Person", "path": "/properties/0"}]
    assert maintainer.get(at).json()["named_by"] == named_by
    names = maintainer.get(f"{ENTITIES}/category/Person/references").json()["names"]
    assert {"entity": "category/Agent", "path": "/parents/0", "status": "live"} in names
    service.sandbox.library.drafts.new("Fix", draft_id="fix").unset("category/Person", "/properties")
    assert maintainer.get(at, params={"draft": "fix"}).json()["named_by"] == []


def test_effective_members_are_inherited_and_know_the_draft(service: Any, maintainer: Any) -> None:
    file = service.sandbox.path / "gitdraft.yaml"
    inherits = (
        "    inherits: {parents: /parents, members: {/properties: required}}\n    references:\n      /parents"
    )
    file.write_text(file.read_text().replace("    references:\n      /parents", inherits, 1))
    service.sandbox.change("categories/Agent.json", properties=["name"], parents=[])
    service.sandbox.library.drafts.new("Fix", draft_id="fix").set("category/Agent", "/properties/-", "unused")
    at = f"{ENTITIES}/category/Person/effective"
    (member,) = maintainer.get(at).json()["members"]
    assert (member["member"], member["source"], member["depth"]) == ("property/name", "category/Person", 0)
    drafted = maintainer.get(at, params={"draft": "fix"}).json()["members"]
    assert [m["_change_status"] for m in drafted] == ["unchanged", "added"]
    assert code(maintainer.get(f"{ENTITIES}/property/name/effective")) == (400, "nothing-inherited")


def test_a_redirect_is_made_followed_and_taken_back(service: Any, maintainer: Any) -> None:
    body = {"redirect_from_id": "property/unused", "redirect_to_id": "property/name", "created_by": "Bob"}
    made = maintainer.post(f"{ENTITIES}/redirects", json=body)
    assert made.status_code == 201
    answer = made.json()
    assert {
        **body,
        "created_at": answer["created_at"],
        "revision_id": 2,
        "revision": made.headers["etag"].strip('"'),
        "redirect_from_internal_id": answer["redirect_from_internal_id"],
        "redirect_to_internal_id": answer["redirect_to_internal_id"],
    } == answer
    assert service.sandbox.git("log", "-1", "--format=%an", "main") == "Bob"
    at = f"{ENTITIES}/property/unused"
    sent_on = maintainer.get(at)
    assert (sent_on.status_code, sent_on.headers["location"]) == (308, f"{ENTITIES}/property/name")
    assert maintainer.get(at, follow_redirects=True).json()["entity"] == "property/name"
    tombstone = maintainer.get(at, params={"redirect": "no"}).json()["tombstone"]
    assert (tombstone["kind"], tombstone["redirects_to"]) == ("redirect", "name")
    assert maintainer.post(f"{ENTITIES}/redirects", json=body).status_code == 409
    back = {"revert_to_revision_id": 1, "revert_reason": "two things", "created_by": "Bob <bob@example.org>"}
    reverted = maintainer.post(f"{at}/revert-redirect", json=back)
    assert (reverted.status_code, reverted.json()["revision_id"]) == (200, 3)
    assert maintainer.get(at).json()["document"]["label"] == "Unused"
    assert code(maintainer.post(f"{at}/revert-redirect", json=back)) == (409, "not-a-redirect")


@pytest.mark.parametrize(
    ("body", "status", "code_of"),
    [
        (("property/name", "property/name"), 400, "source-and-target-are-the-same"),
        (("property/unused", "category/Person"), 400, "target-is-incompatible"),
        (("property/unusd", "property/name"), 404, "resource-not-found"),
        (("property/unused", "property/nam"), 404, "resource-not-found"),
    ],
)
def test_wrong_redirects(maintainer: Any, body: tuple[str, str], status: int, code_of: str) -> None:
    sent = {"redirect_from_id": body[0], "redirect_to_id": body[1], "created_by": "Bob"}
    assert code(maintainer.post(f"{ENTITIES}/redirects", json=sent)) == (status, code_of)


def test_deletion_is_gone_with_the_reason_and_erasure_without(service: Any, maintainer: Any) -> None:
    assert erase(maintainer, "property/name").status_code == 422
    done = erase(maintainer, "property/unused", **{"If-Match": '"1"'})
    assert (done.status_code, done.json()["edit_type"], done.json()["revision_id"]) == (200, "delete-soft", 2)
    gone = maintainer.get(f"{ENTITIES}/property/unused")
    assert code(gone) == (410, "entity-deleted")
    assert gone.json()["context"]["reason"] == "unused"
    assert erase(maintainer, "property/unused", "hard").json()["edit_type"] == "delete-hard"
    erased = maintainer.get(f"{ENTITIES}/property/unused")
    assert (erased.status_code, erased.json()["context"]) == (410, {"entity": "property/unused"})
    assert code(erase(maintainer, "property/unused")) == (409, "entity-deleted")
    assert erase(maintainer, "property/name", "purge").status_code == 400


def test_a_precondition_on_an_entity(maintainer: Any) -> None:
    answer = erase(maintainer, "property/unused", **{"If-Match": '"7"'})
    assert code(answer) == (412, "revision-mismatch")
    assert answer.json()["context"]["actual"].startswith("1-")


def test_protection_is_423_until_it_is_lifted(service: Any, maintainer: Any) -> None:
    at = f"{ENTITIES}/property/unused"
    for kind, lifting in (("lock", "unlock"), ("archive", "unarchive")):
        assert maintainer.post(f"{at}/{kind}", json={"reason": "review"}).json()["edit_type"] == kind
        assert maintainer.post(f"{at}/{kind}", json={"reason": "review"}).json()["changed"] is False
        assert erase(maintainer, "property/unused").status_code == 423
        assert maintainer.post(f"{at}/{lifting}", json={"reason": "done"}).json()["changed"] is True
    assert erase(maintainer, "property/unused").status_code == 200


def test_drafts_are_rebased_now(service: Any, maintainer: Any) -> None:
    draft = service.sandbox.library.drafts.new("Fix", draft_id="fix")
    draft.set("category/Person", "/rank", 1)
    service.sandbox.change("categories/Person.json", label="Human")
    assert maintainer.post("/api/v2/rebase").json()["counts"]["rebased"] == 1
    assert code(maintainer.post("/api/v2/rebase", json={"drafts": ["no"]})) == (404, "resource-not-found")


def test_canonical_is_for_maintainers(service: Any) -> None:
    made = service.of("maintainer").post("/api/v2/drafts", json={"title": "Fix"})
    body = {"redirect_from_id": "property/unused", "redirect_to_id": "property/name", "created_by": "Bob"}
    for client in (service.of("reader"), service.of("contributor"), service.holder(made)):
        assert code(client.post(f"{ENTITIES}/redirects", json=body)) == (403, "permission-denied")
        assert code(erase(client, "property/unused")) == (403, "permission-denied")
        assert code(client.post("/api/v2/rebase")) == (403, "permission-denied")
        assert client.get(f"{ENTITIES}/category/Person").status_code == 200
    assert code(service.client().post("/api/v2/rebase")) == (401, "no-token")


def test_if_match_takes_number_and_commit(service: Any, maintainer: Any) -> None:
    tag = maintainer.get(f"{ENTITIES}/property/unused").headers["etag"]
    other = f'{tag[:3]}{"0" * 12}"'
    answer = erase(maintainer, "property/unused", **{"If-Match": other})
    assert code(answer) == (412, "revision-mismatch")
    assert answer.json()["context"]["actual"] == tag.strip('"')
    done = erase(maintainer, "property/unused", **{"If-Match": tag})
    assert done.status_code == 200
    assert done.headers["etag"].strip('"') == done.json()["revision"]


def test_entities_are_searched_a_page_at_a_time(service: Any) -> None:
    reader = service.of("reader")
    everything = reader.get("/api/v2/search", params={"q": "type:category"}).json()
    assert everything["kind"] == "gitdraft.search/v1"
    assert [e["entity"] for e in everything["entities"]] == ["category/Agent", "category/Person"]
    assert everything["entities"][0] == {"entity": "category/Agent", "type": "category", "label": "Agent"}
    first = reader.get("/api/v2/search", params={"q": "type:category", "limit": 1}).json()
    assert first["next"] == "category/Agent"
    rest = reader.get(
        "/api/v2/search", params={"q": "type:category", "limit": 1, "after": first["next"]}
    ).json()
    assert [e["entity"] for e in rest["entities"]] == ["category/Person"]
    assert "next" not in rest
    refused = reader.get("/api/v2/search", params={"q": '"open'})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid-query")
    made = service.of("contributor").post("/api/v2/drafts", json={"title": "Fix", "draft_id": "fix"})
    holder = service.holder(made)
    patch = [{"op": "replace", "path": "/label", "value": "Robot"}]
    holder.post(
        "/api/v2/drafts/fix/changes/category/Agent",
        json=patch,
        headers={"Content-Type": "application/json-patch+json"},
    )
    assert [
        e["label"]
        for e in holder.get("/api/v2/search", params={"q": "robot", "draft": "fix"}).json()["entities"]
    ] == ["Robot"]
    assert holder.get("/api/v2/search", params={"q": "robot"}).json()["entities"] == []
    assert holder.get("/api/v2/search", params={"q": "robot", "draft": "other"}).status_code == 404


def walk(client: Any, path: str, name: str) -> list[Any]:
    """All of a list, one line at a time."""
    lines: list[Any] = []
    asked: dict[str, Any] = {"limit": 1}
    while True:
        answer = client.get(httpx.URL(path).copy_merge_params(asked))
        assert answer.status_code == 200, answer.text
        lines += answer.json()[name]
        if "next" not in answer.json():
            return lines
        assert len(answer.json()[name]) == 1
        asked["after"] = answer.json()["next"]


def test_every_list_comes_in_parts(sandbox: Any, service: Any) -> None:
    client = service.of("maintainer")
    long = "x" * 500  # a cursor made of it would be too long to be sent
    draft = sandbox.library.drafts.new("Fix", draft_id="fix")
    draft.set("category/Person", "/description", "D")
    draft.set("category/Person", "/label", "L")
    draft.set("category/Agent", "/label", "A")
    sandbox.change("categories/Person.json", description="C", label="M")
    start = sandbox.git("rev-parse", "HEAD~1")
    sandbox.change("categories/Agent.json", properties=["name"])
    sandbox.change("properties/name.json", **{long: 1, f"{long}y": 2})
    for path, name, least in (
        ("/api/v2/drafts/fix/changes", "changes", 2),
        ("/api/v2/drafts/fix/conflicts", "conflicts", 2),
        ("/api/v2/drafts/fix/diff", "changes", 2),
        ("/api/v2/entities/category/Person/revisions", "revisions", 2),
        ("/api/v2/entities/property/name/references", "named_by", 2),
        ("/api/v2/entities/property/name/blame", "places", 4),
        (f"/api/v2/changelog?from={start}", "changes", 2),
    ):
        whole = client.get(path).json()
        assert "next" not in whole
        assert len(whole[name]) >= least, path
        assert walk(client, path, name) == whole[name], path
