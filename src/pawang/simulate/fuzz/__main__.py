"""`python -m pawang.simulate.fuzz`: see `make fuzz`."""

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from pawang.simulate.fuzz.run import FuzzOptions, FuzzReport, fuzz

app = App(name="fuzz", help="Hostile bytes for everything that reads OKX.")


@app.default
def main(
    *,
    inputs: int = 1_000_000,
    seed: int = 7,
    seconds: Annotated[float | None, Parameter(help="Stop then.")] = None,
    shapes: Annotated[Path | None, Parameter(help="A page with examples in JSON.")] = None,
) -> int:
    """Exit status 1 when an input broke something."""
    data = Path(os.environ.get("PAWANG_DATA", "../shared/data")) / "okx"
    options = FuzzOptions(seed, inputs, seconds, data if data.is_dir() else None, shapes)
    report = fuzz(options, _progress)
    print(
        f"fuzz: {report.inputs:,} inputs from {report.samples} samples (seed {seed}) in "
        f"{report.seconds:.0f} s; worst {report.worst_ms:.1f} ms; memory {report.rise_kb:+,} kB; "
        f"broken {len(report.broken)}"
    )
    print("      " + ", ".join(f"{name} {count:,}" for name, count in sorted(report.read.items())))
    for words in report.broken:
        print(f"  {words}", file=sys.stderr)
    return 0 if report.ok else 1


def _progress(report: FuzzReport) -> None:
    if sys.stderr.isatty():
        print(f"\r{report.inputs:,} inputs, {report.seconds:.0f} s", end="\r", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(app(result_action="return_value"))
