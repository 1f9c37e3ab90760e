"""What the commands that commit on canonical have in common."""

from __future__ import annotations

import click

from gitdraft.cli.completion import complete_entity
from gitdraft.cli.context import CommandContext
from gitdraft.cli.rebase import rebase_text
from gitdraft.cli.text import escape, faint, strong
from gitdraft.formats.reports import Record
from gitdraft.formats.reports.drafts import rebase_json
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.reports import EntityReport, RebaseReport

ENTITY = click.argument("entity", metavar="ID", shell_complete=complete_entity)
DRY_RUN = click.option(
    "-n", "--dry-run", is_flag=True, help="Check it, say what would happen, change nothing."
)
EXPECT = click.option(
    "--expect", type=click.IntRange(0), metavar="N", help="Refuse when ID's revision on canonical is not N."
)
ALLOW_INVALID = click.option(
    "--allow-invalid", is_flag=True, help="Even if it breaks its schema or a reference by now."
)


def find_known(ctx: CommandContext, text: str) -> EntityRef:
    """The entity, live or gone, that the user named. Raises NotFound with the nearest name."""
    from gitdraft.views.effective_view import open_view
    from gitdraft.views.entity_names import find_entity

    return find_entity(open_view(ctx.store, None), text)


def find_named(ctx: CommandContext, text: str) -> EntityRef:
    """The entity that the user named, whether it is there or not; a bare key is that of the type that has it."""
    from gitdraft.views.effective_view import open_view
    from gitdraft.views.entity_names import name_entity

    return name_entity(open_view(ctx.store, None), text)


def rebase_member(report: RebaseReport | None) -> Record:
    """How the open drafts fared, where something was committed."""
    return {} if report is None else {"rebase": rebase_json(report)}


def commit_lines(
    ctx: CommandContext, commit: Oid | None, rebase: RebaseReport | None, *, dry_run: bool
) -> list[str]:
    """What to say below: how the drafts fared, how to take it back."""
    if commit is None:
        return []
    lines = []
    if rebase is not None and rebase.drafts:
        lines += list(rebase_text(rebase, dry_run=dry_run))
    if not dry_run:
        lines.append(faint(f"{ctx.store.canonical_branch} is at {commit[:10]}; gitdraft undo takes it back"))
    return lines


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


def answer_entity(ctx: CommandContext, command: str, report: EntityReport, *, dry_run: bool) -> None:
    """Print what became of an entity on canonical."""
    document: Record = {"entity": str(report.entity), "edit_type": report.edit}
    document["changed"] = report.commit is not None and not dry_run
    if report.commit is not None and not dry_run:
        document["commit"] = report.commit
    if report.forced:
        document["forced"] = [violation.as_json() for violation in report.forced]
    document |= rebase_member(report.rebase)
    done = DONE[report.edit]
    if report.commit is None:
        lines = [f"nothing changed: {strong(str(report.entity))} is {done} already"]
        if report.edit in ("unlock", "unarchive"):
            lines = [f"nothing changed: {strong(str(report.entity))} is not {DONE[report.edit][2:]}"]
    else:
        lines = [f"{'would be: ' if dry_run else ''}{done} {strong(str(report.entity))}"]
        lines += [f"  by force, although {escape(violation.message)}" for violation in report.forced]
    lines += commit_lines(ctx, report.commit, report.rebase, dry_run=dry_run)
    ctx.answer(command, document, lines)
