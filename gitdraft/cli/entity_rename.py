"""`entity rename`: another id for an entity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from gitdraft.cli.canonical_report import commit_text
from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.edits import answer_edit
from gitdraft.cli.options import CANONICAL_DRY_RUN, ENTITY_ID, EXPECT
from gitdraft.cli.text import count, strong
from gitdraft.formats.reports.canonical import rename_json
from gitdraft.model.revisions import Expected

if TYPE_CHECKING:
    from gitdraft.api.edits import EditOptions
    from gitdraft.model.canonical_reports import RenameReport


class _How(TypedDict):
    reason: str
    no_redirect: bool
    expect: Expected | None
    dry_run: bool


@click.command("rename")
@ENTITY_ID
@click.argument("new_name", metavar="NEW_ID")
@click.option("--reason", default="", help="Why; kept for the audit.")
@click.option("--no-redirect", is_flag=True, help="Leave no redirect at the old id.")
@click.option(
    "-d", "--draft", metavar="ID", shell_complete=complete_draft, help="Propose it in this draft instead."
)
@EXPECT
@CANONICAL_DRY_RUN
@pass_command_context
def entity_rename(
    ctx: CommandContext,
    entity: str,
    new_name: str,
    *,
    draft: str | None,
    **how: Unpack[_How],
) -> None:
    """Give ID the name NEW_ID, and tell those that name it.

    Its file and its id member are renamed, the old id redirects to the new one, and references and redirects lead there, in one
    commit, and one undo. In a draft what canonical edits meanwhile arrives under the new name.

    \b
    gitdraft entity rename category/Person Human --reason "the word of the field"
    gitdraft entity rename category/Person Human --draft tidy-up
    """
    reason, redirect, dry_run = how["reason"], not how["no_redirect"], how["dry_run"]
    if draft is not None:
        options: EditOptions = {"expect": how["expect"], "dry_run": dry_run}
        if reason:
            options["message"] = f"Rename {entity} to {new_name}\n\n{reason}"
        edited = ctx.draft_or_current(draft).rename(entity, new_name, redirect=redirect, **options)
        answer_edit(ctx, "entity-rename", edited, options)
        return
    report = ctx.repository.canonical.rename(
        entity, new_name, reason, redirect=redirect, expect=how["expect"], dry_run=dry_run
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
