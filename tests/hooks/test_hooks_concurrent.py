"""Many clients push drafts and canonical to one server at once, over smart HTTP and as files.

`python tests/hooks/test_hooks_concurrent.py CLIENTS ROUNDS` does it at any size.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest
from hooks.conftest import call_git
from hooks.smart_http import served
from sandbox import CONFIGURATION, SCHEMA, Sandbox

import gitdraft
from gitdraft.git.history import first_parents
from gitdraft.git.repository import open_repository
from gitdraft.store.hooks.install import install
from gitdraft.store.repository import store_of
from gitdraft.store.snapshots import take_snapshot
from gitdraft.validation.validator import Validator
from gitdraft.views.effective_view import EffectiveView

pytestmark = pytest.mark.long

MOST_TRIES = 200


@dataclass(frozen=True)
class Client:
    """One person's clone. Everybody has an entity, a draft that adds to its steps round by round, and one that
    names it otherwise than canonical soon will."""

    number: int
    sandbox: Sandbox

    @property
    def entity(self) -> str:
        return f"Thing{self.number}"

    @property
    def file(self) -> str:
        return f"categories/{self.entity}.json"

    def open_drafts(self) -> None:
        library = self.sandbox.library
        library.drafts.new("x", draft_id=f"steps-{self.number}").set(
            f"category/{self.entity}", "/description", "Mine."
        )
        library.drafts.new("x", draft_id=f"clash-{self.number}").set(
            f"category/{self.entity}", "/label", "Drafted"
        )
        self.push(f"draft/steps-{self.number}", f"draft/clash-{self.number}")

    def work(self, rounds: int) -> int:
        """The rounds; how many pushes had to be made again because somebody was quicker."""
        return sum(self.edit_draft(n) + self.edit_canonical(n) for n in range(rounds))

    def edit_draft(self, number: int) -> int:
        """Fetch the draft as the server has it by now, change it, push it; from the start when it moved meanwhile."""
        branch = f"draft/steps-{self.number}"
        for tries in range(MOST_TRIES):
            self.fetch("+refs/heads/*:refs/remotes/origin/*")
            seen = self.sandbox.git("rev-parse", f"origin/{branch}")
            self.sandbox.git("update-ref", "refs/heads/main", "origin/main")
            self.sandbox.git("update-ref", f"refs/heads/{branch}", seen)
            self.sandbox.library.drafts[f"steps-{self.number}"].patch(
                f"category/{self.entity}", [{"op": "add", "path": "/steps/-", "value": f"round {number}"}]
            )
            if self.push(f"--force-with-lease={branch}:{seen}", f"+{branch}"):
                return tries
        raise AssertionError("never the first")

    def edit_canonical(self, number: int) -> int:
        """A sound commit, from the start when canonical moved meanwhile; one that is not sound must stay out."""
        for tries in range(MOST_TRIES):
            self.fetch("+refs/heads/main:refs/remotes/origin/main")
            self.sandbox.git("reset", "--quiet", "--hard", "origin/main")
            self.sandbox.change(self.file, label="Renamed", rank=5)
            good = self.sandbox.change(self.file, rank=number)
            self.sandbox.change(self.file, rank="high")
            assert not self.push("HEAD:main")
            if self.push(f"{good}:main"):
                return tries
        raise AssertionError("never the first")

    def fetch(self, refspec: str) -> None:
        said = call_git(self.sandbox.path, "fetch", "--quiet", "origin", refspec)
        assert said.code == 0, said.out

    def push(self, *refs: str) -> bool:
        said = call_git(self.sandbox.path, "push", "origin", *refs)
        assert said.code == 0 or "rejected" in said.out, said.out
        return said.code == 0


def story(folder: Path, clients: int, rounds: int, *, over_http: bool) -> int:
    """All of it; how many pushes had to be made again."""
    start = Sandbox(folder / "start")
    start.path.mkdir()
    start.git("init", "--quiet", "--initial-branch", "main")
    start.write("gitdraft.yaml", CONFIGURATION)
    start.write("categories/_schema.json", SCHEMA)
    for n in range(clients):
        start.write(f"categories/Thing{n}.json", {"id": f"Thing{n}", "label": "Thing", "steps": []})
    start.commit("Start")
    server = folder / "root/server.git"
    start.git("clone", "--quiet", "--bare", str(start.path), str(server))
    install(store_of(open_repository(server)))
    with served(server.parent) if over_http else nullcontext(str(server.parent)) as address:
        people: list[Client] = []
        for n in range(clients):
            path = folder / f"client {n}"
            shutil.copytree(start.path, path)
            people.append(Client(n, Sandbox(path)))
            people[-1].sandbox.git("checkout", "--quiet", "--detach")
            people[-1].sandbox.git("remote", "add", "origin", f"{address}/server.git")
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(Client.open_drafts, people))
            again = sum(pool.map(Client.work, people, [rounds] * clients))
    judge(server, clients, rounds)
    return again


def judge(server: Path, clients: int, rounds: int) -> None:
    """No draft lost, nor any edit of one; canonical sound at each commit; the statuses as a rebase finds them."""
    call = call_git(server, "fsck", "--strict", "--no-dangling")
    assert call.code == 0, call.out
    library = gitdraft.open(server)
    report = library.rebase(dry_run=True)
    assert (report.counts.open, report.counts.rebased) == (2 * clients, 0)
    assert {d.id for d in report.drafts if d.status == "conflict"} == {f"clash-{n}" for n in range(clients)}
    for n in range(clients):
        found = library.view(f"category/Thing{n}", draft=f"steps-{n}").document
        assert isinstance(found, dict)
        steps = [f"round {r}" for r in range(rounds)]
        assert (found["steps"], found["description"], found["label"]) == (steps, "Mine.", "Renamed")
        assert found["rank"] == rounds - 1
    store = library.store
    tip = store.canonical_tip()
    assert tip is not None
    commits = list(first_parents(store.git, tip))
    assert len(commits) == 1 + clients * rounds * 2
    for commit in commits[::2]:  # every other one is within a push
        snapshot = take_snapshot(store.git, commit.oid)
        validator, view = Validator(snapshot), EffectiveView(store.git, snapshot)
        assert not [v for entity, _ in snapshot.entities() for v in validator.check(view, entity)]


@pytest.mark.parametrize("over_http", [True, False], ids=["over smart HTTP", "as files"])
def test_clients_that_push_at_once_lose_nothing(tmp_path: Path, over_http: bool) -> None:
    story(tmp_path, clients=3, rounds=1, over_http=over_http)


def main() -> None:
    """Both ways, at the size of the arguments."""
    clients, rounds = map(int, sys.argv[1:])
    for role in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{role}_NAME": "Ann Archivist", f"GIT_{role}_EMAIL": "ann@example.org"}
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for over_http in (True, False):
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            again = story(Path(folder), clients, rounds, over_http=over_http)
            told = {
                "over_http": over_http,
                "clients": clients,
                "rounds": rounds,
                "pushed_again": again,
                "seconds": round(time.perf_counter() - started),
            }
            sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
