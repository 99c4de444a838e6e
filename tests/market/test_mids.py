"""Where the mid stood at a moment of the last minutes."""

from hypothesis import given
from hypothesis import strategies as st

from pawang.market.mids import MIDS_MAX, QUOTES_FRESH, Mids


@given(
    st.lists(st.tuples(st.integers(0, 50), st.sampled_from([1.0, 2.0, 3.0, None])), max_size=40),
    st.integers(-5, 60),
)
def test_a_mid_is_the_last_one_told_by_then(told, ts):
    """None in `told` is a loss; a late quote counts where the stream stands."""
    mids, history, seen = Mids(), [], 0
    for at, mid in told:
        if mid is None:
            mids.lose()
            history.append((seen, None))
        else:
            mids.quote(at, mid)
            seen = max(seen, at)
            history.append((seen, mid))
    known = [mid for at, mid in history if at <= ts]
    assert mids.at(ts) == (known[-1] if known else None)


def test_the_ring_never_grows_and_older_than_it_is_unknown():
    mids = Mids()
    for ts in range(3 * MIDS_MAX):
        mids.quote(ts, float(ts))
    first = 2 * MIDS_MAX
    assert (mids.at(first - 1), mids.at(first)) == (None, float(first))


def test_standing_still_takes_no_room():
    mids = Mids()
    for ts in range(3 * MIDS_MAX):
        mids.quote(ts, 7.0)
    assert mids.at(0) == 7.0


def test_the_book_is_asked_only_where_quotes_are_silent():
    mids = Mids()
    mids.quote(0, 1.0)
    mids.look(QUOTES_FRESH, 2.0)
    assert mids.at(QUOTES_FRESH) == 1.0
    mids.look(QUOTES_FRESH + 1, 2.0)
    assert mids.at(QUOTES_FRESH + 1) == 2.0
