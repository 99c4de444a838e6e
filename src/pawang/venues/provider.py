"""A provider that is asked now and then: one question, cached, behind a breaker, as a `Feed`.

An answer is Fresh for its time to live and Stale for a while after it, while the provider is down
or nobody has asked yet (row A24); one asker at a time. Only what is news is yielded. A body that
breaks its contract counts as a failure, like no body at all; a row that does is refused by name and
counted, and that there are such rows is told once.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

import httpx

from pawang.guards.breaker import Breaker, Transition
from pawang.guards.cache import Cache, Fresh, Missing, Stale
from pawang.guards.retry import RetryParams, RetryPlan
from pawang.guards.secret import Secret
from pawang.model.codec import Record
from pawang.model.errors import Malformed
from pawang.model.event import HealthChanged
from pawang.model.market import EtfFlow, FearGreed
from pawang.model.refs import SECOND
from pawang.venues import http

Fact = EtfFlow | FearGreed
Look = Fresh[tuple[Fact, ...]] | Stale[tuple[Fact, ...]] | Missing
STATES = {"open": "opened", "half_open": "half_open", "closed": "closed"}
RETRY = RetryParams(
    first_s=10.0,  # a daily figure is in no hurry
    ceiling_s=300.0,  # as long as the breaker's longest rest
)


JITTER = 0.1
"""Added to a pause by chance, at most this share: desks that started together, and the questions
of one desk to one site, drift apart."""


class Refused(Record):
    """A row nothing was taken from: `what` is one of a few names, `detail` what stood there."""

    what: str
    detail: str

    def __str__(self) -> str:
        return f"{self.what}: {self.detail}"


class Question(Record):
    """What is asked of whom, and how long its answer holds."""

    provider: str  # its name in health messages
    base_url: str
    path: str
    query: dict[str, str] = {}
    body: str = ""  # JSON to post; "" = a GET
    accept: str = "application/json"
    every_s: float = 900.0  # asked again after this
    stale_s: float = 36 * 3600.0  # an old answer is shown, with its age, this much longer


class Provider:
    """`read(body, now)` is pure: facts and the reasons of refused rows, or Malformed for all.

    `now` reads desk time (stamps), `wall` runs cache and breaker. `key` is (header, secret): it
    travels in a header only, never in the URL, which httpx logs.
    """

    def __init__(
        self,
        question: Question,
        read: Callable[[bytes, int], tuple[Sequence[Fact], Sequence[Refused]]],
        now: Callable[[], int],
        wall: Callable[[], int],
        roll: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        key: tuple[str, Secret] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._question = question
        self._read = read
        self._now = now
        self._wall = wall
        self._roll = roll
        self._sleep = sleep
        self._key = key
        self._http = httpx.AsyncClient(
            base_url=question.base_url,
            timeout=http.DEADLINE_S,
            transport=transport,
            follow_redirects=False,
            trust_env=False,
        )
        every, stale = question.every_s, question.stale_s
        self._cache: Cache[tuple[Fact, ...]] = Cache(round(every * SECOND), round(stale * SECOND))
        self._retry = RetryPlan(RETRY)
        self._failures = 0
        self._told: dict[Fact, None] = {}
        self._transitions: list[Transition] = []
        self._bad_rows: list[str] = []  # of the last answer
        self._judged: list[HealthChanged] = []
        self.breaker = Breaker()
        self.refused: Counter[str] = Counter()  # rows by name, and "malformed" for whole bodies
        self.last_error = ""

    @property
    def name(self) -> str:
        return self._question.provider

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()

    async def events(self) -> AsyncIterator[list[Fact | HealthChanged]]:
        """For ever: what is new, and the breaker's transitions."""
        while True:
            looked = await self.look()
            facts = () if isinstance(looked, Missing) else looked.value
            news = [fact for fact in facts if fact not in self._told]
            batch: list[Fact | HealthChanged] = [*news, *self._health()]
            if batch:
                yield batch
            # Not before the consumer comes back: what he could not keep is told him again.
            self._told = dict.fromkeys(facts) or self._told
            await self._sleep(self._pause_s())

    def _pause_s(self) -> float:
        if not self._failures:
            return self._question.every_s * (1.0 + JITTER * self._roll())
        wait = self._retry.delay(self._failures, self._roll())
        assert wait is not None, "a provider is asked for ever"
        return max(1.0, wait / SECOND)

    def _health(self) -> list[HealthChanged]:
        told, self._transitions = self._transitions, []
        judged, self._judged = self._judged, []
        opened = [
            HealthChanged(provider=self.name, state=STATES[made.state], reason=made.cause)
            for made in told
        ]
        return opened + judged

    async def look(self) -> Look:
        """The cached answer, asked for anew when it is no longer fresh. Never raises for the
        provider's faults: then it is Stale or Missing, and `last_error` says why."""
        key, wall = self._question.path, self._wall()
        looked = self._cache.look(key, wall)
        if isinstance(looked, Fresh) or not self.breaker.allow(wall):
            return looked
        if not self._cache.lead(key):
            self.breaker.abandon(wall)
            return looked
        try:
            facts = await self._ask()
        except (http.Unreachable, Malformed) as failed:
            self.refused["malformed"] += isinstance(failed, Malformed)
            self._cache.fail(key)
            self._failed(str(failed), wall)
        except BaseException:
            self._cache.fail(key)
            self.breaker.abandon(wall)
            raise
        else:
            self._cache.put(key, facts, self._wall())
            self._failures, self.last_error = 0, ""
            self._transitions += self.breaker.success(self._wall(), wall)
        return self._cache.look(key, self._wall())

    def _failed(self, cause: str, started: int) -> None:
        self._failures += 1
        self.last_error = cause[:160]
        roll = self._roll()
        self._transitions += self.breaker.failure(self._wall(), self.last_error, roll, started)

    async def _ask(self) -> tuple[Fact, ...]:
        question, headers = self._question, self._headers()
        if question.body:
            target = question.path
            answer = await http.call(self._http, "POST", target, question.body, headers)
        else:
            answer = await http.get(self._http, question.path, question.query, headers)
        if answer.status != 200:
            raise http.Unreachable(f"HTTP {answer.status}")
        # A page of a table takes a tenth of a second to read, which is long for a market.
        facts, refused = await asyncio.to_thread(self._read, answer.body, self._now())
        self._judge(refused)
        if refused and not facts:
            raise Malformed("data", str(refused[0]))
        return tuple(facts)

    def _judge(self, refused: Sequence[Refused]) -> None:
        """Count what was refused, and tell when there is something new of it to tell."""
        before, self._bad_rows = self._bad_rows, [str(row) for row in refused]
        self.refused.update(row.what for row in refused)
        if refused and self._bad_rows != before:
            reason = f"{len(refused)}, first {refused[0]}"[:200]
            self._judged.append(HealthChanged(provider=self.name, state="refused", reason=reason))
        elif before and not refused:
            reason = "no row refused any more"
            self._judged.append(HealthChanged(provider=self.name, state="clean", reason=reason))

    def _headers(self) -> Mapping[str, str]:
        headers = {"Accept": self._question.accept}
        if self._question.body:
            headers["Content-Type"] = "application/json"
        if self._key is not None:
            name, secret = self._key
            headers[name] = secret.reveal()
        return headers
