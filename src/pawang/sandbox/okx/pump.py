"""Moves desk time: makes the steps that are due, waits for whoever lags.

No I/O of its own: `turn` is asked with the wall time and says how long to rest. Time stands
- until somebody has subscribed, when it was asked to wait for a desk;
- while a following desk has not said it has seen all but the last `clock.lead_ms`;
- faster than life only: while a listener's unread bytes are over BUFFER_HOLD (TCP back pressure).
"""

from collections.abc import Callable

from pawang.sandbox.clock import ScaledClock
from pawang.sandbox.okx.hub import Hub, Listener

STEPS_PER_TURN = 25  # then the loop breathes: reads what clients say, answers requests
REST_MIN_S = 0.004  # several steps a turn are cheaper than one each: fewer, larger writes
HELD_S = 0.02  # a held pump looks again so often; a client's word wakes it before
BUFFER_HOLD = 256 * 1024
LIVE_SPEED = 1.0  # up to here the market waits for nobody, as the real one does not


class Pump:
    """`buffered` tells a listener's unread bytes; `excused` whether it is held by a fault."""

    def __init__(
        self,
        hub: Hub,
        clock: ScaledClock,
        buffered: Callable[[Listener], int],
        excused: Callable[[Listener], bool],
        *,
        wait_for_desk: bool = False,
    ) -> None:
        self.hub = hub
        self.clock = clock
        self.waiting = wait_for_desk
        self.steps = 0
        self.held_turns = 0
        self._buffered = buffered
        self._excused = excused

    def turn(self, wall_ns: int) -> float:
        """Make what is due; seconds to rest before the next turn."""
        if self.clock.ended:
            return HELD_S
        if self._held_back():
            return self._hold(wall_ns)
        due = self.clock.due(wall_ns)
        for _ in range(min(due, STEPS_PER_TURN)):
            if self._too_far():
                return self._hold(wall_ns)
            self._step()
            if self.clock.ended:
                return HELD_S
        if due > STEPS_PER_TURN:
            return 0.0
        return max(REST_MIN_S, self.clock.wait_ns(wall_ns) / 1e9)

    def _step(self) -> None:
        self.hub.step()
        self.clock.advance()
        self.steps += 1
        if self.hub.core.ended:
            self.clock.end()
        self.hub.tick(self.clock.speed, ended=self.clock.ended)

    def _hold(self, wall_ns: int) -> float:
        self.clock.hold(wall_ns)
        self.held_turns += 1
        return HELD_S

    def _held_back(self) -> bool:
        if self.waiting:
            self.waiting = not any(one.connection.keys for one in self.hub.listeners)
            if self.waiting:
                return True
        return self.clock.speed > LIVE_SPEED and any(
            self._buffered(one) > BUFFER_HOLD and not self._excused(one)
            for one in self.hub.listeners
        )

    def _too_far(self) -> bool:
        """Whether one more step would leave a following desk too far behind."""
        oldest = self.clock.now_ms + self.clock.step_ms - self.clock.lead_ms
        return any(
            one.connection.follows and one.seen_ms < oldest and not self._excused(one)
            for one in self.hub.listeners
        )
