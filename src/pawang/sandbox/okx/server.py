"""The thin shell of the simulated OKX: sockets in, sockets out, one task that moves the time.

One port: `/api/v5/*`, `/ws/v5/{public,private,business}`, and what `control` answers. A WebSocket
opened with `?clock=1` follows desk time: after the data of each 100-ms step it gets
`{"event":"clock","now":"<ns>","speed":20}` and says `{"op":"clock","seen":"<ns>"}` when it has
worked that off. Wall time runs the timers and is never scaled.
"""

import asyncio
import contextlib
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pawang.sandbox.clock import BACKLOG_WALL_MS, ScaledClock
from pawang.sandbox.faults import BadFault, Fault, FaultScript, read_fault, read_fields
from pawang.sandbox.okx import control
from pawang.sandbox.okx.clients import SECOND, SILENCE_S, STRIKES, Client
from pawang.sandbox.okx.codes import TEXTS
from pawang.sandbox.okx.connection import PATHS, Connection
from pawang.sandbox.okx.core import Core
from pawang.sandbox.okx.hub import Hub, Listener
from pawang.sandbox.okx.limits import Allowance, LimitParams, Limits
from pawang.sandbox.okx.maintenance import Maintenance
from pawang.sandbox.okx.private.accounts import AccountParams
from pawang.sandbox.okx.private.exchange import Exchange
from pawang.sandbox.okx.private.gate import Gate
from pawang.sandbox.okx.private.rest import PrivateRest
from pawang.sandbox.okx.private.sessions import Sessions
from pawang.sandbox.okx.private.signing import Clocks, Keyring
from pawang.sandbox.okx.pump import BUFFER_HOLD, Pump
from pawang.sandbox.okx.rest import Rest
from pawang.sandbox.source import MarketSource
from pawang.sandbox.wire import Request, Response, Server, Socket

STUCK_S = 30  # a listener that leaves more than BUFFER_HOLD unread for so long: closed 4005
BUFFER_MAX = 64 * 1024 * 1024  # and at once above this
MAINTENANCE_S = 60  # from one state to the next
ABREAST_MS = 3_600_000  # what a market that keeps to the host's time makes up for
WS_ROOT = "/ws/v5/"


@dataclass(frozen=True, slots=True)
class VenueParams:
    """How strict the venue is. `limits` are OKX's own unless a test says otherwise."""

    limits: LimitParams = field(default_factory=LimitParams)
    connections_per_s: int = 3  # per address (okx-v5.md 4)
    silence_s: float = SILENCE_S
    stuck_s: float = STUCK_S
    check_s: float = 1.0  # how often the timers are looked at


class OkxVenue:
    """Serves a market and the accounts that trade on it. `wall` (ns, never back) and `epoch` (ns,
    UTC) are injectable, so that tests of limits and stamps need not wait."""

    def __init__(
        self,
        source: MarketSource,
        speed: float = 1.0,
        wait_for_desk: bool = False,
        wall: Callable[[], int] = time.monotonic_ns,
        params: VenueParams = VenueParams(),
        ssl_context: ssl.SSLContext | None = None,
        accounts: Sequence[AccountParams] = (AccountParams(),),
        epoch: Callable[[], int] = time.time_ns,
        abreast: bool = False,
    ) -> None:
        """`abreast`: the market's time is the host's, and stays it whatever holds it up."""
        self.core = Core(source)
        made_up_ms = ABREAST_MS if abreast else BACKLOG_WALL_MS
        self.clock = ScaledClock(self.core.now_ms, speed, made_up_ms=made_up_ms)
        self.faults = FaultScript()
        self.core.ahead = self._ahead
        self.exchange = Exchange(self.core, accounts)
        clocks = Clocks(lambda: self.core.now_ms, lambda: epoch() // 1_000_000, self._ahead)
        keyring = Keyring(lambda: list(self.exchange.accounts.values()), clocks)
        self.gate = Gate(keyring, Limits(params.limits), self.faults, wall)
        self.gate.closed = self._closed
        self.sessions = Sessions(self.exchange, self.gate)
        self.hub = Hub(self.core, self.faults, wall, self.sessions)
        self.pump = Pump(
            self.hub, self.clock, self._buffered, self._excused, wait_for_desk=wait_for_desk
        )
        self.rest = Rest(self.core, params.limits, PrivateRest(self.exchange, self.gate))
        self.params = params
        self._epoch = epoch
        self._abreast = abreast
        self.port = 0
        self.ts_desk = wall()  # when a desk was last following
        self._wall = wall
        self._clients: dict[Listener, Client] = {}
        self._arrivals: dict[str, Allowance] = {}
        self._wake = asyncio.Event()
        self._count = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._server = Server(
            self._http, self._websocket, admit=self._admit, ssl_context=ssl_context
        )

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> int:
        """Listen and let time run; the port. OSError when it is taken."""
        if self._abreast:
            self._catch_up()
        self.port = await self._server.start(host, port)
        self._tasks = [
            asyncio.create_task(self._move(), name="okx market pump"),
            asyncio.create_task(self._check(), name="okx timers"),
        ]
        return self.port

    def _catch_up(self) -> None:
        """A source begins with a minute; its time is the host's before anybody listens."""
        while self.core.now_ms + self.clock.step_ms <= self._epoch() // 1_000_000:
            self.hub.step()
            self.clock.advance()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.close()

    @property
    def open_sockets(self) -> int:
        """WebSockets on which both may still speak."""
        return sum(1 for client in self._clients.values() if client.socket.open)

    # Time.

    async def _move(self) -> None:
        while True:
            rest_s = self.pump.turn(self._wall())
            self._flush()
            self._wake.clear()
            if rest_s <= 0:
                await asyncio.sleep(0)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest_s):
                    await self._wake.wait()

    def _flush(self) -> None:
        """One write a listener for all that the turn has said."""
        wall = self._wall()
        for listener, client in self._clients.items():
            if listener.outbox:
                made, listener.outbox = listener.outbox, []
                if client.resting_until is None:
                    client.socket.write(b"".join(made))
                    client.ts_flow = wall

    def _buffered(self, listener: Listener) -> int:
        client = self._clients.get(listener)
        return client.socket.buffered if client else 0

    def _excused(self, listener: Listener) -> bool:
        client = self._clients.get(listener)
        return client is None or client.resting_until is not None or not client.socket.open

    async def _check(self) -> None:
        """The timers of wall time: silence, stuck listeners, scripted ends."""
        while True:
            wall = self._wall()
            for client in list(self._clients.values()):
                self._judge(client, wall)
            self.pass_time(wall)
            if any(listener.connection.follows for listener in self._clients):
                self.ts_desk = wall
            await asyncio.sleep(self.params.check_s)

    def pass_time(self, wall: int) -> None:
        """The dead man's switches, maintenance, and what delays have held back."""
        self.exchange.run_timers(wall)
        self.hub.tell_accounts()
        self.hub.tell_status()
        self.hub.release()
        self._flush()

    def _judge(self, client: Client, wall: int) -> None:
        socket, params = client.socket, self.params
        if client.resting_until is not None:
            if wall >= client.resting_until:
                socket.wake()
                socket.abort()
            return
        if client.ts_close is not None and wall >= client.ts_close:
            socket.close(1001, "service upgrade")
        if wall - client.ts_flow > params.silence_s * SECOND:
            socket.close(4004, "No data received in 30s")
        if socket.buffered <= BUFFER_HOLD:
            client.ts_stuck = None
        else:
            client.ts_stuck = client.ts_stuck or wall
            if socket.buffered > BUFFER_MAX or wall - client.ts_stuck > params.stuck_s * SECOND:
                socket.close(4005, "Buffer is full, cannot write data")

    # WebSockets.

    async def _admit(self, request: Request) -> Response | None:
        """Three connections a second; the next three wait for their turn, the others are refused.

        OKX does not say which of the two it does. nautilus_trader opens four at once, and that
        they all come in is what it is used to.
        """
        if request.path.removeprefix(WS_ROOT) not in PATHS:
            return Response(404)
        most = self.params.connections_per_s
        turn = self._arrivals.setdefault(request.peer, Allowance(most, 1)).turn(self._wall())
        if turn is None:
            return Response(429)
        await asyncio.sleep(turn / SECOND)
        return None

    async def _websocket(self, request: Request, socket: Socket) -> None:
        self._count += 1
        connection = Connection(
            self.core,
            request.path.removeprefix(WS_ROOT),
            f"{self._count:08x}",
            follows="clock=1" in request.query.split("&"),
            scripted=self.hub.rejects,
            private=self.sessions,
            headers=request.headers,
            peer=request.peer,
        )
        listener = self.hub.join(connection)
        client = self._clients[listener] = Client(listener, socket, self._wall())
        try:
            if connection.follows:
                self.hub.greet_follower(listener, self.clock.speed, ended=self.clock.ended)
                self._flush()
            async for text in socket:
                client.ts_flow = self._wall()
                self.hub.hear(listener, text)
                self._flush()
                self._wake.set()
        finally:
            self.hub.leave(listener)
            del self._clients[listener]
            self._wake.set()

    # Requests.

    async def _http(self, request: Request) -> Response:
        path, method = request.path, request.method
        if path.startswith("/api/"):
            return await self._api(request)
        if path == "/sandbox/fault":
            return self._script(method, request.body)
        if path == "/sandbox/market":
            return self._press(method, request.body)
        if method not in ("GET", "HEAD"):
            return control.answer(405, {"error": "GET only"})
        if path == "/clock":
            return control.answer(200, control.clock_body(self.pump))
        if path == "/sandbox/stats":
            unread = sum(client.socket.buffered for client in self._clients.values())
            body = control.stats_body(self.hub, self.pump, self.rest.requests, unread)
            return control.answer(200, body)
        if path == "/sandbox/account":
            return control.answer(200, control.accounts_body(self.exchange))
        if path == "/openapi.json":
            return control.answer(200, control.openapi())
        if path == "/":
            return Response(200, control.help_text().encode(), {"content-type": "text/plain"})
        return control.answer(404, {"error": "not here; see /"})

    async def _api(self, request: Request) -> Response:
        """Faults before the effect, the effect, its pushes, and faults after it."""
        wall = self._wall()
        fault = self.faults.take("http", path=request.path, now=wall) if self.faults else None
        if fault is not None and fault.when == "before":
            return control.http_fault(fault)
        self.exchange.run_timers(wall)
        status, body = self.rest.answer(
            request.method,
            request.path,
            request.query,
            peer=request.peer,
            wall_ns=wall,
            headers=request.headers,
            body=request.body,
        )
        self.hub.tell_accounts()
        self._flush()
        late = self.faults.take("http_delay", path=request.path, now=wall) if self.faults else None
        if late is not None:
            await asyncio.sleep(late.seconds)
        return control.answer(status, body) if fault is None else control.http_fault(fault)

    # Faults.

    def _script(self, method: str, body: bytes) -> Response:
        if method == "DELETE":
            self.faults.clear()
            self.hub.maintenance = None
            self.hub.release()
        elif method == "POST":
            try:
                self.inject(read_fault(body))
            except BadFault as bad:
                return control.answer(400, {"error": str(bad)})
        return control.answer(200, control.script_body(self.faults))

    def inject(self, fault: Fault) -> None:
        """Do what strikes at once, keep the rest for its moment. Raises BadFault."""
        if fault.code and fault.code not in TEXTS:
            raise BadFault(f"OKX has no code {fault.code!r} here")
        strike = STRIKES.get(fault.kind)
        if strike is None:
            self._inject_elsewhere(fault)
            return
        for client in list(self._clients.values()):
            strike(client, fault, self._wall())
        self._flush()

    def _inject_elsewhere(self, fault: Fault) -> None:
        """What strikes accounts or listings, and what waits in the script."""
        if fault.kind == "logout":
            self.sessions.forget()
        elif fault.kind == "maintenance":
            seconds = fault.seconds or MAINTENANCE_S
            self.hub.maintenance = Maintenance(self._wall(), self.core.now_ms, seconds)
            self.pass_time(self._wall())
        elif fault.kind in ("instrument", "liquidate"):
            made = self.core.instruments.get(fault.inst_id)
            if made is None:
                raise BadFault(f"no instrument {fault.inst_id!r}")
            if fault.kind == "liquidate":
                self.exchange.liquidate_all(made)
            else:
                made.listed = {**made.listed, **read_fields(fault)}
                self.hub.tell_instrument(made)
            self.pass_time(self._wall())
        else:
            self.faults.add(fault, self._wall())

    def _ahead(self) -> int:
        """How far the venue's clock is off, by script."""
        fault = self.faults.take("skew", now=self._wall()) if self.faults else None
        return int(fault.seconds * 1_000) if fault is not None else 0

    def _closed(self) -> bool:
        plan = self.hub.maintenance
        return plan is not None and plan.state(self._wall()) == "ongoing"

    def _press(self, method: str, body: bytes) -> Response:
        """A crowd order, so that a test need not wait for one."""
        if method != "POST":
            return control.answer(405, {"error": "POST only"})
        try:
            wish = control.read_crowd(body, self.core)
        except BadFault as bad:
            return control.answer(400, {"error": str(bad)})
        answer = control.press(wish, self.core, self.exchange)
        self.hub.tell_accounts()
        self._flush()
        return control.answer(200, answer)


async def serve_okx(
    source: MarketSource,
    *,
    port: int = 0,
    speed: float = 1.0,
    wait_for_desk: bool = False,
    params: VenueParams = VenueParams(),
    tls: ssl.SSLContext | None = None,
    accounts: Sequence[AccountParams] = (AccountParams(),),
) -> OkxVenue:
    """A venue that listens; `venue.port` says where. Close it with `await venue.close()`."""
    venue = OkxVenue(
        source, speed, wait_for_desk, params=params, ssl_context=tls, accounts=accounts
    )
    await venue.start(port)
    return venue
