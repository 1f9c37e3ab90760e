"""`submit`, `reject`, `withdraw`, `reopen`: a draft's way to canonical, or out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import DRAFT, DRY_RUN
from gitdraft.cli.overlaps import overlap_hint
from gitdraft.cli.text import faint, status, strong
from gitdraft.formats.reports.drafts import status_report_json

if TYPE_CHECKING:
    from gitdraft.api.reports import StatusReport


@click.command("submit")
@DRAFT
@DRY_RUN
@pass_command_context
def submit_command(ctx: CommandContext, draft: str | None, *, dry_run: bool) -> None:
    """Hand DRAFT in for merging.

    It is validated first, and not rebased by itself afterwards.

    \b
    gitdraft submit fix-person
    """
    submitted = ctx.draft_or_current(draft)
    report = submitted.submit(dry_run=dry_run)
    overlapping = submitted.count_overlaps()
    document = status_report_json(report)
    if overlapping is not None:
        document["overlapping"] = overlapping
    lines = [_status_text(report, dry_run=dry_run)]
    if overlapping:
        lines.append(overlap_hint(overlapping, report.id))
    if not dry_run:
        lines.append(faint(f"next: gitdraft merge {report.id}"))
    ctx.answer("submit", document, lines)


@click.command("reject")
@DRAFT
@click.option("--reason", required=True, help="Why.")
@DRY_RUN
@pass_command_context
def reject_command(ctx: CommandContext, draft: str | None, reason: str, *, dry_run: bool) -> None:
    """Turn a submitted DRAFT down.

    It is kept, and can be reopened.

    \b
    gitdraft reject fix-person --reason "the label is right as it is"
    """
    report = ctx.draft_or_current(draft).reject(reason, dry_run=dry_run)
    ctx.answer("reject", status_report_json(report), [_status_text(report, dry_run=dry_run)])


@click.command("withdraw")
@DRAFT
@click.option("--reason", help="Why.")
@DRY_RUN
@pass_command_context
def withdraw_command(ctx: CommandContext, draft: str | None, reason: str | None, *, dry_run: bool) -> None:
    """Take DRAFT back. It is kept, and can be reopened.

    \b
    gitdraft withdraw fix-person
    """
    report = ctx.draft_or_current(draft).withdraw(reason, dry_run=dry_run)
    ctx.answer("withdraw", status_report_json(report), [_status_text(report, dry_run=dry_run)])


@click.command("reopen")
@DRAFT
@DRY_RUN
@pass_command_context
def reopen_command(ctx: CommandContext, draft: str | None, *, dry_run: bool) -> None:
    """Make a submitted, rejected or withdrawn DRAFT a draft again.

    \b
    gitdraft reopen fix-person
    """
    report = ctx.draft_or_current(draft).reopen(dry_run=dry_run)
    ctx.answer("reopen", status_report_json(report), [_status_text(report, dry_run=dry_run)])


def _status_text(report: StatusReport, *, dry_run: bool) -> str:
    would = "would be" if dry_run else "is"
    return f"{strong(report.id)} {would} {status(report.status.value)}"
