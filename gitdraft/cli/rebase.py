"""`rebase`: open drafts follow canonical."""

from __future__ import annotations

from collections.abc import Iterator

import click

from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import (
    LEFT_BEHIND,
    columns,
    count,
    escape,
    faint,
    place_text,
    prose,
    status,
    strong,
)
from gitdraft.formats.reports.drafts import rebase_json
from gitdraft.model.outcomes import ChangeReport
from gitdraft.model.reports import DraftReport, RebaseReport

NOT_CLEAN = 1


@click.command("rebase")
@click.argument("drafts", nargs=-1, shell_complete=complete_draft)
@click.option("--all", "everything", is_flag=True, help="Move the unaffected drafts too.")
@click.option(
    "--onto",
    type=click.Choice(["canonical"]),
    help="Take DRAFTS off the drafts below them, without those drafts' changes.",
)
@click.option("-n", "--dry-run", is_flag=True, help="Say what would happen, and move nothing.")
@pass_command_context
def rebase_command(
    ctx: CommandContext, drafts: tuple[str, ...], *, everything: bool, onto: str | None, dry_run: bool
) -> None:
    """Rebase the open drafts, or DRAFTS, onto canonical's tip.

    Those on top of another draft follow it. Exit code 1 when some were left behind.

    \b
    gitdraft rebase -n
    gitdraft rebase fix-person
    gitdraft rebase fix-person --onto canonical
    """
    if onto is not None:
        _rebase_onto_canonical(ctx, drafts, dry_run=dry_run)
        return
    report = ctx.repository.rebase(
        drafts or None, everything=everything, dry_run=dry_run, progress=ctx.progress("rebasing")
    )
    ctx.answer("rebase", rebase_json(report), rebase_text(report, dry_run=dry_run), records="drafts")
    if not report.is_clean:
        raise click.exceptions.Exit(NOT_CLEAN)


def _rebase_onto_canonical(ctx: CommandContext, drafts: tuple[str, ...], *, dry_run: bool) -> None:
    if len(drafts) != 1:
        raise click.UsageError("--onto canonical takes one DRAFT")
    (draft,) = drafts
    tip = ctx.draft_or_current(draft).stand_alone(dry_run=dry_run)
    verb = "would stand" if dry_run else "stands"
    line = f"{strong(draft)} {verb} on {ctx.repository.canonical_branch} alone"
    ctx.answer("rebase-onto", {"id": draft, "tip": tip}, [line])


def rebase_text(report: RebaseReport, *, dry_run: bool = False) -> Iterator[str]:
    """Yields the report for people: one line a draft, its problems below, and what to do about them."""
    counts = report.counts
    if not counts.open:
        yield "no open drafts"
        return
    yield from columns([_draft_row(draft) for draft in report.drafts])
    for draft in report.drafts:
        yield from _problems_text(draft)
    verb = "would be rebased" if dry_run else "rebased"
    parts = [f"{counts.rebased:,} {verb}", f"{counts.unaffected:,} unaffected"]
    parts += [f"{n:,} {word}" for word in LEFT_BEHIND if (n := getattr(counts, word))]
    yield from prose(f"{count(counts.open, 'open draft')} on {report.canonical[:10]}: {', '.join(parts)}")
    for draft in report.drafts:
        if draft.status == "conflict":
            yield faint(f"to resolve them: gitdraft conflicts {draft.id}")


def _draft_row(draft: DraftReport) -> list[str]:
    word = "rebased" if draft.moved else draft.status
    patches = [change.patch for change in draft.changes] if draft.moved else []
    counted = (("rewritten", "rewritten"), ("empty", "absorbed"))
    note = ", ".join(f"{patches.count(patch)} {shown}" for patch, shown in counted if patch in patches)
    return [strong(draft.id), status(word), *([faint(note)] if note else [])]


def _problems_text(draft: DraftReport) -> Iterator[str]:
    if draft.reason:
        yield f"  {escape(draft.reason)}"
    for change in draft.changes:
        yield from change_text(change)


def change_text(change: ChangeReport) -> Iterator[str]:
    """Yields what is wrong with a change, or worth a look."""
    for conflict in change.conflicts:
        moved = f", canonical redirects it to {conflict.target}" if conflict.target else ""
        if conflict.renamed_to:
            moved = f", canonical renamed it to {conflict.renamed_to}"
        what = f"{status('conflict')} {conflict.type}{moved}"
        yield from columns([[str(change.entity), place_text(conflict), what]], "  ")
    for violation in change.violations:
        what = f"{status('invalid')} {escape(violation.message)}"
        yield from columns([[str(change.entity), escape(violation.pointer), what]], "  ")
    if change.reason:
        yield from columns([[str(change.entity), f"{status('broken')} {escape(change.reason)}"]], "  ")
    for warning in change.warnings:
        ends = f" {warning.from_path} → {warning.to_path}" if warning.from_path is not None else ""
        yield f"  {change.entity}  {escape(warning.path)}  {faint(warning.type + ends)}"
