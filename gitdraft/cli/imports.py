"""`import`: what others have made, taken in as drafts or entities."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gitdraft.cli.canonical_report import commit_text
from gitdraft.cli.context import CommandContext, pass_command_context, read_source, source_path
from gitdraft.cli.options import CANONICAL_DRY_RUN, CHECK_ONLY, EXPIRES
from gitdraft.cli.text import count, escape, faint, strong
from gitdraft.formats.reports import Record
from gitdraft.formats.reports.canonical import import_json

if TYPE_CHECKING:
    from gitdraft.api.reports import ImportReport

MOST_SHOWN = 20  # rows that were left out
USUAL_URL = "http://127.0.0.1:8642"
URL = click.option(
    "--url",
    envvar="GITDRAFT_URL",
    default=USUAL_URL,
    show_default=True,
    metavar="URL",
    help="Where people reach gitdraft serve (GITDRAFT_URL).",
)


@click.group("import")
def import_command() -> None:
    """Take in what others have made.

    \b
    gitdraft import entities items.jsonl --type item
    gitdraft import mediawiki push.json
    """


@import_command.command("mediawiki")
@click.argument("file")
@click.option(
    "--idempotency-key", "key", metavar="KEY", help="Send the same again: the same draft, no second one."
)
@URL
@EXPIRES
@CHECK_ONLY
@pass_command_context
def import_mediawiki(
    ctx: CommandContext, file: str, key: str | None, url: str, days: float, *, dry_run: bool
) -> None:
    """Make a draft of what a MediaWiki pushes.

    FILE `-` is standard input. All of it is taken or, with the mistakes listed, nothing. Who has the URL
    that is printed may edit the draft; it is shown this once.

    \b
    gitdraft import mediawiki push.json --idempotency-key "$(uuidgen)"
    """
    from gitdraft.api.tokens import DAY
    from gitdraft.api.transfer import push_bounds
    from gitdraft.model.operations import utc

    content = read_source(file, push_bounds().bytes)
    report = ctx.repository.transfer.import_mediawiki(content, idempotency_key=key, dry_run=dry_run)
    document: Record = {"draft_id": report.draft, "change_count": report.change_count}
    changes = f"draft {strong(report.draft)} of {count(report.change_count, 'change')}"
    if dry_run:
        ctx.answer("import-mediawiki", document, [f"would make {changes}"])
        return
    tokens = ctx.repository.tokens
    capability = tokens.grant(report.draft, round(days * DAY), again=not report.is_new)
    expires_at = utc(capability.expires_at)
    document |= {"capability_url": capability.url(url), "expires_at": expires_at}
    lines = [
        f"{'made' if report.is_new else 'had made'} {changes}",
        f"who has this may edit it until {expires_at}; it is shown this once:",
        f"  {capability.url(url)}",
        faint(f"gitdraft show {report.draft}"),
    ]
    ctx.answer("import-mediawiki", document, lines)


@import_command.command("entities")
@click.argument("file")
@click.option("--type", "entity_type", metavar="TYPE", help="The type of entities without an address.")
@click.option(
    "--key", metavar="POINTER", help="Where in each its key is; where the type's id: says, otherwise."
)
@click.option("--reason", default="", help="Why; kept in the commit.")
@click.option("--skip-invalid", is_flag=True, help="Leave bad rows out, and those that name them.")
@click.option("--no-references", is_flag=True, help="Rows may name entities that are not there.")
@CANONICAL_DRY_RUN
@pass_command_context
def import_entities(
    ctx: CommandContext,
    file: str,
    entity_type: str | None,
    key: str | None,
    reason: str,
    *,
    skip_invalid: bool,
    no_references: bool,
    dry_run: bool,
) -> None:
    """Make canonical's entities what FILE says, in one commit.

    Those that it does not name stay. FILE is JSON lines, a JSON array, or a folder of JSON files; `-` is
    standard input. Each is an entity, or {"entity": "TYPE/KEY", "document": {…}}. All are taken or, with
    every bad row listed, none.

    \b
    gitdraft import entities items.jsonl --type item -n
    gitdraft export entities | gitdraft -C ../other import entities -
    """
    from gitdraft.api.transfer import open_source

    report = ctx.repository.transfer.import_entities(
        open_source(source_path(file), sys.stdin.buffer),
        entity_type=entity_type,
        key=key,
        reason=reason,
        skip_invalid=skip_invalid,
        references=not no_references,
        dry_run=dry_run,
        progress=ctx.progress("reading"),
    )
    lines = _import_text(ctx, report, dry_run=dry_run)
    ctx.answer("import-entities", import_json(report, dry_run=dry_run), lines)


def _import_text(ctx: CommandContext, report: ImportReport, *, dry_run: bool) -> Iterator[str]:
    shown = report.problems[:MOST_SHOWN]
    for number, error in shown:
        yield f"row {number}: {escape(error.message)} {faint(f'({error.code})')}"
    if report.left_out > len(shown):
        yield f"… and {count(report.left_out - len(shown), 'row')} more (-o json has them)"
    would = "would be " if dry_run else ""
    counted = (
        (report.created, f"{would}created"),
        (report.updated, f"{would}updated"),
        (report.unchanged, "there already"),
        (report.left_out, "left out"),
    )
    counts = [f"{strong(f'{number:,}')} {word}" for number, word in counted if number]
    yield ", ".join(counts) or "no entities"
    yield from commit_text(ctx, report.commit, report.rebase, dry_run=dry_run)
