"""Honest messages to be spoiled: what the simulated venue says, what OKX documents, what was
recorded.

The venue's own words cover every public channel and endpoint in full rows; the shapes below are
the rest of okx-v5.md (9, 9.2, 9.3), shortened. A folder of recordings and a page with examples in
```json blocks are read where they are given, and are never part of the project.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pawang.model.codec import encode
from pawang.sandbox.faults import FaultScript
from pawang.sandbox.okx.connection import PUBLIC, Connection
from pawang.sandbox.okx.core import Core
from pawang.sandbox.okx.hub import Hub
from pawang.sandbox.okx.rest import ENDPOINTS, ROOT, Rest
from pawang.simulate.okx.market import TinyMarket
from pawang.simulate.world import unframed

STEPS = 40  # of 100 ms: every channel has spoken
LARGE = 8_000  # bytes; larger honest messages are rare among the inputs
BUSINESS = ("trades-all", "candle1m", "candle1Dutc")
NAME, FAMILY = "BTC-USDT-SWAP", "BTC-USDT"
QUERY = (
    f"instType=SWAP&instId={NAME}&instFamily={FAMILY}&uly={FAMILY}&ccy=BTC&bar=1m&period=5m"
    "&tdMode=cross&sz=20&limit=20"
)

SHAPES = (
    '{"event":"login","code":"0","msg":"","connId":"a4d3ae55"}',
    '{"id":"1","event":"error","code":"60012","msg":"Invalid request: {\\"op\\"}","connId":"a4"}',
    '{"event":"notice","code":"64008","msg":"The connection will soon be closed.","connId":"a4"}',
    '{"event":"channel-conn-count","channel":"orders","connCount":"2","connId":"abcd1234"}',
    '{"event":"clock","now":"1757894400000000000","speed":20,"ended":true}',
    '{"arg":{"channel":"status"},"data":[{"begin":"1672823400000","end":"1672825980000","href":"",'
    '"preOpenBegin":"","scheDesc":"","serviceType":"0","state":"completed","system":"unified",'
    '"maintType":"1","env":"1","title":"upgrade","ts":"1672826038470"}]}',
    '{"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[{"details":[{"bkLoss":"0",'
    '"bkPx":"0.007831","ccy":"","posSide":"short","side":"buy","sz":"13","ts":"1692266434010"}],'
    '"instFamily":"BTC-USDT","instId":"BTC-USDT-SWAP","instType":"SWAP","uly":"BTC-USDT"}]}',
    '{"arg":{"channel":"orders","instType":"SWAP","uid":"614488474791936"},"data":[{"accFillSz":"1",'
    '"algoId":"","amendResult":"","avgPx":"31527.1","cancelSource":"","category":"normal",'
    '"clOrdId":"pawang01","code":"0","cTime":"1654084334977","execType":"M","fee":"-0.02522168",'
    '"feeCcy":"USDT","fillFee":"-0.02522168","fillFeeCcy":"USDT","fillPx":"31527.1","fillSz":"1",'
    '"fillPnl":"0.01","fillTime":"1654084353263","instId":"BTC-USDT-SWAP","instType":"SWAP",'
    '"lever":"3","msg":"","ordId":"452197707845865472","ordType":"limit","pnl":"0","posSide":"net",'
    '"px":"31527.1","reduceOnly":"false","reqId":"","side":"sell","source":"","state":"filled",'
    '"sz":"1","tag":"","tdMode":"cross","tradeId":"242589207","uTime":"1654084353264"}]}',
    '{"arg":{"channel":"orders-algo","uid":"77982378738415879","instType":"SWAP"},"data":[{'
    '"actualPx":"0","actualSide":"","actualSz":"0","algoClOrdId":"a1","algoId":"581878926302093312",'
    '"attachAlgoOrds":[],"cTime":"1685002746818","uTime":"1708679675245","failCode":"",'
    '"instId":"BTC-USDT-SWAP","instType":"SWAP","ordId":"","ordIdList":[],"ordPx":"",'
    '"ordType":"conditional","posSide":"net","reduceOnly":"true","side":"sell","slOrdPx":"-1",'
    '"slTriggerPx":"98400","slTriggerPxType":"mark","state":"live","sz":"11","tdMode":"cross"}]}',
    '{"arg":{"channel":"account","uid":"44*********584"},"eventType":"snapshot","curPage":1,'
    '"lastPage":true,"data":[{"adjEq":"55444.1","availEq":"55444.1","details":[{"availBal":"4734.3",'
    '"availEq":"4734.3","cashBal":"4750.4","ccy":"USDT","eq":"4892.9","eqUsd":"4889.3",'
    '"frozenBal":"158.5","imr":"","mmr":"","upl":"-7.5","uTime":"1705449605015"}],"imr":"0",'
    '"mgnRatio":"","mmr":"0","totalEq":"55868.06","uTime":"1705564223311","upl":"-7.5"}]}',
    '{"arg":{"channel":"positions","uid":"77982378738415879","instType":"SWAP"},'
    '"eventType":"snapshot","curPage":1,"lastPage":true,"data":[{"adl":"1","availPos":"1",'
    '"avgPx":"2566.31","cTime":"1619507758793","ccy":"USDT","imr":"12","instId":"BTC-USDT-SWAP",'
    '"instType":"SWAP","lever":"10","liqPx":"2352.8","markPx":"2353.8","margin":"",'
    '"mgnMode":"cross","mgnRatio":"11.7","mmr":"0.3","notionalUsd":"2276.2","pTime":"1619507761462",'
    '"pos":"-1.5","posId":"307173036051017730","posSide":"net","realizedPnl":"0.001","fee":"-0.1",'
    '"fundingFee":"0","liqPenalty":"0","pnl":"0.0011","tradeId":"109844","uTime":"1619507761462",'
    '"upl":"-0.0000009932766034","uplRatio":"-0.0025490556801078"}]}',
    '{"id":"1512","op":"order","data":[{"clOrdId":"pawang01","ordId":"12345689","tag":"",'
    '"ts":"1695190491421","sCode":"0","sMsg":""}],"code":"0","msg":"","inTime":"1695190491421339",'
    '"outTime":"1695190491423240"}',
    '{"id":"1512","op":"order","data":[{"clOrdId":"","ordId":"","tag":"","ts":"1695190491421",'
    '"sCode":"51008","sMsg":"Insufficient balance"}],"code":"1","msg":""}',
    '{"id":"1512","op":"order","data":[],"code":"60013","msg":"Invalid args"}',
)
"""What OKX may send and the simulated venue does not always."""

REQUESTS = (
    '{"id":"1512","op":"subscribe","args":[{"channel":"tickers","instId":"BTC-USDT-SWAP"},'
    '{"channel":"books","instId":"BTC-USDT-SWAP","instType":null}]}',
    '{"op":"unsubscribe","args":[{"channel":"liquidation-orders","instType":"SWAP"}]}',
    '{"op":"login","args":[{"apiKey":"k","passphrase":"p","timestamp":1538054050,"sign":"7L+zFQ="}]}',
    '{"id":"7","op":"order","args":[{"instIdCode":10459,"side":"buy","tdMode":"cross",'
    '"ordType":"limit","px":"99000","sz":"1","clOrdId":"pawang0002","reduceOnly":false}]}',
    '{"id":"8","op":"batch-orders","args":[{"instId":"BTC-USDT-SWAP","side":"sell","sz":"1",'
    '"tdMode":"cross","ordType":"market","attachAlgoOrds":[{"slTriggerPx":"98400","slOrdPx":"-1"}]}]}',
    '{"id":"9","op":"cancel-order","args":[{"instId":"BTC-USDT-SWAP","clOrdId":"pawang0002"}]}',
    '{"id":"9","op":"amend-order","args":[{"instIdCode":10459,"ordId":"1","newSz":"2","newPx":"9"}]}',
    '{"op":"clock","seen":"1757894400000000000"}',
    '{"kind":"http","path":"/api/v5/trade/order","count":2,"status":503,"body":"","sending":"hang"}',
    '{"kind":"freeze","channel":"books","inst_id":"BTC-USDT-SWAP","seconds":12.5}',
)
"""What a client may send: for the simulated venue's own reader."""


@dataclass(frozen=True)
class Sample:
    """`path` and `method` are the endpoint of an answer, "" for what comes in a stream."""

    body: bytes
    path: str = ""
    method: str = "GET"
    request: bool = False


def corpus(recorded: Path | None = None, shapes: Path | None = None) -> list[Sample]:
    """All samples in a fixed order, each different."""
    made = [Sample(text.encode()) for text in SHAPES]
    made += [Sample(text.encode(), request=True) for text in REQUESTS]
    made += _streamed()
    made += _answered()
    if recorded is not None:
        made += [Sample(path.read_bytes()) for path in sorted(recorded.rglob("*.json"))]
    if shapes is not None:
        made += _documented(shapes)
    return list(dict.fromkeys(made))


def _streamed() -> list[Sample]:
    """A few frames of every channel of the simulated venue."""
    core = Core(TinyMarket(7))
    hub = Hub(core, FaultScript(), lambda: 0)
    frames: list[bytes] = []
    for path, channels in (("public", PUBLIC), ("business", BUSINESS)):
        listener = hub.join(Connection(core, path, "f0"))
        for channel in channels:
            target = FAMILY if channel == "index-tickers" else NAME
            arg = f'"channel":"{channel}","instId":"{target}","instType":"SWAP"'
            hub.hear(listener, f'{{"op":"subscribe","args":[{{{arg}}}]}}')
        for _ in range(STEPS):
            hub.step()
        frames += [unframed(frame) for frame in listener.outbox]
    return [Sample(body) for body in _few(frames)]


def _few(frames: list[bytes]) -> Iterator[bytes]:
    """At most four of those that begin alike."""
    seen: dict[bytes, int] = {}
    for body in frames:
        kind = body[:60]
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] <= 4:
            yield body


def _answered() -> Iterator[Sample]:
    rest = Rest(Core(TinyMarket(7)))
    for path in ENDPOINTS:
        _, body = rest.answer("GET", f"{ROOT}{path}", QUERY)
        yield Sample(encode(body), f"{ROOT}{path}")


def _documented(page: Path) -> Iterator[Sample]:
    """An answer stands under the heading, or after the line, that names its endpoint."""
    method, path = "GET", ""
    for line in page.read_text().splitlines():
        if found := re.search(r"(GET|POST) (?:/api/v5)?(/[\w-]+/[\w/-]+)", line):
            method, path = found[1], f"{ROOT}{found[2]}"
        elif line.startswith("## "):
            path = ""
        if not line.startswith("{"):
            continue
        if '"arg"' in line or '"op"' in line or '"event"' in line:
            yield Sample(line.encode(), request='"args"' in line)
        elif '"data"' in line:
            yield Sample(line.encode(), path, method)
