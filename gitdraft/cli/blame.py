"""`blame`: who last set what an entity says."""

from __future__ import annotations

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import ENTITY_ID
from gitdraft.cli.text import columns, escape, faint, shorten, strong, value
from gitdraft.formats.reports.entities import blame_json


@click.command("blame")
@ENTITY_ID
@pass_command_context
def blame_command(ctx: CommandContext, entity: str) -> None:
    """Show who last set each value of ID on canonical.

    Each value has its revision, its commit, its author and the draft.

    \b
    gitdraft blame category/Person
    """
    canonical = ctx.repository.canonical
    named = str(canonical.find(entity))
    places = canonical.blame(named)
    document = {"entity": named, "places": blame_json(places)}
    rows = [
        [
            strong(f"{place.revision.number:>4}"),
            click.style(place.revision.commit[:10], fg="yellow"),
            faint(place.revision.at[:10]),
            shorten(escape(place.revision.by.name), 24),
            faint(escape(place.revision.draft or "-")),
            escape(place.path or "(root)"),
            value(place.value, 60),
        ]
        for place in places
    ]
    ctx.answer("blame", document, columns(rows), records="places", paged=True)
