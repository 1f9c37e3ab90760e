"""What a watcher tells, as JSON records and as lines of text."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import assert_never

import click

from gitdraft.cli.pr import pulls_text
from gitdraft.cli.rebase import change_text
from gitdraft.cli.text import LEFT_BEHIND, columns, count, escape, faint, status, strong
from gitdraft.model.reports import RebaseReport
from gitdraft.model.sync_reports import Forwarding
from gitdraft.model.watch_events import (
    Back,
    Checked,
    Event,
    Failed,
    Forwarded,
    Gone,
    Missing,
    Polling,
    Rebased,
    Recovered,
    Stopped,
    Synced,
)
from gitdraft.model.worktree_reports import FileProblem


def head_text(head: Mapping[str, object], now: time.struct_time) -> str:
    """The first line: what is watched."""
    by = "" if head["by"] == "events" else " by polling"
    where = f"{strong(str(head['canonical']))} of {escape(str(head['repository']))}"
    return f"{faint(time.strftime('%H:%M:%S', now))}  watching {where}{by}"


def event_text(event: Event) -> Iterator[str]:
    """A line with the time, and what belongs to it below."""
    first, *rest = list(_lines(event))
    yield f"{faint(clock(event.at))}  {first}"
    for line in rest:
        yield f"          {line}"


def clock(at: int) -> str:
    """The time of day."""
    return time.strftime("%H:%M:%S", time.localtime(at))


def counts_text(report: RebaseReport) -> str:
    """How many drafts did what, leaving out what none did."""
    counts = report.counts
    if not counts.open:
        return "no open drafts"
    parts = [f"{counts.rebased:,} rebased"] if counts.rebased else []
    parts += [f"{n:,} {status(word)}" for word in LEFT_BEHIND if (n := getattr(counts, word))]
    return ", ".join(parts) or "no draft affected"


def forwarding_text(forwarding: Forwarding) -> str:
    """What a fetch found."""
    name = escape(forwarding.upstream.removeprefix("refs/remotes/"))
    if forwarding.is_moved:
        how = "forward to" if forwarding.state == "forwarded" else "onto the rewritten history of"
        broken = f", {count(len(forwarding.violations), 'violation')}: gitdraft validate --canonical"
        return f"{how} {name} {(forwarding.remote_tip or '')[:10]}{broken if forwarding.violations else ''}"
    refusal = forwarding.refusal
    return f"{status('conflict')}: {'' if refusal is None else escape(f'{refusal.message}: {refusal.hint}')}"


def problem_text(path: str, problem: FileProblem) -> list[str]:
    """File and line as editors take them, the place in the entity, the rule, the sentence."""
    where = f"{escape(path)}:{problem.line}" if problem.line else escape(path)
    return [
        where,
        escape(problem.pointer) or "(whole entity)",
        faint(problem.rule),
        escape(problem.message),
    ]


def _lines(event: Event) -> Iterator[str]:
    match event:
        case Rebased(report=report):
            took = faint(f"{event.took:.2f} s")
            yield f"{report.canonical[:10]}  {escape(event.subject)}  {counts_text(report)}  {took}"
            for draft in report.drafts:
                if draft.status != "clean":
                    yield f"{strong(draft.id)}  {status(draft.status)}{'  ' if draft.reason else ''}{escape(draft.reason or '')}"
                    for change in draft.changes:
                        yield from change_text(change)
            yield from (faint(escape(notice)) for notice in event.notices)
        case Missing():
            yield f"{escape(event.ref.removeprefix('refs/heads/'))} is not there; waiting for it"
        case Failed():
            yield f"{click.style('error:', fg='red', bold=True)} {escape(event.error.message)}"
            yield from ([f"hint: {escape(event.error.hint)}"] if event.error.hint else [])
        case Recovered():
            yield f"{event.doing} works again"
        case Forwarded():
            yield forwarding_text(event.forwarding)
        case Synced():
            yield from pulls_text(event.pulls)
        case Checked(path=path, problems=problems):
            if not problems:
                yield f"{escape(path)}  {click.style('sound', fg='green')}"
            else:
                yield f"{escape(path)}  {status('invalid')}, {count(len(problems), 'problem')}"
                yield from columns([problem_text(path, problem) for problem in problems], "  ")
        case Gone():
            yield "the repository is gone; waiting for it"
        case Back():
            yield "the repository is back"
        case Polling():
            yield f"{escape(event.reason)}: looking again and again from now on"
        case Stopped():
            yield f"stopped by {event.signal}" if event.signal else "done"
        case _:
            assert_never(event)
