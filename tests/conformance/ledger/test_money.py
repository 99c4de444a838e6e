"""What every ledger promises of money: each posting is kept to the digit, and books balance."""

from decimal import Decimal as D

import pytest
from msgspec.structs import replace

from pawang.journal import Unstorable
from pawang.model.event import Bracket, Post
from pawang.model.money import Account, Booking, Posting
from pawang.model.order import Book, Bound, Bracketed


def booking(samples, **changes):
    made = Booking(
        book=Book.GHOST,
        coin="SOL",
        ref_id="snp_20250915_1200_SOL",
        ts=samples.NOON,
        cause="entry",
        postings=(
            Posting(account=Account.CASH, amount_usd=D("-995.19900001")),
            Posting(account=Account.POSITION, amount_usd=D("995.0")),
            Posting(account=Account.FEES, amount_usd=D("0.19900001")),
        ),
    )
    return replace(made, **changes)


def test_postings_come_back_to_the_digit_in_the_order_of_their_booking(ledger, samples):
    ledger.append(samples.started(1), (Post(booking=booking(samples)),), samples.desk())
    common = {
        "seq": 1,
        "ref_id": "snp_20250915_1200_SOL",
        "book": "ghost",
        "coin": "SOL",
        "ts": samples.NOON,
        "cause": "entry",
    }
    assert ledger.rows("postings", "snp_20250915_1200_SOL") == [
        {"number": 1, **common, "account": "cash", "amount_usd": "-995.19900001"},
        {"number": 2, **common, "account": "position", "amount_usd": "995.0"},
        {"number": 3, **common, "account": "fees", "amount_usd": "0.19900001"},
    ]
    assert ledger.counts()["postings"] == 3


def test_balances_are_kept_book_by_book(ledger, samples):
    assert ledger.balances() == {}
    both = (Post(booking=booking(samples)), Post(booking=booking(samples, book=Book.SHADOW)))
    ledger.append(samples.started(1), both, samples.desk())
    ledger.append(samples.tick(2), both[:1], samples.desk())
    assert ledger.balances() == {
        ("ghost", "cash"): D("-1990.39800002"),
        ("ghost", "position"): D("1990.0"),
        ("ghost", "fees"): D("0.39800002"),
        ("shadow", "cash"): D("-995.19900001"),
        ("shadow", "position"): D("995.0"),
        ("shadow", "fees"): D("0.19900001"),
    }


def test_I8_a_booking_that_does_not_balance_is_refused_and_nothing_of_the_step_is_kept(
    ledger, samples
):
    lost = booking(samples, postings=(Posting(account=Account.CASH, amount_usd=D("0.01")),))
    with pytest.raises(Unstorable, match=r"sum to 0\.01"):
        ledger.append(samples.started(1), (samples.send(), Post(booking=lost)), samples.desk())
    assert (ledger.counts()["events"], ledger.counts()["outbox"]) == (0, 0)


def test_O1_what_the_ghost_made_under_its_other_models_is_kept_beside_the_outcome(ledger, samples):
    bounds = tuple(
        Bound(model=model, contracts=D("5"), net_usd=D(net), net_r=float(net), legs_hit=legs)
        for model, net, legs in (("pessimistic", "-1.5", ("tp1", "sl")), ("optimistic", "2", ()))
    )
    found = Bracketed(
        client_order_id="snp202509151200SOLgE1",
        ref_id="snp_20250915_1200_SOL",
        book=Book.GHOST,
        ts_event=samples.NOON,
        bounds=bounds,
        certain=False,
    )
    ledger.append(samples.started(1), (Bracket(found=found),), samples.desk())
    ledger.append(samples.tick(2), (Bracket(found=found),), samples.desk())  # told twice
    common = {
        "ref_id": "snp_20250915_1200_SOL",
        "book": "ghost",
        "contracts": "5",
        "certain": False,
        "ts": samples.NOON,
    }
    rows = sorted(ledger.rows("brackets", "snp_20250915_1200_SOL"), key=lambda row: row["net_r"])
    assert rows == [
        {**common, "model": "pessimistic", "net_usd": "-1.5", "net_r": -1.5, "legs_hit": "tp1 sl"},
        {**common, "model": "optimistic", "net_usd": "2", "net_r": 2.0, "legs_hit": ""},
    ]
