"""What a token opens, and that none is ever left lying about."""

from __future__ import annotations

import json
import subprocess
import time
import zlib
from pathlib import Path
from typing import Any

from wiki import EXAMPLE, make_wiki, modify, push

from gitdraft.store.tokens import open_tokens

DRAFTS = "/api/v2/drafts"


def test_bad_tokens_and_what_is_not_there_answer_alike(service: Any) -> None:
    now = int(time.time())
    with open_tokens(service.sandbox.path / ".git") as tokens:
        expired, _ = tokens.issue("maintainer", now - 10, now - 5, name="expired")
        revoked, grant = tokens.issue("maintainer", now, name="revoked")
        tokens.revoke([grant], now)
    starter = service.of("contributor")
    starter.post(DRAFTS, json={"title": "Fix", "draft_id": "fix"})
    other = service.holder(starter.post(DRAFTS, json={"title": "Other"}))
    unknown = service.client("gdc_" + "0" * 16 + "_" + "a" * 43)
    clients = [service.client(expired), service.client(revoked), service.client("?"), unknown, other]
    answers = [client.get(f"{DRAFTS}/fix") for client in clients] + [other.get(f"{DRAFTS}/nothing")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(sorted(set(a.headers) - {"date", "x-request-id"})) for a in answers}) == 1


def test_another_scheme_is_no_token(service: Any) -> None:
    token = service.token("maintainer", "Ann")
    for header in (token, f"Basic {token}", "Bearer", f"Bearer  {token}x"):
        answer = service.client().get(DRAFTS, headers={"Authorization": header})
        assert answer.status_code == 404


def test_without_a_token_nothing_is_changed_and_nothing_is_read(service: Any) -> None:
    nobody = service.client()
    before = service.sandbox.refs()
    for method, path in (
        ("GET", DRAFTS),
        ("POST", DRAFTS),
        ("GET", "/api/v2/entities/category/Person"),
        ("DELETE", "/api/v2/entities/category/Person"),
        ("POST", "/api/v2/rebase"),
        ("POST", "/api/v2/mediawiki/import"),
    ):
        bodies: dict[str, Any] = {
            DRAFTS: {"title": "x"},
            "/api/v2/entities/category/Person": {
                "delete_type": "soft",
                "deletion_reason": "x",
                "deleted_by": "x",
            },
        }
        answer = nobody.request(method, path, json=None if method == "GET" else bodies.get(path, {}))
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), (method, path)
    assert service.sandbox.refs() == before


def test_reading_canonical_can_be_open(sandbox: Any, serving: Any) -> None:
    service = serving(public_reading=True)
    sandbox.library.drafts.new("Fix", draft_id="fix")
    nobody = service.client()
    assert nobody.get("/api/v2/entities/category/Person").status_code == 200
    assert nobody.get("/api/v2/entities").status_code == 200
    assert nobody.get("/api/v2/entities/category/Person", params={"draft": "fix"}).status_code == 401
    assert nobody.get(DRAFTS).status_code == 401


def test_a_named_token_is_who_did_it(service: Any) -> None:
    client = service.client(service.token("maintainer", "Bob Builder <bob@example.org>"))
    client.post("/api/v2/entities/property/unused/lock", json={"reason": "review"})
    assert service.sandbox.git("log", "-1", "--format=%an <%ae> %cn <%ce>", "main") == (
        "Bob Builder <bob@example.org> Bob Builder <bob@example.org>"
    )
    operation = next(iter(service.sandbox.library.operations()))
    assert operation.actor.text == "Bob Builder <bob@example.org>"


def test_no_token_is_in_objects_refs_logs_or_the_index(sandbox: Any, serving: Any) -> None:
    make_wiki(sandbox)
    service = serving()
    tokens = [service.token("maintainer", "Ann"), service.token("contributor", "wiki")]
    maintainer, pusher = (service.client(token) for token in tokens)
    answers = []
    for key in ("a", "a", "b"):
        made = pusher.post("/api/v2/mediawiki/import", json=EXAMPLE, headers={"Idempotency-Key": key})
        answers.append(made)
        tokens.append(made.json()["capability_url"].partition("#")[2])
    holder = service.holder(made)
    draft = f"{DRAFTS}/{made.json()['draft_id']}"
    tokens.append(holder.post(f"{draft}/capability").json()["capability_url"].partition("#")[2])
    holder = service.client(tokens[-1])
    answers += [
        holder.patch(f"{draft}/changes/category/Person", json=[]),
        holder.post(f"{draft}/submit"),
        maintainer.post(f"{draft}/merge"),
        maintainer.get("/api/v2/entities/category/Person"),
        holder.get(f"/{tokens[-1]}?token={tokens[-1]}"),
        service.client(tokens[-1][:-1]).get(draft),
    ]
    out = sandbox.run("-o", "json", "import", "mediawiki", "-", stdin=json.dumps(push(modify()))).json
    tokens.append(out["capability_url"].partition("#")[2])
    secrets = {token[-43:].encode() for token in tokens}
    found = [service.logged.getvalue().encode(), *(file.read_bytes() for file in files(sandbox.path))]
    found += objects(sandbox.path)
    found += [answer.content for answer in answers[3:]]
    for secret in secrets:
        assert not [place for place in found if secret in place]


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def objects(folder: Path) -> list[bytes]:
    """Every object of the repository, as it is in it."""
    names = subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch"], cwd=folder, capture_output=True, check=True
    ).stdout
    loose = [file for file in (folder / ".git/objects").rglob("??/*") if len(file.name) == 38]
    return [names, *(zlib.decompress(file.read_bytes()) for file in loose)]


def test_what_is_logged_is_a_record_without_the_token(service: Any) -> None:
    token = service.token("maintainer", "Ann")
    service.client(token).get("/api/v2/entities/category/Nobody", params={"_x": token})
    (record,) = service.log
    assert (record["method"], record["path"], record["status"]) == (
        "GET",
        "/api/v2/entities/category/Nobody",
        404,
    )
    assert {"request", "ms", "address"} <= set(record)
