"""`project`: the index as tables of a SQL database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import columns, count, escape, faint, status
from gitdraft.errors import RepositoryError

if TYPE_CHECKING:
    from gitdraft.model.copies import ProjectionReport

MOST_SHOWN = 5
LONGEST_PAUSE = 60.0  # seconds, while the server does not answer
NO = 1


@click.command("project")
@click.option("--follow", is_flag=True, help="Go on, until it is stopped.")
@click.option(
    "--poll",
    type=click.FloatRange(min=0.1),
    default=2,
    show_default=True,
    metavar="SECONDS",
    help="With --follow: how often to look.",
)
@click.option("--verify", is_flag=True, help="Compare every row with git; exit code 1 where one differs.")
@click.option(
    "--rebuild", is_flag=True, help="Make all rows again, and put them in the place of the old ones."
)
@pass_command_context
def project_command(ctx: CommandContext, *, follow: bool, poll: float, verify: bool, rebuild: bool) -> None:
    """Write the index into a SQL database.

    GITDRAFT_PROJECTION in the environment, or gitdraft.projection in git's configuration (without a password), names the
    database: PostgreSQL, MariaDB or MySQL. A run is one transaction. Needs the extra `sql`.

    \b
    GITDRAFT_PROJECTION=postgresql://gitdraft@127.0.0.1/vocabulary gitdraft project
    gitdraft project --verify
    """
    if follow + verify + rebuild > 1:
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
    if follow:
        _follow(ctx, poll)
    _answer(ctx, copies.project(rebuild=rebuild, progress=progress))


def _follow(ctx: CommandContext, poll: float) -> None:
    """Projects again and again. Does not return."""
    if ctx.output == "json":
        raise click.UsageError("--follow does not end: -o jsonl has one record a time")
    pause = poll
    while True:
        try:
            report = ctx.repository.copies.project()
            if report.added or report.removed:
                _answer(ctx, report)
            pause = poll
        except RepositoryError as error:
            if error.code != "target-unreachable":
                raise
            ctx.note(error.message)
            pause = min(2 * pause, LONGEST_PAUSE)
        time.sleep(pause)


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
