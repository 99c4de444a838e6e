"""A planned maintenance: scheduled, ongoing, completed; as /system/status and the channel say it.

`seconds` of wall time pass to each next state; the row's times are the desk's.
"""

from dataclasses import dataclass

from pawang.sandbox.okx.rows import Row

SECOND = 1_000_000_000
STATES = ("scheduled", "ongoing", "completed")


@dataclass(slots=True)
class Maintenance:
    """One, from its announcement on."""

    announced_ns: int  # wall
    announced_ms: int  # desk
    seconds: float
    told: str = ""

    def state(self, wall_ns: int) -> str:
        passed = (wall_ns - self.announced_ns) / SECOND
        return STATES[0 if passed < self.seconds else 1 if passed < 2 * self.seconds else 2]

    def row(self, wall_ns: int, now_ms: int) -> Row:
        begin = self.announced_ms + int(self.seconds * 1_000)
        return {
            "begin": str(begin),
            "end": str(begin + int(self.seconds * 1_000)),
            "env": "1",
            "href": "",
            "maintType": "1",
            "preOpenBegin": "",
            "scheDesc": "",
            "serviceType": "5",
            "state": self.state(wall_ns),
            "system": "unified",
            "title": "Trading service upgrade",
            "ts": str(now_ms),
        }
