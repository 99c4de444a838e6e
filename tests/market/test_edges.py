"""Watched lines: told once, in both directions, also when the price jumps over them."""

from decimal import Decimal

import pytest

from pawang.market import Edge, Folded
from pawang.model.desk import Line
from pawang.model.event import LineCrossed

TP = Line(name="tp1", price=Decimal("60100"), above=True)
SL = Line(name="sl", price=Decimal("59900"), above=False)
REF = "snp_20250915_1200_BTC"


def crossed(tape, ms, name, price):
    return Edge(ts=tape.at(ms), body=LineCrossed(ref_id=REF, name=name, price=price))


@pytest.mark.parametrize(
    ("price", "name"),
    [(60_100.0, "tp1"), (60_350.0, "tp1"), (59_900.0, "sl"), (59_000.0, "sl"), (60_099.9, None)],
)
def test_a_trade_at_or_beyond_a_line_crosses_it(market, tape, feed, price, name):
    market.watch(REF, "BTC", (TP, SL))
    edges = feed(market, [tape.trade(0, "buy", 60_000.0, 1.0), tape.trade(5, "buy", price, 1.0)])
    assert edges == ([crossed(tape, 5, name, price)] if name else [])


def test_the_fold_stops_right_after_the_trade_that_crossed(market, tape):
    market.watch(REF, "BTC", (TP, SL))
    batch = [tape.trade(ms, "buy", price, 1.0) for ms, price in ((0, 60e3), (5, 60.1e3), (9, 60e3))]
    assert market.fold(batch) == Folded(consumed=2, edge=crossed(tape, 5, "tp1", 60_100.0))
    assert market.fold(batch, 2) == Folded(consumed=1, edge=None)


def test_one_jump_over_two_lines_tells_both_the_second_without_a_record(market, tape):
    market.watch(REF, "BTC", (TP, Line(name="tp2", price=Decimal("60200"), above=True)))
    batch = [tape.trade(0, "buy", 60_500.0, 1.0), tape.trade(1, "buy", 60_500.0, 1.0)]
    assert market.fold(batch) == Folded(consumed=1, edge=crossed(tape, 0, "tp1", 60_500.0))
    assert market.fold(batch, 1) == Folded(consumed=0, edge=crossed(tape, 0, "tp2", 60_500.0))
    assert market.fold(batch, 1) == Folded(consumed=1, edge=None)


def test_a_line_is_told_once_until_it_is_watched_anew(market, tape, feed):
    market.watch(REF, "BTC", (TP,))
    assert len(feed(market, [tape.trade(k, "buy", 60_100.0, 1.0) for k in range(3)])) == 1
    market.watch(REF, "BTC", (TP,))
    assert len(feed(market, [tape.trade(9, "buy", 60_100.0, 1.0)])) == 1


def test_lines_already_crossed_or_no_longer_watched_are_silent(market, tape, feed):
    market.watch(REF, "BTC", (Line(name="tp1", price=TP.price, above=True, crossed=True), SL))
    assert feed(market, [tape.trade(0, "buy", 60_200.0, 1.0)]) == []
    market.unwatch(REF)
    assert feed(market, [tape.trade(1, "sell", 59_800.0, 1.0)]) == []


def test_watching_again_replaces_the_plans_lines(market, tape, feed):
    market.watch(REF, "BTC", (TP,))
    market.watch(REF, "BTC", (SL,))
    assert feed(market, [tape.trade(0, "buy", 60_200.0, 1.0)]) == []


def test_a_duplicate_print_crosses_nothing(market, tape, feed):
    print_ = tape.trade(0, "buy", 60_100.0, 1.0)
    feed(market, [print_])
    market.watch(REF, "BTC", (TP,))
    assert feed(market, [print_]) == []


def test_a_plans_stop_is_watched_against_the_mark_and_not_against_prints(market, tape, feed):
    line = Line(name="invalidation", price=Decimal("59900"), above=False)
    market.watch_mark(REF, "BTC", line)
    assert feed(market, [tape.trade(0, "sell", 59_800.0, 1.0)]) == []
    marks = [tape.mark(ms, price) for ms, price in ((1, 59_901.0), (2, 59_900.0), (3, 59_899.0))]
    assert feed(market, marks) == [crossed(tape, 2, "invalidation", 59_900.0)]


def test_a_plan_that_is_over_is_no_longer_watched_against_the_mark(market, tape, feed):
    market.watch_mark(REF, "BTC", Line(name="invalidation", price=Decimal("59900"), above=False))
    market.watch(REF, "BTC", (SL,))
    market.unwatch_mark(REF)
    assert feed(market, [tape.mark(1, 59_000.0)]) == []
    assert len(feed(market, [tape.trade(2, "sell", 59_000.0, 1.0)])) == 1
