"""Eight who write at once, gitdraft's doors and plain git: nothing that was acknowledged is lost."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox

import gitdraft

pytestmark = pytest.mark.long

ROUNDS = 12
GITDRAFT = [sys.executable, "-m", "gitdraft.cli.main"]
KERNEL_LOCKS = ("writers.lock", "serve.lock")  # released with their process
PAUSE = 0.3  # seconds
TRIES = 30  # a writer that was refused, and told so, tries again


@pytest.fixture
def address(sandbox: Sandbox) -> Iterator[str]:
    service = subprocess.Popen(
        [*GITDRAFT, "serve", "--port", "0"],
        cwd=sandbox.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert service.stdout is not None
    match = re.search(rb"http://[\d.:]+", service.stdout.readline())
    assert match is not None
    yield match[0].decode()
    service.terminate()
    service.communicate()


@dataclass
class Writers:
    """Those who write; each says whether it was acknowledged."""

    sandbox: Sandbox
    address: str
    token: str
    done: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    failures: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def work(self, name: str, act: Callable[[int], bool]) -> threading.Thread:
        """Does ``act`` for each number, again where it was refused."""

        def run() -> None:
            for number in range(ROUNDS):
                for _ in range(TRIES):
                    if act(number):
                        self.done[name].append(number)
                        break
                    self.over.wait(PAUSE)  # git gives up at once where somebody holds the index
                else:
                    self.failures.append(f"{name} {number}")

        return threading.Thread(target=run)

    def keep_house(self, *command: str) -> threading.Thread:
        """Runs a command of git's again and again."""

        def run() -> None:
            while not self.over.wait(0.05):
                subprocess.run(["git", *command], cwd=self.sandbox.path, capture_output=True, check=False)

        return threading.Thread(target=run)

    def by_library(self, number: int) -> bool:
        try:
            draft = gitdraft.open(self.sandbox.path).drafts["of-library"]
            draft.set("property/library", f"/n{number}", number)
        except (gitdraft.Moved, gitdraft.RepositoryError):
            return False
        return True

    def by_cli(self, number: int) -> bool:
        command = ["set", "property/cli", f"/n{number}", str(number), "--draft", "of-cli"]
        answer = subprocess.run(
            [*GITDRAFT, *command], cwd=self.sandbox.path, capture_output=True, check=False
        )
        assert answer.returncode in (0, 43, 50), answer.stderr.decode()
        return answer.returncode == 0

    def by_http(self, number: int) -> bool:
        request = urllib.request.Request(
            f"{self.address}/api/v2/drafts/of-http/changes/property/http",
            json.dumps([{"op": "add", "path": f"/n{number}", "value": number}]).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json-patch+json"},
            method="PATCH",
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError as error:
            with error:
                assert error.code in (409, 503), error.read()
            return False

    def by_merge(self, number: int) -> bool:
        name = f"merge-{number}"
        drafts = gitdraft.open(self.sandbox.path).drafts
        try:
            if not any(draft.id == name for draft in drafts):
                drafts.new(name, draft_id=name)
                drafts[name].set("property/merges", f"/n{number}", number)
            if drafts[name].status.value in ("draft", "validated"):
                drafts[name].submit()
            drafts[name].merge()
        except (gitdraft.Moved, gitdraft.RepositoryError):
            return False
        except gitdraft.StateRefused as refused:
            assert refused.code == "worktree-in-the-way", refused.message
            return False
        return True

    def by_person(self, number: int) -> bool:
        (self.sandbox.path / f"note-{number}.txt").write_text("mine\n")
        commands = (["add", f"note-{number}.txt"], ["commit", "-q", "-m", f"note {number}"])
        return not any(
            subprocess.run(
                ["git", *command], cwd=self.sandbox.path, capture_output=True, check=False
            ).returncode
            for command in commands
        )


@pytest.mark.parametrize("expiry", ["1.hour.ago", "now"])
def test_eight_writers_lose_nothing(sandbox: Sandbox, address: str, expiry: str) -> None:
    """Where a gc prunes what no ref leads to ``now``, nobody commits by plain git: it would lose objects."""
    for writer in ("library", "cli", "http", "merges"):
        sandbox.write(f"properties/{writer}.json", {"id": writer})
    sandbox.commit("An entity for each")
    for writer in ("library", "cli", "http"):
        sandbox.library.drafts.new(f"Of {writer}", draft_id=f"of-{writer}")
    token = json.loads(sandbox.run("-o", "json", "token", "create", "bot", "--role", "maintainer").out)[
        "token"
    ]
    writers = Writers(sandbox, address, token)
    workers = [
        writers.work("library", writers.by_library),
        writers.work("cli", writers.by_cli),
        writers.work("http", writers.by_http),
        writers.work("merges", writers.by_merge),
        *([writers.work("person", writers.by_person)] if expiry != "now" else []),
    ]
    keepers = [
        writers.keep_house("gc", "--quiet", f"--prune={expiry}"),
        writers.keep_house("pack-refs", "--all"),
        writers.keep_house("status", "--porcelain"),
    ]
    for thread in (*workers, *keepers):
        thread.start()
    for thread in workers:
        thread.join()
    writers.over.set()
    for thread in keepers:
        thread.join()

    assert writers.failures == []
    assert all(numbers == list(range(ROUNDS)) for numbers in writers.done.values())
    check(sandbox, writers.done)


def check(sandbox: Sandbox, done: dict[str, list[int]]) -> None:
    """All that was acknowledged is there, and nothing else is said to be."""
    repo = gitdraft.open(sandbox.path)
    assert sandbox.run("rebase").code in (0, 1)
    for writer in ("library", "cli", "http"):
        document: Any = repo.drafts[f"of-{writer}"].view(f"property/{writer}").document
        assert {name for name in document if name != "id"} == {f"n{number}" for number in done[writer]}
    merged: Any = repo.view("property/merges").document
    assert {name for name in merged if name != "id"} == {f"n{number}" for number in done["merges"]}
    subjects = sandbox.git("log", "--format=%s", "main").splitlines()
    assert {f"note {number}" for number in done["person"]} <= set(subjects)
    for number in done["person"]:
        assert sandbox.git("show", f"main:note-{number}.txt") == "mine"
    assert sandbox.git("status", "--porcelain") == ""
    sandbox.fsck()
    locks = [lock for lock in Path(sandbox.path, ".git").rglob("*.lock") if lock.name not in KERNEL_LOCKS]
    assert locks == []
    assert list(Path(sandbox.path, ".git/gitdraft/locks").iterdir()) == []
    assert not (sandbox.path / ".git/gitdraft/rescued").exists()
