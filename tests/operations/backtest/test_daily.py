"""Days' figures: from when on a backtest may read them."""

from datetime import date

import pytest

from pawang.market import Market
from pawang.model.errors import BadInput
from pawang.model.instrument import Instrument
from pawang.model.market import EtfFlow, FearGreed
from pawang.model.refs import HOUR, SECOND
from pawang.model.view import Memory
from pawang.operations.backtest import daily

MIDNIGHT = 1_721_347_200 * SECOND  # 2024-07-19 00:00 UTC
NAME = "etf_flow_daily.parquet"


@pytest.fixture
def flows(write):
    """Two days of two funds with their total."""
    days, funds = [date(2024, 7, 17)] * 3 + [date(2024, 7, 18)] * 3, ["A", "B", "Total"] * 2
    usd = [40e6, 13e6, 53e6, 60e6, 24e6, 84e6]
    return write(NAME, date=days, asset=["BTC"] * 6, fund=funds, net_flow_usd=usd)


def test_a_day_s_total_is_known_from_noon_of_the_next_day_on(flows):
    assert daily.read([flows]) == [
        EtfFlow(
            asset="BTC",
            trade_date=day,
            flow_usd=usd,
            funds_reported=2,
            funds_total=2,
            ts_asof=known,
            source=NAME,
        )
        for day, usd, known in [
            ("2024-07-17", 53e6, MIDNIGHT - 12 * HOUR),
            ("2024-07-18", 84e6, MIDNIGHT + 12 * HOUR),
        ]
    ]


@pytest.mark.parametrize(
    ("hour", "day"), [(-13, None), (-12, "2024-07-17"), (11, "2024-07-17"), (12, "2024-07-18")]
)
def test_the_market_sees_the_newest_day_that_was_known_and_none_after_it(flows, btc, hour, day):
    market = Market({"BTC": btc})
    market.fold(daily.read([flows]))
    seen = market.freeze("BTC", MIDNIGHT + hour * HOUR, Memory()).etf
    assert (seen and seen.trade_date) == day


@pytest.fixture
def btc():
    from decimal import Decimal as D

    return Instrument.swap("BTC", contract_value=D("0.01"), tick_size=D("0.1"), lot_size=D("0.01"))


def test_fear_and_greed_is_known_from_midnight_of_its_day_on(write):
    path = write("fear_greed_daily.parquet", date=[date(2024, 7, 19)], value=[60])
    source = "fear_greed_daily.parquet"
    assert daily.read([path]) == [FearGreed(value=60.0, ts_asof=MIDNIGHT, source=source)]


def test_a_dropped_folder_reads_as_a_desk_would_read_it(tmp_path):
    (tmp_path / "etf_flow.csv").write_text(
        "date,asset,flow_usd,asof\n2024-07-18,BTC,84000000,2024-07-19T03:00:00\n"
    )
    (tmp_path / "fear_greed.csv").write_text("date,value\n2024-07-18,57\n")
    assert [type(made) for made in daily.read([tmp_path])] == [FearGreed, EtfFlow]
    assert daily.read([tmp_path])[1].ts_asof == MIDNIGHT + 3 * HOUR


def test_a_bad_row_is_told_and_nothing_is_played(write):
    path = write("fear_greed_daily.parquet", date=[date(2024, 7, 19)], value=[780])
    with pytest.raises(BadInput, match="value outside 0 to 100: 780"):
        daily.read([path])


def test_an_empty_folder_is_no_drop(tmp_path):
    with pytest.raises(BadInput, match="has neither"):
        daily.read([tmp_path])
