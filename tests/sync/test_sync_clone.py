"""A clone is there as a whole, or not at all."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from clones import Server
from sandbox import Sandbox

GIT = """#!/bin/sh
case " $* " in *" clone "*) ;; *) exec {git} "$@" ;; esac
{git} "$@" || exit
until [ -s '{pid}' ]; do sleep 0.01; done
kill -{signal} "$(cat '{pid}')"
sleep 0.2
"""
# heeds what a shell's background job, and nohup, ignore
PROGRAM = """import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from gitdraft.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def interrupted(server: Server, tmp_path: Path, name: str, end: int = signal.SIGKILL) -> int:
    """Clone, and end the program once its git has cloned. Returns its exit status."""
    programs = tmp_path / "programs"
    programs.mkdir(exist_ok=True)
    pid, git = programs / "pid", programs / "git"
    pid.unlink(missing_ok=True)
    git.write_text(GIT.format(git=shutil.which("git"), pid=pid, signal=int(end)))
    git.chmod(0o755)
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "clone", str(server.path), name],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    pid.write_text(str(program.pid))
    return program.wait(60)


def left(tmp_path: Path) -> list[str]:
    return [path.name for path in tmp_path.iterdir() if "unfinished" in path.name]


@pytest.mark.parametrize("name", ["copy", "below/a copy"])
def test_a_killed_clone_leaves_no_half_folder_and_the_next_one_clears_up(
    server: Server, tmp_path: Path, name: str
) -> None:
    target = tmp_path / name
    assert interrupted(server, tmp_path, name) == -signal.SIGKILL
    assert not target.exists()
    assert len(left(target.parent)) == 1

    assert Sandbox(tmp_path).run("clone", str(server.path), name).code == 0
    assert Sandbox(target).run("status").code == 0
    assert left(target.parent) == []


def test_a_killed_clone_into_a_folder_that_is_there_leaves_no_repository(
    server: Server, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    assert interrupted(server, tmp_path, "copy") == -signal.SIGKILL
    assert [path.name for path in folder.iterdir()] == left(folder)

    assert Sandbox(folder).run("clone", str(server.path), ".").code == 0
    assert Sandbox(folder).git("status", "--porcelain") == ""
    assert left(folder) == []


def test_a_folder_that_is_there_becomes_a_repository_last(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.name == ".git":
            assert (folder / "gitdraft.yaml").exists()
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    answer = Sandbox(tmp_path).run("-o", "json", "clone", str(server.path), "copy")
    assert (answer.code, list(folder.iterdir())) == (50, [])


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_clone_that_is_ended_leaves_nothing(server: Server, tmp_path: Path, end: int) -> None:
    before = sorted(tmp_path.iterdir())
    assert interrupted(server, tmp_path, "copy", end) == 128 + end
    assert sorted({*tmp_path.iterdir()} - {tmp_path / "programs"}) == before


def test_what_may_be_at_work_is_named_and_left(server: Server, tmp_path: Path) -> None:
    other = tmp_path / ".copy.unfinished-clone-1a2b3c4d"
    other.mkdir()
    answer = Sandbox(tmp_path).run("-o", "json", "clone", str(server.path), "copy")
    assert answer.code == 0
    assert str(other) in answer.out + answer.err
    assert other.is_dir()


def test_a_folder_that_is_there_is_filled_if_it_is_empty(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    inode = folder.stat().st_ino
    assert Sandbox(tmp_path).run("clone", str(server.path), "copy").code == 0
    assert folder.stat().st_ino == inode

    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").write_text("mine")
    assert Sandbox(tmp_path).run("clone", str(server.path), "full").code == 50
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["file"]

    (tmp_path / "empty").mkdir()
    assert interrupted(server, tmp_path, "empty", signal.SIGTERM) == 143
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_clone_that_fails_leaves_nothing(tmp_path: Path) -> None:
    assert Sandbox(tmp_path).run("clone", str(tmp_path / "nowhere.git"), "copy").code != 0
    assert list(tmp_path.iterdir()) == []
