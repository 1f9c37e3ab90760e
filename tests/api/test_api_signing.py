"""What lands on canonical is signed as git is configured to, and git verifies it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from program import Answer
from sandbox import Sandbox

from gitdraft.api import session as sessions
from gitdraft.git import signing

PERSON = "category/Person"
needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")


def make_key(folder: Path, passphrase: str = "") -> Path:
    key = folder / "id"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "test", "-f", str(key)], check=True
    )
    return key


def committer(sandbox: Sandbox) -> tuple[str, str]:
    name, _, rest = sandbox.git("var", "GIT_COMMITTER_IDENT").partition(" <")
    return name, rest.partition(">")[0]


def sign_by_ssh(sandbox: Sandbox, key: Path) -> None:
    for name, value in (
        ("commit.gpgsign", "true"),
        ("gpg.format", "ssh"),
        ("user.signingkey", str(key)),
    ):
        sandbox.git("config", name, value)
    allowed = key.with_name("allowed")
    mail = committer(sandbox)[1]
    allowed.write_text(f"{mail} {key.with_suffix('.pub').read_text()}")
    sandbox.git("config", "gpg.ssh.allowedSignersFile", str(allowed))


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return make_key(tmp_path)


@pytest.fixture
def signed(sandbox: Sandbox, key: Path) -> Sandbox:
    sign_by_ssh(sandbox, key)
    return sandbox


def verified(sandbox: Sandbox, revision: str = "main") -> bool:
    done = subprocess.run(
        ["git", "verify-commit", revision], cwd=sandbox.path, capture_output=True, check=False
    )
    return done.returncode == 0


def merge_a_draft(sandbox: Sandbox) -> Answer:
    sandbox.run("new", "A label", "--id", "a")
    sandbox.run("set", PERSON, "/label", '"Human"')
    sandbox.run("submit")
    return sandbox.run("merge", "a")


def test_a_merge_is_signed_and_git_verifies_it(signed: Sandbox) -> None:
    assert merge_a_draft(signed).code == 0
    assert verified(signed)
    assert not verified(signed, "main~")
    signed.git("fsck", "--strict")


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    "command",
    [
        ("entity", "delete", "category/Person", "--reason", "x", "--force"),
        ("entity", "lock", PERSON, "--reason", "x"),
        ("entity", "archive", PERSON, "--reason", "x"),
        ("redirect", "create", PERSON, "category/Agent", "--reason", "x", "--repoint"),
        ("redirect", "merge", PERSON, "category/Agent", "--keep", "to", "--reason", "x"),
        ("layout", "migrate", "category", "--fanout", "1"),
        ("import", "entities", "../rows.jsonl", "--type", "category"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_every_commit_on_canonical_is_signed(signed: Sandbox, command: tuple[str, ...]) -> None:
    row = {"id": "New", "label": "New", "description": "x"}
    (signed.path.parent / "rows.jsonl").write_text(f"{json.dumps(row)}\n")
    before = signed.git("rev-parse", "main")
    answer = signed.run(*command)
    assert (answer.code, signed.git("rev-parse", "main") == before) == (0, False), answer.err
    assert verified(signed)


def test_what_init_commits_is_signed(
    tmp_path: Path, git: Callable[..., str], key: Path, sandbox: Sandbox
) -> None:
    folder = tmp_path / "fresh"
    git(tmp_path, "init", "--quiet", "--initial-branch=main", str(folder))
    fresh = type(sandbox)(folder)
    fresh.git("config", "user.email", "a@example.org")
    fresh.git("config", "user.name", "A")
    sign_by_ssh(fresh, key)
    assert fresh.run("init", "--type", "thing").code == 0
    assert verified(fresh)


def test_nothing_is_signed_unless_git_is_told_so(sandbox: Sandbox) -> None:
    assert merge_a_draft(sandbox).code == 0
    assert "gpgsig" not in sandbox.git("cat-file", "commit", "main")


def test_a_literal_key_is_found_in_the_agent_or_refused(signed: Sandbox, key: Path) -> None:
    signed.git("config", "user.signingkey", "key::" + key.with_suffix(".pub").read_text().strip())
    before = signed.refs()
    signed.run("new", "A label", "--id", "a")
    answer = merge_a_draft(signed)
    assert (answer.code, signed.git("rev-parse", "main")) == (50, before["refs/heads/main"])


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("user.signingkey", "/nowhere/id"),
        ("gpg.format", "runes"),
        ("gpg.ssh.program", "/nowhere/ssh-keygen"),
        ("gpg.ssh.program", "false"),
        ("gpg.format", "x509"),
        ("gpg.format", "openpgp"),
    ],
)
def test_where_no_signature_is_made_nothing_is_written(signed: Sandbox, name: str, value: str) -> None:
    signed.run("new", "A label", "--id", "a")
    signed.run("set", PERSON, "/label", '"Human"')
    signed.run("submit")
    before = signed.refs()
    signed.git("config", name, value)
    answer = signed.run("-o", "json", "merge", "a")
    assert (answer.code, json.loads(answer.err)["code"]) == (50, "signing-failed")
    assert signed.refs() == before
    assert signed.git("status", "--porcelain") == ""


def test_a_dry_run_asks_nobody(signed: Sandbox) -> None:
    signed.git("config", "gpg.ssh.program", "false")
    assert signed.run("redirect", "create", PERSON, "category/Agent", "-n", "--reason", "x").code != 50


def test_a_key_with_a_passphrase_prompts_nobody(sandbox: Sandbox, tmp_path: Path) -> None:
    sign_by_ssh(sandbox, make_key(tmp_path, "secret"))
    answer = merge_a_draft(sandbox)
    assert answer.code == 50
    assert "cannot be signed" in answer.err


def test_a_program_that_hangs_is_stopped(
    signed: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "hang"
    program.write_text("#!/bin/sh\nsleep 60\n")
    program.chmod(0o755)
    signed.git("config", "gpg.ssh.program", str(program))
    monkeypatch.setattr(signing, "PATIENCE", 0.2)
    begun = time.monotonic()
    answer = merge_a_draft(signed)
    assert (answer.code, "within 0.2 seconds" in answer.err) == (50, True)
    assert time.monotonic() - begun < 55


def test_the_key_may_come_from_a_command(signed: Sandbox, key: Path) -> None:
    signed.git("config", "--unset", "user.signingkey")
    signed.git("config", "gpg.ssh.defaultKeyCommand", f"cat {key}.pub")
    answer = merge_a_draft(signed)
    assert answer.code == 50  # the agent has no such key
    assert "user.signingkey" not in answer.err


@pytest.mark.parametrize("scope", ["GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"])
def test_settings_of_the_environment_count(
    sandbox: Sandbox, key: Path, monkeypatch: pytest.MonkeyPatch, scope: str
) -> None:
    sign_by_ssh(sandbox, key)
    sandbox.git("config", "--unset", "commit.gpgsign")
    if scope == "GIT_CONFIG_COUNT":
        monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
        monkeypatch.setenv("GIT_CONFIG_KEY_0", "commit.gpgsign")
        monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    else:
        monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'commit.gpgsign'='true'")
    assert merge_a_draft(sandbox).code == 0
    assert verified(sandbox)


@needs_gpg
def test_openpgp_signs_with_the_committers_key(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "g"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    name, mail = committer(sandbox)
    options = ["--batch", "--passphrase", "", "--quick-generate-key", f"{name} <{mail}>", "ed25519", "sign"]
    done = subprocess.run(["gpg", *options], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"gpg makes no key here: {done.stderr!r}")
    try:
        sandbox.git("config", "commit.gpgsign", "true")
        assert merge_a_draft(sandbox).code == 0
        done = subprocess.run(
            ["git", "verify-commit", "main"],
            cwd=sandbox.path,
            env=dict(os.environ),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    finally:
        subprocess.run(["gpgconf", "--kill", "gpg-agent"], check=False)


def test_only_a_person_at_a_terminal_may_be_asked() -> None:
    assert sessions.Identity().may_prompt is False


def test_the_commit_that_takes_back_what_others_have_is_signed(
    signed: Sandbox, tmp_path: Path, git: Callable[..., str]
) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "hub.git")
    signed.git("remote", "add", "origin", str(tmp_path / "hub.git"))
    assert merge_a_draft(signed).code == 0
    signed.git("push", "--quiet", "origin", "main")
    before = signed.git("rev-parse", "main")
    assert signed.run("undo").code == 0
    assert signed.git("rev-parse", "main~") == before
    assert verified(signed)


@pytest.mark.parametrize("options", [(), ("--take-out",)])
def test_what_adopt_commits_is_signed(signed: Sandbox, options: tuple[str, ...]) -> None:
    signed.run("new", "A label", "--id", "a")
    signed.run("set", PERSON, "/label", '"Human"')
    signed.git("merge", "--quiet", "--no-gpg-sign", "--no-ff", "--no-edit", "draft/a")
    assert signed.run("adopt", "a", *options).code == 0
    assert verified(signed)
