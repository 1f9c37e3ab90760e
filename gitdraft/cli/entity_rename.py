"""`entity rename`: another id for an entity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.canonical_report import commit_text
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import CANONICAL_DRY_RUN, ENTITY_ID, EXPECT
from gitdraft.cli.text import count, strong
from gitdraft.formats.reports.canonical import rename_json
from gitdraft.model.revisions import Expected

if TYPE_CHECKING:
    from gitdraft.model.canonical_reports import RenameReport


@click.command("rename")
@ENTITY_ID
@click.argument("new_name", metavar="NEW_ID")
@click.option("--reason", default="", help="Why; kept for the audit.")
@click.option("--no-redirect", is_flag=True, help="Leave no redirect at the old id.")
@EXPECT
@CANONICAL_DRY_RUN
@pass_command_context
def entity_rename(
    ctx: CommandContext,
    entity: str,
    new_name: str,
    reason: str,
    *,
    no_redirect: bool,
    expect: Expected | None,
    dry_run: bool,
) -> None:
    """Give ID the name NEW_ID, and tell those that name it.

    Its file and its id member are renamed, the old id redirects to the new one, and references and redirects lead there, in one
    commit, and one undo.

    \b
    gitdraft entity rename category/Person Human --reason "the word of the field"
    """
    report = ctx.repository.canonical.rename(
        entity, new_name, reason, redirect=not no_redirect, expect=expect, dry_run=dry_run
    )
    lines = _rename_text(ctx, report, dry_run=dry_run)
    ctx.answer("entity-rename", rename_json(report, dry_run=dry_run), lines)


def _rename_text(ctx: CommandContext, report: RenameReport, *, dry_run: bool) -> Iterator[str]:
    would = "would be: " if dry_run else ""
    yield f"{would}renamed {strong(str(report.source))} to {strong(str(report.target))}"
    if report.retargeted:
        yield f"  {count(len(report.retargeted), 'entity', 'entities')} named it: {', '.join(map(str, report.retargeted[:5]))}"
    if report.flattened:
        yield f"  {count(len(report.flattened), 'redirect')} led to it"
    yield from commit_text(ctx, report.commit, report.rebase, dry_run=dry_run)
