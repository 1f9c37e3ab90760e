"""What gitdraft asks of a forge: one narrow port, an adapter a kind of forge behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from gitdraft.model.names import Oid
from gitdraft.model.pull_requests import (
    CommitCheck,
    ForgeComment,
    ForgeReview,
    Head,
    MergeRequest,
    PullRequest,
    PullText,
)

CHECK = "gitdraft/validate"
LONGEST_CHECK = 140  # characters of a status
COLOUR = "5319e7"  # of a label that is made


class Forge(Protocol):
    """A repository on a forge. Every method may raise what ``ForgeClient.send`` does."""

    @property
    def longest_body(self) -> int:
        """How many characters a body may have."""

    @property
    def head_refs(self) -> str:
        """The ref that holds the head of a pull request, `refs/pull/{}/head`."""

    def find(self, head: Head, base: str) -> list[PullRequest]:
        """Returns the pull requests of this branch into ``base``, the open one first, then the latest; those that the
        forge answers beside them are left out."""

    def get(self, number: int) -> PullRequest:
        """Returns a pull request."""

    def create(self, head: Head, base: str, text: PullText) -> PullRequest:
        """Opens a pull request. Raises Moved or StateRefused where there is one."""

    def update(self, pull: PullRequest, text: PullText, base: str) -> PullRequest:
        """Gives a pull request another text, draft state or base, where it has another."""

    def set_state(self, pull: PullRequest, *, is_open: bool) -> PullRequest:
        """Closes a pull request, or reopens it. Raises StateRefused where the forge does not."""

    def add_labels(self, pull: PullRequest, names: Sequence[str]) -> None:
        """Gives a pull request labels that it lacks, beside those that it has; those that the repository lacks are made."""

    def comments(self, pull: PullRequest) -> list[ForgeComment]:
        """Returns all comments on the pull request and on its files."""

    def write_comment(self, pull: PullRequest, text: str, comment_id: str | None = None) -> None:
        """Comments on the pull request, or gives a comment another text."""

    def reviews(self, pull: PullRequest) -> list[ForgeReview]:
        """Returns the verdicts of others, the oldest first."""

    def checks(self, commit: Oid) -> Mapping[str, str]:
        """Returns the latest status of each name that a commit has, as `state` or `state: description`."""

    def set_check(self, commit: Oid, check: CommitCheck, url: str | None) -> None:
        """Gives a commit gitdraft's status."""

    def merge(self, pull: PullRequest, request: MergeRequest) -> None:
        """Merges, or has it merged later. Raises Moved where its head is another, StateRefused where it cannot be merged."""

    def closed_by(self, pull: PullRequest) -> str | None:
        """Returns who closed it, where the forge says so."""
