"""`draft`: what a draft says of itself."""

from __future__ import annotations

import click

from gitdraft.cli.context import CommandContext, pass_command_context, read_message
from gitdraft.cli.options import DRAFT, DRY_RUN
from gitdraft.cli.text import escape, strong
from gitdraft.formats.reports.drafts import description_json


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

    \b
    gitdraft draft edit fix-person --title "Fix Person and Agent"
    gitdraft draft edit --description @why.md
    """
    if title is None and description is None:
        raise click.UsageError("--title or --description is needed")
    report = ctx.draft_or_current(draft).describe(title, read_message(description), dry_run=dry_run)
    would = "would be " if dry_run else ""
    line = f"{strong(report.id)} {would}{'' if report.is_changed else 'still '}called {escape(report.title)}"
    ctx.answer("draft-edit", description_json(report), [line])
