"""Bugs that have cost people money, each planted in our own client and caught by the order law."""

import pytest
from msgspec.structs import replace

from pawang.simulate.okx import ChaosOptions, TradeParts, chaos
from pawang.venues.okx.blotter import Blotter
from pawang.venues.okx.codes import Refused, Unknown
from pawang.venues.okx.life import Life
from pawang.venues.okx.rest import OkxRest
from pawang.venues.okx.server_clock import SAMPLES
from pawang.venues.okx.ticket import Ticket
from pawang.venues.okx.trade import OkxTrade
from pawang.venues.okx.venue import OkxVenue

SEEDS = range(1, 6)


class SendsAgainUnderANewId(OkxTrade):
    """A timeout is a failure, so once more (hummingbot 493, freqtrade 4403: two orders live)."""

    async def place(self, request, *args):
        try:
            return await super().place(request, *args)
        except Unknown:
            again = replace(request, client_id=f"{request.client_id[:-1]}9")
            return await super().place(again, *args)


class TakesUnknownForFailure(OkxTrade):
    """50004 and 51149 say no, surely (C04)."""

    async def place(self, request, *args):
        try:
            return await super().place(request, *args)
        except Unknown as unknown:
            raise Refused(unknown.path, "50004", "failed") from None


class CountsEveryFill(Ticket):
    """A fill that is told twice is two fills (nautilus 3046)."""

    def _match(self, fill):
        self.fills[f"{fill.trade_id}.{len(self.fills)}"] = fill


class NeverLooksBack(OkxVenue):
    """After a cut it goes on as if nothing could have happened meanwhile (C08)."""

    def connected(self):
        self._closed.clear()
        self._wake.set()

    async def _catch_up(self):
        """Nothing to read."""


class TrustsItsClock(OkxRest):
    """Never asks for the venue's time (C18)."""

    async def sync(self):
        self.clock.set([0] * SAMPLES, self._utc())


class GivesUpClosing(Ticket):
    """Ten seconds without a connection, and a position stays open for ever."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.give_up = self.give_up or 2**62


def venue_with(ticket=Ticket, table=Blotter, venue=OkxVenue):
    """The order venue with one wrong part deep inside."""
    life = type("WrongLife", (Life,), {"ticket": ticket})
    return type("WrongVenue", (venue,), {"table": type("Wrong", (table,), {"life": life})})


PLANTED = {
    "sends again under a new id": (
        TradeParts(trade=SendsAgainUnderANewId),
        ("http",),
        "no ticket knows",
    ),
    "takes unknown for failure": (
        TradeParts(trade=TakesUnknownForFailure),
        ("http",),
        "not healed",
    ),
    "counts every fill": (
        TradeParts(venue=venue_with(CountsEveryFill)),
        ("duplicate_push",),
        "C0",
    ),
    "never looks back": (
        TradeParts(venue=venue_with(venue=NeverLooksBack)),
        ("line_cut", "cut"),
        "C08",
    ),
    "trusts its clock": (TradeParts(rest=TrustsItsClock), ("skew",), "not healed"),
    "gives up closing": (
        TradeParts(venue=venue_with(GivesUpClosing)),
        ("http", "refused", "swallowed"),
        "not healed",
    ),
}
KINDS = sorted({kinds for _, kinds, _ in PLANTED.values()})


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_caught(name):
    parts, kinds, words = PLANTED[name]
    verdicts = (chaos(ChaosOptions(seed, "orders", kinds), parts) for seed in SEEDS)
    assert any(words in broken for verdict in verdicts for broken in verdict.violations)


@pytest.mark.parametrize("kinds", KINDS, ids="+".join)
def test_without_the_bug_the_same_scripts_break_nothing(kinds):
    found = [chaos(ChaosOptions(seed, "orders", kinds)).violations for seed in SEEDS]
    assert found == [[]] * len(SEEDS)
