"""`feed`: the operation log, published to a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, pass_command_context
from gitdraft.cli.follow import FOLLOW, POLL, follow
from gitdraft.cli.text import count, escape, strong

if TYPE_CHECKING:
    from gitdraft.model.copies import FeedReport


@click.command("feed")
@click.argument("url")
@click.option("--stream", metavar="NAME", help="The stream [default: gitdraft- and the repository's name].")
@FOLLOW
@POLL
@pass_command_context
def feed_command(
    ctx: CommandContext, url: str, stream: str | None, *, is_followed: bool, poll: float
) -> None:
    """Publish the operation log to a stream.

    URL is redis://, rediss:// or nats://. An operation is a message, in the order of their numbers, without a gap, each once;
    the stream's last message says where to go on. Where plain git moved canonical, the log says so first (`observed`). Needs the
    extra `feed`.

    \b
    gitdraft feed redis://127.0.0.1:6379
    gitdraft feed nats://127.0.0.1:4222 --stream vocabulary --follow
    """

    def step() -> None:
        report = ctx.repository.copies.feed(url, stream)
        if report.published or not is_followed:
            _answer(ctx, report)

    if is_followed:
        follow(ctx, step, poll)
    step()


def _answer(ctx: CommandContext, report: FeedReport) -> None:
    published = count(report.published, "operation")
    line = f"published {published} to {strong(escape(report.stream))}, which ends with number {report.last}"
    ctx.answer("feed", report._asdict(), [line])
