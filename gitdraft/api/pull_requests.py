"""Pull requests of drafts, on the forge that canonical's remote is on. Needs the extra `forge`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitdraft.errors import RepositoryError
from gitdraft.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from gitdraft.api.session import Session
    from gitdraft.forge.context import ForgeContext
    from gitdraft.model.pull_requests import Heard, MergeMethod, PullReport, PullStatus
    from gitdraft.model.sync_reports import Forwarding
    from gitdraft.model.values import JSON
    from gitdraft.store.repository import Store

USUAL_WAIT = 120.0  # seconds that a forge may be waited for


@dataclass(frozen=True, slots=True)
class SyncedPulls:
    """What became of each pull request, and how canonical stands to its remote after the fetch."""

    pulls: tuple[PullReport, ...]
    canonical: Forwarding

    @property
    def is_clean(self) -> bool:
        """Whether nobody has to look at anything."""
        return all(pull.is_clean for pull in self.pulls) and self.canonical.refusal is None


@dataclass(frozen=True, slots=True)
class PullRequests:
    """The pull requests of a repository's drafts. ``wait`` is how many seconds may be waited where the forge takes no more
    requests.

    Every method raises NotFound (``no-forge``, ``no-remote``, ``forge-not-found``), RepositoryError (``forge-missing``,
    ``forge-token``, ``forge-forbidden``, ``forge-unreachable``, ``rate-limited``, ``remote``).
    """

    session: Session
    wait: float = USUAL_WAIT

    def open(self, drafts: Sequence[str], labels: Sequence[str] = ()) -> SyncedPulls:
        """Opens the pull requests of drafts, or brings them up to date; of one that is not submitted, as a draft. Raises Moved
        (``branch-not-ours``)."""
        from gitdraft.forge.follow import Wishes, follow_pull

        wishes = Wishes(opens=True, labels=tuple(labels))
        return self._each(drafts, lambda forge, draft_id: follow_pull(forge, draft_id, wishes))

    def sync(self, drafts: Sequence[str] | None = None, *, adopt: bool = False) -> SyncedPulls:
        """Brings drafts and their pull requests together: all that have one, or those named. ``adopt`` takes over branches
        of theirs that gitdraft did not make. Raises Moved (``branch-not-ours``)."""
        from gitdraft.forge.follow import Wishes, follow_pull

        wishes = Wishes(adopts=adopt)
        return self._each(drafts, lambda forge, draft_id: follow_pull(forge, draft_id, wishes))

    def merge(self, draft_id: str, method: MergeMethod = "squash", *, auto: bool = False) -> SyncedPulls:
        """Has the forge merge a submitted draft's pull request, at the head that the draft holds, now or (``auto``) once its
        checks allow it. Raises Moved (``head-not-seen``), StateRefused, ConflictError, PolicyViolation."""
        from gitdraft.forge.merge import MergeOptions, merge_pull

        options = MergeOptions(method, auto, self.session.given_verdicts())
        return self._each([draft_id], lambda forge, name: merge_pull(forge, name, options))

    def close(self, drafts: Sequence[str]) -> list[PullReport]:
        """Closes the pull requests of drafts, which stay as they are. Raises NotFound (``no-pull-request``)."""
        from gitdraft.forge.branch import fetch_branches
        from gitdraft.forge.follow import close_pulls

        with self._forge() as forge:
            fetch_branches(forge.store, forge.settings)
            return close_pulls(forge, drafts)

    def status(self, drafts: Sequence[str] | None = None) -> list[PullStatus]:
        """Returns how the pull requests of drafts stand on the forge: of those named, or of all open drafts and all that
        have one."""
        from gitdraft.forge.branch import recorded_pulls
        from gitdraft.model.pull_requests import PullStatus

        store = self.session.store
        names = drafts or sorted({*store.open_drafts(), *recorded_pulls(store)})
        statuses: list[PullStatus] = []
        with self._forge() as forge:
            for draft_id in names:
                pull = forge.find_pull(store.find_draft(draft_id))
                checks = {} if pull is None or pull.state != "open" else forge.forge.checks(pull.head_commit)
                known = {name: said.partition(":")[0] for name, said in checks.items()}
                statuses.append(PullStatus(draft_id, forge.branch(draft_id).name, pull, known))
        return statuses

    def hear(self, event: str, body: JSON) -> Heard:
        """Returns what an event that a forge sent is about: the drafts to sync, all for a push to canonical; none for one of
        gitdraft's own commits and comments."""
        from gitdraft.forge.events import hear

        return hear(self.session.store, event, body)

    def recorded(self) -> list[str]:
        """Returns the ids of the drafts that have a pull request, as far as is known here."""
        from gitdraft.forge.branch import recorded_pulls

        return list(recorded_pulls(self.session.store))

    def _each(
        self, drafts: Sequence[str] | None, step: Callable[[ForgeContext, str], PullReport]
    ) -> SyncedPulls:
        """Fetches, moves canonical forward, and does a step for each draft; the open drafts follow canonical at the end."""
        from gitdraft.forge.branch import fetch_branches, recorded_pulls
        from gitdraft.forge.follow import add_progress
        from gitdraft.rebase.rebase import plan_rebase
        from gitdraft.store.remote_tracking import seen_canonical_ref

        store = self.session.store
        reports: list[PullReport] = []
        with self._forge() as forge:
            before = store.canonical_tip()
            fetch_branches(store, forge.settings)
            canonical = forge.follow(seen_canonical_ref(store, forge.settings.remote))
            names = list(recorded_pulls(store)) if drafts is None else list(dict.fromkeys(drafts))
            for draft_id in _below_first(store, names):
                try:
                    reports.append(step(forge, draft_id))
                except RepositoryError as error:
                    add_progress(error, len(reports), len(names))
                    raise
        if store.canonical_tip() != before:
            self.session.run("rebase", plan_rebase)
        return SyncedPulls(tuple(reports), canonical)

    @contextmanager
    def _forge(self) -> Iterator[ForgeContext]:
        from gitdraft.api.sync import forward
        from gitdraft.forge.context import open_forge
        from gitdraft.forge.http import Patience

        session = self.session
        with open_forge(
            session.store,
            session.identity.environment,
            session.run,
            lambda upstream: forward(session, upstream),
            Patience(self.wait),
        ) as forge:
            yield forge


def require_pull(status: PullStatus) -> PullStatus:
    """Returns the status. Raises NotFound (``no-pull-request``) where there is no pull request."""
    from gitdraft.forge.follow import no_pull_request

    if status.pull is None:
        raise no_pull_request(status.draft)
    return status


def _below_first(store: Store, names: Sequence[str]) -> list[str]:
    """Returns the drafts, each after the one that it stands on."""
    from gitdraft.store.stacks import parent_of

    ordered: dict[str, None] = {}

    def add(name: str) -> None:
        if name in ordered:
            return
        parent = parent_of(store.git, store.find_draft(name))
        if parent is not None and parent.draft in names:
            add(parent.draft)
        ordered[name] = None

    for name in names:
        add(name)
    return list(ordered)
