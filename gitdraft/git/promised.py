"""The objects that a partial clone lacks and a remote has promised: fetched when they are read, as git does it.

(promisor-remote.c of git; gitglossary, "promisor".) libgit2 takes them for missing.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from gitdraft.errors import MissingObject, without_credentials
from gitdraft.git.commands import run_git
from gitdraft.git.credentials import remote_environment
from gitdraft.git.layout import local_settings
from gitdraft.git.sealed import SEALED
from gitdraft.model.names import Oid

REFETCH = "git fetch --refetch --no-filter"
FETCH = (
    "-c",
    "fetch.negotiationAlgorithm=noop",
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-recurse-submodules",
    "--no-auto-maintenance",
    "--filter=blob:none",
    "--stdin",
)
ONE_BY_ONE = 4  # fetched singly; whoever wants more is given all that the branches' tips need
TRUE = ("", "true", "yes", "on", "1")


def promisor_remotes(common: Path) -> tuple[str, ...]:
    """Returns the remotes that have promised objects; none unless the repository is a partial clone."""
    settings = local_settings(common)
    promisors = [
        name.removeprefix("remote.").removesuffix(".promisor")
        for name, value in settings.items()
        if name.startswith("remote.") and name.endswith(".promisor") and value.lower() in TRUE
    ]
    extension = settings.get("extensions.partialclone")
    return tuple(dict.fromkeys([*([extension] if extension else []), *promisors]))


class PromisedObjects:
    """What a repository lacks and may fetch."""

    def __init__(self, path: Path, common: Path) -> None:
        self._path = path
        self._remotes = promisor_remotes(common)
        self._fetched = 0

    def fetch(self, oid: Oid, type_name: str) -> bool:
        """Fetches an object; ``False`` where nobody has promised any. Raises MissingObject when no remote gives it."""
        if not self._remotes:
            return False
        self._fetched += 1
        if self._fetched == ONE_BY_ONE and any(
            self._fetch_from(remote, [oid, *self._missing_at_tips()]) is None for remote in self._remotes
        ):
            return True
        reasons: list[str] = []
        for remote in self._remotes:  # git refuses some batches in which trees and blobs are mixed
            reason = self._fetch_from(remote, [oid])
            if reason is None:
                return True
            reasons.append(reason)
        raise MissingObject(
            f"{type_name} {oid[:12]} is not in this partial clone, and {self._remotes[0]} did not give it: {reasons[0]}",
            context={"oid": oid, "remote": self._remotes[0]},
            hint=f"{REFETCH} {self._remotes[0]} fetches all that a partial clone lacks",
        )

    def _fetch_from(self, remote: str, oids: Sequence[Oid]) -> str | None:
        """Fetches from one remote. Returns why it failed, ``None`` when it did not."""
        from gitdraft.git.library import NO_SEARCH, open_raw

        try:
            done = subprocess.run(
                ["git", *FETCH, remote],
                cwd=self._path,
                env={**self._environment(), **remote_environment(open_raw(self._path, NO_SEARCH), remote)},
                input="".join(f"{oid}\n" for oid in oids).encode(),
                capture_output=True,
                check=False,
                start_new_session=True,  # no terminal on which anybody could be asked
            )
        except OSError as error:
            return f"git cannot be started: {error.strerror}"
        if done.returncode == 0:
            return None
        lines = without_credentials(done.stderr.decode("utf-8", "replace")).splitlines() or [
            "git fetch failed"
        ]
        return next((line for line in lines if line.startswith(("fatal: ", "error: "))), lines[0])

    def _missing_at_tips(self) -> list[Oid]:
        listed = run_git(
            self._path,
            ["rev-list", "--objects", "--missing=print", "--no-walk", "--branches", "--remotes"],
            environment={"GIT_DIR": str(self._path)},
            accept=range(256),
        ).stdout
        return [Oid(line[1:].decode()) for line in listed.splitlines() if line.startswith(b"?")]

    def _environment(self) -> Mapping[str, str]:
        """Returns the user's environment, with its credentials and agents, for this repository."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("GIT_")
            or name.startswith(("GIT_CONFIG", "GIT_SSH", "GIT_SSL", "GIT_ASKPASS"))
        }
        sealed = {name: SEALED[name] for name in ("LC_ALL", "GIT_TERMINAL_PROMPT")}
        return kept | sealed | {"GIT_DIR": str(self._path)}
