"""`examples/operate/backup.sh` and `restore.sh`, run whole: what is restored is what was there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sandbox import Sandbox

from gitdraft.store.tokens import open_tokens

SCRIPTS = Path(__file__).parents[2] / "examples/operate"
NOW = 1_800_000_000

pytestmark = pytest.mark.skipif(shutil.which("sqlite3") is None, reason="sqlite3 is not installed")


def run_script(name: str, *arguments: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [SCRIPTS / name, *arguments],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def lived_in(sandbox: Sandbox) -> tuple[str, str]:
    """Gives the repository drafts, open, closed and in conflict, redirects and tokens: a maintainer's and a draft's."""
    for number, label in enumerate(("Human", "Individual", "Somebody")):
        sandbox.run("new", f"Draft {number}", "--id", f"draft-{number}")
        sandbox.run("set", "category/Person", "/label", label)
    sandbox.run("submit", "draft-0")
    sandbox.run("merge", "draft-0")
    sandbox.run("withdraw", "draft-1")
    sandbox.run("redirect", "create", "property/unused", "property/name", "--reason", "same")
    with open_tokens(sandbox.path / ".git") as tokens:
        named = tokens.issue("maintainer", NOW, name="Ann <ann@example.org>")[0]
        capability = tokens.issue("capability", NOW, draft="draft-2")[0]
        revoked = tokens.issue("reader", NOW, name="wiki")[1]
        tokens.revoke([revoked], NOW)
    return named, capability


def all_of(sandbox: Sandbox) -> dict[str, Any]:
    """What a repository is: its refs, its branch, what its commands say, its tokens. How a draft stands is judged first; since
    when is what the index alone remembers."""
    sandbox.run("rebase")
    said = {
        line: sandbox.run("-o", "json", *line.split()).json
        for line in ("list", "operations", "audit", "conflicts draft-2")
    }
    for draft in said["list"]["drafts"]:
        draft.pop("conflict_since", None)
    git_dir = Path(sandbox.git("rev-parse", "--path-format=absolute", "--git-common-dir"))
    with open_tokens(git_dir) as tokens:
        grants = tokens.all(capabilities=True)
    return {"refs": sandbox.refs(), "head": sandbox.git("symbolic-ref", "HEAD"), "tokens": grants, **said}


def restored(backup: Path, target: Path) -> Sandbox:
    done = run_script("restore.sh", backup, target)
    assert done.returncode == 0, done.stdout + done.stderr
    return Sandbox(target)


def test_what_is_restored_is_what_was_there(sandbox: Sandbox, tmp_path: Path) -> None:
    tokens = lived_in(sandbox)
    before = all_of(sandbox)
    done = run_script("backup.sh", sandbox.path, tmp_path / "backup")
    assert done.returncode == 0, done.stderr
    sandbox.run("withdraw", "draft-2")
    sandbox.run("undo")
    sandbox.run("set", "category/Agent", "/description", "After the backup.", "--draft", "draft-2")
    again = restored(tmp_path / "backup", tmp_path / "restored")
    assert all_of(again) == before
    with open_tokens(tmp_path / "restored/.git") as kept:
        assert [grant and grant.role for grant in (kept.find(token, NOW) for token in tokens)] == [
            "maintainer",
            "capability",
        ]
    again.fsck()
    assert again.git("status", "--porcelain") == ""
    assert again.run("index", "verify").code == 0
    assert again.run("undo").code == 0, "the operation log goes on"
    assert again.run("rebase").code == 1


def test_a_served_bare_repository_is_restored_with_its_tokens(sandbox: Sandbox, tmp_path: Path) -> None:
    lived_in(sandbox)
    bare = Sandbox(tmp_path / "served.git")
    sandbox.git("clone", "--quiet", "--mirror", ".", str(bare.path))
    (bare.path / "gitdraft").mkdir(exist_ok=True)
    shutil.copy(sandbox.path / ".git/gitdraft/tokens.sqlite3", bare.path / "gitdraft")
    before = all_of(bare)
    assert run_script("backup.sh", bare.path, tmp_path / "backup").returncode == 0
    assert all_of(restored(tmp_path / "backup", tmp_path / "restored.git")) == before


def test_what_a_backup_holds_is_its_owners_alone_and_is_never_written_over(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    lived_in(sandbox)
    sandbox.run("list")
    backup = tmp_path / "backup"
    assert run_script("backup.sh", sandbox.path, backup).returncode == 0
    assert [file.name for file in (backup / "gitdraft").iterdir()] == ["tokens.sqlite3"]
    assert backup.stat().st_mode & 0o077 == 0
    again = run_script("backup.sh", sandbox.path, backup)
    assert (again.returncode, again.stderr) == (1, f"{backup} is already there\n")
    over = run_script("restore.sh", backup, sandbox.path)
    assert (over.returncode, over.stderr) == (1, f"{sandbox.path} is already there\n")


@pytest.mark.long
def test_a_backup_made_while_the_service_writes_can_be_gone_on_with(
    sandbox: Sandbox, tmp_path: Path, serving: Callable[..., Any]
) -> None:
    client = serving().of("maintainer")
    client.post("/api/v2/drafts", json={"title": "Busy", "draft_id": "busy"})
    child = subprocess.Popen([SCRIPTS / "backup.sh", sandbox.path, tmp_path / "backup"])
    written: list[httpx.Response] = []
    while child.poll() is None:
        patch = [{"op": "replace", "path": "/label", "value": f"Label {len(written)}"}]
        written.append(client.patch("/api/v2/drafts/busy/changes/category/Person", json=patch))
    assert child.returncode == 0
    assert {answer.status_code for answer in written} <= {200, 201}
    again = restored(tmp_path / "backup", tmp_path / "restored")
    assert again.run("set", "category/Person", "/label", "After", "--draft", "busy").code == 0
    assert again.run("index", "verify").code == 0
    again.fsck()
