"""`--follow`: a command that goes on with what is new, until it is stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NoReturn

import click

from gitdraft.cli.context import CommandContext
from gitdraft.errors import RepositoryError

LONGEST_PAUSE = 60.0  # seconds, while the server does not answer
FOLLOW = click.option("--follow", "is_followed", is_flag=True, help="Go on, until it is stopped.")
POLL = click.option(
    "--poll",
    type=click.FloatRange(min=0.1),
    default=2,
    show_default=True,
    metavar="SECONDS",
    help="With --follow: how often to look.",
)


def follow(ctx: CommandContext, step: Callable[[], None], poll: float) -> NoReturn:
    """Does ``step`` every ``poll`` seconds, less often while its server does not answer."""
    if ctx.output == "json":
        raise click.UsageError("--follow does not end: -o jsonl has one record a time")
    pause = poll
    while True:
        try:
            step()
            pause = poll
        except RepositoryError as error:
            if error.code != "target-unreachable":
                raise
            ctx.note(error.message)
            pause = min(2 * pause, LONGEST_PAUSE)
        time.sleep(pause)
