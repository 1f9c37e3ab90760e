"""What git can do that moves canonical, or not, and the places where it can be done."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gitdraft
from gitdraft.store.hooks.install import install

PERSON = "categories/Person.json"
NO_HOOKS = ("-c", "core.hooksPath=/dev/null", "-c", "protocol.file.allow=always")


@dataclass
class Place:
    """A worktree with canonical checked out and one open draft; ``environment`` is what the user has set."""

    path: Path
    trace: Path
    upstream: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    log: Path | None = None

    def git(self, *arguments: str, stdin: str = "") -> str:
        """git as the user runs it: hooks run, and which is noted."""
        return self._call(
            ["git", *arguments], stdin, {**self.environment, "GIT_TRACE2_EVENT": str(self.trace)}
        )

    def quietly(self, *arguments: str, stdin: str = "") -> str:
        """git without hooks, to prepare an event."""
        return self._call(["git", *NO_HOOKS, *arguments], stdin, self.environment)

    @property
    def library(self) -> gitdraft.Repository:
        """The repository, looked at from outside."""
        return gitdraft.open(self.path)

    def edit(self, path: str = PERSON, **members: Any) -> None:
        """Change a file of the worktree, and stage it."""
        file = self.path / path
        document = json.loads(file.read_text()) | (members or {"description": "Somebody."})
        file.write_text(json.dumps(document, indent=2) + "\n")
        self.quietly("add", path)

    def commit_quietly(self, path: str = PERSON, **members: Any) -> None:
        """A commit that no hook sees."""
        self.edit(path, **members)
        self.quietly("commit", "--quiet", "--message", f"change {path}")

    def feature(self) -> None:
        """A branch `feature` with one commit that changes Person."""
        self.quietly("switch", "--quiet", "--create", "feature")
        self.commit_quietly()
        self.quietly("switch", "--quiet", "main")

    def elsewhere(self) -> None:
        """Another branch than canonical is checked out."""
        self.quietly("switch", "--quiet", "--create", "elsewhere")

    def moved_upstream(self) -> None:
        """Upstream's canonical has a commit that this one lacks."""
        self.feature()
        self.quietly("push", "--quiet", str(self.upstream), "feature:main")
        self.quietly("branch", "--quiet", "-D", "feature")

    @property
    def hooks(self) -> list[str]:
        """The hooks of gitdraft's that ran, in order."""
        if not self.trace.exists():
            return []
        events = [json.loads(line) for line in self.trace.read_text().splitlines()]
        return list(dict.fromkeys(e["hook_name"] for e in events if e.get("child_class") == "hook"))

    def canonical(self) -> str:
        """Canonical's tip."""
        return self.quietly("rev-parse", "main")

    def is_right(self) -> bool:
        """Whether no draft is left to be rebased."""
        counts = self.library.rebase(dry_run=True).counts
        return (counts.open, counts.rebased, counts.conflict) == (1, 0, 0)

    def is_seen_right(self) -> bool:
        """Whether a command that only reads shows the draft on top of canonical."""
        mine = self.library.view("category/Person", draft="fix-person").document
        theirs = json.loads(self.quietly("show", f"main:{PERSON}"))
        return bool(mine == theirs | {"label": "Human"})

    def _call(self, command: list[str], stdin: str, environment: Mapping[str, str]) -> str:
        done = subprocess.run(
            command,
            cwd=self.path,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **environment},
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout.strip()


def _commit(place: Place) -> None:
    place.edit()
    place.git("commit", "--quiet", "--message", "move")


def _amend(place: Place) -> None:
    place.commit_quietly("categories/Agent.json", label="Actor")
    place.edit()
    place.git("commit", "--quiet", "--amend", "--no-edit")


def _merge(place: Place) -> None:
    place.feature()
    place.commit_quietly("categories/Agent.json", label="Actor")
    place.git("merge", "--quiet", "--no-edit", "feature")


def _pull(place: Place) -> None:
    place.moved_upstream()
    place.git("pull", "--quiet", "--ff-only", str(place.upstream), "main")


def _pull_rebase(place: Place) -> None:
    place.moved_upstream()
    place.commit_quietly("categories/Agent.json", label="Actor")
    place.git("pull", "--quiet", "--rebase", str(place.upstream), "main")


def _rebase(place: Place) -> None:
    place.feature()
    place.commit_quietly("categories/Agent.json", label="Actor")
    place.git("rebase", "--quiet", "feature")


def _cherry_pick(place: Place) -> None:
    place.feature()
    place.git("cherry-pick", "feature")


def _revert(place: Place) -> None:
    place.commit_quietly()
    place.library.rebase()
    place.git("revert", "--no-edit", "HEAD")


def _am(place: Place) -> None:
    place.feature()
    patch = place.quietly("format-patch", "--stdout", "main..feature")
    place.git("am", "--quiet", stdin=patch + "\n")


def _reset(place: Place) -> None:
    place.feature()
    place.git("reset", "--quiet", "--hard", "feature")


def _checkout(place: Place) -> None:
    place.git("checkout", "--quiet", "-b", "elsewhere")


def _checkout_late(place: Place) -> None:
    place.commit_quietly()
    place.git("checkout", "--quiet", "-b", "elsewhere")


def _fetch(place: Place) -> None:
    place.moved_upstream()
    place.elsewhere()
    place.git("fetch", "--quiet", str(place.upstream), "main:main")


def _push(place: Place) -> None:
    place.git("push", "--quiet", str(place.upstream), "main")


def _update_ref(place: Place) -> None:
    place.feature()
    place.elsewhere()
    place.git("update-ref", "refs/heads/main", "feature")


def _branch_force(place: Place) -> None:
    place.feature()
    place.elsewhere()
    place.git("branch", "--quiet", "--force", "main", "feature")


def _worktree_add(place: Place) -> None:
    place.git("worktree", "add", "--quiet", str(place.path.parent / "another"), "-b", "another")


def _stash_pop(place: Place) -> None:
    place.edit()
    place.quietly("stash", "push", "--quiet")
    place.git("stash", "pop", "--quiet")


EVENTS: dict[str, Callable[[Place], None]] = {
    "commit": _commit,
    "commit --amend": _amend,
    "merge, with a merge commit": _merge,
    "pull, fast-forward": _pull,
    "pull --rebase, with local commits": _pull_rebase,
    "rebase": _rebase,
    "cherry-pick": _cherry_pick,
    "revert": _revert,
    "am": _am,
    "reset --hard": _reset,
    "checkout": _checkout,
    "checkout, after canonical moved unseen": _checkout_late,
    "fetch into canonical": _fetch,
    "push": _push,
    "update-ref": _update_ref,
    "branch --force": _branch_force,
    "worktree add": _worktree_add,
    "stash pop": _stash_pop,
}


def plain(template: Path, folder: Path) -> Place:
    """A clone like any other."""
    return _ready(_copy(template, folder / "repository"), folder)


def with_hooks(template: Path, folder: Path) -> Place:
    """Hooks are there already, and note that they ran."""
    path = _copy(template, folder / "repository")
    log = folder / "log"
    for name in ("pre-commit", "pre-push", "post-commit", "post-merge", "post-rewrite", "post-checkout"):
        script = path / ".git/hooks" / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(f"#!/bin/bash\necho {name} >>'{log}'\nexit 0\n")
        script.chmod(0o755)
    place = _ready(path, folder)
    place.log = log
    return place


def with_hooks_path(template: Path, folder: Path) -> Place:
    """core.hooksPath leads to a folder for all repositories."""
    path = _copy(template, folder / "repository")
    _git(path, "config", "core.hooksPath", str(folder / "all hooks"))
    return _ready(path, folder)


def odd_path(template: Path, folder: Path) -> Place:
    """Spaces, quotes and letters outside ASCII in the path."""
    return _ready(_copy(template, folder / "ein Ordner, 'größer' 文"), folder)


def worktree(template: Path, folder: Path) -> Place:
    """Canonical is checked out in a linked worktree."""
    path = _copy(template, folder / "main worktree")
    _git(path, "switch", "--quiet", "--detach")
    _git(path, "worktree", "add", "--quiet", str(folder / "linked"), "main")
    return _ready(folder / "linked", folder)


def submodule(template: Path, folder: Path) -> Place:
    """A submodule: its `.git` is a file."""
    above = folder / "above"
    above.mkdir()
    _git(above, "init", "--quiet")
    _git(above, *NO_HOOKS, "submodule", "--quiet", "add", str(template), "sub module")
    return _ready(above / "sub module", folder)


def with_environment(template: Path, folder: Path) -> Place:
    """GIT_DIR, GIT_WORK_TREE and GIT_INDEX_FILE are set, the index being a file of its own."""
    place = _ready(_copy(template, folder / "repository"), folder)
    git_dir = place.path / ".git"
    shutil.copy(git_dir / "index", git_dir / "other index")
    place.environment = {
        "GIT_DIR": str(git_dir),
        "GIT_WORK_TREE": str(place.path),
        "GIT_INDEX_FILE": str(git_dir / "other index"),
    }
    return place


PLACES: dict[str, Callable[[Path, Path], Place]] = {
    "an existing hook": with_hooks,
    "core.hooksPath": with_hooks_path,
    "an odd path": odd_path,
    "a linked worktree": worktree,
    "a submodule": submodule,
    "GIT_DIR, GIT_WORK_TREE, GIT_INDEX_FILE": with_environment,
}


def _copy(template: Path, path: Path) -> Path:
    shutil.copytree(template, path, symlinks=True)
    return path


def _ready(path: Path, folder: Path) -> Place:
    upstream = folder / "upstream.git"
    _git(path, "clone", "--quiet", "--bare", ".", str(upstream))
    place = Place(path, folder / "trace", upstream)
    if not _git(path, "branch", "--list", "draft/*"):  # a submodule is a clone, which has no drafts
        add_draft(path)
    install(place.library.store)
    return place


def add_draft(path: Path) -> None:
    """One open draft, which renames Person."""
    library = gitdraft.open(path)
    library.drafts.new("Fix Person").set("category/Person", "/label", "Human")
    library.rebase()


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{arguments}: {done.stderr}"
    return done.stdout.strip()
