"""00:20 UTC: what a day of outcomes says, as the events that the desk will take (signals.md 4.5).

The caller reads the ledger, calls this off the loop (some seconds for four coins and 60 days), and
applies what comes back; only then does anything change, and the journal knows why.
"""

from collections.abc import Sequence

from pawang.learning.drift import Alarm, watch
from pawang.learning.samples import Known
from pawang.learning.update import Question, propose
from pawang.learning.versions import SHADOW_NS, settled
from pawang.model.calibration import Calibrator
from pawang.model.desk import Desk
from pawang.model.event import Calibrated, Drifted
from pawang.model.refs import DAY


def daily(
    desk: Desk, kind: str, coins: Sequence[str], known: Known, now: int
) -> tuple[Calibrated | Drifted, ...]:
    """One event a coin: an alarm, or else the candidate with whatever refuses it.

    Chance is seeded by the day, so asking twice gives the same answer twice.
    """
    return tuple(
        _one(desk, Question(kind=kind, coin=coin, now=now, seed=now // DAY), known)
        for coin in coins
    )


def _one(desk: Desk, asked: Question, known: Known) -> Calibrated | Drifted:
    kind, coin = asked.kind, asked.coin
    standing = settled(desk.calibrators.get(f"{kind}:{coin}", Calibrator()), asked.now)
    alarms = _alarms(standing, asked, known)
    if alarms:
        back = any(alarm.rollback for alarm in alarms)
        said = tuple(str(alarm) for alarm in alarms)
        return Drifted(kind=kind, coin=coin, alarms=said, rollback=back)
    found = propose(asked, known, standing)
    return Calibrated(kind=kind, coin=coin, candidate=found.candidate, refusals=found.refusals)


def _alarms(standing: Calibrator, asked: Question, known: Known) -> tuple[Alarm, ...]:
    since = told_since(standing)
    if since is None:
        return ()
    told = [
        sample
        for sample in known.samples
        if (sample.kind, sample.coin) == (asked.kind, asked.coin)
        and since <= sample.opened
        and sample.ended <= asked.now
    ]
    return watch(told, known.features.get(asked.coin))


def told_since(standing: Calibrator) -> int | None:
    """From when on forecasts were told by what is in force. Nobody watches a prior: it is capped
    already, and known to boast.
    """
    if standing.live is None:
        return None
    return max(standing.live.ts_fit + SHADOW_NS, standing.ts_alarm)
