"""Clients push imports while the command line edits and canonical moves; with `--kills N` the server is killed (-9) so
many times meanwhile, with `--attack` somebody tries to keep it from the others (``attacker``).

`python -m benchmarks.service_load [--clients 8] [--each 200] [--kills 0] [--attack]`. Every push that was acknowledged must be
there, once, and its capability must work; a client that gets no answer sends the same again with the same key.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks import runs
from benchmarks.attacker import Attacker
from benchmarks.repositories import IDENTITY, folder, git, make_repository
from benchmarks.tables import print_table, shown
from gitdraft.store.tokens import open_tokens

ENTITIES = 500
IMPORT = "/api/v2/mediawiki/import"
PERCENTILES = (50, 90, 99, 100)


@dataclass
class Server:
    """`gitdraft serve`, again and again on the same port."""

    path: Path
    port: int = 0
    kills: int = 0
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it; returns when it listens."""
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gitdraft.cli.main", "-o", "jsonl", "serve"),
                *("--port", str(self.port), "--rate", "0"),
            ],
            cwd=self.path,
            stdout=subprocess.PIPE,
            stderr=(self.path / ".git/serve.log").open("a"),
            text=True,
        )
        assert self.process.stdout is not None
        self.port = int(json.loads(self.process.stdout.readline())["url"].rpartition(":")[2])

    def kill(self) -> None:
        """Kill it as the kernel does, and start another."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.kills += 1
        self.start()

    def end(self) -> int:
        """Ask it to end."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait()


@dataclass
class Tally:
    """What the clients and those beside them saw."""

    answers: list[dict[str, Any]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    retries: int = 0
    beside: dict[str, int] = field(default_factory=dict)


def payload(client: int, number: int, chance: random.Random) -> dict[str, Any]:
    """A push of three changes: one modifies an entity that others push too."""
    mine = f"new-{client}-{number}"
    patch = [{"op": "replace", "path": "/label", "value": f"By {client}, {number}"}]
    key = f"thing-{chance.randrange(ENTITIES)}"
    return {
        "source": "mediawiki_push",
        "wiki_url": "https://smw.example.com",
        "user": f"Client{client}",
        "comment": f"Push {number}",
        "changes": [
            {"action": "modify", "entity_type": "thing", "entity_key": key, "patch": patch},
            {
                "action": "create",
                "entity_type": "thing",
                "entity_key": mine,
                "entity": {"id": mine, "tags": []},
            },
        ],
    }


def push_all(server: Server, token: str, client: int, each: int, tally: Tally) -> None:
    """Push, and again with the same key until there is an answer."""
    chance = random.Random(client)
    session = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=120)
    for number in range(each):
        body = payload(client, number, chance)
        started = time.perf_counter()
        while True:
            try:
                answer = session.post(
                    f"http://127.0.0.1:{server.port}{IMPORT}",
                    json=body,
                    headers={"Idempotency-Key": f"{client}-{number}"},
                )
            except httpx.TransportError:
                tally.retries += 1
                time.sleep(0.05)
                continue
            if answer.status_code == 201:
                break
            if answer.status_code < 500:
                raise AssertionError(answer.text)
            tally.retries += 1
        tally.seconds.append(time.perf_counter() - started)
        tally.answers.append(answer.json())
    session.close()


def until(done: threading.Event, action: Callable[[int], object]) -> int:
    """Repeat an action until the clients are done; how often."""
    number = 0
    while not done.is_set():
        action(number)
        number += 1
    return number


def gitdraft(path: Path, *arguments: str, accept: tuple[int, ...] = (0, 1)) -> None:
    """The command line, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "gitdraft.cli.main", *arguments],
        cwd=path,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in accept:
        raise AssertionError(f"gitdraft {' '.join(arguments)}: {done.stderr}")


def move_canonical(path: Path, names: list[str], number: int) -> None:
    """A commit of plain git on canonical, then the drafts follow."""
    file = path / names[number % len(names)]
    thing = json.loads(file.read_text())
    thing["description"] = f"moved {number}"
    file.write_text(json.dumps(thing, indent=2) + "\n")
    git(path, "add", "--all")
    git(path, "commit", "--quiet", "--message", f"move {number}")
    gitdraft(path, "rebase")
    time.sleep(0.2)


def edit(path: Path, number: int) -> None:
    """A draft of the command line, edited once."""
    gitdraft(path, "new", f"Edit {number}", "--id", f"edit-{number}", "--no-switch")
    gitdraft(path, "set", f"thing/thing-{number % ENTITIES}", "/label", "edited", "--draft", f"edit-{number}")


def run(path: Path, clients: int, each: int, kills: int, *, is_attacked: bool = False) -> Tally:
    """All of it at once."""
    names = list(make_repository(path, ENTITIES))
    with open_tokens(path / ".git") as tokens:
        held = [tokens.issue("contributor", int(time.time()), name=f"c{n}")[0] for n in range(clients)]
    server, tally, done = Server(path), Tally(), threading.Event()
    server.start()
    chance = random.Random(0)
    attacker = start_attack(path, server) if is_attacked else None

    def killing(_: int) -> None:
        if server.kills < kills and not done.wait(chance.uniform(0.5, 3)):
            server.kill()
        elif server.kills >= kills:
            done.wait()

    with ThreadPoolExecutor(clients + 3) as pool:
        beside = {
            "edits of the command line": pool.submit(until, done, lambda n: edit(path, n)),
            "moves of canonical": pool.submit(until, done, lambda n: move_canonical(path, names, n)),
            "kills": pool.submit(until, done, killing),
        }
        started = time.perf_counter()
        pushing = [pool.submit(push_all, server, t, n, each, tally) for n, t in enumerate(held)]
        try:
            for job in pushing:
                job.result()
            tally.beside["seconds"] = round(time.perf_counter() - started)
        finally:
            done.set()
            if attacker is not None:
                attacker.end()
                tally.beside["requests of an attacker"] = attacker.requests
        tally.beside |= {name: job.result() for name, job in beside.items()}
    tally.beside["kills"] = server.kills
    check(path, server, tally, clients * each)
    if server.end() != 0:
        raise AssertionError("the server did not end well")
    return tally


def start_attack(path: Path, server: Server) -> Attacker:
    """Begins an attack by somebody who has the link of one draft."""
    gitdraft(path, "new", "Attacked", "--id", "attacked", "--no-switch")
    with open_tokens(path / ".git") as tokens:
        now = int(time.time())
        capability = tokens.issue("capability", now, now + 86400, draft="attacked")[0]
    attacker = Attacker(server.port, "attacked", capability)
    attacker.start()
    return attacker


def check(path: Path, server: Server, tally: Tally, expected: int) -> None:
    """Every acknowledged draft is there, once, and opens with its capability; the repository is sound."""
    told = {answer["draft_id"] for answer in tally.answers}
    names = git(path, "for-each-ref", "--format=%(refname:lstrip=3)", "refs/heads/draft").splitlines()
    stored = {name for name in names if name.startswith("mediawiki-")}
    if len(told) != expected or stored != told:
        raise AssertionError(f"{expected} pushed, {len(told)} told of, {len(stored)} stored")
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60) as session:
        for answer in tally.answers:
            headers = {"Authorization": f"Bearer {answer['capability_url'].partition('#')[2]}"}
            found = session.get(f"/api/v2/drafts/{answer['draft_id']}/changes", headers=headers)
            if found.status_code != 200 or len(found.json()["changes"]) != answer["change_count"]:
                raise AssertionError(f"{answer['draft_id']}: {found.text}")
    git(path, "fsck", "--strict", "--no-dangling")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, usual in (("clients", 8), ("each", 200), ("kills", 0)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--attack", action="store_true")
    wanted = parser.parse_args()
    os.environ.update({**IDENTITY, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"})
    with folder() as path:
        tally = run(path, wanted.clients, wanted.each, wanted.kills, is_attacked=wanted.attack)
    ordered = sorted(tally.seconds)
    times = [
        (f"{p} %" if p < 100 else "slowest", shown(ordered[min(len(ordered) - 1, len(ordered) * p // 100)]))
        for p in PERCENTILES
    ]
    rows = [
        ("drafts, all there, none twice", f"{len(tally.answers):,}"),
        *((name, f"{number:,}") for name, number in tally.beside.items()),
        ("sent again without an answer", f"{tally.retries:,}"),
        *(
            ("answered within, " + name if name != "slowest" else "the slowest answer", t)
            for name, t in times
        ),
    ]
    print_table(f"{wanted.clients} clients pushing {wanted.each} imports each", rows)


if __name__ == "__main__":
    runs.run(main)
