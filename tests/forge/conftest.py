"""A team on a forge: a bare repository that it serves, and Ann's clone with the token in her environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from forge_server import TOKEN, serve_forge
from sandbox import Sandbox, run_git
from team import Team


@pytest.fixture(params=["github", "gitlab", "gitea"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of forge."""
    return str(request.param)


@pytest.fixture
def team(kind: str, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    """A clone of a repository on a forge."""
    bare = tmp_path / "forge.git"
    run_git(tmp_path, "clone", "--quiet", "--bare", str(sandbox.path), str(bare))
    run_git(bare, "config", "http.receivepack", "true")
    monkeypatch.setenv("GITDRAFT_FORGE_TOKEN", TOKEN)
    with serve_forge(kind, bare) as forge:
        run_git(tmp_path, "clone", "--quiet", forge.url, "ann")
        repository = Sandbox(tmp_path / "ann")
        repository.git("config", "gitdraft.forge.kind", kind)
        repository.git("config", "gitdraft.forge.api", forge.api)
        yield Team(forge, repository)
