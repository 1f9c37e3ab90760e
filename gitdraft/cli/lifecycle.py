"""`submit`, `merge`, `reject`, `withdraw`, `reopen`: a draft's way to canonical, or out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, pass_command_context, read_message
from gitdraft.cli.overlaps import overlap_hint
from gitdraft.cli.rebase import rebase_text
from gitdraft.cli.text import count, faint, status, strong
from gitdraft.formats.reports import Record
from gitdraft.formats.reports.drafts import rebase_json
from gitdraft.model.reports import MergeReport

if TYPE_CHECKING:
    from gitdraft.model.draft_reports import StatusReport
    from gitdraft.store.transaction import Plan, Transaction

DRAFT = click.argument("draft", required=False, shell_complete=complete_draft)
DRY_RUN = click.option("-n", "--dry-run", is_flag=True, help="Say what would happen.")


@click.command("submit")
@DRAFT
@DRY_RUN
@pass_command_context
def submit_command(ctx: CommandContext, draft: str | None, *, dry_run: bool) -> None:
    """Hand DRAFT in for merging. It is validated first, and not rebased by itself afterwards.

    \b
    gitdraft submit fix-person
    """
    from gitdraft.drafts.lifecycle import plan_submit

    draft_id = ctx.draft_or_current(draft)
    _answer_status(
        ctx,
        "submit",
        lambda transaction: plan_submit(transaction, draft_id),
        dry_run=dry_run,
    )


@click.command("reject")
@DRAFT
@click.option("--reason", required=True, help="Why.")
@DRY_RUN
@pass_command_context
def reject_command(ctx: CommandContext, draft: str | None, reason: str, *, dry_run: bool) -> None:
    """Turn a submitted DRAFT down. It is kept, and can be reopened.

    \b
    gitdraft reject fix-person --reason "the label is right as it is"
    """
    from gitdraft.drafts.lifecycle import plan_reject

    draft_id = ctx.draft_or_current(draft)
    _answer_status(
        ctx,
        "reject",
        lambda transaction: plan_reject(transaction, draft_id, reason),
        dry_run=dry_run,
    )


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
    from gitdraft.drafts.lifecycle import plan_withdraw

    draft_id = ctx.draft_or_current(draft)
    _answer_status(
        ctx,
        "withdraw",
        lambda transaction: plan_withdraw(transaction, draft_id, reason),
        dry_run=dry_run,
    )


@click.command("reopen")
@DRAFT
@DRY_RUN
@pass_command_context
def reopen_command(ctx: CommandContext, draft: str | None, *, dry_run: bool) -> None:
    """Make a submitted, rejected or withdrawn DRAFT editable again.

    \b
    gitdraft reopen fix-person
    """
    from gitdraft.drafts.lifecycle import plan_reopen

    draft_id = ctx.draft_or_current(draft)
    _answer_status(
        ctx,
        "reopen",
        lambda transaction: plan_reopen(transaction, draft_id),
        dry_run=dry_run,
    )


@click.command("merge")
@DRAFT
@click.option(
    "-m", "--message", metavar="TEXT|@FILE|-", help="The commit's message; the draft's title otherwise."
)
@DRY_RUN
@pass_command_context
def merge_command(ctx: CommandContext, draft: str | None, message: str | None, *, dry_run: bool) -> None:
    """Bring a submitted DRAFT into canonical as one commit, and rebase the other open drafts onto it.

    \b
    gitdraft merge fix-person
    """
    from gitdraft.drafts.merge import plan_merge
    from gitdraft.store.worktree_state import current_draft, set_current_draft

    draft_id = ctx.draft_or_current(draft)
    text = read_message(message)
    report: MergeReport = ctx.write(
        "merge",
        lambda transaction: plan_merge(transaction, draft_id, text),
        dry_run=dry_run,
    )
    if not dry_run and current_draft(ctx.store) == draft_id:
        set_current_draft(ctx.store, None)
    document = {
        "draft": report.draft,
        "commit": report.commit,
        "entities": [{"entity": str(v.entity), "_change_status": v.status.value} for v in report.entities],
        "rebase": rebase_json(report.rebase),
    }
    verb = "would be merged" if dry_run else "merged"
    lines = [
        f"{strong(draft_id)} {status('merged') if not dry_run else verb} into {ctx.store.canonical_branch} "
        f"as {report.commit[:10]} ({count(len(report.entities), 'entity', 'entities')})"
    ]
    if report.rebase.drafts:
        lines += rebase_text(report.rebase, dry_run=dry_run)
    if not dry_run:
        lines.append(faint("gitdraft undo takes it back"))
    ctx.answer("merge", document, lines)


def _count_overlapping(ctx: CommandContext, draft_id: str) -> int | None:
    from gitdraft.index.shared_entities import count_overlapping_drafts

    return count_overlapping_drafts(ctx.store, draft_id, len(ctx.store.open_drafts()))


def _answer_status(
    ctx: CommandContext, command: str, verb: Callable[[Transaction], Plan[StatusReport]], *, dry_run: bool
) -> None:
    report = ctx.write(command, verb, dry_run=dry_run)
    document: Record = {
        "id": report.id,
        "status": report.status.value,
        "before": report.before.value,
        "tip": report.tip,
    }
    overlapping = _count_overlapping(ctx, report.id) if command == "submit" else None
    if overlapping is not None:
        document["overlapping"] = overlapping
    would = "would be" if dry_run else "is"
    lines = [f"{strong(report.id)} {would} {status(report.status.value)}"]
    if overlapping:
        lines.append(overlap_hint(overlapping, report.id))
    if command == "submit" and not dry_run:
        lines.append(faint(f"next: gitdraft merge {report.id}"))
    ctx.answer(command, document, lines)
