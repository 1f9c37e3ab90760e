"""`submit`, `reject`, `withdraw`, `reopen`: a draft's way to canonical, or out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context, read_message
from gitdraft.cli.options import DRAFT, DRY_RUN, EDIT_MESSAGE
from gitdraft.cli.pr import answer_synced, bring_along, pull_requests
from gitdraft.cli.status_report import overlap_hint
from gitdraft.cli.text import faint, status, strong
from gitdraft.formats.reports import Record
from gitdraft.formats.reports.drafts import status_report_json

if TYPE_CHECKING:
    from gitdraft.api.reports import StatusReport


@click.command("submit")
@DRAFT
@click.option("-m", "--message", metavar="TEXT|@FILE|-", help="What there is to say with it.")
@EDIT_MESSAGE
@click.option("--pr", "opens", is_flag=True, help="Open or update its pull request, too.")
@click.option("--label", "labels", multiple=True, metavar="NAME", help="A label for the pull request.")
@DRY_RUN
@pass_command_context
def submit_command(
    ctx: CommandContext,
    draft: str | None,
    message: str | None,
    labels: tuple[str, ...],
    *,
    edit: bool,
    opens: bool,
    dry_run: bool,
) -> None:
    """Hand DRAFT in for merging.

    It is validated first, and not rebased by itself afterwards. One that is submitted already gets its pull request
    with --pr.

    \b
    gitdraft submit fix-person
    gitdraft submit fix-person -m "The source says Human"
    gitdraft submit --pr fix-person
    """
    if labels and not opens:
        raise click.UsageError("--label is for the pull request: it needs --pr")
    submitted = ctx.draft_or_current(draft)
    if opens and not dry_run and submitted.status.value == "submitted":
        if message is not None or edit:
            raise click.UsageError(f"'{submitted.id}' is submitted already: gitdraft comment says more of it")
        _open_pull(ctx, submitted.id, labels, {"id": submitted.id, "status": "submitted"})
        return

    def submit(reason: str | None) -> StatusReport:
        return submitted.submit(reason, dry_run=dry_run)

    reason = read_message(message)
    if edit:
        from gitdraft.cli.editor import edit_message

        purpose = f"Write above what there is to say with {submitted.id}."
        report = edit_message(ctx, reason or "", purpose, f"gitdraft submit {submitted.id} -m @", submit)
    else:
        report = submit(reason)
    overlapping = submitted.count_overlaps()
    document = status_report_json(report)
    if overlapping is not None:
        document["overlapping"] = overlapping
    if opens and not dry_run:
        _open_pull(ctx, submitted.id, labels, document)
        return
    lines = [_status_text(report, dry_run=dry_run)]
    if overlapping:
        lines.append(overlap_hint(overlapping, report.id))
    if not dry_run:
        lines.append(faint(f"next: gitdraft merge {report.id}"))
    ctx.answer("submit", document, lines)
    if not dry_run:
        bring_along(ctx, report.id)


def _open_pull(ctx: CommandContext, draft_id: str, labels: tuple[str, ...], document: Record) -> None:
    synced = pull_requests(ctx, None).open([draft_id], labels)
    answer_synced(ctx, "submit", synced, document)


@click.command("reject")
@DRAFT
@click.option("-m", "--reason", metavar="TEXT|@FILE|-", help="Why; your editor otherwise.")
@DRY_RUN
@pass_command_context
def reject_command(ctx: CommandContext, draft: str | None, reason: str | None, *, dry_run: bool) -> None:
    """Turn a submitted DRAFT down.

    It is kept, and can be reopened.

    \b
    gitdraft reject fix-person -m "the label is right as it is"
    """
    rejected = ctx.draft_or_current(draft)

    def reject(reason: str) -> StatusReport:
        return rejected.reject(reason, dry_run=dry_run)

    given = read_message(reason)
    if given is None:
        from gitdraft.cli.editor import edit_message

        purpose = f"Write above why {rejected.id} is rejected."
        report = edit_message(ctx, "", purpose, f"gitdraft reject {rejected.id} -m @", reject)
    else:
        report = reject(given)
    ctx.answer("reject", status_report_json(report), [_status_text(report, dry_run=dry_run)])
    if not dry_run:
        bring_along(ctx, report.id)


@click.command("withdraw")
@DRAFT
@click.option("-m", "--reason", metavar="TEXT|@FILE|-", help="Why.")
@DRY_RUN
@pass_command_context
def withdraw_command(ctx: CommandContext, draft: str | None, reason: str | None, *, dry_run: bool) -> None:
    """Take DRAFT back. It is kept, and can be reopened.

    \b
    gitdraft withdraw fix-person
    """
    report = ctx.draft_or_current(draft).withdraw(read_message(reason), dry_run=dry_run)
    ctx.answer("withdraw", status_report_json(report), [_status_text(report, dry_run=dry_run)])
    if not dry_run:
        bring_along(ctx, report.id)


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
    if not dry_run:
        bring_along(ctx, report.id)


def _status_text(report: StatusReport, *, dry_run: bool) -> str:
    would = "would be" if dry_run else "is"
    return f"{strong(report.id)} {would} {status(report.status.value)}"
