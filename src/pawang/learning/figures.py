"""Every KPI of signals.md 9, from plain records, in the order of the weekly report (rows L2, L3).

One road for `pawang kpi`, `/report`, the API and the picture: the caller reads the ledger once and
hands it in, so the same numbers stand everywhere. Ghost, shadow and live are asked for one by one.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from pawang.learning import earnings, hit_rates, service
from pawang.learning.forecasts import Forecasts, forecasts, kpis
from pawang.learning.hit_rates import Played
from pawang.learning.samples import Sample
from pawang.model.chat import Delivery, Rating
from pawang.model.codec import Record
from pawang.model.kpi import Kpi
from pawang.model.order import Book
from pawang.model.refs import DAY
from pawang.model.report import Refused


class Facts(Record):
    """What the report is made of; whatever nobody measured is empty, and said to be unknown."""

    played: Sequence[Played] = ()
    deliveries: Sequence[Delivery] = ()
    ratings: Sequence[Rating] = ()
    biases: Sequence[Sample] = ()  # with their outcomes, of one horizon
    refused: Sequence[Refused] = ()  # no-trades, for the report
    api_durations_s: Sequence[float] = ()
    requests: int = 0  # of the day, but for /metrics and the health probes
    server_errors: int = 0


def figures(facts: Facts, book: Book, now: int) -> tuple[Kpi, ...]:
    """All of them. Equal facts, book and day give equal figures."""
    return (*trades(facts.played, book, now), *of_the_desk(facts, now))


def of_the_desk(facts: Facts, now: int) -> tuple[Kpi, ...]:
    """Those that are the same whichever book one asks for."""
    return desk_kpis(facts, told(facts, now), now)


def desk_kpis(facts: Facts, found: Forecasts | None, now: int) -> tuple[Kpi, ...]:
    """The same, by who has scored the forecasts already: that takes a second after a month."""
    return (
        earnings.book_gap(facts.played),
        service.delivery_lag(facts.deliveries, now),
        service.coverage(facts.deliveries, facts.ratings),
        *service.latency_to_click(facts.ratings),
        service.api_latency(facts.api_durations_s),
        service.server_errors(facts.server_errors, facts.requests),
        *(() if found is None else kpis(found)),
    )


def trades(rows: Sequence[Played], book: Book, now: int) -> tuple[Kpi, ...]:
    """What the plans of one book did and earned."""
    since = now - hit_rates.WINDOW_NS
    rated = [(name, hit_rates.hit_rate(rows, name, book, since)) for name in hit_rates.TARGETS]
    return (
        *(replace(kpi, name=f"{name}_30d") for name, kpi in rated),
        *(hit_rates.hit_rate(rows, name, book) for name in hit_rates.TARGETS),
        hit_rates.fill_rate(rows, book),
        earnings.net_per_100(rows, book),
        earnings.net_per_100_usd(rows, book),
        earnings.net_per_100_sent(rows, book),
        earnings.net_slope(rows, book, now),
    )


def told(facts: Facts, now: int) -> Forecasts | None:
    """How the biases kept their word; the no-skill chance of a bias is one half."""
    return forecasts(facts.biases, [0.5] * len(facts.biases), seed=now // DAY)
