"""`export rdf`: entities given out as linked data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from gitdraft.cli.completion import complete_draft
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.output_file import output_file
from gitdraft.cli.text import count

if TYPE_CHECKING:
    from gitdraft.api.rdf import RdfChange, RdfExport, RdfOptions, SssomExport

FORMATS = ("nt", "ttl", "jsonld", "rdfxml", "nq", "rdfpatch")
MOST_MISTAKES = 20


@click.command("rdf")
@click.argument("names", nargs=-1, metavar="[TYPE|ENTITY]...")
@click.option(
    "-d", "--draft", metavar="ID", shell_complete=complete_draft, help="As this draft would have them."
)
@click.option("--at", metavar="REV", help="As canonical had them at this commit.")
@click.option(
    "--flavour",
    type=click.Choice(["full", "truthy"]),
    default="full",
    show_default=True,
    help="All statements, or the best values alone.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="nt",
    show_default=True,
    help="The syntax; rdfpatch is a change.",
)
@click.option("--effective", is_flag=True, help="With the members that entities inherit.")
@click.option("--since", metavar="REV", help="What changed since this commit (rdfpatch, or nt with -O DIR).")
@click.option("--check", is_flag=True, help="Have pyoxigraph parse every line.")
@click.option(
    "-O",
    "--output-file",
    "target",
    metavar="FILE",
    help="Where to, instead of standard output; FILE.gz is compressed.",
)
@pass_command_context
def export_rdf(
    ctx: CommandContext,
    names: tuple[str, ...],
    draft: str | None,
    at: str | None,
    flavour: Literal["full", "truthy"],
    form: Literal["nt", "ttl", "jsonld", "rdfxml", "nq", "rdfpatch"],
    since: str | None,
    target: str | None,
    *,
    effective: bool,
    check: bool,
) -> None:
    """Give out canonical's entities as RDF.

    All, or those of TYPE or ENTITY, as `rdf:` in gitdraft.yaml says. Two exports of
    one commit are equal, byte by byte. Other syntaxes than nt, nq and rdfpatch need pip install '.[rdf]'.

    With --since REV, or with --draft and --format rdfpatch, what changed is given: as RDF Patch, or with --format nt and
    -O DIR as DIR/removed.nt and DIR/added.nt.

    \b
    gitdraft export rdf item -O items.nt.gz
    gitdraft export rdf item/Q42 --format ttl --flavour truthy
    gitdraft export rdf --since HEAD~1 --format rdfpatch
    """
    if draft is not None and at is not None:
        raise click.UsageError("--draft is over canonical's tip; leave out --at")
    options: RdfOptions = {"draft": draft, "at": at, "flavour": flavour, "effective": effective}
    if since is None and form != "rdfpatch":
        export = ctx.repository.transfer.export_rdf(names, **options)
        with output_file(target) as stream:
            export.write(stream, form, check=check, progress=ctx.progress("writing"))
        for note in export.notes():
            ctx.note(note)
        _note_mistakes(ctx, export)
        return
    if since is None and draft is None:
        raise click.UsageError("rdfpatch is a change: it needs --since REV, or --draft ID")
    if form not in ("rdfpatch", "nt") or (form == "nt" and target is None):
        raise click.UsageError("a change is written with --format rdfpatch, or with --format nt and -O DIR")
    _write_change(ctx.repository.transfer.rdf_change(names, since, **options), form, target)


@click.command("sssom")
@click.argument("types", nargs=-1, metavar="[TYPE]...")
@click.option("--at", metavar="REV", help="As canonical had them at this commit.")
@click.option("-O", "--output-file", "target", metavar="FILE", help="Where to, instead of standard output.")
@pass_command_context
def export_sssom(ctx: CommandContext, types: tuple[str, ...], at: str | None, target: str | None) -> None:
    """Give out redirects and mappings as SSSOM.

    All of TYPE, or of all types: canonical's redirects, and what
    `rdf: {mappings: …}` of a type declares, a row each (SSSOM/TSV).

    \b
    gitdraft export sssom -O mappings.sssom.tsv
    """
    export = ctx.repository.transfer.export_sssom(types, at)
    with output_file(target) as stream:
        stream.writelines(f"{line}\n".encode() for line in export.lines())
    _note_mistakes(ctx, export)


def _note_mistakes(ctx: CommandContext, export: RdfExport | SssomExport) -> None:
    for mistake in export.mistakes[:MOST_MISTAKES]:
        ctx.note(f"{mistake.place}: {mistake.message}; left out")
    if len(export.mistakes) > MOST_MISTAKES:
        more = count(len(export.mistakes) - MOST_MISTAKES, "more value is", "more values are")
        ctx.note(f"{more} left out")


def _write_change(change: RdfChange, form: str, target: str | None) -> None:
    if form == "rdfpatch":
        with output_file(target) as stream:
            change.write_patch(stream)
        return
    folder = Path(target or ".")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.FileError(str(folder), os.strerror(error.errno or 0)) from error
    with output_file(str(folder / "removed.nt")) as removed, output_file(str(folder / "added.nt")) as added:
        change.write_lines(removed, added)
