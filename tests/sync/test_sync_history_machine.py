"""Edits, undo, push, pull and purges by two people and a server: nothing that is published is lost but what was purged, what
was purged never comes back, and a revision never names two contents."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import pytest
from clones import Clone, clone_of, serve
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sandbox import CONFIGURATION, ENTITIES, SCHEMA, Sandbox, run_git

from gitdraft.errors import GitdraftError

pytestmark = pytest.mark.long

FILES = ("properties/name.json", "properties/unused.json")
MEMORY = Path("/dev/shm")

who = st.sampled_from(["Ann", "Ben"])
files = st.sampled_from(FILES)
labels = st.sampled_from("xyz")


class Histories(RuleBasedStateMachine):
    """Each rule does one thing, or is refused."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        first = Sandbox(self.folder / "first")
        first.path.mkdir()
        first.git("init", "--quiet", "--initial-branch", "main")
        first.write("gitdraft.yaml", CONFIGURATION)
        first.write("categories/_schema.json", SCHEMA)
        for path, entity in ENTITIES.items():
            first.write(path, entity)
        first.commit("first")
        self.server = serve(first, self.folder)
        self.clones: dict[str, Clone] = {
            name: clone_of(self.server, self.folder, name) for name in ("Ann", "Ben")
        }
        self.published = [self.server.git("rev-parse", "main")]
        self.contents: dict[tuple[str, str], str | None] = {}
        self.purged: set[str] = set()
        self.count = 0

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    @rule(name=who, path=files, label=labels)
    def edit(self, name: str, path: str, label: str) -> None:
        """A draft with one edit, merged at once."""
        library = self.clones[name].library
        self.count += 1
        draft = library.drafts.new(f"d{self.count}", draft_id=f"d{self.count}")
        try:
            draft.set(f"property/{Path(path).stem}", "/label", f"{label}{self.count}")
            draft.submit()
            draft.merge()
        except GitdraftError:
            draft.withdraw()

    @rule(name=who)
    def undo(self, name: str) -> None:
        """Takes back the last thing; what the remote is known to have stays beneath."""
        clone = self.clones[name]
        had = clone.git("merge-base", "main", "origin/main") == clone.git("rev-parse", "origin/main")
        command = next((o.command for o in clone.library.operations()), "")
        try:
            report = clone.library.undo()
        except GitdraftError:
            return
        if had and report.undone.command != "pull" and command != "pull":
            seen = clone.git("rev-parse", "origin/main")
            assert clone.git("merge-base", "main", "origin/main") == seen

    @rule(name=who)
    def push(self, name: str) -> None:
        try:
            self.clones[name].library.push()
        except GitdraftError:
            return
        tip = self.server.git("rev-parse", "main")
        for commit in self.published:
            assert run_git(self.server.path, "merge-base", commit, tip) == commit
        self.published.append(tip)

    @rule(name=who)
    def pull(self, name: str) -> None:
        try:
            self.clones[name].library.pull()
        except GitdraftError as error:
            assert error.code in ("canonical-diverged", "remote-rewritten")
            assert error.code == "canonical-diverged" or "git merge" not in str(error.hint)

    @rule(label=labels)
    def purge(self, label: str) -> None:
        """The server's last commit is replaced by another one, as a purge that is pushed does it."""
        tip = self.server.git("rev-parse", "main")
        if tip == self.published[0]:
            return
        self.count += 1  # another commit than any before, in the same second too
        parent = self.server.git("rev-parse", "main~1")
        self.purged.add(tip)
        for ref in self.server.git("for-each-ref", "--format=%(refname)", "--contains", tip).splitlines():
            self.server.git("update-ref", "-d", ref) if ref != "refs/heads/main" else None
        self.server.git("update-ref", "refs/heads/main", parent)
        self.published = [
            c for c in self.published if run_git(self.server.path, "merge-base", c, parent) == c
        ]
        self.published.append(self.server.commit_file(FILES[0], label=f"{label} {self.count}"))

    @invariant()
    def look(self) -> None:
        for commit in self.purged:
            assert self.server.git("for-each-ref", "--contains", commit) == "", "what was purged came back"
        for clone in self.clones.values():
            for path in FILES:
                history = clone.library.canonical.revisions(f"property/{Path(path).stem}")
                for revision in history:
                    key = (path, revision.text)
                    assert self.contents.setdefault(key, revision.content) == revision.content
                assert json.loads(clone.git("show", f"main:{path}"))["id"] == Path(path).stem


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
