"""Prometheus metrics, in a registry of our own. The names are a promise: dashboards use them."""

from collections.abc import Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 5.0)
"""0.4 s is the SLO: it must be a bucket exactly (signals.md 9)."""

LAG_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""5 s is the promise of delivery."""

STATES = {"closed": 0, "half_open": 1, "open": 2}


class Metrics:
    """What /metrics shows."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        kept = self.registry
        self.requests = Counter(
            "pawang_http_requests_total", "Requests answered.", ("route", "code"), registry=kept
        )
        self.duration = Histogram(
            "pawang_http_request_duration_seconds",
            "Handler time.",
            ("route",),
            buckets=REQUEST_BUCKETS,
            registry=kept,
        )
        self.lag = Histogram(
            "pawang_alert_lag_seconds",
            "From the signal to the chat service's answer.",
            buckets=LAG_BUCKETS,
            registry=kept,
        )
        self.feed = Gauge(
            "pawang_feed_last_event_timestamp_seconds",
            "Stamp of the newest market record.",
            ("symbol",),
            registry=kept,
        )
        self.breakers = Gauge(
            "pawang_breaker_state", "0 closed, 1 half-open, 2 open.", ("provider",), registry=kept
        )
        self.decisions = Counter(
            "pawang_decisions_total",
            "Decisions by kind and verdict.",
            ("kind", "verdict"),
            registry=kept,
        )
        self.deliveries = Counter(
            "pawang_deliveries_total", "Outbox results.", ("state",), registry=kept
        )
        self.ambiguous = Counter(
            "pawang_tg_ambiguous_total", "Deliveries whose answer was lost.", registry=kept
        )
        self.refused = Counter(
            "pawang_refused_total", "Inputs refused, by why.", ("why",), registry=kept
        )
        self.halted = Gauge("pawang_halted", "1 while the desk is halted.", registry=kept)
        self._grown: dict[str, int] = {}

    def request(self, route: str, status: int, seconds: float) -> None:
        self.requests.labels(route, str(status)).inc()
        self.duration.labels(route).observe(seconds)

    def set_breakers(self, states: Mapping[str, str]) -> None:
        for provider, state in states.items():
            self.breakers.labels(provider).set(STATES.get(state, 2))

    def grow_refused(self, counts: Mapping[str, int]) -> None:
        """Counts that somebody else keeps: what they grew by since the last look is added."""
        for why, count in counts.items():
            self.refused.labels(why).inc(count - self._grown.get(why, 0))
            self._grown[why] = count

    def text(self) -> bytes:
        return generate_latest(self.registry)
