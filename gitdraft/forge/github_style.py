"""What GitHub's API, and Gitea's after it, have alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from urllib.parse import quote

from gitdraft.forge.http import ForgeClient
from gitdraft.forge.port import CHECK
from gitdraft.forge.records import Record, record, text
from gitdraft.forge.settings import ForgeSettings
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import Oid
from gitdraft.model.pull_requests import CommitCheck, ForgeComment, Head, PullRequest


@dataclass(frozen=True, slots=True)
class GitHubStyle(ABC):
    """A repository whose pull requests are under `/repos/OWNER/NAME`."""

    client: ForgeClient
    settings: ForgeSettings
    longest_body: int = 65_536
    head_refs: str = "refs/pull/{}/head"

    @property
    def root(self) -> str:
        """The path of the repository."""
        return f"/repos/{quote(self.settings.repository)}"

    def get(self, number: int) -> PullRequest:
        return self.read_pull(record(self.client.get(f"{self.root}/pulls/{number}")))

    def set_state(self, pull: PullRequest, *, is_open: bool) -> PullRequest:
        return self.change(pull, {"state": "open" if is_open else "closed"})

    def write_comment(self, pull: PullRequest, text: str, comment_id: str | None = None) -> None:
        if comment_id is None:
            self.client.post(f"{self.root}/issues/{pull.number}/comments", {"body": text})
        else:
            self.client.patch(f"{self.root}/issues/comments/{comment_id}", {"body": text})

    def set_check(self, commit: Oid, check: CommitCheck, url: str | None) -> None:
        body: Record = {
            "state": check.state,
            "context": CHECK,
            "description": check.description,
            **({} if url is None else {"target_url": url}),
        }
        self.client.post(f"{self.root}/statuses/{commit}", body)

    def change(self, pull: PullRequest, changed: Record) -> PullRequest:
        """Returns a pull request with other members; nothing is sent where there are none."""
        if not changed:
            return pull
        return self.read_pull(self.client.patch(f"{self.root}/pulls/{pull.number}", changed))

    def head_name(self, head: Head) -> str:
        """Returns a branch as a new pull request names it."""
        return f"{head.owner}:{head.branch}" if self.settings.is_fork else head.branch

    @abstractmethod
    def read_pull(self, answer: Record) -> PullRequest:
        """Returns the pull request of an answer. Raises RepositoryError (``forge-answer``) for what is none."""


def own_pulls(pulls: Iterable[PullRequest], head: Head, base: str) -> list[PullRequest]:
    """Returns those of this branch into ``base``, each once, the open one first, then the latest."""
    own = {pull.number: pull for pull in pulls if pull.head.is_same(head) and pull.base == base}
    return sorted(own.values(), key=lambda pull: (pull.state != "open", -pull.number))


def read_comment(each: Record, prefix: str = "") -> ForgeComment:
    """Returns the comment of an answer, its id after a ``prefix``."""
    return ForgeComment(
        prefix + text(each, "id"),
        text(each, "user", "login") or text(each, "original_author"),
        text(each, "created_at"),
        text(each, "body"),
        text(each, "path") or None,
    )
