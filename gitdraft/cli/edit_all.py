"""`edit-all`: one edit of all entities that a query matches."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context, read_source
from gitdraft.cli.edits import edit_lines
from gitdraft.cli.options import edit_options
from gitdraft.cli.set import assignments_of, is_pointer
from gitdraft.cli.text import printable, strong
from gitdraft.formats.reports.drafts import edit_report_json

if TYPE_CHECKING:
    from gitdraft.api.draft import Draft
    from gitdraft.api.edits import EditOptions
    from gitdraft.model.reports import EditReport

COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@click.command("edit-all")
@click.argument("query")
@click.argument("changes", metavar="[NAME=VALUE...]", nargs=-1)
@click.option(
    "--patch", "file", metavar="FILE", help="Apply the RFC 6902 patch in FILE to each; `-` is standard input."
)
@edit_options
@pass_command_context
def edit_all_command(
    ctx: CommandContext,
    query: str,
    changes: tuple[str, ...],
    file: str | None,
    draft: str | None,
    *,
    options: EditOptions,
) -> None:
    """Make one edit of all entities that QUERY matches.

    QUERY is one as `search` takes it, NAME=VALUE are as `set` takes them. All entities are edited in one commit of the draft, or
    none. With -n the edits are shown, and nothing is written.

    \b
    gitdraft edit-all '/parents/*=Agent' keywords+=agent -n
    gitdraft edit-all 'type:property deprecated' --patch deprecate.json
    """
    if (file is None) == (not changes):
        raise click.UsageError("--patch FILE or NAME=VALUE, one of them")
    if changes and is_pointer(changes[0]):
        raise click.UsageError("several entities are edited by NAME=VALUE or --patch, not by POINTER VALUE")
    edited = ctx.draft_or_current(draft)
    if file is not None:
        from gitdraft.api.inputs import LARGEST_INPUT, parse_patch

        patch = parse_patch(read_source(file, LARGEST_INPUT), "standard input" if file == "-" else file)
        report = edited.edit_all(query, patch=patch, **options)
    else:
        report = edited.edit_all(query, assignments=assignments_of(changes, "fitting"), **options)
    is_preview = bool(options.get("dry_run"))
    lines = [*(_preview(edited, report) if is_preview else ()), *edit_lines(report, options)]
    ctx.answer("edit-all", edit_report_json(report), lines, records="changes", paged=is_preview)


def _preview(draft: Draft, report: EditReport) -> Iterator[str]:
    """Yields the differences that the edit would make, entity by entity."""
    for view in report.changed:
        yield strong(str(view.entity))
        sides = (draft.view(str(view.entity)).document, view.document)
        before, after = (printable(side).splitlines() for side in sides)
        for line in [*unified_diff(before, after, lineterm="", n=1)][2:]:
            yield f"  {click.style(line, fg=COLOURS.get(line[:1]))}"
