"""The rule of the `candles` bench in vectorbt: its own indicators, its own simulation, its trades.

Run from vectorbt's own environment: a line `path` in, a line of figures out. What is not asked of
the rule (frames for the bars) is made before the clock begins; compiled code is warm by then.
"""

import json
import sys
import time
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import vectorbt as vbt

FAST, SLOW, ATR_SPAN, STOP_ATR, PROPORTION, FEE = 20, 50, 27, 1.5, 1.6, 0.0006
CLOSED = 1


def frames(path: str) -> Any:
    bars = np.load(path)
    return [pd.DataFrame(np.ascontiguousarray(bars[:, column, :].T)) for column in range(4)]


def trades(bars: Any) -> Any:
    open_, high, low, close = bars
    fast, slow = (vbt.MA.run(close, span, ewm=True) for span in (FAST, SLOW))
    # Wilder's mean of 14 is the exponential mean of span 27.
    atr = vbt.ATR.run(high, low, close, window=ATR_SPAN, ewm=True).atr.to_numpy()
    stop = STOP_ATR * atr / close.to_numpy()
    made = vbt.Portfolio.from_signals(
        close,
        entries=fast.ma_crossed_above(slow).to_numpy(),
        short_entries=fast.ma_crossed_below(slow).to_numpy(),
        open=open_,
        high=high,
        low=low,
        sl_stop=stop,
        tp_stop=stop * PROPORTION,
        size=1.0,
        fees=FEE,
        upon_opposite_entry="ignore",
        stop_entry_price="fillprice",
        init_cash=1e12,
        freq="5min",
    )
    return made.trades.records_arr


def main() -> None:
    print(json.dumps({"version": f"vectorbt {version('vectorbt')}"}), flush=True)
    kept: dict[str, Any] = {}
    for line in sys.stdin:
        path = line.strip()
        if path not in kept:
            kept[path] = frames(path)
            trades(kept[path])
        begun = time.process_time()
        found = trades(kept[path])
        seconds = time.process_time() - begun
        closed = found[found["status"] == CLOSED]
        figures = {
            "seconds": seconds,
            "trades": len(closed),
            "bars": int(closed["entry_idx"].sum() + closed["exit_idx"].sum()),
            "pnl": float(closed["pnl"].sum()),
        }
        print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
