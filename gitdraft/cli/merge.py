"""`merge`: a submitted draft becomes one commit of canonical."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context, read_message
from gitdraft.cli.options import DRAFT, DRY_RUN, EDIT_MESSAGE
from gitdraft.cli.rebase import rebase_text
from gitdraft.cli.text import count, faint, status, strong
from gitdraft.formats.reports.drafts import merge_report_json

if TYPE_CHECKING:
    from gitdraft.model.reports import MergeReport


@click.command("merge")
@DRAFT
@click.option(
    "-m", "--message", metavar="TEXT|@FILE|-", help="The commit's message; the draft's title otherwise."
)
@EDIT_MESSAGE
@click.option("--local", is_flag=True, help="Here, although the draft has a pull request.")
@DRY_RUN
@pass_command_context
def merge_command(
    ctx: CommandContext, draft: str | None, message: str | None, *, edit: bool, local: bool, dry_run: bool
) -> None:
    """Bring a submitted DRAFT into canonical as one commit.

    The other open drafts are rebased onto it. A draft with a pull request is merged by `gitdraft pr merge`.

    \b
    gitdraft merge fix-person
    gitdraft merge fix-person --edit
    """
    merged = ctx.draft_or_current(draft)

    def merge(message: str | None) -> MergeReport:
        return merged.merge(message, local=local, dry_run=dry_run)

    text = read_message(message)
    if edit:
        from gitdraft.cli.editor import edit_message

        begun = text or merged.header.message
        purpose = f"This is the message of the commit that {merged.id} becomes."
        report = edit_message(ctx, begun, purpose, f"gitdraft merge {merged.id} -m @", merge)
    else:
        report = merge(text)
    lines = _merge_text(report, ctx.repository.canonical_branch, dry_run=dry_run)
    ctx.answer("merge", merge_report_json(report), lines)


def _merge_text(report: MergeReport, canonical: str, *, dry_run: bool) -> Iterator[str]:
    merged = "would be merged" if dry_run else status("merged")
    entities = count(len(report.entities), "entity", "entities")
    yield f"{strong(report.draft)} {merged} into {canonical} as {report.commit[:10]} ({entities})"
    if report.rebase.drafts:
        yield from rebase_text(report.rebase, dry_run=dry_run)
    if not dry_run:
        yield faint("gitdraft undo takes it back")
