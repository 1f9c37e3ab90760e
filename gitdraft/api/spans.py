"""Spans of OpenTelemetry, where a program has loaded its API: one an operation."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitdraft.errors import GitdraftError

if TYPE_CHECKING:
    from opentelemetry.trace import Span

API = "opentelemetry.trace"


@contextmanager
def operation_span(command: str, operation: str, *, dry_run: bool) -> Iterator[None]:
    """Has what is done in the `with` measured as the span `gitdraft COMMAND`. A refusal gives it its code as `error.type`, and
    no value of an entity. Nothing is imported for it: where nobody has loaded the API, nobody listens."""
    trace = sys.modules.get(API)
    if trace is None:
        yield
        return
    attributes = {"gitdraft.command": command, "gitdraft.operation": operation, "gitdraft.dry_run": dry_run}
    span: Span
    with trace.get_tracer("gitdraft").start_as_current_span(
        f"gitdraft {command}", attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield
        except BaseException as error:
            kind = error.code if isinstance(error, GitdraftError) else type(error).__name__
            span.set_attribute("error.type", kind)
            span.set_status(trace.StatusCode.ERROR)
            raise
