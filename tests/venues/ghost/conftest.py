"""A street to walk an order down: a book, a tape and a clock that only the test moves.

Every law is read twice: as it stands for a LONG, and in the mirror for a SHORT, where every
price p of the test is 200 - p on the street and buyers are sellers.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest

from pawang.model.instrument import Instrument
from pawang.model.market import (
    Aggressor,
    BookSnapshot,
    FeedLost,
    FundingRate,
    MarkPrice,
    Observation,
    Side,
    Trade,
)
from pawang.model.order import Accepted, Book, Bracketed, Ended, Exit, Filled, Order, VenueReport
from pawang.venues.ghost import GhostParams, GhostVenue

SECOND = 10**9
START = 1_757_900_000 * SECOND
COIN = Instrument.swap(
    "SOL", contract_value=Decimal(1), tick_size=Decimal("0.1"), lot_size=Decimal("0.001")
)
AXIS = Decimal(200)
Levels = Sequence[tuple[float, float]]


class Street:
    def __init__(self, side: Side, params: GhostParams | None = None) -> None:
        self.side = side
        self.params = params or GhostParams()
        self.now = START
        self.orders: dict[str, Order] = {}
        self.prints = 0
        self.bracketed: list[Bracketed] = []
        self.open_shop()

    def open_shop(self) -> None:
        """A venue that knows nothing: the first start, or the one after a crash."""
        self.venue = GhostVenue([COIN], self.params)

    # The mirror.

    def price(self, price: float | str | Decimal) -> Decimal:
        exact = Decimal(str(price))
        return exact if self.side is Side.LONG else AXIS - exact

    def taker(self, word: str) -> Aggressor:
        buys = (word == "buy") == (self.side is Side.LONG)
        return Aggressor.BUY if buys else Aggressor.SELL

    # What the desk does.

    def order(self, contracts: str = "10", **other: object) -> Order:
        legs = {
            "sl": ("stop", "99.0", 100),
            "tp1": ("target", "101.0", 50),
            "tp2": ("target", "102.0", 50),
        }
        exits = tuple(
            Exit(leg=leg, kind=kind, price=self.price(price), share_pct=share)
            for leg, (kind, price, share) in legs.items()
        )
        fields: dict[str, object] = {
            "client_order_id": "snp202509150736SOLgE1",
            "ref_id": "snp_20250915_0736_SOL",
            "book": Book.GHOST,
            "coin": "SOL",
            "instrument": COIN.name,
            "side": self.side,
            "entry": self.price("99.5"),
            "contracts": Decimal(contracts),
            "exits": exits,
            "ts_placed": self.now,
            "ts_expiry": self.now + 360 * SECOND,
            "time_stop_ns": 3600 * SECOND,
            "risk_usd": Decimal(10),
        }
        return Order(**{**fields, **other})  # type: ignore[arg-type]

    def rest(self, contracts: str = "10", ahead: float = 0.0, **other: object) -> Order:
        """An order that stands in its queue, with `ahead` displayed before it."""
        order = self.order(contracts, **other)
        self.venue.submit(order)
        bids = [(99.5, ahead), (99.4, 50.0)] if ahead else [(99.4, 50.0)]
        self.tick()
        self.book(bids=bids, asks=[(100.0, 50.0), (101.0, 7.0)])
        (accepted,) = self.venue.drain()
        assert isinstance(accepted, Accepted)
        assert accepted.queue_ahead == ahead
        return order

    def hold(self, contracts: str = "10", **other: object) -> Order:
        """A position: the entry filled whole by a print through its price."""
        order = self.rest(contracts, **other)
        self.print(99.4, float(contracts), "sell")
        (filled,) = self.fills()
        assert filled == ("entry", Decimal("99.5"), Decimal(contracts), True)
        return order

    def hold_and_keep(self, contracts: str) -> Order:
        """As `hold`, but the fill is still to be taken from the venue."""
        order = self.rest(contracts)
        self.print(99.4, float(contracts), "sell")
        return order

    # What the street does.

    def tick(self, seconds: float = 1.0) -> None:
        self.now += int(seconds * SECOND)

    def see(self, *records: Observation) -> None:
        self.venue.observe(records)

    def shown(self, bids: Levels, asks: Levels) -> BookSnapshot:
        sides = [
            tuple((float(self.price(price)), size) for price, size in levels)
            for levels in ((bids, asks) if self.side is Side.LONG else (asks, bids))
        ]
        return BookSnapshot(
            instrument=COIN.name,
            ts_event=self.now,
            ts_recv=self.now,
            bids=sides[0],
            asks=sides[1],
            seq=1,
        )

    def book(self, bids: Levels, asks: Levels) -> None:
        self.see(self.shown(bids, asks))

    def printed(self, price: float, size: float, taker: str) -> Trade:
        self.prints += 1
        return Trade(
            instrument=COIN.name,
            ts_event=self.now,
            ts_recv=self.now,
            price=float(self.price(price)),
            size=size,
            side=self.taker(taker),
            trade_id=str(self.prints),
        )

    def print(self, price: float, size: float, taker: str) -> None:
        self.see(self.printed(price, size, taker))

    def gap(self, channel: str = "all") -> FeedLost:
        return FeedLost(
            instrument=COIN.name,
            ts_event=self.now,
            ts_recv=self.now,
            channel=channel,
            reason="a gap",
        )

    def lose(self, channel: str = "all") -> None:
        self.see(self.gap(channel))

    def mark(self, price: float) -> None:
        at = float(self.price(price))
        self.see(MarkPrice(instrument=COIN.name, ts_event=self.now, ts_recv=self.now, price=at))

    def forecast(self, rate: float, ts_funding: int) -> None:
        """A rate that the position pays when positive, whichever side it is on."""
        told = FundingRate(
            instrument=COIN.name,
            ts_event=self.now,
            ts_recv=self.now,
            rate=rate * self.side.sign,
            ts_funding=ts_funding,
            ts_next=ts_funding + 8 * 3600 * SECOND,
        )
        self.see(told)

    # What the venue said, in the test's own prices.

    def reports(self) -> list[VenueReport]:
        """What the base model says; `bracketed` keeps what the others made."""
        said = self.venue.drain()
        self.bracketed += [report for report in said if isinstance(report, Bracketed)]
        return [report for report in said if not isinstance(report, Bracketed)]

    def fills(self) -> list[tuple[str, Decimal, Decimal, bool]]:
        """(leg, price, contracts, maker) of every fill not yet taken; nothing else was said."""
        return [self.told(report) for report in self.reports()]  # type: ignore[misc]

    def told(self, report: VenueReport) -> object:
        match report:
            case Filled():
                return (report.leg, self.price(report.price), report.contracts, report.maker)
            case Ended():
                return report.reason
            case _:
                return type(report).__name__

    def story(self) -> list[object]:
        """Everything said since last asked, in a word or a fill each."""
        return [self.told(report) for report in self.reports()]


@pytest.fixture(params=[Side.LONG, Side.SHORT])
def street(request: pytest.FixtureRequest) -> Street:
    return Street(request.param)


@pytest.fixture(params=[Side.LONG, Side.SHORT])
def mark_street(request: pytest.FixtureRequest) -> Street:
    """A street whose stops listen to the mark price."""
    return Street(request.param, GhostParams(trigger="mark"))


@pytest.fixture(params=[Side.LONG, Side.SHORT])
def queue_of(request: pytest.FixtureRequest) -> Callable[[str], Street]:
    """`queue_of("front")`: a street where cancels are judged so."""
    return lambda queue: Street(request.param, GhostParams(queue=queue))


@pytest.fixture(scope="session")
def street_of() -> Callable[[Side], Street]:
    return Street
