"""Counts and times of requests, in the text form of Prometheus."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """What there was since the service started, by route: never by what a client may choose."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._below: defaultdict[str, Counter[float]] = defaultdict(Counter)
        self._seconds: Counter[str] = Counter()
        self._in_hand = 0

    def begin(self) -> None:
        """A request came."""
        self._in_hand += 1

    def end(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._in_hand -= 1
        self._requests[method, route, status] += 1
        self._seconds[route] += seconds  # type: ignore[assignment]
        self._below[route].update([next((b for b in BUCKETS if seconds <= b), float("inf"))])

    def lines(self, waiting: Mapping[str, int]) -> Iterator[str]:
        """The metrics; ``waiting`` is how many requests wait for, or are with, each kind of thread."""
        yield "# HELP gitdraft_http_requests_total Requests answered."
        yield "# TYPE gitdraft_http_requests_total counter"
        for (method, route, status), number in sorted(self._requests.items()):
            labels = f'method="{method}",route="{route}",status="{status}"'
            yield f"gitdraft_http_requests_total{{{labels}}} {number}"
        yield "# HELP gitdraft_http_request_duration_seconds How long an answer took."
        yield "# TYPE gitdraft_http_request_duration_seconds histogram"
        for route, counts in sorted(self._below.items()):
            total = 0
            for bucket in (*BUCKETS, float("inf")):
                total += counts[bucket]
                bound = "+Inf" if bucket == float("inf") else str(bucket)
                yield f'gitdraft_http_request_duration_seconds_bucket{{route="{route}",le="{bound}"}} {total}'
            yield f'gitdraft_http_request_duration_seconds_sum{{route="{route}"}} {self._seconds[route]:.6f}'
            yield f'gitdraft_http_request_duration_seconds_count{{route="{route}"}} {total}'
        yield "# HELP gitdraft_http_requests_in_hand Requests not answered yet."
        yield "# TYPE gitdraft_http_requests_in_hand gauge"
        yield f"gitdraft_http_requests_in_hand {self._in_hand}"
        yield "# HELP gitdraft_threads_waiting Requests that wait for a thread, or are with one."
        yield "# TYPE gitdraft_threads_waiting gauge"
        for name, number in waiting.items():
            yield f'gitdraft_threads_waiting{{kind="{name}"}} {number}'
