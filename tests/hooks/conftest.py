"""Repositories with hooks, and a PATH on which git finds gitdraft."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from sandbox import Sandbox, run_git


@dataclass(frozen=True)
class Said:
    """What git did and printed."""

    code: int
    out: str

    @property
    def ours(self) -> list[str]:
        """gitdraft's lines."""
        return [line for line in self.out.splitlines() if line.startswith("gitdraft:")]


def call_git(folder: Path, *arguments: str, **environment: str) -> Said:
    """git, whether it succeeds or not, with all that it and its hooks print."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    assert "Traceback" not in done.stdout, done.stdout
    return Said(done.returncode, done.stdout)


@pytest.fixture(autouse=True)
def program(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gitdraft that is tested is on the PATH."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture(scope="session")
def hooked_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with hooks installed and one draft, which renames Person; made once."""
    sandbox = Sandbox(tmp_path_factory.mktemp("hooked") / "repository")
    shutil.copytree(template, sandbox.path, symlinks=True)
    assert sandbox.run("hooks", "install").code == 0
    sandbox.library.drafts.new("Fix Person").set("category/Person", "/label", "Human")
    sandbox.library.rebase()
    return sandbox.path


@pytest.fixture(scope="session")
def server_template(hooked_template: Path) -> Path:
    """A bare repository with hooks and what the hooked one has; made once."""
    bare = Sandbox(hooked_template.with_name("server.git"))
    run_git(hooked_template, "clone", "--quiet", "--bare", str(hooked_template), str(bare.path))
    assert bare.run("hooks", "install").code == 0
    return bare.path


@pytest.fixture
def hooked(sandbox: Sandbox, hooked_template: Path) -> Sandbox:
    """The sandbox with hooks installed and one draft, which renames Person."""
    shutil.rmtree(sandbox.path)
    shutil.copytree(hooked_template, sandbox.path, symlinks=True)
    return sandbox


@pytest.fixture
def server(hooked: Sandbox, server_template: Path, tmp_path: Path) -> Sandbox:
    """A bare repository with hooks, to which ``hooked`` pushes as `origin`."""
    path = shutil.copytree(server_template, tmp_path / "server.git", symlinks=True)
    hooked.git("remote", "add", "origin", str(path))
    hooked.git("fetch", "--quiet", "origin")
    return Sandbox(path)
