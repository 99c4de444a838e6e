"""`features`: what one row of a recording costs the market room, with everything on.

Books, best quotes and prints of recorded BTC sessions are folded in blocks of some rows, as a
backtest hands them in: a wall and a plan's order flow are guarded, lines are watched. A row is a
changed level, a print or a best quote; a message is never cut, so small batches hold at least one.
Time is the processor's; rounds interleave the sizes; told are medians.
"""

import time
from collections.abc import Callable
from decimal import Decimal
from statistics import median

from pawang.market import Market
from pawang.market.block import Block
from pawang.model.codec import Record
from pawang.model.desk import Line
from pawang.model.event import WallFell
from pawang.model.market import Aggressor, Side
from pawang.operations.bench.blocks import Session, pieces, sessions

ROUNDS = 7
BATCHES = (1, 16, 256, 4096)
TARGET_NS, TARGET_BATCH = 60.0, 256
PLAN = "snp_20240718_2357_BTC"


class Fold(Record):
    """One batch size over one session: ns a row."""

    session: str
    batch: int
    ns: float | None
    target: float | None = None
    why: str = ""

    @property
    def met(self) -> bool | None:
        return None if self.target is None or self.ns is None else self.ns <= self.target


def features(progress: Callable[[str], None] = lambda _: None) -> list[Fold]:
    """Every batch size over every session; about half a minute."""
    found = sessions()
    if not found:
        return [Fold(session="none", batch=0, ns=None, why="no recordings are here")]
    cut = {(one.name, batch): pieces(one, batch) for one in found for batch in BATCHES}
    ns: dict[tuple[str, int], list[float]] = {key: [] for key in cut}
    for number in range(ROUNDS):
        progress(f"features: round {number + 1} of {ROUNDS}")
        for one in found:
            for batch in BATCHES:
                took = fold(one, cut[one.name, batch])
                ns[one.name, batch].append(took / one.total * 1e9)
    return [
        Fold(
            session=name,
            batch=batch,
            ns=median(took),
            target=TARGET_NS if batch == TARGET_BATCH else None,
        )
        for (name, batch), took in ns.items()
    ]


def fold(session: Session, blocks: list[Block]) -> float:
    """Processor seconds for the whole session, edges and their answers included."""
    coin = session.instrument.coin
    market = Market({coin: session.instrument})
    price = float(session.block.rows[0, 0])
    watch(market, coin, price)
    begun = time.process_time()
    for block in blocks:
        place, many = 0, len(block)
        while place < many:
            folded = market.fold_block(coin, block, place)
            place += folded.consumed
            if folded.edge is not None and isinstance(folded.edge.body, WallFell):
                guard(market, coin, folded.edge.body.price)
    return time.process_time() - begun


def watch(market: Market, coin: str, price: float) -> None:
    """What a live plan has watched for it."""
    far = [Decimal(str(round(price * share, 1))) for share in (0.9, 1.1, 1.2)]
    lines = [Line(name=f"tp{at}", price=line, above=line > price) for at, line in enumerate(far)]
    market.watch(PLAN, coin, tuple(lines))
    market.guard_flow(PLAN, coin, Side.LONG)
    guard(market, coin, price)


def guard(market: Market, coin: str, price: float) -> None:
    """A wall two bps below; one that fell is not guarded again."""
    market.guard_wall(coin, round(price * 0.9998, 1), Aggressor.BUY)
