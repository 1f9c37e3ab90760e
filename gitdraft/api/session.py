"""Who acts on which repository, and when: a plan becomes one operation of the log."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from gitdraft.api.spans import operation_span
from gitdraft.errors import RepositoryError
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.lazy_regex import regex
from gitdraft.model.operations import Actor, OperationMetadata

if TYPE_CHECKING:
    from gitdraft.git.repository import GitRepository
    from gitdraft.store.repository import Store
    from gitdraft.store.transaction import Plan, Transaction
    from gitdraft.views.reviews import Given

Report = TypeVar("Report")
NAMED = regex(r"(?P<name>[^<>]*)<(?P<mail>[^<>@\s]+@[^<>\s]+)>\s*")


class Moment(NamedTuple):
    """A point in time (Unix seconds) in a time zone (minutes east of UTC)."""

    seconds: int
    offset_minutes: int = 0


Clock = Callable[[], Moment]


def local_time() -> Moment:
    """The present moment, in this machine's time zone: the clock of a session that was given none."""
    now = time.localtime()
    return Moment(int(time.mktime(now)), now.tm_gmtoff // 60)


def silent_notice(notice: str) -> None:
    """Drops a notice: what a session without a listener does with it."""


def no_precondition() -> None:
    """Refuses nothing."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who acts: ``actor`` is the author, ``committer`` who writes on that person's behalf; where one is ``None``, git is
    asked, which looks at its configuration and at the ``environment`` (`GIT_AUTHOR_NAME` and its like). ``fallback`` acts
    where git knows nobody, as on a server. ``may_prompt``: a person is at a terminal, whom what signs may ask."""

    actor: Actor | None = None
    committer: Actor | None = None
    fallback: Actor | None = None
    may_prompt: bool = False
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def author_in(self, git: GitRepository) -> Actor:
        """Returns the author. Raises RepositoryError (``no-identity``) when nobody is configured."""
        return self.actor or self._configured(git, "author")

    def committer_in(self, git: GitRepository) -> Actor:
        """Returns the committer. Raises RepositoryError (``no-identity``) when nobody is configured."""
        return self.committer or self.actor or self._configured(git, "committer")

    def _configured(self, git: GitRepository, role: Literal["author", "committer"]) -> Actor:
        from gitdraft.git.identity import configured_identity

        try:
            return Actor(*configured_identity(git, self.environment, role))
        except RepositoryError as error:
            if self.fallback is None or error.code != "no-identity":
                raise
            return self.fallback


@dataclass(frozen=True, slots=True)
class Session:
    """An open repository, who acts on it, and what time it is.

    ``notify`` hears what the user should know besides a report (an interrupted operation was finished).
    ``precondition`` runs before each verb plans and once more under the writers' lock, and refuses by raising. ``is_automatic``: no
    person asks for what is done, so `undo` passes over it. ``is_service``: of verdicts on drafts those count that were given
    through the service, since who can push can forge the files of others. ``agent``: the program, with its version, that acts for
    the actor; commits name it.
    """

    store: Store
    identity: Identity = field(default_factory=Identity)
    clock: Clock = local_time
    notify: Callable[[str], None] = field(default=silent_notice)
    precondition: Callable[[], None] = field(default=no_precondition)
    is_automatic: bool = False
    is_service: bool = False
    agent: str | None = None

    def given_verdicts(self) -> Given | None:
        """Returns what says which verdicts were given through the service; ``None`` where all in the files count."""
        if not self.is_service:
            return None
        from gitdraft.store.verdicts import given_among

        return partial(given_among, self.store.git.common)

    def run(
        self, command: str, verb: Callable[[Transaction], Plan[Report]], *, dry_run: bool = False
    ) -> Report:
        """Plans a verb and carries the plan out as one operation of the log named ``command``, or with ``dry_run`` only
        plans it. Returns its report."""
        from gitdraft.store.transaction import begin, commit_plan

        metadata = self.metadata()

        def plan(transaction: Transaction) -> Plan[Report]:
            self.precondition()
            return verb(transaction)

        with operation_span(command, metadata.operation, dry_run=dry_run):
            if dry_run:
                return plan(begin(self.store, metadata)).report
            written = commit_plan(self.store, metadata, command, plan, self.precondition)
        self.notify_all(written.notices)
        return written.report

    def set_current(self, draft_id: str | None) -> None:
        """Notes the draft to which edits go, after an operation that is done: where the disk refuses the note, that is
        said, and the operation stands."""
        from gitdraft.store.worktree_state import set_current_draft

        try:
            set_current_draft(self.store, draft_id)
        except RepositoryError as error:
            self.notify(f"done, but the current draft could not be noted: {error.message}")

    def serving(self) -> AbstractContextManager[None]:
        """Says to other processes, in a `with`, that a service runs on this repository: others may have all of canonical."""
        from gitdraft.git.published import served

        return served(self.store.git)

    def committer(self) -> Actor:
        """Returns whom git would write as committer. Raises RepositoryError (``no-identity``)."""
        return self.identity.committer_in(self.store.git)

    def notify_all(self, notices: tuple[str, ...]) -> None:
        """Hands each notice to ``notify``."""
        for notice in notices:
            self.notify(notice)

    def metadata(self) -> OperationMetadata:
        """Returns who acts, now, under the id of a new operation."""
        metadata = replace(metadata_of(self.store.git, self.identity, self.clock()), agent=self.agent)
        return replace(metadata, is_automatic=True, may_prompt=False) if self.is_automatic else metadata


def metadata_of(git: GitRepository, identity: Identity, moment: Moment) -> OperationMetadata:
    """Returns who acts at a moment, under the id of a new operation."""
    return OperationMetadata(
        identity.author_in(git),
        moment.seconds,
        moment.offset_minutes,
        os.urandom(6).hex(),
        identity.committer_in(git),
        may_prompt=identity.may_prompt,
    )


def parse_actor(text: str, fallback: Actor) -> Actor:
    """Returns whom a text names: `Name <mail>`, or a name alone with the mail of ``fallback``; what git cannot have in a name is left out."""
    named = NAMED.fullmatch(text)
    name, mail = (named["name"], named["mail"]) if named else (text, fallback.email)
    clean = "".join(c for c in name if c.isprintable() and c not in "<>").strip(" .,:;\"'\\")
    return Actor(clean or fallback.name, mail if mail.isprintable() else fallback.email)
