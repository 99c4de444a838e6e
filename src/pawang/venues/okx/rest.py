"""OKX over REST, the public side: a bucket an endpoint, one breaker, retries with full jitter.

OkxError              `path` and OKX's `code` ("" where there is none)
  +- Unreachable      no answer in time, or the breaker is open: tried again, then given up
  +- Retry            OKX asks for patience (50011, 50013, 429, 5xx …): likewise
  +- Refused          any other code: final, the words are OKX's
  +- Malformed        the answer broke its contract: final, nothing of it is used

Only public data comes this way, so a lost answer is simply asked for again; the codes that mean
"outcome unknown" for an order (50004, 51054, 51149) are plain retries here.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

import httpx

from pawang.guards.breaker import Breaker, Transition
from pawang.guards.bucket import TokenBucket
from pawang.guards.retry import RetryParams, RetryPlan
from pawang.model.errors import PawangError
from pawang.model.refs import SECOND
from pawang.venues import http
from pawang.venues.okx.parse import Parsed, parse
from pawang.venues.okx.wire import FailureRow

RETRY_CODES = (
    *("50001", "50004", "50011", "50013", "50026", "50040", "50061"),
    *("51054", "51149", "60014", "63999", "64007"),
)
"""OKX's "try again" (okx-v5.md 3)."""
LIMITED = ("50011", "50040", "50061")
HOLD_NS = 2 * SECOND  # the venue counts in windows of 2 s
RETRY = RetryParams(
    first_s=0.5,  # a busy venue is asked again within a second
    ceiling_s=8.0,  # a start-up waits for the answer
    attempts_max=4,  # then the caller decides
)

LIMITS = {
    "market/books": 40,
    "market/books-full": 10,
    "market/candles": 40,
    "market/history-index-candles": 10,
    "market/trades": 100,
    "public/funding-rate": 10,
    "public/funding-rate-history": 10,
    "public/mark-price": 10,
    "public/position-tiers": 10,
    "public/time": 10,
    "rubik/stat/contracts/open-interest-history": 10,
}
LIMIT, LIMIT_RUBIK = 20, 5
"""Requests in 2 s by endpoint; 20 for the others, 5 for statistics (okx-v5.md 4, 6)."""
BY_INSTRUMENT = ("public/funding-rate", "public/mark-price", "-contract", "open-interest-history")
"""Endpoints, by a part of their name, that OKX counts per address and instrument."""
IN_FLIGHT_MAX = 8  # calls at once; a deadline runs from the sending, not from the queueing


class OkxError(PawangError):
    """A call did not give what was asked."""

    def __init__(self, path: str, code: str, words: str) -> None:
        super().__init__(f"OKX {path}: {f'{code} ' if code else ''}{words}"[:300])
        self.path = path
        self.code = code


class Unreachable(OkxError):
    """Nobody answered."""


class Retry(OkxError):
    """OKX is there but busy."""


class Refused(OkxError):
    """OKX said no."""


class Malformed(OkxError):
    """OKX said something else than its documents say."""

    def __init__(self, path: str, field: str, reason: str) -> None:
        super().__init__(path, "", f"{field}: {reason}")
        self.field = field
        self.reason = reason


class OkxRest:
    """`wall` and `roll` are the door's clock and chance; `told` hears the breaker's transitions.

    The address holds no secret here, so httpx may log it.
    """

    def __init__(
        self,
        base_url: str,
        wall: Callable[[], int],
        roll: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        told: Callable[[Transition], None] = lambda _: None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url,
            timeout=http.DEADLINE_S,
            transport=transport,
            follow_redirects=False,
            trust_env=False,  # a proxy is configured, never inherited
        )
        self._wall = wall
        self._roll = roll
        self._sleep = sleep
        self._told = told
        self._buckets: dict[tuple[str, str], TokenBucket] = {}
        self._in_flight = asyncio.Semaphore(IN_FLIGHT_MAX)
        self._retry = RetryPlan(RETRY)
        self.breaker = Breaker()
        self.malformed: Counter[str] = Counter()
        self.calls = 0

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()

    async def get(self, path: str, query: Mapping[str, str]) -> Parsed:
        """The parsed answer of `/api/v5/{path}`; rows that broke their contract are counted and
        missing. Raises an OkxError when it is final or the tries are used up."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._once(path, query)
            except (Unreachable, Retry):
                wait = self._retry.delay(attempt, self._roll())
                if wait is None:
                    raise
                await self._sleep(wait / SECOND)

    async def _once(self, path: str, query: Mapping[str, str]) -> Parsed:
        bucket = self._bucket(path, query.get("instId", ""))
        while wait := bucket.take(self._wall()):
            await self._sleep(wait / SECOND)
        started = self._wall()
        if not self.breaker.allow(started):
            raise Unreachable(path, "", "paused after too many errors")
        self.calls += 1
        try:
            async with self._in_flight:
                parsed = await self._ask(path, query)
        except (Unreachable, Retry, Malformed) as failed:
            if isinstance(failed, Retry) and failed.code in (*LIMITED, "429"):
                bucket.hold(self._wall() + HOLD_NS)
            self._failed(failed, started)
            raise
        except Refused:
            self._worked(started)
            raise
        except BaseException:
            # Cancelled by us: no verdict on the venue.
            self.breaker.abandon(started)
            raise
        self._worked(started)
        return parsed

    async def _ask(self, path: str, query: Mapping[str, str]) -> Parsed:
        try:
            answer = await http.get(self._http, f"/api/v5/{path}", query)
        except http.Unreachable as failed:
            raise Unreachable(path, "", str(failed)) from None
        parsed = parse(answer.body, path)
        failure = next((row for row in parsed.records if isinstance(row, FailureRow)), None)
        code = failure.code if failure is not None else str(answer.status)
        words = failure.msg if failure is not None else "without OKX's words"
        if code in RETRY_CODES or answer.status == 429 or answer.status >= 500:
            raise Retry(path, code, words)
        if failure is not None or answer.status != 200:
            raise Refused(path, code, words)
        self.malformed.update(f"{path} {refusal.field}" for refusal in parsed.refusals[:1])
        if parsed.refusals and not parsed.records:
            refusal = parsed.refusals[0]
            raise Malformed(path, refusal.field, refusal.reason)
        return parsed

    def _worked(self, started: int) -> None:
        for transition in self.breaker.success(self._wall(), started):
            self._told(transition)

    def _failed(self, failed: OkxError, started: int) -> None:
        cause = f"{type(failed).__name__} {failed.code}".strip()
        for transition in self.breaker.failure(self._wall(), cause, self._roll(), started):
            self._told(transition)

    def _bucket(self, path: str, instrument: str) -> TokenBucket:
        key = path, instrument if any(part in path for part in BY_INSTRUMENT) else ""
        bucket = self._buckets.get(key)
        if bucket is None:
            usual = LIMIT_RUBIK if path.startswith("rubik/") else LIMIT
            most, seconds = LIMITS.get(path, usual), 2
            if path == "system/status":
                most, seconds = 1, 5
            # What is saved up plus what flows in stays within the limit in *any* such window.
            burst = max(1, most // 4)
            bucket = self._buckets[key] = TokenBucket(burst, max(1, most - burst) / seconds)
        return bucket
