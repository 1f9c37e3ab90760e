"""`conflicts`: both sides of what two have changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from gitdraft.cli.conflict_text import conflict_lines
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import DRAFT
from gitdraft.cli.text import escape, faint, shell, strong
from gitdraft.formats.reports.conflicts import entity_conflicts_json, remote_conflict_json
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict

EntityConflicts = Sequence[tuple[EntityRef, Conflict]]


@click.command("conflicts")
@DRAFT
@click.option(
    "--file",
    "file",
    metavar="[PATH]",
    is_flag=False,
    flag_value="",
    type=click.Path(),
    help="The unmerged files of a git merge, or the one at PATH.",
)
@pass_command_context
def conflicts_command(ctx: CommandContext, draft: str | None, file: str | None) -> None:
    """Show what DRAFT and canonical both changed.

    Each place has the value in the base, in canonical and in the draft. What was changed both here and on
    the remote has the value that both had, the remote's and the local one. With --file, what git merge,
    rebase, cherry-pick or stash left unmerged: in the base, in ours, in theirs.

    \b
    gitdraft conflicts fix-person
    gitdraft conflicts --file
    """
    if file is not None:
        from gitdraft.cli.conflicts_file import show_unmerged

        if draft is not None:
            raise click.UsageError("a draft or --file, not both")
        show_unmerged(ctx, file)
        return
    shown = ctx.draft_or_current(draft)
    conflicts, remote = shown.conflicts(), ctx.repository.remote or ""
    remote_conflicts = shown.remote_conflicts()
    document = {
        "draft": shown.id,
        "conflicts": [
            *entity_conflicts_json(conflicts, draft=shown.id),
            *(
                {**record, "with": remote}
                for record in entity_conflicts_json(remote_conflicts, remote_conflict_json, draft=shown.id)
            ),
        ],
    }
    lines = [*_conflicts_text(shown.id, conflicts), *_remote_text(shown.id, remote, remote_conflicts)]
    ctx.answer("conflicts", document, lines or [f"no conflicts in {strong(shown.id)}"], records="conflicts")


def _conflicts_text(draft_id: str, conflicts: EntityConflicts) -> Iterator[str]:
    for entity, conflict in conflicts:
        yield from conflict_lines(draft_id, entity, conflict, ("canonical", "draft"))
    if conflicts:
        entity, conflict = conflicts[0]
        others = "--take canonical, --value JSON"
        if conflict.target or conflict.renamed_to:
            others = "--retarget, --take canonical"
        yield from _resolve_hint(draft_id, entity, conflict, "draft", others)


def _remote_text(draft_id: str, remote: str, conflicts: EntityConflicts) -> Iterator[str]:
    for entity, conflict in conflicts:
        yield from conflict_lines(draft_id, entity, conflict, ("remote", "local"), f" with {escape(remote)}")
    if conflicts:
        entity, conflict = conflicts[0]
        yield from _resolve_hint(draft_id, entity, conflict, "local", "--take remote, --value JSON")


def _resolve_hint(
    draft_id: str, entity: EntityRef, conflict: Conflict, side: str, others: str
) -> Iterator[str]:
    """Yields a command that answers the conflict, and below it what else may stand there."""
    first = conflict.pointers[0]
    pointer = f" {shell(first)}" if first else ""
    yield faint(f"gitdraft resolve {draft_id} {shell(str(entity))}{pointer} --take {side}")
    yield faint(f"  or {others}")
