"""Pull requests of a forge, as far as gitdraft knows them: what the forge says, what is asked of it, what was done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias, get_args

from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.names import Oid
from gitdraft.model.reviews import Verdict

ForgeKind: TypeAlias = Literal["github", "gitlab", "gitea"]
PullState: TypeAlias = Literal["open", "merged", "closed"]
CheckState: TypeAlias = Literal["success", "pending", "failure"]
MergeMethod: TypeAlias = Literal["squash", "merge", "rebase"]
Outcome: TypeAlias = Literal[
    "none", "opened", "updated", "unchanged", "taken-in", "not-held", "conflict", "merged", "rejected", "reopened",
    "closed", "absorbed", "auto-merge",
]  # fmt: skip
METHODS: tuple[MergeMethod, ...] = get_args(MergeMethod)


class Head(NamedTuple):
    """The branch that is to be merged, by its short name, and who has the repository that it is in."""

    owner: str
    branch: str

    def is_same(self, other: Head) -> bool:
        """Whether both name one branch; forges take owners in any case."""
        return self.branch == other.branch and self.owner.casefold() == other.owner.casefold()


class PullRequest(NamedTuple):
    """A pull request as the forge has it. ``merge_commit`` is the commit that merged it, ``key`` what the forge's other
    interfaces call it, ``closed_by`` who closed it, where the forge says so."""

    number: int
    url: str
    state: PullState
    title: str
    body: str
    head: Head
    head_commit: Oid
    base: str
    is_draft: bool = False
    labels: tuple[str, ...] = ()
    merge_commit: Oid | None = None
    key: str = ""
    closed_by: str | None = None


class PullText(NamedTuple):
    """What a pull request is to say of itself."""

    title: str
    body: str
    is_draft: bool


class CommitCheck(NamedTuple):
    """The status of a commit under gitdraft's own name."""

    state: CheckState
    description: str


class ForgeComment(NamedTuple):
    """A comment on a pull request. ``path`` is the file that it is about, ``by`` the login of who wrote it."""

    id: str
    by: str
    at: str
    text: str
    path: str | None = None


class ForgeReview(NamedTuple):
    """A verdict, or a text without one, on a commit of a pull request."""

    id: str
    by: str
    at: str
    verdict: Verdict | None
    commit: Oid
    text: str = ""


class MergeRequest(NamedTuple):
    """How a pull request is to be merged: only while its head is this commit, now or (``auto``) once the forge's checks
    allow it."""

    head: Oid
    method: MergeMethod
    title: str
    message: str
    auto: bool = False


class Problem(NamedTuple):
    """Something that a person has to look at: a code, a sentence, the files or entities that it is about."""

    code: str
    message: str
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PullReport:
    """What was done for one draft: the pull request (``None``: there is none), what became of it, step by step, and what is
    in the way. ``kept_as`` is the draft that holds what a merge on the forge left out."""

    draft: str
    branch: str
    outcome: Outcome
    pull: PullRequest | None = None
    done: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    kept_as: str | None = None
    url: str | None = None

    @property
    def is_clean(self) -> bool:
        """Whether nobody has to look at it."""
        return self.outcome not in ("conflict", "not-held")


@dataclass(frozen=True, slots=True)
class PullStatus:
    """How a draft's pull request stands; ``checks`` are the statuses of its head, by name."""

    draft: str
    branch: str
    pull: PullRequest | None = None
    checks: Mapping[str, str] = field(default_factory=dict)


class Heard(NamedTuple):
    """What an event of a forge is about: these drafts, and canonical itself."""

    drafts: tuple[str, ...] = ()
    is_canonical: bool = False
