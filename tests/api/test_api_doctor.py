"""`doctor` finds what can be dead without a word, and each hint mends it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox


@pytest.fixture(autouse=True)
def on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs of this environment."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin")


def finding(sandbox: Sandbox, check: str) -> dict[str, Any]:
    answer = sandbox.run("-o", "json", "doctor")
    item = next(item for item in answer.json["findings"] if item["check"] == check)
    assert item["fine"] or answer.code == 1
    return dict(item)


def test_a_fresh_repository_is_fine(sandbox: Sandbox) -> None:
    answer = sandbox.run("-o", "json", "doctor")
    assert (answer.code, [item for item in answer.json["findings"] if not item["fine"]]) == (0, [])


def test_hooks_that_git_does_not_run(sandbox: Sandbox) -> None:
    assert finding(sandbox, "hooks")["fine"]
    sandbox.run("hooks", "install")
    assert finding(sandbox, "hooks")["fine"]
    sandbox.write(".husky/_/.gitignore", "*\n")
    sandbox.git("config", "core.hooksPath", ".husky/_")
    dead = finding(sandbox, "hooks")
    assert (dead["fine"], dead["hint"]) == (False, "gitdraft hooks install")
    assert ".husky/_" in dead["message"]
    sandbox.run("hooks", "install")
    assert finding(sandbox, "hooks")["fine"]
    (sandbox.path / ".husky/_/pre-commit").unlink()
    assert "pre-commit" in finding(sandbox, "hooks")["message"]
    sandbox.git("config", "core.hooksPath", "/dev/null")
    assert "core.hooksPath" in finding(sandbox, "hooks")["hint"]


def test_hooks_path_among_committed_files(sandbox: Sandbox) -> None:
    sandbox.run("hooks", "install")
    sandbox.git("config", "core.hooksPath", "hooks")
    assert finding(sandbox, "hooks")["hint"] == "gitdraft hooks install --tracked"


def test_drivers_that_a_clone_lacks(
    sandbox: Sandbox, tmp_path: Path, git: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.run("init")
    git(tmp_path, "clone", "--quiet", str(sandbox.path), "clone")
    clone = Sandbox(tmp_path / "clone")
    dead = finding(clone, "drivers")
    assert (dead["fine"], dead["hint"]) == (False, "gitdraft init")
    clone.run("init")
    assert finding(clone, "drivers")["fine"]
    clone.git("config", "merge.gitdraft.driver", "false")
    assert not finding(clone, "drivers")["fine"]
    clone.run("init")
    monkeypatch.setenv("PATH", "/usr/local/bin:/usr/bin:/bin")
    assert not finding(clone, "drivers")["fine"]


@pytest.mark.parametrize("file", [".gitattributes", ".git/info/attributes"])
def test_attributes_that_take_a_type_from_the_driver(sandbox: Sandbox, file: str) -> None:
    sandbox.run("init")
    assert finding(sandbox, "drivers")["fine"]
    path = sandbox.path / file
    path.write_text((path.read_text() if path.exists() else "") + "*.json -merge\n")
    dead = finding(sandbox, "drivers")
    assert (dead["fine"], "category (merge: unset)" in dead["message"]) == (False, True)


def test_a_type_that_somebody_merges_otherwise_is_theirs(sandbox: Sandbox) -> None:
    sandbox.write(".gitattributes", "categories/*.json merge=union\n")
    sandbox.commit("By lines")
    sandbox.run("init")
    assert finding(sandbox, "drivers")["fine"]


def test_a_branch_without_the_lines_yet_is_no_alarm(sandbox: Sandbox) -> None:
    sandbox.git("branch", "old")
    sandbox.run("init")
    sandbox.git("switch", "--quiet", "old")
    assert finding(sandbox, "drivers")["fine"]


def test_drafts_under_an_old_prefix(sandbox: Sandbox) -> None:
    sandbox.run("new", "A label", "--id", "a")
    text = (sandbox.path / "gitdraft.yaml").read_text()
    sandbox.write("gitdraft.yaml", f"{text}drafts: wip/\n")
    sandbox.commit()
    dead = finding(sandbox, "prefix")
    assert (dead["fine"], dead["hint"]) == (False, "git branch -m draft/a wip/a")
    sandbox.git(*dead["hint"].split()[1:])
    assert finding(sandbox, "prefix")["fine"]
    assert "a" in sandbox.run("list").out


def test_drafts_under_an_old_prefix_are_seen_in_a_clone_that_never_made_them(
    sandbox: Sandbox, tmp_path: Path, git: Callable[..., str]
) -> None:
    sandbox.run("new", "A label", "--id", "a")
    git(tmp_path, "clone", "--quiet", "--bare", str(sandbox.path), "server.git")
    text = (sandbox.path / "gitdraft.yaml").read_text()
    sandbox.write("gitdraft.yaml", f"{text}drafts: wip/\n")
    sandbox.commit()
    sandbox.git("push", "--quiet", str(tmp_path / "server.git"), "main")
    git(tmp_path, "clone", "--quiet", str(tmp_path / "server.git"), "clone")
    clone = Sandbox(tmp_path / "clone")
    dead = finding(clone, "prefix")
    assert (dead["fine"], "origin/draft/a" in dead["message"]) == (False, True)
    clone.git(*dead["hint"].split()[1:])
    assert clone.run("pull").code == 0
    assert "a" in clone.run("list").out
    assert finding(clone, "prefix")["fine"]
    clone.git("branch", "copy/a", "wip/a")
    assert finding(clone, "prefix")["fine"], "a copy is no draft of its own"


def test_a_draft_on_canonical_is_one_finding(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("A label", draft_id="a").set("category/Person", "/label", "Human")
    sandbox.git("merge", "--quiet", "--no-edit", "draft/a")
    answer = sandbox.run("-o", "json", "doctor")
    dead = [item["check"] for item in answer.json["findings"] if not item["fine"]]
    assert (answer.code, dead) == (1, ["merges"])


def test_an_empty_file_of_tokens(sandbox: Sandbox) -> None:
    assert finding(sandbox, "tokens")["fine"]
    sandbox.run("token", "create", "ci", "--role", "maintainer")
    assert finding(sandbox, "tokens")["fine"]
    for file in (sandbox.path / ".git/gitdraft").glob("tokens.sqlite3*"):
        file.write_bytes(b"")
    assert not finding(sandbox, "tokens")["fine"]
    refused = sandbox.run("-o", "json", "token", "create", "ci", "--role", "maintainer")
    assert (refused.code, json.loads(refused.err)["code"]) == (50, "tokens")
    assert (sandbox.path / ".git/gitdraft/tokens.sqlite3").read_bytes() == b""
    (sandbox.path / ".git/gitdraft/tokens.sqlite3").write_bytes(b"no database")
    assert not finding(sandbox, "tokens")["fine"]


def test_signing_without_what_signs(sandbox: Sandbox, tmp_path: Path) -> None:
    assert finding(sandbox, "signing")["fine"]
    sandbox.git("config", "commit.gpgsign", "true")
    sandbox.git("config", "gpg.format", "ssh")
    assert "user.signingkey" in finding(sandbox, "signing")["hint"]
    sandbox.git("config", "user.signingkey", str(tmp_path / "id"))
    assert not finding(sandbox, "signing")["fine"]
    (tmp_path / "id").write_text("key")
    assert finding(sandbox, "signing")["fine"]
    sandbox.git("config", "gpg.ssh.program", "nowhere")
    assert not finding(sandbox, "signing")["fine"]
    sandbox.git("config", "gpg.format", "runes")
    assert not finding(sandbox, "signing")["fine"]


@pytest.mark.skipif(shutil.which("gpg") is None, reason="there is no gpg")
def test_signing_with_a_key_that_gpg_does_not_have(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GNUPGHOME", str(tmp_path))
    tmp_path.chmod(0o700)
    sandbox.git("config", "commit.gpgsign", "true")
    sandbox.git("config", "user.signingkey", "0123456789ABCDEF")
    assert "no secret key" in finding(sandbox, "signing")["message"]


def test_a_draft_whose_commit_is_missing(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix", "--id", "fix")
    tip = sandbox.git("rev-parse", "draft/fix")
    sandbox.run("new", "Other", "--id", "other")
    (sandbox.path / f".git/objects/{tip[:2]}/{tip[2:]}").unlink()
    hint = finding(sandbox, "drafts")["hint"]
    assert "git fetch" in hint
    sandbox.git(*hint.partition("; git ")[2].removesuffix(" drops it").split())
    assert finding(sandbox, "drafts")["fine"]


def test_a_partial_clone(sandbox: Sandbox, tmp_path: Path, git: Callable[..., str]) -> None:
    sandbox.git("config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", f"file://{sandbox.path}", "partial")
    told = finding(Sandbox(tmp_path / "partial"), "objects")
    assert (told["fine"], told["hint"]) == (True, "git fetch --refetch --no-filter origin")


def test_hooks_that_git_leaves_out_or_whose_program_is_gone(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.run("hooks", "install")
    (sandbox.path / ".git/hooks/pre-commit").chmod(0o644)
    dead = finding(sandbox, "hooks")
    assert (dead["fine"], dead["hint"]) == (False, "gitdraft hooks install")
    assert sandbox.run("hooks", "install").code == 0
    assert finding(sandbox, "hooks")["fine"]
    settings = sandbox.path / ".git/gitdraft/hooks"
    lines = settings.read_text().splitlines(keepends=True)
    settings.write_text("".join([*lines[:2], "/gone/gitdraft\n", *lines[3:]]))
    assert finding(sandbox, "hooks")["fine"], "the PATH has one"
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert not finding(sandbox, "hooks")["fine"]
    sandbox.run("hooks", "install")
    assert finding(sandbox, "hooks")["fine"]


def test_a_draft_on_a_commit_that_is_canonicals_no_more(sandbox: Sandbox) -> None:
    sandbox.change("categories/Agent.json", label="Actor")
    sandbox.library.drafts.new("A label", draft_id="a").set("category/Person", "/label", "Human")
    sandbox.git("commit", "--quiet", "--amend", "-m", "in other words")
    dead = finding(sandbox, "drafts")
    assert (dead["fine"], dead["hint"]) == (False, "gitdraft rebase a")
    sandbox.run(*dead["hint"].split()[1:])
    assert finding(sandbox, "drafts")["fine"]
    assert sandbox.git("merge-base", "main", "draft/a") == sandbox.git("rev-parse", "main")


def test_a_branch_of_a_draft_that_holds_none_any_more(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("A label", draft_id="a").set("category/Person", "/label", "Human")
    tip = sandbox.git("rev-parse", "draft/a")
    sandbox.git("branch", "--force", "draft/a", "main")
    sandbox.git("branch", "draft/other", "main")
    dead = finding(sandbox, "drafts")
    delete, _, reopen = (
        dead["hint"].removesuffix(" restores what the operation log has of it").partition(" && ")
    )
    sandbox.git(*delete.split()[1:])
    sandbox.run(*reopen.split()[1:])
    assert sandbox.git("rev-parse", "draft/a") == tip
    assert finding(sandbox, "drafts")["hint"] == "git log --stat draft/other shows its commits"


def test_an_operation_log_that_leads_elsewhere(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("A label", draft_id="a").set("category/Person", "/label", "Human")
    sandbox.change("categories/Agent.json", label="Actor")
    sandbox.git("update-ref", "refs/gitdraft/operations", "main")
    dead = finding(sandbox, "operations")
    assert not dead["fine"]
    sandbox.git(*dead["hint"].partition(" goes back")[0].split()[1:])
    assert finding(sandbox, "operations")["fine"]
    assert sandbox.run("undo").code == 0


UNREADABLE = ("version: [\n", "version: 1\ncanonical: 5\nunknown: 1\n", "", "- a list\n")


@pytest.mark.parametrize("text", UNREADABLE)
def test_a_configuration_that_cannot_be_read(sandbox: Sandbox, text: str) -> None:
    before = (sandbox.path / "gitdraft.yaml").read_text()
    sandbox.write("gitdraft.yaml", text)
    sandbox.commit("Break")
    if text:
        found = sandbox.run("-o", "json", "doctor").json["findings"]
        broken = [item for item in found if not item["fine"]]
        assert [item["check"] for item in broken] == ["configuration"], "one fault is told once"
        assert "git log -1 -p -- gitdraft.yaml" in broken[0]["hint"]
        for command in ("status", "list", "rebase", "validate", "adopt", "undo"):
            refused = sandbox.run("-o", "json", command)
            assert refused.code == 20, command
            assert refused.refusal["hint"].startswith("edit gitdraft.yaml and commit it"), command
    sandbox.write("gitdraft.yaml", before)
    sandbox.commit("Mend")
    assert finding(sandbox, "configuration")["fine"]


def test_another_branch_with_a_broken_configuration_stops_nothing(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.git("checkout", "--quiet", "-b", "feature")
    sandbox.write("gitdraft.yaml", UNREADABLE[0])
    sandbox.commit("Break")
    assert sandbox.run("status").code == 0
    assert sandbox.run("set", "category/Person", "/label", "Human", "--draft", "fix").code == 0
    assert finding(sandbox, "configuration")["fine"]
    sandbox.git("checkout", "--quiet", "--detach")
    assert sandbox.run("status").code == 0
