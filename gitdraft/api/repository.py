"""The library: what the commands are made of, without click or a terminal.

A :class:`Repository` acts for somebody (by default whom git is configured for), now. Every method that changes
something is one operation of the log, under the name of its command; ``undo`` takes it back.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gitdraft.api.lookups import Lookups
from gitdraft.api.session import Clock, Identity, Session, local_time, silent_notice
from gitdraft.api.views import CurrentStatus, HasId, draft_ids
from gitdraft.errors import InvalidInput
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.operations import Actor
from gitdraft.model.progress import Progress, silent

if TYPE_CHECKING:
    from gitdraft.api.canonical import Canonical
    from gitdraft.api.checks import Checks
    from gitdraft.api.copies import Copies
    from gitdraft.api.drafts import Drafts
    from gitdraft.api.hooks import GitHooks
    from gitdraft.api.index import DerivedIndex
    from gitdraft.api.releases import Releases
    from gitdraft.api.review import Review
    from gitdraft.api.sync import RunningFetch, Tracking
    from gitdraft.api.tokens import Tokens
    from gitdraft.api.transfer import Transfer
    from gitdraft.api.webhooks import Webhooks
    from gitdraft.api.worktree import Worktree
    from gitdraft.documents.inheritance import InheritanceImpact
    from gitdraft.formats.configuration import Configuration
    from gitdraft.git.objects import Commit
    from gitdraft.model.names import Oid, RefName
    from gitdraft.model.operations import Operation
    from gitdraft.model.overlaps import Overlap
    from gitdraft.model.reports import RebaseReport
    from gitdraft.model.sync_reports import Forwarding, SyncReport
    from gitdraft.model.view_reports import UndoReport
    from gitdraft.model.violations import Violation
    from gitdraft.store.remote_tracking import Relation
    from gitdraft.store.repository import Store
    from gitdraft.views.status import RepositoryStatus


PLACE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_CEILING_DIRECTORIES")


@dataclass(frozen=True, slots=True)
class Repository(Lookups):
    """An open repository, and who acts on it."""

    @property
    def store(self) -> Store:
        """Where it lies."""
        return self.session.store

    @property
    def canonical_branch(self) -> str:
        """The short name of the canonical branch."""
        return self.session.store.canonical_branch

    @property
    def canonical_ref(self) -> RefName:
        """The full name of the canonical branch (`refs/heads/main`)."""
        return self.session.store.canonical_ref

    def is_current(self) -> bool:
        """Returns whether canonical's gitdraft.yaml still names the branches that it named when this was opened; where not,
        it has to be opened again."""
        store = self.session.store
        try:
            configuration = self.configuration
        except InvalidInput:
            return True  # it names nothing else
        named = (f"refs/heads/{configuration.canonical}", f"refs/heads/{configuration.drafts}")
        return named == (store.canonical_ref, store.drafts_ref)

    def canonical_tip(self) -> Oid | None:
        """Returns the canonical commit; ``None`` before the first one."""
        return self.session.store.canonical_tip()

    def canonical_commit(self, revision: str) -> Oid:
        """Returns the commit that a revision names. Raises NotFound, for one that canonical does not have too."""
        return self.session.store.canonical_commit(revision)

    def subject_of(self, revision: str) -> str:
        """Returns the subject of a commit. Raises NotFound."""
        from gitdraft.drafts.create import subject_of

        return subject_of(self.session.store, revision)

    @property
    def path(self) -> Path:
        """Its worktree, or its git directory where it has none."""
        git = self.session.store.git
        return git.worktree or git.path

    @property
    def has_worktree(self) -> bool:
        """Whether it has a worktree; a bare repository has none."""
        return self.session.store.git.worktree is not None

    @property
    def git_directory(self) -> Path:
        """The git directory that all its worktrees have in common."""
        return self.session.store.git.common

    @property
    def review(self) -> Review:
        """The pages for people."""
        from gitdraft.api.review import Review

        return Review(self.session)

    def automatic(self) -> Repository:
        """Returns the same repository, in which nobody asks for what is done: `undo` passes over it."""
        return Repository(replace(self.session, is_automatic=True))

    def notifying(self, notify: Callable[[str], None]) -> Repository:
        """Returns the same repository, whose notices ``notify`` hears."""
        return Repository(replace(self.session, notify=notify))

    @property
    def releases(self) -> Releases:
        """Its releases, and what lies between them."""
        from gitdraft.api.releases import Releases

        return Releases(self.session)

    @property
    def drafts(self) -> Drafts:
        """The drafts."""
        from gitdraft.api.drafts import Drafts

        return Drafts(self.session)

    @property
    def canonical(self) -> Canonical:
        """What is done on canonical at once, without a draft."""
        from gitdraft.api.canonical import Canonical

        return Canonical(self.session)

    @property
    def worktree(self) -> Worktree:
        """A draft's files in the worktree, what was edited there, what git left unmerged."""
        from gitdraft.api.worktree import Worktree

        return Worktree(self.session)

    @property
    def transfer(self) -> Transfer:
        """What is taken in from elsewhere, and given out."""
        from gitdraft.api.transfer import Transfer

        return Transfer(self.session)

    @property
    def checks(self) -> Checks:
        """What is wrong: with canonical, a step of it, what git is about to commit, push or receive."""
        from gitdraft.api.checks import Checks

        return Checks(self.session)

    @property
    def hooks(self) -> GitHooks:
        """What git runs by itself."""
        from gitdraft.api.hooks import GitHooks

        return GitHooks(self.session)

    @property
    def index(self) -> DerivedIndex:
        """The derived index."""
        from gitdraft.api.index import DerivedIndex

        return DerivedIndex(self.session)

    @property
    def tokens(self) -> Tokens:
        """The tokens of the service."""
        from gitdraft.api.tokens import Tokens

        return Tokens(self.session)

    @property
    def copies(self) -> Copies:
        """What is kept elsewhere, for those who do not read git."""
        from gitdraft.api.copies import Copies

        return Copies(self.session)

    @property
    def webhooks(self) -> Webhooks:
        """Who is notified over HTTP of what happens."""
        from gitdraft.api.webhooks import Webhooks

        return Webhooks(self.session)

    @property
    def configuration(self) -> Configuration:
        """What canonical's gitdraft.yaml says."""
        return self.session.store.configuration()

    def configuration_text(self) -> str | None:
        """Returns canonical's gitdraft.yaml; ``None`` where there is none and the defaults hold. Raises InvalidInput."""
        from gitdraft.formats.configuration import CONFIGURATION_PATH
        from gitdraft.store.snapshots import file_oid

        canonical = self.session.store.canonical_or_empty()
        oid = file_oid(canonical.source, canonical.tree, CONFIGURATION_PATH)
        return None if oid is None else canonical.source.read_blob(oid).decode()

    def status(self, *, reviews: bool = False) -> CurrentStatus:
        """Returns where the repository stands: canonical, the drafts, the current one, the one in the worktree, the
        remote. With ``reviews`` each draft has how far it is reviewed; the current one has it where merging needs approvals."""
        from gitdraft.api.sync import tracking
        from gitdraft.git.head import head_commit
        from gitdraft.store.worktree_state import current_draft, read_checked_out
        from gitdraft.views.status import repository_status

        current = current_draft(self.store)
        checked_out = read_checked_out(self.store)
        missing = None
        if self.store.canonical_tip() is None and head_commit(self.store.git) is not None:
            from gitdraft.validation.subject import missing_canonical_hint

            missing = missing_canonical_hint(self.store)
        status = self._with_reviews(repository_status(self.store, current), current, everything=reviews)
        edited = None if checked_out is None else checked_out.draft
        return CurrentStatus(status, current, tracking(self.store), edited, missing)

    def _with_reviews(
        self, status: RepositoryStatus, current: str | None, *, everything: bool
    ) -> RepositoryStatus:
        """Returns the same with how far all its drafts are reviewed, or the current one where merging needs approvals."""
        asked = [draft for draft in status.drafts if everything or draft.id == current]
        if not asked or not (everything or self.configuration.review.approvals):
            return status
        from gitdraft.views.reviews import with_reviews

        given = self.session.given_verdicts()
        reviewed = {draft.id: draft for draft in with_reviews(self.store, asked, given)}
        return replace(status, drafts=tuple(reviewed.get(draft.id, draft) for draft in status.drafts))

    @property
    def remote(self) -> str | None:
        """The remote that canonical follows, else `origin`; ``None`` without one."""
        from gitdraft.store.remote_tracking import default_remote

        return default_remote(self.store)

    def draft_relations(self) -> Mapping[str, Relation]:
        """Returns how each draft relates to the remote's, as last fetched; nothing without a remote."""
        from gitdraft.store.remote_tracking import relations

        remote = self.remote
        return {} if remote is None else relations(self.store, remote)

    def tracking(self) -> Tracking | None:
        """Returns how this clone stands to the remote that canonical follows; ``None`` without one."""
        from gitdraft.api.sync import tracking

        return tracking(self.store)

    def impact(self, draft: HasId | str, *, progress: Progress = silent) -> InheritanceImpact:
        """Returns the entities whose effective members the draft changes, and through whom."""
        return self.drafts.get(*draft_ids(draft)).impact(progress=progress)

    def overlaps(self, draft: HasId | str | None = None, *, progress: Progress = silent) -> Iterator[Overlap]:
        """Returns the entities that several open drafts (or this one and others) change, and which pairs would conflict."""
        from gitdraft.drafts.overlaps import find_overlaps

        chosen = next(iter(draft_ids(draft)), None)
        return find_overlaps(self.store, chosen, progress=progress)

    def rebase(
        self,
        drafts: Sequence[str] | None = None,
        *,
        everything: bool = False,
        dry_run: bool = False,
        progress: Progress = silent,
    ) -> RebaseReport:
        """Replays the open drafts, or those named, onto canonical's tip; with ``everything`` the unaffected ones too."""
        from gitdraft.rebase.rebase import plan_rebase

        return self.session.run(
            "rebase",
            lambda transaction: plan_rebase(transaction, drafts, everything=everything, progress=progress),
            dry_run=dry_run,
        )

    def pull(self, remote: str | None = None, *, dry_run: bool = False) -> SyncReport:
        """Fetches, and merges what the remote has into what is here, in one operation. Raises StateRefused
        (``canonical-diverged``), RepositoryError (``remote``)."""
        from gitdraft.api.sync import pull

        return pull(self.session, remote, dry_run=dry_run)

    def push(
        self, drafts: Sequence[str] = (), remote: str | None = None, *, dry_run: bool = False
    ) -> SyncReport:
        """Gives canonical and all drafts, or those named, to the remote; what others changed there is never overwritten."""
        from gitdraft.api.sync import push

        return push(self.session, drafts, remote, dry_run=dry_run)

    def sync(self, remote: str | None = None, *, dry_run: bool = False) -> SyncReport:
        """Pulls, then pushes; with ``dry_run`` it fetches and says what would be done."""
        from gitdraft.api.sync import sync

        return sync(self.session, remote, dry_run=dry_run)

    def start_fetch(self) -> RunningFetch:
        """Has git fetch, in a process of its own, from the remote that canonical follows. Raises NotFound (``no-remote``)."""
        from gitdraft.api.sync import start_fetch

        return start_fetch(self.store)

    def forward(self, upstream: RefName) -> Forwarding:
        """Moves canonical to where its remote's branch (the ref ``upstream``) was last seen, as ``pull`` does."""
        from gitdraft.api.sync import forward

        return forward(self.session, upstream)

    def validate(self, *, progress: Progress = silent) -> tuple[Violation, ...]:
        """Returns all violations of canonical, warnings too."""
        return self.checks.canonical(progress=progress).violations

    def log(self, name: str, limit: int | None = None) -> list[Commit]:
        """Returns the commits of a draft, or those of canonical that changed an entity, newest first. Raises NotFound."""
        from gitdraft.drafts.diff import log_of

        return log_of(self.store, name, limit)

    def operations(self) -> Iterator[Operation]:
        """Returns the operations, newest first."""
        from gitdraft.store.operation_log import read_log

        return (entry.operation for entry in read_log(self.store.git))

    def undo(
        self, operation: str | None = None, *, restore_erased: bool = False, dry_run: bool = False
    ) -> UndoReport:
        """Takes back an operation, or the latest that a person did and that is not taken back yet.

        What others may have is reverted by a commit; an erasure is taken back only where it is named and
        ``restore_erased``, and never where others may have it. Raises NotFound where there is none, Moved where one of
        its refs has moved since, StateRefused (``not-undoable``, ``restores-erased``).
        """
        from gitdraft.api.undo import plan_undo

        return self.session.run(
            "undo",
            lambda transaction: plan_undo(transaction, operation, restore_erased=restore_erased),
            dry_run=dry_run,
        )


def open(path: str | os.PathLike[str] | None = None, *, actor: Actor | None = None) -> Repository:  # noqa: A001
    """Returns the repository that holds ``path``, in which ``actor`` acts (whom git is configured for, otherwise). Without a
    path it is the one that git would take here, which `GIT_DIR` and `GIT_WORK_TREE` may name. Raises RepositoryError when
    there is none, or no gitdraft.yaml."""
    from gitdraft.store.repository import open_store

    names = PLACE if path is None else ("GIT_CEILING_DIRECTORIES",)
    environment = {name: os.environ[name] for name in names if name in os.environ}
    return Repository(Session(open_store(Path(path or "."), environment), Identity(actor)))


def open_session(
    start: Path,
    identity: Identity,
    clock: Clock = local_time,
    notify: Callable[[str], None] = silent_notice,
    *,
    mends: bool = False,
) -> Session:
    """Returns a session on the repository that holds ``start``, or that the identity's environment names, for a door that
    knows who acts and what time it is. Raises as :func:`open` does; what ``mends`` a gitdraft.yaml opens an unreadable one."""
    from gitdraft.store.repository import open_store

    return Session(open_store(start, identity.environment, mends=mends), identity, clock, notify)


def forget_repositories() -> None:
    """Releases what this process remembers of the repositories that it has read. One that lives long calls it before it
    opens a repository again."""
    from gitdraft.git.cache import forget

    forget()
