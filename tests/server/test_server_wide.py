"""What the command line can do and a client may: redirects, merges, checks, history, exports."""

from __future__ import annotations

import json
from typing import Any

import pytest

V2 = "/api/v2"


def test_redirects_are_made_listed_counted_and_given_out(service: Any) -> None:
    maintainer, reader = service.of("maintainer"), service.of("reader")
    sandbox = service.sandbox
    for key in ("a", "b", "c"):
        sandbox.write(f"properties/{key}.json", {"id": key, "label": key})
    sandbox.commit("More")
    rows = [{"from": f"property/{key}", "to": "property/name", "reason": "same"} for key in ("a", "b")]
    assert reader.post(f"{V2}/redirects/batch", json={"redirects": rows}).status_code == 403
    made = maintainer.post(f"{V2}/redirects/batch", json={"redirects": rows})
    assert (made.status_code, len(made.json()["redirects"])) == (201, 2)
    old = {"from": "property/c", "to": "property/name", "by": "Bob <b@x.org>", "at": "2020-01-02T03:04:05Z"}
    assert maintainer.post(f"{V2}/redirects/import", json={"redirects": [old]}).status_code == 201
    listed = reader.get(f"{V2}/redirects", params={"limit": 2}).json()
    assert [line["from"] for line in listed["redirects"]] == ["property/a", "property/b"]
    rest = reader.get(f"{V2}/redirects", params={"after": listed["next"]}).json()
    assert [(line["from"], line["at"]) for line in rest["redirects"]] == [("property/c", old["at"])]
    never = maintainer.post(
        f"{V2}/redirects/import", json={"redirects": [old | {"at": "2020-02-30T03:04:05Z"}]}
    )
    assert (never.status_code, "expected a time" in never.text) == (400, True)
    assert "next" not in rest
    assert reader.get(f"{V2}/redirects", params={"after": "property/x"}).status_code == 400
    assert reader.get(f"{V2}/redirects/stats").json()["total"] == 3
    exported = reader.get(f"{V2}/redirects/export", params={"format": "jsonl"})
    assert [json.loads(line)["from"] for line in exported.text.splitlines()] == [
        "property/a",
        "property/b",
        "property/c",
    ]
    assert reader.get(f"{V2}/redirects/export").headers["content-type"].startswith("text/csv")
    wrong = maintainer.post(f"{V2}/redirects/batch", json={"redirects": [{"from": "property/none"}]})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid-rows")
    assert maintainer.post(f"{V2}/redirects/batch", json={"redirects": []}).status_code in (201, 400)


def test_an_entity_is_merged_erased_and_brought_back(service: Any) -> None:
    client = service.of("maintainer")
    merged = client.post(f"{V2}/entities/property/unused/merge-into/property/name", json={"keep": "to"})
    assert (merged.status_code, merged.json()["target"]) == (200, "property/name")
    assert client.get(f"{V2}/entities/property/unused", follow_redirects=False).status_code == 308
    body = {"deletion_reason": "gone", "deleted_by": "Ann"}
    service.sandbox.write("properties/odd.json", {"id": "odd", "label": "Odd"})
    service.sandbox.commit("Odd")
    client.request("DELETE", f"{V2}/entities/property/odd", json=body)
    assert client.get(f"{V2}/entities/property/odd").status_code == 410
    back = client.post(f"{V2}/entities/property/odd/undelete", json={"reason": "needed"})
    assert (back.status_code, back.json()["edit_type"]) == (200, "undelete")
    gone = client.post(f"{V2}/entities/property/odd/erase", json={"reason": "for good"})
    assert (gone.status_code, gone.json()["edit_type"]) == (200, "delete-hard")
    for verb in ("undelete", "erase"):
        refused = service.of("contributor").post(f"{V2}/entities/property/odd/{verb}", json={"reason": "x"})
        assert refused.status_code == 403
    audit = service.of("reader").get(f"{V2}/audit", params={"limit": 2}).json()
    assert [line["action"] for line in audit["entries"]] == ["delete-hard", "undelete"]
    more = client.get(f"{V2}/audit", params={"after": audit["next"]}).json()["entries"]
    assert [line["action"] for line in more] == ["delete-soft", "redirect-create"]
    assert len(client.get(f"{V2}/audit", params={"kind": "hard"}).json()["entries"]) == 1
    for since, number in {"2001-01-01": 4, "2999-01-01T00:00:00+01:00": 0}.items():
        assert len(client.get(f"{V2}/audit", params={"since": since}).json()["entries"]) == number, since
    refused = client.get(f"{V2}/audit", params={"since": "2026-99-99"})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid-value")


def test_canonical_and_steps_are_validated(service: Any) -> None:
    client = service.of("reader")
    sound = client.post(f"{V2}/validate").json()
    assert (sound["sound"], sound["violations"], sound["checked"]) == (True, [], 4)
    service.sandbox.change("categories/Person.json", label=5)
    broken = client.post(f"{V2}/validate", json={}).json()
    assert broken["sound"] is False
    step = client.post(f"{V2}/validate", json={"step": "main~1..main"}).json()
    assert [v["entity"] for v in step["violations"]] == ["category/Person"]
    assert client.post(f"{V2}/validate", json={"step": "nowhere..main"}).status_code == 404
    assert service.client().post(f"{V2}/validate").status_code == 401


def test_what_drafts_have_to_do_with_one_another(service: Any) -> None:
    client = service.of("maintainer")
    for name, value in (("one", "A"), ("two", "B")):
        client.post(f"{V2}/drafts", json={"title": name, "draft_id": name})
        patch = [{"op": "replace", "path": "/label", "value": value}]
        client.patch(f"{V2}/drafts/{name}/changes/category/Person", json=patch)
    overlaps = client.get(f"{V2}/overlaps").json()
    assert (overlaps["counts"]["pairs"], overlaps["counts"]["conflict"]) == (1, 1)
    assert client.get(f"{V2}/drafts/one/overlaps").json()["draft"] == "one"
    assert client.get(f"{V2}/drafts/one/impact").json()["draft"] == "one"
    assert client.get(f"{V2}/drafts/none/overlaps").status_code == 404
    other = client.post(f"{V2}/drafts", json={"title": "x", "draft_id": "x"})
    holder = service.holder(other)
    assert holder.get(f"{V2}/overlaps").status_code == 403
    assert holder.get(f"{V2}/drafts/one/overlaps").status_code == 404
    assert holder.get(f"{V2}/drafts/x/impact").status_code == 200


def test_who_set_what_and_all_there_is(service: Any) -> None:
    client = service.of("reader")
    blamed = client.get(f"{V2}/entities/category/Person/blame").json()
    assert blamed["entity"] == "category/Person"
    assert {place["path"] for place in blamed["places"]} >= {"/label", "/description"}
    lines = client.get(f"{V2}/export/jsonl").text.splitlines()
    assert len(lines) == 4
    assert len(client.get(f"{V2}/export/json", params={"type": "category"}).json()) == 2
    assert client.get(f"{V2}/export/odd").status_code == 400


@pytest.mark.parametrize("path", ["/redirects", "/audit", "/overlaps", "/export/json", "/redirects/stats"])
def test_nothing_of_it_is_read_without_a_token(service: Any, path: str) -> None:
    assert service.client().get(f"{V2}{path}").status_code == 401
