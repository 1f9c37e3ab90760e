"""GitLab's REST API (v4) over the small forge: as its documentation prints it, for there is no description to judge it by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from forge_server import Answer, Forge, Pull

STATES = {"pending": "running", "success": "success", "failure": "failed"}
APPROVED = "approved this merge request"
MISSING = 404, {"message": "404 Not found"}


def answer(forge: Forge, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
    """The answer to a request; lists are whole."""
    first, project, *parts = [unquote(part) for part in path.strip("/").split("/")]
    owner = project.rpartition("/")[0]
    if first != "projects" or not project.endswith("/things") or owner not in (forge.owner, *forge.forks):
        return MISSING
    match method, parts:
        case "GET", []:
            return 200, {"id": _project(forge, owner), "path_with_namespace": project}
        case "GET", ["merge_requests"]:
            return 200, [_json(forge, pull) for pull in reversed(forge.pulls) if _is_asked_for(pull, query)]
        case "POST", ["merge_requests"]:
            return _create(forge, owner, body)
        case "GET", ["repository", "commits", sha, "statuses"]:
            return 200, [_status(each) for each in _latest(forge, sha)]
        case "POST", ["statuses", sha]:
            return _set_status(forge, sha, body)
        case _, ["merge_requests", number, *rest]:
            for pull in forge.pulls:
                if str(pull.number) == number and owner == forge.owner:
                    return _on(forge, pull, (method, rest), body)
    return MISSING


def _on(forge: Forge, pull: Pull, asked: tuple[str, list[str]], body: Any) -> Answer:
    match asked:
        case "GET", []:
            return 200, _json(forge, pull)
        case "PUT", []:
            return _edit(forge, pull, body)
        case "PUT", ["merge"]:
            return _merge(forge, pull, body)
        case "GET", ["notes"]:
            return 200, _notes(forge, pull)
        case "POST", ["notes"]:
            return 201, _note(forge, forge.comment(pull, "bot", body["body"]))
        case "PUT", ["notes", note]:
            for comment in pull.comments:
                if str(comment["id"]) == note:
                    comment["body"] = body["body"]
                    return 200, _note(forge, comment)
        case "GET", ["approvals"]:
            by = dict.fromkeys(each["by"] for each in pull.reviews if each["state"] == "APPROVED")
            return 200, {"iid": pull.number, "approved_by": [{"user": _user(name)} for name in by]}
    return MISSING


def _user(name: str) -> dict[str, Any]:
    return {"id": 7, "username": name, "name": name.title(), "state": "active"}


def _project(forge: Forge, owner: str) -> int:
    return 1 + [forge.owner, *forge.forks].index(owner)


def _json(forge: Forge, pull: Pull) -> dict[str, Any]:
    now = forge.tip(pull.head, pull.owner)
    is_squash = pull.merge_commit is not None
    return {
        "id": 1000 + pull.number,
        "iid": pull.number,
        "project_id": 1,
        "web_url": f"http://127.0.0.1:{forge.port}/{forge.owner}/things/-/merge_requests/{pull.number}",
        "state": "merged" if pull.merged else {"open": "opened"}.get(pull.state, pull.state),
        "title": pull.title,
        "description": pull.body,
        "source_branch": pull.head,
        "target_branch": pull.base,
        "source_project_id": _project(forge, pull.owner),
        "target_project_id": 1,
        "draft": pull.title.startswith("Draft: "),
        "labels": pull.labels,
        "sha": (now if pull.state == "open" else pull.last_head or now) or None,
        "merge_commit_sha": None,
        "squash_commit_sha": pull.merge_commit if is_squash else None,
        "closed_by": _user(pull.closed_by) if pull.closed_by and not pull.merged else None,
    }


def _is_asked_for(pull: Pull, query: dict[str, str]) -> bool:
    return (
        query.get("source_branch", pull.head) == pull.head
        and query.get("target_branch", pull.base) == pull.base
    )


def _create(forge: Forge, owner: str, body: Any) -> Answer:
    head, base = body["source_branch"], body["target_branch"]
    if forge.tip(head, owner) is None or forge.tip(base) is None:
        return 409, {"message": ["Source branch does not exist"]}
    if owner != forge.owner and body.get("target_project_id") != 1:
        return MISSING
    if any(p.state == "open" and (p.head, p.base, p.owner) == (head, base, owner) for p in forge.pulls):
        return 409, {"message": ["Another open merge request already exists for this source branch: !1"]}
    pull = forge.add_pull(body["title"], body.get("description", ""), head, base, owner)
    return 201, _json(forge, pull)


def _edit(forge: Forge, pull: Pull, body: Any) -> Answer:
    event = body.get("state_event")
    if event == "close":
        forge.close(pull, "bot")
    if event == "reopen" and not pull.merged and forge.reopens:  # else it is not said to be refused
        pull.state = "open"
    pull.title, pull.body = body.get("title", pull.title), body.get("description", pull.body)
    pull.base = body.get("target_branch", pull.base)
    names = [name for name in body.get("add_labels", "").split(",") if name and name not in pull.labels]
    pull.labels += names
    forge.labels += [name for name in names if name not in forge.labels]
    return 200, _json(forge, pull)


def _merge(forge: Forge, pull: Pull, body: Any) -> Answer:
    if pull.state != "open" or pull.title.startswith("Draft: "):
        return 405, {"message": "405 Method Not Allowed"}
    if body.get("sha", "") != forge.tip(pull.head):
        return 409, {"message": "SHA does not match HEAD of source branch"}
    message = body.get("squash_commit_message") or body.get("merge_commit_message") or ""
    forge.merge(pull, "squash" if body.get("squash") else "merge", message)
    return 200, _json(forge, pull)


def _note(forge: Forge, comment: dict[str, Any]) -> dict[str, Any]:
    at = "2026-01-02T03:04:05Z"
    return {
        "id": comment["id"],
        "body": comment["body"],
        "author": _user(comment["by"]),
        "created_at": at,
        "system": False,
    }


def _notes(forge: Forge, pull: Pull) -> list[dict[str, Any]]:
    """What was said, and what GitLab says itself: verdicts, and commits that were added, in their order."""
    said = [_note(forge, comment) for comment in pull.comments]
    for number, each in enumerate(pull.reviews):
        said.append({**_system(each["by"], APPROVED), "id": 900 + 2 * number})
        if each["sha"] != forge.tip(pull.head, pull.owner):
            said.append({**_system("bea", "added 1 commit\n\n* `1234567` - Later"), "id": 901 + 2 * number})
    return said


def _system(by: str, text: str) -> dict[str, Any]:
    return {"body": text, "author": _user(by), "created_at": "2026-01-02T03:04:05Z", "system": True}


def _latest(forge: Forge, sha: str) -> list[dict[str, Any]]:
    return list({each["context"]: each for each in forge.statuses if each["sha"] == sha}.values())


def _set_status(forge: Forge, sha: str, body: Any) -> Answer:
    """GitLab changes the description of one that is not over, and then refuses the state that it has already."""
    state = {value: name for name, value in STATES.items()}[body["state"]]
    before = next((each for each in _latest(forge, sha) if each["context"] == body["name"]), None)
    if before is not None and before["state"] == state == "pending":
        before["description"] = body["description"]
        return 400, {
            "message": 'Cannot transition status via :run from :running (Reason(s): Status cannot transition via "run")'
        }
    forge.statuses.append(
        {"sha": sha, "id": len(forge.statuses) + 1, "context": body["name"], "state": state,
         "description": body["description"]}
    )  # fmt: skip
    return 201, _status(forge.statuses[-1])


def _status(each: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": each["id"],
        "sha": each["sha"],
        "name": each["context"],
        "status": STATES[each["state"]],
        "description": each["description"],
    }
