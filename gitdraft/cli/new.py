"""`new`: a draft is started, empty or of changes that exist already."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, pass_command_context, read_message, source_path
from gitdraft.cli.options import DRY_RUN
from gitdraft.cli.text import columns, count, escape, strong
from gitdraft.cli.text import value as value_text
from gitdraft.errors import NotFound
from gitdraft.formats.reports.drafts import new_json

if TYPE_CHECKING:
    from gitdraft.api.draft import Draft
    from gitdraft.api.drafts import NewOptions
    from gitdraft.api.reports import NewReport


MOST_SHOWN = 50


@click.command("new")
@click.argument("title", required=False)
@click.option("--id", "draft_id", metavar="ID", help="The draft's id; made from the title otherwise.")
@click.option("-m", "--message", metavar="TEXT|@FILE|-", help="A description of the draft.")
@click.option("--from", "revision", metavar="REV", help="Make it of the entity files that REV changed.")
@click.option(
    "--from-file",
    "file",
    metavar="FILE",
    help="Make it of the changes in FILE (`-`: standard input), all or none; JSON lines, see the example.",
)
@click.option(
    "--from-table",
    "table",
    metavar="FILE",
    help="Make it of what was edited in FILE, which export table wrote (CSV, TSV, XLSX, Parquet).",
)
@click.option(
    "--onto", "parent", metavar="DRAFT", shell_complete=complete_draft, help="Start it on top of this draft."
)
@click.option("--source", default="cli", help="Where the draft comes from (kept in draft.json).")
@click.option("--allow-invalid", is_flag=True, help="Accept results that break their schema; blocks submit.")
@click.option("--no-switch", is_flag=True, help="Do not make it the current draft.")
@DRY_RUN
@pass_command_context
def new_command(
    ctx: CommandContext,
    title: str | None,
    draft_id: str | None,
    message: str | None,
    revision: str | None,
    file: str | None,
    table: str | None,
    parent: str | None,
    source: str,
    *,
    allow_invalid: bool,
    no_switch: bool,
    dry_run: bool,
) -> None:
    """Start a draft, and make it the current one.

    It starts on canonical's tip, or on top of another draft.

    \b
    gitdraft new "Fix the label of Person" --id fix-person
    gitdraft new "And what follows from it" --onto fix-person
    gitdraft new --from feature-branch
    gitdraft new "What the table says" --from-table items.xlsx --dry-run
    gitdraft new "Spring cleaning" --from-file changes.jsonl
      {"entity": "item/Q1", "patch": [{"op": "replace", "path": "/label", "value": "One"}]}
      {"entity": "item/Q2", "create": {"id": "Q2"}}
      {"entity": "item/Q3", "delete": "unused"}
      {"entity": "item/Q4", "redirect": "item/Q1", "reason": "the same"}
    """
    if title is None and revision is None:
        raise click.UsageError("a draft needs a TITLE, or --from REV")
    if sum(origin is not None for origin in (revision, file, table, parent)) > 1:
        raise click.UsageError("--from, --from-file, --from-table and --onto exclude one another")
    options: NewOptions = {
        "draft_id": draft_id,
        "description": read_message(message) or "",
        "source": source,
        "allow_invalid": allow_invalid,
        "switch": not no_switch,
        "dry_run": dry_run,
    }
    if revision is not None:
        draft = ctx.repository.drafts.new_from(revision, title, **options)
    elif table is not None:
        _new_from_table(ctx, title or "", table, options)
        return
    elif file is not None:
        draft = _new_from_file(ctx, title or "", file, options)
    else:
        draft = ctx.repository.drafts.new(title or "", onto=parent, **options)
    _answer_new(ctx, draft, parent, dry_run=dry_run)


def _new_from_file(ctx: CommandContext, title: str, file: str, options: NewOptions) -> Draft:
    from gitdraft.api.transfer import open_source

    rows = open_source(source_path(file), sys.stdin.buffer)
    return ctx.repository.drafts.new_from_rows(
        title, rows, progress=ctx.progress("checking changes"), **options
    )


def _new_from_table(ctx: CommandContext, title: str, table: str, options: NewOptions) -> None:
    from gitdraft.cli.rebase import rebase_text
    from gitdraft.formats.reports.canonical import rebase_member

    with open_table(table) as stream:
        started = ctx.repository.drafts.new_from_table(title, stream, **options)
    report = started.draft.created
    assert report is not None
    rows = [
        [
            strong(str(edit.entity)),
            escape(edit.column),
            f"{value_text(edit.before, 40)} → {value_text(edit.after, 40)}",
        ]
        for edit in report.edits[:MOST_SHOWN]
    ]
    lines = columns(rows)
    if len(report.edits) > MOST_SHOWN:
        lines.append(f"and {len(report.edits) - MOST_SHOWN:,} more")
    lines.append(_new_text(report, None, dry_run=bool(options.get("dry_run"))))
    if started.rebase is not None:
        lines += rebase_text(started.rebase)
    document = new_json(report) | {"branch": started.draft.branch} | rebase_member(started.rebase)
    ctx.answer("new", document, lines)


def open_table(file: str) -> BinaryIO:
    """Returns a file that can be read again; `-` is standard input. Raises NotFound."""
    if file == "-":
        return BytesIO(sys.stdin.buffer.read())
    try:
        return Path(source_path(file)).open("rb")
    except OSError as error:
        raise NotFound(f"'{file}' cannot be read: {error.strerror}", context={"file": file}) from None


def _answer_new(ctx: CommandContext, draft: Draft, parent: str | None, *, dry_run: bool) -> None:
    report = draft.created
    assert report is not None
    if report.ignored:
        ctx.note(f"not entities, left out: {', '.join(report.ignored[:10])}")
    document = new_json(report) | {"branch": draft.branch} | ({} if parent is None else {"onto": parent})
    ctx.answer("new", document, [_new_text(report, parent, dry_run=dry_run)])


def _new_text(report: NewReport, parent: str | None, *, dry_run: bool) -> str:
    changes = f" with {count(len(report.entities), 'change')}" if report.entities else ""
    would = "would start" if dry_run else "started"
    return f"{would} draft {strong(report.id)}{changes} on {parent or report.base[:10]}"
