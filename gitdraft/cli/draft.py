"""`draft`: what a draft says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context, read_message
from gitdraft.cli.options import DRAFT, DRY_RUN
from gitdraft.cli.text import escape, strong
from gitdraft.formats.reports.drafts import description_json

if TYPE_CHECKING:
    from gitdraft.model.draft_reports import DescribeReport


@click.group("draft")
def draft_command() -> None:
    """Change what a draft says of itself.

    \b
    gitdraft draft edit fix-person --title "Fix Person and Agent"
    """


@draft_command.command("edit")
@DRAFT
@click.option("--title", help="Its new title.")
@click.option("--description", metavar="TEXT|@FILE|-", help="Its new description; empty for none.")
@DRY_RUN
@pass_command_context
def draft_edit(
    ctx: CommandContext, draft: str | None, title: str | None, description: str | None, *, dry_run: bool
) -> None:
    """Change the title or the description of an open DRAFT.

    Without options your editor has both: the first line is the title, the rest the description.

    \b
    gitdraft draft edit fix-person --title "Fix Person and Agent"
    gitdraft draft edit --description @why.md
    """
    described = ctx.draft_or_current(draft)

    def describe(title: str | None, description: str | None) -> DescribeReport:
        return described.describe(title, description, dry_run=dry_run)

    if title is None and description is None:
        from gitdraft.cli.editor import edit_message

        report = edit_message(
            ctx,
            described.header.message,
            f"The first line is the title of {described.id}, the rest says what it is for.",
            f"gitdraft draft edit {described.id} --description @",
            lambda text: describe(text.partition("\n")[0], text.partition("\n")[2].strip()),
        )
    else:
        report = describe(title, read_message(description))
    would = "would be " if dry_run else ""
    line = f"{strong(report.id)} {would}{'' if report.is_changed else 'still '}called {escape(report.title)}"
    ctx.answer("draft-edit", description_json(report), [line])
