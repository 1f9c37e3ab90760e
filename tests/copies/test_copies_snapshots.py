"""`snapshots push|verify|restore` on real servers: each revision once, killed in the middle, tampered with, restored."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.store import S3Store
from real_servers import killed_after, make_bucket
from sandbox import CONFIGURATION, SCHEMA, Sandbox

BUCKET = "vocabulary"


@dataclass(frozen=True)
class Storage:
    """A bucket on a server, below a prefix of the test's own."""

    endpoint: str
    prefix: str

    @property
    def url(self) -> str:
        return f"s3://{BUCKET}/{self.prefix}"

    @property
    def store(self) -> S3Store:
        return S3Store(
            BUCKET, endpoint=self.endpoint, region="us-east-1", client_options={"allow_http": True}
        )

    def listed(self) -> list[str]:
        listed = obstore.list(self.store, prefix=self.prefix).collect()
        return sorted(meta["path"].removeprefix(f"{self.prefix}/") for meta in listed)

    def read(self, key: str) -> Any:
        return json.loads(bytes(obstore.get(self.store, f"{self.prefix}/{key}").bytes()))

    def write(self, key: str, content: bytes) -> None:
        obstore.put(self.store, f"{self.prefix}/{key}", content)

    def delete(self, key: str) -> None:
        obstore.delete(self.store, f"{self.prefix}/{key}")

    def command(self, verb: str, *more: str) -> list[str]:
        return ["snapshots", verb, self.url, "--endpoint-url", self.endpoint, *more]


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ann")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def open_storage(endpoint: str, folder: Path) -> Storage:
    make_bucket(endpoint, BUCKET)
    return Storage(endpoint, f"a b/{folder.parent.name}-{folder.name}")


@pytest.fixture(params=["moto", "seaweed"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return open_storage(request.getfixturevalue(f"{request.param}_url"), tmp_path)


@pytest.fixture
def moto_storage(moto_url: str, tmp_path: Path) -> Storage:
    return open_storage(moto_url, tmp_path)


def run(sandbox: Sandbox, storage: Storage, verb: str, *more: str) -> Any:
    """The answer of a verb, and its exit code."""
    answer = sandbox.run(*storage.command(verb, *more), "-o", "json")
    assert answer.code in (0, 1), answer.err
    return {**answer.json, "code": answer.code}


def history(sandbox: Sandbox) -> None:
    """Edits, a redirect, a deletion, a key that no file name holds as it is."""
    sandbox.change("categories/Agent.json", label="Actor")
    sandbox.write("categories/a& b.json", {"id": "a& b", "label": "Odd"})
    sandbox.write("categories/Éa.json", {"id": "Éa", "label": "Letters"})
    sandbox.commit()
    assert sandbox.run("entity", "delete", "property/unused", "--reason", "unused").code == 0
    assert sandbox.run("redirect", "create", "category/Éa", "category/Agent", "--reason", "same").code == 0


def revisions(sandbox: Sandbox) -> dict[str, Any]:
    """What git has, by the key of its object."""
    expected = {}
    for entity, encoded in (
        ("category/Agent", "Agent"),
        ("category/Person", "Person"),
        ("category/a& b", "a%26 b"),
        ("category/Éa", "Éa"),
        ("property/name", "name"),
        ("property/unused", "unused"),
    ):
        for revision in sandbox.run("revision", "list", entity, "-o", "json").json["revisions"]:
            number, commit = revision["revision_id"], revision["commit"]
            shown = sandbox.run("revision", "show", entity, str(number), "-o", "json").json["revision"]
            key = f"repository/{entity.partition('/')[0]}/{encoded}/{number:010}-{commit[:12]}.json"
            expected[key] = shown
    return expected


def test_every_revision_is_an_object_of_the_callers_schema(sandbox: Sandbox, storage: Storage) -> None:
    history(sandbox)
    expected = revisions(sandbox)
    report = run(sandbox, storage, "push")
    assert report["kind"] == "gitdraft.snapshots-push/v1"
    assert (report["code"], report["revisions"], report["written"]) == (0, len(expected), len(expected))
    assert storage.listed() == sorted(expected)
    assert {key: storage.read(key) for key in expected} == expected
    assert {snapshot["schema_version"] for snapshot in expected.values()} == {"1.1.0"}
    assert run(sandbox, storage, "push")["written"] == 0
    assert run(sandbox, storage, "verify")["problems"] == []
    sandbox.change("categories/Agent.json", label="Agent again")
    assert run(sandbox, storage, "push")["written"] == 1


def test_a_gap_is_filled_and_tampering_is_found(sandbox: Sandbox, storage: Storage) -> None:
    history(sandbox)
    run(sandbox, storage, "push")
    first, second, third = storage.listed()[:3]
    storage.delete(first)
    tampered = storage.read(second)
    tampered["entity"]["label"] = "Forged"
    storage.write(second, json.dumps(tampered).encode())
    storage.write("repository/category/Agent/0000000009-aaaaaaaaaaaa.json", b"{}")
    found = run(sandbox, storage, "verify")
    assert found["code"] == 1
    assert [
        (problem["code"], problem["key"].removeprefix(f"{storage.prefix}/")) for problem in found["problems"]
    ] == [
        ("snapshot-missing", first),
        ("snapshot-differs", second),
        ("snapshot-unknown", "repository/category/Agent/0000000009-aaaaaaaaaaaa.json"),
    ]
    pushed = run(sandbox, storage, "push", "--prune")
    assert (pushed["code"], pushed["written"], pushed["deleted"]) == (1, 1, 1)
    assert [problem["code"] for problem in pushed["problems"]] == ["snapshot-differs"]
    assert storage.read(second) == tampered  # never written over
    assert third in storage.listed()


@pytest.mark.long
def test_a_killed_push_leaves_a_gap_that_the_next_one_fills(sandbox: Sandbox, storage: Storage) -> None:
    for number in range(120):
        sandbox.write(f"properties/p{number}.json", {"id": f"p{number}", "label": "P", "datatype": "Text"})
    sandbox.commit()
    killed_after(storage.command("push"), sandbox.path, lambda: len(storage.listed()) > 3)
    before = len(storage.listed())
    report = run(sandbox, storage, "push")
    assert (report["revisions"], report["code"]) == (124, 0)
    assert report["written"] <= 124 - before  # what was on its way when it was killed may still arrive
    assert run(sandbox, storage, "verify")["problems"] == []


@pytest.mark.long
def test_pushes_at_once_write_each_object_once(sandbox: Sandbox, seaweed_url: str, tmp_path: Path) -> None:
    storage = open_storage(seaweed_url, tmp_path)  # moto's conditions do not hold between its threads
    history(sandbox)
    command = [sys.executable, "-m", "gitdraft", *storage.command("push"), "-o", "json"]
    racing = [subprocess.Popen(command, cwd=sandbox.path, stdout=subprocess.PIPE) for _ in range(3)]
    reports = [json.loads(process.communicate()[0]) for process in racing]
    assert sum(report["written"] for report in reports) == len(storage.listed())
    assert run(sandbox, storage, "verify")["problems"] == []


def test_what_is_erased_is_erased_in_its_snapshots(sandbox: Sandbox, moto_storage: Storage) -> None:
    run(sandbox, moto_storage, "push")
    assert sandbox.run("entity", "erase", "property/unused", "--reason", "private", "--yes").code == 0
    report = run(sandbox, moto_storage, "push")
    assert (report["written"], report["replaced"], report["code"]) == (1, 1, 0)
    assert not any("Unused" in json.dumps(moto_storage.read(key)) for key in moto_storage.listed())
    assert run(sandbox, moto_storage, "verify")["problems"] == []


def test_canonical_comes_back_from_its_snapshots(
    sandbox: Sandbox, moto_storage: Storage, tmp_path: Path
) -> None:
    history(sandbox)
    run(sandbox, moto_storage, "push")
    fresh = Sandbox(tmp_path / "fresh")
    fresh.path.mkdir()
    fresh.git("init", "--quiet", "--initial-branch", "main")
    fresh.write("gitdraft.yaml", CONFIGURATION)
    fresh.write("categories/_schema.json", SCHEMA)
    fresh.commit()
    fresh.git("config", "gitdraft.repository", "repository")
    assert run(fresh, moto_storage, "restore", "-n")["entities"] == 4
    assert fresh.run("ls", "-o", "json").json["entities"] == []
    report = run(fresh, moto_storage, "restore")
    assert (report["entities"], report["redirects"], report["gone"]) == (4, 1, 1)

    def exported(of: Sandbox) -> list[str]:
        return sorted(of.run("export", "entities").out.splitlines())

    assert exported(fresh) == exported(sandbox)
    redirects = [of.run("redirect", "export").out for of in (fresh, sandbox)]
    assert redirects[0].splitlines()[1].split(",")[:2] == redirects[1].splitlines()[1].split(",")[:2]


def test_a_tampered_snapshot_is_not_restored(sandbox: Sandbox, moto_storage: Storage) -> None:
    run(sandbox, moto_storage, "push")
    key = moto_storage.listed()[0]
    snapshot = moto_storage.read(key)
    snapshot["entity"]["label"] = "Forged"
    moto_storage.write(key, json.dumps(snapshot).encode())
    refused = sandbox.run(*moto_storage.command("restore"), "-o", "json")
    assert (refused.code, refused.refusal["code"]) == (20, "snapshot-differs")


class Careless(BaseHTTPRequestHandler):
    """An S3 that does not heed conditions: it writes over what is there, or answers that it does not know them."""

    protocol_version = "HTTP/1.1"
    status = 200

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(self.status if "If-None-Match" in self.headers else 200)

    def do_GET(self) -> None:
        self.answer(404)

    def do_DELETE(self) -> None:
        self.answer(204)

    do_POST = do_DELETE

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("ETag", '"0"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def careless(status: int) -> Iterator[str]:
    handler = type("Handler", (Careless,), {"status": status})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "code"), [(200, "not-conditional"), (400, "target-unreachable"), (403, "target-unreachable")]
)
def test_a_server_that_heeds_no_condition_is_found_out_before_the_first_object(
    sandbox: Sandbox, status: int, code: str
) -> None:
    with careless(status) as endpoint:
        refused = sandbox.run("snapshots", "push", "s3://bucket", "--endpoint-url", endpoint, "-o", "json")
    assert refused.code in (42, 50)
    assert refused.refusal["code"] == code


@pytest.mark.parametrize("url", ["http://bucket", "s3://", "bucket", "s3://ann:secret@bucket"])
def test_what_names_no_bucket_is_refused(sandbox: Sandbox, url: str) -> None:
    refused = sandbox.run("snapshots", "push", url, "-o", "json")
    assert (refused.code, refused.refusal["code"]) == (20, "invalid-value")
    assert "secret" not in refused.err


def test_without_the_extra_the_way_to_it_is_said(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    refused = sandbox.run("snapshots", "verify", "s3://bucket", "-o", "json")
    assert (refused.code, refused.refusal["code"]) == (50, "not-installed")
