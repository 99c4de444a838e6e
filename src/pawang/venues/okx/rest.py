"""OKX over REST, public and signed: a bucket an endpoint, breakers, and what each answer means.

The errors are `codes`'s. Questions (GET) are asked again with full jitter; a request that changes
something (POST) is never sent twice by itself: it either provably did not leave (NotSent), was
refused, or its outcome is Unknown and the caller asks what became of it (C01-C04).

Three breakers: one for public data and one for the account, of a venue that is away or sick, and
"auth", which opens at the first refused key and stays open until a person closes it (C19). The
account's rests are short: five minutes without knowing what became of an order are worse than a
probe every ten seconds. Cancels pass it: they only lower risk, and there are never more than three
of an order (C25).
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping

import httpx
import msgspec

from pawang.guards.breaker import Breaker, BreakerParams, Transition
from pawang.guards.retry import RetryParams, RetryPlan
from pawang.model.refs import MILLISECOND, SECOND
from pawang.venues import http
from pawang.venues.okx import signing
from pawang.venues.okx.answers import Call, judge
from pawang.venues.okx.codes import (
    LIMITED,
    Expired,
    Follow,
    Halted,
    Held,
    Malformed,
    NotSent,
    OkxError,
    Refused,
    Retry,
    Unknown,
    Unreachable,
)
from pawang.venues.okx.limits import CANCELS, Limits
from pawang.venues.okx.parse import Parsed
from pawang.venues.okx.server_clock import SAMPLES, ServerClock, reading
from pawang.venues.okx.signing import Credentials
from pawang.venues.okx.wire import TimeRow

__all__ = [
    "Expired",
    "Halted",
    "Held",
    "Malformed",
    "NotSent",
    "OkxError",
    "OkxRest",
    "Refused",
    "Retry",
    "Unknown",
    "Unreachable",
]

RETRY = RetryParams(
    first_s=0.5,  # a busy venue is asked again within a second
    ceiling_s=8.0,  # a start-up waits for the answer
    attempts_max=4,  # then the caller decides
)
ACCOUNT = BreakerParams(
    open_s=2.0,  # an order may be waiting to be asked for
    open_max_s=10.0,
)
IN_FLIGHT_MAX = 8  # calls at once; a deadline runs from the sending, not from the queueing
CANCELS_IN_FLIGHT_MAX = 4  # of their own: eight hanging entries must not keep a cancel waiting
ROOT = "/api/v5/"


class Auth:
    """The breaker of the key: opens at the first error, and no time closes it (C19)."""

    def __init__(self) -> None:
        self.state = "closed"
        self.cause = ""

    def open(self, cause: str) -> bool:
        """True when this is news."""
        if self.state == "open":
            return False
        self.state, self.cause = "open", cause
        return True

    def close(self) -> None:
        """A person has looked after the key."""
        self.state, self.cause = "closed", ""


class OkxRest:
    """`wall` and `roll` are the door's clock and chance; `told` hears the breakers' transitions.

    `utc` is our clock of day, for signatures; `demo` sets the header of demo trading. The address
    holds no secret here, so httpx may log it; headers are never logged.
    """

    def __init__(
        self,
        base_url: str,
        wall: Callable[[], int],
        roll: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        told: Callable[[Transition], None] = lambda _: None,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        credentials: Credentials | None = None,
        utc: Callable[[], int] | None = None,
        demo: bool = False,
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url,
            timeout=http.DEADLINE_S,
            transport=transport,
            follow_redirects=False,
            trust_env=False,  # a proxy is configured, never inherited
        )
        self._wall = wall
        self._utc = utc or wall
        self._roll = roll
        self._sleep = sleep
        self._told = told
        self._credentials = credentials
        self._demo = demo
        self._limits = Limits()
        self._in_flight = asyncio.Semaphore(IN_FLIGHT_MAX)
        self._cancelling = asyncio.Semaphore(CANCELS_IN_FLIGHT_MAX)
        self._retry = RetryPlan(RETRY)
        self.clock = ServerClock()
        self.breaker = Breaker()
        self.account = Breaker(ACCOUNT)
        self.auth = Auth()
        self.malformed: Counter[str] = Counter()
        self.calls = 0

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()

    def now(self) -> int:
        """The venue's time of day, as well as we know it; ns UTC."""
        return self.clock.now(self._utc())

    # Questions.

    async def get(self, path: str, query: Mapping[str, str]) -> Parsed:
        """The parsed answer of `/api/v5/{path}`; rows that broke their contract are counted and
        missing. Raises an OkxError when it is final or the tries are used up."""
        call = Call(method="GET", path=path, query=dict(query), instrument=query.get("instId", ""))
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._once(call)
            except (Unreachable, Retry):
                wait = self._retry.delay(attempt, self._roll())
                if wait is None:
                    raise
                await self._sleep(wait / SECOND)

    # Requests that change something.

    async def post(
        self,
        path: str,
        body: object,
        *,
        instrument: str = "",
        expires: int | None = None,
        admits: Callable[[], bool] = lambda: True,
    ) -> Parsed:
        """Send once. Items carry their own codes, which the caller judges.

        `admits` is asked after every wait and right before the bytes leave (I4). Raises NotSent,
        Retry (OKX did nothing), Unknown, Refused or Halted.
        """
        orders = len(body) if isinstance(body, list) else 1
        call = Call(
            method="POST",
            path=path,
            body=msgspec.json.encode(body).decode(),
            orders=orders,
            instrument=instrument,
            expires=expires,
        )
        return await self._once(call, admits)

    async def sync(self) -> None:
        """Read the venue's clock: five samples, their median (C18). Raises an OkxError."""
        call = Call(method="GET", path="public/time")
        readings: list[int] = []
        for _ in range(SAMPLES):
            await self._queue(call)  # before the sample: a wait of ours is no way of the network's
            sent = self._utc()
            parsed = await self._ask(call)
            heard = max(sent, self._utc())
            row = next((row for row in parsed.records if isinstance(row, TimeRow)), None)
            if row is None:
                raise Malformed(call.path, "data", "no time in it")
            readings.append(reading(sent, heard, row.ts * MILLISECOND))
        self.clock.set(readings, heard)

    # One call.

    async def _once(self, call: Call, admits: Callable[[], bool] = lambda: True) -> Parsed:
        try:
            return await self._guarded(call, admits)
        except Refused as refused:
            if refused.follow is not Follow.RESYNC:
                raise
        # The venue threw it out at the door for its time stamp: nothing was done, so once more.
        try:
            await self.sync()
        except OkxError as failed:
            if call.question:
                raise
            raise NotSent(call.path, failed.code, f"the clock was not read: {failed}") from None
        try:
            return await self._guarded(call, admits)
        except Refused as again:
            if again.follow is Follow.RESYNC:
                raise self._halt(Halted(call.path, again.code, "even after a resync")) from None
            raise

    async def _guarded(self, call: Call, admits: Callable[[], bool]) -> Parsed:
        await self._queue(call)
        started, breaker = self._wall(), self.account if call.signed else self.breaker
        if not breaker.allow(started) and call.path not in CANCELS:
            kept = Unreachable if call.question else NotSent
            raise kept(call.path, "", "paused after too many errors")
        try:
            async with self._cancelling if call.path in CANCELS else self._in_flight:
                self._check(call, admits)
                self.calls += 1
                parsed = await self._ask(call)
        except (Refused, Halted):
            self._tell(breaker.success(self._wall(), started))
            raise
        except OkxError as failed:
            self._blame(call, failed, breaker, started)
            raise
        except BaseException:
            # Cancelled by us: no verdict on the venue.
            breaker.abandon(started)
            raise
        self._tell(breaker.success(self._wall(), started))
        return parsed

    def _blame(self, call: Call, failed: OkxError, breaker: Breaker, started: int) -> None:
        """Whose fault it was: our own will, our pace, or the venue's health."""
        if isinstance(failed, Held | Expired):
            breaker.abandon(started)
        elif failed.code in (*LIMITED, "429"):
            self._limits.hold(call.method, call.path, call.instrument, call.orders, self._wall())
            breaker.abandon(started)
        else:
            cause = f"{type(failed).__name__} {failed.code}".strip()
            self._tell(breaker.failure(self._wall(), cause, self._roll(), started))

    async def _queue(self, call: Call) -> None:
        """Wait for our turn, unless the key is known to be refused."""
        while True:
            if call.signed and self.auth.state == "open":
                raise Halted(call.path, "", f"the key is refused: {self.auth.cause}")
            wait = self._limits.take(
                call.method, call.path, call.instrument, call.orders, self._wall()
            )
            if not wait:
                return
            await self._sleep(wait / SECOND)

    def _check(self, call: Call, admits: Callable[[], bool]) -> None:
        """The last look before the bytes leave; nothing is awaited between here and the send."""
        if not admits():
            raise Held(call.path, "", "the gate is shut")
        if call.expires is not None and self.now() >= call.expires:
            raise Expired(call.path, "", "expired while it waited its turn")

    async def _ask(self, call: Call) -> Parsed:
        sent_target = signing.target(f"{ROOT}{call.path}", call.query)
        headers = self._headers(call, sent_target)
        try:
            answer = await http.call(self._http, call.method, sent_target, call.body, headers)
        except http.Unreachable as failed:
            if call.question:
                raise Unreachable(call.path, "", str(failed)) from None
            lost = NotSent if isinstance(failed, http.NotSent) else Unknown
            raise lost(call.path, "", str(failed)) from None
        try:
            parsed = judge(call, answer)
        except Malformed as malformed:
            self.malformed[f"{call.path} {malformed.field}"] += 1
            raise
        except Halted as halted:
            raise self._halt(halted) from None
        self.malformed.update(f"{call.path} {refused.field}" for refused in parsed.refusals[:1])
        return parsed

    def _headers(self, call: Call, sent_target: str) -> dict[str, str]:
        made = {"x-simulated-trading": "1"} if self._demo else {}
        if call.body:
            made["Content-Type"] = "application/json"
        if call.expires is not None:
            made["expTime"] = str(call.expires // MILLISECOND)
        if call.signed:
            assert self._credentials is not None, f"{call.path} needs a key"
            made |= signing.headers(
                self._credentials, self.now(), call.method, sent_target, call.body
            )
        return made

    # The breakers.

    def refused(self, halted: Halted) -> None:
        """The key was refused elsewhere: at a WebSocket's login."""
        self._halt(halted)

    def _halt(self, halted: Halted) -> Halted:
        if self.auth.open(str(halted)):
            self._told(Transition(state="open", cause=f"auth: {halted}", ts=self._wall()))
        return halted

    def _tell(self, transitions: Iterable[Transition]) -> None:
        for transition in transitions:
            self._told(transition)
