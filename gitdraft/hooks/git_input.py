"""What git tells a hook: the repository in the environment, the refs of a push on standard input."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from gitdraft.api.hooks import open_for_hook
from gitdraft.api.repository import Repository
from gitdraft.api.session import Identity, Session
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import RefUpdate, server_actor

NO_COMMIT = "0" * 40
ON_SERVERS = ("post-receive",)
FOLLOWING = ("post-commit", "post-merge", "post-rewrite", "post-checkout", "post-receive")


def open_hook_repository(environment: Mapping[str, str], hook: str) -> Repository | None:
    """Returns the repository that git runs a hook for, in which whom git is configured for acts (a server may know
    nobody); ``None`` where gitdraft is not set up there. Raises RepositoryError."""
    store = open_for_hook(environment, mends=hook not in FOLLOWING)
    if store is None:
        return None
    fallback = server_actor() if hook in ON_SERVERS else None
    return Repository(Session(store, Identity(fallback=fallback, environment=environment)))


def read_received(lines: Iterable[bytes]) -> tuple[RefUpdate, ...]:
    """Returns the refs of a push as git names them to pre-receive: `OLD NEW REF`, a line each."""
    updates = []
    for line in lines:
        old, new, ref = os.fsdecode(line).rstrip("\n").split(" ", 2)
        updates.append(RefUpdate(RefName(ref), _oid(old), _oid(new)))
    return tuple(updates)


def read_pushed(lines: Iterable[bytes]) -> tuple[RefUpdate, ...]:
    """Returns the refs of a push as git names them to pre-push: `FROM NEW TO OLD`, a line each; by their names on the
    remote."""
    updates = []
    for line in lines:
        # FROM may be any expression, with spaces too
        _, new, ref, old = os.fsdecode(line).rstrip("\n").rsplit(" ", 3)
        updates.append(RefUpdate(RefName(ref), _oid(old), _oid(new)))
    return tuple(updates)


def _oid(text: str) -> Oid | None:
    return None if text == NO_COMMIT else Oid(text)
