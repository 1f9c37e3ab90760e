"""A draft becomes, or stays, one with its pull request: the branch, the text, the labels, the notice, the status.

Each step looks first and then does what is missing, so that a run which was killed is finished by the next.
"""

from __future__ import annotations

from collections.abc import Sequence

from gitdraft.errors import Moved, StateRefused
from gitdraft.forge.branch import (
    DraftBranch,
    has_in_draft,
    is_outdated,
    moved_below,
    push_branch,
    record,
)
from gitdraft.forge.context import ForgeContext
from gitdraft.forge.port import CHECK
from gitdraft.forge.texts import (
    STICKY,
    DraftText,
    check,
    check_of,
    draft_text,
    is_ours,
    notice,
    resolved_notice,
)
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.pull_requests import CommitCheck, Problem, PullRequest
from gitdraft.store.drafts import StoredDraft

DESCRIBED = ("title", "body", "base", "is_draft")


@dataclass(frozen=True, slots=True)
class Published:
    """The pull request as it is then, and what was done, step by step."""

    pull: PullRequest
    done: tuple[str, ...]


def publish(
    context: ForgeContext,
    draft: StoredDraft,
    pull: PullRequest | None,
    labels: Sequence[str] = (),
) -> Published:
    """Brings branch and pull request to where the draft is; without a ``pull`` one is opened.

    Raises Moved (``branch-moved``) where somebody pushed meanwhile, and what the forge refuses.
    """
    reopened: list[str] = []
    if pull is not None and pull.state == "closed":
        pull = _reopen(context, pull)  # before its branch moves, after which forges refuse
        reopened = [] if pull is None else ["reopened"]
    branch, done = bring_branch(context, draft)
    done = reopened + done
    text = draft_text(context.store, draft.id, context.settings.site)
    base = context.base(draft)
    if pull is None:
        pull = _open(context, draft, text, base)
        done.append("opened")
    else:
        before = pull
        pull = context.forge.update(pull, text.pull_text(pull.body, context.forge.longest_body), base)
        if any(getattr(pull, name) != getattr(before, name) for name in DESCRIBED):
            done.append("described")
    has = {name.casefold() for name in pull.labels}
    missing = {name.casefold(): name for name in (*context.settings.labels, *labels)}
    missing = {folded: name for folded, name in missing.items() if folded not in has}
    if missing:
        context.forge.add_labels(pull, list(missing.values()))
        done.append("labelled")
    done += write_notice(context, pull, text, ())
    moved = () if text.conflicts else moved_below(context.store, branch, draft)
    done += set_check(context, branch, draft.id, check_of(context.store, text, moved))
    return Published(pull, tuple(done))


def bring_branch(context: ForgeContext, draft: StoredDraft) -> tuple[DraftBranch, list[str]]:
    """Pushes the draft's branch where that is needed, after those of the drafts below. Returns it, and what was done."""
    store, settings = context.store, context.settings
    branch, form = context.branch(draft.id), context.form(draft)
    if branch.head is not None and branch.has_news and has_in_draft(store, branch, draft):
        record(store, draft.id, branch.head)
        branch = context.branch(draft.id)
    if not is_outdated(store, branch, form):
        return branch, []
    push_branch(store, settings, branch, draft, form)
    return context.branch(draft.id), ["pushed"]


def _reopen(context: ForgeContext, pull: PullRequest) -> PullRequest | None:
    """Reopens a closed pull request; ``None`` where the forge does not, be it that it refuses or that it leaves it closed."""
    try:
        pull = context.forge.set_state(pull, is_open=True)
    except (Moved, StateRefused):
        return None
    return pull if pull.state == "open" else None


def _open(context: ForgeContext, draft: StoredDraft, text: DraftText, base: str) -> PullRequest:
    """Opens a pull request; one that somebody opened meanwhile is it."""
    pull_text = text.pull_text("", context.forge.longest_body)
    try:
        return context.forge.create(context.head(draft.id), base, pull_text)
    except (Moved, StateRefused):
        for pull in context.forge.find(context.head(draft.id), base):
            if pull.state == "open":
                return pull
        raise


def write_notice(
    context: ForgeContext, pull: PullRequest, text: DraftText, problems: Sequence[Problem]
) -> list[str]:
    """Has the one comment on the pull request say what is in the way; one is written where there is something to say."""
    said = notice(context.store, text, problems)
    own = [c for c in context.forge.comments(pull) if c.path is None and c.text.lstrip().startswith(STICKY)]
    if said is None:
        if not own or own[0].text.strip() == resolved_notice():
            return []
        said = resolved_notice()
    if own and own[0].text.replace("\r\n", "\n").strip() == said.strip():
        return []
    context.forge.write_comment(pull, said, own[0].id if own else None)
    return ["commented"]


def set_check(context: ForgeContext, branch: DraftBranch, draft_id: str, target: CommitCheck) -> list[str]:
    """Gives the head of the branch its status, where it has another."""
    if branch.head is None:
        return []
    known = context.forge.checks(branch.head).get(CHECK)
    if known == f"{target.state}: {target.description}":
        return []
    context.forge.set_check(branch.head, target, context.page(draft_id))
    return [f"status {target.state}"]


def close(context: ForgeContext, pull: PullRequest, branch: DraftBranch, why: str | None) -> list[str]:
    """Closes an open pull request, with a comment that says why; its branch stays where it is. The record goes."""
    done: list[str] = []
    if pull.state == "open":
        if why:
            said = f"<!-- gitdraft: closed -->\n{why}"
            if all(
                comment.text.strip() != said
                for comment in context.forge.comments(pull)
                if is_ours(comment.text)
            ):
                context.forge.write_comment(pull, said)
        context.forge.set_state(pull, is_open=False)
        done.append("closed")
    record(context.store, branch.draft, None)
    return done


def not_held(context: ForgeContext, pull: PullRequest, branch: DraftBranch, problem: Problem) -> list[str]:
    """Says on the forge that the branch has what the draft cannot hold."""
    text = draft_text(context.store, branch.draft, context.settings.site)
    files = ", ".join(problem.places[:3])
    done = set_check(context, branch, branch.draft, check("failure", f"not held by the draft: {files}"))
    return done + write_notice(context, pull, text, [problem])
