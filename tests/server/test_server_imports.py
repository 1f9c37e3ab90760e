"""The import over HTTP: the same rules as on the command line."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from wiki import EXAMPLE, create, modify, push

CASES = json.loads((Path(__file__).parents[1] / "cases/nasty_inputs.json").read_text())
ROWS = [pytest.param(case, id=case["name"]) for case in CASES if case["surface"] == "import_payload"]
IMPORT = "/api/v2/mediawiki/import"


def test_a_push_becomes_a_draft_that_its_capability_edits(wiki: Any) -> None:
    made = wiki.of("contributor").post(IMPORT, json=EXAMPLE)
    assert made.status_code == 201
    answer = made.json()
    assert set(answer) == {"draft_id", "capability_url", "change_count", "expires_at"}
    assert answer["change_count"] == 3
    assert answer["capability_url"].startswith(f"{wiki.url}/drafts/{answer['draft_id']}#gdc_")
    assert made.headers["cache-control"] == "no-store"
    assert made.headers["referrer-policy"] == "no-referrer"
    holder = wiki.holder(made)
    assert holder.get(made.headers["location"]).json()["source"] == "mediawiki_push"
    assert holder.post(f"/api/v2/drafts/{answer['draft_id']}/submit").json()["status"] == "submitted"


def test_who_may_push(wiki: Any) -> None:
    assert wiki.client().post(IMPORT, json=EXAMPLE).status_code == 401
    assert wiki.of("reader").post(IMPORT, json=EXAMPLE).status_code == 403
    made = wiki.of("maintainer").post(IMPORT, json=EXAMPLE)
    assert made.status_code == 201
    assert wiki.holder(made).post(IMPORT, json=EXAMPLE).status_code == 403


@pytest.mark.sweep(3)
@pytest.mark.parametrize(
    ("payload", "status", "code"),
    [
        (push(modify("Persn")), 404, "resource-not-found"),
        (push(create("Person", "category")), 409, "entity-already-exists"),
        (push({**modify(), "action": "merge"}), 400, "invalid-value"),
        (push(modify(label=5)), 422, "data-policy-violation"),
        (push({**modify(), "patch": [{"op": "remove", "path": "/x"}]}), 409, "patch-target-not-found"),
        (push(modify("Persn"), modify("Agnt")), 422, "invalid-payload"),
        ([], 400, "invalid-value"),
    ],
)
def test_mistakes_have_their_status(wiki: Any, payload: Any, status: int, code: str) -> None:
    before = wiki.sandbox.refs()
    answer = wiki.of("contributor").post(IMPORT, json=payload)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) <= {"code", "message", "context", "hint"}
    assert wiki.sandbox.refs() == before


def test_a_locked_entity_is_423(wiki: Any) -> None:
    wiki.sandbox.library.canonical.lock("category/Person", "under review")
    answer = wiki.of("contributor").post(IMPORT, json=push(modify()))
    assert (answer.status_code, answer.json()["code"]) == (423, "entity-locked")


def test_a_repeat_with_the_same_key_answers_the_same(wiki: Any) -> None:
    client = wiki.of("contributor")
    first, again = (client.post(IMPORT, json=EXAMPLE, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert again.status_code == first.status_code == 201
    assert (again.json(), again.headers["location"]) == (first.json(), first.headers["location"])
    wiki.sandbox.path.joinpath(".git/gitdraft/answers.sqlite3").unlink()  # as after a day
    later = client.post(IMPORT, json=EXAMPLE, headers={"Idempotency-Key": "k"})
    same = ("draft_id", "change_count", "expires_at")
    assert [later.json()[n] for n in same] == [first.json()[n] for n in same]
    for made in (first, later):
        assert wiki.holder(made).get(made.headers["location"]).status_code == 200
    assert len([name for name in wiki.sandbox.refs() if "/draft/" in name]) == 1
    other = client.post(IMPORT, json=push(modify()), headers={"Idempotency-Key": "k"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


def test_the_key_of_one_pusher_means_nothing_to_another(wiki: Any) -> None:
    made = [
        wiki.of("contributor").post(IMPORT, json=EXAMPLE, headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert made[0].json()["draft_id"] != made[1].json()["draft_id"]


def test_bounds_of_a_body(sandbox: Any, serving: Any) -> None:
    from gitdraft.transfer.import_mediawiki import Bounds

    service = serving(bounds=Bounds(bytes=2000, changes=2))
    client = service.of("contributor")
    large = json.dumps({**EXAMPLE, "comment": "x" * 3000}).encode()
    kind = {"Content-Type": "application/json"}
    assert client.post(IMPORT, content=large, headers=kind).status_code == 413
    assert client.post(IMPORT, content=iter([large[:1500], large[1500:]]), headers=kind).status_code == 413
    assert client.post(IMPORT, content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    assert client.post(IMPORT, content=b"{}").status_code == 415
    assert client.post(IMPORT, data={"a": "b"}).status_code == 415
    assert client.post(IMPORT, content=b"x", headers={**kind, "Content-Encoding": "gzip"}).status_code == 415
    many = client.post(IMPORT, json=push(*[create(f"x{i}") for i in range(3)]))
    assert "too-many-changes" in [error["code"] for error in many.json()["context"]["errors"]]


@pytest.mark.sweep(5)
@pytest.mark.parametrize("case", ROWS)
def test_hostile_payloads(wiki: Any, case: dict[str, Any]) -> None:
    headers = {"Content-Type": "application/json"}
    match case["encoding"]:
        case "base64":
            content = base64.b64decode(case["input"])
            headers["Content-Encoding"] = "gzip"
        case "repeat":
            content = "".join(text * times for text, times in case["input"]).encode()
        case _:
            content = json.dumps(case["input"]).encode()
    if case["name"] == "not_json":
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    before = wiki.sandbox.refs()
    try:
        answer = wiki.of("contributor").post("/api/v2/mediawiki/import", content=content, headers=headers)
    except httpx.WriteError:  # refused before all of it was sent
        assert case["name"] == "body_100MB"
        return
    if case["expect"] == "reject":
        assert 400 <= answer.status_code < 500
        assert wiki.sandbox.refs() == before
    else:
        assert answer.status_code == 201
