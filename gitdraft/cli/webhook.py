"""`webhook`: who is notified over HTTP of what happens."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import columns, count, escape, faint, status, strong
from gitdraft.model.webhooks import EVENTS


@click.group("webhook")
def webhook_command() -> None:
    """Have addresses notified of what happens, by gitdraft serve.

    They are kept beside the tokens, and are never in git.

    \b
    gitdraft webhook add https://example.org/hooks/gitdraft --events comment,review
    """


@webhook_command.command("add")
@click.argument("url")
@click.option(
    "--events",
    multiple=True,
    metavar="EVENT,…",
    help=f"What it hears of: {', '.join(EVENTS)}; all of it otherwise.",
)
@click.option("--allow-private", is_flag=True, help="It may be an address of a private network.")
@pass_command_context
def webhook_add(ctx: CommandContext, url: str, events: Sequence[str], *, allow_private: bool) -> None:
    """Have URL notified from now on; the secret is shown once.

    Messages are signed as Standard Webhooks says, sent while `gitdraft serve` runs, and sent again, with the same id, until the
    address answers 2xx or a day and a half has gone by. It follows no redirect.

    \b
    gitdraft webhook add https://example.org/hooks/gitdraft
    gitdraft webhook add http://10.0.0.7:8000/ --events draft-merged --allow-private
    """
    from gitdraft.formats.reports.webhooks import secret_text, webhook_json

    chosen = [name.strip() for part in events for name in part.split(",") if name.strip()]
    webhook = ctx.repository.webhooks.add(url, chosen or EVENTS, allow_private=allow_private)
    secret = secret_text(webhook.secret)
    ctx.answer(
        "webhook-add",
        {**webhook_json(webhook), "secret": secret},
        [
            secret,
            faint(f"{webhook.id} is notified of {', '.join(webhook.events)}; the secret is shown this once"),
        ],
        always=True,
    )


@webhook_command.command("list")
@pass_command_context
def webhook_list(ctx: CommandContext) -> None:
    """List the webhooks, and how many messages wait.

    \b
    gitdraft webhook list
    """
    from gitdraft.formats.reports.webhooks import webhook_line_json

    lines = ctx.repository.webhooks.lines()
    rows = [
        [
            strong(line.webhook.id),
            escape(line.webhook.url),
            ",".join(line.webhook.events) if line.webhook.events != EVENTS else "all",
            f"{line.pending} waiting" if line.pending else "",
            status("broken") + f" {line.failed} given up" if line.failed else "",
        ]
        for line in lines
    ]
    document = {"webhooks": [webhook_line_json(line) for line in lines]}
    ctx.answer("webhook-list", document, columns(rows) or ["no webhooks"], records="webhooks")


@webhook_command.command("remove")
@click.argument("webhook", metavar="ID|URL")
@pass_command_context
def webhook_remove(ctx: CommandContext, webhook: str) -> None:
    """Notify an address no more, and drop what waits for it.

    \b
    gitdraft webhook remove 1a2b3c4d
    """
    from gitdraft.formats.reports.webhooks import webhook_json

    removed = ctx.repository.webhooks.remove(webhook)
    ctx.answer("webhook-remove", webhook_json(removed), [f"{escape(removed.url)} is notified no more"])


@webhook_command.command("failed")
@pass_command_context
def webhook_failed(ctx: CommandContext) -> None:
    """List the messages that were given up, and why.

    \b
    gitdraft webhook failed
    """
    from gitdraft.formats.reports.webhooks import delivery_json

    deliveries = ctx.repository.webhooks.failed()
    rows = [
        [strong(d.id), d.webhook, d.event, count(d.attempts, "attempt"), escape(d.error or "")]
        for d in deliveries
    ]
    lines = [*columns(rows), faint("gitdraft webhook retry sends them again")] if rows else ["none"]
    document = {"deliveries": [delivery_json(delivery) for delivery in deliveries]}
    ctx.answer("webhook-failed", document, lines, records="deliveries")


@webhook_command.command("retry")
@click.argument("names", metavar="[ID]…", nargs=-1)
@pass_command_context
def webhook_retry(ctx: CommandContext, names: Sequence[str]) -> None:
    """Send messages again that were given up.

    ID is a message's or a webhook's; without it they are all sent again.

    \b
    gitdraft webhook retry
    """
    number = ctx.repository.webhooks.retry(names)
    ctx.answer("webhook-retry", {"retried": number}, [f"{count(number, 'message')} will be sent again"])
