"""`python -m pawang.kernels`: compile what is not compiled yet, and show that it is kept."""

import time
from importlib import import_module

from pawang.kernels.compiled import FOLDER

MODULES = (
    "pawang.kernels.ladder",
    "pawang.kernels.candles",
    "pawang.kernels.field",
    "pawang.market.kernel",
    "pawang.market.kernels.stream",
    "pawang.venues.okx.quick",
)


def main() -> None:
    begun = time.perf_counter()
    kept = made = 0
    for name in MODULES:
        print(f"kernels: {name} …", flush=True)
        for one in vars(import_module(name)).values():
            if hasattr(one, "stats") and one.signatures:
                kept += sum(one.stats.cache_hits.values())
                made += sum(one.stats.cache_misses.values())
    took = time.perf_counter() - begun
    print(f"kernels: {made} compiled, {kept} found in {FOLDER}, {took:.1f} s")


if __name__ == "__main__":
    main()
