"""`log`: the commits of a draft, or of an entity."""

from __future__ import annotations

import click

from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import columns, escape, faint, shorten
from gitdraft.model.operations import utc


@click.command("log")
@click.argument("name", metavar="[DRAFT|ENTITY]", required=False, shell_complete=complete_draft)
@click.option("-n", "--limit", default=50, show_default=True, help="How many, newest first; 0 for all.")
@pass_command_context
def log_command(ctx: CommandContext, name: str | None, limit: int) -> None:
    """Show the commits of a draft, or of an entity.

    Those of an entity are canonical's that changed it.

    \b
    gitdraft log fix-person
    gitdraft log category/Person
    """
    named = name if name is not None else ctx.draft_or_current(None).id
    commits = ctx.repository.log(named, limit or None)
    document = {"commits": [commit.as_json() for commit in commits]}
    rows = [
        [
            click.style(commit.oid[:10], fg="yellow"),
            faint(utc(commit.author.seconds)[:16].replace("T", " ")),
            shorten(escape(commit.author.name), 24),
            escape(commit.subject),
        ]
        for commit in commits
    ]
    ctx.answer("log", document, columns(rows) or ["no commits"], records="commits", paged=True)
