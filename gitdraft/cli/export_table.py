"""`export table`: the entities of a type for a spreadsheet, DuckDB or pandas."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from gitdraft.cli.context import CommandContext, pass_command_context, source_path
from gitdraft.cli.output_file import output_file

FORMATS = ("parquet", "csv", "tsv", "xlsx")


@click.command("table")
@click.argument("entity_type", metavar="TYPE")
@click.option("--format", "form", type=click.Choice(FORMATS), help="By the name of FILE otherwise, else csv.")
@click.option(
    "-c", "--column", "columns", multiple=True, metavar="POINTER", help="These places alone; repeatable."
)
@click.option("--at", metavar="REV", help="As canonical had them at this commit.")
@click.option("--redirects", is_flag=True, help="With the entities that are redirected.")
@click.option("--deleted", is_flag=True, help="With the entities that are deleted.")
@click.option("-O", "--output-file", "target", metavar="FILE", help="Where to, instead of standard output.")
@pass_command_context
def export_table(
    ctx: CommandContext,
    entity_type: str,
    form: Literal["parquet", "csv", "tsv", "xlsx"] | None,
    columns: tuple[str, ...],
    at: str | None,
    target: str | None,
    *,
    redirects: bool,
    deleted: bool,
) -> None:
    """Give out the entities of TYPE as a table.

    A row an entity, a column a member, or the pointer of what is nested. An empty cell is nothing, null is null, "" the empty text;
    lists and objects are JSON. `gitdraft new --from-table FILE` makes a draft of what was edited in it. XLSX, all text, is the one for
    spreadsheets. Parquet and XLSX need pip install '.[tables]'.

    \b
    gitdraft export table item -O items.xlsx
    gitdraft export table item --format csv -c /label -c /labels/en
    """
    chosen = form or _form_of(target)
    if chosen in ("parquet", "xlsx") and target is None and sys.stdout.isatty():
        raise click.UsageError(f"{chosen} is not for a terminal: name a file with -O FILE")
    export = ctx.repository.transfer.export_table(
        entity_type, columns=columns, at=at, redirects=redirects, deleted=deleted
    )
    with output_file(None if target is None else source_path(target)) as stream:
        export.write(chosen, stream)


def _form_of(target: str | None) -> Literal["parquet", "csv", "tsv", "xlsx"]:
    suffix = "" if target is None else Path(target).suffix.removeprefix(".")
    match suffix:
        case "parquet" | "tsv" | "xlsx":
            return suffix
        case _:
            return "csv"
