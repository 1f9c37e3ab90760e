"""Comments and verdicts over HTTP, and merging where verdicts are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sandbox import CONFIGURATION
from server.conftest import Service

PERSON = "category/Person"
FIX = "/api/v2/drafts/fix"


def start(service: Service, client: httpx.Client) -> httpx.Client:
    """A draft with a change; the client of its capability."""
    made = client.post("/api/v2/drafts", json={"title": "Fix", "draft_id": "fix"})
    holder = service.holder(made)
    body = {
        "entity": PERSON,
        "action": "modify",
        "patch": [{"op": "replace", "path": "/label", "value": "X"}],
    }
    assert holder.post(f"{FIX}/changes", json=body).status_code == 201
    return holder


def asking(service: Service, review: str) -> None:
    service.sandbox.write("gitdraft.yaml", f"{CONFIGURATION}review: {review}\n")
    service.sandbox.commit("what merging needs")


def code(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code")


def test_who_sees_a_draft_may_comment_on_it(service: Service) -> None:
    holder = start(service, service.of("contributor"))
    tag = holder.get(FIX).headers["etag"]
    first = holder.post(f"{FIX}/comments", json={"text": "Mine.", "entity": PERSON, "pointer": "/label"})
    assert first.status_code == 201
    reader = service.of("reader")
    answer = reader.post(f"{FIX}/comments", json={"text": "Why?", "reply_to": first.json()["id"]})
    assert answer.json()["by"].startswith("reader ")
    listed = holder.get(f"{FIX}/comments", params={"limit": 1}).json()
    assert (listed["comments"], listed["next"]) == ([first.json()], first.json()["id"])
    assert reader.get(f"{FIX}/comments", params={"after": listed["next"]}).json()["comments"] == [
        answer.json()
    ]
    draft = holder.get(FIX)
    assert (draft.headers["etag"], draft.json()["status"], draft.json()["comment_count"]) == (tag, "draft", 2)
    assert holder.post(f"{FIX}/submit", headers={"If-Match": tag}).status_code == 200
    assert holder.post(f"{FIX}/comments", json={"text": "Submitted."}).status_code == 201


def test_who_does_not_see_it_may_not(service: Service) -> None:
    contributor = service.of("contributor")
    start(service, contributor)
    other = service.holder(contributor.post("/api/v2/drafts", json={"title": "Other", "draft_id": "other"}))
    for route, body in (("comments", {"text": "Hm."}), ("reviews", {"verdict": "approve", "of": "a" * 64})):
        assert code(service.client().post(f"{FIX}/{route}", json=body)) == (401, "no-token")
        assert service.client().get(f"{FIX}/{route}").status_code == 401
        assert code(other.post(f"{FIX}/{route}", json=body)) == (404, "resource-not-found")
        assert other.get(f"{FIX}/{route}").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"text": ""}, 400),
        ({"text": "  "}, 400),
        ({"text": "x" * 10_001}, 400),
        ({"text": "x", "pointer": "/label"}, 400),
        ({"text": "x", "entity": "nothing/Person"}, 404),
        ({"text": "x", "reply_to": "../../x"}, 404),
        ({"text": "x", "by": "Bob"}, 400),
    ],
)
def test_a_comment_that_is_none_is_refused(service: Service, body: dict[str, Any], status: int) -> None:
    holder = start(service, service.of("contributor"))
    assert holder.post(f"{FIX}/comments", json=body).status_code == status


def test_a_verdict_is_on_the_changes_that_were_looked_at(service: Service) -> None:
    holder = start(service, service.of("contributor"))
    looked_at = holder.get(FIX).json()["change_hash"]
    body = {"verdict": "approve", "of": looked_at, "text": "Good."}
    assert code(holder.post(f"{FIX}/reviews", json=body)) == (403, "permission-denied")
    reader = service.of("reader")
    given = reader.post(f"{FIX}/reviews", json=body)
    assert (given.status_code, given.json()["holds"], given.json()["counts"]) == (201, True, True)
    patch = [{"op": "replace", "path": "/label", "value": "Y"}]
    assert (
        holder.patch(
            f"{FIX}/changes/{PERSON}", json=patch, headers={"Content-Type": "application/json-patch+json"}
        ).status_code
        == 200
    )
    assert code(reader.post(f"{FIX}/reviews", json=body)) == (409, "changes-moved")
    listed = reader.get(f"{FIX}/reviews").json()
    assert listed["change_hash"] == holder.get(FIX).json()["change_hash"] != looked_at
    assert [(review["verdict"], review["holds"]) for review in listed["reviews"]] == [("approve", False)]
    assert reader.post(f"{FIX}/reviews", json={"verdict": "reject", "of": looked_at}).status_code == 400


def test_merging_counts_verdicts_that_were_given_through_the_service(service: Service) -> None:
    asking(service, "{approvals: 1}")
    author = service.client(service.token("maintainer", "Carl <carl@example.org>"))
    start(service, author)
    assert author.post(f"{FIX}/submit").status_code == 200
    service.sandbox.library.drafts["fix"].approve(by="Bob <bob@example.org>")  # pushed, say
    assert code(author.post(f"{FIX}/merge")) == (409, "approval-needed")
    looked_at = author.get(FIX).json()["change_hash"]
    body = {"verdict": "approve", "of": looked_at}
    assert author.post(f"{FIX}/reviews", json=body).json()["counts"] is False
    assert code(author.post(f"{FIX}/merge")) == (409, "approval-needed")
    assert [block["code"] for block in author.get(FIX).json()["blocked_by"]] == ["approval-needed"]
    rita = service.client(service.token("reader", "rita"))
    assert rita.post(f"{FIX}/reviews", json=body).json()["counts"] is True
    assert author.get(FIX).json()["blocked_by"] == []
    assert author.post(f"{FIX}/merge").status_code == 200


def test_a_token_without_a_mail_is_nobody_of_whom_a_verdict_is_asked(service: Service) -> None:
    asking(service, "{approvals: 1, by: [ann@example.org]}")  # the service's own mail
    contributor = service.client(service.token("contributor", "carl"))
    start(service, contributor)
    body = {"verdict": "approve", "of": contributor.get(FIX).json()["change_hash"]}
    assert contributor.post(f"{FIX}/reviews", json=body).json()["counts"] is False
    rita = service.client(service.token("reader", "rita"))
    assert rita.post(f"{FIX}/reviews", json=body).json()["counts"] is False
    ann = service.client(service.token("reader", "Ann <Ann@example.org>"))
    assert (
        ann.post(f"{FIX}/reviews", json=body).json()["counts"] is False
    )  # carl's draft is by the service's mail
    asking(service, "{approvals: 1}")
    counts = {r["by"]: r["counts"] for r in rita.get(f"{FIX}/reviews").json()["reviews"]}
    assert counts == {"carl": False, "rita": True, "Ann <Ann@example.org>": False}
    asking(service, "{approvals: 1, by: [dora@example.org]}")
    dora = service.client(service.token("reader", "Dora <dora@example.org>"))
    assert dora.post(f"{FIX}/reviews", json=body).json()["counts"] is True


def test_a_repeated_verdict_is_given_once(service: Service) -> None:
    holder = start(service, service.of("contributor"))
    reader = service.of("reader")
    body = {"verdict": "request-changes", "of": holder.get(FIX).json()["change_hash"]}
    headers = {"Idempotency-Key": "once"}
    answers = [reader.post(f"{FIX}/reviews", json=body, headers=headers).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(reader.get(f"{FIX}/reviews").json()["reviews"]) == 1


def test_adopting_over_http_needs_the_approval_too(serving: Callable[..., Service]) -> None:
    service = serving()
    asking(service, "{approvals: 1}")
    maintainer = service.client(service.token("maintainer", "Carl <carl@example.org>"))
    start(service, maintainer)
    service.sandbox.git("merge", "--quiet", "--no-ff", "-m", "by hand", "draft/fix")
    assert code(maintainer.post(f"{FIX}/adopt")) == (409, "approval-needed")
