"""The watcher's state on a terminal, drawn again whenever something happens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gitdraft.cli.rebase import change_text
from gitdraft.cli.text import count, escape, faint, status, strong
from gitdraft.cli.watch_reports import clock, counts_text, event_text, forwarding_text, problem_text
from gitdraft.errors import GitdraftError
from gitdraft.model.watch_events import Forwarded, Rebased, Synced
from gitdraft.watch.dashboard import Dashboard
from gitdraft.watch.status_counts import StatusCounts
from gitdraft.watch.watcher import Watcher

MOST_LINES = 12


def show(watcher: Watcher, head: Mapping[str, object], *, colour: bool) -> str | None:
    """Draw what happens until the watcher ends; the name of the signal that ended it."""
    console = Console(no_color=not colour, highlight=False)
    dashboard, status_counts, counts = Dashboard(), StatusCounts(), dict[str, int]()
    with Live(draw(dashboard, head, counts), console=console, auto_refresh=False) as live:
        for event in watcher.run():
            dashboard = dashboard.after(event)
            if isinstance(event, Rebased):
                counts = _count(status_counts, watcher)
            live.update(draw(dashboard, head, counts), refresh=True)
    for line in event_text(event):
        click.echo(line)
    return watcher.inbox.stop_signal


def draw(dashboard: Dashboard, head: Mapping[str, object], counts: Mapping[str, int]) -> RenderableType:
    """The dashboard as a panel: where canonical is, the drafts, the last moves, what is wrong."""
    parts: list[RenderableType] = [_facts(dashboard, head, counts)]
    if dashboard.moves:
        parts += _section("last moves", _grid([_move_row(move) for move in dashboard.moves]))
    if dashboard.left_behind:
        lines = list(_left_behind(dashboard))
        parts += _section("left behind", *(_text(line) for line in _cut(lines)))
    if dashboard.files:
        rows = [problem_text(file.path, problem) for file in dashboard.files for problem in file.problems]
        parts += _section("files", _grid(rows[:MOST_LINES]))
    if dashboard.troubles:
        lines = [line for _, event in dashboard.troubles for line in event_text(event)]
        parts += _section("not working", *(_text(line) for line in lines))
    title = f"gitdraft watch  {escape(str(head['repository']))}"
    by = "by polling" if dashboard.by_polling or head["by"] == "polling" else "by events"
    return Panel(
        Group(*parts),
        title=Text(title, style="bold"),
        title_align="left",
        subtitle=Text(f"{by}, Ctrl-C ends it", style="dim"),
        subtitle_align="right",
        border_style="dim",
        padding=(0, 1),
    )


def _facts(dashboard: Dashboard, head: Mapping[str, object], counts: Mapping[str, int]) -> Table:
    rows = []
    if dashboard.last is None:
        rows.append([strong(str(head["canonical"])), faint("looking")])
    else:
        last = dashboard.last
        rows.append([strong(str(head["canonical"])), f"{last.report.canonical[:10]}  {escape(last.subject)}"])
        parts = [f"{number:,} {status(word)}" for word, number in sorted(counts.items())]
        number = last.report.counts.open
        behind = len(dashboard.left_behind)
        rows.append([strong("drafts"), f"{number:,} open{':' if parts else ''} {', '.join(parts)}".rstrip()])
        if number:
            follow = f"{number - behind:,} {click.style('with canonical', fg='green')}"
            rows.append(
                ["", f"{follow}, {behind:,} {click.style('left behind', fg='red' if behind else None)}"]
            )
    return _grid(rows)


def _move_row(move: Rebased | Forwarded | Synced) -> list[str]:
    if isinstance(move, Forwarded):
        return [faint(clock(move.at)), "", forwarding_text(move.forwarding)]
    if isinstance(move, Synced):
        pulls = ", ".join(f"{pull.draft} {pull.outcome}" for pull in move.pulls)
        return [faint(clock(move.at)), "", f"pull requests: {escape(pulls)}"]
    canonical = move.report.canonical[:10]
    return [
        faint(clock(move.at)),
        canonical,
        escape(move.subject),
        counts_text(move.report),
        faint(f"{move.took:.2f} s"),
    ]


def _left_behind(dashboard: Dashboard) -> Iterator[str]:
    for draft in dashboard.left_behind:
        yield f"{strong(draft.id)}  {status(draft.status)}{'  ' if draft.reason else ''}{escape(draft.reason or '')}"
        for change in draft.changes:
            yield from change_text(change)
    first = next((draft for draft in dashboard.left_behind if draft.status == "conflict"), None)
    if first is not None:
        yield faint(f"to resolve them: gitdraft conflicts {first.id}")


def _cut(lines: list[str]) -> list[str]:
    if len(lines) <= MOST_LINES:
        return lines
    return [
        *lines[: MOST_LINES - 1],
        faint(f"… {count(len(lines) - MOST_LINES + 1, 'line')} more: gitdraft conflicts"),
    ]


def _section(title: str, *parts: RenderableType) -> list[RenderableType]:
    return [Text(""), Text(title, style="dim"), *parts]


def _grid(rows: list[list[str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for _ in range(max(map(len, rows))):
        table.add_column(no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*(_text(cell) for cell in row))
    return table


def _text(styled: str) -> Text:
    """A line with the styles that click gave it; nothing in it is rich's markup."""
    return Text.from_ansi(styled, no_wrap=True, overflow="ellipsis")


def _count(status_counts: StatusCounts, watcher: Watcher) -> dict[str, int]:
    try:
        return dict(status_counts.count(watcher.follower.repository.drafts))
    except GitdraftError:
        return {}
