"""`bundle`: a module with everything that it needs, as one document."""

from __future__ import annotations

import json

import click

from gitdraft.cli.completion import complete_entity
from gitdraft.cli.context import CommandContext, pass_command_context, source_path
from gitdraft.cli.options import IN_DRAFT
from gitdraft.cli.output_file import output_file

MOST_MISSING = 20


@click.command("bundle")
@click.argument("module", shell_complete=complete_entity)
@IN_DRAFT
@click.option("--at", metavar="REV", help="As canonical had it at this commit.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "jsonld"]),
    default="json",
    show_default=True,
    help="The entities as they are, or as linked data.",
)
@click.option("-O", "--output-file", "target", metavar="FILE", help="Where to, instead of standard output.")
@pass_command_context
def bundle_command(
    ctx: CommandContext, module: str, draft: str | None, at: str | None, form: str, target: str | None
) -> None:
    """Write MODULE with everything that it needs.

    One document: the entities that it names as members, whom these refer to and inherit from, and so on, each with the
    members that it has and inherits; the redirects on the way; what is named and is not there. `modules:` in gitdraft.yaml
    says what a module is; any other entity is taken as one of itself. JSON-LD needs pip install '.[rdf]'.

    \b
    gitdraft bundle Core -O core.json
    gitdraft bundle module/Core --at v1.2.0 --format jsonld
    """
    from gitdraft.formats.reports.releases import bundle_json

    if draft is not None and at is not None:
        raise click.UsageError("--draft is over canonical's tip; leave out --at")
    releases = ctx.repository.releases
    bundle = releases.bundle(module, draft, at)
    with output_file(None if target is None else source_path(target)) as stream:
        if form == "jsonld":
            releases.write_bundle(bundle, stream)
        else:
            document = {"kind": "gitdraft.bundle/v1", **bundle_json(bundle)}
            stream.write(f"{json.dumps(document, ensure_ascii=False, indent=2)}\n".encode())
    for lack in bundle.missing[:MOST_MISSING]:
        ctx.note(f"{lack.names} is {lack.status}, named by {lack.entity} at {lack.pointer}")
    if len(bundle.missing) > MOST_MISSING:
        ctx.note(f"and {len(bundle.missing) - MOST_MISSING:,} more")
