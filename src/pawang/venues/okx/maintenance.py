"""What OKX says of its own maintenance, as changes of health (C21). Pure.

scheduled --> announced --5 min before it begins, or when it does--> maintenance
                                          completed or canceled --> normal

Other services' work (bots, spreads, copy trading) and the demo's, on production, is passed over.
Interruptions under 5 s are not announced by OKX (okx-v5.md 5, system/status).
"""

from dataclasses import dataclass

from pawang.model.event import HealthChanged
from pawang.model.refs import MILLISECOND, MINUTE, utc
from pawang.venues.okx.wire import StatusRow

PROVIDER = "okx-status"
OURS = ("0", "5", "8", "9", "99")  # WebSocket, trading, trading in batches, "other"
AHEAD_NS = 5 * MINUTE
"""No new entry from this long before it begins (C21)."""
KNOWN_MAX = 64  # announcements kept; OKX has a handful at a time


@dataclass(slots=True)
class _Work:
    row: StatusRow
    told: str = ""


class Maintenance:
    """Times are desk time, ns UTC. `environment`: "1" production, "2" demo."""

    def __init__(self, environment: str = "1") -> None:
        self._environment = environment
        self._known: dict[tuple[str, str], _Work] = {}

    @property
    def state(self) -> str:
        """The gravest of what is known: "maintenance", "announced" or "normal"."""
        told = {work.told for work in self._known.values()}
        return next((state for state in ("maintenance", "announced") if state in told), "normal")

    def heard(self, row: StatusRow, now: int) -> list[HealthChanged]:
        """One row of the status channel, or of REST."""
        if row.service_type not in OURS or row.env not in ("", self._environment):
            return []
        key = (row.title, row.service_type)
        if row.state in ("completed", "canceled"):
            gone = self._known.pop(key, None)
            over = gone is not None and gone.told and self.state == "normal"
            return [_health("normal", f"{row.title}: {row.state}")] if over else []
        work = self._known.setdefault(key, _Work(row))
        work.row = row
        while len(self._known) > KNOWN_MAX:
            del self._known[next(iter(self._known))]
        return self.tick(now)

    def tick(self, now: int) -> list[HealthChanged]:
        """What has become due by `now`, each told once."""
        made = []
        for work in self._known.values():
            state = _state(work.row, now)
            if state != work.told:
                work.told = state
                made.append(_health(state, _words(work.row)))
        return made


def _state(row: StatusRow, now: int) -> str:
    near = now >= row.begin * MILLISECOND - AHEAD_NS
    return "maintenance" if row.state != "scheduled" or near else "announced"


def _words(row: StatusRow) -> str:
    begin = f"{utc(row.begin * MILLISECOND):%d %b %H:%M}"
    end = f"{utc(row.end * MILLISECOND):%H:%M}" if row.end is not None else "?"
    return f"{row.title[:100]}, {begin}–{end} UTC"


def _health(state: str, reason: str) -> HealthChanged:
    return HealthChanged(provider=PROVIDER, state=state, reason=reason)
