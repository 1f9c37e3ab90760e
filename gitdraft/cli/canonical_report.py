"""What the commands that commit on canonical print."""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.cli.context import CommandContext
from gitdraft.cli.rebase import rebase_text
from gitdraft.cli.text import escape, faint, strong
from gitdraft.formats.reports.canonical import entity_report_json
from gitdraft.model.reports import EntityReport, RebaseReport

DONE = {
    "delete-soft": "deleted",
    "delete-hard": "erased",
    "undelete": "undeleted",
    "redirect-revert": "took back the redirect of",
    "lock": "locked",
    "unlock": "unlocked",
    "archive": "archived",
    "unarchive": "unarchived",
}
UNDO_OF_ERASING = "until it is pushed, gitdraft undo OPERATION --restore-erased"


def commit_text(
    ctx: CommandContext,
    commit: str | None,
    rebase: RebaseReport | None,
    *,
    dry_run: bool,
    undo: str = "gitdraft undo",
) -> Iterator[str]:
    """Yields how the drafts fared, and the command that takes the commit back."""
    if commit is None:
        return
    if rebase is not None and rebase.drafts:
        yield from rebase_text(rebase, dry_run=dry_run)
    if not dry_run:
        yield faint(f"{ctx.repository.canonical_branch} is at {commit[:10]}; {undo} takes it back")


def answer_entity(ctx: CommandContext, command: str, report: EntityReport, *, dry_run: bool) -> None:
    """Prints what became of an entity on canonical."""
    lines = _entity_text(ctx, report, dry_run=dry_run)
    ctx.answer(command, entity_report_json(report, dry_run=dry_run), lines)


def _entity_text(ctx: CommandContext, report: EntityReport, *, dry_run: bool) -> Iterator[str]:
    entity, done = strong(str(report.entity)), DONE[report.edit]
    if report.commit is not None:
        yield f"{'would be: ' if dry_run else ''}{done} {entity}"
        yield from (f"  by force, although {escape(violation.message)}" for violation in report.forced)
        undo = UNDO_OF_ERASING if report.edit == "delete-hard" else "gitdraft undo"
        yield from commit_text(ctx, report.commit, report.rebase, dry_run=dry_run, undo=undo)
    elif report.edit in ("unlock", "unarchive"):
        yield f"nothing changed: {entity} is not {done.removeprefix('un')}"
    else:
        yield f"nothing changed: {entity} is {done} already"
