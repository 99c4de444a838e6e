"""The task that asks REST for our books, one after the other, each once a minute.

What is compared with what, and what follows, is `comparison`'s; here is only when. A book that
differs is asked for again at once: twice in a row is no race.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from pawang.model.codec import Record
from pawang.model.market import BookSnapshot
from pawang.venues.okx.comparison import Verdict
from pawang.venues.okx.public import book
from pawang.venues.okx.rest import OkxError, OkxRest
from pawang.venues.okx.translate import Translator


class CompareParams(Record):
    every_s: float = 60.0  # each instrument
    before_s: float = 0.2  # REST's answer is up to 50 ms old; an update comes every 100 ms
    after_s: float = 0.3  # for the stream to reach the number that REST told
    tries_max: int = 4  # a round: races and second looks


class Books(Protocol):
    """What is asked of the feed."""

    translator: Translator

    def watch_book(self, name: str) -> None: ...

    def compare(self, name: str, snapshot: BookSnapshot) -> Verdict: ...


async def compare_books(
    feed: Books,
    rest: OkxRest,
    names: Sequence[str],
    now: Callable[[], int],
    sleep: Callable[[float], Awaitable[None]],
    params: CompareParams | None = None,
) -> None:
    """For ever; an unanswered question is put again in the next round."""
    assert names, "nothing to compare"
    params = params or CompareParams()
    while True:
        for name in names:
            await sleep(params.every_s / len(names))
            await compare_book(feed, rest, name, now, sleep, params)


async def compare_book(
    feed: Books,
    rest: OkxRest,
    name: str,
    now: Callable[[], int],
    sleep: Callable[[float], Awaitable[None]],
    params: CompareParams | None = None,
) -> Verdict:
    """One round for one book: until it is equal, or was asked for often enough."""
    params, verdict = params or CompareParams(), Verdict.UNDECIDED
    for _ in range(params.tries_max):
        feed.watch_book(name)
        await sleep(params.before_s)
        try:
            told = await book(rest, feed.translator, name, now())
        except OkxError:
            return Verdict.UNDECIDED  # the breaker of `rest` says so
        await sleep(params.after_s)
        verdict = feed.compare(name, told)
        if verdict is Verdict.EQUAL:
            break
    return verdict
