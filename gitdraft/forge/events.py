"""Events that a forge sends: which drafts they are about. What they say is used for nothing else."""

from __future__ import annotations

from gitdraft.forge.branch import recorded_pulls
from gitdraft.forge.records import Record, oid, record, text
from gitdraft.forge.texts import is_ours
from gitdraft.formats.branch_names import PULLS as PREFIX
from gitdraft.model.pull_requests import Heard
from gitdraft.model.values import JSON
from gitdraft.store.repository import Store

HEADS = "refs/heads/"
COMMENTS = ("issue_comment", "note")
NOTHING = Heard()


def hear(store: Store, event: str, body: JSON) -> Heard:
    """Returns the drafts that an event is about: a push to canonical is about all that have a pull request. One of a commit
    that the draft holds, and of a comment of gitdraft's own, is about none."""
    name, known = event.lower().removesuffix(" hook").replace(" ", "_"), recorded_pulls(store)
    everything = Heard(tuple(known), is_canonical=True)
    if name == "push":
        ref = text(body, "ref")
        if ref == store.canonical_ref:
            return everything
        draft = _draft(ref.removeprefix(HEADS)) if ref.startswith(HEADS) else None
        return NOTHING if draft is None or known.get(draft) == oid(body, "after") else _one(store, draft)
    if name not in COMMENTS and not name.startswith(("pull_request", "merge_request")):
        return NOTHING
    if name in COMMENTS and is_ours(text(body, "comment", "body") or text(body, "object_attributes", "note")):
        return NOTHING
    branch = (
        text(body, "pull_request", "head", "ref")
        or text(body, "object_attributes", "source_branch")
        or text(body, "merge_request", "source_branch")
    )
    if not branch:  # GitHub and Gitea name the number alone
        return Heard(tuple(known)) if _is_on_a_pull_request(record(body)) else NOTHING
    draft = _draft(branch)
    return NOTHING if draft is None else _one(store, draft)


def _draft(branch: str) -> str | None:
    return branch.removeprefix(PREFIX) if branch.startswith(PREFIX) else None


def _one(store: Store, draft: str) -> Heard:
    """Returns what to do for a draft that is known here."""
    is_known = draft in recorded_pulls(store) or draft in store.open_drafts()
    return Heard((draft,)) if is_known else NOTHING


def _is_on_a_pull_request(body: Record) -> bool:
    return "pull_request" in record(body, "issue") or body.get("is_pull") is True
