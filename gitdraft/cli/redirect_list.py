"""`redirect export`, `list`, `resolve`, `stats`: the redirects that there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import click

from gitdraft.cli.completion import complete_entity
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.options import ENTITY_TYPE
from gitdraft.cli.text import columns, count, escape, faint, shorten, strong
from gitdraft.errors import GitdraftError
from gitdraft.formats.reports.entities import redirect_counts_json

if TYPE_CHECKING:
    from gitdraft.api.reports import RedirectCounts

BAR = 40


@click.command("export")
@ENTITY_TYPE
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)
@pass_command_context
def redirect_export(ctx: CommandContext, entity_type: str | None, form: Literal["csv", "jsonl"]) -> None:
    """Print the redirects as CSV or JSON lines.

    For redirect import and for others.

    \b
    gitdraft redirect export item --format jsonl > redirects.jsonl
    """
    chosen: Literal["csv", "jsonl"] = "jsonl" if ctx.output == "jsonl" else form
    for line in ctx.repository.transfer.export_redirects(entity_type, chosen):
        click.echo(line)


@click.command("list")
@ENTITY_TYPE
@click.option("--to", "target", metavar="ID", shell_complete=complete_entity, help="Only those to ID.")
@pass_command_context
def redirect_list(ctx: CommandContext, entity_type: str | None, target: str | None) -> None:
    """List the redirects of canonical.

    \b
    gitdraft redirect list --to item/Q42
    """
    redirects = ctx.repository.canonical.redirects(entity_type, target)
    document = {
        "redirects": [
            {"from": str(s), "to": str(t), "reason": tomb.reason, "by": tomb.by, "at": tomb.at}
            for s, t, tomb in redirects
        ]
    }
    rows = [
        [
            str(source),
            f"→ {target}",
            faint(tombstone.at[:10]),
            shorten(escape(tombstone.by.partition(" <")[0]), 24),
            faint(shorten(escape(tombstone.reason), 60)),
        ]
        for source, target, tombstone in redirects
    ]
    ctx.answer("redirect-list", document, columns(rows) or ["no redirects"], records="redirects", paged=True)


@click.command("resolve")
@click.argument("entities", metavar="ID...", nargs=-1, required=True, shell_complete=complete_entity)
@pass_command_context
def redirect_resolve(ctx: CommandContext, entities: tuple[str, ...]) -> None:
    """Print where each ID leads, one line each.

    Itself, or what it redirects to. For one that is deleted or unknown the line is empty, and the exit
    code says why.

    \b
    gitdraft redirect resolve item/Q59431323 item/Q1
    """
    failed: GitdraftError | None = None
    records, lines = [], []
    for entity, outcome in zip(entities, ctx.repository.canonical.resolve_each(entities), strict=True):
        if isinstance(outcome, GitdraftError):
            failed = failed or outcome
            records.append({"entity": entity, "code": outcome.code, "message": outcome.message})
            lines.append("")
        else:
            records.append({"entity": entity, "resolved": str(outcome)})
            lines.append(str(outcome))
    ctx.answer("redirect-resolve", {"entities": records}, lines, records="entities")
    if failed is not None:
        raise failed


@click.command("stats")
@ENTITY_TYPE
@click.option("--most", default=10, show_default=True, help="How many of the most redirected-to entities.")
@pass_command_context
def redirect_stats(ctx: CommandContext, entity_type: str | None, most: int) -> None:
    """Count the redirects.

    How many there are, to which entities most lead, and when they were made.

    \b
    gitdraft redirect stats item
    """
    counts = ctx.repository.canonical.redirect_counts(entity_type, most)
    ctx.answer("redirect-stats", redirect_counts_json(counts), _counts_text(counts))


def _counts_text(counts: RedirectCounts) -> Iterator[str]:
    types = ", ".join(f"{number:,} {name}" for name, number in counts.by_type)
    yield f"{strong(count(counts.total, 'redirect'))}" + (f": {types}" if types else "")
    if counts.most:
        yield from ("", faint("most redirected to"))
        yield from columns([[str(entity), f"{number:>6,}"] for entity, number in counts.most], "  ")
    if counts.by_month:
        yield from ("", faint("by month"))
        highest = max(number for _, number in counts.by_month)
        rows = [[month, f"{number:>6,}", _bar(number, highest)] for month, number in counts.by_month]
        yield from columns(rows, "  ")


def _bar(number: int, highest: int) -> str:
    return "█" * max(1 if number else 0, round(BAR * number / highest))
