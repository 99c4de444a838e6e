"""What counts as served, and as an error of the service (signals.md 9, row G2)."""

import pytest

from pawang.model.event import Served
from pawang.web.traffic import Traffic

BTC = "/api/signal/institutional/{symbol:str}"


@pytest.fixture
def traffic():
    return Traffic()


def test_a_minute_counts_requests_errors_and_the_signal_routes_time_rounded_up(traffic):
    traffic.seen(BTC, 200, 0.0121)
    traffic.seen(BTC, 200, 0.013)
    traffic.seen("/api/kpi", 500, 2.0)
    traffic.seen("other", 404, 0.001)
    assert traffic.take() == Served(requests=4, server_errors=1, durations_ms={13: 2})


def test_what_was_taken_is_not_counted_again(traffic):
    traffic.seen(BTC, 200, 0.01)
    assert traffic.take() is not None
    assert traffic.take() is None


@pytest.mark.parametrize("route", ["/metrics", "/health", "/ready"])
def test_probes_and_scrapes_are_no_requests(traffic, route):
    traffic.seen(route, 503, 0.01)
    assert traffic.take() is None


@pytest.mark.parametrize(("status", "errors"), [(500, 1), (502, 1), (503, 0), (429, 0), (200, 0)])
def test_not_ready_and_refused_are_no_errors_of_the_service(traffic, status, errors):
    traffic.seen("/api/scheduler/status", status, 0.01)
    assert traffic.take() == Served(requests=1, server_errors=errors)
