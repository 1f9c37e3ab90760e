"""`export`: what the repository holds, given out."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, pass_command_context, source_path
from gitdraft.cli.export_rdf import export_rdf, export_sssom
from gitdraft.cli.export_table import export_table
from gitdraft.cli.options import ENTITY_TYPE
from gitdraft.cli.output_file import output_file
from gitdraft.cli.text import count
from gitdraft.errors import RepositoryError


@click.group("export")
def export_command() -> None:
    """Give out what the repository holds.

    \b
    gitdraft export entities item > items.jsonl
    """


export_command.add_command(export_rdf)
export_command.add_command(export_table)
export_command.add_command(export_sssom)


@export_command.command("review")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@pass_command_context
def export_review(ctx: CommandContext, folder: Path) -> None:
    """Write the review pages as files, to be read offline.

    Below DIR, new or empty, index.html leads to every draft, open and closed, with its changes, conflicts and comments. Nothing
    can be done there, and nothing is fetched. Needs the extra `serve`.

    \b
    gitdraft export review pages/
    """
    try:
        pages = ctx.repository.review
    except ModuleNotFoundError as error:
        raise RepositoryError(
            f"{error.name} is not installed",
            code="not-installed",
            hint="pip install '.[serve]' in a clone of gitdraft",
        ) from error
    number = pages.export(Path(source_path(str(folder))), progress=ctx.progress("writing"))
    ctx.answer("export-review", {"pages": number}, [f"wrote {count(number, 'page')}"])


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
        with output_file(None if target is None else source_path(target)) as stream:
            stream.writelines(f"{line}\n".encode() for line in export.lines(form))
        return
    if target is None:
        raise click.UsageError("a folder needs -O DIR")
    number = export.write_folder(Path(source_path(target)), progress=ctx.progress("writing"))
    ctx.answer("export-entities", {"entities": number}, [f"wrote {count(number, 'entity', 'entities')}"])
