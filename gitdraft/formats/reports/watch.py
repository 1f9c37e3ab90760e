"""The events of a watcher, as JSON."""

from __future__ import annotations

from typing import assert_never

from gitdraft.formats.reports import Record
from gitdraft.formats.reports.drafts import rebase_json
from gitdraft.formats.reports.pull_requests import synced_json
from gitdraft.formats.reports.sync import forwarding_json
from gitdraft.formats.reports.validation import file_problem_json
from gitdraft.model.operations import utc
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


def event_json(event: Event) -> Record:
    """Returns the event with its name and its time."""
    return {"event": type(event).__name__.lower(), "at": utc(event.at), **_members(event)}


def _members(event: Event) -> Record:
    match event:
        case Rebased():
            members = {"subject": event.subject, "seconds": round(event.took, 3)}
            return {**members, **rebase_json(event.report), "notices": list(event.notices)}
        case Missing():
            return {"ref": event.ref}
        case Failed():
            error = {"code": event.error.code, "message": event.error.message, "context": event.error.context}
            return {"doing": event.doing, **error}
        case Recovered():
            return {"doing": event.doing}
        case Forwarded():
            return forwarding_json(event.forwarding)
        case Synced():
            return synced_json(event.pulls)
        case Checked():
            problems = [file_problem_json(problem) for problem in event.problems]
            return {"file": event.path, "valid": not problems, "problems": problems}
        case Polling():
            return {"reason": event.reason}
        case Stopped():
            return {} if event.signal is None else {"signal": event.signal}
        case Gone() | Back():
            return {}
        case _:
            assert_never(event)
