"""What a step of the market makes the listeners hear, and in which order."""

from pawang.sandbox.faults import Fault

BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
START = 1_757_894_400_000


def arg(channel: str, name: str = BTC) -> dict:
    return {"channel": channel, "instId": name}


def books_of(heard: list, name: str = BTC) -> list:
    return [one for one in heard if "data" in one and one["arg"] == arg("books", name)]


def apply(held: dict, message: dict) -> None:
    data = message["data"][0]
    for side in ("bids", "asks"):
        if message["action"] == "snapshot":
            held[side] = {}
        for price, size, dead, orders in data[side]:
            assert dead == "0"
            if size == "0":
                assert orders == "0"
                del held[side][price]
            else:
                held[side][price] = size


def test_snapshot_and_updates_make_the_book_and_the_sequence_is_a_chain(make_bench, fixed_source):
    top = {1_000_001 + n: 0 for n in range(60)}
    script = {(5, BTC): {"asks": top}, (9, BTC): {"asks": dict.fromkeys(top, 3)}}
    bench = make_bench(fixed_source(script))
    client = bench.join()
    heard = books_of(bench.subscribe(client, arg("books")) + bench.steps(client, 40))
    assert [one["action"] for one in heard[:2]] == ["snapshot", "update"]
    held: dict = {}
    last = -1
    for one in heard:
        data = one["data"][0]
        assert data["prevSeqId"] == last
        assert data["seqId"] > last
        assert data["checksum"] == 0
        last = data["seqId"]
        apply(held, one)
    made = bench.core.instruments[BTC]
    for side, levels in (("bids", made.book.bids), ("asks", made.book.asks)):
        best = {made.price.text(ticks): made.size.text(lots) for ticks, lots in levels.best(400)}
        assert held[side] == best


def test_a_second_listener_joins_the_same_chain_in_the_middle(bench):
    first, second = bench.join(), bench.join()
    bench.subscribe(first, arg("books"))
    bench.steps(first, 7)
    snapshot = books_of(bench.subscribe(second, arg("books")))[0]
    bench.hub.step()
    assert first.outbox == second.outbox
    assert first.outbox[0] is second.outbox[0], "made once"
    assert books_of(bench.heard(second))[0]["data"][0]["prevSeqId"] == snapshot["data"][0]["seqId"]


def test_the_pushes_of_one_step_come_in_order_and_the_clock_last(bench):
    client = bench.join(follows=True)
    bench.subscribe(
        client,
        arg("tickers"),
        arg("books5"),
        arg("books"),
        arg("bbo-tbt"),
        {"channel": "index-tickers", "instId": "BTC-USDT"},
        arg("mark-price"),
        arg("open-interest"),
        {"channel": "liquidation-orders", "instType": "SWAP"},
        arg("trades"),
        arg("trades", ETH),
    )
    bench.steps(client, 29)
    bench.hub.step()
    bench.hub.tick(20.0, ended=False)
    heard = bench.heard(client)
    order = [
        (one["arg"]["channel"], one["arg"].get("instId", "")) if "arg" in one else one["event"]
        for one in heard
    ]
    assert order == [
        ("trades", BTC),
        ("trades", BTC),
        ("trades", ETH),
        ("trades", ETH),
        ("liquidation-orders", ""),
        ("liquidation-orders", ""),
        ("mark-price", BTC),
        ("index-tickers", "BTC-USDT"),
        ("bbo-tbt", BTC),
        ("books", BTC),
        ("books5", BTC),
        ("tickers", BTC),
        ("open-interest", BTC),
        "clock",
    ]
    stamps = [one["data"][0].get("ts") for one in heard[:-1] if one["arg"]["channel"] == "trades"]
    assert stamps == sorted(stamps)
    assert heard[-1] == {"event": "clock", "now": str((START + 3_000) * 1_000_000), "speed": 20}


def test_prints_of_one_order_and_price_are_one_trade_with_a_count(bench):
    client = bench.join()
    bench.subscribe(client, arg("trades"))
    first, second = bench.steps(client)
    seq = bench.core.instruments[BTC].book.seq
    common = {"instId": BTC, "side": "buy", "ts": str(START + 10), "source": "0", "seqId": seq}
    assert first["data"] == [
        {**common, "tradeId": "100010461", "px": "100000.1", "sz": "0.12", "count": "2"}
    ]
    assert second["data"] == [
        {**common, "tradeId": "100010462", "px": "100000.2", "sz": "0.01", "count": "1"}
    ]


def test_trades_all_has_neither_count_nor_sequence(bench):
    client = bench.join("business")
    bench.subscribe(client, arg("trades-all"))
    row = bench.steps(client)[0]["data"][0]
    assert set(row) == {"instId", "tradeId", "px", "sz", "side", "ts", "source"}


def test_a_quiet_book_says_so_once_a_minute(make_bench, fixed_source):
    bench = make_bench(fixed_source(quiet=True))
    client = bench.join()
    heard = bench.subscribe(client, arg("books"))
    seq = heard[-1]["data"][0]["seqId"]
    told = bench.steps(client, 1_300)
    assert [one["data"] for one in told] == [
        [
            {
                "asks": [],
                "bids": [],
                "ts": str(START + minute * 60_000),
                "checksum": 0,
                "prevSeqId": seq,
                "seqId": seq,
            }
        ]
        for minute in (1, 2)
    ]


def test_bbo_is_pushed_when_the_touch_moves_and_only_then(bench):
    client = bench.join()
    first = bench.subscribe(client, arg("bbo-tbt"))[-1]
    assert first["data"][0]["bids"] == [["100000", "1", "0", "4"]]
    heard = bench.steps(client, 6)
    # The fixed market touches the best bid in every third step.
    assert [one["data"][0]["ts"] for one in heard] == [str(START + 300), str(START + 600)]
    assert heard[0]["data"][0]["bids"][0][:2] == ["100000", "10.03"]


def test_the_mark_is_told_on_change_every_200_ms_or_else_every_10_s(make_bench, fixed_source):
    moving = make_bench(fixed_source())
    client = moving.join()
    moving.subscribe(client, arg("mark-price"))
    heard = moving.steps(client, 4)
    assert [one["data"][0] for one in heard] == [
        {"instType": "SWAP", "instId": BTC, "markPx": "100000.2", "ts": str(START + 200)},
        {"instType": "SWAP", "instId": BTC, "markPx": "100000.4", "ts": str(START + 400)},
    ]
    still = make_bench(fixed_source(quiet=True))
    client = still.join()
    still.subscribe(client, arg("mark-price"))
    assert len(still.steps(client, 300)) == 3


def test_a_liquidation_names_the_side_that_died(bench):
    client = bench.join()
    bench.subscribe(client, {"channel": "liquidation-orders", "instType": "SWAP"})
    heard = bench.steps(client, 30)
    assert heard[0] == {
        "arg": {"channel": "liquidation-orders", "instType": "SWAP"},
        "data": [
            {
                "details": [
                    {
                        "bkLoss": "0",
                        "bkPx": "100000",
                        "ccy": "",
                        "posSide": "long",
                        "side": "sell",
                        "sz": "0.09",
                        "ts": str(START + 2_950),
                    }
                ],
                "instFamily": "BTC-USDT",
                "instId": BTC,
                "instType": "SWAP",
                "uly": "BTC-USDT",
            }
        ],
    }


def test_interest_comes_every_3_s_and_funding_every_minute(bench):
    client = bench.join()
    bench.subscribe(client, arg("open-interest"), arg("funding-rate"))
    heard = bench.steps(client, 600)
    by_channel = [one["arg"]["channel"] for one in heard]
    assert by_channel.count("open-interest") == 20
    assert by_channel.count("funding-rate") == 1
    assert heard[0]["data"][0] == {
        "instType": "SWAP",
        "instId": BTC,
        "oi": "10000.3",
        "oiCcy": "100.003",
        "oiUsd": "10000600.009",
        "ts": str(START + 3_000),
    }
    assert heard[-1]["data"][0]["fundingRate"] == "0.0002"


def test_a_candle_is_pushed_each_second_and_its_closing_once(bench):
    client = bench.join("business")
    greeting = bench.subscribe(client, arg("candle1m"))[-1]
    assert greeting["data"][0][0] == str(START)
    heard = [one["data"][0] for one in bench.steps(client, 620)]
    assert len(heard) == 63
    closed = [row for row in heard if row[8] == "1"]
    assert [row[0] for row in closed] == [str(START)]
    assert heard[-1][0] == str(START + 60_000)


def test_instruments_are_listed_at_once_and_other_types_are_empty(bench):
    client = bench.join()
    listed = bench.subscribe(client, {"channel": "instruments", "instType": "SWAP"})[-1]["data"]
    assert [row["instId"] for row in listed] == [BTC, ETH]
    spot = bench.subscribe(client, {"channel": "instruments", "instType": "SPOT"})[-1]["data"]
    assert spot == []


def test_nothing_is_made_for_nobody(bench):
    for _ in range(50):
        bench.hub.step()
    assert bench.hub.messages == 0


def test_the_last_tick_of_a_recording_says_that_it_ended(bench):
    client = bench.join(follows=True)
    bench.hub.tick(1.5, ended=True)
    assert bench.heard(client) == [
        {"event": "clock", "now": str(START * 1_000_000), "speed": 1.5, "ended": True}
    ]


# Faults.


def test_A04_a_gap_breaks_the_chain_and_a_new_snapshot_mends_it(bench):
    client = bench.join()
    bench.subscribe(client, arg("books"))
    bench.faults.add(Fault(kind="gap", inst_id=BTC), bench.wall)
    heard = books_of(bench.steps(client, 3))
    assert len(heard) == 2
    first, second = (one["data"][0] for one in heard)
    assert second["prevSeqId"] == first["seqId"]
    bench.say(client, {"op": "unsubscribe", "args": [arg("books")]})
    assert books_of(bench.subscribe(client, arg("books")))[0]["action"] == "snapshot"


def test_A05_a_sequence_reset_is_chained_but_lower(bench):
    client = bench.join()
    last = bench.subscribe(client, arg("books"))[-1]["data"][0]["seqId"]
    bench.faults.add(Fault(kind="seq_reset", inst_id=BTC), bench.wall)
    first, second = (one["data"][0] for one in books_of(bench.steps(client, 2)))
    assert first["prevSeqId"] == last
    assert first["seqId"] < last
    assert second["prevSeqId"] == first["seqId"]


def test_A07_A19_updates_may_come_twice_or_crossed(bench):
    client = bench.join()
    bench.subscribe(client, arg("books"))
    bench.faults.add(Fault(kind="duplicate"), bench.wall)
    first, second = books_of(bench.steps(client))
    assert first == second
    bench.faults.add(Fault(kind="crossed"), bench.wall)
    bids = books_of(bench.steps(client))[0]["data"][0]["bids"]
    assert bids[0][0] == "100001.1"


def test_A03_a_frozen_channel_is_silent_while_the_others_and_the_pings_go_on(bench):
    client = bench.join()
    bench.subscribe(client, arg("books"), arg("trades"))
    bench.faults.add(Fault(kind="freeze", channel="books", seconds=5), bench.wall)
    assert {one["arg"]["channel"] for one in bench.steps(client, 5)} == {"trades"}
    assert bench.say(client, "ping") == ["pong"]
    bench.wall += 5_000_000_000
    assert books_of(bench.steps(client))


def test_A08_A11_a_subscription_may_be_refused_or_left_without_a_snapshot(bench):
    client = bench.join()
    bench.faults.add(Fault(kind="reject", inst_id=ETH), bench.wall)
    heard = bench.subscribe(client, arg("books"), arg("books", ETH))
    assert [one.get("event") for one in heard] == ["subscribe", "error", None]
    assert {one["arg"]["instId"] for one in bench.steps(client)} == {BTC}
    bench.faults.add(Fault(kind="no_snapshot"), bench.wall)
    assert [one.get("event") for one in bench.subscribe(client, arg("books"))] == ["subscribe"]
