"""An order's life over REST: accepted, filled in part, changed, cancelled (okx-v5.md 8, 10.1)."""

from decimal import Decimal

BTC = "BTC-USDT-SWAP"


def test_a_limit_order_rests_is_seen_by_the_public_and_can_be_cancelled(venue, trader):
    ord_id = trader.place("buy", "0.5", "99999.5", clOrdId="a1", tag="t")
    assert trader.state(ord_id) == ("live", "0", "")
    before = venue.book("bids")["99999.5"]
    venue.steps()
    assert (before, venue.book("bids")["99999.5"]) == ("1.05", "1.55")
    assert trader.cancel(ord_id)[0]["sCode"] == "0"
    venue.steps()
    assert venue.book("bids")["99999.5"] == "1.05"
    assert trader.state(ord_id) == ("canceled", "0", "1")


def test_a_taker_walks_the_book_and_what_it_ate_is_gone_from_the_public_book(venue, trader):
    ord_id = trader.place("buy", "3")
    row = trader.order(ord_id)
    assert (row["state"], row["accFillSz"], row["avgPx"]) == (
        "filled",
        "3",
        "100000.1333333333333333",
    )
    venue.steps()
    asks = venue.book("asks")
    assert "100000.1" not in asks
    assert asks["100000.2"] == "1.01"
    assert trader.held == "3"
    value = (200 * 1_000_001 + 100 * 1_000_002) * Decimal("0.1") * Decimal("0.0001")
    assert trader.cash == 100_000 - Decimal("0.0005") * value
