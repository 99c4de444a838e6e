"""OKX as an order venue, in virtual time against a small account that can fail on the way.

The bounds of reliability.md hold on the loop's own clock here: a call that hangs really takes its
five seconds.
"""

import asyncio
import json
import random
from decimal import Decimal as D

import httpx
import pytest

from pawang.guards.secret import Secret
from pawang.model.instrument import Instrument
from pawang.model.market import Side
from pawang.model.order import Accepted, Book, Ended, Exit, Filled, Order, Rejected
from pawang.model.refs import HOUR, MILLISECOND, MINUTE, SECOND
from pawang.simulate.loop import VirtualLoop
from pawang.venues.okx.maintenance import Maintenance
from pawang.venues.okx.private import Pushed
from pawang.venues.okx.rest import OkxRest
from pawang.venues.okx.signing import Credentials
from pawang.venues.okx.trade import OkxTrade
from pawang.venues.okx.venue import OkxVenue
from pawang.venues.okx.wire import StatusRow

START = 1_743_041_250 * SECOND
INST = "BTC-USDT-SWAP"
ID = "snp202509150736BTClE1"
CONFIG = {"acctLv": "2", "posMode": "net_mode", "uid": "1", "perm": "trade", "ip": "192.0.2.7"}


def order(client_order_id=ID, **more) -> Order:
    known = {
        "client_order_id": client_order_id,
        "ref_id": "snp_20250915_0736_BTC",
        "book": Book.LIVE,
        "coin": "BTC",
        "instrument": INST,
        "side": Side.LONG,
        "entry": D(100),
        "contracts": D(1),
        "exits": (Exit(leg="sl", kind="stop", price=D(90), share_pct=100),),
        "ts_placed": START,
        "ts_expiry": START + 15 * MINUTE,
        "time_stop_ns": 4 * HOUR,
    }
    return Order(**{**known, **more})


class Whole(httpx.AsyncByteStream):
    def __init__(self, data):
        self.data = data

    async def __aiter__(self):
        yield self.data


class Account:
    """Places, shows, cancels and fills orders. `script`: what goes wrong with the next call of a
    path, "before" or "after" its effect: an exception, "hang", or (status, code)."""

    def __init__(self):
        self.loop = VirtualLoop(1)
        self.orders: dict[str, dict] = {}
        self.fills: list[dict] = []
        self.bills: list[dict] = []
        self.lever = {"wanted": "20", "believed": True}
        self.config = dict(CONFIG)
        self.off = 0
        self.script: dict[tuple[str, str], list] = {}
        self.asked: list[tuple[int, str, str]] = []

    def now(self) -> int:
        return START + round(self.loop.time() * SECOND)

    # Transport.

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v5/")
        sent = json.loads(request.content) if request.content else dict(request.url.params)
        self.asked.append((self.now() - START, request.method, path))
        when, fault = self.fault(request.method, path)
        body = None if when == "before" else self.answer(request, path, sent)
        if fault == "hang":
            await asyncio.sleep(3600)
        if isinstance(fault, Exception):
            raise fault
        if isinstance(fault, tuple):
            return reply(fault[0], {"code": fault[1], "msg": "scripted", "data": []})
        return reply(200, body)

    def fault(self, method, path):
        waiting = self.script.get((method, path), [])
        return waiting.pop(0) if waiting else ("", None)

    def answer(self, request, path, sent):
        expires = request.headers.get("expTime")
        if expires and self.now() > int(expires) * MILLISECOND:
            return failure("50036")
        name = f"{request.method} {path}"
        match name:
            case "GET public/time":
                return good({"ts": str((self.now() + self.off) // MILLISECOND)})
            case "GET account/config":
                return good(self.config)
            case "POST account/set-leverage":
                if self.lever["believed"]:
                    self.lever["wanted"] = sent["lever"]
                return good({"instId": INST, "mgnMode": "cross", "lever": sent["lever"]})
            case "GET account/leverage-info":
                return good({"instId": INST, "mgnMode": "cross", "lever": self.lever["wanted"]})
            case "POST trade/order":
                return self.place(sent)
            case "GET trade/order":
                found = self.found(sent)
                return failure("51603") if found is None else good(found)
            case "POST trade/cancel-order":
                return self.cancel(sent)
            case "GET trade/orders-pending":
                return good(*(row for row in self.orders.values() if row["state"] == "live"))
            case "GET trade/fills":
                wanted = sent.get("ordId")
                return good(*(row for row in self.fills if wanted in (None, row["ordId"])))
            case "GET account/bills":
                return good(*self.bills)
            case "GET account/balance":
                return good({"totalEq": "1000", "uTime": str(START // MILLISECOND), "details": []})
        return good()

    def found(self, sent):
        by_id = {row["ordId"]: row for row in self.orders.values()}
        return by_id.get(sent["ordId"]) if "ordId" in sent else self.orders.get(sent["clOrdId"])

    # Effects.

    def place(self, sent):
        client_id = sent["clOrdId"]
        if client_id in self.orders:
            return item("", client_id, "51016")
        stamp = str(self.now() // MILLISECOND)
        self.orders[client_id] = {
            "instId": INST,
            "instType": "SWAP",
            "ordId": str(100 + len(self.orders)),
            "clOrdId": client_id,
            "ordType": sent["ordType"],
            "side": sent["side"],
            "state": "live",
            "sz": sent["sz"],
            "px": sent.get("px", ""),
            "accFillSz": "0",
            "cTime": stamp,
            "uTime": stamp,
        }
        return item(self.orders[client_id]["ordId"], client_id)

    def cancel(self, sent):
        found = self.found(sent)
        if found is None or found["state"] != "live":
            return item("", "", "51400")
        found |= {"state": "canceled", "cancelSource": "1", "uTime": str(self.now() // MILLISECOND)}
        return item(found["ordId"], found["clOrdId"])

    def fill(self, client_id, trade_id="t1"):
        row, stamp = self.orders[client_id], str(self.now() // MILLISECOND)
        row |= {"state": "filled", "accFillSz": row["sz"], "uTime": stamp}
        fill = {"instId": INST, "ordId": row["ordId"], "tradeId": trade_id, "billId": trade_id}
        fill |= {"side": row["side"], "fillPx": "100", "fillSz": row["sz"], "fee": "-0.02"}
        self.fills.append({**fill, "ts": stamp, "fillTime": stamp, "execType": "M"})

    # A story.

    def run(self, story, start=True, demo=False, tell=None):
        """`story(venue)` with the venue at work."""
        told = []

        async def whole():
            rest = OkxRest(
                "http://127.0.0.1:1",
                self.now,
                lambda: 0.5,
                transport=httpx.MockTransport(self),
                credentials=Credentials(Secret("k"), Secret("s"), Secret("p")),
                utc=self.now,
                demo=demo,
            )
            instrument = swap()
            venue = OkxVenue([instrument], OkxTrade(rest), demo, tell=tell or told.append)
            work = asyncio.create_task(venue.run())
            try:
                if start:
                    venue.connected()
                    while venue.closed:
                        await asyncio.sleep(0.01)
                done = await story(venue)
                if work.done():
                    work.result()
                return done
            finally:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
                await rest.close()

        try:
            return self.loop.run_until_complete(whole()), told
        finally:
            self.loop.close()

    def times(self, method, path):
        return [at for at, asked, name in self.asked if (asked, name) == (method, path)]


def swap():
    return Instrument.swap("BTC", contract_value=D("0.01"), tick_size=D("0.1"), lot_size=D("0.01"))


def reply(status, body):
    return httpx.Response(status, stream=Whole(json.dumps(body).encode()))


def good(*rows):
    return {"code": "0", "msg": "", "data": list(rows)}


def failure(code):
    return {"code": code, "msg": "no", "data": []}


def item(order_id, client_id, code="0"):
    row = {"ordId": order_id, "clOrdId": client_id, "sCode": code, "sMsg": ""}
    return {"code": "0" if code == "0" else "1", "msg": "", "data": [row]}


async def until(venue, kind, seconds=30):
    """The first report of a kind; everything before it is taken too."""
    async with asyncio.timeout(seconds):
        async for report in venue.reports():
            if isinstance(report, kind):
                return report
    raise AssertionError("the reports ended")


PLACE, ASK, CANCEL = ("POST", "trade/order"), ("GET", "trade/order"), ("POST", "trade/cancel-order")
LOST = httpx.ReadError("reset")


def test_an_order_is_placed_and_accepted():
    account = Account()

    async def story(venue):
        venue.submit(order())
        venue.submit(order())
        return await until(venue, Accepted)

    accepted, told = account.run(story)
    assert (accepted.client_order_id, told) == (ID, [])
    assert len(account.times(*PLACE)) == 1


@pytest.mark.parametrize(
    "fault",
    ["hang", LOST, (400, "50004"), (500, "51149"), (502, "")],
    ids=["timeout", "reset", "50004", "51149", "bad gateway"],
)
def test_c01_c04_an_order_that_is_live_though_its_answer_was_lost_is_adopted_within_10_s(fault):
    account = Account()
    account.script[PLACE] = [("after", fault)]

    async def story(venue):
        began = account.now()
        venue.submit(order())
        await until(venue, Accepted)
        return account.now() - began

    took, _ = account.run(story)
    assert took <= 10 * SECOND
    assert (len(account.orders), len(account.times(*PLACE))) == (1, 1)


@pytest.mark.parametrize("fault", ["hang", LOST, (500, "51149")], ids=["timeout", "reset", "51149"])
def test_c02_an_order_that_never_arrived_is_sent_again_under_its_id_once_it_has_expired(fault):
    account = Account()
    account.script[PLACE] = [("before", fault)]

    async def story(venue):
        venue.submit(order())
        await until(venue, Accepted)

    account.run(story)
    first, second = account.times(*PLACE)
    assert second - first > 4 * SECOND
    assert second - first < 10 * SECOND
    assert len(account.orders) == 1


def test_c03_a_resend_that_meets_its_first_copy_adopts_it():
    """The query was blind (51603) though the order was there: the duplicate tells."""
    account = Account()
    account.script[PLACE] = [("after", LOST)]
    account.script[ASK] = [("before", (200, "51603"))] * 6

    async def story(venue):
        venue.submit(order())
        await until(venue, Accepted)
        await asyncio.sleep(5)
        return venue.blotter.ticket(f"pw{ID}").order_id

    order_id, _ = account.run(story)
    assert (order_id, len(account.orders), len(account.times(*PLACE))) == ("100", 1, 2)


def test_c07_a_fill_that_is_pushed_before_the_acknowledgement_is_told_once(rows):
    account = Account()

    async def story(venue):
        venue.submit(order())
        venue.pushed(
            Pushed(
                channel="orders",
                rows=(rows.match("t1", "1", "1", 10, cl_ord_id=f"pw{ID}", ord_id="100"),),
            )
        )
        await until(venue, Filled)
        await asyncio.sleep(5)
        return venue.drain()

    rest_of_it, _ = account.run(story)
    assert not [report for report in rest_of_it if isinstance(report, Filled)]


def test_c08_a_fill_that_was_missed_while_away_is_told_within_5_s_of_coming_back():
    account = Account()

    async def story(venue):
        venue.submit(order())
        await until(venue, Accepted)
        venue.lost("cut")
        await asyncio.sleep(20)
        account.fill(f"pw{ID}")
        back = account.now()
        venue.connected()
        fill = await until(venue, Filled)
        return account.now() - back, fill

    (took, fill), _ = account.run(story)
    assert took <= 5 * SECOND
    assert (fill.fill_id, fill.leg, fill.fee_usd) == (f"okx-{INST}-t1", "entry", D("0.02"))


def test_c08_and_an_order_that_was_cancelled_meanwhile():
    account = Account()

    async def story(venue):
        venue.submit(order())
        await until(venue, Accepted)
        venue.lost("cut")
        account.orders[f"pw{ID}"] |= {"state": "canceled", "cancelSource": "20"}
        back = account.now()
        venue.connected()
        ended = await until(venue, Ended)
        return account.now() - back, ended.reason

    (took, reason), _ = account.run(story)
    assert (took <= 5 * SECOND, reason) == (True, "cancel_all_after")


def test_c08_a_reading_that_fails_is_done_again_and_entries_wait_for_it():
    account = Account()
    account.script["GET", "trade/orders-pending"] = [("before", LOST)] * 5

    async def story(venue):
        venue.connected()
        await asyncio.sleep(0.1)
        venue.submit(order())
        refused = await until(venue, Rejected)
        while venue.closed:
            await asyncio.sleep(0.1)
        return refused.reason

    reason, told = account.run(story, start=False)
    assert reason == "venue_starting"
    assert told == ["the account is not read yet: OKX trade/orders-pending: ReadError"]
    assert len(account.times("GET", "trade/orders-pending")) == 6


def test_between_a_cut_and_the_reading_no_entry_leaves_but_a_cancel_does():
    account = Account()

    async def story(venue):
        venue.submit(order())
        await until(venue, Accepted)
        venue.lost("cut")
        venue.submit(order("snp202509150740BTClE1"))
        refused = await until(venue, Rejected)
        venue.cancel(ID, "panic", close=False, now=account.now())
        await asyncio.sleep(3)
        return refused.reason

    reason, _ = account.run(story)
    assert (reason, account.orders[f"pw{ID}"]["state"]) == ("venue_reading", "canceled")


def test_c09_a_fill_by_push_and_by_reading_is_told_once(rows):
    account = Account()

    async def story(venue):
        venue.submit(order())
        await until(venue, Accepted)
        account.fill(f"pw{ID}")
        push = rows.match("t1", "1", "1", 10, cl_ord_id=f"pw{ID}", ord_id="100")
        venue.pushed(Pushed(channel="orders", rows=(push, push)))
        await until(venue, Filled)
        venue.lost("cut")
        venue.connected()
        await asyncio.sleep(5)
        return [report for report in venue.drain() if isinstance(report, Filled)]

    again, _ = account.run(story)
    assert again == []


def test_c11_no_order_leaves_on_a_leverage_that_is_not_what_we_asked_for():
    account = Account()
    account.lever = {"wanted": "10", "believed": False}

    async def story(venue):
        venue.submit(order())
        return await until(venue, Rejected)

    rejected, _ = account.run(story)
    assert rejected.reason == "leverage"
    assert (account.orders, account.times(*PLACE)) == ({}, [])


def test_c11_nor_when_it_cannot_be_read():
    account = Account()
    account.script["GET", "account/leverage-info"] = [("before", LOST)] * 10

    async def story(venue):
        venue.submit(order())
        return await until(venue, Rejected)

    assert account.run(story)[0].reason == "leverage"
    assert account.times(*PLACE) == []


def test_c11_leverage_is_read_back_again_after_every_gap():
    account = Account()

    async def story(venue):
        venue.submit(order())
        await until(venue, Accepted)
        venue.lost("cut")
        venue.connected()
        while venue.closed:
            await asyncio.sleep(0.01)
        account.lever = {"wanted": "3", "believed": False}
        venue.submit(order("snp202509150740BTClE1"))
        return await until(venue, Rejected)

    assert account.run(story)[0].reason == "leverage"


def test_c18_a_clock_that_is_40_s_off_is_told_and_orders_go_by_the_venues():
    account = Account()
    account.off = 40 * SECOND

    async def story(venue):
        await venue.check()
        return venue._rest.now() - account.now()

    off, told = account.run(story, start=False)
    assert abs(off - 40 * SECOND) <= MILLISECOND
    assert told == ["our clock is -40.0 s off OKX's: set it (C18)"]


def test_c18_the_clock_is_read_every_five_minutes():
    account = Account()

    async def story(venue):
        await asyncio.sleep(16 * 60)

    account.run(story)
    rounds = len(account.times("GET", "public/time")) / 5
    assert rounds in (3, 4)


def test_c19_a_refused_key_stops_everything_signed_at_once():
    account = Account()
    account.script[PLACE] = [("before", (401, "50110"))]

    async def story(venue):
        venue.submit(order())
        rejected = await until(venue, Rejected)
        asked = len(account.asked)
        venue.submit(order("snp202509150740BTClE1"))
        await until(venue, Rejected)
        await asyncio.sleep(60)
        return rejected.reason, [path for _, _, path in account.asked[asked:]]

    (reason, later), _ = account.run(story)
    assert reason == "auth"
    assert set(later) <= {"public/time"}


@pytest.mark.parametrize(
    ("demo", "words"), [(True, "a key of live trading"), (False, "a key of demo trading")]
)
def test_c20_a_key_of_the_other_world_is_refused_at_the_start(demo, words):
    account = Account()
    account.script["GET", "account/config"] = [("before", (401, "50101"))]
    rights, _ = account.run(lambda venue: venue.check(), start=False, demo=demo)
    [refusal] = rights.refusals
    assert words in refusal


def test_SEC15_a_key_that_may_withdraw_is_refused_at_the_start():
    account = Account()
    account.config["perm"] = "read_only,withdraw,trade"
    rights, _ = account.run(lambda venue: venue.check(), start=False)
    assert not rights.good


def test_c21_no_entry_from_five_minutes_before_and_none_after_it_before_the_account_was_read():
    account = Account()
    policy = Maintenance()
    work = {"title": "Upgrade", "service_type": "5", "begin": (START + HOUR) // MILLISECOND}

    async def story(venue):
        heard = policy.heard(StatusRow(**work, state="scheduled", end=None), account.now())
        for news in heard:
            venue.health(news)
        venue.submit(order())
        await until(venue, Accepted)
        await asyncio.sleep(55 * 60)
        for news in policy.tick(account.now()):
            venue.health(news)
        venue.submit(order("snp202509150738BTClE1"))
        during = await until(venue, Rejected)
        venue.cancel(ID, "panic", close=False, now=account.now())
        read = len(account.times("GET", "trade/orders-pending"))
        for news in policy.heard(StatusRow(**work, state="completed", end=None), account.now()):
            venue.health(news)
        venue.submit(order("snp202509150739BTClE1"))
        reading = await until(venue, Rejected)
        while venue.closed:
            await asyncio.sleep(0.01)
        assert len(account.times("GET", "trade/orders-pending")) == read + 1
        venue.submit(order("snp202509150740BTClE1", ts_expiry=START + 2 * HOUR))
        await until(venue, Accepted)
        return during.reason, reading.reason

    assert account.run(story)[0] == ("venue_maintenance", "venue_reading")


def test_c22_what_the_venue_closed_by_itself_is_told(rows):
    account = Account()
    row = rows.order("filled", "1", 5, cl_ord_id="", category="full_liquidation")

    async def story(venue):
        venue.pushed(Pushed(channel="orders", rows=(row,)))

    assert account.run(story)[1] == [f"{INST}: OKX closed 1: full_liquidation"]


def test_c25_a_cancel_of_a_filled_order_ends_as_the_fill_it_is():
    account = Account()

    async def story(venue):
        venue.submit(order())
        await until(venue, Accepted)
        account.fill(f"pw{ID}")
        venue.cancel(ID, "panic", close=False, now=account.now())
        fill = await until(venue, Filled)
        await asyncio.sleep(60)
        return fill.leg

    assert account.run(story)[0] == "entry"
    assert len(account.times(*CANCEL)) == 1


def test_c26_fifty_orders_at_once_stay_below_the_venues_count_and_all_arrive():
    account = Account()

    async def story(venue):
        for number in range(50):
            venue.submit(order(f"snp2025091507{number:02d}BTClE1", contracts=D("0.01")))
        taken = 0
        async with asyncio.timeout(60):
            async for report in venue.reports():
                taken += isinstance(report, Accepted)
                if taken == 50:
                    return

    account.run(story)
    starts = account.times(*PLACE)
    assert len(starts) == 50
    for start in starts:
        assert sum(start <= other < start + 2 * SECOND for other in starts) <= 60


def test_c26_an_order_that_met_50011_is_placed_a_moment_later():
    account = Account()
    account.script[PLACE] = [("before", (429, "50011"))] * 2

    async def story(venue):
        venue.submit(order())
        await until(venue, Accepted)

    account.run(story)
    assert len(account.times(*PLACE)) == 3
    assert len(account.orders) == 1


# Whatever happens.

FAULTS = ("hang", LOST, (502, ""), (500, "51149"), (400, "50004"))
AWAY = (*FAULTS, httpx.ConnectError("refused"))  # which can only be before the effect
BUSY = ((429, "50011"), (503, "50001"), (200, "50061"))


@pytest.mark.parametrize("seed", range(60))
def test_c01_to_c26_after_any_script_of_faults_our_orders_stand_as_the_venues_do(seed):
    """Calls fail before and after their effect, sockets go, fills come, some orders are withdrawn."""
    account, chance = Account(), random.Random(seed)
    for path in (PLACE, ASK, CANCEL, ("GET", "trade/fills"), ("GET", "trade/orders-pending")):
        account.script[path] = [
            chance.choice(
                [
                    ("", None),
                    ("before", chance.choice(AWAY)),
                    ("after", chance.choice(FAULTS)),
                    ("before", chance.choice(BUSY)),
                ]
            )
            for _ in range(chance.randrange(8))
        ]
    names = [f"snp20250915{number:04d}BTClE1" for number in range(6)]

    async def story(venue):
        for name in names:
            venue.submit(order(name, contracts=D("0.01")))
            await asyncio.sleep(chance.random() * 3)
            for client_id, row in account.orders.items():
                if row["state"] == "live" and chance.random() < 0.3:
                    account.fill(client_id, f"t{len(account.fills)}")
            if chance.random() < 0.3:
                venue.cancel(chance.choice(names), "panic", close=False, now=account.now())
            if chance.random() < 0.2:
                venue.lost("cut")
                venue.connected()
                while venue.closed:
                    await asyncio.sleep(0.1)
        await asyncio.sleep(240)
        venue.lost("cut")
        venue.connected()
        await asyncio.sleep(60)
        ours = {}
        for life in [*venue.blotter.lives.values(), *venue.blotter._buried]:
            ours[life.entry.client_id] = (life.entry.state.value, life.entry.filled)
        return ours, venue.drain()

    (ours, reports), _ = account.run(story)
    for client_id, row in account.orders.items():
        if row["side"] == "buy":
            assert ours[client_id] == (row["state"], D(row["accFillSz"])), client_id
    absent = [state for name, (state, _) in ours.items() if name not in account.orders]
    assert set(absent) <= {"rejected", "canceled"}
    told = [report.fill_id for report in reports if isinstance(report, Filled)]
    assert sorted(told) == sorted({f"okx-{INST}-{fill['tradeId']}" for fill in account.fills})


def test_a_mistake_of_ours_in_a_call_is_not_swallowed():
    """A listener that breaks when it is told of the clock: the venue ends with it."""
    account = Account()
    account.off = 40 * SECOND

    def broken(words):
        raise RuntimeError(words)

    with pytest.raises(RuntimeError, match="our clock is"):
        account.run(lambda venue: asyncio.sleep(5), tell=broken)
