"""`feed`: the operation log in real streams, in order, without a gap, each once; killed, raced, and by plain git too."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import nats
import pytest
import redis
from real_servers import killed_after
from sandbox import Sandbox

from gitdraft.model.operations import OBSERVED


class Server(NamedTuple):
    """A server of streams: its URL, and what reads the operations of one."""

    url: str
    read: Callable[[str], list[dict[str, Any]]]

    def numbers(self, stream: str) -> list[int]:
        return [operation["number"] for operation in self.read(stream)]


def read_redis(url: str, stream: str) -> list[dict[str, Any]]:
    with redis.Redis.from_url(url, decode_responses=True) as client:
        entries = client.xrange(stream)
    operations = [json.loads(fields["data"]) for _, fields in entries]
    assert [place for place, _ in entries] == [f"{operation['number']}-0" for operation in operations]
    assert {fields["event"] for _, fields in entries} <= {"operation"}
    return operations


def read_nats(url: str, stream: str) -> list[dict[str, Any]]:
    async def read() -> list[dict[str, Any]]:
        connection = await nats.connect(url)
        try:
            stream_of = connection.jetstream()
            try:
                state = (await stream_of.stream_info(stream)).state
            except nats.js.errors.NotFoundError:
                return []
            found = [await stream_of.get_msg(stream, n) for n in range(1, state.last_seq + 1)]
        finally:
            await connection.close()
        operations = [json.loads(message.data or b"") for message in found]
        ids = [(message.headers or {})["Nats-Msg-Id"] for message in found]
        assert ids == [f"{operation['number']}-{operation['id']}" for operation in operations]
        return operations

    return asyncio.run(read())


@pytest.fixture(params=["redis", "nats"])
def server(request: pytest.FixtureRequest) -> Server:
    url: str = request.getfixturevalue(f"{request.param}_url")
    read = read_redis if request.param == "redis" else read_nats
    return Server(url, lambda stream: read(url, stream))


@pytest.fixture
def stream(tmp_path: Path) -> str:
    return f"test-{abs(hash(tmp_path)):x}"


def edit(sandbox: Sandbox, times: int) -> None:
    """A draft, and edits of it: ``times`` operations."""
    draft = sandbox.library.drafts.new(f"Fix {times}")
    for number in range(times - 1):
        draft.set("category/Person", "/description", f"{draft.id} {number}")


def delete(sandbox: Sandbox) -> None:
    """An operation that moves canonical."""
    assert sandbox.run("entity", "delete", "property/unused", "--reason", "unused").code == 0


def logged(sandbox: Sandbox) -> list[str]:
    return [operation.id for operation in sandbox.library.operations()][::-1]


def test_the_log_is_published_in_order_and_each_operation_once(
    sandbox: Sandbox, server: Server, stream: str
) -> None:
    edit(sandbox, 3)
    first = sandbox.run("feed", server.url, "--stream", stream, "-o", "json")
    assert first.json["kind"] == "gitdraft.feed/v1"
    assert (first.json["published"], first.json["last"], first.json["stream"]) == (3, 3, stream)
    assert sandbox.run("feed", server.url, "--stream", stream, "-o", "json").json["published"] == 0
    edit(sandbox, 2)
    assert sandbox.run("feed", server.url, "--stream", stream).code == 0
    operations = server.read(stream)
    assert [operation["number"] for operation in operations] == [1, 2, 3, 4, 5]
    assert [operation["id"] for operation in operations] == logged(sandbox)
    assert operations[0]["command"] == "new"
    assert operations[0]["moves"][0]["ref"].startswith("refs/heads/draft/")


def test_a_move_by_plain_git_is_in_the_log_and_the_stream_once(
    sandbox: Sandbox, server: Server, stream: str
) -> None:
    delete(sandbox)
    before = sandbox.git("rev-parse", "main")
    commit = sandbox.change("categories/Agent.json", label="Actor")
    edit(sandbox, 1)
    for _ in range(2):
        assert sandbox.run("feed", server.url, "--stream", stream).code == 0
    operations = server.read(stream)
    assert [operation["number"] for operation in operations] == [1, 2, 3]
    assert operations[2]["command"] == OBSERVED
    assert operations[2]["moves"] == [{"ref": "refs/heads/main", "old": before, "new": commit}]
    assert sandbox.git("rev-parse", "main") == commit


def test_what_was_observed_is_neither_undone_nor_in_the_way_of_undo(
    sandbox: Sandbox, redis_url: str, stream: str
) -> None:
    delete(sandbox)
    commit = sandbox.change("categories/Agent.json", label="Actor")
    sandbox.run("feed", redis_url, "--stream", stream)
    observed = next(iter(sandbox.library.operations()))
    assert observed.command == OBSERVED
    refused = sandbox.run("undo", observed.id, "-o", "json")
    assert (refused.code, refused.refusal["code"]) == (42, "not-undoable")
    moved = sandbox.run("undo", "-o", "json")  # of the deletion: plain git built on it
    assert (moved.code, moved.refusal["code"]) == (43, "moved-meanwhile")
    assert observed.id not in (moved.refusal.get("hint") or "")
    assert sandbox.git("rev-parse", "main") == commit


def test_an_entry_killed_before_it_was_done_moves_nothing_when_it_is_finished(
    sandbox: Sandbox, redis_url: str, stream: str
) -> None:
    delete(sandbox)
    before = sandbox.git("rev-parse", "main")
    sandbox.change("categories/Agent.json", label="Actor")
    done = sandbox.git("rev-parse", "refs/gitdraft/done")
    sandbox.run("feed", redis_url, "--stream", stream)
    sandbox.git("update-ref", "refs/gitdraft/done", done)  # as a kill leaves it
    sandbox.git("reset", "--quiet", "--hard", before)
    assert sandbox.run("feed", redis_url, "--stream", stream).code == 0
    assert sandbox.git("rev-parse", "main") == before
    assert [o["moves"][0]["new"] for o in read_redis(redis_url, stream)][-1] == before


@pytest.mark.long
def test_a_killed_publisher_leaves_no_gap_and_nothing_double(
    sandbox: Sandbox, server: Server, stream: str
) -> None:
    edit(sandbox, 2)
    assert sandbox.run("feed", server.url, "--stream", stream).code == 0
    stand = {"number": 2}
    for _ in range(2):
        edit(sandbox, 3)

        def has_grown() -> bool:
            return len(server.read(stream)) > stand["number"]

        killed_after(["feed", server.url, "--stream", stream], sandbox.path, has_grown)
        stand["number"] = len(server.read(stream))
        assert server.numbers(stream) == list(range(1, stand["number"] + 1))
    assert sandbox.run("feed", server.url, "--stream", stream).code == 0
    assert [operation["id"] for operation in server.read(stream)] == logged(sandbox)
    assert server.numbers(stream) == list(range(1, 9))


@pytest.mark.long
def test_publishers_at_once_publish_each_operation_once(
    sandbox: Sandbox, server: Server, stream: str
) -> None:
    edit(sandbox, 6)
    command = [sys.executable, "-m", "gitdraft", "feed", server.url, "--stream", stream]
    racing = [subprocess.Popen(command, cwd=sandbox.path, stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [process.wait() for process in racing] == [0, 0, 0]
    assert server.numbers(stream) == list(range(1, 7))


def test_entries_of_an_earlier_gitdraft_are_counted(sandbox: Sandbox, server: Server, stream: str) -> None:
    edit(sandbox, 3)
    entries = sandbox.git("rev-list", "--first-parent", "--reverse", "refs/gitdraft/operations").split()
    parent = entries[0]
    for entry in entries[1:]:  # as they were without a number
        operation = json.loads(sandbox.git("show", f"{entry}:operation.json"))
        del operation["number"]
        blob = sandbox.git("hash-object", "-w", "--stdin", stdin=json.dumps(operation))
        tree = sandbox.git("mktree", stdin=f"100644 blob {blob}\toperation.json\n")
        parent = sandbox.git("commit-tree", tree, "-p", parent, "-m", operation["summary"])
    for ref in ("operations", "done"):
        sandbox.git("update-ref", f"refs/gitdraft/{ref}", parent)
    edit(sandbox, 1)
    assert next(iter(sandbox.library.operations())).number == 4
    assert sandbox.run("feed", server.url, "--stream", stream).code == 0
    assert server.numbers(stream) == [1, 2, 3, 4]


def test_another_repositorys_stream_is_refused(
    sandbox: Sandbox, server: Server, stream: str, tmp_path: Path
) -> None:
    edit(sandbox, 2)
    sandbox.run("feed", server.url, "--stream", stream)
    other = tmp_path / "other"
    sandbox.git("clone", "--quiet", ".", str(other))
    stranger = Sandbox(other)
    edit(stranger, 3)
    refused = stranger.run("feed", server.url, "--stream", stream, "-o", "json")
    assert (refused.code, refused.refusal["code"]) == (42, "feed-differs")
    assert len(server.read(stream)) == 2


def test_a_stream_whose_messages_are_gone_is_refused(sandbox: Sandbox, redis_url: str, stream: str) -> None:
    edit(sandbox, 2)
    sandbox.run("feed", redis_url, "--stream", stream)
    with redis.Redis.from_url(redis_url) as client:
        client.xtrim(stream, maxlen=0, approximate=False)
    refused = sandbox.run("feed", redis_url, "--stream", stream, "-o", "json")
    assert (refused.code, refused.refusal["code"]) == (42, "feed-differs")


@pytest.mark.parametrize("scheme", ["redis", "nats"])
def test_a_server_that_is_not_there_is_named_without_its_password(sandbox: Sandbox, scheme: str) -> None:
    refused = sandbox.run("feed", f"{scheme}://ann:secret@127.0.0.1:1", "-o", "json")
    error = refused.refusal
    assert (refused.code, error["code"]) == (50, "target-unreachable")
    assert error["context"] == {"target": f"{scheme}://127.0.0.1:1"}
    assert "secret" not in refused.err


@pytest.mark.parametrize("url", ["http://127.0.0.1", "redis", "redis://127.0.0.1:port"])
def test_another_url_is_refused(sandbox: Sandbox, url: str) -> None:
    refused = sandbox.run("feed", url, "-o", "json")
    assert (refused.code, refused.refusal["code"]) == (20, "invalid-value")


def test_the_stream_is_called_as_the_repository_is(sandbox: Sandbox, redis_url: str) -> None:
    edit(sandbox, 1)
    assert sandbox.run("feed", redis_url, "-o", "json").json["stream"] == "gitdraft-repository"
    sandbox.git("remote", "add", "origin", "https://example.org/team/My%20Vocabulary.git")
    assert sandbox.run("feed", redis_url, "-o", "json").json["stream"] == "gitdraft-My-20Vocabulary"
    sandbox.git("config", "gitdraft.repository", "words")
    assert sandbox.run("feed", redis_url, "-o", "json").json["stream"] == "gitdraft-words"
    sandbox.git("config", "gitdraft.repository", "no name")
    assert sandbox.run("feed", redis_url, "-o", "json").code == 20


def test_without_the_extra_the_way_to_it_is_said(
    sandbox: Sandbox, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    refused = sandbox.run("feed", redis_url, "-o", "json")
    assert (refused.code, refused.refusal["code"]) == (50, "not-installed")
    assert ".[feed]" in refused.refusal["hint"]


@pytest.mark.long
def test_a_follower_goes_on_until_it_is_stopped(sandbox: Sandbox, server: Server, stream: str) -> None:
    edit(sandbox, 1)
    follower = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gitdraft",
            "feed",
            server.url,
            "--stream",
            stream,
            "--follow",
            "--poll",
            "0.1",
        ],
        cwd=sandbox.path,
        stdout=subprocess.PIPE,
    )
    assert follower.stdout is not None
    try:
        assert follower.stdout.readline()
        edit(sandbox, 2)
        while len(server.read(stream)) < 3:
            assert follower.poll() is None
    finally:
        follower.terminate()
        follower.wait()
        follower.stdout.close()
    assert server.numbers(stream) == [1, 2, 3]
