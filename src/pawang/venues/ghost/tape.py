"""The prints of one instrument, each once: a print told twice would double the printed volume."""

from pawang.model.market import Trade

SEEN_MAX = 5_000  # the newest ids at least, twice that at most: minutes of BTC, hours of others


class Tape:
    def __init__(self) -> None:
        self.last_price: float | None = None
        self._young: dict[str, None] = {}
        self._old: dict[str, None] = {}

    def again(self, trade: Trade) -> bool:
        """True if this print came before; it is remembered either way."""
        if trade.trade_id in self._young or trade.trade_id in self._old:
            return True
        self.last_price = trade.price
        self._young[trade.trade_id] = None
        if len(self._young) >= SEEN_MAX:
            self._old, self._young = self._young, {}
        return False
