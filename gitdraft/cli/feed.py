"""`feed`: the operation log, published to a stream."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.text import count, escape, strong
from gitdraft.errors import RepositoryError

if TYPE_CHECKING:
    from gitdraft.model.copies import FeedReport

LONGEST_PAUSE = 60.0  # seconds, while the server does not answer


@click.command("feed")
@click.argument("url")
@click.option("--stream", metavar="NAME", help="The stream [default: gitdraft- and the repository's name].")
@click.option("--follow", is_flag=True, help="Go on, until it is stopped.")
@click.option(
    "--poll",
    type=click.FloatRange(min=0.1),
    default=2,
    show_default=True,
    metavar="SECONDS",
    help="With --follow: how often to look.",
)
@pass_command_context
def feed_command(ctx: CommandContext, url: str, stream: str | None, *, follow: bool, poll: float) -> None:
    """Publish the operation log to a stream.

    URL is redis://, rediss:// or nats://. An operation is a message, in the order of their numbers, without a gap, each once;
    the stream's last message says where to go on. Where plain git moved canonical, the log says so first (`observed`). Needs the
    extra `feed`.

    \b
    gitdraft feed redis://127.0.0.1:6379
    gitdraft feed nats://127.0.0.1:4222 --stream vocabulary --follow
    """
    if not follow:
        _answer(ctx, ctx.repository.copies.feed(url, stream))
        return
    if ctx.output == "json":
        raise click.UsageError("--follow does not end: -o jsonl has one record a time")
    pause = poll
    while True:
        try:
            report = ctx.repository.copies.feed(url, stream)
            if report.published:
                _answer(ctx, report)
            pause = poll
        except RepositoryError as error:
            if error.code != "target-unreachable":
                raise
            ctx.note(error.message)
            pause = min(2 * pause, LONGEST_PAUSE)
        time.sleep(pause)


def _answer(ctx: CommandContext, report: FeedReport) -> None:
    published = count(report.published, "operation")
    line = f"published {published} to {strong(escape(report.stream))}, which ends with number {report.last}"
    ctx.answer("feed", report._asdict(), [line])
