"""The very same desk over records: engine, market room, ghost, schedule, learning; nothing else.

What a demo does behind its sockets is done here without them: a `Hall` on a ledger in memory, one
chat that hears everything and says nothing, and time that is what the records say it is. Records
that were known before the desk opens are its past, as a back-fill would bring them.

    play(session, config) -> Played        the ledger, and the desk as it ended
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256

from pawang import __version__, engine
from pawang.config import Config
from pawang.guards.schedule import Schedule
from pawang.hall import Hall, inline
from pawang.journal import MemoryLedger
from pawang.market import Market
from pawang.model.chat import Answer, ChatInput
from pawang.model.decision import BiasSignal, NoTrade
from pawang.model.event import Effect, Event, Keep
from pawang.model.market import Observation
from pawang.model.refs import DAY
from pawang.operations.backtest.known import in_order
from pawang.operations.backtest.session import Session
from pawang.research import Research, last_night
from pawang.venues.ghost import GhostParams, GhostVenue

KEY = b"backtest"
CODE = "00000000"  # pairs the one chat; nobody else can speak here
OWNER = 1
BATCH_MAX = 4_096  # records folded at once; what comes of them does not depend on it

Progress = Callable[[float], None]
"""How much of the way is behind us, 0 to 1."""


@dataclass
class Played:
    """What a run left behind."""

    ledger: MemoryLedger
    world: engine.World
    ts_from: int
    ts_to: int
    records: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)  # "ib LONG", "snp no_wall", ...


def play(session: Session, config: Config, progress: Progress = lambda _: None) -> Played:
    """All of it; equal sessions and configs give equal ledgers."""
    return asyncio.run(_Run(session, config, progress).whole())


class _Clock:
    """The time of the tape, for the research beside the desk."""

    def __init__(self) -> None:
        self.ts = 0

    def now(self) -> int:
        return self.ts

    async def wait_until(self, ts: int) -> None:
        raise AssertionError("a backtest asks when it is time, it does not wait")


class _Run:
    """One desk, and the doors its hall asks for: none of them leads anywhere."""

    def __init__(self, session: Session, config: Config, progress: Progress) -> None:
        self._session, self._progress = session, progress
        ledger, instruments = MemoryLedger(KEY, KEY), session.listings
        pairing = sha256(CODE.encode()).hexdigest()
        world = engine.World(
            coins=tuple(instruments),
            instruments=instruments,
            rules=config.rules(),
            alerts=config.alerts,
            actions=config.actions("backtest", pairing),
            equity_usd=Decimal(str(config.ghost.equity_usd)),
            risk_pct=config.risk.base_pct,
        )
        ghost = GhostVenue(instruments.values(), _costs(config))
        schedule = Schedule(world.coins)
        self._hall = Hall(world, ledger, Market(instruments), ghost, schedule, self, inline)
        self._clock = _Clock()
        self._research = Research(self._hall, ledger, self._clock, inline)
        self.played = Played(ledger, world, session.ts_from, session.ts_to)
        self._hall.listeners.append(self._count)

    async def whole(self) -> Played:
        session = self._session
        batch: list[Observation] = []
        await self._open()
        for known, record in in_order(*session.sources):
            if known >= session.ts_to:
                break
            if self._due() < known or len(batch) >= BATCH_MAX:
                await self._fold(batch)
                batch = []
                await self._pass(known)
            batch.append(record)
            self.played.records += 1
            self._clock.ts = max(self._clock.ts, known)
        await self._fold(batch)
        await self._pass(session.ts_to)
        return self.played

    async def _open(self) -> None:
        """The desk comes up and one person says hello. The past is heard next: until the clock
        has passed the opening nothing is due."""
        now = self._clock.ts = self._session.ts_from
        await self._hall.start(now, __version__)
        hello = ChatInput(
            update_id=1,
            chat_id=OWNER,
            chat_kind="private",
            user_id=OWNER,
            user_name="",
            language="en",
            ts_sent=now,
            text=f"/start {CODE}",
        )
        await self._hall.hear(hello, now)

    async def _fold(self, batch: list[Observation]) -> None:
        if batch:
            await self._hall.observe(batch, self._clock.ts)

    async def _pass(self, until: int) -> None:
        """Everything that is due before the next record, each at its own time."""
        while (due := self._due()) < until:
            night = self._night()
            self._clock.ts = max(self._clock.ts, due)
            await self._hall.pass_time(due)
            if due == night:
                await self._research.night(due)
            self._tell(due)

    def _due(self) -> int:
        return min(self._hall.next_due(), self._night())

    def _night(self) -> int:
        return last_night(self._clock.ts) + DAY

    def _tell(self, now: int) -> None:
        begun, ended = self._session.ts_from, self._session.ts_to
        self._progress((now - begun) / max(1, ended - begun))

    def _count(self, _: Event, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            if isinstance(effect, Keep):
                signal, kind = effect.decision.signal, effect.decision.kind
                if isinstance(signal, BiasSignal):
                    said = signal.side.value
                else:
                    said = signal.code if isinstance(signal, NoTrade) else "plan"
                self.played.verdicts[f"{kind} {said}"] += 1

    # The hall's doors.

    async def answer(self, answer: Answer) -> None:
        """Nobody pressed."""

    def wake_outbox(self) -> None:
        """What is said stays in the ledger."""

    def health(self) -> dict[str, str]:
        return {}


def _costs(config: Config) -> GhostParams:
    """The fees that the plans' own gates reckon with; slippage is what the recorded book gives."""
    knobs = config.signals.sniper
    return GhostParams(
        maker_fee=Decimal(str(knobs.fee_maker_pct)) / 100,
        taker_fee=Decimal(str(knobs.fee_taker_pct)) / 100,
    )
