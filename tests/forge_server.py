"""A small forge: the APIs of GitHub, GitLab and Gitea over a real bare repository behind `git http-backend`.

What it is asked, and what it answers, is judged by the forges' own descriptions where these lie beside the project.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import gitlab_api
from forge_descriptions import answer_schema, check_answer, check_request, completed
from sandbox import run_git

TOKEN = "s3cret-token"
PREFIXES = {"github": "", "gitlab": "/api/v4", "gitea": "/api/v1"}
AT = "2026-01-02T03:04:05Z"
Answer = tuple[int, Any]


@dataclass
class Pull:
    """A pull request of the small forge."""

    number: int
    title: str
    body: str
    head: str
    base: str
    owner: str
    draft: bool = False
    state: str = "open"
    merged: bool = False
    merge_commit: str | None = None
    closed_by: str | None = None
    labels: list[str] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    last_head: str = ""


@dataclass
class Forge:
    """The state of the forge. ``refusals`` are statuses, with headers, that the next requests are answered with; ``wrong`` is what the
    forge's description says against requests and answers."""

    kind: str
    bare: Path
    port: int = 0
    owner: str = "team"
    pulls: list[Pull] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    before: Callable[[str, str], None] = lambda method, path: None
    a_page: int = 2
    reopens: bool = True
    forks: dict[str, Path] = field(default_factory=dict)

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}{PREFIXES[self.kind]}"

    @property
    def url(self) -> str:
        return self.url_of(self.owner)

    def url_of(self, owner: str) -> str:
        return f"http://127.0.0.1:{self.port}/{owner}/things.git"

    def git(self, *arguments: str) -> str:
        return run_git(self.bare, *arguments)

    def tip(self, branch: str, owner: str | None = None) -> str | None:
        found = subprocess.run(
            ["git", "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"],
            cwd=self.forks.get(owner or self.owner, self.bare), capture_output=True, text=True, check=False,
        )  # fmt: skip
        return found.stdout.strip() or None

    def merge(self, pull: Pull, method: str = "squash", message: str = "") -> str:
        """Merge as a forge's button does; the merge commit."""
        base, head = f"refs/heads/{pull.base}", self.tip(pull.head)
        assert head is not None
        tree = self.git("merge-tree", "--write-tree", base, head).splitlines()[0]
        parents = ["-p", self.git("rev-parse", base)] + (["-p", head] if method == "merge" else [])
        who = [f"GIT_{role}_{part}" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")]
        for name in who:
            os.environ.setdefault(name, "forge@example.org")
        commit = self.git("commit-tree", tree, *parents, "-m", message or f"{pull.title} (#{pull.number})")
        self.git("update-ref", base, commit)
        pull.state, pull.merged, pull.merge_commit, pull.last_head = "closed", True, commit, head
        return commit

    def close(self, pull: Pull, by: str = "bea") -> None:
        pull.state, pull.closed_by, pull.last_head = "closed", by, self.tip(pull.head) or ""

    # what both APIs say

    def user(self, login: str) -> dict[str, Any]:
        if self.kind == "gitea":
            return {"id": 7, "login": login}
        return {"login": login, "id": 7, "node_id": "U_7", "type": "User", "site_admin": False}

    def pull_json(self, pull: Pull) -> dict[str, Any]:
        now = self.tip(pull.head, pull.owner)
        sha = now if pull.state == "open" else pull.last_head or now
        repository = {
            "id": 1,
            "full_name": f"{pull.owner}/things",
            "name": "things",
            "owner": self.user(pull.owner),
        }
        base_repository = {**repository, "full_name": f"{self.owner}/things", "owner": self.user(self.owner)}
        found: dict[str, Any] = {
            "id": 1000 + pull.number,
            "number": pull.number,
            "html_url": f"http://127.0.0.1:{self.port}/{self.owner}/things/pulls/{pull.number}",
            "state": pull.state,
            "title": pull.title,
            "body": pull.body,
            "merged": pull.merged,
            "merge_commit_sha": pull.merge_commit or (None if self.kind == "gitea" else "0" * 40),
            "head": {
                "label": f"{pull.owner}:{pull.head}",
                "ref": pull.head,
                "sha": sha or "0" * 40,
                "repo": repository,
            },
            "base": {
                "label": f"{self.owner}:{pull.base}",
                "ref": pull.base,
                "sha": self.tip(pull.base) or "0" * 40,
                "repo": base_repository,
            },
            "user": self.user("bot"),
            "labels": [
                {"id": 1 + self.labels.index(name), "name": name, "color": "ededed"} for name in pull.labels
            ],
            "draft": pull.title.startswith("WIP: ") if self.kind == "gitea" else pull.draft,
        }
        if self.kind == "github":
            found |= {"node_id": f"PR_{pull.number}", "merged_at": AT if pull.merged else None}
            found["head"]["user"] = self.user(pull.owner)
            found["base"]["user"] = self.user(self.owner)
        return found

    def comment_json(self, pull: Pull, comment: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": comment["id"],
            "body": comment["body"],
            "user": self.user(comment["by"]),
            "created_at": AT,
        }

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        """The answer to a request below the repository's address."""
        self.before(method, path)
        if self.kind == "gitlab":
            return gitlab_api.answer(self, method, path, query, body)
        root = f"/repos/{self.owner}/things"
        if self.kind == "github" and (method, path) == ("POST", "/graphql"):
            return self.graphql(body)
        if not path.startswith(root):
            return 404, {"message": "Not Found"}
        parts = [unquote(part) for part in path.removeprefix(root).strip("/").split("/") if part]
        return self._below(method, parts, query, body)

    def _below(self, method: str, parts: list[str], query: dict[str, str], body: Any) -> Answer:
        match method, parts:
            case "GET", ["pulls"]:
                return 200, [self.pull_json(pull) for pull in self._listed(query)]
            case "POST", ["pulls"]:
                return self._create(body)
            case "GET", ["pulls", number] if number.isdecimal():
                return self._on(number, lambda pull: (200, self.pull_json(pull)))
            case "GET", ["pulls", base, head] if self.kind == "gitea" and not base.isdecimal():
                named = [p for p in self.pulls if (p.base, p.head) == (base, head.rpartition(":")[2])]
                return (
                    (200, self.pull_json(named[0]))
                    if named
                    else (404, {"message": "pull request does not exist"})
                )
            case "PATCH", ["pulls", number]:
                return self._on(number, lambda pull: self._edit(pull, body))
            case (("PUT" | "POST"), ["pulls", number, "merge"]):
                return self._on(number, lambda pull: self._merge(pull, body))
            case "GET", ["pulls", number, "comments"]:
                return 200, []
            case "GET", ["pulls", number, "reviews"]:
                return self._on(number, lambda pull: (200, [self._review(each) for each in pull.reviews]))
            case "GET", ["issues", number]:
                return self._on(
                    number,
                    lambda p: (
                        200,
                        {"number": p.number, "closed_by": self.user(p.closed_by) if p.closed_by else None},
                    ),
                )
            case "GET", ["issues", number, "comments"]:
                return self._on(
                    number, lambda pull: (200, [self.comment_json(pull, c) for c in pull.comments])
                )
            case "POST", ["issues", number, "comments"]:
                return self._on(
                    number,
                    lambda pull: (201, self.comment_json(pull, self.comment(pull, "bot", body["body"]))),
                )
            case "PATCH", ["issues", "comments", comment_id]:
                for pull in self.pulls:
                    for comment in pull.comments:
                        if str(comment["id"]) == comment_id:
                            comment["body"] = body["body"]
                            return 200, self.comment_json(pull, comment)
            case "POST", ["issues", number, "labels"]:
                return self._on(number, lambda pull: self._label(pull, body["labels"]))
            case "GET", ["labels"]:
                return 200, [self._label_json(name) for name in self.labels]
            case "POST", ["labels"]:
                self.labels.append(body["name"])
                return 201, self._label_json(body["name"])
            case "GET", ["commits", sha, "statuses"]:
                return 200, [self._status(each) for each in reversed(self.statuses) if each["sha"] == sha]
            case "POST", ["statuses", sha]:
                self.statuses.append({"sha": sha, "id": len(self.statuses) + 1, **body})
                return 201, self._status(self.statuses[-1])
        return 404, {"message": "Not Found"}

    def graphql(self, body: Any) -> Answer:
        pull = next(p for p in self.pulls if f"PR_{p.number}" == body["variables"]["id"])
        if "markPullRequestReadyForReview" in body["query"]:
            pull.draft = False
        elif "convertPullRequestToDraft" in body["query"]:
            pull.draft = True
        return 200, {"data": {}}

    def comment(self, pull: Pull, by: str, text: str) -> dict[str, Any]:
        """A comment that somebody writes."""
        made = {"id": 100 * pull.number + len(pull.comments), "by": by, "body": text}
        pull.comments.append(made)
        return made

    def review(self, pull: Pull, by: str, state: str, text: str = "", commit: str | None = None) -> None:
        """A verdict that somebody gives."""
        sha = commit or self.tip(pull.head)
        pull.reviews.append(
            {"id": 900 + len(pull.reviews), "by": by, "state": state, "body": text, "sha": sha}
        )

    def _review(self, each: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": each["id"], "user": self.user(each["by"]), "body": each["body"], "state": each["state"],
            "commit_id": each["sha"], "submitted_at": AT,
        }  # fmt: skip

    def _listed(self, query: dict[str, str]) -> Iterator[Pull]:
        for pull in reversed(self.pulls):
            if query.get("state", "open") not in ("all", pull.state):
                continue
            if (
                self.kind == "github"
                and ":" in query.get("head", "")
                and query["head"] != f"{pull.owner}:{pull.head}"
            ):
                continue
            if query.get("base", pull.base) == pull.base:
                yield pull

    def _create(self, body: Any) -> Answer:
        owner, _, head = body["head"].rpartition(":")
        if self.tip(head, owner) is None or self.tip(body["base"]) is None:
            return (422 if self.kind == "github" else 404), {"message": "Validation Failed"}
        if any(p.state == "open" and (p.head, p.base) == (head, body["base"]) for p in self.pulls):
            said = {"message": "Validation Failed", "errors": [{"message": "A pull request already exists"}]}
            return (422, said) if self.kind == "github" else (409, {"message": "pull request already exists"})
        pull = self.add_pull(body["title"], body.get("body", ""), head, body["base"], owner or self.owner)
        pull.draft = body.get("draft", False)
        return 201, self.pull_json(pull)

    def add_pull(self, title: str, body: str, head: str, base: str, owner: str) -> Pull:
        """A pull request that somebody opens."""
        pull = Pull(len(self.pulls) + 1, title, body, head, base, owner)
        self.pulls.append(pull)
        return pull

    def _edit(self, pull: Pull, body: Any) -> Answer:
        if body.get("state") == "open" and (pull.merged or (pull.state == "closed" and not self.reopens)):
            return 422, {"message": "Validation Failed"}
        if body.get("state") == "closed":
            self.close(pull, "bot")
        pull.state = body.get("state", pull.state)
        pull.title, pull.body = body.get("title", pull.title), body.get("body", pull.body)
        pull.base = body.get("base", pull.base)
        return (200 if self.kind == "github" else 201), self.pull_json(pull)

    def _merge(self, pull: Pull, body: Any) -> Answer:
        wanted = body.get("sha") or body.get("head_commit_id")
        if pull.state != "open" or pull.draft or pull.title.startswith("WIP: "):
            return 405, {"message": "Pull Request is not mergeable"}
        if wanted and wanted != self.tip(pull.head):
            return 409, {"message": "Head branch was modified. Review and try the merge again."}
        title = body.get("commit_title") or body.get("MergeTitleField") or pull.title
        text = body.get("commit_message") or body.get("MergeMessageField") or ""
        commit = self.merge(pull, body.get("merge_method") or body.get("Do"), f"{title}\n\n{text}")
        return 200, {"sha": commit, "merged": True, "message": "done"} if self.kind == "github" else None

    def _label(self, pull: Pull, names: list[Any]) -> Answer:
        known = [self.labels[each - 1] if isinstance(each, int) else each for each in names]
        pull.labels += [name for name in known if name not in pull.labels]
        return 200, [self._label_json(name) for name in pull.labels]

    def _label_json(self, name: str) -> dict[str, Any]:
        return {"id": 1 + self.labels.index(name), "name": name, "color": "ededed"}

    def _status(self, each: dict[str, Any]) -> dict[str, Any]:
        key = "status" if self.kind == "gitea" else "state"
        return {
            "id": each["id"],
            key: each["state"],
            "context": each["context"],
            "description": each["description"],
        }

    def _on(self, number: str, do: Callable[[Pull], Answer]) -> Answer:
        for pull in self.pulls:
            if str(pull.number) == number:
                return do(pull)
        return 404, {"message": "Not Found"}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that breaks is a part of the story."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    forge: Forge

    def log_message(self, *_: object) -> None:
        pass

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(length)
        if self.headers.get("Transfer-Encoding") == "chunked":
            content = b"".join(iter(self._chunk, b""))
        if ".git/" in parts.path:
            self._git(parts.path, parts.query, content)
            return
        forge = self.forge
        path = parts.path.removeprefix(PREFIXES[forge.kind])
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        forge.requests.append(f"{self.command} {path}")
        forge.headers.append(dict(self.headers.items()))
        body = json.loads(content) if content else None
        if path != "/graphql":
            forge.wrong += check_request(forge.kind, self.command, path, query, body)
        if forge.refusals:
            status, headers = forge.refusals.pop(0)
            self._send(status, {"message": "no"}, headers)
            return
        if TOKEN not in self.headers.get("Authorization", ""):
            self._send(401, {"message": "Bad credentials"})
            return
        status, answer = forge.answer(self.command, path, query, body)
        headers = {}
        if isinstance(answer, list):
            number = int(query.get("page", 1))
            whole, answer = answer, answer[(number - 1) * forge.a_page : number * forge.a_page]
            if number * forge.a_page < len(whole):
                rest = "&".join(f"{k}={v}" for k, v in query.items() if k != "page")
                headers["Link"] = f'<{forge.api}{path}?{rest}&page={number + 1}>; rel="next"'
        self._send(status, self._judged(path, status, answer), headers)

    def _judged(self, path: str, status: int, answer: Any) -> Any:
        """The answer with all that the description requires of it; what it does not have is kept for the end."""
        kind = self.forge.kind
        try:
            schema = answer_schema(kind, self.command, path, status)
        except AssertionError as error:
            self.forge.wrong.append(str(error))
            return answer
        whole = completed(kind, schema or {}, answer)
        said = f"{self.command} {path} {status}"
        self.forge.wrong += [f"{said}: {each}" for each in check_answer(kind, schema, whole)]
        return whole

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().strip() or b"0", 16)
        data = self.rfile.read(size)
        self.rfile.readline()
        return data

    def _send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _git(self, path: str, query: str, content: bytes) -> None:
        given = self.headers.get("Authorization", "")
        is_known = TOKEN in base64.b64decode(given.removeprefix("Basic ") or b"").decode("utf-8", "replace")
        if "receive-pack" in path + query and not is_known:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="forge"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        done = subprocess.run(
            ["git", "http-backend"],
            input=content,
            capture_output=True,
            check=False,
            env={
                **os.environ,
                "GIT_PROJECT_ROOT": str(self.forge.forks.get(path.split("/")[1], self.forge.bare)),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path.partition(".git")[2],
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(content)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "REMOTE_USER": "bot",
            },
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve


@contextmanager
def serve_forge(kind: str, bare: Path) -> Iterator[Forge]:
    """Yields a forge that serves a bare repository; at the end it has met nothing that its description does not have."""
    forge = Forge(kind, bare)
    handler = type("Handler", (_Handler,), {"forge": forge})
    server = _Server(("127.0.0.1", 0), handler)
    forge.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield forge
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert not forge.wrong, "\n".join(forge.wrong)
