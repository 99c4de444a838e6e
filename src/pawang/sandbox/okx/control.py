"""What the simulated venue answers beside OKX: its clock, its numbers, its fault script.

    GET  /clock           {"now":"<ns>","speed":20.0,"reached":19.7,"start":"<ns>","ended":false}
    GET  /sandbox/stats   connections, followers, messages, steps, speed
    GET  /sandbox/fault   what is still to come
    POST /sandbox/fault   one fault as JSON, e.g. {"kind":"gap","inst_id":"BTC-USDT-SWAP"}
    DELETE /sandbox/fault forget the rest of the script
    GET  /openapi.json    the same, for programs
    GET  /                the same, for people

`speed` is what was asked for; time moves only while `running`; `reached` and `recent` say how fast
it really went, since the start and over the last five seconds.
"""

from typing import Any

import msgspec

from pawang.sandbox.faults import MEANINGS, Fault, FaultScript
from pawang.sandbox.okx.hub import Hub
from pawang.sandbox.okx.pump import Pump
from pawang.sandbox.okx.rest import ENDPOINTS, ROOT
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


def script_body(script: FaultScript) -> dict[str, object]:
    return {"waiting": script.waiting()}


def http_fault(fault: Fault) -> Response:
    """A scripted answer: the given body as it is, or OKX's own for that status."""
    status = fault.status or 503
    if fault.body:
        kind = "text/html" if fault.body.lstrip().startswith("<") else JSON["content-type"]
        return Response(status, fault.body.encode(), {"content-type": kind}, fault.sending)
    code, text = BUSY.get(status, BUSY[503])
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

    schemas = msgspec.json.schema_components([Fault], ref_template="#/components/schemas/{name}")
    fault = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}}}
    paths: dict[str, Any] = {
        "/clock": {"get": said("Desk time, its speed, and the speed reached")},
        "/sandbox/stats": {"get": said("Connections, messages, steps")},
        "/sandbox/fault": {
            "get": said("The faults still to come"),
            "post": said("Add a fault", description=_meanings(), requestBody=fault),
            "delete": said("Forget the script"),
        },
    }
    paths |= {f"{ROOT}{path}": {"get": said("OKX v5, public")} for path in ENDPOINTS}
    return {
        "openapi": "3.1.0",
        "info": {"title": "pawang's simulated OKX", "version": version},
        "paths": paths,
        "components": {"schemas": schemas[1]},
    }


def _meanings() -> str:
    return "\n".join(f"- `{kind}`: {meaning}" for kind, meaning in MEANINGS.items())


def help_text() -> str:
    endpoints = "\n".join(f"  GET {ROOT}{path}" for path in ENDPOINTS)
    assert __doc__ is not None
    return (
        f"{__doc__}\nFaults (kind, channel, inst_id, path, count, seconds, status, body, sending):"
        f"\n{_meanings()}\n\nWebSockets: /ws/v5/public /ws/v5/business /ws/v5/private"
        f"\n(add ?clock=1 for desk time in-band)\n\n{endpoints}\n"
    )
