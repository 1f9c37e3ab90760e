"""`show`: one draft, and how its changes stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import DRAFT
from gitdraft.cli.rebase_state import rebase_state_text
from gitdraft.cli.status_report import problem_lines
from gitdraft.cli.text import columns, count, escape, faint, place_text, pointer_text, prose, status, strong
from gitdraft.formats.reports.reviews import comments_json
from gitdraft.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from gitdraft.api.draft import Draft
    from gitdraft.api.reports import DraftDetails, ParentState
    from gitdraft.api.repository import Repository
    from gitdraft.formats.reports import Record
    from gitdraft.model.outcomes import ChangeReport, ChangeStatus
    from gitdraft.model.reviews import Remarks

SEEN = ("wrong-status", "empty-draft", "rebase-conflict", "data-policy-violation", "patch-target-not-found")
RELATIONS = {
    "ahead": "ahead of",
    "behind": "behind",
    "diverged": "diverged from",
    "deleted here": "deleted here, not yet on",
    "deleted there": "deleted on",
}


@dataclass(frozen=True, slots=True)
class RemoteState:
    """How a draft relates to the remote's of the same id, and in how many places they are in conflict."""

    name: str
    relation: str
    conflicts: int


@click.command("show")
@DRAFT
@pass_command_context
def show_command(ctx: CommandContext, draft: str | None) -> None:
    """Show a draft: what it is, its changes, how they stand.

    How they stand is judged on canonical's tip.

    \b
    gitdraft show fix-person
    """
    shown = ctx.draft_or_current(draft)
    details, parent, remote = shown.details(), shown.parent(), _remote_state(ctx.repository, shown)
    remarks = shown.remarks()
    document = _show_json(details, parent, remote) | {
        "comments": comments_json(shown.id, remarks)["comments"]
    }
    ctx.answer("show", document, [*_show_text(details, parent, remote), *_review_text(details, remarks)])


def _review_text(details: DraftDetails, remarks: Remarks) -> Iterator[str]:
    """Yields what people say of the draft, and what keeps an open one from being merged, beside how it stands."""
    from gitdraft.cli.review import remark_lines

    review = details.summary.review
    lines = list(remark_lines(remarks, () if review is None else review.reviews))
    if lines:
        yield from ("", *lines)
    blocks = [message for code, message in details.blocked_by if code not in SEEN]
    if blocks:
        yield from ("", f"not to be merged yet: {escape('; '.join(blocks))}")


def _remote_state(repository: Repository, draft: Draft) -> RemoteState | None:
    remote = repository.remote
    relation = repository.draft_relations().get(draft.id)
    if remote is None or relation is None:
        return None
    conflicts = len(draft.remote_conflicts()) if relation == "diverged" else 0
    return RemoteState(remote, relation, conflicts)


def _show_json(details: DraftDetails, parent: ParentState | None, remote: RemoteState | None) -> Record:
    from gitdraft.formats.reports.drafts import details_json

    document = details_json(details)
    if parent is not None:
        document["onto"] = parent.as_json()
    if remote is not None:
        document["remote"] = {
            "name": remote.name,
            "draft": remote.relation,
            "conflicts": remote.conflicts,
        }
    return document


def _show_text(
    details: DraftDetails, parent: ParentState | None, remote: RemoteState | None
) -> Iterator[str]:
    from gitdraft.formats.reports.drafts import next_step

    draft, header = details.summary, details.header
    stands = rebase_state_text(draft.rebase_state)
    named = (strong(draft.id), status(header.status.value), stands, escape(header.title))
    yield from columns([[*filter(None, named)]])
    by = f"by {escape(header.author)} on {header.created_at}, based on {(draft.base or '')[:10]}"
    yield from prose(faint(by))
    if parent is not None:
        yield faint(f"on top of {parent.parent}, which is {parent.status_word}")
        if parent.is_behind:
            yield f"{parent.parent} was edited since: gitdraft rebase {draft.id}"
    if header.description:
        yield from ("", escape(header.description))
    yield ""
    yield from columns([_change_row(*change) for change in details.changes], "  ")
    if not details.changes:
        yield faint("  no changes yet")
    yield from problem_lines(draft.problems)
    if remote is not None and remote.relation != "equal":
        yield from ("", f"{RELATIONS[remote.relation]} {escape(remote.name)}: gitdraft sync")
    if remote is not None and remote.conflicts:
        yield f"in conflict with {escape(remote.name)} in {count(remote.conflicts, 'place')}"
    if remote is not None and remote.conflicts:
        yield from ("", f"next: gitdraft conflicts {draft.id}")
    elif step := next_step(draft):
        yield from ("", f"next: {step}")


def _change_row(change: ChangeReport, change_status: ChangeStatus) -> list[str]:
    outcome = "" if change.status == "clean" else status(change.status)
    places = [place_text(conflict) for conflict in change.conflicts]
    places += [
        f"{pointer_text(violation.pointer)}: {escape(violation.message)}" for violation in change.violations
    ]
    if change.reason is not None:
        places.append(escape(change.reason))
    if change.renamed_to is not None:
        return [
            status("renamed"),
            f"{change.entity} to {change.renamed_to}",
            outcome,
            faint(", ".join(places)),
        ]
    name = str(change.entity)
    if change.redirects_to is not None:
        name += f" to {change.redirects_to}"
    return [status(change_status.value), name, outcome, faint(", ".join(places))]
