"""Counts and times of requests, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
disable_created_metrics()  # type: ignore[no-untyped-call]  # a time for each series, which says no more than when the service was started


class Metrics:
    """What there was since the service started, by route: never by what a client may choose. ``waiting`` says how many
    requests wait for, or are with, each kind of thread."""

    def __init__(self, waiting: Callable[[], Mapping[str, int]]) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "gitdraft_http_requests_total",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "gitdraft_http_request_duration_seconds",
            "How long an answer took.",
            ("route",),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._in_hand = Gauge(
            "gitdraft_http_requests_in_hand", "Requests not answered yet.", registry=self._registry
        )
        self._registry.register(_Waiting(waiting))

    def begin(self) -> None:
        """A request came."""
        self._in_hand.inc()

    def end(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._in_hand.dec()
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """Returns the metrics in the form that suits a header `Accept`, and its media type."""
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type


class _Waiting(Collector):
    """What is asked for when somebody looks."""

    def __init__(self, waiting: Callable[[], Mapping[str, int]]) -> None:
        self._waiting = waiting

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "gitdraft_threads_waiting", "Requests that wait for a thread, or are with one.", labels=("kind",)
        )
        for kind, number in self._waiting().items():
            family.add_metric([kind], number)
        yield family
