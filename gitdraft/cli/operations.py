"""`operations` lists what moved refs, `undo` takes it back."""

from __future__ import annotations

from itertools import islice

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import DRY_RUN
from gitdraft.cli.text import columns, count, escape, faint, strong
from gitdraft.formats.reports.canonical import operations_json, undo_json


@click.command("operations")
@click.option("-n", "--limit", default=20, show_default=True, help="How many, newest first; 0 for all.")
@pass_command_context
def operations_command(ctx: CommandContext, limit: int) -> None:
    """List the operations that moved a branch or a draft.

    \b
    gitdraft operations -n 5
    """
    operations = list(islice(ctx.repository.operations(), limit or None))
    undone = {operation.undoes for operation in operations if operation.undoes}
    rows = [
        [
            strong(operation.id),
            faint(operation.at.replace("T", " ").removesuffix("Z")),
            escape(operation.actor.name),
            escape(operation.summary),
            faint("undone" if operation.id in undone else count(len(operation.moves), "ref")),
        ]
        for operation in operations
    ]
    lines = columns(rows) or ["nothing has happened yet"]
    ctx.answer("operations", operations_json(operations), lines, records="operations")


@click.command("undo")
@click.argument("operation", required=False)
@click.option(
    "--restore-erased", is_flag=True, help="Also where OPERATION erased an entity, whose content comes back."
)
@DRY_RUN
@pass_command_context
def undo_command(ctx: CommandContext, operation: str | None, *, restore_erased: bool, dry_run: bool) -> None:
    """Take back OPERATION, or the latest.

    The latest is that which a person did and that is not taken back yet. What others may have (it was
    pushed; or this is a server) is reverted by a commit. To redo, undo the undo by its id.

    \b
    gitdraft undo
    gitdraft undo 3f9c0a
    gitdraft undo 3f9c0a --restore-erased
    """
    report = ctx.repository.undo(operation, restore_erased=restore_erased, dry_run=dry_run)
    verb = "would take back" if dry_run else "took back"
    how = (
        f"{count(len(report.moves), 'ref')} back where {'it was' if len(report.moves) == 1 else 'they were'}"
    )
    if report.commit is not None:
        how = "others may have it, so a commit reverts it" if dry_run else f"reverted by {report.commit[:10]}"
    lines = [f"{verb} {strong(report.undone.id)}: {escape(report.undone.summary)} ({how})"]
    lines += [f"draft {strong(draft_id)} is open again" for draft_id in report.reopened]
    ctx.answer("undo", undo_json(report), lines)
