"""ETF flow and Fear & Greed files for the demo's seeded market: made by the seed, never real."""

from datetime import timedelta
from pathlib import Path
from random import Random

from pawang.model.refs import utc

DAYS = 40


def write_pillars(drop: Path, now: int, seed: int) -> None:
    """Write both files up to `now` (ns UTC) unless they are there; the seed decides the regime."""
    drop.mkdir(parents=True, exist_ok=True)
    etf, fear = drop / "etf_flow.csv", drop / "fear_greed.csv"
    if etf.exists() and fear.exists():
        return
    rng = Random(f"{seed}:pillars")  # noqa: S311 - reproducible on purpose
    today = utc(now).date()
    flow, mood = rng.gauss(60e6, 150e6), rng.uniform(35, 75)
    flows, moods = ["date,asset,flow_usd,asof"], ["date,value"]
    for back in range(DAYS, -1, -1):
        day = today - timedelta(days=back)
        flow = 0.57 * flow + rng.gauss(35e6, 170e6)
        mood = min(95, max(8, mood + rng.gauss(0, 4)))
        moods.append(f"{day},{mood:.0f}")
        if day.weekday() < 5 and back > 0:
            known = day + timedelta(days=1)
            flows.append(f"{day},BTC,{flow:.0f},{known}T03:00:00+00:00")
    etf.write_text("\n".join(flows) + "\n", encoding="utf8")
    fear.write_text("\n".join(moods) + "\n", encoding="utf8")
