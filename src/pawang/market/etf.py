"""ETF net flows: append-only and bitemporal, so that the past is seen as it was known then.

signals.md 2.2 and 2.3: the newest complete trading day known at a time, its age in US business
days; older than three it is missing, not zero. A partial day never counts.
"""

from datetime import date

from pawang.market.business_days import age_days, is_business_day, new_york_date
from pawang.market.params import MarketParams
from pawang.model.market import EtfFlow
from pawang.model.refs import DAY, HOUR, SECOND
from pawang.model.view import EtfView

COMPLETE_SHARE = 0.9
COMPLETE_AFTER = DAY + 21 * HOUR
"""From the trade date's 00:00 UTC: by then every fund has published (2.3)."""
DATES_MAX = 40
"""Trading days kept; nothing older than three business days is read."""
REVISIONS_MAX = 64
"""Rows kept for one trading day."""


class EtfBook:
    """All rows of one asset, by trading day."""

    def __init__(self, params: MarketParams) -> None:
        self._stale_days = params.etf_stale_days
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
            rows.sort(key=lambda known: known.ts_asof)
            del rows[:-REVISIONS_MAX]
        while len(self._rows) > DATES_MAX:
            del self._rows[min(self._rows)]

    def view(self, ts: int) -> EtfView | None:
        """What was known at `ts`; None if nothing complete, or only what is stale."""
        for trade_date in sorted(self._rows, reverse=True):
            known = [row for row in self._rows[trade_date] if row.ts_asof <= ts and complete(row)]
            if not known:
                continue
            age = age_days(date.fromisoformat(trade_date), new_york_date(ts))
            if age > self._stale_days:
                return None
            newest = known[-1]
            return EtfView(
                asset=newest.asset,
                trade_date=trade_date,
                flow_usd=newest.flow_usd,
                business_days=age,
                complete=True,
            )
        return None


def complete(row: EtfFlow) -> bool:
    """Nine funds in ten have reported, or the row was read after all do."""
    if row.funds_total > 0 and row.funds_reported / row.funds_total >= COMPLETE_SHARE:
        return True
    days = date.fromisoformat(row.trade_date).toordinal() - date(1970, 1, 1).toordinal()
    return row.ts_asof >= days * 24 * 3600 * SECOND + COMPLETE_AFTER
