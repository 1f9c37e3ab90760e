"""GitLab's REST API (v4). It follows the printed documentation: no description of it was there to test against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from gitdraft.errors import RepositoryError, StateRefused
from gitdraft.forge.http import ForgeClient, Query
from gitdraft.forge.port import CHECK
from gitdraft.forge.records import Record, flag, names, number, oid, record, records, text
from gitdraft.forge.settings import ForgeSettings
from gitdraft.lazy_dataclass import dataclass
from gitdraft.lazy_regex import regex
from gitdraft.model.names import Oid
from gitdraft.model.pull_requests import (
    CheckState,
    CommitCheck,
    ForgeComment,
    ForgeReview,
    Head,
    MergeRequest,
    PullRequest,
    PullState,
    PullText,
)

A_PAGE = 100
UNFINISHED = "Draft: "
STATES: Mapping[str, PullState] = {"merged": "merged", "closed": "closed"}
APPROVED = "approved this merge request"
COMMITS_ADDED = regex(r"added \d+ (?:new )?commits?\b")
CHECKS: Mapping[CheckState, str] = {"success": "success", "pending": "running", "failure": "failed"}


def headers(settings: ForgeSettings) -> dict[str, str]:
    """Returns what every request says, besides what those of all forges do."""
    return {"Authorization": f"Bearer {settings.token}"}


@dataclass(frozen=True, slots=True)
class GitLab:
    """A project on GitLab. Its merge requests count in the project that they are to be merged into."""

    client: ForgeClient
    settings: ForgeSettings
    longest_body: int = 1_000_000
    head_refs: str = "refs/merge-requests/{}/head"

    @property
    def _root(self) -> str:
        return f"/projects/{quote(self.settings.repository, safe='')}"

    @property
    def _head_repository(self) -> str:
        name = self.settings.repository.rpartition("/")[2]
        return f"{self.settings.owner}/{name}" if self.settings.is_fork else self.settings.repository

    @property
    def _head_root(self) -> str:
        return f"/projects/{quote(self._head_repository, safe='')}"

    def find(self, head: Head, base: str) -> list[PullRequest]:
        query: Query = {
            "state": "all",
            "source_branch": head.branch,
            "target_branch": base,
            "per_page": A_PAGE,
        }
        source = self._project(self._head_repository)
        own = [
            self._pull(each)
            for each in self.client.pages(f"{self._root}/merge_requests", query)
            if number(each, "source_project_id") == source
            and (text(each, "source_branch"), text(each, "target_branch")) == (head.branch, base)
        ]
        return sorted(own, key=lambda pull: (pull.state != "open", -pull.number))

    def get(self, number: int) -> PullRequest:
        return self._pull(record(self.client.get(f"{self._root}/merge_requests/{number}")))

    def create(self, head: Head, base: str, text: PullText) -> PullRequest:
        target: Record = {}
        if self.settings.is_fork:
            target["target_project_id"] = self._project(self.settings.repository)
        body: Record = {
            "source_branch": head.branch,
            "target_branch": base,
            "title": _titled(text),
            "description": text.body,
            **target,
        }
        return self._pull(self.client.post(f"{self._head_root}/merge_requests", body))

    def update(self, pull: PullRequest, text: PullText, base: str) -> PullRequest:
        changed: Record = {}
        if (text.title, text.is_draft) != (pull.title, pull.is_draft):
            changed["title"] = _titled(text)
        if text.body != pull.body:
            changed["description"] = text.body
        if base != pull.base:
            changed["target_branch"] = base
        return self._put(pull, changed) if changed else pull

    def set_state(self, pull: PullRequest, *, is_open: bool) -> PullRequest:
        return self._put(pull, {"state_event": "reopen" if is_open else "close"})

    def add_labels(self, pull: PullRequest, names: Sequence[str]) -> None:
        """Adds them; GitLab makes those that the project lacks."""
        self._put(pull, {"add_labels": ",".join(names)})

    def comments(self, pull: PullRequest) -> list[ForgeComment]:
        return [
            ForgeComment(
                text(each, "id"),
                text(each, "author", "username"),
                text(each, "created_at"),
                text(each, "body"),
                text(each, "position", "new_path") or None,
            )
            for each in self._notes(pull)
            if not flag(each, "system")
        ]

    def write_comment(self, pull: PullRequest, text: str, comment_id: str | None = None) -> None:
        notes = f"{self._root}/merge_requests/{pull.number}/notes"
        if comment_id is None:
            self.client.post(notes, {"body": text})
        else:
            self.client.put(f"{notes}/{comment_id}", {"body": text})

    def reviews(self, pull: PullRequest) -> list[ForgeReview]:
        """Returns the approvals. When each was given GitLab says in a note; one that commits came after is not on the head."""
        approvals = record(self.client.get(f"{self._root}/merge_requests/{pull.number}/approvals"))
        given: dict[str, tuple[str, Oid]] = {}
        for note in self._notes(pull):
            said = text(note, "body") if flag(note, "system") else ""
            if said.startswith(APPROVED):
                given[text(note, "author", "username")] = text(note, "created_at"), pull.head_commit
            elif COMMITS_ADDED.match(said):
                given = {login: (at, Oid("")) for login, (at, _) in given.items()}
        unsaid = text(approvals, "updated_at"), pull.head_commit
        return [
            ForgeReview(f"{pull.number}-{login}-{pull.head_commit[:12]}", login, at, "approve", commit)
            for each in records(approvals.get("approved_by"))
            if (login := text(each, "user", "username"))
            for at, commit in [given.get(login, unsaid)]
        ]

    def checks(self, commit: Oid) -> Mapping[str, str]:
        pages = self.client.pages(
            f"{self._head_root}/repository/commits/{commit}/statuses", {"per_page": A_PAGE}
        )
        known = {value: state for state, value in CHECKS.items()}
        return {
            text(
                each, "name"
            ): f"{known.get(text(each, 'status'), text(each, 'status'))}: {text(each, 'description')}"
            for each in pages
        }

    def set_check(self, commit: Oid, check: CommitCheck, url: str | None) -> None:
        body: Record = {
            "state": CHECKS[check.state],
            "name": CHECK,
            "description": check.description,
            **({} if url is None else {"target_url": url}),
        }
        try:
            self.client.post(f"{self._head_root}/statuses/{commit}", body)
        except StateRefused as error:
            # it has that state already, and took the description before it refused
            if "cannot transition" not in error.message.lower():
                raise

    def merge(self, pull: PullRequest, request: MergeRequest) -> None:
        message = f"{request.title}\n\n{request.message}".strip()
        body: Record = {
            "sha": request.head,
            "squash": request.method == "squash",
            **({"squash_commit_message": message} if request.method == "squash" else {}),
            **({"merge_commit_message": message} if request.method == "merge" else {}),
            **({"auto_merge": True, "merge_when_pipeline_succeeds": True} if request.auto else {}),
        }
        try:
            self.client.put(f"{self._root}/merge_requests/{pull.number}/merge", body)
        except RepositoryError as error:
            if error.code == "forge-token":  # 401 is GitLab's word for one who may not merge, too
                error.code, error.hint = "forge-forbidden", "the token needs to be of one who may merge"
                error.message = "GitLab does not let this token merge"
            raise

    def closed_by(self, pull: PullRequest) -> str | None:
        return pull.closed_by

    def _project(self, path: str) -> int:
        return number(self.client.get(f"/projects/{quote(path, safe='')}"), "id")

    def _notes(self, pull: PullRequest) -> Iterator[Record]:
        query: Query = {"per_page": A_PAGE, "sort": "asc", "order_by": "created_at"}
        return self.client.pages(f"{self._root}/merge_requests/{pull.number}/notes", query)

    def _put(self, pull: PullRequest, body: Record) -> PullRequest:
        return self._pull(self.client.put(f"{self._root}/merge_requests/{pull.number}", body))

    def _pull(self, answer: Record) -> PullRequest:
        if not number(answer, "iid"):
            raise RepositoryError("GitLab answered what is no merge request", code="forge-answer")
        state = text(answer, "state")
        commits = ("merge_commit_sha", "squash_commit_sha", "sha")
        merged = next((commit for name in commits if (commit := oid(answer, name))), None)
        title = text(answer, "title")
        return PullRequest(
            number(answer, "iid"),
            text(answer, "web_url"),
            STATES.get(state, "open"),
            title.removeprefix(UNFINISHED),
            text(answer, "description").replace("\r\n", "\n"),
            Head(self.settings.owner, text(answer, "source_branch")),
            oid(answer, "sha") or Oid(""),
            text(answer, "target_branch"),
            flag(answer, "draft") or title.startswith(UNFINISHED),
            names(answer.get("labels")),
            merged if state == "merged" else None,
            text(answer, "id"),
            text(answer, "closed_by", "username") or None,
        )


def _titled(text: PullText) -> str:
    return f"{UNFINISHED if text.is_draft else ''}{text.title}"
