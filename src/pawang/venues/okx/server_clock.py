"""How far the venue's clock is from ours (row C18). Pure: the door takes the samples.

A sample is one question to /public/time: sent at, heard at, and what the venue said. Its error is
at most half the round trip, and one slow answer must not move the clock: hence the median of five.

>>> clock = ServerClock()
>>> clock.set([reading(sent=0, heard=20, server=made) for made in (110, 111, 9_999, 109, 110)], 20)
>>> clock.offset
100
"""

from collections.abc import Sequence
from statistics import median

from pawang.model.codec import Record
from pawang.model.refs import MINUTE, SECOND

SAMPLES = 5


class ClockParams(Record):
    every_ns: int = 5 * MINUTE  # C18
    alert_ns: int = SECOND  # C18: a host's clock that far off is told; OKX refuses at 30 s


def reading(sent: int, heard: int, server: int) -> int:
    """One sample: how far the venue was ahead of us, half-way between question and answer."""
    assert heard >= sent, "an answer from before its question"
    return server - (sent + heard) // 2


class ServerClock:
    """`offset` = venue - ours, ns; 0 until the first five samples are in."""

    def __init__(self, params: ClockParams | None = None) -> None:
        self.params = params or ClockParams()
        self.offset = 0
        self.known = False
        self._due = 0

    def now(self, ours: int) -> int:
        """The venue's time when our clock shows `ours`."""
        return ours + self.offset

    def due(self, ours: int) -> bool:
        """Is it time for another five?"""
        return not self.known or ours >= self._due

    def set(self, readings: Sequence[int], ours: int) -> None:
        """A whole round, taken by `ours`."""
        assert len(readings) == SAMPLES, f"{len(readings)} readings are no round"
        self.offset, self.known = int(median(readings)), True
        self._due = ours + self.params.every_ns

    @property
    def off(self) -> bool:
        """So far off that a person should know."""
        return abs(self.offset) > self.params.alert_ns
