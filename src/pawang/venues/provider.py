"""A provider that is asked now and then: one question, cached, behind a breaker, as a `Feed`.

An answer is Fresh for its time to live and Stale for a while after it, while the provider is down
or nobody has asked yet (row A24); one asker at a time. Only what is news is yielded. A body that
breaks its contract counts as a failure, like no body at all.
"""

import asyncio
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


class Question(Record):
    """What is asked of whom, and how long its answer holds."""

    provider: str  # its name in health messages
    base_url: str
    path: str
    query: dict[str, str] = {}
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
        read: Callable[[bytes, int], tuple[Sequence[Fact], Sequence[str]]],
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
        self.breaker = Breaker()
        self.refused = 0
        self.last_error = ""

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()

    async def events(self) -> AsyncIterator[list[Fact | HealthChanged]]:
        """For ever: what is new, and the breaker's transitions."""
        while True:
            looked = await self.look()
            facts = () if isinstance(looked, Missing) else looked.value
            news = [fact for fact in facts if fact not in self._told]
            self._told = dict.fromkeys(facts) or self._told
            batch: list[Fact | HealthChanged] = [*news, *self._health()]
            if batch:
                yield batch
            await self._sleep(self._pause_s())

    def _pause_s(self) -> float:
        if not self._failures:
            return self._question.every_s
        wait = self._retry.delay(self._failures, self._roll())
        assert wait is not None, "a provider is asked for ever"
        return max(1.0, wait / SECOND)

    def _health(self) -> list[HealthChanged]:
        told, self._transitions = self._transitions, []
        provider = self._question.provider
        return [
            HealthChanged(provider=provider, state=STATES[made.state], reason=made.cause)
            for made in told
        ]

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
        answer = await http.get(self._http, question.path, question.query, headers)
        if answer.status != 200:
            raise http.Unreachable(f"HTTP {answer.status}")
        facts, refused = self._read(answer.body, self._now())
        self.refused += len(refused)
        if refused and not facts:
            raise Malformed("data", refused[0])
        return tuple(facts)

    def _headers(self) -> Mapping[str, str]:
        if self._key is None:
            return {}
        name, secret = self._key
        return {name: secret.reveal()}
