"""C12: contracts, coins and dollars of every recorded listing say the same thing.

The reckoning is done again here in fractions, by okx-v5.md 10.4 and not by the desk's formulas:
a linear contract is coins and loses dollars, an inverse one is dollars and loses coins. Spot rows
are taken as contracts of one coin, so that their lots and minimums are tried too.
"""

import json
import os
from decimal import Decimal as D
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pawang.model.instrument import Instrument
from pawang.model.market import Side
from pawang.model.sizing import AccountView
from pawang.risk import SizingParams, SizingRequest, size
from pawang.venues.okx import translate
from pawang.venues.okx.parse import parse

DATA = Path(os.environ.get("PAWANG_DATA", "../shared/data")) / "okx"
PARAMS = SizingParams()
SWAPS = {
    "cryptofeed/rest_public_instruments_SWAP_2022-05-13.json": 166,
    "nautilus/http_get_instruments_swap.json": 3,
    "nautilus/ws_instruments.json": 1,
}
SPOTS = {
    "cryptofeed/rest_public_instruments_SPOT_2022-05-13.json": 513,
    "nautilus/http_get_instruments_spot.json": 5,
    "nautilus/http_get_instruments_margin.json": 4,
}
DOCUMENTED = b"""{"code":"0","msg":"","data":[{"alias":"","auctionEndTime":"","baseCcy":"","category":"1",
"contTdSwTime":"","ctMult":"1","ctType":"linear","ctVal":"0.01","ctValCcy":"BTC","expTime":"",
"futureSettlement":false,"groupId":"4","instCategory":"1","instFamily":"BTC-USDT",
"instId":"BTC-USDT-SWAP","instIdCode":10459,"instType":"SWAP","lever":"100",
"listTime":"1611916828000","lotSz":"0.01","maxIcebergSz":"100000000","maxLmtAmt":"20000000",
"maxLmtSz":"100000000","maxMktAmt":"","maxMktSz":"30000","maxStopSz":"30000",
"maxTriggerSz":"100000000","maxTwapSz":"100000000","minSz":"0.01","openType":"","optType":"",
"preMktSwTime":"","quoteCcy":"","ruleType":"normal","settleCcy":"USDT","state":"live","stk":"",
"tickSz":"0.1","tradeQuoteCcyList":[],"uly":"BTC-USDT","upcChg":[]}]}"""  # okx-v5.md 5


def recorded(name: str) -> bytes:
    if not DATA.is_dir():
        pytest.skip(f"no recorded data at {DATA} (set PAWANG_DATA)")
    return (DATA / name).read_bytes()


def swaps(frame: bytes) -> list[Instrument]:
    listed = [translate.instrument(row) for row in parse(frame).records]
    assert None not in listed
    return [one for one in listed if one is not None]


def spot(row: dict) -> Instrument:
    return Instrument(
        name=row["instId"],
        coin=row["baseCcy"],
        family=row["instId"],
        linear=True,
        contract_value=D(1),
        multiplier=D(1),
        settle_currency=row["quoteCcy"],
        tick_size=D(row["tickSz"]),
        lot_size=D(row["lotSz"]),
        size_min=D(row["minSz"]),
        leverage_max=D(row["lever"] or 1),
        state=row["state"],
    )


# What is asked: any equity, any price of at least a hundred ticks, a stop at least a tick away.

PLANS = st.tuples(
    st.integers(100, 100_000_000),  # equity in USD
    st.sampled_from([0.1, 0.25, 0.5, 1.0, 2.0]),  # risk in %
    st.integers(100, 10_000_000),  # entry in ticks
    st.integers(1, 80),  # the stop's distance, in thousandths of the entry
    st.sampled_from([Side.LONG, Side.SHORT]),
    st.integers(50, 95),  # confidence
)


def asked(instrument: Instrument, plan: tuple) -> SizingRequest:
    equity, risk, ticks, away, side, confidence = plan
    apart = max(1, ticks * away // 1000)
    return SizingRequest(
        coin=instrument.coin,
        side=side,
        entry=ticks * instrument.tick_size,
        stop=(ticks - side.sign * apart) * instrument.tick_size,
        confidence=confidence,
        calibrated=True,
        atr_pct=None,
        etf_net_usd=None,
        instrument=instrument,
        tiers=(),
        account=AccountView(equity_usd=D(equity), base_risk_pct=risk),
        depth_10bp_usd=None,
    )


# The venue's own arithmetic, in fractions.


def notional(instrument: Instrument, contracts: D, price: D) -> Fraction:
    """USD: sz * ctVal * ctMult * px, or sz * ctVal of an inverse contract (okx-v5.md 5)."""
    dollars = Fraction(contracts) * Fraction(instrument.contract_value)
    if instrument.linear:
        return dollars * Fraction(instrument.multiplier) * Fraction(price)
    return dollars


def loss(request: SizingRequest, contracts: D) -> Fraction:
    """USD at the stop: price, the maker's fee in, the taker's fee and the slippage out (10.4)."""
    instrument = request.instrument
    entry, stop = Fraction(request.entry), Fraction(request.stop)
    fee_in = Fraction(PARAMS.maker_fee)
    fee_out = Fraction(PARAMS.taker_fee) + Fraction(PARAMS.slippage)
    held = Fraction(contracts) * Fraction(instrument.contract_value)
    if instrument.linear:
        return held * (abs(entry - stop) + entry * fee_in + stop * fee_out)
    coins = held * (abs(1 / entry - 1 / stop) + fee_in / entry + fee_out / stop)
    return coins * stop


NOISE = Fraction(1, 10**20)  # Decimal has 28 digits; a lot has no more than twenty


def check(instrument: Instrument, plan: tuple) -> None:
    request = asked(instrument, plan)
    made = size(request, PARAMS)
    lot, equity = instrument.lot_size, Fraction(request.account.equity_usd)
    # Risk to contracts: as many whole lots as the budget pays for, and not one more.
    budget = equity * Fraction(str(made.size_pct)) / 100
    wanted = made.contracts_before_caps
    assert wanted % lot == 0
    assert loss(request, wanted) <= budget * (1 + NOISE)
    assert loss(request, wanted + lot) > budget * (1 - NOISE)
    # Contracts to notional, both ways, and back.
    worth = instrument.notional_usd(wanted, request.entry)
    coins = instrument.coins(wanted, request.entry)
    exact = notional(instrument, wanted, request.entry)
    assert abs(Fraction(worth) - exact) <= exact * NOISE
    assert abs(Fraction(coins * request.entry) - exact) <= exact * NOISE
    assert 0 <= wanted - instrument.contracts_worth(worth, request.entry) <= lot
    assert 0 <= wanted - instrument.contracts_floor(coins, request.entry) <= lot
    # Notional back to risk: what is told is what the venue would take.
    told, true = Fraction(made.loss_usd), loss(request, made.contracts)
    assert abs(told - true) <= loss(request, lot)
    assert abs(told - true) <= true * NOISE
    assert true <= equity * Fraction(str(made.size_pct_final)) / 100 * (1 + NOISE)
    # What is traded: whole lots, at least the minimum, at most five equities; or nothing.
    assert made.contracts <= wanted
    assert made.contracts % lot == 0
    assert notional(instrument, made.contracts, request.entry) <= 5 * equity
    assert (made.contracts == 0) == (made.no_trade is not None)
    assert made.contracts == 0 or made.contracts >= instrument.size_min
    if wanted < instrument.size_min:
        assert made.no_trade in ("below_min", "liquidation_near")


@pytest.mark.parametrize(("name", "count"), SWAPS.items())
def test_c12_risk_to_contracts_to_notional_to_risk_for_every_recorded_swap(name: str, count: int):
    listed = swaps(recorded(name))
    assert len(listed) == count

    @settings(max_examples=30, deadline=None, derandomize=True)
    @given(PLANS)
    def law(plan: tuple) -> None:
        for instrument in listed:
            check(instrument, plan)

    law()


@pytest.mark.parametrize(("name", "count"), SPOTS.items())
def test_c12_risk_to_size_to_notional_to_risk_for_every_recorded_coin(name: str, count: int):
    listed = [spot(row) for row in json.loads(recorded(name))["data"]]
    assert len(listed) == count

    @settings(max_examples=10, deadline=None, derandomize=True)
    @given(PLANS)
    def law(plan: tuple) -> None:
        for instrument in listed:
            check(instrument, plan)

    law()


@settings(max_examples=300, deadline=None)
@given(PLANS, st.sampled_from(["0.01", "0.1", "1"]))
def test_c12_the_documented_row_and_its_inverse_sister(plan: tuple, lot: str):
    (linear,) = swaps(DOCUMENTED)
    inverse = replace(
        linear,
        name="BTC-USD-SWAP",
        family="BTC-USD",
        linear=False,
        contract_value=D(100),
        settle_currency="BTC",
        lot_size=D(lot),
        size_min=D(lot),
    )
    check(linear, plan)
    check(inverse, plan)


def test_c12_both_kinds_are_among_the_recorded_swaps():
    listed = swaps(recorded("cryptofeed/rest_public_instruments_SWAP_2022-05-13.json"))
    kinds = {linear: sum(one.linear is linear for one in listed) for linear in (True, False)}
    assert kinds[True] > kinds[False] > 0


def test_c12_inverse_contracts_have_no_coins_without_a_price():
    inverse = next(
        one for one in swaps(recorded("nautilus/http_get_instruments_swap.json")) if not one.linear
    )
    with pytest.raises(AssertionError, match="at a price"):
        inverse.contracts_floor(D(1))
    assert inverse.contracts_floor(D("0.5"), D(60_000)) == 300  # of 100 USD each


def test_c12_an_inverse_contract_loses_what_its_coins_are_worth_at_the_stop():
    """100 contracts of 100 USD from 50,000 to 49,000: 0.00408163... BTC of price, and fees."""
    (linear,) = swaps(DOCUMENTED)
    inverse = replace(linear, name="BTC-USD-SWAP", linear=False, contract_value=D(100))
    request = asked(inverse, (10_000, 1.0, 500_000, 20, Side.LONG, 65))
    assert (request.entry, request.stop) == (D(50_000), D(49_000))
    made = size(request, PARAMS)
    # 1,000 + 49,000 x 0.0002 + 50,000 x 0.0007 = 1,044.8 USD for each coin bought at 50,000.
    assert (made.loss_per_coin_usd, made.contracts) == (D("1044.8000"), D("47.85"))
    assert (made.notional_usd, made.loss_usd) == (D("4785.00"), D("99.98736000"))
