"""`project`: the index as tables of a SQL database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.follow import FOLLOW, POLL, follow
from gitdraft.cli.text import columns, count, escape, faint, status

if TYPE_CHECKING:
    from gitdraft.model.copies import ProjectionReport

MOST_SHOWN = 5
NO = 1


@click.command("project")
@FOLLOW
@POLL
@click.option("--verify", is_flag=True, help="Compare every row with git; exit code 1 where one differs.")
@click.option(
    "--rebuild", is_flag=True, help="Make all rows again, and put them in the place of the old ones."
)
@pass_command_context
def project_command(
    ctx: CommandContext, *, is_followed: bool, poll: float, verify: bool, rebuild: bool
) -> None:
    """Write the index into a SQL database.

    GITDRAFT_PROJECTION in the environment, or gitdraft.projection in git's configuration (without a password), names the
    database: PostgreSQL, MariaDB or MySQL. A run is one transaction. Needs the extra `sql`.

    \b
    GITDRAFT_PROJECTION=postgresql://gitdraft@127.0.0.1/vocabulary gitdraft project
    gitdraft project --verify
    """
    if is_followed + verify + rebuild > 1:
        raise click.UsageError("--follow, --verify and --rebuild are three things to do")
    copies, progress = ctx.repository.copies, ctx.progress("reading entities")
    if verify:
        report = copies.verify_projection(progress=progress)
        tables = [
            {**t._asdict(), "missing": list(t.missing), "surplus": list(t.surplus)} for t in report.tables
        ]
        is_sound = not any(table.missing or table.surplus for table in report.tables)
        ctx.answer(
            "project-verify", {"sound": is_sound, **report._asdict(), "tables": tables}, _compared(report)
        )
        if not is_sound:
            raise click.exceptions.Exit(NO)
        return

    def step() -> None:
        projected = copies.project(rebuild=rebuild, progress=progress)
        if projected.added or projected.removed or not is_followed:
            _answer(ctx, projected)

    if is_followed:
        follow(ctx, step, poll)
    step()


def _answer(ctx: CommandContext, report: ProjectionReport) -> None:
    document = {name: value for name, value in report._asdict().items() if name != "tables"}
    rows = f"{count(report.added, 'row')} added, {report.removed:,} removed"
    lines = [f"{rows}: it reflects operation {report.number}", *_skipped(report)]
    ctx.answer("project", document, lines)


def _compared(report: ProjectionReport) -> Iterator[str]:
    wrong = [table for table in report.tables if table.missing or table.surplus]
    yield from columns(
        [[t.name, f"{t.rows:>9,}", status("invalid" if t in wrong else "clean")] for t in report.tables]
    )
    for table in wrong:
        for word, rows in (("missing", table.missing), ("too many", table.surplus)):
            for row in rows[:MOST_SHOWN]:
                yield f"  {table.name}, {word}: {faint(escape(' '.join(map(str, row))))}"
            if len(rows) > MOST_SHOWN:
                yield f"  {table.name}, {word}: {count(len(rows) - MOST_SHOWN, 'more row')}"
    if wrong:
        yield "gitdraft project --rebuild makes it again"
    yield from _skipped(report)


def _skipped(report: ProjectionReport) -> Iterator[str]:
    for place in report.skipped:
        yield faint(f"the database cannot hold it, left out: {escape(place)}")
