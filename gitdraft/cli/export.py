"""`export`: what the repository holds, given out."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import click

from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, pass_command_context, source_path
from gitdraft.cli.export_rdf import export_rdf, export_sssom
from gitdraft.cli.options import ENTITY_TYPE
from gitdraft.cli.text import count


@click.group("export")
def export_command() -> None:
    """Give out what the repository holds.

    \b
    gitdraft export entities item > items.jsonl
    """


export_command.add_command(export_rdf)
export_command.add_command(export_sssom)


@export_command.command("entities")
@ENTITY_TYPE
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
    ctx: CommandContext,
    entity_type: str | None,
    form: Literal["jsonl", "json", "folder"],
    draft: str | None,
    target: str | None,
) -> None:
    """Give out canonical's entities, all or of TYPE.

    import entities takes them back. Entities of one TYPE that hold their id are given as they are, others
    as {"entity": "TYPE/KEY", "document": {…}}.

    \b
    gitdraft export entities item | jq .label
    gitdraft export entities --format folder -O copy/
    """
    export = ctx.repository.transfer.export_entities(entity_type, draft)
    if export.in_conflict:
        names = ", ".join(map(str, export.in_conflict[:10]))
        ctx.note(f"in conflict, given as canonical has them: {names}")
    if form != "folder":
        _write_out(export.lines(form), None if target is None else source_path(target))
        return
    if target is None:
        raise click.UsageError("a folder needs -O DIR")
    number = export.write_folder(Path(source_path(target)), progress=ctx.progress("writing"))
    ctx.answer("export-entities", {"entities": number}, [f"wrote {count(number, 'entity', 'entities')}"])


def _write_out(lines: Iterable[str], target: str | None) -> None:
    """Writes the lines to a file, which appears when it is whole, or to standard output."""
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
