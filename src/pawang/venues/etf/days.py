"""One trading day of one asset as a source tells it, and whether it is believed.

Flows are known a day later and revised: each reading is stamped with when it was read, so that
the past is seen as it was known then (signals.md 2.2).
"""

from collections.abc import Callable, Iterable, Sequence

from pawang.model.codec import Record
from pawang.model.market import EtfFlow
from pawang.model.refs import DAY, utc
from pawang.venues.provider import Refused

DAYS_KEPT = 30  # newest trading days of an answer; older ones are of no use to a view
FLOW_MAX_USD = 1e11  # the largest day so far is near 1.4e9
EARLIEST = 1_577_836_800 * 10**9  # 2020-01-01: no spot ETF is older

Told = tuple[list[EtfFlow], list[Refused]]
Read = Callable[[bytes, int, str], Told]
"""(body, now, asset): flows as known at `now`, oldest first, and what was refused. Raises
Malformed for an error, a page of another kind and the like."""


class Day(Record):
    """A day's net flow. `funds_total` 0 = the source does not say how many have reported."""

    ts: int  # 00:00 UTC of the trade date
    flow_usd: float
    funds_reported: int = 0
    funds_total: int = 0


def believed(days: Iterable[Day], now: int, asset: str, source: str) -> Told:
    """The newest days whose date and flow can be true."""
    flows: list[EtfFlow] = []
    refused: list[Refused] = []
    for day in sorted(days, key=lambda day: day.ts)[-DAYS_KEPT:]:
        if not EARLIEST <= day.ts <= now + DAY:
            refused.append(Refused(what="date of another age", detail=str(day.ts // 10**9)))
        elif not abs(day.flow_usd) <= FLOW_MAX_USD:
            refused.append(Refused(what="absurd flow", detail=f"{day.flow_usd:g}"))
        else:
            flows.append(_flow(day, now, asset, source))
    return flows, refused


def _flow(day: Day, now: int, asset: str, source: str) -> EtfFlow:
    return EtfFlow(
        asset=asset,
        trade_date=f"{utc(day.ts):%Y-%m-%d}",
        flow_usd=day.flow_usd,
        funds_reported=day.funds_reported,
        funds_total=day.funds_total,
        ts_asof=now,
        source=source,
    )


class FlowReader:
    """Remembers what was said, so that an unchanged day keeps the stamp of its first reading.

    Once all funds must have reported, a day that was partial is stamped anew: now it is whole.
    """

    def __init__(self, read: Read, asset: str) -> None:
        self._read = read
        self._asset = asset
        self._known: dict[str, EtfFlow] = {}

    def __call__(self, body: bytes, now: int) -> tuple[Sequence[EtfFlow], list[Refused]]:
        flows, refused = self._read(body, now, self._asset)
        self._known = {flow.trade_date: self._first(flow) for flow in flows}
        return list(self._known.values()), refused

    def _first(self, flow: EtfFlow) -> EtfFlow:
        known = self._known.get(flow.trade_date)
        return known if known is not None and flow.repeats(known) else flow
