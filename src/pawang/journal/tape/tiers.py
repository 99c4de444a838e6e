"""Position tiers as rows: one a tier, and a row without one where the venue lists none."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from pawang.journal.tape.columns import NAMES, named, objects
from pawang.journal.tape.placed import HEAD, Placed, batch_of
from pawang.model.instrument import PositionTier
from pawang.model.market import TiersListed

DECIMALS = ("size_min", "size_max", "maintenance_rate", "initial_rate", "leverage_max")
SCHEMA = pa.schema(
    [
        *HEAD,
        pa.field("instrument", NAMES),
        pa.field("ts_event", pa.int64()),
        pa.field("ts_recv", pa.int64()),
        pa.field("tier", pa.int64()),
        *(pa.field(name, pa.string()) for name in DECIMALS),
    ]
)


class TierTable:
    """Few rows: plainness before speed."""

    name = "tiers"
    kinds: tuple[type, ...] = (TiersListed,)
    schema = SCHEMA

    def encode(self, records: Sequence[Any], orders: Any, stamps: Any) -> pa.RecordBatch:
        wide = [max(1, len(record.tiers)) for record in records]
        tiers = [tier for record in records for tier in record.tiers or (None,)]
        return batch_of(
            SCHEMA,
            [
                np.repeat(orders, wide),
                np.repeat(stamps, wide),
                pa.array(np.repeat([record.instrument for record in records], wide).tolist())
                .cast(pa.string())
                .dictionary_encode(),
                np.repeat([record.ts_event for record in records], wide),
                np.repeat([record.ts_recv for record in records], wide),
                [None if tier is None else tier.tier for tier in tiers],
                *(
                    [None if tier is None else str(getattr(tier, name)) for tier in tiers]
                    for name in DECIMALS
                ),
            ],
        )

    def decode(self, found: pa.Table) -> Placed:
        orders = found["order"].to_numpy()
        if not len(orders):
            return Placed(orders, orders, [])
        firsts = np.flatnonzero(np.diff(orders, prepend=orders[0] - 1))
        tiers = list(
            zip(
                objects(found["tier"].combine_chunks()),
                *(objects(found[name].combine_chunks()) for name in DECIMALS),
                strict=True,
            )
        )
        instruments = named(found["instrument"].combine_chunks())
        ts_event, ts_recv = found["ts_event"].to_pylist(), found["ts_recv"].to_pylist()
        records = [
            TiersListed(
                instrument=instruments[first],
                ts_event=ts_event[first],
                ts_recv=ts_recv[first],
                tiers=tuple(_tier(row) for row in tiers[first:end] if row[0] is not None),
            )
            for first, end in zip(firsts, (*firsts[1:], len(orders)), strict=True)
        ]
        return Placed(orders[firsts], found["ts_folded"].to_numpy()[firsts], records)


def _tier(row: tuple[Any, ...]) -> PositionTier:
    number, *digits = row
    return PositionTier(
        tier=number, **{name: Decimal(text) for name, text in zip(DECIMALS, digits, strict=True)}
    )
