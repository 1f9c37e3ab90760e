"""The reports of pull, push and sync."""

from __future__ import annotations

from typing import Literal, TypeAlias

from gitdraft.errors import StateRefused
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.names import Oid
from gitdraft.model.reports import RebaseReport
from gitdraft.model.violations import Violation

Outcome: TypeAlias = Literal[
    "equal", "pulled", "pushed", "merged", "deleted", "kept", "conflict", "broken", "refused"
]

SetUp: TypeAlias = Literal["drafts", "drivers"]
"""What a clone may lack: that plain `git fetch` fetches the drafts, that git merges entities member by member."""


@dataclass(frozen=True, slots=True)
class DraftSync:
    """What a pull or push did with one draft.

    ``commits`` counts the commits that were pulled or pushed, ``reason`` is a sentence for people. With the outcome
    `conflict` the draft stays as it is on both sides; the ``canonical`` value of each conflict is the remote's.
    """

    id: str
    outcome: Outcome
    tip: Oid | None = None
    commits: int = 0
    entities: tuple[EntityRef, ...] = ()
    conflicts: tuple[tuple[EntityRef, Conflict], ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PullReport:
    """What a pull did: canonical before and after, with how many new commits; the drafts that changed or could not; and
    the rebase of the open drafts that followed (``None``: there is no canonical yet). ``violations`` are what the remote's
    commits break on canonical."""

    remote: str
    before: str | None
    canonical: str | None
    commits: int
    drafts: tuple[DraftSync, ...]
    rebase: RebaseReport | None
    violations: tuple[Violation, ...] = ()


@dataclass(frozen=True, slots=True)
class CanonicalPush:
    """The commits of canonical that the remote lacks. ``reason`` says why they were not pushed."""

    tip: Oid
    commits: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PushReport:
    """What a push did: canonical (``None``: the remote has all of it), the drafts that were pushed or kept back, the
    lines that the remote printed, and notices for the user."""

    remote: str
    canonical: CanonicalPush | None
    drafts: tuple[DraftSync, ...]
    said: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether nothing was kept back or refused."""
        refused = self.canonical is not None and self.canonical.reason is not None
        return not refused and all(draft.outcome in ("pushed", "deleted", "broken") for draft in self.drafts)


@dataclass(frozen=True, slots=True)
class SyncReport:
    """The pulls in order, and the push that followed (``None``: there was to be none); ``set_up`` is what this clone's
    configuration got that it lacked."""

    remote: str
    pulls: tuple[PullReport, ...]
    push: PushReport | None = None
    notices: tuple[str, ...] = ()
    set_up: tuple[SetUp, ...] = ()

    @property
    def drafts(self) -> tuple[DraftSync, ...]:
        """The drafts that changed or could not, sorted by id. One that was pulled and then pushed is listed as
        pulled."""
        drafts = {draft.id: draft for report in self.pulls for draft in report.drafts}
        for draft in self.push.drafts if self.push else ():
            if draft.id not in drafts or draft.outcome in ("refused", "broken"):
                drafts[draft.id] = draft
        return tuple(drafts[name] for name in sorted(drafts))

    @property
    def violations(self) -> tuple[Violation, ...]:
        """What the pulled commits break on canonical."""
        return tuple(dict.fromkeys(each for report in self.pulls for each in report.violations))

    @property
    def is_clean(self) -> bool:
        """Whether every draft that both sides have could be merged, and what was pulled breaks nothing. (Conflicts with
        canonical are the rebase's to report.)"""
        last = self.pulls[-1].drafts if self.pulls else ()
        held = any(draft.outcome in ("conflict", "refused") for draft in last)
        return not held and not self.violations and (self.push is None or self.push.is_done)


ForwardState: TypeAlias = Literal["forwarded", "rewritten", "equal", "ahead", "diverged"]


@dataclass(frozen=True, slots=True)
class Forwarding:
    """Local canonical (``before``) and the remote's (``remote_tip``, ``None``: the remote has no such branch).

    Local canonical is ``forwarded`` to the remote's, or follows the history that the remote has ``rewritten``. When it is at
    the same commit (``equal``), ``ahead`` of it, or has ``diverged`` from it, it stays; ``refusal`` then says why, and how
    to go on. ``violations`` are what the remote's commits break.
    """

    state: ForwardState
    upstream: str
    before: str | None
    remote_tip: Oid | None
    violations: tuple[Violation, ...] = ()
    refusal: StateRefused | None = None

    @property
    def is_moved(self) -> bool:
        """Whether canonical moved."""
        return self.state in ("forwarded", "rewritten")
