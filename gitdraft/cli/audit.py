"""`audit`: what was deleted, erased, redirected and brought back, by whom and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import columns, escape, faint, shorten, strong
from gitdraft.errors import InvalidInput
from gitdraft.formats.reports.audit import audit_json
from gitdraft.model.operations import moment

if TYPE_CHECKING:
    from gitdraft.api.reports import AuditEntry, AuditKind


def _moment(_ctx: click.Context, _option: click.Parameter, text: str) -> str:
    try:
        return moment(text) if text else ""
    except InvalidInput as error:
        raise click.BadParameter(f"{error.message}: {error.hint}") from None


@click.command("audit")
@click.option(
    "--type",
    "kinds",
    type=click.Choice(["soft", "hard", "redirect", "undelete"]),
    multiple=True,
    help="Only soft deletions, erasures, redirects and their reverts, or undeletions; may be repeated.",
)
@click.option("--since", default="", callback=_moment, metavar="DATE", help="Only from then on (UTC).")
@click.option("--by", default="", metavar="TEXT", help="Only by those whose name or mail holds TEXT.")
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), help="As -o json, or as CSV.")
@pass_command_context
def audit_command(
    ctx: CommandContext, kinds: tuple[AuditKind, ...], since: str, by: str, form: str | None
) -> None:
    """List deletions, erasures and redirects, newest first.

    And what took them back: who, when, why, as which revision.

    \b
    gitdraft audit --type hard --since 2026-01-01
    gitdraft audit --format csv > audit.csv
    """
    entries = ctx.repository.canonical.audit(
        kinds, since=since, by=by, progress=ctx.progress("reading the history of entity")
    )
    records = [audit_json(entry) for entry in entries]
    if form == "csv":
        from gitdraft.formats.reports.audit import audit_csv

        for line in audit_csv(records):
            click.echo(line)
        return
    if form == "json":
        ctx.output = "json"
    lines = columns([_row(entry) for entry in entries]) or ["no entries"]
    ctx.answer("audit", {"entries": records}, lines, records="entries", paged=True)


def _row(entry: AuditEntry) -> list[str]:
    revision = entry.revision
    return [
        click.style(revision.commit[:10], fg="yellow"),
        faint(revision.at[:16].replace("T", " ")),
        shorten(escape(revision.by.name), 24),
        revision.edit_type,
        strong(str(entry.entity)),
        faint(f"r{revision.number}"),
        "" if entry.target is None else f"→ {entry.target}",
        "" if not entry.reason else faint(shorten(escape(" ".join(entry.reason.split())), 60)),
        faint("by plain git") if entry.by_plain_git else "",
        "" if entry.undone_by is None else faint(f"undone by {entry.undone_by}"),
    ]
