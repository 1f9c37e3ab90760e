"""What happened, as pages and as a stream: every operation once, and every move of canonical, whoever made it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

FEED = "/api/v2/operations"


def events(answer: httpx.Response, number: int) -> Iterator[tuple[str, str, Any]]:
    """So many events of a stream: id, name, data."""
    found: dict[str, str] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if name in ("id", "event", "data"):
            found[name] = value
        elif not line and found:
            yield found["id"], found["event"], json.loads(found["data"])
            found, number = {}, number - 1
            if not number:
                return


def test_every_operation_is_listed_once_and_in_order(service: Any) -> None:
    client = service.of("maintainer")
    library = service.sandbox.library
    for number in range(5):
        library.drafts.new(f"Draft {number}", draft_id=f"d{number}")
    expected = [operation.id for operation in library.operations()][::-1]
    found: list[str] = []
    cursor = None
    for _ in range(4):
        answer = client.get(FEED, params={"limit": 2, **({"after": cursor} if cursor else {})}).json()
        found += [operation["id"] for operation in answer["operations"]]
        cursor = answer["next"]
    assert found == expected
    assert client.get(FEED, params={"after": cursor}).json() == {
        "operations": [],
        "canonical_moved": [],
        "next": cursor,
    }


def test_moves_of_canonical_by_plain_git_are_told_once(service: Any) -> None:
    client = service.of("maintainer")
    cursor = client.get(FEED).json()["next"]
    before = service.sandbox.git("rev-parse", "main")
    by_git = service.sandbox.change("categories/Person.json", label="Human")
    service.sandbox.library.canonical.lock("category/Person", "careful")
    after = service.sandbox.git("rev-parse", "main")
    answer = client.get(FEED, params={"after": cursor}).json()
    assert answer["canonical_moved"] == [{"from": before, "to": by_git}, {"from": by_git, "to": after}]
    assert [operation["command"] for operation in answer["operations"]] == ["entity lock"]
    again = client.get(FEED, params={"after": answer["next"]}).json()
    assert (again["canonical_moved"], again["operations"]) == ([], [])


def test_the_number_of_an_operation_is_a_cursor(service: Any) -> None:
    client = service.of("maintainer")
    library = service.sandbox.library
    library.drafts.new("x", draft_id="x")
    library.canonical.lock("category/Person", "careful")
    library.drafts.new("y", draft_id="y")
    everything = client.get(FEED).json()
    assert [operation["number"] for operation in everything["operations"]] == [1, 2, 3]
    assert client.get(FEED, params={"after": "0"}).json() == everything
    for number in (1, 2, 3):
        answer = client.get(FEED, params={"after": str(number)}).json()
        assert answer["operations"] == everything["operations"][number:]
        assert answer["canonical_moved"] == everything["canonical_moved"][number - 1 :][:1] * (number < 2)
    assert client.get(FEED, params={"after": "4"}).status_code == 410


@pytest.mark.parametrize("cursor", ["x", "0" * 40 + "-" + "1" * 39, "1" * 40 + "-" + "1" * 40])
def test_a_cursor_that_cannot_be_honoured_is_410(service: Any, cursor: str) -> None:
    client = service.of("maintainer")
    service.sandbox.library.drafts.new("x")
    for headers in ({}, {"Accept": "text/event-stream"}):
        answer = client.get(FEED, params={"after": cursor}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (410, "cursor-gone")
    answer = client.get(FEED, headers={"Accept": "text/event-stream", "Last-Event-ID": cursor})
    assert answer.status_code == 410


def test_who_may_follow(service: Any) -> None:
    made = service.of("maintainer").post("/api/v2/drafts", json={"title": "x"})
    assert service.client().get(FEED).status_code == 401
    assert service.holder(made).get(FEED).status_code == 403
    for role in ("reader", "contributor", "maintainer"):
        assert service.of(role).get(FEED).status_code == 200


def test_a_stream_goes_on_as_things_happen(service: Any) -> None:
    client = service.of("reader")
    accept = {"Accept": "text/event-stream"}
    with client.stream("GET", FEED, headers=accept) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        service.sandbox.library.drafts.new("One", draft_id="one")
        commit = service.sandbox.change("categories/Person.json", label="Human")
        (first, name, operation), (second, moved, ends) = events(answer, 2)
    assert (name, operation["command"], moved, ends["to"]) == ("operation", "new", "canonical-moved", commit)
    service.sandbox.library.drafts.new("Two", draft_id="two")
    with client.stream("GET", FEED, headers={**accept, "Last-Event-ID": first}) as answer:
        again = {name: data for _, name, data in events(answer, 2)}
    later = again["operation"]
    assert again["canonical-moved"] == ends
    assert later["moves"][0]["ref"] == "refs/heads/draft/two"
    with client.stream("GET", FEED, params={"after": second}, headers=accept) as answer:
        ((_, _, only),) = events(answer, 1)
    assert only == later


def test_a_stream_ends_with_its_token(service: Any) -> None:
    token = service.token("reader", "Bob")
    client = service.client(token)
    ended = threading.Event()
    with client.stream("GET", FEED, headers={"Accept": "text/event-stream"}) as answer:
        service.sandbox.run("token", "revoke", "Bob")

        def read() -> None:
            for _ in answer.iter_lines():
                pass
            ended.set()

        reader = threading.Thread(target=read)
        reader.start()
        assert ended.wait(20)
        reader.join()


def test_a_move_of_canonical_is_told_once_however_often_the_log_is_read_meanwhile(service: Any) -> None:
    client, sandbox = service.of("maintainer"), service.sandbox
    sandbox.library.drafts.new("One")
    cursor = client.get(FEED).json()["next"]
    done = sandbox.git("rev-parse", "refs/gitdraft/done")
    before = sandbox.git("rev-parse", "main")
    sandbox.library.canonical.lock("category/Person", "careful")
    after, finished = sandbox.git("rev-parse", "main"), sandbox.git("rev-parse", "refs/gitdraft/done")
    sandbox.git("update-ref", "refs/gitdraft/done", done)  # as between the last move and its end
    meanwhile = client.get(FEED, params={"after": cursor}).json()
    assert meanwhile == {"operations": [], "canonical_moved": [], "next": cursor}
    sandbox.git("update-ref", "refs/gitdraft/done", finished)
    answer = client.get(FEED, params={"after": meanwhile["next"]}).json()
    assert answer["canonical_moved"] == [{"from": before, "to": after}]
    assert [operation["command"] for operation in answer["operations"]] == ["entity lock"]
