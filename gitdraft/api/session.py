"""Who acts on which repository, for the library: a plan becomes an operation of now."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from gitdraft.git.identity import configured_identity
from gitdraft.model.actors import Actor
from gitdraft.model.occasions import OperationMetadata
from gitdraft.store.repository import Store
from gitdraft.store.transaction import Plan, Transaction, begin, commit_plan

Report = TypeVar("Report")


def silent_notice(notice: str) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class Session:
    """An open repository and who acts on it (``None``: whom git is configured for), perhaps by the hand of another,
    the committer."""

    store: Store
    actor: Actor | None = None
    committer: Actor | None = None
    notify: Callable[[str], None] = field(default=silent_notice)

    def do(
        self, command: str, make_plan: Callable[[OperationMetadata], Plan[Report]], *, dry_run: bool = False
    ) -> Report:
        """Carry a plan out as one operation of the log, or only make it; its report."""
        return self.run(command, lambda transaction: make_plan(transaction.metadata), dry_run=dry_run)

    def run(
        self, command: str, verb: Callable[[Transaction], Plan[Report]], *, dry_run: bool = False
    ) -> Report:
        """Plans a verb and carries the plan out as one operation of the log named ``command``, or with ``dry_run`` only
        plans it. Returns its report; notices (an interrupted operation was finished) go to ``notify``."""
        metadata = self.metadata()
        if dry_run:
            return verb(begin(self.store, metadata)).report
        written = commit_plan(self.store, metadata, command, verb)
        for notice in written.notices:
            self.notify(notice)
        return written.report

    def metadata(self) -> OperationMetadata:
        """Who acts, now, under the id of a fresh operation."""
        author = self.actor or self._configured("author")
        committer = self.committer or self.actor or self._configured("committer")
        return metadata_of(author, committer)

    def _configured(self, role: Literal["author", "committer"]) -> Actor:
        return Actor(*configured_identity(self.store.git, os.environ, role))


def metadata_of(author: Actor, committer: Actor | None = None) -> OperationMetadata:
    """These people, at this moment, in this time zone, under a fresh operation id."""
    now = time.localtime()
    return OperationMetadata(
        author, int(time.mktime(now)), now.tm_gmtoff // 60, secrets.token_hex(6), committer
    )
