"""Drafts over HTTP: changes, conflicts, statuses, preconditions."""

from __future__ import annotations

from typing import Any

import pytest

DRAFTS = "/api/v2/drafts"
PATCH = [{"op": "replace", "path": "/description", "value": "Somebody."}]
PATCH_TYPE = {"Content-Type": "application/json-patch+json"}


@pytest.fixture
def holder(service: Any) -> Any:
    """The capability of a draft called fix."""
    made = service.of("contributor").post(DRAFTS, json={"title": "Fix Person", "draft_id": "fix"})
    assert made.status_code == 201
    return service.holder(made)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_draft_is_started_read_and_listed(service: Any, holder: Any) -> None:
    found = holder.get(f"{DRAFTS}/fix")
    assert found.json()["title"] == "Fix Person"
    assert found.json()["source"] == "api"
    assert found.json()["author"].startswith("contributor")
    tag = service.sandbox.library.drafts["fix"].tag()
    seen = found.headers["etag"]
    assert seen.startswith(f'"{tag}-')
    again = holder.get(f"{DRAFTS}/fix", headers={"If-None-Match": seen})
    assert (again.status_code, again.content) == (304, b"")
    service.of("contributor").post(DRAFTS, json={"title": "Other"})
    assert [d["id"] for d in service.of("reader").get(DRAFTS).json()["drafts"]] == ["fix", "other"]
    assert [d["id"] for d in holder.get(DRAFTS).json()["drafts"]] == ["fix"]
    assert service.of("reader").get(DRAFTS, params={"status": "merged"}).json() == {"drafts": []}
    taken = service.of("contributor").post(DRAFTS, json={"title": "Fix", "draft_id": "fix"})
    assert code(taken) == (409, "draft-already-exists")


def test_a_draft_that_stands_otherwise_by_now_is_not_304(service: Any, holder: Any) -> None:
    body = {"entity": "category/Person", "action": "modify", "patch": PATCH}
    assert holder.post(f"{DRAFTS}/fix/changes", json=body).status_code == 201
    found = holder.get(f"{DRAFTS}/fix")
    seen = {"If-None-Match": found.headers["etag"]}
    assert found.json()["rebase_status"] == "clean"
    service.sandbox.change("categories/Person.json", description="Anybody.")
    moved = holder.get(f"{DRAFTS}/fix", headers=seen)
    assert (moved.status_code, moved.json()["rebase_status"]) == (200, "conflict")
    described = holder.patch(
        f"{DRAFTS}/fix", json={"title": "Fix"}, headers={"If-Match": found.headers["etag"]}
    )
    assert described.status_code == 200  # the draft itself is as it was seen


def test_changes_are_added_read_replaced_and_removed(holder: Any) -> None:
    changes = f"{DRAFTS}/fix/changes"
    added = holder.post(changes, json={"entity": "category/Person", "action": "modify", "patch": PATCH})
    assert added.status_code == 201
    assert added.json()["changes"] == [{"entity": "category/Person", "_change_status": "modified"}]
    created = {"entity": "property/birth", "action": "create", "document": {"id": "birth", "label": "Birth"}}
    assert holder.post(changes, json=created).status_code == 201
    gone = {"entity": "property/unused", "action": "delete", "reason": "unused"}
    assert holder.post(changes, json=gone).status_code == 201
    listed = holder.get(changes).json()["changes"]
    assert [change["action"] for change in listed] == ["modify", "create", "delete"]
    assert listed[0]["patch"] == PATCH
    assert listed[1]["document"]["label"] == "Birth"
    one = holder.get(f"{changes}/property/unused").json()
    assert (one["action"], one["reason"]) == ("delete", "unused")
    other = [{"op": "replace", "path": "/label", "value": "Human"}]
    put = holder.put(f"{changes}/category/Person", json={"action": "modify", "patch": other})
    assert put.status_code == 200
    assert holder.get(f"{changes}/category/Person").json()["patch"] == other
    assert holder.delete(f"{changes}/category/Person").status_code == 200
    assert code(holder.get(f"{changes}/category/Person")) == (404, "resource-not-found")
    assert code(holder.delete(f"{changes}/category/Person")) == (404, "resource-not-found")


def test_a_replaced_change_may_come_to_nothing(holder: Any) -> None:
    changes = f"{DRAFTS}/fix/changes"
    holder.patch(f"{changes}/category/Person", json=PATCH, headers=PATCH_TYPE)
    same = [{"op": "replace", "path": "/description", "value": "A human being."}]
    holder.put(f"{changes}/category/Person", json={"action": "modify", "patch": same})
    assert holder.get(changes).json()["changes"] == []


def test_json_patches_add_up(holder: Any) -> None:
    at = f"{DRAFTS}/fix/changes/category/Person"
    assert holder.patch(at, json=PATCH, headers=PATCH_TYPE).status_code == 200
    more = [{"op": "test", "path": "/description", "value": "Somebody."}, {"op": "remove", "path": "/steps"}]
    assert holder.post(at, json=more, headers=PATCH_TYPE).status_code == 201
    seen = holder.get("/api/v2/entities/category/Person", params={"draft": "fix"}).json()
    assert seen["_change_status"] == "modified"
    assert "steps" not in seen["document"]
    assert code(holder.patch(at, json=more, headers=PATCH_TYPE)) == (409, "patch-target-not-found")
    failing = [{"op": "test", "path": "/label", "value": 1}]
    refused = holder.patch(at, json=failing, headers=PATCH_TYPE)
    assert code(refused) == (409, "patch-test-failed")
    assert refused.json()["context"]["actual_value"] == "Person"
    assert code(holder.patch(at, json={"label": 1}, headers=PATCH_TYPE)) == (400, "invalid-patch")
    assert holder.patch(at, content=b"[]", headers={"Content-Type": "text/plain"}).status_code == 415


def test_what_breaks_the_schema_is_422_unless_it_is_allowed(holder: Any) -> None:
    at = f"{DRAFTS}/fix/changes/category/Person"
    bad = [{"op": "replace", "path": "/label", "value": ""}]
    refused = holder.patch(at, json=bad, headers=PATCH_TYPE)
    assert code(refused) == (422, "data-policy-violation")
    assert refused.json()["context"]["violations"][0]["path"] == "/label"
    saved = holder.patch(at, json=bad, headers=PATCH_TYPE, params={"allow_invalid": True})
    assert saved.status_code == 200
    validated = holder.post(f"{DRAFTS}/fix/validate").json()
    assert (validated["status"], len(validated["violations"])) == ("draft", 1)
    assert code(holder.post(f"{DRAFTS}/fix/submit")) == (422, "data-policy-violation")


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"action": "modify"}, "/patch"),
        ({"action": "create", "patch": []}, "/document"),
        ({"action": "delete", "reason": "x", "patch": []}, "/patch"),
        ({"action": "redirect", "reason": "x"}, "/redirects_to"),
        ({"action": "rename"}, "/to"),
        ({"action": "rename", "to": "Human", "reason": "x"}, "/reason"),
        ({"action": "replace"}, "/action"),
        ({"action": "delete", "reason": 5}, "/reason"),
        ({"action": "delete", "reason": "x", "more": 1}, "/more"),
        ({}, "/action"),
    ],
)
def test_a_change_with_other_members_is_400(holder: Any, body: dict[str, Any], path: str) -> None:
    answer = holder.post(f"{DRAFTS}/fix/changes", json={"entity": "category/Person", **body})
    assert answer.status_code == 400
    assert answer.json()["context"]["path"] == path


def test_another_name_is_proposed_in_a_draft(holder: Any) -> None:
    body = {"entity": "category/Person", "action": "rename", "to": "Human", "redirect": False}
    assert holder.post(f"{DRAFTS}/fix/changes", json=body).status_code == 201
    kept = holder.get(f"{DRAFTS}/fix/changes").json()["changes"]
    assert ("category/Person", "rename", "category/Human", False) in [
        tuple(change.get(name) for name in ("entity", "action", "to", "redirect")) for change in kept
    ]
    shown = holder.get("/api/v2/entities/category/Human", params={"draft": "fix"}).json()
    assert (shown["document"]["id"], shown["renamed_from"]) == ("Human", "category/Person")
    taken = holder.post(f"{DRAFTS}/fix/changes", json={**body, "entity": "category/Agent"})
    assert (taken.status_code, taken.json()["code"]) == (409, "entity-already-exists")


def test_a_redirect_is_proposed_in_a_draft(holder: Any) -> None:
    body = {
        "entity": "property/unused",
        "action": "redirect",
        "redirects_to": "property/name",
        "reason": "same",
    }
    assert holder.post(f"{DRAFTS}/fix/changes", json=body).status_code == 201
    assert holder.get(f"{DRAFTS}/fix/changes").json()["changes"][0]["redirects_to"] == "property/name"
    at = "/api/v2/entities/property/unused"
    sent_on = holder.get(at, params={"draft": "fix"})
    assert sent_on.status_code == 308
    assert sent_on.headers["location"] == "/api/v2/entities/property/name?draft=fix"
    assert holder.get(at).json()["_change_status"] == "unchanged"


def test_the_diff_is_what_merging_would_change(holder: Any) -> None:
    holder.patch(f"{DRAFTS}/fix/changes/category/Person", json=PATCH, headers=PATCH_TYPE)
    (change,) = holder.get(f"{DRAFTS}/fix/diff").json()["changes"]
    assert (change["entity"], change["path"], change["patch"]) == (
        "category/Person",
        "categories/Person.json",
        PATCH,
    )


def test_a_draft_goes_its_way_to_canonical(service: Any, holder: Any) -> None:
    fix, maintainer = f"{DRAFTS}/fix", service.of("maintainer")
    at = f"{fix}/changes/category/Person"
    holder.patch(at, json=PATCH, headers=PATCH_TYPE)
    assert holder.post(f"{fix}/validate").json()["status"] == "draft"
    assert holder.post(f"{fix}/validate", params={"record": True}).json()["status"] == "validated"
    holder.patch(at, json=[{"op": "add", "path": "/rank", "value": 1}], headers=PATCH_TYPE)
    assert holder.get(fix).json()["status"] == "draft"
    submitted = holder.post(f"{fix}/submit").json()
    assert (submitted["before"], submitted["status"]) == ("draft", "submitted")
    refused = holder.patch(at, json=PATCH, headers=PATCH_TYPE)
    assert code(refused) == (409, "wrong-status")
    assert refused.json()["context"]["allowed"] == ["draft", "merged", "rejected", "withdrawn"]
    assert code(holder.post(f"{fix}/merge")) == (403, "permission-denied")
    assert code(holder.post(f"{fix}/reject", json={"reason": "no"})) == (403, "permission-denied")
    assert maintainer.post(f"{fix}/reject", json={"reason": "no"}).json()["status"] == "rejected"
    assert holder.post(f"{fix}/reopen").json()["status"] == "draft"
    holder.post(f"{fix}/submit", json={"reason": "The source says so"})
    assert holder.get(fix).json()["history"][-1]["reason"] == "The source says so"
    merged = maintainer.post(f"{fix}/merge", json={"message": "Fixed"})
    assert merged.status_code == 200
    assert service.sandbox.git("log", "-1", "--format=%s", "main") == "Fixed"
    assert holder.get("/api/v2/entities/category/Person").json()["document"]["description"] == "Somebody."
    illegal = holder.post(f"{fix}/withdraw")
    assert code(illegal) == (409, "wrong-status")
    assert illegal.json()["context"]["allowed"] == []


def test_an_empty_draft_is_withdrawn_not_submitted(holder: Any) -> None:
    assert code(holder.post(f"{DRAFTS}/fix/submit")) == (409, "empty-draft")
    assert holder.post(f"{DRAFTS}/fix/withdraw", json={"reason": "no"}).json()["status"] == "withdrawn"
    assert holder.get(f"{DRAFTS}/fix").json()["history"][-1]["reason"] == "no"


def test_preconditions_refuse_what_has_moved(holder: Any) -> None:
    fix = f"{DRAFTS}/fix"
    old = holder.get(fix).headers["etag"]
    at = f"{fix}/changes/category/Person"
    first = holder.patch(at, json=PATCH, headers={**PATCH_TYPE, "If-Match": old})
    assert first.status_code == 200
    assert first.headers["etag"] != old
    for answer in (
        holder.patch(at, json=PATCH, headers={**PATCH_TYPE, "If-Match": old}),
        holder.delete(at, headers={"If-Match": old}),
        holder.post(f"{fix}/submit", headers={"If-Match": old}),
        holder.post(f"{fix}/validate", headers={"If-Match": "nonsense"}),
    ):
        assert code(answer) == (412, "revision-mismatch")
    assert (
        holder.post(f"{fix}/submit", headers={"If-Match": f'"0", {first.headers["etag"]}'}).status_code == 200
    )
    assert holder.post(f"{fix}/reopen", headers={"If-Match": "*"}).status_code == 200


def test_conflicts_are_shown_and_answered(service: Any, holder: Any) -> None:
    fix = f"{DRAFTS}/fix"
    holder.patch(f"{fix}/changes/category/Person", json=PATCH, headers=PATCH_TYPE)
    service.sandbox.change("categories/Person.json", description="Homo sapiens.")
    (conflict,) = holder.get(f"{fix}/conflicts").json()["conflicts"]
    assert (conflict["path"], conflict["canonical"], conflict["draft"]) == (
        "/description",
        "Homo sapiens.",
        "Somebody.",
    )
    assert holder.get(fix).json()["rebase_status"] == "conflict"
    assert code(holder.post(f"{fix}/submit")) == (409, "rebase-conflict")
    assert holder.post(f"{fix}/rebase").json()["counts"]["conflict"] == 1
    answer = {"entity": "category/Person", "path": "/description"}
    assert code(holder.post(f"{fix}/resolve", json=answer)) == (400, "missing-field")
    resolved = holder.post(f"{fix}/resolve", json={**answer, "value": "A person."}).json()
    assert (resolved["moved"], resolved["remaining"]) == (True, [])
    again = holder.post(f"{fix}/resolve", json={**answer, "take": "draft"})
    assert code(again) == (409, "not-in-conflict")
    assert holder.get(f"{fix}/conflicts").json()["conflicts"] == []
    seen = holder.get("/api/v2/entities/category/Person", params={"draft": "fix"}).json()
    assert seen["document"]["description"] == "A person."


def test_a_capability_is_rotated_and_revoked(service: Any, holder: Any) -> None:
    made = holder.post(f"{DRAFTS}/fix/capability")
    assert made.status_code == 201
    assert holder.get(f"{DRAFTS}/fix").status_code == 404
    second = service.holder(made)
    assert second.get(f"{DRAFTS}/fix").status_code == 200
    assert second.delete(f"{DRAFTS}/fix/capability").json() == {"draft": "fix", "revoked": 1}
    assert second.get(f"{DRAFTS}/fix").status_code == 404
    assert service.of("maintainer").post(f"{DRAFTS}/fix/capability").status_code == 201


def test_the_page_of_a_capability_asks_with_the_token_in_the_fragment(service: Any) -> None:
    page = service.client().get("/drafts/fix")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"


def test_a_draft_whose_branch_or_merge_is_gone_is_opened_again(service: Any, holder: Any) -> None:
    change = {"entity": "category/Person", "action": "modify", "patch": PATCH}
    assert holder.post(f"{DRAFTS}/fix/changes", json=change).status_code == 201
    service.sandbox.git("update-ref", "-d", "refs/heads/draft/fix")
    assert code(holder.get(f"{DRAFTS}/fix")) == (404, "resource-not-found")
    assert holder.post(f"{DRAFTS}/fix/reopen").json()["status"] == "draft"
    assert holder.post(f"{DRAFTS}/fix/submit").status_code == 200
    assert service.of("maintainer").post(f"{DRAFTS}/fix/merge").status_code == 200
    service.sandbox.git("reset", "--quiet", "--hard", "main~1")
    assert service.of("maintainer").post(f"{DRAFTS}/fix/reopen").json()["status"] == "draft"


def test_drafts_are_told_with_how_they_stand(service: Any, holder: Any) -> None:
    holder.patch(f"{DRAFTS}/fix/changes/category/Person", json=PATCH, headers=PATCH_TYPE)
    service.of("contributor").post(DRAFTS, json={"title": "Other"})
    service.sandbox.change("categories/Person.json", description="Homo sapiens.")
    reader = service.of("reader")
    assert [d["rebase_status"] for d in reader.get(DRAFTS).json()["drafts"]] == ["unknown", "clean"]
    one = reader.get(f"{DRAFTS}/fix").json()
    assert (one["rebase_status"], one["conflict_count"], "rebase" in one) == ("conflict", 1, False)
    assert [(c["draft_id"], c["entity"], c["path"]) for c in one["conflicts"]] == [
        ("fix", "category/Person", "/description")
    ]
    (line,) = reader.get(DRAFTS, params={"rebase_status": "conflict"}).json()["drafts"]
    assert line == {name: one[name] for name in line}
    assert line["conflict_since"] == one["conflict_since"]
    assert [d["id"] for d in reader.get(DRAFTS, params={"sort": "title"}).json()["drafts"]] == [
        "fix",
        "other",
    ]
    assert reader.get(DRAFTS, params={"mine": True}).json()["drafts"] == []
    diff = reader.get(f"{DRAFTS}/fix/diff").json()["changes"]
    assert [[c["path"] for c in change["conflicts"]] for change in diff] == [["/description"]]
    listed = reader.get("/api/v2/entities", params={"draft": "fix", "changed": True}).json()["entities"]
    assert [(e["_change_status"], len(e["conflicts"])) for e in listed] == [("unchanged", 1)]


def test_a_draft_that_a_forge_merged_is_adopted_by_maintainers(service: Any, holder: Any) -> None:
    holder.patch(f"{DRAFTS}/fix/changes/category/Person", json=PATCH)
    service.sandbox.git("merge", "--quiet", "--no-edit", "draft/fix")
    assert code(holder.post(f"{DRAFTS}/fix/adopt")) == (403, "permission-denied")
    maintainer = service.of("maintainer")
    adopted = maintainer.post(f"{DRAFTS}/fix/adopt", json={"message": "as meant"})
    assert (adopted.status_code, adopted.json()["branch"], adopted.json()["taken_out"]) == (
        200,
        "closed",
        False,
    )
    assert service.sandbox.read("categories/Person.json")["description"] == "Somebody."
    assert code(maintainer.post(f"{DRAFTS}/fix/adopt")) == (404, "draft-not-on-canonical")


def test_what_plain_git_committed_on_the_branch_is_saved(service: Any, holder: Any) -> None:
    sandbox = service.sandbox
    sandbox.git("switch", "--quiet", "draft/fix")
    sandbox.change("categories/Person.json", label="Human")
    sandbox.git("switch", "--quiet", "--create", "other", "main")
    sandbox.change("categories/Agent.json", label="Actor")
    sandbox.git("switch", "--quiet", "main")
    assert code(holder.post(f"{DRAFTS}/fix/save", json={"revision": "other"})) == (403, "permission-denied")
    saved = holder.post(f"{DRAFTS}/fix/save")
    assert saved.json()["changes"] == [{"entity": "category/Person", "_change_status": "modified"}]
    assert code(holder.post(f"{DRAFTS}/fix/save", headers={"If-Match": '"x"'})) == (412, "revision-mismatch")
    assert service.of("maintainer").post(f"{DRAFTS}/fix/save", json={"revision": "other"}).status_code == 200
    assert holder.post(f"{DRAFTS}/fix/submit").status_code == 200


def test_an_operation_is_taken_back_by_maintainers(service: Any, holder: Any) -> None:
    holder.patch(f"{DRAFTS}/fix/changes/category/Person", json=PATCH)
    holder.post(f"{DRAFTS}/fix/submit")
    maintainer = service.of("maintainer")
    merged = maintainer.post(f"{DRAFTS}/fix/merge").json()
    operation = next(service.sandbox.library.operations()).id
    undo = f"/api/v2/operations/{operation}/undo"
    assert code(holder.post(undo)) == (403, "permission-denied")
    assert code(service.client().post(undo)) == (401, "no-token")
    undone = maintainer.post(undo).json()
    assert (undone["undone"], undone["reopened"]) == (operation, ["fix"])
    assert service.sandbox.git("rev-parse", f"{undone['commit']}^") == merged["commit"]
    assert service.sandbox.read("categories/Person.json")["description"] == "A human being."
    assert code(maintainer.post(undo)) == (409, "moved-meanwhile")
    assert code(maintainer.post("/api/v2/operations/ffffffff/undo")) == (404, "resource-not-found")


def test_what_a_draft_says_of_itself_is_patched(service: Any, holder: Any) -> None:
    fix = f"{DRAFTS}/fix"
    answer = holder.patch(fix, json={"title": "Fix it", "description": "Why."})
    assert answer.status_code == 200
    assert (answer.json()["title"], answer.json()["description"]) == ("Fix it", "Why.")
    assert answer.headers["etag"] == holder.get(fix).headers["etag"]
    assert holder.patch(fix, json={"description": ""}).json()["title"] == "Fix it"
    assert holder.patch(fix, json={"title": ""}).status_code == 400
    assert holder.patch(fix, json={"status": "merged"}).status_code == 400
    assert holder.patch(fix, json={"title": "X"}, headers={"If-Match": '"0"'}).status_code == 412
    assert service.of("reader").patch(fix, json={"title": "X"}).status_code == 403


def test_an_entity_is_renamed_by_a_maintainer(service: Any, holder: Any) -> None:
    at = "/api/v2/entities/category/Agent/rename"
    assert holder.post(at, json={"to": "Actor"}).status_code in (403, 404)
    answer = service.of("maintainer").post(at, json={"to": "Actor"})
    assert (answer.status_code, answer.json()["retargeted"]) == (200, ["category/Person"])
    assert service.of("reader").get("/api/v2/entities/category/Agent").status_code == 308
    assert code(service.of("maintainer").post(at.replace("Agent", "Actor"), json={"to": "Person"})) == (
        409,
        "entity-already-exists",
    )


def test_all_that_a_query_matches_is_edited_at_once(service: Any, holder: Any) -> None:
    route = f"{DRAFTS}/fix/edit-all"
    before = service.sandbox.git("rev-parse", "draft/fix")
    label = [{"op": "replace", "path": "/label", "value": "X"}]
    preview = holder.post(route, json={"query": "type:property", "patch": label}, params={"dry_run": True})
    assert preview.status_code == 200
    assert [each["entity"] for each in preview.json()["changes"]] == ["property/name", "property/unused"]
    assert service.sandbox.git("rev-parse", "draft/fix") == before
    standing = {"If-Match": preview.headers["etag"]}
    several = [{"name": "label", "value": "X"}, {"name": "label", "operator": "+=", "value": 1}]
    refused = holder.post(route, json={"query": "type:property", "assignments": several})
    assert refused.status_code == 409
    assert service.sandbox.git("rev-parse", "draft/fix") == before
    edited = holder.post(route, json={"query": "type:property", "assignments": several[:1]}, headers=standing)
    assert edited.status_code == 200
    assert service.sandbox.git("rev-list", "--count", f"{before}..draft/fix") == "1"
    unused = holder.get("/api/v2/entities/property/unused", params={"draft": "fix"}).json()["document"]
    assert unused["label"] == "X"
    stale = holder.post(route, json={"query": "X", "patch": label}, headers=standing)
    assert code(stale) == (412, "revision-mismatch")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"query": "zebra", "patch": []}, (404, "resource-not-found")),
        ({"query": '"open', "patch": []}, (400, "invalid-query")),
        ({"query": "X"}, (400, "invalid-value")),
        ({"query": "X", "patch": [], "assignments": [{"name": "a", "value": 1}]}, (400, "invalid-value")),
        (
            {"query": "type:property", "patch": [{"op": "test", "path": "/label", "value": 1}]},
            (409, "patch-test-failed"),
        ),
    ],
)
def test_an_edit_of_all_says_what_is_wrong(holder: Any, body: Any, expected: tuple[int, str]) -> None:
    assert code(holder.post(f"{DRAFTS}/fix/edit-all", json=body)) == expected
