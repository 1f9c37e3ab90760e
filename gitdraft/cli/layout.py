"""`layout`: where the files of entities lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.canonical_report import commit_text
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import CANONICAL_DRY_RUN
from gitdraft.cli.text import count, strong
from gitdraft.formats.reports.canonical import layout_json

if TYPE_CHECKING:
    from gitdraft.api.reports import LayoutReport


@click.group("layout")
def layout_command() -> None:
    """Lay the files of entities out otherwise.

    \b
    gitdraft layout migrate item
    """


@layout_command.command("migrate")
@click.argument("entity_type", metavar="TYPE")
@click.option(
    "--fanout",
    "levels",
    type=click.IntRange(0, 4),
    metavar="N",
    help="Levels of folders by the hash of the key, 0 to 4; what fits the number of entities, otherwise.",
)
@click.option("--reason", default="", help="Why; kept in the commit.")
@CANONICAL_DRY_RUN
@pass_command_context
def layout_migrate(
    ctx: CommandContext, entity_type: str, levels: int | None, reason: str, *, dry_run: bool
) -> None:
    """Spread the files of TYPE over more or fewer folders.

    In one commit with gitdraft.yaml. A commit of one entity writes its folder again, so folders of many
    thousand files are slow. Drafts follow; revisions stay what they are.

    \b
    gitdraft layout migrate item --fanout 3
    """
    report = ctx.repository.canonical.migrate_layout(
        entity_type, levels, reason=reason, dry_run=dry_run, progress=ctx.progress("moving")
    )
    lines = _layout_text(ctx, report, dry_run=dry_run)
    ctx.answer("layout-migrate", layout_json(report, dry_run=dry_run), lines)


def _layout_text(ctx: CommandContext, report: LayoutReport, *, dry_run: bool) -> Iterator[str]:
    if report.commit is None:
        yield f"nothing to move: {strong(report.type_name)} lies at {report.before}"
    else:
        moved = "would move" if dry_run else "moved"
        yield f"{moved} {count(report.moved, 'file')}: {report.before} → {strong(report.after)}"
    yield from commit_text(ctx, report.commit, report.rebase, dry_run=dry_run)
