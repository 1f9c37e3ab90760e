"""`diff`: what a draft changes in the entity files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from difflib import unified_diff

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import DRAFT
from gitdraft.cli.text import columns_of, escape, faint, place_text, status, value
from gitdraft.formats.reports.drafts import entity_diff_json
from gitdraft.model.reports import EntityDiff

SHORT = 40  # columns of a value that is shown beside another


@click.command("diff")
@DRAFT
@click.option("--patch", "as_patch", is_flag=True, help="As RFC 6902 operations instead of lines.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 when there are changes.")
@pass_command_context
def diff_command(ctx: CommandContext, draft: str | None, *, as_patch: bool, exit_code: bool) -> None:
    """Show what merging DRAFT would change in the entity files.

    Of an entity in conflict, what is clean is shown, and the conflicts beside it.

    \b
    gitdraft diff fix-person --patch
    """
    shown = ctx.draft_or_current(draft)
    changes = shown.diff()
    in_conflict = any(change.conflicts for change in changes)
    document = {"draft": shown.id, "changes": [entity_diff_json(change) for change in changes]}
    lines = patch_lines(changes) if as_patch else diff_lines(changes)
    hint = [faint(f"both sides of the conflicts: gitdraft conflicts {shown.id}")] if in_conflict else []
    ctx.answer("diff", document, [*lines, *hint], records="changes", paged=True)
    if exit_code and changes:
        raise click.exceptions.Exit(1)


def diff_lines(changes: Iterable[EntityDiff]) -> Iterator[str]:
    """Yields the differences of the files, line by line as git shows them; before those of an entity, its conflicts."""
    colours = {"+": "green", "-": "red", "@": "cyan"}
    changes = list(changes)
    moved = {change.renamed_from.entity for change in changes if change.renamed_from is not None}
    for change in changes:
        yield from _conflict_lines(change)
        if change.entity in moved:
            continue  # as git does, once, where it is now
        old = change.renamed_from
        before = change.before if old is None else old.content
        sides = [(side or b"").decode("utf-8", "replace").splitlines() for side in (before, change.after)]
        names = [f"a/{change.path if old is None else old.path}", f"b/{change.path}"]
        if old is not None:
            yield click.style(f"rename from {escape(old.path)}", bold=True)
            yield click.style(f"rename to {escape(change.path)}", bold=True)
        if change.target is not None:
            yield click.style(f"redirect {change.entity} to {change.target}", bold=True)
        if before is None:
            names[0] = "/dev/null"
        if change.after is None:
            names[1] = "/dev/null"
        for line in unified_diff(sides[0], sides[1], names[0], names[1], lineterm=""):
            shown = escape(line)
            if line.startswith(("+++", "---")):
                yield click.style(shown, bold=True)
            else:
                yield click.style(shown, fg=colours.get(line[:1]))


def patch_lines(changes: Iterable[EntityDiff]) -> Iterator[str]:
    """Yields the differences as RFC 6902 operations, one a line."""
    for change in changes:
        yield click.style(f"{change.entity}  {change.status.value}", bold=True)
        yield from _conflict_lines(change)
        for op in change.patch:
            yield "  " + escape(json.dumps(op, ensure_ascii=False))


def _conflict_lines(change: EntityDiff) -> Iterator[str]:
    """Yields what of the change is not in the difference, since canonical has changed the place too."""
    for conflict in change.conflicts:
        where = f"{status('conflict')} {change.entity} {place_text(conflict)} ({conflict.type})"
        sides = [value(side) for side in (conflict.canonical, conflict.draft)]
        is_short = all(columns_of(side) <= SHORT for side in sides)
        yield f"{where}: canonical {sides[0]}, draft {sides[1]}" if is_short else where
    if change.reason is not None:
        yield f"{status('broken')} {change.entity}: {escape(change.reason)}"
