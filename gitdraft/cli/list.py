"""`list`: the drafts, one a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.rebase_state import rebase_state_text
from gitdraft.cli.text import columns, command, count, escape, faint, shorten, status, strong

if TYPE_CHECKING:
    from gitdraft.api.drafts import Sort
    from gitdraft.model.rebase_states import RebaseStatus
    from gitdraft.model.reports import DraftSummary

STATUSES = ("draft", "validated", "submitted", "merged", "rejected", "withdrawn")


@click.command("list")
@click.option(
    "--status",
    "draft_status",
    type=click.Choice([*STATUSES, "open"]),
    default="open",
    metavar="STATUS",
    help=f"Those of this status ({', '.join(STATUSES)}); the open ones otherwise.",
)
@click.option(
    "--conflict", "rebase_status", flag_value="conflict", help="Only those in conflict with canonical."
)
@click.option(
    "--invalid",
    "rebase_status",
    flag_value="invalid",
    help="Only those that break a rule on canonical's tip.",
)
@click.option("--mine", is_flag=True, help="Only those whose author has your mail.")
@click.option(
    "--sort",
    type=click.Choice(["id", "updated", "created", "title", "status"]),
    default="id",
    show_default=True,
    help="What they are sorted by; the latest first.",
)
@click.option(
    "-n", "--limit", type=click.IntRange(0), default=0, help="How many of them, in this order; 0 for all."
)
@pass_command_context
def list_command(
    ctx: CommandContext,
    draft_status: str,
    rebase_status: RebaseStatus | None,
    *,
    mine: bool,
    sort: Sort,
    limit: int,
) -> None:
    """List the drafts, and how each stands on canonical's tip.

    The open ones unless a status is given. Nothing is judged here: `unknown` is what canonical has moved
    away from since; a rebase judges it.

    \b
    gitdraft list --conflict --mine
    gitdraft list --status merged --sort updated --limit 20
    """
    from gitdraft.formats.reports.drafts import summary_json
    from gitdraft.model.drafts import DraftStatus

    repository = ctx.repository
    summaries = repository.drafts.summaries(
        None if draft_status == "open" else DraftStatus(draft_status),
        rebase_status=rebase_status,
        mine=mine,
        sort=sort,
        limit=limit or None,
    )
    relations = repository.draft_relations()
    if ctx.output != "text":
        records = [
            summary_json(summary) | ({"remote": relations[summary.id]} if summary.id in relations else {})
            for summary in repository.drafts.reviewed(summaries)
        ]
        ctx.answer("list", {"drafts": records}, (), records="drafts")
        return
    narrowed = [] if rebase_status is None else [rebase_status]
    nothing = [
        f"no {' '.join([draft_status, *narrowed])} drafts{' of yours' if mine else ''}",
        *([] if rebase_status or mine else [faint('start one: gitdraft new "What it is about"')]),
    ]
    current = repository.worktree.current_draft()
    lines = [*_rows(summaries, current, relations), *_next_steps(summaries)] if summaries else nothing
    ctx.answer("list", {}, ["\n".join(lines)])


def _rows(summaries: Sequence[DraftSummary], current: str | None, relations: Mapping[str, str]) -> list[str]:
    return columns([list(_row(summary, current, relations)) for summary in summaries])


def _row(summary: DraftSummary, current: str | None, relations: Mapping[str, str]) -> Iterator[str]:
    yield "*" if summary.id == current else " "
    yield strong(summary.id)
    if summary.header is None:
        yield from (status("broken"), "", "", escape(summary.reason or ""))
        return
    yield status(summary.header.status.value)
    yield rebase_state_text(summary.rebase_state)
    yield count(summary.changes, "change")
    yield shorten(escape(summary.header.title), 48)
    yield faint(summary.header.created_at[:10])
    if relations.get(summary.id, "equal") != "equal":
        yield relations[summary.id]
    for problem in summary.problems:
        yield f"{status('invalid')} {problem.code} {escape(', '.join(problem.paths))}".rstrip()


def _next_steps(summaries: Sequence[DraftSummary]) -> Iterator[str]:
    """Yields what to do about those that do not stand well: a command for each kind, with the first of them."""
    from gitdraft.formats.reports.drafts import next_step

    kinds = dict.fromkeys(("conflict", "invalid", "broken", "unknown"), "")
    for summary in reversed(summaries):
        if summary.rebase_state.status in kinds:
            kinds[summary.rebase_state.status] = next_step(summary) or ""
    steps = [(kind, step) for kind, step in kinds.items() if step]
    if steps:
        yield ""
        yield from columns([[status(kind), command(step)] for kind, step in steps])
