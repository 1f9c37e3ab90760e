"""Signatures of commits, made as git makes them: by the program that `gpg.format` names, with `user.signingkey`.

(gpg-interface.c of git; gitformat-signature.)
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from gitdraft.errors import RepositoryError
from gitdraft.git.commands import run_git
from gitdraft.git.repository import GitRepository
from gitdraft.git.values import Signature

PATIENCE = 60.0  # seconds for all signatures of one operation: other writers wait for it
SETTINGS = r"^(commit\.gpgsign|user\.signingkey|gpg\..*)$"
PROGRAMS = {"openpgp": "gpg", "x509": "gpgsm", "ssh": "ssh-keygen"}
PROMPTING = ("DISPLAY", "WAYLAND_DISPLAY", "SSH_ASKPASS", "GPG_TTY", "PINENTRY_USER_DATA")
SIGNED = b"\n[GNUPG:] SIG_CREATED "


class SigningSettings(NamedTuple):
    """How git signs commits here: the format, the key (``None``: the committer's) and the program."""

    format: str
    key: str | None
    program: str
    key_command: str | None = None


def signing_settings(git: GitRepository, *, is_asked: bool = False) -> SigningSettings | None:
    """Returns how commits are to be signed, as git is configured; ``None`` where they are not, and nobody has asked. Raises
    RepositoryError (``signing-failed``) for a format that git does not have."""
    listed = run_git(
        git.path,
        ["config", "--null", "--get-regexp", SETTINGS],
        environment={"GIT_DIR": str(git.path)},
        accept=(0, 1),
    ).stdout
    settings: dict[str, str | None] = {}
    for record in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        name, has_value, value = record.partition("\n")
        settings[name] = value if has_value else None
    if not is_asked and not _is_true(settings, "commit.gpgsign"):
        return None
    signing_format = settings.get("gpg.format") or "openpgp"
    if signing_format not in PROGRAMS:
        raise _failed(f"gpg.format is '{signing_format}', which is none of {', '.join(PROGRAMS)}")
    program = settings.get(f"gpg.{signing_format}.program")
    if signing_format == "openpgp":
        program = program or settings.get("gpg.program")
    return SigningSettings(
        signing_format,
        settings.get("user.signingkey"),
        _expanded(program or PROGRAMS[signing_format]),
        settings.get("gpg.ssh.defaultkeycommand"),
    )


class Signer:
    """Signs the commits of one operation. Where nobody ``may_prompt``, a key that needs a passphrase which no agent has is
    refused."""

    def __init__(self, git: GitRepository, *, may_prompt: bool = False) -> None:
        self.git = git
        self.may_prompt = may_prompt
        self._spent = 0.0

    @cached_property
    def settings(self) -> SigningSettings | None:
        """How git is configured, read when the first commit is signed."""
        return signing_settings(self.git)

    def signed(self, commit: bytes, committer: Signature) -> bytes:
        """Returns a commit's content with its signature, or as it is where git does not sign. Raises RepositoryError
        (``signing-failed``) where none is made within what is left of the 60 seconds of the operation."""
        settings = self.settings
        if settings is None:
            return commit
        return with_signature(commit, self._signature(settings, commit, committer))

    def signed_tag(self, tag: bytes, tagger: Signature) -> bytes:
        """Returns a tag's content with its signature, which stands below it. Raises what ``signed`` does."""
        settings = signing_settings(self.git, is_asked=True)
        assert settings is not None
        return tag + self._signature(settings, tag, tagger)

    def lacks_key(self) -> bool:
        """Returns whether gpg, or gpgsm, has no secret key of the name that git is configured with. What another program, or an
        agent of ssh's, has is not looked for."""
        settings = self.settings
        if settings is None or not settings.key or not Path(settings.program).name.startswith("gpg"):
            return False
        return (
            self._run([settings.program, "--batch", "--list-secret-keys", settings.key], b"").returncode != 0
        )

    def _signature(self, settings: SigningSettings, content: bytes, by: Signature) -> bytes:
        begun = time.monotonic()
        try:
            if settings.format == "ssh":
                signature = self._sign_by_ssh(settings, content)
            else:
                signature = self._sign_by_gpg(settings, content, by)
        finally:
            self._spent += time.monotonic() - begun
        return signature.replace(b"\r\n", b"\n")

    def _sign_by_gpg(self, settings: SigningSettings, commit: bytes, committer: Signature) -> bytes:
        key = settings.key or f"{committer.name} <{committer.email}>"
        silent = (
            [] if self.may_prompt or settings.format != "openpgp" else ["--batch", "--pinentry-mode=error"]
        )
        done = self._run([settings.program, *silent, "--status-fd=2", "-bsau", key], commit)
        if done.returncode or SIGNED not in b"\n" + done.stderr:
            raise _failed(_said(done) or f"{settings.program} made no signature", settings)
        return done.stdout

    def _sign_by_ssh(self, settings: SigningSettings, commit: bytes) -> bytes:
        key = settings.key or self._default_key(settings)
        with tempfile.TemporaryDirectory(prefix="gitdraft-sign-") as folder:
            payload = Path(folder) / "commit"
            payload.write_bytes(commit)
            options: list[str] = []
            literal = key.removeprefix("key::") if key.startswith(("key::", "ssh-")) else None
            if literal is not None:
                public = Path(folder) / "key.pub"
                public.write_text(f"{literal}\n", "utf-8")
                key, options = str(public), ["-U"]
            command = [settings.program, "-Y", "sign", "-n", "git", "-f", _expanded(key)]
            done = self._run([*command, *options, str(payload)], b"")
            signature = payload.with_name("commit.sig")
            if done.returncode or not signature.is_file():
                raise _failed(_said(done) or f"{settings.program} made no signature", settings)
            return signature.read_bytes()

    def _default_key(self, settings: SigningSettings) -> str:
        if not settings.key_command:
            raise _failed("neither user.signingkey nor gpg.ssh.defaultKeyCommand is configured", settings)
        done = self._run(shlex.split(settings.key_command), b"")
        key = done.stdout.decode("utf-8", "replace").partition("\n")[0].strip()
        if done.returncode or not key.startswith(("key::", "ssh-")):
            raise _failed(f"gpg.ssh.defaultKeyCommand names no key: {_said(done)}", settings)
        return key

    def _run(self, command: Sequence[str], stdin: bytes) -> subprocess.CompletedProcess[bytes]:
        """Runs a program; in a session of its own, without a terminal, where nobody may be asked."""
        environment = dict(os.environ)
        if not self.may_prompt:
            environment = {name: value for name, value in environment.items() if name not in PROMPTING}
            environment["SSH_ASKPASS_REQUIRE"] = "never"
        left = max(PATIENCE - self._spent, 0.0)
        try:
            program = subprocess.Popen(
                command,
                cwd=self.git.worktree or self.git.path,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=not self.may_prompt,
            )
        except OSError as error:
            raise _failed(f"{command[0]} cannot be started: {error.strerror}") from error
        with program:
            try:
                out, said = program.communicate(stdin, timeout=left)
            except subprocess.TimeoutExpired as error:
                raise _failed(f"{command[0]} made no signature within {PATIENCE:g} seconds") from error
            finally:
                if program.poll() is None:
                    self._stop(program)
        return subprocess.CompletedProcess(command, program.returncode, out, said)

    def _stop(self, program: subprocess.Popen[bytes]) -> None:
        """Kills the program, and what it started where that is a session of its own: a pipe may be held open."""
        with suppress(ProcessLookupError):
            if self.may_prompt:
                program.kill()
            else:
                os.killpg(program.pid, signal.SIGKILL)


def with_signature(commit: bytes, signature: bytes) -> bytes:
    """Returns the commit's content with the signature as its last header."""
    headers, blank, message = commit.partition(b"\n\n")
    lines = b"\n ".join(signature.rstrip(b"\n").split(b"\n"))
    return headers + b"\ngpgsig " + lines + blank + message


def _expanded(path: str) -> str:
    return str(Path(path).expanduser()) if path.startswith("~") else path


def _is_true(settings: dict[str, str | None], name: str) -> bool:
    if name not in settings:
        return False
    value = settings[name]
    return value is None or value.lower() in ("true", "yes", "on") or (value.isdecimal() and int(value) != 0)


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    return next((line for line in reversed(lines) if line.strip() and not line.startswith("[GNUPG:]")), "")


def _failed(why: str, settings: SigningSettings | None = None) -> RepositoryError:
    context = {} if settings is None else {"format": settings.format}
    return RepositoryError(
        f"the commit cannot be signed, so nothing was written: {why}",
        code="signing-failed",
        context=context,
        hint="git commit --allow-empty -S -m test shows whether git can; git config commit.gpgsign false writes unsigned commits",
    )
