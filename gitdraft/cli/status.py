"""`status` and `switch`: where the repository stands, and the draft that edits go to."""

from __future__ import annotations

import click

from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.status_report import show_status
from gitdraft.cli.text import strong


@click.command("switch")
@click.argument("draft", shell_complete=complete_draft)
@pass_command_context
def switch_command(ctx: CommandContext, draft: str) -> None:
    """Make DRAFT the one that edits go to.

    The worktree is left alone; `gitdraft checkout` writes to it.

    \b
    gitdraft switch fix-person
    """
    drafts, remote = ctx.repository.drafts, ctx.repository.worktree.switch(draft)
    taken = [] if remote is None else [f"took {strong(draft)} from {remote}"]
    document = {"id": draft} | ({} if remote is None else {"remote": remote})
    status = drafts.status_at(drafts.get(draft).tip)
    goes = f"edits now go to {strong(draft)}"
    if status in ("submitted", "rejected", "withdrawn", "merged"):
        way = "" if status == "merged" else f": gitdraft reopen {draft} lets it be edited"
        goes = f"{strong(draft)} is current now, but {status}{way}"
    ctx.answer("switch", document, [*taken, goes])


@click.command("status")
@pass_command_context
def status_command(ctx: CommandContext) -> None:
    """Say where canonical and the drafts stand, and what next.

    \b
    gitdraft status
    """
    show_status(ctx)
