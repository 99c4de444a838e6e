"""What the simulated venue answers beside OKX: its clock, its numbers, its fault script.

    GET  /clock           {"now":"<ns>","speed":20.0,"reached":19.7,"start":"<ns>","ended":false}
    GET  /sandbox/stats   connections, followers, messages, steps, speed
    GET  /sandbox/fault   what is still to come
    POST /sandbox/fault   one fault as JSON, e.g. {"kind":"gap","inst_id":"BTC-USDT-SWAP"}
    GET  /sandbox/account what every account has: balance, orders, algos, positions, fills
    POST /sandbox/market  a crowd order: {"inst_id":"BTC-USDT-SWAP","side":"sell","usd":2000000},
                          or with "move_bps":50 instead of "usd", as much as moves it so far
    DELETE /sandbox/fault forget the rest of the script
    GET  /openapi.json    the same, for programs
    GET  /                the same, for people

`speed` is what was asked for; time moves only while `running`; `reached` and `recent` say how fast
it really went, since the start and over the last five seconds.
"""

from typing import Any, Literal

import msgspec

from pawang.sandbox.faults import MEANINGS, BadFault, Fault, FaultScript
from pawang.sandbox.okx.codes import TEXTS
from pawang.sandbox.okx.core import Core
from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.hub import Hub
from pawang.sandbox.okx.private.exchange import Exchange
from pawang.sandbox.okx.private.rest import ORDERS, READ, WRITE
from pawang.sandbox.okx.private.rows_account import balance_row, position_row
from pawang.sandbox.okx.private.rows_algos import algo_row
from pawang.sandbox.okx.private.rows_orders import fill_row, order_row
from pawang.sandbox.okx.pump import Pump
from pawang.sandbox.okx.rest import ENDPOINTS, ROOT
from pawang.sandbox.source import Pressable
from pawang.sandbox.wire import Response

JSON = {"content-type": "application/json"}


def answer(status: int, body: object) -> Response:
    return Response(status, msgspec.json.encode(body), JSON)


def clock_body(pump: Pump) -> dict[str, object]:
    clock = pump.clock
    return {
        "now": str(clock.now_ms * 1_000_000),
        "speed": clock.speed,
        "reached": round(clock.reached, 3),
        "recent": round(clock.recent, 3),
        "start": str(clock.start_ms * 1_000_000),
        "running": not pump.waiting and not clock.ended,
        "ended": clock.ended,
    }


def stats_body(hub: Hub, pump: Pump, requests: int, buffered: int) -> dict[str, object]:
    connections = [one.connection for one in hub.listeners]
    return {
        **clock_body(pump),
        "connections": len(connections),
        "followers": sum(1 for one in connections if one.follows),
        "subscriptions": sum(len(one.keys) for one in connections),
        "messages": hub.messages,
        "requests": requests,
        "steps": pump.steps,
        "held_turns": pump.held_turns,
        "buffered_bytes": buffered,
        "faults": len(hub.faults.waiting()),
    }


def accounts_body(exchange: Exchange) -> dict[str, object]:
    now = exchange.core.now_ms
    return {
        "accounts": [
            {
                "uid": account.uid,
                "key": account.params.key,
                "balance": balance_row(account, now),
                "positions": [position_row(account, one) for one in account.positions.values()],
                "orders": [order_row(one) for one in account.orders.values()],
                "ended": [order_row(one) for one in list(account.ended)[-SHOWN:]],
                "algos": [algo_row(one) for one in account.algos.values()],
                "ended_algos": [algo_row(one) for one in list(account.ended_algos)[-SHOWN:]],
                "fills": [fill_row(one) for one in list(account.fills)[-SHOWN:]],
            }
            for account in exchange.accounts.values()
        ]
    }


class Crowd(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order of everybody else: so many USD, or as much as moves the touch by `move_bps`."""

    inst_id: str
    side: Literal["buy", "sell"]
    usd: float = 0.0
    move_bps: float = 0.0


def read_crowd(body: bytes, core: Core) -> Crowd:
    """Raises BadFault."""
    try:
        wish = msgspec.json.decode(body, type=Crowd)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadFault(str(error)) from None
    if wish.inst_id not in core.instruments:
        raise BadFault(f"no instrument {wish.inst_id!r}")
    if not (0 < wish.usd < 1e12 or 0 < wish.move_bps <= MOVE_MAX_BPS):
        raise BadFault(f"usd above 0, or move_bps above 0 and at most {MOVE_MAX_BPS}")
    return wish


def press(wish: Crowd, core: Core, exchange: Exchange) -> dict[str, object]:
    """Where the market itself can be pressed it is, in its next step; else what is shown is taken
    at once."""
    made, buy = core.instruments[wish.inst_id], wish.side == "buy"
    lot_usd = made.listing.coins(1) * made.last_ticks * made.tick
    lots = max(1, int(wish.usd / lot_usd)) if wish.usd else LOTS_MAX
    if isinstance(core.source, Pressable):
        core.source.press(made.name, buy, lots, wish.move_bps or None)
        return {"taken": "in the next step"}
    order = exchange.press(made, buy=buy, lots=lots)
    return {"taken": made.size.text(order.filled)}


MOVE_MAX_BPS = 150  # the seeded book reaches no further
LOTS_MAX = 10**12
SHOWN = 100


def script_body(script: FaultScript) -> dict[str, object]:
    return {"waiting": script.waiting()}


def http_fault(fault: Fault) -> Response:
    """A scripted answer: the given body as it is, or OKX's own for that status."""
    status = fault.status or (Refused(fault.code).status if fault.code in TEXTS else 503)
    if fault.body:
        kind = "text/html" if fault.body.lstrip().startswith("<") else JSON["content-type"]
        return Response(status, fault.body.encode(), {"content-type": kind}, fault.sending)
    code, text = BUSY.get(status, BUSY[503])
    if fault.code:
        code, text = fault.code, TEXTS.get(fault.code, (status, text))[1]
    body = msgspec.json.encode({"code": code, "msg": text, "data": []})
    return Response(status, body, JSON, fault.sending)


BUSY = {
    429: ("50011", "Rate limit reached. Please refer to API documentation and throttle requests "
                   "accordingly."),
    500: ("50026", "System error. Try again later"),
    503: ("50001", "Service temporarily unavailable. Please try again later."),
    400: ("50004", "API endpoint request timeout. (does not mean that the request was successful "
                   "or failed, please check the request result)."),
}  # fmt: skip


def openapi(version: str = "5") -> dict[str, Any]:
    """OpenAPI 3.1 of the control side; the OKX side is listed by path only."""

    def said(summary: str, **more: object) -> dict[str, object]:
        return {"summary": summary, "responses": {"200": {"description": "as JSON"}}, **more}

    template = "#/components/schemas/{name}"
    schemas = msgspec.json.schema_components([Fault, Crowd], ref_template=template)
    fault, crowd = (
        {"content": {"application/json": {"schema": {"$ref": template.format(name=name)}}}}
        for name in ("Fault", "Crowd")
    )
    paths: dict[str, Any] = {
        "/clock": {"get": said("Desk time, its speed, and the speed reached")},
        "/sandbox/stats": {"get": said("Connections, messages, steps")},
        "/sandbox/fault": {
            "get": said("The faults still to come"),
            "post": said("Add a fault", description=_meanings(), requestBody=fault),
            "delete": said("Forget the script"),
        },
        "/sandbox/account": {"get": said("What every account has")},
        "/sandbox/market": {"post": said("An order of the crowd", requestBody=crowd)},
    }
    paths |= {f"{ROOT}{path}": {"get": said("OKX v5, public")} for path in ENDPOINTS}
    for path in {**READ, **WRITE, **ORDERS}:
        methods = {"get": path in READ, "post": path in WRITE or path in ORDERS}
        paths[f"{ROOT}{path}"] = {
            method: said("OKX v5, signed") for method, there in methods.items() if there
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": "pawang's simulated OKX", "version": version},
        "paths": paths,
        "components": {"schemas": schemas[1]},
    }


def _meanings() -> str:
    return "\n".join(f"- `{kind}`: {meaning}" for kind, meaning in MEANINGS.items())


def help_text() -> str:
    endpoints = "\n".join(
        [f"  GET {ROOT}{path}" for path in ENDPOINTS]
        + [f"  GET {ROOT}{path} (signed)" for path in READ]
        + [f"  POST {ROOT}{path} (signed)" for path in (*ORDERS, *WRITE)]
    )
    assert __doc__ is not None
    return (
        f"{__doc__}\nFaults (kind, channel, inst_id, path, count, seconds, status, body, sending,"
        f" when, code):"
        f"\n{_meanings()}\n\nWebSockets: /ws/v5/public /ws/v5/business /ws/v5/private"
        f"\n(add ?clock=1 for desk time in-band)\n\n{endpoints}\n"
    )
