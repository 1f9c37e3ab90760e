"""What people say of a draft: comments, and verdicts on its changes."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Verdict: TypeAlias = Literal["approve", "request-changes"]


class Comment(NamedTuple):
    """A comment, on the draft, on one of its entities (``type/key``) or on a place in it, perhaps in answer to another one.

    ``id`` is the name of its file, ``by`` who wrote it (`Name <mail>`, or a name alone), ``at`` when (RFC 3339, UTC).
    """

    id: str
    by: str
    at: str
    text: str
    entity: str | None = None
    pointer: str | None = None
    reply_to: str | None = None


class Review(NamedTuple):
    """A verdict on the changes whose hash is ``of``."""

    id: str
    by: str
    at: str
    verdict: Verdict
    of: str
    text: str | None = None


class UnreadableRemark(NamedTuple):
    """A file among the comments or the reviews that is none, and why. It counts for nothing."""

    path: str
    reason: str


class Remarks(NamedTuple):
    """All that is said of a draft, the oldest first."""

    comments: tuple[Comment, ...] = ()
    reviews: tuple[Review, ...] = ()
    unreadable: tuple[UnreadableRemark, ...] = ()


class JudgedReview(NamedTuple):
    """A verdict, whether it is on the changes as they are (``holds``), and whether it ``counts``: it holds, is its author's
    last, and by somebody whose verdict is asked for."""

    review: Review
    holds: bool
    counts: bool


class ReviewState(NamedTuple):
    """How far a draft is reviewed: the hash of its changes, the number of comments, and the verdicts, the oldest first. Merging
    needs so many approvals (``needed``), ``by`` these mail addresses (none: by anybody)."""

    change_hash: str
    comment_count: int = 0
    reviews: tuple[JudgedReview, ...] = ()
    needed: int = 0
    by: tuple[str, ...] = ()
    unreadable: tuple[UnreadableRemark, ...] = ()

    @property
    def approved_by(self) -> tuple[str, ...]:
        """Whose approvals count."""
        return self._by("approve")

    @property
    def refused_by(self) -> tuple[str, ...]:
        """Who asks for changes, and counts."""
        return self._by("request-changes")

    @property
    def missing(self) -> int:
        """How many approvals are missing."""
        return max(0, self.needed - len(self.approved_by))

    @property
    def blocks(self) -> str | None:
        """Why the draft may not be merged, as a clause; ``None`` where its review does not keep it."""
        if not self.needed:
            return None
        if self.refused_by:
            return f"{', '.join(self.refused_by)} asks for changes"
        if self.missing:
            return f"it needs {self.missing} more approval{'s' * (self.missing > 1)}"
        return None

    def _by(self, verdict: Verdict) -> tuple[str, ...]:
        return tuple(j.review.by for j in self.reviews if j.counts and j.review.verdict == verdict)


def person(by: str) -> str:
    """Returns what makes two authors the same: the mail without regard to case, or the name of who has none."""
    return persons(by)[0]


def persons(by: str) -> tuple[str, ...]:
    """Returns all by which an author may be known: the mail, and the name, under which a service signs who has none."""
    name, bracket, mail = by.rpartition("<")
    if not (bracket and by.endswith(">")):
        return (by.strip().casefold(),)
    return mail.removesuffix(">").strip().casefold(), name.strip().casefold()


def moment(remark: Comment | Review) -> tuple[str, float, str]:
    """Returns what remarks are sorted by: when they were made, to the fraction of a second, then their ids."""
    return *split_moment(remark.at), remark.id


def split_moment(at: str) -> tuple[str, float]:
    """Returns the second of a moment (RFC 3339, UTC), and the fraction of it that has passed."""
    whole, _, fraction = at.removesuffix("Z").partition(".")
    return whole, float(f"0.{fraction or 0}")
