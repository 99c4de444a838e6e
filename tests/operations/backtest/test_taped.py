"""A desk's own tape is played like any recording, as late as it was known to the desk."""

from decimal import Decimal

import pytest

from pawang.journal.tape import DiskTape, TapeParams
from pawang.model.errors import BadInput
from pawang.model.instrument import Instrument
from pawang.model.market import Aggressor, FearGreed, InstrumentChanged, Trade
from pawang.model.tape import TapeNote
from pawang.operations.backtest import taped
from pawang.operations.backtest.show_run import Asked, read

NOON = 1_757_937_600 * 10**9


def swap(coin):
    return Instrument.swap(
        coin, contract_value=Decimal("0.01"), tick_size=Decimal("0.1"), lot_size=Decimal("0.01")
    )


def listed(coin):
    made = swap(coin)
    return InstrumentChanged(instrument=made.name, ts_event=NOON, ts_recv=NOON, listing=made)


def print_of(coin, second):
    ts = NOON + second * 10**9
    return Trade(
        instrument=f"{coin}-USDT-SWAP",
        ts_event=ts,
        ts_recv=ts,
        price=60_000.0,
        size=1.0,
        side=Aggressor.SELL,
        trade_id=str(second),
    )


MOOD = FearGreed(value=40.0, ts_asof=NOON, source="s")


@pytest.fixture(params=["sealed", "open"])
def home(request, tmp_path):
    """Two coins for two seconds, by a desk that has stopped or is still at work."""
    tape = DiskTape(tmp_path / "tape", TapeParams(keep_free_gb=0.0))
    tape.write([TapeNote(what="began"), listed("BTC"), listed("ETH"), MOOD], NOON)
    tape.write([print_of("BTC", 1), print_of("ETH", 1)], NOON + 10**9)
    tape.write([print_of("BTC", 2)], NOON + 2 * 10**9)
    tape.settle()
    if request.param == "sealed":
        tape.close()
    yield tmp_path
    tape.close()


def test_the_tape_is_a_session_of_all_its_coins(home):
    made = taped.session(home)
    assert made.listings == {"BTC": swap("BTC"), "ETH": swap("ETH")}
    assert (made.ts_from, made.ts_to) == (NOON, NOON + 2 * 10**9 + 1)
    prints = [print_of("BTC", 1), print_of("ETH", 1), print_of("BTC", 2)]
    assert [record for source in made.sources for record in source] == [
        listed("BTC"),
        listed("ETH"),
        MOOD,
        *prints,
    ]


def test_one_coin_of_it_is_a_session_too(home):
    made = taped.session(home, ("ETH",))
    assert made.listings == {"ETH": swap("ETH")}
    assert [record for source in made.sources for record in source] == [
        listed("ETH"),
        MOOD,
        print_of("ETH", 1),
    ]


def test_the_span_is_cut_like_that_of_files(home):
    made = read(Asked(files=(), tape=home, ts_from=NOON + 10**9))
    assert (made.ts_from, made.ts_to) == (NOON + 10**9, NOON + 2 * 10**9 + 1)


def test_what_is_not_on_the_tape_is_said_in_words(home, tmp_path):
    with pytest.raises(BadInput, match="the tape has no DOGE; there are BTC"):
        taped.session(home, ("BTC", "DOGE"))
    with pytest.raises(BadInput, match="there is no tape of a desk in"):
        taped.session(tmp_path / "elsewhere")


def test_files_and_a_tape_are_not_played_together(home, tmp_path):
    file = tmp_path / "trades_venue_market_btcusdt_20240718.parquet"
    file.touch()
    with pytest.raises(BadInput, match="either files are played or a tape"):
        read(Asked(files=(file,), tape=home))
