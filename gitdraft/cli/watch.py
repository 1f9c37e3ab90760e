"""`watch`: the drafts follow canonical as it moves, until one says stop."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from gitdraft.cli.context import CommandContext, open_repository, pass_command_context
from gitdraft.formats.reports import Record

if TYPE_CHECKING:
    from gitdraft.watch.inbox import Inbox
    from gitdraft.watch.watcher import Watcher

INTERRUPTED = 130


@click.command("watch")
@click.option(
    "--fetch",
    metavar="SECONDS",
    type=click.FloatRange(min=1),
    help="Fetch from canonical's remote so often, and go forward with it.",
)
@click.option("--worktree", is_flag=True, help="Check entity files as they are saved.")
@click.option("--once", is_flag=True, help="Catch up and end. Exit code 1 when drafts were left behind.")
@click.option(
    "--poll", is_flag=True, help="Look again and again: where no events come, as on network drives."
)
@pass_command_context
def watch_command(
    ctx: CommandContext, fetch: float | None, *, worktree: bool, once: bool, poll: bool
) -> None:
    """Rebase the open drafts whenever canonical moves.

    Whoever moves it. With --fetch, pull requests of drafts are brought along, as `pr sync --all` does. Ctrl-C or SIGTERM ends it, after the rebase that is going on; there is one watcher a
    repository.

    \b
    gitdraft watch
    gitdraft watch --fetch 60 --worktree
    gitdraft -o jsonl watch >> watch.log
    gitdraft watch --once
    """
    from gitdraft.watch.watcher import Options, Watcher

    if once and worktree:
        raise click.UsageError("--once looks at no worktree: gitdraft save -n checks what is there")
    if ctx.output == "json" and not once:
        raise click.UsageError("a watcher does not end: -o jsonl has one record an event")
    if worktree:
        _require_worktree(ctx)
    gc.set_threshold(700, 10, 10)  # unlike other commands this one lives
    folder = Path(os.path.abspath(ctx.folder))  # noqa: PTH100 (links stay)
    watcher = Watcher(lambda: open_repository(folder, mends=True), Options(fetch, worktree, poll))
    _stop_on_signals(watcher.inbox)
    head = _head(watcher)
    last = _run_once(ctx, watcher, head) if once else _run(ctx, watcher, head)
    if last == "SIGINT":
        raise click.exceptions.Exit(INTERRUPTED)


def _require_worktree(ctx: CommandContext) -> None:
    from gitdraft.errors import StateRefused

    if not ctx.repository.has_worktree:
        raise StateRefused("a bare repository has no worktree", code="no-worktree")


def _head(watcher: Watcher) -> Record:
    repository = watcher.follower.repository
    return {
        "repository": str(repository.path),
        "canonical": repository.canonical_branch,
        "process": os.getpid(),
        "by": "polling" if watcher.options.poll else "events",
    }


def _run(ctx: CommandContext, watcher: Watcher, head: Record) -> str | None:
    """Tell what happens as it happens; the name of the signal that ended it."""
    from gitdraft.cli.watch_reports import event_text, head_text
    from gitdraft.formats.reports.watch import event_json
    from gitdraft.model.watch_events import Failed

    if ctx.output == "text" and ctx.verbosity >= 0 and sys.stdout.isatty():
        from gitdraft.cli.watch_screen import show

        return show(watcher, head, colour=click.get_current_context().color is not False)
    is_jsonl = ctx.output == "jsonl"
    if is_jsonl:
        _record({"kind": "gitdraft.watch/v1", **head})
    elif ctx.verbosity >= 0:
        click.echo(head_text(head, time.localtime()))
    for event in watcher.run():
        if is_jsonl:
            _record(event_json(event))
        else:
            for line in event_text(event):
                if isinstance(event, Failed) or ctx.verbosity >= 0:
                    click.echo(line, err=isinstance(event, Failed))
    return watcher.inbox.stop_signal


def _run_once(ctx: CommandContext, watcher: Watcher, head: Record) -> str | None:
    from gitdraft.cli.watch_reports import event_text
    from gitdraft.formats.reports.watch import event_json
    from gitdraft.model.watch_events import Failed, Rebased, Stopped, Synced

    events = list(watcher.run_once())
    reported = [event for event in events if not isinstance(event, Stopped)]
    document = {**head, "events": [event_json(event) for event in reported]}
    lines = (line for event in reported if not isinstance(event, Failed) for line in event_text(event))
    ctx.answer("watch", document, lines, records="events")
    for event in events:
        if isinstance(event, Failed):
            raise event.error
    for event in events:
        if isinstance(event, Rebased) and not event.report.is_clean:
            raise click.exceptions.Exit(1)
        if isinstance(event, Synced) and not all(pull.is_clean for pull in event.pulls):
            raise click.exceptions.Exit(1)
    return watcher.inbox.stop_signal


def _record(record: Record) -> None:
    click.echo(json.dumps(record, ensure_ascii=False))


def _stop_on_signals(inbox: Inbox) -> None:
    """The first one ends the watcher when it has done what it is at, a second one at once."""

    def stop(number: int, _frame: FrameType | None) -> None:
        inbox.stop(signal.Signals(number).name)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
