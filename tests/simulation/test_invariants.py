"""The simulation's judges see what they are there to see."""

from decimal import Decimal as D

from pawang.model.event import Close, Post
from pawang.model.market import Side
from pawang.model.money import Account, Booking, Posting
from pawang.model.order import Book, Outcome
from pawang.simulate.invariants import Money, balanced

REF = "snp_20250915_0736_SOL"


def post(**usd):
    postings = tuple(Posting(account=Account(name), amount_usd=D(at)) for name, at in usd.items())
    return Post(
        booking=Booking(
            book=Book.GHOST, coin="SOL", ref_id=REF, ts=1, cause="entry", postings=postings
        )
    )


def close(net_usd):
    return Close(
        outcome=Outcome(
            ref_id=REF,
            coin="SOL",
            book=Book.GHOST,
            side=Side.LONG,
            label="tp2",
            filled=True,
            tp1=True,
            tp2=True,
            sl=False,
            ts_resolved=2,
            contracts=D(10),
            gross_usd=D(net_usd),
            fees_usd=D(0),
            funding_usd=D(0),
            net_usd=D(net_usd),
            net_r=1.0,
        )
    )


ENTRY = {"cash": "-995.2", "position": "995", "fees": "0.2"}
EXIT = {"cash": "1010", "position": "-995", "realised": "-15"}


def test_I8_a_plan_that_earned_what_its_accounts_say_is_no_violation():
    assert list(Money().check((post(**ENTRY), post(**EXIT), close("14.8")))) == []


def test_I8_an_outcome_that_is_not_what_its_accounts_earned_is_named():
    found = list(Money().check((post(**ENTRY), post(**EXIT), close("15"))))
    assert found == [f"I8: {REF} ghost earned 14.8, not 15"]


def test_I8_a_plan_that_is_over_with_a_position_is_named():
    money = Money()
    assert list(money.check((post(**ENTRY),))) == []
    assert f"I8: {REF} ghost is over and 995 stands in its position" in money.check((close("0"),))


def test_I8_postings_that_do_not_balance_are_named():
    assert list(Money().check((post(cash="1"),))) == [f"I8: {REF} entry sums to 1"]


def test_I8_books_are_balanced_one_by_one():
    two = {("ghost", "cash"): D(1), ("shadow", "cash"): D(-1)}
    assert list(balanced(two)) == [
        "I8: the accounts of ghost sum to 1",
        "I8: the accounts of shadow sum to -1",
    ]
    assert list(balanced({("ghost", "cash"): D(1), ("ghost", "capital"): D(-1)})) == []
