"""`import entities`, `export entities`, `layout migrate`: many entities of canonical at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitdraft.cli.canonical import DRY_RUN, commit_lines, rebase_member
from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import count, escape, faint, strong
from gitdraft.formats.reports import Record

if TYPE_CHECKING:
    from gitdraft.model.canonical_reports import ImportReport

SHOWN = 20  # rows that were left out


@click.command("entities")
@click.argument("file")
@click.option("--type", "entity_type", metavar="TYPE", help="The type of entities without an address.")
@click.option(
    "--key", metavar="POINTER", help="Where in each its key is; where the type's id: says, otherwise."
)
@click.option("--reason", default="", help="Why; kept in the commit.")
@click.option("--skip-invalid", is_flag=True, help="Leave bad rows out, and those that name them.")
@click.option("--no-references", is_flag=True, help="Rows may name entities that are not there.")
@DRY_RUN
@pass_command_context
def import_entities(
    ctx: CommandContext,
    file: str,
    entity_type: str | None,
    key: str | None,
    reason: str,
    *,
    skip_invalid: bool,
    no_references: bool,
    dry_run: bool,
) -> None:
    """Make canonical's entities what FILE says, in one commit; those that it does not name stay. FILE (`-`: standard
    input) is JSON lines, a JSON array, or a folder of JSON files. Each is an entity, or {"entity": "TYPE/KEY",
    "document": {…}}. All are taken or, with every bad row listed, none.

    \b
    gitdraft import entities items.jsonl --type item -n
    gitdraft export entities | gitdraft -C ../other import entities -
    """
    from gitdraft.transfer.import_entities import ImportRequest, plan_import, stage_import
    from gitdraft.transfer.rows import Naming
    from gitdraft.transfer.sources import open_source

    source = open_source(file, sys.stdin.buffer)
    request = ImportRequest(source, Naming(entity_type, key), skip_invalid, not no_references, reason)
    progress = ctx.progress("reading")
    staged = stage_import(ctx.store, request, progress, dry_run=dry_run)
    report = staged.report
    if not dry_run:
        report = ctx.write(
            "import entities",
            lambda transaction: plan_import(transaction, staged, progress),
        )
    ctx.answer(
        "import-entities", _import_json(report, dry_run=dry_run), _import_text(ctx, report, dry_run=dry_run)
    )


def _import_json(report: ImportReport, *, dry_run: bool) -> Record:
    return {
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "left_out": report.left_out,
        "rows": [
            {"row": number, "code": error.code, "message": error.message, **error.context}
            for number, error in report.problems
        ],
        **({} if dry_run or report.commit is None else {"commit": report.commit}),
        **rebase_member(report.rebase),
    }


def _import_text(ctx: CommandContext, report: ImportReport, *, dry_run: bool) -> list[str]:
    lines = [
        f"row {number}: {escape(error.message)} {faint(f'({error.code})')}"
        for number, error in report.problems[:SHOWN]
    ]
    if report.left_out > len(lines):
        lines.append(f"… and {count(report.left_out - len(lines), 'row')} more (-o json has them)")
    would = "would be " if dry_run else ""
    sums = [
        f"{strong(f'{number:,}')} {word}"
        for number, word in (
            (report.created, f"{would}created"),
            (report.updated, f"{would}updated"),
            (report.unchanged, "there already"),
            (report.left_out, "left out"),
        )
        if number
    ]
    return [
        *lines,
        ", ".join(sums) or "no entities",
        *commit_lines(ctx, report.commit, report.rebase, dry_run=dry_run),
    ]


@click.group("export")
def export_command() -> None:
    """Give out what the repository holds.

    \b
    gitdraft export entities item > items.jsonl
    """


@export_command.command("entities")
@click.argument("entity_type", metavar="[TYPE]", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "json", "folder"]),
    default="jsonl",
    show_default=True,
    help="A line an entity, one array, or a file an entity.",
)
@click.option("--draft", metavar="ID", shell_complete=complete_draft, help="As this draft would have them.")
@click.option("-O", "--output-file", "target", metavar="FILE", help="Where to, instead of standard output.")
@pass_command_context
def export_entities(
    ctx: CommandContext, entity_type: str | None, form: str, draft: str | None, target: str | None
) -> None:
    """Give out canonical's entities, all or of TYPE; import entities takes them back. Entities of one TYPE that hold
    their id are given as they are, others as {"entity": "TYPE/KEY", "document": {…}}.

    \b
    gitdraft export entities item | jq .label
    gitdraft export entities --format folder -O copy/
    """
    from gitdraft.formats.entity_streams import write_array, write_lines
    from gitdraft.transfer.export import documents, effective_files, in_conflict, write_folder
    from gitdraft.views.effective_view import open_view
    from gitdraft.views.entity_names import known_types

    view = open_view(ctx.store, None if draft is None else ctx.store.find_draft(draft))
    types = known_types(view.canonical.configuration, entity_type)
    if conflicts := in_conflict(view, types):
        ctx.note(f"in conflict, given as canonical has them: {', '.join(map(str, conflicts[:10]))}")
    files = effective_files(view, types)
    if form == "folder":
        if target is None:
            raise click.UsageError("a folder needs -O DIR")
        number = write_folder(Path(target), files, ctx.progress("writing"))
        ctx.answer("export-entities", {"entities": number}, [f"wrote {count(number, 'entity', 'entities')}"])
        return
    write = write_array if form == "json" else write_lines
    _write_out(write(documents(view, types, files)), target)


@click.group("layout")
def layout_command() -> None:
    """Lay the files of entities out otherwise.

    \b
    gitdraft layout migrate item
    """


@layout_command.command("migrate")
@click.argument("entity_type", metavar="TYPE")
@click.option(
    "--fanout",
    "levels",
    type=click.IntRange(0, 4),
    metavar="N",
    help="Levels of folders by the hash of the key, 0 to 4; what fits the number of entities, otherwise.",
)
@click.option("--reason", default="", help="Why; kept in the commit.")
@DRY_RUN
@pass_command_context
def layout_migrate(
    ctx: CommandContext, entity_type: str, levels: int | None, reason: str, *, dry_run: bool
) -> None:
    """Spread the files of TYPE over more or fewer folders, in one commit with gitdraft.yaml. A commit of one entity
    writes its folder again, so folders of many thousand files are slow. Drafts follow; revisions stay what they are.

    \b
    gitdraft layout migrate item --fanout 3
    """
    from gitdraft.canonical.layout import plan_layout

    report = ctx.write(
        "layout migrate",
        lambda transaction: plan_layout(
            transaction,
            entity_type,
            levels,
            reason=reason,
            progress=ctx.progress("moving"),
        ),
        dry_run=dry_run,
    )
    document = {
        "type": report.type_name,
        "from": report.before,
        "to": report.after,
        "moved": report.moved,
        **({} if dry_run or report.commit is None else {"commit": report.commit}),
        **rebase_member(report.rebase),
    }
    if report.commit is None:
        lines = [f"nothing to move: {strong(report.type_name)} lies at {report.before}"]
    else:
        would = "would move" if dry_run else "moved"
        lines = [f"{would} {count(report.moved, 'file')}: {report.before} → {strong(report.after)}"]
    lines += commit_lines(ctx, report.commit, report.rebase, dry_run=dry_run)
    ctx.answer("layout-migrate", document, lines)


def _write_out(lines: Iterable[str], target: str | None) -> None:
    """The lines to a file, which appears when it is whole, or to standard output."""
    if target is None:
        sys.stdout.buffer.writelines(f"{line}\n".encode() for line in lines)
        sys.stdout.buffer.flush()
        return
    unfinished = Path(f"{target}.part")
    try:
        with unfinished.open("wb") as stream:
            stream.writelines(f"{line}\n".encode() for line in lines)
        unfinished.replace(target)
    except OSError as error:
        raise click.FileError(target, os.strerror(error.errno or 0)) from error
    finally:
        unfinished.unlink(missing_ok=True)
