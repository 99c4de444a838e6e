"""The map of BTC over its price as a picture: what a person would have been shown, hour by hour."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pawang.market import MarketParams
from pawang.market.magnets import BINS, LiquidationMap, bin_of, price_of
from pawang.model.refs import DAY, HOUR, utc
from pawang.operations.backtest import past
from pawang.operations.backtest.recordings import Floats

DAYS = 21
REACH = 0.12  # of the last price, either side
BACK, INK, FAINT = "#10151c", "#e8edf2", "#93a1b0"


def paint(data: Path, path: Path) -> None:
    """The last weeks of the recording."""
    read = past.read(data, HOUR)
    end = int(read.ts[-1]) + HOUR
    price = float(read.close[-1])
    edges = np.arange(bin_of(price * (1.0 - REACH)), bin_of(price * (1.0 + REACH)), 4)
    columns: list[Floats] = []
    when, closes = [], []
    field_map = LiquidationMap(MarketParams())
    for step in past.steps(read):
        field_map.apply(step)
        if step.ts < end - DAYS * DAY:
            continue
        assert field_map.first is not None
        sums = np.concatenate(([0.0], np.cumsum(field_map.shown())))
        columns.append(np.diff(sums[np.clip(edges - field_map.first, 0, BINS)]))
        when.append(utc(step.ts))
        closes.append(step.close)
    figure = Figure(figsize=(10, 6), dpi=120, facecolor=BACK)
    FigureCanvasAgg(figure)
    axes: Any = figure.add_axes((0.08, 0.09, 0.9, 0.8), facecolor=BACK)
    levels = np.array([price_of(int(edge)) for edge in edges])
    axes.pcolormesh(when, levels[:-1], np.array(columns).T ** 0.5, cmap="magma", shading="nearest")
    axes.plot(when, closes, color=INK, linewidth=1.2)
    axes.tick_params(colors=FAINT)
    figure.text(0.08, 0.93, "BTC  liquidation map over the price", color=INK, fontsize=14)
    figure.text(0.98, 0.93, "ESTIMATED · UNVALIDATED", color="#f2b84b", fontsize=12, ha="right")
    figure.savefig(path, format="png", facecolor=BACK)
