"""Laws of the exchange, whatever two clients do in whatever order on a moving market."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pawang.sandbox.source import STEP_MS, Print, Step

BTC = "BTC-USDT-SWAP"
MID = 1_000_000


class LivelySource:
    """One coin whose touch walks as it is told: `moves` in ticks, one a step, with a print."""

    def __init__(self, fixed, moves: list[int]) -> None:
        self._fixed = fixed
        self.listings = fixed.listings[:1]
        self.start_ms, self.end_ms = fixed.start_ms, None
        self._now = self.start_ms
        self._moves = moves
        self._bid = MID
        self.bids = {MID - n: 5 + n for n in range(60)}
        self.asks = {MID + 1 + n: 5 + n for n in range(60)}

    def now_ms(self) -> int:
        return self._now

    def step(self) -> list[Step]:
        number = (self._now - self.start_ms) // STEP_MS
        self._now += STEP_MS
        move = self._moves[number % len(self._moves)]
        step = Step(BTC, self._now, mark_ticks=self._bid + move, index=float(self._bid) / 10)
        buy = move > 0
        side, changed = (self.asks, step.asks) if buy else (self.bids, step.bids)
        touch = min(side) if buy else max(side)
        lots = min(side[touch], 1 + abs(move) * 2)
        step.prints.append(Print(self._now - 50, touch, lots, buy))
        self._set(side, changed, touch, side[touch] - lots)
        self._walk(step, move)
        return [step]

    def _walk(self, step: Step, move: int) -> None:
        self._bid += move
        for ticks in [at for at in self.asks if at <= self._bid]:
            self._set(self.asks, step.asks, ticks, 0)
        for ticks in [at for at in self.bids if at > self._bid]:
            self._set(self.bids, step.bids, ticks, 0)
        for n in range(4):
            self._set(self.bids, step.bids, self._bid - n, 3 + (self._bid + n) % 7)
            self._set(self.asks, step.asks, self._bid + 1 + n, 2 + (self._bid + n) % 5)

    @staticmethod
    def _set(side: dict[int, int], changed: dict[int, int], ticks: int, lots: int) -> None:
        changed[ticks] = lots
        if lots:
            side[ticks] = lots
        else:
            side.pop(ticks, None)

    def levels(self, inst_id: str) -> tuple[dict[int, int], dict[int, int]]:
        return dict(self.bids), dict(self.asks)

    def __getattr__(self, name: str):
        return getattr(self._fixed, name)


WHO = st.integers(0, 1)
PLACE = st.fixed_dictionaries(
    {
        "side": st.sampled_from(["buy", "sell"]),
        "ordType": st.sampled_from(
            ["limit", "limit", "limit", "market", "post_only", "ioc", "fok", "optimal_limit_ioc"]
        ),
        "sz": st.integers(1, 40).map(lambda lots: f"{lots / 100:.2f}"),
        "px": st.integers(-6, 6).map(lambda off: f"{(MID + off) / 10:.1f}"),
        "reduceOnly": st.booleans(),
        "stpMode": st.sampled_from(["", "cancel_maker", "cancel_taker", "cancel_both"]),
    }
)
STOP = st.fixed_dictionaries(
    {
        "side": st.sampled_from(["buy", "sell"]),
        "ordType": st.just("trigger"),
        "sz": st.just("0.05"),
        "triggerPx": st.integers(-6, 6).map(lambda off: f"{(MID + off) / 10:.1f}"),
        "orderPx": st.just("-1"),
        "reduceOnly": st.booleans(),
    }
)
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("place"), WHO, PLACE),
        st.tuples(st.just("place"), WHO, PLACE),
        st.tuples(st.just("step"), st.just(0), st.just(None)),
        st.tuples(st.just("step"), st.just(0), st.just(None)),
        st.tuples(st.just("cancel"), WHO, st.integers(0, 9)),
        st.tuples(
            st.just("amend"),
            WHO,
            st.tuples(st.integers(0, 9), st.integers(1, 40), st.integers(-6, 6)),
        ),
        st.tuples(st.just("close"), WHO, st.booleans()),
        st.tuples(st.just("stop"), WHO, STOP),
        st.tuples(st.just("press"), st.just(0), st.tuples(st.booleans(), st.integers(1, 60))),
    ),
    min_size=1,
    max_size=40,
)


class Story:
    """Two traders, what they did, and the laws they cannot break."""

    def __init__(self, venue) -> None:
        self.venue = venue
        self.traders = [venue.trader(0), venue.trader(1)]
        self.matcher = venue.exchange.ledger.matchers[BTC]
        self.amended: set[int] = set()
        self.known = 0

    def do(self, deed: tuple) -> None:
        kind, who, what = deed
        getattr(self, f"_{kind}")(self.traders[who], what)
        self.check()

    def _post(self, trader, path: str, body: object) -> None:
        status, answer = trader.ask("POST", path, body)
        assert answer["code"] in ("0", "1") or status == 200 or answer["data"] == []

    def _place(self, trader, order: dict) -> None:
        self._post(trader, "/trade/order", {"instId": BTC, "tdMode": "cross", **order})

    def _stop(self, trader, order: dict) -> None:
        self._post(trader, "/trade/order-algo", {"instId": BTC, "tdMode": "cross", **order})

    def _step(self, trader, _: None) -> None:
        self.venue.steps()

    def _cancel(self, trader, place: int) -> None:
        if named := self._named(trader, place):
            self._post(trader, "/trade/cancel-order", {"instId": BTC, "ordId": named})

    def _amend(self, trader, change: tuple) -> None:
        place, lots, off = change
        if named := self._named(trader, place):
            self.amended.add(int(named))
            body = {"newSz": f"{lots / 100:.2f}", "newPx": f"{(MID + off) / 10:.1f}"}
            self._post(trader, "/trade/amend-order", {"instId": BTC, "ordId": named, **body})

    def _close(self, trader, auto: bool) -> None:
        body = {"instId": BTC, "mgnMode": "cross", "autoCxl": auto}
        self._post(trader, "/trade/close-position", body)

    def _press(self, trader, order: tuple) -> None:
        buy, lots = order
        self.venue.exchange.press(self.venue.core.instruments[BTC], buy=buy, lots=lots)

    @staticmethod
    def _named(trader, place: int) -> str:
        ids = list(trader.account.orders)
        return str(ids[place % len(ids)]) if ids else ""

    # The laws.

    def check(self) -> None:
        for trader in self.traders:
            self._money(trader)
            self._orders(trader)
        self._priority()

    def _money(self, trader) -> None:
        account = trader.account
        earned = sum((bill.change for bill in account.bills), Decimal(0))
        assert account.cash == trader.params.balance + earned
        fills = sum((one.fee + one.pnl for one in account.fills), Decimal(0))
        other = sum((bill.change for bill in account.bills if bill.fill is None), Decimal(0))
        assert earned == fills + other
        held = sum(one.match.lots if one.order.buy else -one.match.lots for one in account.fills)
        assert held == account.held(BTC)

    def _orders(self, trader) -> None:
        account, held = trader.account, 0
        filled: dict[int, int] = {}
        for one in account.fills:
            lots = one.match.lots if one.order.buy else -one.match.lots
            if one.order.wish.reduce_only:
                assert held * lots < 0, "a reduce-only order has reduced"
                assert abs(lots) <= abs(held), "and never flipped"
            held += lots
            filled[one.order.ord_id] = filled.get(one.order.ord_id, 0) + one.match.lots
        for order in (*account.orders.values(), *account.ended):
            assert filled.get(order.ord_id, 0) == order.filled <= order.lots
            assert order.open is (order.ord_id in account.orders)

    def _priority(self) -> None:
        """Whoever offers better, or as good and earlier, is filled before."""
        fills = [one for trader in self.traders for one in trader.account.fills]
        fresh = sorted(fills, key=lambda one: one.bill_id)[self.known :]
        self.known = len(fills)
        waiting = [one for trader in self.traders for one in trader.account.orders.values()]
        for fill in fresh:
            order = fill.order
            for other in waiting if fill.match.maker else ():
                if other is order or other.buy is not order.buy or other.ord_id > fill.bill_id:
                    continue
                if other.ord_id in self.amended or order.ord_id in self.amended:
                    continue  # their arrival is another
                better = other.ticks > order.ticks if order.buy else other.ticks < order.ticks
                earlier = other.ticks == order.ticks and other.ord_id < order.ord_id
                assert not better
                assert not earlier

    def check_book(self) -> None:
        """When all is told: shown + eaten = the source's + the clients', and never crossed."""
        while not self.matcher.told:  # a trigger fires after its step is told
            self.venue.steps()
        book, source = self.venue.core.instruments[BTC].book, self.venue.source
        orders = [one for trader in self.traders for one in trader.account.orders.values()]
        for buy, theirs in ((True, source.bids), (False, source.asks)):
            expected = dict(theirs)
            for order in orders:
                if order.buy is buy:
                    expected[order.ticks] = expected.get(order.ticks, 0) + order.left
            for ticks, lots in self.matcher.eaten(buy=buy).items():
                expected[ticks] -= lots
            side = book.side(buy=buy)
            shown = {ticks: side.lots(ticks) for ticks in side.ticks}
            assert shown == {ticks: lots for ticks, lots in expected.items() if lots}
        bid, ask = book.touch
        assert bid is None or ask is None or bid[0] < ask[0]


@pytest.fixture(scope="module")
def make_story(fixed_source, make_venue, two_accounts):

    venue_class = type(make_venue())

    def make(moves: list[int], **params) -> Story:
        source = LivelySource(fixed_source(quiet=True), moves)
        return Story(venue_class(source, two_accounts(**params)))

    return make


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(DEEDS, st.lists(st.integers(-3, 3), min_size=1, max_size=8))
def test_money_orders_priority_and_the_book_keep_their_laws(make_story, deeds, moves):
    story = make_story(moves)
    for deed in deeds:
        story.do(deed)
    story.venue.steps()
    story.check()
    story.check_book()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(DEEDS, st.lists(st.integers(-3, 3), min_size=1, max_size=8))
def test_they_keep_them_when_money_is_short_and_the_venue_closes_positions(
    make_story, deeds, moves
):
    story = make_story(moves, balance=Decimal("7.5"))
    for deed in deeds:
        story.do(deed)
    story.venue.steps(3)
    story.check()
    story.check_book()
