"""`adopt`: a draft that plain git has merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context, read_message
from gitdraft.cli.options import DRAFT, DRY_RUN
from gitdraft.cli.rebase import rebase_text
from gitdraft.cli.text import count, faint, status, strong
from gitdraft.formats.reports.drafts import adopt_json

if TYPE_CHECKING:
    from gitdraft.model.reports import AdoptReport


@click.command("adopt")
@DRAFT
@click.option("--take-out", is_flag=True, help="Take it out of canonical again, without its changes.")
@click.option(
    "-m", "--message", metavar="TEXT|@FILE|-", help="The commit's message; the draft's title otherwise."
)
@DRY_RUN
@pass_command_context
def adopt_command(
    ctx: CommandContext, draft: str | None, message: str | None, *, take_out: bool, dry_run: bool
) -> None:
    """Finish what plain git, or a forge's button, has merged.

    The changes of DRAFT become one commit on canonical, and `.gitdraft/` goes. Without DRAFT it is the
    only one that lies there.

    \b
    gitdraft adopt fix-person
    gitdraft adopt fix-person --take-out
    """
    repository = ctx.repository
    report = repository.drafts.adopt(draft, take_out=take_out, message=read_message(message), dry_run=dry_run)
    lines = _lines(report, repository.canonical_branch, dry_run=dry_run)
    if report.rebase.drafts:
        lines += rebase_text(report.rebase, dry_run=dry_run)
    for other in report.remaining:
        lines.append(f"draft {strong(other)} still lies there: gitdraft adopt {other}")
    if not dry_run:
        lines.append(faint("gitdraft undo takes it back"))
    ctx.answer("adopt", adopt_json(report), lines)


def _lines(report: AdoptReport, canonical_branch: str, *, dry_run: bool) -> list[str]:
    commit = f"{canonical_branch} as {report.commit[:10]}"
    if report.is_taken_out:
        lines = [
            f"{strong(report.draft)} {'would be taken' if dry_run else 'is taken'} out of {canonical_branch}"
        ]
        if report.branch == "restored":
            lines.append("its branch was gone: it is an open draft again")
        return lines
    verb = "would be merged" if dry_run else status("merged")
    lines = [
        f"{strong(report.draft)} {verb} into {commit} ({count(len(report.entities), 'entity', 'entities')})"
    ]
    if report.branch == "open":
        lines.append("its branch has gone on since git merged it, and stays open")
    return lines
