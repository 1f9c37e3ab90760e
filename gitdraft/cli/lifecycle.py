"""`submit`, `merge`, `reject`, `withdraw`, `reopen`: a draft's way to canonical, or out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from gitdraft.cli.completing import complete_draft
from gitdraft.cli.door import Door, pass_door, read_message
from gitdraft.cli.overlaps import overlap_hint
from gitdraft.cli.rebase import rebase_text
from gitdraft.cli.text import count, faint, status, strong
from gitdraft.formats.reports import rebase_json
from gitdraft.model.reports import MergeReport

DRAFT = click.argument("draft", required=False, shell_complete=complete_draft)
DRY_RUN = click.option("-n", "--dry-run", is_flag=True, help="Say what would happen.")


@click.command("submit")
@DRAFT
@DRY_RUN
@pass_door
def submit_command(door: Door, draft: str | None, *, dry_run: bool) -> None:
    """Hand DRAFT in for merging. It is validated first, and not rebased by itself afterwards.

    \b
    gitdraft submit fix-person
    """
    from gitdraft.drafts.lifecycle import plan_submit

    draft_id = door.draft_or_current(draft)
    _tell(door, "submit", lambda: plan_submit(door.store, door.occasion, draft_id), dry_run=dry_run)


@click.command("reject")
@DRAFT
@click.option("--reason", required=True, help="Why.")
@DRY_RUN
@pass_door
def reject_command(door: Door, draft: str | None, reason: str, *, dry_run: bool) -> None:
    """Turn a submitted DRAFT down. It is kept, and can be reopened.

    \b
    gitdraft reject fix-person --reason "the label is right as it is"
    """
    from gitdraft.drafts.lifecycle import plan_reject

    draft_id = door.draft_or_current(draft)
    _tell(door, "reject", lambda: plan_reject(door.store, door.occasion, draft_id, reason), dry_run=dry_run)


@click.command("withdraw")
@DRAFT
@click.option("--reason", help="Why.")
@DRY_RUN
@pass_door
def withdraw_command(door: Door, draft: str | None, reason: str | None, *, dry_run: bool) -> None:
    """Take DRAFT back. It is kept, and can be reopened.

    \b
    gitdraft withdraw fix-person
    """
    from gitdraft.drafts.lifecycle import plan_withdraw

    draft_id = door.draft_or_current(draft)
    _tell(
        door, "withdraw", lambda: plan_withdraw(door.store, door.occasion, draft_id, reason), dry_run=dry_run
    )


@click.command("reopen")
@DRAFT
@DRY_RUN
@pass_door
def reopen_command(door: Door, draft: str | None, *, dry_run: bool) -> None:
    """Make a submitted, rejected or withdrawn DRAFT editable again.

    \b
    gitdraft reopen fix-person
    """
    from gitdraft.drafts.lifecycle import plan_reopen

    draft_id = door.draft_or_current(draft)
    _tell(door, "reopen", lambda: plan_reopen(door.store, door.occasion, draft_id), dry_run=dry_run)


@click.command("merge")
@DRAFT
@click.option(
    "-m", "--message", metavar="TEXT|@FILE|-", help="The commit's message; the draft's title otherwise."
)
@DRY_RUN
@pass_door
def merge_command(door: Door, draft: str | None, message: str | None, *, dry_run: bool) -> None:
    """Bring a submitted DRAFT into canonical as one commit, and rebase the other open drafts onto it.

    \b
    gitdraft merge fix-person
    """
    from gitdraft.drafts.merge import plan_merge
    from gitdraft.store.worktree_state import current_draft, set_current_draft

    draft_id = door.draft_or_current(draft)
    text = read_message(message)
    report: MergeReport = door.write(
        "merge", lambda: plan_merge(door.store, door.occasion, draft_id, text), dry_run=dry_run
    )
    if not dry_run and current_draft(door.store) == draft_id:
        set_current_draft(door.store, None)
    document = {
        "draft": report.draft,
        "commit": report.commit,
        "entities": [{"entity": str(v.entity), "_change_status": v.status.value} for v in report.entities],
        "rebase": rebase_json(report.rebase),
    }
    verb = "would be merged" if dry_run else "merged"
    lines = [
        f"{strong(draft_id)} {status('merged') if not dry_run else verb} into {door.store.canonical} "
        f"as {report.commit[:10]} ({count(len(report.entities), 'entity', 'entities')})"
    ]
    if report.rebase.drafts:
        lines += rebase_text(report.rebase, dry_run=dry_run)
    if not dry_run:
        lines.append(faint("gitdraft undo takes it back"))
    door.answer("merge", document, lines)


def _overlaps(door: Door, draft_id: str) -> int | None:
    from gitdraft.index.sharing import count_sharing

    return count_sharing(door.store, draft_id, len(door.store.open_drafts()))


def _tell(door: Door, command: str, make_plan: Callable[[], Any], *, dry_run: bool) -> None:
    report = door.write(command, make_plan, dry_run=dry_run)
    document = {
        "id": report.id,
        "status": report.status.value,
        "before": report.before.value,
        "tip": report.tip,
    }
    overlapping = _overlaps(door, report.id) if command == "submit" else None
    if overlapping is not None:
        document["overlapping"] = overlapping
    would = "would be" if dry_run else "is"
    lines = [f"{strong(report.id)} {would} {status(report.status.value)}"]
    if overlapping:
        lines.append(overlap_hint(overlapping, report.id))
    if command == "submit" and not dry_run:
        lines.append(faint(f"next: gitdraft merge {report.id}"))
    door.answer(command, document, lines)
