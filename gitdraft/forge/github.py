"""GitHub's REST API (2022-11-28), and its GraphQL one for what that lacks: draft state and auto-merge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from gitdraft.errors import Moved, RepositoryError, StateRefused
from gitdraft.forge.github_style import GitHubStyle, own_pulls, read_comment
from gitdraft.forge.http import Query
from gitdraft.forge.port import COLOUR
from gitdraft.forge.records import Record, flag, names, number, oid, records, text
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

A_PAGE = 100
VERDICTS: Mapping[str, Verdict] = {"APPROVED": "approve", "CHANGES_REQUESTED": "request-changes"}
READY = """mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { clientMutationId } }"""
DRAFT = (
    """mutation($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { clientMutationId } }"""
)
AUTO = """mutation($id: ID!, $method: PullRequestMergeMethod!, $title: String, $body: String, $head: GitObjectID!) {
  enablePullRequestAutoMerge(input: {pullRequestId: $id, mergeMethod: $method, commitHeadline: $title,
    commitBody: $body, expectedHeadOid: $head}) { clientMutationId } }"""


def headers(settings: ForgeSettings) -> dict[str, str]:
    """Returns what every request says, besides what those of all forges do."""
    return {
        "Authorization": f"Bearer {settings.token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }


@dataclass(frozen=True, slots=True)
class GitHub(GitHubStyle):
    """A repository on GitHub."""

    def find(self, head: Head, base: str) -> list[PullRequest]:
        """Asks for `owner:branch`: without the owner GitHub lists all that there are."""
        query: Query = {
            "state": "all",
            "head": f"{head.owner}:{head.branch}",
            "base": base,
            "per_page": A_PAGE,
        }
        pulls = map(self.read_pull, self.client.pages(f"{self.root}/pulls", query))
        return own_pulls(pulls, head, base)

    def create(self, head: Head, base: str, text: PullText) -> PullRequest:
        body: Record = {
            "title": text.title,
            "head": self.head_name(head),
            "base": base,
            "body": text.body,
            "draft": text.is_draft,
        }
        return self.read_pull(self.client.post(f"{self.root}/pulls", body))

    def update(self, pull: PullRequest, text: PullText, base: str) -> PullRequest:
        changed: Record = {}
        if text.title != pull.title:
            changed["title"] = text.title
        if text.body != pull.body:
            changed["body"] = text.body
        if base != pull.base:
            changed["base"] = base
        pull = self.change(pull, changed)
        if text.is_draft != pull.is_draft and pull.key:
            self._graphql(DRAFT if text.is_draft else READY, {"id": pull.key})
            pull = pull._replace(is_draft=text.is_draft)
        return pull

    def add_labels(self, pull: PullRequest, names: Sequence[str]) -> None:
        pages = self.client.pages(f"{self.root}/labels", {"per_page": A_PAGE})
        known = {text(label, "name").casefold() for label in pages}
        for name in names:
            if name.casefold() not in known:
                with suppress(StateRefused):  # made by somebody meanwhile
                    self.client.post(f"{self.root}/labels", {"name": name, "color": COLOUR})
        labels: list[JSON] = [*names]
        self.client.post(f"{self.root}/issues/{pull.number}/labels", {"labels": labels})

    def comments(self, pull: PullRequest) -> list[ForgeComment]:
        query: Query = {"per_page": A_PAGE}
        said = [
            read_comment(each)
            for each in self.client.pages(f"{self.root}/issues/{pull.number}/comments", query)
        ]
        at_files = self.client.pages(f"{self.root}/pulls/{pull.number}/comments", query)
        return [*said, *(read_comment(each, "r") for each in at_files)]

    def reviews(self, pull: PullRequest) -> list[ForgeReview]:
        pages = self.client.pages(f"{self.root}/pulls/{pull.number}/reviews", {"per_page": A_PAGE})
        return [
            ForgeReview(
                text(each, "id"),
                text(each, "user", "login"),
                text(each, "submitted_at"),
                VERDICTS.get(text(each, "state")),
                commit,
                text(each, "body"),
            )
            for each in pages
            if (commit := oid(each, "commit_id")) is not None
            and text(each, "state") not in ("PENDING", "DISMISSED")
        ]

    def checks(self, commit: Oid) -> Mapping[str, str]:
        pages = self.client.pages(f"{self.root}/commits/{commit}/statuses", {"per_page": A_PAGE})
        latest: dict[str, str] = {}
        for each in pages:  # the latest first
            latest.setdefault(text(each, "context"), f"{text(each, 'state')}: {text(each, 'description')}")
        return latest

    def merge(self, pull: PullRequest, request: MergeRequest) -> None:
        if request.auto:
            values = {"id": pull.key, "method": request.method.upper(), "title": request.title}
            self._graphql(AUTO, {**values, "body": request.message, "head": request.head})
            return
        body: Record = {
            "sha": request.head,
            "merge_method": request.method,
            **(
                {}
                if request.method == "rebase"
                else {"commit_title": request.title, "commit_message": request.message}
            ),
        }
        self.client.put(f"{self.root}/pulls/{pull.number}/merge", body)

    def closed_by(self, pull: PullRequest) -> str | None:
        return text(self.client.get(f"{self.root}/issues/{pull.number}"), "closed_by", "login") or None

    def _graphql(self, query: str, variables: Mapping[str, str]) -> None:
        api = self.settings.api
        address = f"{api.removesuffix('/v3')}/graphql"
        answer = self.client.post(address, {"query": query, "variables": dict(variables)})
        for error in records(answer.get("errors")):
            message = text(error, "message")
            if "head" in message.lower() and "oid" in message.lower():
                raise Moved(f"GitHub: {message}", code="forge-conflict")
            raise StateRefused(f"GitHub: {message}", code="forge-refused")

    def read_pull(self, answer: Record) -> PullRequest:
        head = oid(answer, "head", "sha")
        if head is None or not number(answer, "number"):
            raise RepositoryError("GitHub answered what is no pull request", code="forge-answer")
        repository = text(answer, "head", "repo", "full_name")
        owner = repository.partition("/")[0] or text(answer, "head", "user", "login")
        is_own = repository.casefold() == self.settings.repository.casefold()
        if not is_own and owner.casefold() == self.settings.repository.partition("/")[0].casefold():
            owner = f"{repository}?"  # another repository of the same owner
        is_merged = flag(answer, "merged") or bool(text(answer, "merged_at"))
        return PullRequest(
            number(answer, "number"),
            text(answer, "html_url"),
            "merged" if is_merged else "closed" if text(answer, "state") == "closed" else "open",
            text(answer, "title"),
            text(answer, "body").replace("\r\n", "\n"),
            Head(owner, text(answer, "head", "ref")),
            head,
            text(answer, "base", "ref"),
            flag(answer, "draft"),
            names(answer.get("labels")),
            oid(answer, "merge_commit_sha") if is_merged else None,
            text(answer, "node_id"),
        )
