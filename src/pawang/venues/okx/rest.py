"""OKX over REST, public and signed: a bucket an endpoint, breakers, and what each answer means.

The errors are `codes`'s. Questions (GET) are asked again with full jitter; a request that changes
something (POST) is never sent twice by itself: it either provably did not leave (NotSent), was
refused, or its outcome is Unknown and the caller asks what became of it (C01-C04).

Two breakers: one for a venue that is away or sick, and "auth", which opens at the first refused
key and stays open until a person closes it (C19). Cancels pass the first one: they only lower
risk, and there are never more than three of an order (C25).
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

import httpx
import msgspec

from pawang.guards.breaker import Breaker, Transition
from pawang.guards.retry import RetryParams, RetryPlan
from pawang.model.codec import Record
from pawang.model.refs import MILLISECOND, SECOND
from pawang.venues import http
from pawang.venues.okx import signing
from pawang.venues.okx.codes import (
    GATE,
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
    refusal,
)
from pawang.venues.okx.limits import CANCELS, Limits
from pawang.venues.okx.parse import Parsed, parse
from pawang.venues.okx.server_clock import SAMPLES, ServerClock, reading
from pawang.venues.okx.signing import Credentials
from pawang.venues.okx.wire import FailureRow, TimeRow

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
IN_FLIGHT_MAX = 8  # calls at once; a deadline runs from the sending, not from the queueing
CANCELS_IN_FLIGHT_MAX = 4  # of their own: eight hanging entries must not keep a cancel waiting
SIGNED = ("account", "trade")
ROOT = "/api/v5/"


class Call(Record):
    """One request. `expires` is the venue's time after which it must not be processed any more."""

    method: str
    path: str
    query: dict[str, str] = {}
    body: str = ""
    orders: int = 1
    instrument: str = ""
    expires: int | None = None

    @property
    def signed(self) -> bool:
        return self.path.split("/")[0] in SIGNED

    @property
    def question(self) -> bool:
        return self.method == "GET"


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
        started = self._wall()
        closed = self.breaker.allow(started)
        if not closed and call.path not in CANCELS:
            kept = Unreachable if call.question else NotSent
            raise kept(call.path, "", "paused after too many errors")
        try:
            async with self._cancelling if call.path in CANCELS else self._in_flight:
                self._check(call, admits)
                self.calls += 1
                parsed = await self._ask(call)
        except (Held, Expired):
            self.breaker.abandon(started)
            raise
        except (NotSent, Unreachable, Retry, Unknown, Malformed) as failed:
            if failed.code in (*LIMITED, "429"):
                # That is about our pace, not about the venue's health.
                self._hold(call)
                self.breaker.abandon(started)
            else:
                self._failed(failed, started)
            raise
        except (Refused, Halted):
            self._worked(started)
            raise
        except BaseException:
            # Cancelled by us: no verdict on the venue.
            self.breaker.abandon(started)
            raise
        self._worked(started)
        return parsed

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
        return self._read(call, answer)

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

    # What an answer means.

    def _read(self, call: Call, answer: http.Answer) -> Parsed:
        parsed = parse(answer.body, call.path, call.method)
        failure = next((row for row in parsed.records if isinstance(row, FailureRow)), None)
        if failure is not None:
            raise self._refusal(call, answer.status, failure)
        if answer.status != 200:
            raise self._without_words(call, answer.status)
        self.malformed.update(f"{call.path} {refused.field}" for refused in parsed.refusals[:1])
        if parsed.refusals and not parsed.records:
            refused = parsed.refusals[0]
            if call.question:
                raise Malformed(call.path, refused.field, refused.reason)
            raise Unknown(call.path, "", f"unreadable: {refused.field}: {refused.reason}")
        return parsed

    def _refusal(self, call: Call, status: int, failure: FailureRow) -> OkxError:
        error = refusal(call.path, failure.code, failure.msg)
        if isinstance(error, Halted):
            return self._halt(error) if call.signed else Refused(*_words(call, failure))
        if isinstance(error, Unknown) and call.question:
            return Retry(*_words(call, failure))
        if isinstance(error, Refused) and (status == 429 or status >= 500):
            return self._without_words(call, status)
        return error

    def _without_words(self, call: Call, status: int) -> OkxError:
        """Only a status: a proxy spoke, or the venue fell over (HTML, empty, truncated)."""
        words = "without OKX's words"
        if status == 429:
            return Retry(call.path, "429", words)
        if status >= 500:
            return (Retry if call.question else Unknown)(call.path, str(status), words)
        if str(status) in GATE or call.question:
            return Refused(call.path, str(status), words)
        return Unknown(call.path, str(status), words)  # not OKX's words: they decide no order

    def refused(self, halted: Halted) -> None:
        """The key was refused elsewhere: at a WebSocket's login."""
        self._halt(halted)

    def _halt(self, halted: Halted) -> Halted:
        if self.auth.open(str(halted)):
            self._told(Transition(state="open", cause=f"auth: {halted}", ts=self._wall()))
        return halted

    # The breaker of the venue.

    def _worked(self, started: int) -> None:
        for transition in self.breaker.success(self._wall(), started):
            self._told(transition)

    def _failed(self, failed: OkxError, started: int) -> None:
        cause = f"{type(failed).__name__} {failed.code}".strip()
        for transition in self.breaker.failure(self._wall(), cause, self._roll(), started):
            self._told(transition)

    def _hold(self, call: Call) -> None:
        self._limits.hold(call.method, call.path, call.instrument, call.orders, self._wall())


def _words(call: Call, failure: FailureRow) -> tuple[str, str, str]:
    return call.path, failure.code, failure.msg
