"""How far the venue's clock is from ours (row C18). Pure: the door takes the samples.

A sample is one question to /public/time: sent at, heard at, and what the venue said. Its error is
at most half the round trip, and one slow answer must not move the clock: hence the median of five.

>>> clock = ServerClock()
>>> [clock.sample(sent=0, heard=20, server=server) for server in (110, 111, 9_999, 109, 110)]
[False, False, False, False, True]
>>> clock.offset
100
"""

from statistics import median

from pawang.model.codec import Record
from pawang.model.refs import MINUTE, SECOND

SAMPLES = 5


class ClockParams(Record):
    every_ns: int = 5 * MINUTE  # C18
    alert_ns: int = SECOND  # C18: a host's clock that far off is told; OKX refuses at 30 s


class ServerClock:
    """`offset` = venue - ours, ns; 0 until the first five samples are in."""

    def __init__(self, params: ClockParams | None = None) -> None:
        self.params = params or ClockParams()
        self.offset = 0
        self.known = False
        self._samples: list[int] = []
        self._due = 0

    def now(self, ours: int) -> int:
        """The venue's time when our clock shows `ours`."""
        return ours + self.offset

    def due(self, ours: int) -> bool:
        """Is it time for another five?"""
        return not self.known or ours >= self._due

    def begin(self) -> None:
        """Forget a half-taken round."""
        self._samples.clear()

    def sample(self, sent: int, heard: int, server: int) -> bool:
        """One answer; True when it completed the round and the offset is new."""
        assert heard >= sent, "an answer from before its question"
        self._samples.append(server - (sent + heard) // 2)
        if len(self._samples) < SAMPLES:
            return False
        self.offset = int(median(self._samples))
        self.known = True
        self._samples.clear()
        self._due = heard + self.params.every_ns
        return True

    @property
    def off(self) -> bool:
        """So far off that a person should know."""
        return abs(self.offset) > self.params.alert_ns
