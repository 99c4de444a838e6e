"""The seeded market: the same seed is the same market, and the market behaves like one."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest

from pawang.sandbox.seeded import START_MS, SeededMarket
from pawang.sandbox.source import Listing, MarketSource, Print, Step

BTC = "BTC-USDT-SWAP"
RUN_STEPS = 24_000  # forty minutes


def fingerprint(seed: int, steps: int, coins: tuple[str, ...] = ("BTC", "SOL")) -> str:
    market = SeededMarket(seed, coins)
    digest = hashlib.sha256()
    for _ in range(steps):
        digest.update(repr(market.step()).encode())
    digest.update(repr(market.candles(BTC, 60_000, market.now_ms(), 500)).encode())
    return digest.hexdigest()


def usd(listing: Listing, ticks: int, lots: int) -> float:
    return ticks * float(listing.tick_size) * listing.coins(lots)


@dataclass
class Big:
    """A fat level while it stands."""

    born: int
    peak: int
    traded: int = 0


@dataclass
class Seen:
    """What a run of one market showed, told by its steps alone."""

    parents: dict[str, list[list[Print]]] = field(default_factory=dict)
    mids: dict[str, list[float]] = field(default_factory=dict)
    lives_s: list[tuple[float, float, float]] = field(default_factory=list)  # life, bps, traded
    forced: Counter[str] = field(default_factory=Counter)
    interest: dict[str, list[tuple[int, int, int]]] = field(default_factory=dict)
    spreads_bps: dict[str, list[float]] = field(default_factory=dict)


def watch(market: SeededMarket, steps: int) -> Seen:
    seen = Seen()
    listings = {listing.inst_id: listing for listing in market.listings}
    books = {name: market.levels(name) for name in listings}
    bigs: dict[tuple[bool, int], Big] = {}
    forced = Counter[str]()
    for number in range(steps):
        for step in market.step():
            bids, asks = books[step.inst_id]
            put(bids, step.bids)
            put(asks, step.asks)
            gather(seen.parents.setdefault(step.inst_id, []), step.prints)
            forced[step.inst_id] += sum(one.lots for one in step.forced)
            if step.open_interest_lots is not None:
                row = (step.ts_ms, step.open_interest_lots, forced[step.inst_id])
                seen.interest.setdefault(step.inst_id, []).append(row)
            if number % 20 == 0:
                bid, ask = max(bids), min(asks)
                seen.mids.setdefault(step.inst_id, []).append((bid + ask) / 2)
                seen.spreads_bps.setdefault(step.inst_id, []).append((ask - bid) / bid * 1e4)
            if step.inst_id == BTC:
                follow(seen, bigs, listings[BTC], step, number)
    seen.forced = forced
    return seen


def put(side: dict[int, int], changes: dict[int, int]) -> None:
    """Apply a step's absolute sizes."""
    for ticks, lots in changes.items():
        assert lots >= 0
        if lots:
            side[ticks] = lots
        else:
            side.pop(ticks, None)


def gather(parents: list[list[Print]], prints: list[Print]) -> None:
    """Join prints to parents as a reader of the tape must (same side, 5 ms, monotone)."""
    for one in prints:
        last = parents[-1][-1] if parents else None
        if (
            last is not None
            and last.buy == one.buy
            and one.ts_ms - last.ts_ms <= 5
            and (one.ticks - last.ticks) * (1 if one.buy else -1) >= 0
        ):
            parents[-1].append(one)
        else:
            parents.append([one])


def follow(
    seen: Seen, bigs: dict[tuple[bool, int], Big], listing: Listing, step: Step, number: int
) -> None:
    for one in step.prints:
        known = bigs.get((not one.buy, one.ticks))
        if known is not None:
            known.traded += one.lots
    mid = seen.mids[BTC][-1]
    for bid, changes in ((True, step.bids), (False, step.asks)):
        for ticks, lots in changes.items():
            known = bigs.get((bid, ticks))
            if known is None and usd(listing, ticks, lots) >= 1e6:
                bigs[bid, ticks] = Big(number, lots)
            elif known is not None and lots < 0.4 * known.peak:
                bps = abs(ticks / mid - 1) * 1e4
                seen.lives_s.append(((number - known.born) / 10, bps, known.traded / known.peak))
                del bigs[bid, ticks]


@pytest.fixture(scope="module")
def run() -> Seen:
    """Forty minutes of four coins."""
    return watch(SeededMarket(8), RUN_STEPS)


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert fingerprint(5, 2_000) == fingerprint(5, 2_000)


def test_a_different_seed_gives_a_different_market() -> None:
    assert fingerprint(5, 50) != fingerprint(6, 50)


def test_another_process_with_another_hash_seed_gives_the_same_bytes() -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); import test_seeded as t; print(t.fingerprint(5, 300))"
    shown = subprocess.run(
        [sys.executable, "-c", code, os.path.dirname(__file__)],
        env={**os.environ, "PYTHONHASHSEED": "77"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == fingerprint(5, 300)


def test_a_coin_is_the_same_whoever_else_is_listed() -> None:
    alone, among = SeededMarket(5, ("BTC",)), SeededMarket(5, ("BTC", "LINK"))
    assert [alone.step()[0] for _ in range(20)] != []
    assert alone.candles(BTC, 60_000, START_MS, 50) == among.candles(BTC, 60_000, START_MS, 50)


def test_every_listed_coin_trades() -> None:
    coins = ("BTC", "ETH", "SOL", "AVAX", "XRP", "DOGE", "LTC", "LINK")
    market: MarketSource = SeededMarket(3, coins)
    prints = Counter[str]()
    for _ in range(300):
        for step in market.step():
            prints[step.inst_id] += len(step.prints)
    assert list(prints) == [f"{coin}-USDT-SWAP" for coin in coins]
    assert all(prints[name] > 5 for name in prints)


@pytest.mark.parametrize("coins", [(), ("BTC", "BTC"), ("PEPE",)])
def test_coins_nobody_knows_are_refused(coins: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="coins must be some of BTC, ETH"):
        SeededMarket(1, coins)


def test_a_start_off_the_minute_is_refused() -> None:
    with pytest.raises(ValueError, match="on the minute"):
        SeededMarket(1, ("BTC",), START_MS + 100)


def test_the_first_step_tells_every_figure_and_ends_after_100_ms() -> None:
    market = SeededMarket(1)
    assert market.now_ms() == market.start_ms == START_MS
    for step in market.step():
        assert step.ts_ms == market.now_ms() == START_MS + 100
        figures = (step.mark_ticks, step.index, step.open_interest_lots, step.funding_rate)
        assert None not in figures


def test_the_book_is_what_the_steps_said_and_never_crossed_or_locked() -> None:
    market = SeededMarket(4)
    books = {one.inst_id: market.levels(one.inst_id) for one in market.listings}
    for number in range(1_500):
        for step in market.step():
            bids, asks = books[step.inst_id]
            put(bids, step.bids)
            put(asks, step.asks)
            assert max(bids) < min(asks)
        if number % 250 == 0:
            assert books == {name: market.levels(name) for name in books}


def test_prints_execute_against_levels_that_were_shown() -> None:
    """No trade without a resting order of the other side, and never more than it had."""
    market = SeededMarket(9)
    books = {one.inst_id: market.levels(one.inst_id) for one in market.listings}
    for _ in range(3_000):
        for step in market.step():
            bids, asks = books[step.inst_id]
            taken = Counter[tuple[bool, int]]()
            stamps = [one.ts_ms for one in step.prints]
            assert stamps == sorted(stamps)
            for one in step.prints:
                assert step.ts_ms - 100 <= one.ts_ms < step.ts_ms
                assert one.lots > 0
                taken[one.buy, one.ticks] += one.lots
            for (buy, ticks), lots in taken.items():
                assert lots <= (asks if buy else bids)[ticks]
            bids.update(step.bids)
            asks.update(step.asks)


def test_books_are_deep() -> None:
    """400 levels within 1.5 %, or every tick there where ticks are coarse."""
    market = SeededMarket(2)
    for _ in range(3_000):
        market.step()
    for listing in market.listings:
        bids, asks = market.levels(listing.inst_id)
        reach = 0.015 * max(bids)
        assert len(bids) >= 400
        assert len(asks) >= 400
        wanted = min(400, 0.8 * reach)
        assert sum(tick > max(bids) - reach for tick in bids) >= wanted, listing.coin
        assert sum(tick < min(asks) + reach for tick in asks) >= wanted, listing.coin


def test_spreads_are_a_tick_mostly(run: Seen) -> None:
    for name, limit_bps in ((BTC, 0.1), ("ETH-USDT-SWAP", 0.2), ("SOL-USDT-SWAP", 2.0)):
        assert np.mean(run.spreads_bps[name]) < limit_bps


def test_whales_sweep_a_million_at_monotone_prices_and_the_price_goes_with_them(run: Seen) -> None:
    listing = SeededMarket(8, ("BTC",)).listings[0]
    sweeps = [
        parent
        for parent in run.parents[BTC]
        if sum(usd(listing, one.ticks, one.lots) for one in parent) >= 1e6
    ]
    assert len(sweeps) >= 15
    assert all(parent[-1].ts_ms - parent[0].ts_ms <= 5 for parent in sweeps)
    assert np.median([len(parent) for parent in sweeps]) > 5
    mids = run.mids[BTC]
    moved = []
    for parent in sweeps:
        look = (parent[0].ts_ms - START_MS) // 2_000  # mids are seen every 2 s
        if look + 1 < len(mids):
            moved.append((mids[look + 1] - mids[look]) * (1 if parent[0].buy else -1))
    assert np.mean([move > 0 for move in moved]) > 0.75


def test_whales_come_in_episodes_of_one_side(run: Seen) -> None:
    """Some 300-s windows have a net flow of a million and a |z| of 1.5 or more, both sides may."""
    listing = SeededMarket(8, ("BTC",)).listings[0]
    whales = [
        (parent[0].ts_ms, (1 if parent[0].buy else -1) * size)
        for parent in run.parents[BTC]
        if (size := sum(usd(listing, one.ticks, one.lots) for one in parent)) >= 1e6
    ]
    found = 0
    for end_ms in range(START_MS + 300_000, START_MS + RUN_STEPS * 100, 300_000):
        flow = np.array([size for ts_ms, size in whales if end_ms - 300_000 <= ts_ms < end_ms])
        if len(flow):
            z = flow.sum() / (1.25 * np.sqrt((flow**2).sum()))
            found += bool(abs(flow.sum()) >= 1e6 and abs(z) >= 1.5)
    assert 2 <= found <= 7


def test_order_signs_remember(run: Seen) -> None:
    for name in (BTC, "ETH-USDT-SWAP"):
        signs = np.array([1.0 if parent[0].buy else -1.0 for parent in run.parents[name]])
        assert np.corrcoef(signs[:-1], signs[1:])[0, 1] > 0.05
        assert np.corrcoef(signs[:-10], signs[10:])[0, 1] > 0.02


def test_order_sizes_have_a_heavy_tail(run: Seen) -> None:
    sizes = np.array([sum(one.lots for one in parent) for parent in run.parents[BTC]])
    assert np.percentile(sizes, 99) > 10 * np.median(sizes)
    assert np.sort(sizes)[-len(sizes) // 50 :].sum() > 0.3 * sizes.sum()


def test_some_walls_stand_and_most_vanish(run: Seen) -> None:
    lives = np.array([life for life, _, _ in run.lives_s])
    assert (lives < 5).mean() > 0.5
    standing = [bps for life, bps, _ in run.lives_s if life >= 30]
    assert len(standing) >= 8
    assert sum(bps <= 40 for bps in standing) >= 8


def test_some_standing_walls_are_eaten_by_trades(run: Seen) -> None:
    eaten = [life for life, _, traded in run.lives_s if life >= 30 and traded > 0.5]
    assert len(eaten) >= 2


def test_the_live_market_moves_like_the_coins_do(run: Seen) -> None:
    """Forty minutes are too short to measure a year by; the bounds are wide."""
    returns = {}
    for name, mids in run.mids.items():
        returns[name] = np.diff(np.log(np.array(mids)[::30]))
        volatility = returns[name].std() * np.sqrt(365 * 1440)
        assert 0.2 < volatility < 1.6, name
    assert np.corrcoef(returns[BTC], returns["ETH-USDT-SWAP"])[0, 1] > 0.3


def cascade(seed: int) -> tuple[int, list[tuple[int, int]]]:
    """Forced closes of 15,000 steps of ETH, and open interest (lots forced since, change)."""
    market = SeededMarket(seed, ("ETH",))
    forced, pending, interest = 0, 0, None
    changes: list[tuple[int, int]] = []
    for _ in range(15_000):
        (step,) = market.step()
        for dead in step.forced:
            # A long that dies is sold, at once and at the market.
            sold = [one.lots for one in step.prints if one.buy is not dead.long]
            assert sum(sold) >= dead.lots
            assert step.ts_ms - 100 <= dead.ts_ms < step.ts_ms
            forced += 1
            pending += dead.lots
        if step.open_interest_lots is not None:
            if interest is not None:
                changes.append((pending, step.open_interest_lots - interest))
            interest, pending = step.open_interest_lots, 0
    return forced, changes


def test_liquidations_print_and_take_open_interest_down() -> None:
    """A cascade: positions are closed by force for seconds, and interest falls with them."""
    for seed in (5, 3, 4, 0):  # the first has one; the others only if it were no longer so
        forced, changes = cascade(seed)
        if forced >= 50:
            break
    assert forced >= 50
    hard = [change for lots, change in changes if lots > 5_000]
    assert len(hard) >= 3
    assert sum(hard) < 0


def test_mark_and_index_stay_near_the_mid_but_are_not_it() -> None:
    market = SeededMarket(1, ("BTC",))
    gaps = []
    for _ in range(3_000):
        (step,) = market.step()
        if step.mark_ticks is not None and step.index is not None:
            bids, asks = market.levels(BTC)
            mid = (max(bids) + min(asks)) / 2
            gaps.append((step.mark_ticks / mid - 1, step.index * 10 / mid - 1))
    marks, indexes = np.abs(np.array(gaps)).T
    assert marks.max() < 0.003
    assert 0 < indexes.max() < 0.003


def test_two_markets_in_one_process_do_not_share_chance() -> None:
    alone = [SeededMarket(5, ("BTC",)).step() for _ in range(1)]
    first, second = SeededMarket(5, ("BTC",)), SeededMarket(5, ("BTC",))
    second.step()
    assert [first.step()] == alone
    assert all(a.ts_ms < b.ts_ms for a, b in pairwise(first.step() + first.step()))


def test_a_pressed_market_moves_as_far_as_it_is_told_and_keeps_most_of_it() -> None:
    market, still = SeededMarket(7, ("BTC",)), SeededMarket(7, ("BTC",))
    before = max(market.levels(BTC)[0])
    market.press(BTC, False, 10**9, 30.0)
    step, quiet = market.step()[0], still.step()[0]
    lowest = min(one.ticks for one in step.prints)
    assert 28 <= (before - lowest) / before * 1e4 <= 30.5
    assert len(step.prints) > len(quiet.prints)
    bids, asks = market.levels(BTC)
    assert before * (1 - 31e-4) <= max(bids) < before * (1 - 15e-4)
    assert max(bids) < min(asks)
