"""Pictures: drawn whole or refused by name, in another process, never for ever."""

import asyncio
import itertools
import os
import struct

import msgspec
import pytest

from pawang.model.chat import Picture
from pawang.model.codec import encode
from pawang.model.market import Aggressor, Side
from pawang.model.view import Magnet, Scene, Wall
from pawang.pictures import Studio, draw
from pawang.pictures.drawing import HEIGHT_IN, WIDTH_IN, _spread

MID = 221.5


def wall(place, qualified=True, mid=MID):
    bids = place % 2 == 0
    price = mid * (1 - (0.0004 if bids else -0.0004) * (1 + place // 2))
    return Wall(
        side=Aggressor.BUY if bids else Aggressor.SELL,
        price=round(price, 2),
        size=1000.0,
        notional_usd=220_000.0 * (1 + place * 7 % 5),
        distance_bps=4.0,
        z=5.0,
        age_s=40.0 * place,
        peak=1200.0,
        pull_score=0.0,
        strength=0.7,
        qualified=qualified,
    )


def magnet(place, mid=MID):
    far = (0.2 + 0.17 * place) * (-1 if place % 2 else 1)
    return Magnet(
        price=round(mid * (1 + far / 100), 2),
        side=Side.LONG if far < 0 else Side.SHORT,
        mass_usd=1e6 * (1 + place * 3 % 7),
        strength=(1 + place * 3 % 7) / 7,
        distance_pct=far,
        age_s=600.0,
    )


def scene(**more):
    return Scene(coin="SOL", when="15 Sep 14:33 Asia/Jakarta", mid=MID, **more)


def picture(kind, given):
    return Picture(kind=kind, data=encode(given).decode())


FULL = {
    "heatmap": scene(magnets=tuple(magnet(place) for place in range(12))),
    "orderbook": scene(walls=tuple(wall(place, place % 3 > 0) for place in range(20))),
}


def size_of(png):
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


@pytest.mark.parametrize("kind", ["heatmap", "orderbook"])
@pytest.mark.parametrize("what", ["full", "empty", "tiny"])
def test_S5_a_scene_is_drawn_at_phone_size_however_little_it_holds(kind, what):
    tiny = Scene(coin="PEPE", when="now", mid=0.00001234, note="warming: 40 min left")
    given = {"full": FULL[kind], "empty": scene(), "tiny": tiny}[what]
    png = draw(picture(kind, given))
    width, height = size_of(png)
    assert width / height == pytest.approx(WIDTH_IN / HEIGHT_IN, rel=0.01)
    assert 900 <= width <= 1280
    assert len(png) < 300_000


def test_the_same_scene_gives_the_same_picture():
    assert draw(picture("heatmap", FULL["heatmap"])) == draw(picture("heatmap", FULL["heatmap"]))


def test_another_kind_is_refused():
    with pytest.raises(ValueError, match="no picture of kind 'pie'"):
        draw(picture("pie", scene()))


@pytest.mark.parametrize("data", ["", "{}", '{"coin": 1}', "[]", '{"coin":"SOL","mid":NaN}'])
def test_a_broken_scene_raises(data):
    with pytest.raises(msgspec.MsgspecError):
        draw(Picture(kind="heatmap", data=data))


def test_labels_keep_their_distance_their_order_and_the_picture():
    prices = [100.0, 100.1, 100.2, 109.8, 109.9, 110.0, 99.9, 99.89, 90.0]
    places = _spread(prices, 1.0, 10.5)
    ordered = sorted(zip(prices, places, strict=True))
    gaps = [late[1] - early[1] for early, late in itertools.pairwise(ordered)]
    assert places[0] == 100.0
    assert min(gaps) >= 1.0 - 1e-9
    assert 89.5 <= min(places) <= max(places) <= 110.5


def test_B15_the_studio_draws_elsewhere_and_survives_the_death_of_its_worker():
    async def story():
        studio = Studio(deadline_s=30)
        try:
            first = await studio.draw(picture("heatmap", FULL["heatmap"]))
            (worker,) = studio._pool._processes
            with pytest.raises(ValueError, match="pie"):
                await studio.draw(picture("pie", scene()))
            os.kill(worker, 9)
            with pytest.raises(Exception, match="terminated abruptly"):
                await studio.draw(picture("heatmap", scene()))
            return first, worker, await studio.draw(picture("orderbook", FULL["orderbook"]))
        finally:
            studio.close()

    first, worker, second = asyncio.run(story())
    assert worker != os.getpid()
    assert size_of(first) == size_of(second)


def test_B15_a_picture_that_takes_too_long_is_given_up():
    async def story():
        studio = Studio(deadline_s=0.01)
        try:
            with pytest.raises(TimeoutError):
                await studio.draw(picture("heatmap", scene()))
            return studio._pool
        finally:
            studio.close()

    assert asyncio.run(story()) is None
