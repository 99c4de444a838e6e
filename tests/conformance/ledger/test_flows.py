"""What every ledger promises of ETF flows: bitemporal, append-only, and no row for no news (2.2)."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pawang.market import known_at
from pawang.model.refs import DAY, HOUR, MINUTE


def test_what_was_put_comes_back_in_the_order_of_its_stamps(ledger, samples):
    late, early = samples.flow(12.0, 90), samples.flow(35.0, 0)
    assert ledger.put_flows([late, early]) == [early, late]
    assert ledger.flows("2025-09-12") == [early, late]
    assert ledger.flows("2025-09-13") == []


def test_the_same_figure_read_again_adds_no_row(ledger, samples):
    assert ledger.put_flows([samples.flow(35.0, 0), samples.flow(35.0, 15)]) == [samples.flow()]
    assert ledger.put_flows([samples.flow(35.0, 0), samples.flow(35.0, 30)]) == []
    assert ledger.counts()["etf_flow"] == 1


def test_a_revision_is_a_row_of_its_own_and_so_is_a_return_to_the_first_figure(ledger, samples):
    told = [samples.flow(35.0, 0), samples.flow(-5.0, 60), samples.flow(35.0, 120)]
    assert ledger.put_flows(told) == told
    assert ledger.flows("") == told


def test_a_figure_that_is_unchanged_once_all_must_have_reported_is_news_once(ledger, samples):
    """From then on it is the whole day's, which it was not before."""
    partial = samples.flow(funds_reported=5)
    final = samples.flow(funds_reported=5, ts_asof=partial.midnight + DAY + 21 * HOUR)
    later = samples.flow(funds_reported=5, ts_asof=final.ts_asof + HOUR)
    assert ledger.put_flows([partial, final, later]) == [partial, final]


def test_another_source_asset_or_day_is_another_row(ledger, samples):
    told = [
        samples.flow(),
        samples.flow(source="coinglass"),
        samples.flow(asset="ETH"),
        samples.flow(date="2025-09-11"),
    ]
    assert ledger.put_flows(told) == told


def test_a_file_with_two_figures_of_one_stamp_grows_no_ledger_when_it_is_read_again(
    ledger, samples
):
    file = [samples.flow(35.0), samples.flow(36.0)]
    assert ledger.put_flows(file) == file
    assert ledger.put_flows(file) == []


def test_a_late_drop_of_older_knowledge_takes_its_place_in_time(ledger, samples):
    ledger.put_flows([samples.flow(12.0, 90)])
    assert ledger.put_flows([samples.flow(35.0, 0)]) == [samples.flow(35.0, 0)]
    assert ledger.known_at(samples.flow(asof=60).ts_asof) == [samples.flow(35.0, 0)]


def test_a_restart_knows_them_at_once(desks, samples):
    desks().put_flows([samples.flow()])
    assert desks().flows("") == [samples.flow()]


def test_known_at_never_reads_what_was_learnt_later(ledger, samples):
    first, revised = samples.flow(35.0, 0), samples.flow(-5.0, 60)
    ledger.put_flows([first, revised])
    assert ledger.known_at(first.ts_asof - 1) == []
    assert ledger.known_at(revised.ts_asof - 1) == [first]
    assert ledger.known_at(revised.ts_asof) == [revised]


ROWS = st.lists(
    st.tuples(
        st.sampled_from([-5.0, 12.0, 35.0]),
        st.integers(0, 5),
        st.sampled_from(["2025-09-11", "2025-09-12"]),
        st.sampled_from(["drop", "coinglass"]),
        st.sampled_from(["BTC", "ETH"]),
    ),
    max_size=12,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30
)
@given(rows=ROWS, asof=st.integers(-1, 6))
def test_known_at_is_what_the_market_room_makes_of_the_rows(desks, samples, rows, asof):
    """Two ways to the same knowledge: the ledger's question, and a fold over its rows."""
    ledger = desks()
    told = [
        samples.flow(flow, at, date, source=source, asset=asset)
        for flow, at, date, source, asset in rows
    ]
    ledger.put_flows(told)
    ts = samples.flow(asof=0).ts_asof + asof * MINUTE
    assert ledger.known_at(ts) == known_at(ledger.flows(""), ts)
