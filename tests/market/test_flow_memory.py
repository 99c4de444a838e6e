"""What the flow keeps does not grow with the days (bounded memory)."""

from pawang.market import Market, MarketParams
from pawang.model.market import Side


def kept(market):
    """How many of everything: parents, unjudged ones, liquidations, medium hands, hours of z."""
    flow = market._coins["BTC"].flow
    return {
        "parents": len(flow._parents),
        "unjudged": len(flow._unjudged),
        "liquidations": len(flow._liquidations.before(2**62)),
        "medium": len(flow._medium.times) < 10_000,
        "z": [len(memory) for memory in flow._memories.values()],
    }


def hours(tape, first, last):
    """A whale every 20 s, a hand of 5 thousand between, a liquidation and a book a minute."""
    for second in range(3600 * first, 3600 * last, 10):
        ms = 1000 * second
        if second % 20 == 0:
            yield tape.trade(ms, "buy" if second % 60 else "sell", 60_000.0, 17.0 + second % 7)
        else:
            yield tape.trade(ms, "sell", 60_000.0, 0.1)
        if second % 60 == 0:
            yield tape.liquidation(ms + 1, Side.LONG, 60_000.0, 0.01)
            yield tape.plain_book(ms + 4000, size=1.0 + second % 7)


def test_four_days_keep_what_two_days_keep(btc, tape, feed):
    """With a day of z and five minutes of parents nothing grows after the second day."""
    market = Market({"BTC": btc}, MarketParams(windows_s=(60, 300), kappa_days=1))
    feed(market, list(hours(tape, 0, 48)))
    two = kept(market)
    feed(market, list(hours(tape, 48, 96)))
    assert kept(market) == two
    assert two["z"] == [25, 25]
    assert 0 < two["parents"] < 40
