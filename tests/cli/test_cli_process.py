"""What a process lacks: open streams, file descriptors, a home."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest
from sandbox import Sandbox

GITDRAFT = f"{shlex.quote(sys.executable)} -m gitdraft.cli.main"


def in_shell(sandbox: Sandbox, line: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["sh", "-c", line], cwd=sandbox.path, capture_output=True, check=False)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_command_whose_streams_are_closed_does_what_it_is_asked(sandbox: Sandbox, closed: str) -> None:
    draft = sandbox.library.drafts.new("Fix", draft_id="fix")
    draft.set("category/Person", "/rank", 7)
    draft.submit()

    done = in_shell(sandbox, f"{GITDRAFT} merge fix {closed}")

    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert '"rank": 7' in sandbox.git("show", "main:categories/Person.json")
    assert sandbox.git("status", "--porcelain") == ""
    sandbox.fsck()


def test_without_file_descriptors_it_is_refused_and_nothing_has_happened(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix", draft_id="fix")
    draft.set("category/Person", "/rank", 7)
    draft.submit()
    before = sandbox.refs()

    done = in_shell(sandbox, f"ulimit -n 6; exec {GITDRAFT} merge fix")

    assert (done.returncode, b"Too many open files" in done.stderr) == (50, True)
    assert sandbox.refs() == before
    assert list((sandbox.path / ".git").glob("*.lock")) == []
    assert sandbox.run("merge", "fix").code == 0


def test_without_a_home_and_a_temporary_folder_it_works(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.library.drafts.new("Fix", draft_id="fix")
    monkeypatch.delenv("HOME")
    monkeypatch.setenv("TMPDIR", os.devnull)

    done = in_shell(sandbox, f"{GITDRAFT} set category/Person /rank 7 --draft fix")

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_reader_that_goes_away_is_no_error(sandbox: Sandbox) -> None:
    for number in range(3000):
        sandbox.write(f"categories/Category-with-a-long-name-{number}.json", {})
    sandbox.git("add", "-A")
    sandbox.git("commit", "-qm", "many")

    done = in_shell(sandbox, f"{{ {GITDRAFT} ls; echo $? >&2; }} | head -n 1")

    assert (done.stdout, done.stderr) == (b"category/Agent\n", b"0\n")
