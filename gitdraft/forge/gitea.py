"""Gitea's API, which Forgejo has too (1.20 and later)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from gitdraft.errors import RepositoryError
from gitdraft.forge.github_style import GitHubStyle, own_pulls, read_comment
from gitdraft.forge.http import Query
from gitdraft.forge.port import COLOUR
from gitdraft.forge.records import Record, flag, names, number, oid, record, records, text
from gitdraft.forge.settings import ForgeSettings
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import Oid
from gitdraft.model.pull_requests import (
    ForgeComment,
    ForgeReview,
    Head,
    MergeRequest,
    PullRequest,
    PullText,
)
from gitdraft.model.reviews import Verdict
from gitdraft.model.values import JSON

A_PAGE = 50
UNFINISHED = "WIP: "
VERDICTS: Mapping[str, Verdict] = {"APPROVED": "approve", "REQUEST_CHANGES": "request-changes"}


def headers(settings: ForgeSettings) -> dict[str, str]:
    """Returns what every request says, besides what those of all forges do."""
    return {"Authorization": f"token {settings.token}"}


@dataclass(frozen=True, slots=True)
class Gitea(GitHubStyle):
    """A repository on Gitea or Forgejo."""

    def find(self, head: Head, base: str) -> list[PullRequest]:
        """Asks for the pull request between the two branches, which is any one of them, and where that is not open, looks
        through the open ones."""
        name = quote(self.head_name(head), safe=":")
        place = f"{self.root}/pulls/{quote(base, safe='')}/{name}"
        answer = self.client.find(place)
        named = [] if answer is None else [self.read_pull(record(answer))]
        if named and not any(pull.state == "open" for pull in named):
            named += [self.read_pull(each) for each in self._all("pulls", {"state": "open"})]
        return own_pulls(named, head, base)

    def create(self, head: Head, base: str, text: PullText) -> PullRequest:
        title = _titled(text)
        body: Record = {"title": title, "head": self.head_name(head), "base": base, "body": text.body}
        return self.read_pull(self.client.post(f"{self.root}/pulls", body))

    def update(self, pull: PullRequest, text: PullText, base: str) -> PullRequest:
        changed: Record = {}
        if (text.title, text.is_draft) != (pull.title, pull.is_draft):
            changed["title"] = _titled(text)
        if text.body != pull.body:
            changed["body"] = text.body
        if base != pull.base:
            changed["base"] = base
        return self.change(pull, changed)

    def add_labels(self, pull: PullRequest, names: Sequence[str]) -> None:
        known = {text(each, "name").casefold(): number(each, "id") for each in self._all("labels")}
        ids: list[JSON] = []
        for name in names:
            label = known.get(name.casefold())
            if label is None:
                body: Record = {"name": name, "color": f"#{COLOUR}"}
                label = number(self.client.post(f"{self.root}/labels", body), "id")
            ids.append(label)
        self.client.post(f"{self.root}/issues/{pull.number}/labels", {"labels": ids})

    def comments(self, pull: PullRequest) -> list[ForgeComment]:
        said = self.client.get(f"{self.root}/issues/{pull.number}/comments")
        comments = [read_comment(each) for each in records(said)]
        for review in self._all(f"pulls/{pull.number}/reviews"):
            if number(review, "comments_count"):
                place = f"{self.root}/pulls/{pull.number}/reviews/{number(review, 'id')}/comments"
                comments += [read_comment(each, "r") for each in records(self.client.get(place))]
        return comments

    def reviews(self, pull: PullRequest) -> list[ForgeReview]:
        return [
            ForgeReview(
                text(each, "id"),
                text(each, "user", "login"),
                text(each, "submitted_at"),
                VERDICTS.get(text(each, "state")),
                commit,
                text(each, "body"),
            )
            for each in self._all(f"pulls/{pull.number}/reviews")
            if (commit := oid(each, "commit_id")) is not None
            and text(each, "state") not in ("PENDING", "REQUEST_REVIEW")
            and not flag(each, "dismissed")
        ]

    def checks(self, commit: Oid) -> Mapping[str, str]:
        latest: dict[str, tuple[int, str]] = {}
        for each in self._all(f"commits/{commit}/statuses"):
            at, name = number(each, "id"), text(each, "context")
            if name not in latest or at > latest[name][0]:
                state = text(each, "status") or text(each, "state")
                latest[name] = at, f"{state}: {text(each, 'description')}"
        return {name: said for name, (_, said) in latest.items()}

    def merge(self, pull: PullRequest, request: MergeRequest) -> None:
        body: Record = {
            "Do": request.method,
            "head_commit_id": request.head,
            "MergeTitleField": request.title,
            "MergeMessageField": request.message,
            **({"merge_when_checks_succeed": True} if request.auto else {}),
        }
        self.client.post(f"{self.root}/pulls/{pull.number}/merge", body)

    def closed_by(self, pull: PullRequest) -> str | None:
        return pull.closed_by

    def _all(self, what: str, query: Query | None = None) -> Iterator[dict[str, JSON]]:
        return self.client.pages(f"{self.root}/{what}", {**(query or {}), "limit": A_PAGE})

    def read_pull(self, answer: Record) -> PullRequest:
        head = oid(answer, "head", "sha")
        if not number(answer, "number"):
            raise RepositoryError("the forge answered what is no pull request", code="forge-answer")
        title = text(answer, "title")
        is_draft = flag(answer, "draft") or title.startswith(UNFINISHED)
        is_merged = flag(answer, "merged")
        repository = text(answer, "head", "repo", "full_name")
        return PullRequest(
            number(answer, "number"),
            text(answer, "html_url"),
            "merged" if is_merged else "closed" if text(answer, "state") == "closed" else "open",
            title.removeprefix(UNFINISHED),
            text(answer, "body").replace("\r\n", "\n"),
            Head(repository.partition("/")[0], text(answer, "head", "ref")),
            head or Oid(""),
            text(answer, "base", "ref"),
            is_draft,
            names(answer.get("labels")),
            oid(answer, "merge_commit_sha") if is_merged else None,
            text(answer, "id"),
        )


def _titled(text: PullText) -> str:
    return f"{UNFINISHED if text.is_draft else ''}{text.title}"
