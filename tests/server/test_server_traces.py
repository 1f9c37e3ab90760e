"""Spans of OpenTelemetry: one an operation, below its request's; none, and nothing imported, where nobody listens."""

from __future__ import annotations

import time
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sandbox import Sandbox

from gitdraft.errors import StateRefused

PROVIDER, EXPORTER = TracerProvider(), InMemorySpanExporter()
PROVIDER.add_span_processor(SimpleSpanProcessor(EXPORTER))


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """What is measured in a test."""
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", PROVIDER)
    EXPORTER.clear()
    return EXPORTER


def named(spans: InMemorySpanExporter, name: str) -> ReadableSpan:
    """The span of that name; a request's ends after its answer is sent, in the server's thread."""
    until = time.monotonic() + 10
    while not (spans_of := [span for span in spans.get_finished_spans() if span.name == name]):
        assert time.monotonic() < until, f"no span {name!r}"
        time.sleep(0.01)
    (span,) = spans_of
    return span


def above(spans: InMemorySpanExporter, span: ReadableSpan) -> list[int]:
    """The ids of the spans that a span is part of."""
    known = {other.context.span_id: other for other in spans.get_finished_spans()}
    ids: list[int] = []
    while span.parent is not None:
        ids.append(span.parent.span_id)
        span = known[span.parent.span_id]
    return ids


def test_an_operation_of_the_library_is_a_span(sandbox: Sandbox, spans: InMemorySpanExporter) -> None:
    repository = sandbox.library
    draft = repository.drafts.new("Fix")
    draft.set("category/Person", "/label", "Human")
    repository.rebase(dry_run=True)
    made, edited, rebased = spans.get_finished_spans()
    assert [span.name for span in (made, edited, rebased)] == [
        "gitdraft new",
        "gitdraft set",
        "gitdraft rebase",
    ]
    attributes = dict(edited.attributes or {})
    operation = next(iter(repository.operations())).id
    assert attributes == {
        "gitdraft.command": "set",
        "gitdraft.operation": operation,
        "gitdraft.dry_run": False,
    }
    assert dict(rebased.attributes or {})["gitdraft.dry_run"] is True


def test_a_refusal_has_its_code_and_no_value(sandbox: Sandbox, spans: InMemorySpanExporter) -> None:
    draft = sandbox.library.drafts.new("Fix")
    draft.set("category/Person", "/label", "Human")
    draft.withdraw()
    spans.clear()
    with pytest.raises(StateRefused):
        draft.set("category/Person", "/label", "A secret")
    (span,) = spans.get_finished_spans()
    assert dict(span.attributes or {})["error.type"] == "wrong-status"
    assert span.status.status_code is trace.StatusCode.ERROR
    assert "secret" not in span.to_json()


def test_an_operation_of_the_service_is_below_its_request(serving: Any, spans: InMemorySpanExporter) -> None:
    pytest.importorskip("fastapi.telemetry", reason="this FastAPI makes no spans")
    client = serving().of("maintainer")
    assert client.post("/api/v2/drafts", json={"title": "Fix"}).status_code == 201
    operation, request = named(spans, "gitdraft new"), named(spans, "POST /api/v2/drafts")
    assert request.context.span_id in above(spans, operation)
    assert "gdt_" not in request.to_json(), "no token"


def test_where_nobody_listens_nothing_is_imported(sandbox: Sandbox) -> None:
    timed = sandbox.run_process("new", "Fix", PYTHONPROFILEIMPORTTIME="1")
    assert timed.code == 0
    assert "gitdraft.api.session" in timed.err
    assert "opentelemetry" not in timed.err
