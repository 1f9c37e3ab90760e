"""`list`: the drafts, one a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import columns, count, escape, faint, shorten, status, strong

if TYPE_CHECKING:
    from gitdraft.model.reports import DraftSummary

STATUSES = ("draft", "validated", "submitted", "merged", "rejected", "withdrawn")


@click.command("list")
@click.option(
    "--status", "draft_status", type=click.Choice([*STATUSES, "open"]), default="open", show_default=True
)
@pass_command_context
def list_command(ctx: CommandContext, draft_status: str) -> None:
    """List the drafts, the open ones unless a status is given.

    \b
    gitdraft list --status merged
    """
    from gitdraft.formats.reports.drafts import summary_json
    from gitdraft.model.drafts import DraftStatus

    repository = ctx.repository
    summaries = repository.drafts.summaries(None if draft_status == "open" else DraftStatus(draft_status))
    relations = repository.draft_relations()
    records = [
        summary_json(summary) | ({"remote": relations[summary.id]} if summary.id in relations else {})
        for summary in summaries
    ]
    lines = _rows(summaries, repository.worktree.current_draft(), relations) or [
        f"no {draft_status} drafts",
        faint('start one: gitdraft new "What it is about"'),
    ]
    ctx.answer("list", {"drafts": records}, lines, records="drafts")


def _rows(summaries: list[DraftSummary], current: str | None, relations: Mapping[str, str]) -> list[str]:
    return columns([list(_row(summary, current, relations)) for summary in summaries])


def _row(summary: DraftSummary, current: str | None, relations: Mapping[str, str]) -> Iterator[str]:
    yield "*" if summary.id == current else " "
    yield strong(summary.id)
    if summary.header is None:
        yield from (status("broken"), "", escape(summary.reason or ""))
        return
    yield status(summary.header.status.value)
    yield count(summary.changes, "change")
    yield shorten(escape(summary.header.title), 48)
    yield faint(summary.header.created_at[:10])
    if relations.get(summary.id, "equal") != "equal":
        yield relations[summary.id]
    for problem in summary.problems:
        yield f"{status('invalid')} {problem.code} {escape(', '.join(problem.paths))}".rstrip()
