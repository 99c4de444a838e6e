"""Whatever the tape does: laws that hold for every walk of the market (O1, C05, C24)."""

from decimal import Decimal as D
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pawang.model.instrument import Instrument
from pawang.model.market import Aggressor, BookSnapshot, Side
from pawang.model.order import Filled
from pawang.orders import advance, resolve

COIN = Instrument.swap("SOL", contract_value=D(1), tick_size=D("0.1"), lot_size=D("0.001"))
STEPS = st.lists(
    st.tuples(
        st.integers(985, 1030),  # where the market is, in ticks
        st.sampled_from(["buy", "sell"]),
        st.integers(1, 6000),  # lots printed
        st.sampled_from(["print", "print", "print", "book", "gap"]),
    ),
    min_size=10,
    max_size=60,
)
SIDES = st.sampled_from([Side.LONG, Side.SHORT])


def walked(street, steps):
    """The records of a walk; a book shows one tick of spread around its market."""
    records = []
    for ticks, taker, lots, what in steps:
        street.tick(20)
        price = ticks / 10
        if what == "book":
            shown = [(price - 0.1, 2.0), (price - 0.3, 3.0)], [(price, 2.0), (price + 0.2, 3.0)]
            records.append(street.shown(*([(round(p, 1), s) for p, s in side] for side in shown)))
        elif what == "gap":
            records.append(street.gap())
        else:
            records.append(street.printed(price, lots / 1000, taker))
    return records


def played(street, steps):
    """(reports with the record that caused each, the order at the end)."""
    order = street.rest("10")
    story = []
    for record in walked(street, steps):
        street.see(record)
        story += [(report, record) for report in street.reports()]
    final = order
    for report, _ in story:
        final = advance(final, report, COIN)
    return story, final


@given(side=SIDES, steps=STEPS)
@settings(max_examples=120, deadline=None)
def test_no_walk_breaks_the_books(street_of, side, steps):
    """Fills never exceed the order, exits never the fills, money is what the fills say."""
    story, final = played(street_of(side), steps)
    fills = [report for report, _ in story if isinstance(report, Filled)]
    bought = sum((one.contracts for one in fills if one.leg == "entry"), D(0))
    sold = sum((one.contracts for one in fills if one.leg != "entry"), D(0))
    assert sold <= bought <= 10
    assert (final.filled, final.closed) == (bought, sold)
    assert all(one.contracts % COIN.lot_size == 0 for one in fills)
    assert len({one.fill_id for one in fills}) == len(fills)
    outcome = resolve(final, street_of(side).now)
    if outcome is not None:
        cash = (one.contracts * one.price * -one.side.sign for one in fills)
        assert outcome.gross_usd == sum(cash, D(0))
        assert outcome.fees_usd == sum((one.fee_usd for one in fills), D(0))


@given(side=SIDES, steps=STEPS)
@settings(max_examples=120, deadline=None)
def test_no_fill_is_better_than_the_tape(street_of, side, steps):
    """Makers get their own price for no more than came; takers no better than the print."""
    street = street_of(side)
    story, order = played(street, steps)
    limits = {exit.leg: exit.price for exit in order.exits} | {"entry": order.entry}
    made: dict[str, float] = {}
    for fill, print_ in story:
        if not isinstance(fill, Filled):
            continue
        if isinstance(print_, BookSnapshot) and not fill.maker:
            met = print_.bids if fill.side is Aggressor.SELL else print_.asks
            assert float(fill.price) in [price for price, _ in met]
            continue
        if isinstance(print_, BookSnapshot):
            assert fill.price == limits[fill.leg]
            levels = print_.asks if fill.side is Aggressor.BUY else print_.bids
            crossed = [s for p, s in levels if (D(str(p)) - fill.price) * fill.side.sign <= 0]
            assert fill.contracts <= D(str(sum(crossed))) + D("0.001")
            continue
        at = D(str(print_.price))
        if fill.maker:
            assert fill.price == limits[fill.leg]
            assert (at - fill.price) * fill.side.sign <= 0
            key = f"{print_.trade_id}:{fill.leg == 'entry'}"
            made[key] = made.get(key, 0.0) + float(fill.contracts)
            # One lot of grace: dust of the print before waits for this one.
            assert made[key] <= print_.size + 0.001
        else:
            assert (fill.price - at) * fill.side.sign >= 0


@given(side=SIDES, steps=STEPS, cuts=st.lists(st.integers(0, 60), max_size=6))
@settings(max_examples=60, deadline=None)
def test_any_cut_of_the_stream_into_batches_tells_the_same(street_of, side, steps, cuts):
    told = []
    for edges in ([], sorted(cuts)):
        street = street_of(side)
        street.rest("10")
        records = walked(street, steps)
        bounds = [0, *(min(edge, len(records)) for edge in edges), len(records)]
        for start, end in pairwise(bounds):
            street.see(*records[start:end])
        told.append(street.reports())
    assert told[0] == told[1]


@given(steps=STEPS)
@settings(max_examples=60, deadline=None)
def test_the_mirror_tells_the_mirrored_story(street_of, steps):
    """A SHORT in the mirrored market is a LONG, fill for fill."""
    stories = []
    for side in (Side.LONG, Side.SHORT):
        street = street_of(side)
        story, _ = played(street, steps)
        stories.append([(street.told(report), report.ts_event) for report, _ in story])
    assert stories[0] == stories[1]


@given(side=SIDES, steps=STEPS, crash=st.integers(0, 60))
@settings(max_examples=80, deadline=None)
def test_a_crash_anywhere_breaks_no_book(street_of, side, steps, crash):
    """After a restart from the desk's order the sums still hold and no fill id comes twice."""
    street = street_of(side)
    order, fills = street.rest("10"), []
    for number, record in enumerate(walked(street, steps)):
        if number == crash:
            street.open_shop()
            street.venue.restore([order])
        street.see(record)
        for report in street.reports():
            order = advance(order, report, COIN)
            if isinstance(report, Filled):
                fills.append(report)
    assert order.closed <= order.filled <= order.contracts
    assert len({one.fill_id for one in fills}) == len(fills)
    assert {one.side for one in fills if one.leg == "entry"} <= {
        Aggressor.BUY if side is Side.LONG else Aggressor.SELL
    }
