"""ETF net flows: append-only and bitemporal, so that the past is seen as it was known then.

signals.md 2.2 and 2.3: the newest complete trading day known at a time, with its age in US
business days. Whoever reads a view judges the age: older than three days is stale, and a message
says so. A day that is not complete is shown beside the last whole one and never takes its place.
"""

from collections.abc import Iterable
from datetime import date

from pawang.market.business_days import age_days, is_business_day, new_york_date
from pawang.model.market import EtfFlow
from pawang.model.view import EtfPartial, EtfView

DATES_MAX = 40
"""Trading days kept; nothing older than three business days has a say."""
REVISIONS_MAX = 64
"""Rows kept for one trading day."""


class EtfBook:
    """All rows of one asset, by trading day."""

    def __init__(self) -> None:
        self._rows: dict[str, list[EtfFlow]] = {}

    def add(self, row: EtfFlow) -> None:
        """Append a row; rows may come in any order. Some providers list holidays with a zero:
        that is not a flat day but none at all.
        """
        if not is_business_day(date.fromisoformat(row.trade_date)):
            return
        rows = self._rows.setdefault(row.trade_date, [])
        if row not in rows:
            rows.append(row)
            rows.sort(key=_order)
            del rows[:-REVISIONS_MAX]
        while len(self._rows) > DATES_MAX:
            del self._rows[min(self._rows)]

    def view(self, ts: int) -> EtfView | None:
        """What was known at `ts`; None if nothing was."""
        partial: EtfFlow | None = None
        for trade_date in sorted(self._rows, reverse=True):
            known = [row for row in self._rows[trade_date] if row.ts_asof <= ts]
            whole = [row for row in known if row.complete]
            if whole:
                return _view(whole[-1], ts, partial)
            if known and partial is None:
                partial = known[-1]
        return None if partial is None else _view(partial, ts, None)


def known_at(rows: Iterable[EtfFlow], ts: int) -> list[EtfFlow]:
    """Each day's newest row whose `ts_asof` is not after `ts`, by asset and day: what a backtest
    may read. A revision that came later is not there yet.
    """
    known: dict[tuple[str, str], EtfFlow] = {}
    for row in sorted(rows, key=_order):
        if row.ts_asof <= ts:
            known[row.asset, row.trade_date] = row
    return [known[day] for day in sorted(known)]


def _order(row: EtfFlow) -> tuple[int, str]:
    return row.ts_asof, row.source


def _view(row: EtfFlow, ts: int, partial: EtfFlow | None) -> EtfView:
    return EtfView(
        asset=row.asset,
        trade_date=row.trade_date,
        flow_usd=row.flow_usd,
        business_days=age_days(date.fromisoformat(row.trade_date), new_york_date(ts)),
        complete=row.complete,
        partial=None if partial is None else _partial(partial),
    )


def _partial(row: EtfFlow) -> EtfPartial:
    return EtfPartial(
        trade_date=row.trade_date,
        flow_usd=row.flow_usd,
        funds_reported=row.funds_reported,
        funds_total=row.funds_total,
    )
