"""The report's picture: at phone width, whole or empty, and never a zero for what is unknown."""

import struct

import pytest

from pawang.model.chat import Picture
from pawang.model.codec import encode
from pawang.model.kpi import Interval
from pawang.model.report import Bin, RateBar, ReportScene
from pawang.pictures import draw
from pawang.pictures.ink import DPI, WIDTH_IN
from pawang.pictures.report import HEIGHT_IN


def scene(**more):
    nothing = {
        "title": "📊 Week 38 · 15.09.–21.09.",
        "when": "22 Sep 07:59 UTC",
        "nothing": "not measured",
        "calibration": "Calibration",
        "calibration_note": "",
        "told": "told",
        "came": "came",
        "bins": (),
        "rates": "Win rates, 30 days",
        "rates_note": "line: 95 %",
        "bars": (),
        "net": "Net R, 28 days",
        "net_note": "",
        "curves": {},
        "gap": "Ghost − live",
        "gap_note": "",
        "gap_mean": None,
        "gap_interval": None,
    }
    return ReportScene(**{**nothing, **more})


WIDE = Interval(low=0.4, high=0.7)
FULL = scene(
    bins=tuple(
        Bin(n=40, hits=22, forecast=0.5 + at / 25, rate=0.55, interval=WIDE) for at in range(10)
    ),
    bars=tuple(
        RateBar(label="SOL wall usual", n=40, rate=0.55, interval=WIDE, null=null)
        for null in (0.55, None, 0.3, None, None, None)
    ),
    curves={"shadow": tuple(range(28)), "ghost": (1.0,) * 28, "live": (-2.5,) * 28},
    gap_mean=0.04,
    gap_interval=Interval(low=-0.1, high=0.2),
)
ONE_OF_EACH = scene(
    bins=FULL.bins[:1],
    bars=(RateBar(label="TP1", n=5, rate=0.0, interval=Interval(low=0, high=0.4), null=0.5),),
    curves={"shadow": (0.0,) * 28},
    gap_mean=0.0,
)


def drawn(given):
    return draw(Picture(kind="report", data=encode(given).decode()))


@pytest.mark.parametrize("given", [scene(), ONE_OF_EACH, FULL], ids=["empty", "one", "full"])
def test_whatever_was_measured_is_one_png_of_the_size_of_a_phone(given):
    image = drawn(given)
    size = struct.unpack(">II", image[16:24])
    assert image.startswith(b"\x89PNG")
    assert size == (round(WIDTH_IN * DPI), round(HEIGHT_IN * DPI))


def test_the_same_scene_gives_the_same_picture_and_another_one_another():
    assert drawn(FULL) == drawn(FULL)
    assert drawn(FULL) != drawn(ONE_OF_EACH)
