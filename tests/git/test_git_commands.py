"""Starting and ending gits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sandbox import Sandbox

from gitdraft.errors import RepositoryError
from gitdraft.git import commands


def test_a_git_that_does_not_end_when_it_is_asked_is_killed(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As git's own does that is asked in the moment in which it begins to heed signals."""
    deaf = tmp_path / "programs" / "git"
    deaf.parent.mkdir()
    deaf.write_text("#!/bin/sh\ntrap '' TERM\necho > \"$0.deaf\"\nexec sleep 60\n")
    deaf.chmod(0o755)
    monkeypatch.setenv("PATH", f"{deaf.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(commands, "PATIENCE", 0.1)
    pids: list[int] = []

    def refuse(pid: int) -> None:
        pids.append(pid)
        while not deaf.with_name("git.deaf").exists():
            pass
        raise RepositoryError("no room for the note", code="no-space")

    with pytest.raises(RepositoryError, match="no room"), commands.hearing_of_gits(refuse):
        commands.run_git(sandbox.path, ["gc"])
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
