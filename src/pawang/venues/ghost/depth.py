"""The displayed book of one instrument, as far as the ghost needs it. Sizes in coin."""

from collections.abc import Iterable

from pawang.model.market import Aggressor, BookDelta, BookSnapshot
from pawang.venues.ghost.resting import NOBODY_KNOWS


class Depth:
    """Levels by price. `known` is False until a snapshot, and again after a gap."""

    def __init__(self) -> None:
        self.bids: dict[float, float] = {}
        self.asks: dict[float, float] = {}
        self.known = False

    def replace(self, book: BookSnapshot) -> None:
        self.bids = dict(book.bids)
        self.asks = dict(book.asks)
        self.known = True

    def change(self, delta: BookDelta) -> None:
        if not self.known:
            return
        for side, changes in ((self.bids, delta.bids), (self.asks, delta.asks)):
            for price, size in changes:
                if size:
                    side[price] = size
                else:
                    side.pop(price, None)

    def lose(self) -> None:
        """A gap: what we remember is no longer what is displayed."""
        self.known = False

    def displayed(self, side: Aggressor, price: float) -> float:
        """Coin resting at exactly this price on the side of a buyer or a seller."""
        if not self.known:
            return NOBODY_KNOWS
        return (self.bids if side is Aggressor.BUY else self.asks).get(price, 0.0)

    def would_take(self, side: Aggressor, price: float) -> bool:
        """Whether a limit of `side` at `price` would trade at once."""
        if not self.known:
            return False
        if side is Aggressor.BUY:
            return bool(self.asks) and price >= min(self.asks)
        return bool(self.bids) and price <= max(self.bids)

    def met_by(self, side: Aggressor) -> dict[float, float]:
        """The levels a taker of `side` trades with."""
        return self.bids if side is Aggressor.SELL else self.asks

    def offers(self, side: Aggressor, limit: float | None = None) -> list[tuple[float, float]]:
        """Levels that a taker of `side` meets, best first: (price, coin).

        At a print only levels not better than `limit` count: after a gap the prints are at
        `limit`, and a stale better level must not flatter the fill.
        """
        if not self.known:
            return []
        levels: Iterable[tuple[float, float]] = self.met_by(side).items()
        if limit is not None:
            sells = side is Aggressor.SELL
            levels = [(p, s) for p, s in levels if (p <= limit if sells else p >= limit)]
        return sorted(levels, reverse=side is Aggressor.SELL)


class Eaten:
    """What one taker took of the displayed levels: the real book never notices, we must.

    A level gives again when it grows, or has gone and come back.
    """

    def __init__(self) -> None:
        self._by_price: dict[float, float] = {}

    def left(
        self, levels: list[tuple[float, float]], displayed: dict[float, float]
    ) -> list[tuple[float, float]]:
        """`levels` without what was taken from them; `displayed` is their whole side."""
        self._by_price = {p: s for p, s in self._by_price.items() if p in displayed}
        kept = ((price, size - self._by_price.get(price, 0.0)) for price, size in levels)
        return [(price, size) for price, size in kept if size > 0]

    def take(self, price: float, size: float) -> None:
        self._by_price[price] = self._by_price.get(price, 0.0) + size
