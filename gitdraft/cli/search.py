"""`search`: the entities that a query matches."""

from __future__ import annotations

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import IN_DRAFTS
from gitdraft.cli.text import columns, escape, faint, shorten
from gitdraft.formats.reports.entities import match_json


@click.command("search")
@click.argument("query", nargs=-1, required=True)
@click.option("--type", "entity_type", metavar="TYPE", help="Of this type alone.")
@IN_DRAFTS
@click.option("-n", "--limit", type=click.IntRange(0), default=0, help="How many; 0 for all.")
@pass_command_context
def search_command(
    ctx: CommandContext, query: tuple[str, ...], entity_type: str | None, drafts: tuple[str, ...], limit: int
) -> None:
    """Find the entities that QUERY matches.

    All its words must occur: in the key, in a text or a number, in any part of a word, whatever the case. Beside words
    a query takes:

    \b
    /pointer=value  what is there is it (`*`: any member or element)
    /pointer        something is there
    type:NAME       it is of this type
    -TERM           not that
    "two words"     a word or value with blanks

    A QUERY of several arguments is one; one that begins with `-` stands behind `--`.

    \b
    gitdraft search natural person
    gitdraft search 'person -robot type:category /parents/*=Agent'
    """
    from itertools import islice

    matches = ctx.repository.search(
        " ".join(query), entity_type, drafts, progress=ctx.progress("reading entities")
    )
    shown = list(islice(matches, limit or None))
    lines = columns([[str(match.entity), faint(shorten(escape(match.label or ""), 60))] for match in shown])
    ctx.answer(
        "search",
        {"entities": list(map(match_json, shown))},
        lines or no_match(" ".join(query)),
        records="entities",
        paged=True,
    )


def no_match(query: str) -> list[str]:
    """Returns that nothing matches, and how a member's value is asked for where NAME=VALUE, a mere word, was typed."""
    for term in query.split():
        name, sign, value = term.partition("=")
        if sign and name.replace(".", "").isidentifier():
            return [
                "no entity matches",
                faint(f"a member's value is asked for by /{name.replace('.', '/')}={value}"),
            ]
    return ["no entity matches"]
