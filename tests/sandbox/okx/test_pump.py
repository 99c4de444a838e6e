"""When time moves and when it stands, with wall time as an argument."""

import pytest

from pawang.sandbox.clock import ScaledClock
from pawang.sandbox.okx.pump import BUFFER_HOLD, Pump

MS = 1_000_000
TRADES = {"channel": "trades", "instId": "BTC-USDT-SWAP"}


class Rig:
    """A pump on a bench; `buffered` bytes are unread by everybody."""

    def __init__(self, bench, speed: float, **options) -> None:
        self.bench = bench
        self.buffered = 0
        self.excused: set = set()
        self.clock = ScaledClock(bench.core.now_ms, speed)
        self.pump = Pump(
            bench.hub,
            self.clock,
            lambda _: self.buffered,
            lambda listener: listener in self.excused,
            **options,
        )
        self.wall = 0

    def run(self, wall_ms: int) -> int:
        """Steps made in so much wall time, at a turn every 5 ms."""
        before = self.pump.steps
        for _ in range(0, wall_ms, 5):
            self.wall += 5 * MS
            self.pump.turn(self.wall)
        return self.pump.steps - before

    def seen(self, listener) -> None:
        now = str(self.bench.core.now_ms * MS)
        self.bench.say(listener, {"op": "clock", "seen": now})


@pytest.fixture
def rig(bench):
    return lambda speed=20.0, **options: Rig(bench, speed, **options)


def test_without_followers_time_runs_at_its_speed(rig):
    made = rig(20.0)
    assert made.run(1_000) == pytest.approx(200, abs=2)


def test_time_waits_for_a_desk_that_has_not_seen_it(rig, bench):
    made = rig(20.0)
    desk = bench.join(follows=True)
    assert made.run(1_000) == 10, "a lead of 50 ms of wall time: 1 s of market"
    made.seen(desk)
    assert made.run(1_000) == 10
    assert made.clock.reached == pytest.approx(1.0, abs=0.1)


def test_the_slowest_desk_sets_the_pace_and_a_gone_one_does_not(rig, bench):
    made = rig(20.0)
    quick, slow = bench.join(follows=True), bench.join(follows=True)
    made.run(100)
    made.seen(quick)
    assert made.run(1_000) == 0
    bench.hub.leave(slow)
    assert made.run(1_000) == 10
    made.excused.add(quick)
    assert made.run(100) == pytest.approx(20, abs=2)


def test_each_step_ends_with_its_tick(rig, bench):
    made = rig(1.0)
    desk = bench.join(follows=True)
    bench.subscribe(desk, TRADES)
    made.run(205)
    events = [one.get("event", "trades") for one in bench.heard(desk)]
    assert events == ["trades", "trades", "clock"] * 2


def test_an_old_or_a_boasting_word_changes_nothing(rig, bench):
    made = rig(20.0)
    desk = bench.join(follows=True)
    made.run(1_000)
    for seen in ("0", "-1", "1e30", None, "9" * 30, str(10**18 * 9), [], {}):
        bench.say(desk, {"op": "clock", "seen": seen})
    assert desk.seen_ms <= bench.core.now_ms
    made.seen(desk)
    now = bench.core.now_ms
    bench.say(desk, {"op": "clock", "seen": "0"})
    assert desk.seen_ms == now


def test_unread_bytes_hold_a_scaled_market_but_not_a_live_one(rig, bench):
    for speed, steps in ((20.0, 0), (1.0, 10)):
        made = rig(speed)
        bench.join()
        made.buffered = BUFFER_HOLD + 1
        assert made.run(1_005) == steps


def test_time_does_not_start_before_somebody_listens_when_asked_to_wait(rig, bench):
    made = rig(20.0, wait_for_desk=True)
    assert made.run(1_000) == 0
    client = bench.join()
    assert made.run(1_000) == 0, "a connection that has asked for nothing is nobody yet"
    bench.subscribe(client, TRADES)
    assert made.run(500) == pytest.approx(100, abs=2)
    bench.hub.leave(client)
    assert made.run(500) == pytest.approx(100, abs=2), "once started it runs on"
    assert made.clock.reached == pytest.approx(20.0, abs=0.5)


def test_a_recording_ends_with_a_last_tick_and_time_stops(make_bench, fixed_source):
    bench = make_bench(fixed_source(end_ms=1_757_894_400_000 + 500))
    made = Rig(bench, 1.0)
    desk = bench.join(follows=True)
    assert made.run(5_000) == 2, "the desk lags"
    made.seen(desk)
    made.run(5_000)
    made.seen(desk)
    made.run(5_000)
    ticks = [one for one in bench.heard(desk) if one["event"] == "clock"]
    assert made.pump.steps == 5
    assert made.clock.ended
    assert bench.core.now_ms == 1_757_894_400_500
    assert ticks == [] or ticks[-1]["ended"] is True


def test_equal_sources_say_equal_bytes(make_bench):
    """What is pushed depends on the market alone, not on how the pump's turns were cut."""

    def told(gap_ms: int) -> list[bytes]:
        bench = make_bench()
        made = Rig(bench, 20.0)
        client = bench.join()
        bench.subscribe(client, TRADES, {"channel": "books", "instId": "BTC-USDT-SWAP"})
        while made.pump.steps < 50:
            made.wall += gap_ms * MS
            made.pump.turn(made.wall)
        return client.outbox[:150]

    assert told(1) == told(7) == told(40)
