"""`redirect export`, `list`, `resolve`, `stats`: the redirects that there are."""

from __future__ import annotations

from collections.abc import Iterator

import click

from gitdraft.cli.canonical import find_known
from gitdraft.cli.completion import complete_entity
from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import columns, count, escape, faint, shorten, strong
from gitdraft.errors import GitdraftError

BAR = 40


@click.command("export")
@click.argument("entity_type", metavar="[TYPE]", required=False)
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)
@pass_command_context
def redirect_export(ctx: CommandContext, entity_type: str | None, form: str) -> None:
    """Print the redirects as CSV or JSON lines, for redirect import and for others.

    \b
    gitdraft redirect export item --format jsonl > redirects.jsonl
    """
    from gitdraft.formats.redirect_rows import write_csv, write_jsonl
    from gitdraft.transfer.redirects import exported_redirects

    canonical = ctx.store.snapshot()
    rows = exported_redirects(canonical, _types(ctx, entity_type))
    for line in (write_jsonl if form == "jsonl" or ctx.output == "jsonl" else write_csv)(rows):
        click.echo(line)


@click.command("list")
@click.argument("entity_type", metavar="[TYPE]", required=False)
@click.option("--to", "target", metavar="ID", shell_complete=complete_entity, help="Only those to ID.")
@pass_command_context
def redirect_list(ctx: CommandContext, entity_type: str | None, target: str | None) -> None:
    """List the redirects of canonical.

    \b
    gitdraft redirect list --to item/Q42
    """
    from gitdraft.views.redirects import list_redirects

    wanted = None if target is None else find_known(ctx, target)
    redirects = list_redirects(ctx.store.snapshot(), _types(ctx, entity_type), wanted)
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
    """Print where each ID leads. One line each: itself, or what it redirects to. For one that is deleted or unknown the
    line is empty, and the exit code says why.

    \b
    gitdraft redirect resolve item/Q59431323 item/Q1
    """
    from gitdraft.views.effective_view import open_view
    from gitdraft.views.redirects import resolve_redirect

    view = open_view(ctx.store, None)
    failed: GitdraftError | None = None
    records, lines = [], []
    for entity in entities:
        try:
            end = str(resolve_redirect(view, entity))
            records.append({"entity": entity, "resolved": end})
            lines.append(end)
        except GitdraftError as error:
            failed = failed or error
            records.append({"entity": entity, "code": error.code, "message": error.message})
            lines.append("")
    ctx.answer("redirect-resolve", {"entities": records}, lines, records="entities")
    if failed is not None:
        raise failed


@click.command("stats")
@click.argument("entity_type", metavar="[TYPE]", required=False)
@click.option("--most", default=10, show_default=True, help="How many of the most redirected-to entities.")
@pass_command_context
def redirect_stats(ctx: CommandContext, entity_type: str | None, most: int) -> None:
    """Count the redirects. How many there are, to which entities most lead, and when they were made.

    \b
    gitdraft redirect stats item
    """
    from gitdraft.model.view_reports import RedirectCounts
    from gitdraft.views.redirects import count_redirects, list_redirects

    sums = count_redirects(list_redirects(ctx.store.snapshot(), _types(ctx, entity_type)), most)
    document = {
        "total": sums.total,
        "by_type": dict(sums.by_type),
        "by_month": dict(sums.by_month),
        "most_redirected_to": [{"entity": str(e), "redirects": n} for e, n in sums.most],
    }

    def text(sums: RedirectCounts) -> Iterator[str]:
        kinds = ", ".join(f"{number:,} {name}" for name, number in sums.by_type)
        yield f"{strong(count(sums.total, 'redirect'))}" + (f": {kinds}" if kinds else "")
        if sums.most:
            yield ""
            yield faint("most redirected to")
            yield from columns([[str(entity), f"{number:>6,}"] for entity, number in sums.most], "  ")
        if sums.by_month:
            yield ""
            yield faint("by month")
            highest = max(number for _, number in sums.by_month)
            yield from columns(
                [[month, f"{number:>6,}", _bar(number, highest)] for month, number in sums.by_month], "  "
            )

    ctx.answer("redirect-stats", document, text(sums))


def _types(ctx: CommandContext, entity_type: str | None) -> tuple[str, ...]:
    from gitdraft.views.entity_names import known_types

    return known_types(ctx.store.snapshot().configuration, entity_type)


def _bar(number: int, highest: int) -> str:
    return "█" * max(1 if number else 0, round(BAR * number / highest))
