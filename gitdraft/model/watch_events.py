"""The events that a watcher reports, each with the time at which it was so (Unix time)."""

from __future__ import annotations

from typing import Literal, TypeAlias

from gitdraft.errors import GitdraftError
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import RefName
from gitdraft.model.pull_requests import PullReport
from gitdraft.model.reports import RebaseReport
from gitdraft.model.sync_reports import Forwarding
from gitdraft.model.worktree_reports import FileProblem


@dataclass(frozen=True, slots=True)
class Rebased:
    """The drafts follow canonical, which is at ``report.onto``. ``took`` is how long it was, in seconds;
    ``notices`` are what the writer had to say besides."""

    at: int
    subject: str
    report: RebaseReport
    took: float
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """Canonical has no commit: its branch was deleted, or is not born yet."""

    at: int
    ref: RefName


@dataclass(frozen=True, slots=True)
class Failed:
    """Something was refused; it is tried again. ``doing`` is `rebase`, `fetch`, `check` or `pull-requests`."""

    at: int
    doing: Literal["rebase", "fetch", "check", "pull-requests"]
    error: GitdraftError


@dataclass(frozen=True, slots=True)
class Recovered:
    """What had failed works again."""

    at: int
    doing: Literal["fetch", "check", "pull-requests"]


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What was fetched, where it is news: canonical went forward, or has gone apart from its remote."""

    at: int
    forwarding: Forwarding


@dataclass(frozen=True, slots=True)
class Synced:
    """Drafts and their pull requests were brought together: those for which that did anything, or that somebody has to look at."""

    at: int
    pulls: tuple[PullReport, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """An entity file of the worktree was saved; no ``problems``: a draft can take it as it is."""

    at: int
    path: str
    problems: tuple[FileProblem, ...]


@dataclass(frozen=True, slots=True)
class Gone:
    """The repository is not where it was."""

    at: int


@dataclass(frozen=True, slots=True)
class Back:
    """The repository is there again."""

    at: int


@dataclass(frozen=True, slots=True)
class Polling:
    """Canonical moved and no event said so, or none can be had: it is looked at again and again instead."""

    at: int
    reason: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The watcher ends; ``signal`` is its name, ``None`` where there was nothing more to do."""

    at: int
    signal: str | None = None


Event: TypeAlias = (
    Rebased | Missing | Failed | Recovered | Forwarded | Synced | Checked | Gone | Back | Polling | Stopped
)
