"""`import`: what others have made, taken in as drafts or entities."""

from __future__ import annotations

import click

from gitdraft.cli.bulk import import_entities
from gitdraft.cli.context import CommandContext, pass_command_context, read_source
from gitdraft.cli.text import count, faint, strong

USUAL_URL = "http://127.0.0.1:8642"
URL = click.option(
    "--url",
    envvar="GITDRAFT_URL",
    default=USUAL_URL,
    show_default=True,
    metavar="URL",
    help="Where people reach gitdraft serve (GITDRAFT_URL).",
)
EXPIRES = click.option(
    "--expires",
    "days",
    type=click.FloatRange(min=0, min_open=True, max=3650),
    default=7,
    show_default=True,
    metavar="DAYS",
    help="How long the capability is good.",
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
@click.option("-n", "--dry-run", is_flag=True, help="Check it, and change nothing.")
@pass_command_context
def import_mediawiki(
    ctx: CommandContext, file: str, key: str | None, url: str, days: float, *, dry_run: bool
) -> None:
    """Make a draft of what a MediaWiki pushes: FILE, or standard input for `-`. All of it, or with the mistakes listed
    nothing. Who has the URL that is printed may edit the draft; it is shown this once.

    \b
    gitdraft import mediawiki push.json --idempotency-key "$(uuidgen)"
    """
    from gitdraft.api.capabilities import DAY, grant_again, grant_capability
    from gitdraft.formats.mediawiki import LARGEST_PAYLOAD
    from gitdraft.model.operations import utc
    from gitdraft.transfer.import_mediawiki import import_id, plan_mediawiki_import

    content = read_source(file, LARGEST_PAYLOAD)
    draft_id = import_id(ctx.metadata, key)
    report = ctx.write(
        "import mediawiki",
        lambda transaction: plan_mediawiki_import(transaction, content, draft_id),
        dry_run=dry_run,
    )
    document = {"draft_id": report.draft, "change_count": report.change_count}
    changes = count(report.change_count, "change")
    if dry_run:
        ctx.answer("import-mediawiki", document, [f"would make draft {strong(report.draft)} of {changes}"])
        return
    grant = grant_capability if report.is_new else grant_again
    capability = grant(ctx.store, report.draft, ctx.metadata.seconds, round(days * DAY))
    document |= {"capability_url": capability.url(url), "expires_at": utc(capability.expires_at)}
    made = "made" if report.is_new else "had made"
    lines = [
        f"{made} draft {strong(report.draft)} of {changes}",
        f"who has this may edit it until {utc(capability.expires_at)}; it is shown this once:",
        f"  {capability.url(url)}",
        faint(f"gitdraft show {report.draft}"),
    ]
    ctx.answer("import-mediawiki", document, lines)


import_command.add_command(import_entities)
