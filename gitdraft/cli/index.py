"""`index`: the derived index, verified or rebuilt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import columns, count, escape, faint, status

if TYPE_CHECKING:
    from gitdraft.api.reports import Comparison

MOST_SHOWN = 5
NO = 1


@click.group("index")
def index_command() -> None:
    """Look after the index.

    It is derived from git and can be deleted at any time.

    \b
    gitdraft index verify
    """


@index_command.command("verify")
@pass_command_context
def index_verify(ctx: CommandContext) -> None:
    """Compare the index, row by row, with one built beside it.

    Exit code 1 where they differ.

    \b
    gitdraft index verify
    """
    comparisons = ctx.repository.index.verify(progress=ctx.progress("reading entities"))
    is_sound = not any(table.missing or table.surplus for table in comparisons)
    document = {
        "sound": is_sound,
        "tables": [
            {
                "about": table.about,
                "rows": table.rows,
                "missing": [list(row) for row in table.missing],
                "surplus": [list(row) for row in table.surplus],
            }
            for table in comparisons
        ],
    }
    ctx.answer("index-verify", document, _comparisons_text(comparisons))
    if not is_sound:
        raise click.exceptions.Exit(NO)


@index_command.command("rebuild")
@pass_command_context
def index_rebuild(ctx: CommandContext) -> None:
    """Delete the index and build it again.

    \b
    gitdraft index rebuild
    """
    row_counts = ctx.repository.index.rebuild(progress=ctx.progress("reading entities"))
    document = {"tables": [{"about": about, "rows": rows} for about, rows in row_counts.items()]}
    lines = columns([[about, f"{rows:>9,}"] for about, rows in row_counts.items()])
    ctx.answer("index-rebuild", document, lines)


def _comparisons_text(comparisons: list[Comparison]) -> Iterator[str]:
    wrong = [table for table in comparisons if table.missing or table.surplus]
    yield from columns(
        [
            [table.about, f"{table.rows:>9,}", status("invalid" if table in wrong else "clean")]
            for table in comparisons
        ]
    )
    for table in wrong:
        for word, rows in (("missing", table.missing), ("too many", table.surplus)):
            for row in rows[:MOST_SHOWN]:
                yield f"  {table.about}, {word}: {faint(escape(' '.join(map(str, row))))}"
            if len(rows) > MOST_SHOWN:
                yield f"  {table.about}, {word}: {count(len(rows) - MOST_SHOWN, 'more row')}"
    if wrong:
        yield "gitdraft index rebuild builds it again"
