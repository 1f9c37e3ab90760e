"""Kinds of misuse, each in several variants: keys of other callers, preconditions, names with slashes, HEAD, unknown parameters."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from sandbox import Sandbox

from gitdraft.server.app import ROUTERS

DRAFTS = "/api/v2/drafts"
KEY = {"Idempotency-Key": "k"}
TEXT = {"text": "Why?"}
PATCH = {"entity": "property/name", "action": "modify", "patch": [{"op": "add", "path": "/note", "value": 1}]}
FILLED = {
    "draft_id": "fix",
    "entity:path": "category/Person",
    "target:path": "category/Agent",
    "number": "1",
    "form": "json",
    "name": "Person",
}


def ids(client: httpx.Client) -> list[str]:
    return [draft["id"] for draft in client.get(DRAFTS).json()["drafts"]]


def test_a_key_is_one_callers_alone(service: Any) -> None:
    ann, bob = service.of("maintainer"), service.of("contributor")
    first = ann.post(DRAFTS, json={"title": "One"}, headers=KEY)
    other = bob.post(DRAFTS, json={"title": "One"}, headers=KEY)
    assert first.status_code == other.status_code == 201
    assert first.json()["draft_id"] != other.json()["draft_id"]
    assert ann.post(DRAFTS, json={"title": "One"}, headers=KEY).json() == first.json()
    assert service.client().post(DRAFTS, json={"title": "One"}, headers=KEY).status_code == 401
    assert len(ids(ann)) == 2


def test_a_key_is_one_routes_alone(service: Any) -> None:
    ann = service.of("maintainer")
    ann.post(DRAFTS, json={"title": "Fix", "draft_id": "fix"})
    comment = ann.post(f"{DRAFTS}/fix/comments", json=TEXT, headers=KEY)
    review = ann.post(
        f"{DRAFTS}/fix/reviews",
        json={"verdict": "approve", "of": ann.get(f"{DRAFTS}/fix").json()["change_hash"]},
        headers=KEY,
    )
    assert (comment.status_code, review.status_code) == (201, 201)
    assert ann.post(f"{DRAFTS}/fix/comments", json={"text": "Else."}, headers=KEY).status_code == 422
    assert ann.get(f"{DRAFTS}/fix/comments", headers=KEY).status_code == 200
    assert len(ann.get(f"{DRAFTS}/fix/comments").json()["comments"]) == 1


def test_a_key_of_a_revoked_token_opens_nothing(service: Any) -> None:
    token = service.token("maintainer", "Ann")
    ann = service.client(token)
    assert ann.post(DRAFTS, json={"title": "One"}, headers=KEY).status_code == 201
    service.sandbox.run("token", "revoke", "Ann")
    assert ann.post(DRAFTS, json={"title": "One"}, headers=KEY).status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{DRAFTS}/fix/comments", TEXT),
        (f"{DRAFTS}/fix/changes", PATCH),
        (f"{DRAFTS}/fix/submit", None),
        ("/drafts/fix/changes", PATCH),
    ],
)
def test_one_key_at_once_is_done_once_on_every_route(service: Any, path: str, body: Any) -> None:
    ann = service.of("maintainer")
    ann.post(DRAFTS, json={"title": "Fix", "draft_id": "fix"})
    if path.endswith("submit"):
        ann.post(f"{DRAFTS}/fix/changes", json=PATCH)
    before = sum(1 for _ in service.sandbox.library.operations())
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: ann.post(path, json=body, headers=KEY), range(6)))
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert len({answer.content for answer in answers}) == 1
    assert sum(1 for _ in service.sandbox.library.operations()) == before + 1


@pytest.mark.parametrize("header", ["*", '"x"'])
def test_put_where_something_is(service: Any, header: str) -> None:
    ann = service.of("maintainer")
    ann.post(DRAFTS, json={"title": "Fix", "draft_id": "fix"})
    ann.post(f"{DRAFTS}/fix/changes", json=PATCH)
    content = {"action": "modify", "patch": [{"op": "add", "path": "/note", "value": 2}]}
    answer = ann.put(f"{DRAFTS}/fix/changes/property/name", json=content, headers={"If-None-Match": header})
    assert answer.status_code == (412 if "*" in header else 200)
    fresh = ann.put(f"{DRAFTS}/fix/changes/property/unused", json=content, headers={"If-None-Match": header})
    assert fresh.status_code == 200


@pytest.mark.parametrize("form", ["category/Person", "category%2FPerson", "category%2fPerson", "Person"])
def test_names_with_escaped_slashes(service: Any, form: str) -> None:
    ann = service.of("maintainer")
    for suffix in ("", "/revisions", "/blame", "/references"):
        assert ann.get(f"/api/v2/entities/{form}{suffix}").status_code in (200, 308), (form, suffix)
    ann.post(DRAFTS, json={"title": "Fix", "draft_id": "fix"})
    content = {"action": "modify", "patch": [{"op": "add", "path": "/rank", "value": 2}]}
    assert ann.put(f"{DRAFTS}/fix/changes/{form}", json=content).status_code == 200
    assert ann.get(f"{DRAFTS}/fix/changes/{form}").json()["entity"] == "category/Person"


def gets() -> list[str]:
    return sorted(
        {
            route.path
            for module in ROUTERS
            for route in module.router.routes
            if isinstance(route, APIRoute) and "GET" in (route.methods or ())
        }
    )


@pytest.mark.sweep(4)
@pytest.mark.parametrize("path", gets())
def test_head_answers_what_get_does_without_a_body(sandbox: Sandbox, service: Any, path: str) -> None:
    sandbox.library.drafts.new("Fix", draft_id="fix").set("category/Person", "/label", "Human")
    filled = path
    for name, value in FILLED.items():
        filled = filled.replace(f"{{{name}}}", value)
    client = service.of("maintainer")
    query = "?q=Person" if path.endswith("/search") else ""
    got, head = client.get(filled + query), client.head(filled + query)
    assert head.status_code == got.status_code < 500
    assert head.content == b""
    assert head.headers.get("etag") == got.headers.get("etag")
    if got.status_code == 200:
        assert head.headers["content-type"] == got.headers["content-type"]


@pytest.mark.sweep(4)
@pytest.mark.parametrize("path", [path for path in gets() if path.startswith("/api/")])
def test_an_unknown_parameter_is_refused_on_every_route(service: Any, path: str) -> None:
    service.sandbox.library.drafts.new("Fix", draft_id="fix").set("category/Person", "/label", "Human")
    for name, value in FILLED.items():
        path = path.replace(f"{{{name}}}", value)
    client = service.of("maintainer")
    path += "?q=Person&" if path.endswith("/search") else "?"
    answer = client.get(f"{path}limt=5")
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown-parameter")
    assert "unknown-parameter" not in client.get(f"{path}_=5").text


def test_blame_of_what_was_deleted_is_an_answer_of_the_document(service: Any) -> None:
    service.sandbox.library.canonical.delete("property/unused", "unused")
    client = service.of("reader")
    answer = client.get("/api/v2/entities/property%2Funused/blame")
    assert (answer.status_code, answer.json()["code"]) == (410, "entity-deleted")
    document = client.get("/openapi.json").json()
    assert str(answer.status_code) in document["paths"]["/api/v2/entities/{entity}/blame"]["get"]["responses"]
