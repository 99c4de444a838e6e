"""What every ledger promises of the track record: forecasts, outcomes, thumbs, deliveries, trials."""

import pytest
from msgspec.structs import replace

from pawang.journal import Conflict, Unstorable
from pawang.model.chat import Category, Delivery
from pawang.model.decision import NoTrade
from pawang.model.event import Close, Conclude, Foretell, Rate, Served, Suppose, Withhold
from pawang.model.market import Side
from pawang.model.order import Book
from pawang.model.refs import MINUTE
from pawang.model.report import Refused

SIGNALS = (Category.INSTITUTIONAL, Category.SNIPER)


def foretold(samples, kept, **changes):
    return Foretell(forecast=samples.forecast(kept, **changes))


def test_what_was_withheld_is_counted_and_never_due(ledger, samples):
    """Snoozed and over budget: not sent, not late, not lost."""
    held = [
        Withhold(chat_id=samples.CHAT, ref_id=ref, category="sniper", why=why)
        for ref, why in (("a", "snooze"), ("b", "budget"))
    ]
    ledger.append(samples.tick(1), held, samples.desk())
    told = {"chat_id": samples.CHAT, "ts_created": samples.NOON, "ts_acked": None}
    assert ledger.deliveries(0, SIGNALS) == [
        Delivery(ref_id="a", state="snoozed", category="sniper", **told),
        Delivery(ref_id="b", state="budget", category="sniper", **told),
    ]
    assert (ledger.due(samples.NOON), ledger.sent("a")) == ([], [])


def test_refusals_come_with_what_they_would_have_earned_once_that_is_known(ledger, samples):
    made = [_refusal(samples, minutes) for minutes in (0, 3, 6)]
    supposed = [samples.hypothesis(one.decision.ref_id, one.decision.ts) for one in made[:2]]
    for seq, one in enumerate(made, 1):
        effects = (one, *(Suppose(hypothesis=two) for two in supposed[seq - 1 : seq]))
        ledger.append(samples.slot(seq, one), effects, samples.desk())
    end = samples.ending(supposed[0])
    ledger.append(samples.tick(4), (Conclude(ending=end),), samples.desk())
    first, *rest = (
        Refused(ref_id=one.decision.ref_id, ts=one.decision.ts, code="no_wall") for one in made
    )
    ended = {"filled": end.filled, "net_r": end.net_r, "ts_ended": end.ts_ended}
    assert ledger.refusals(0) == [replace(first, **ended), *rest]
    assert ledger.refusals(samples.NOON + 1) == rest


def _refusal(samples, minutes):
    kept = samples.keep(ts=samples.NOON + minutes * MINUTE)
    made = kept.decision
    said = {"ref_id": made.ref_id, "coin": made.coin, "side": Side.LONG}
    refused = NoTrade(code="no_wall", reason="none", evidence=(), **said)
    return replace(kept, decision=replace(made, signal=refused))


def test_an_empty_ledger_has_no_track_record(ledger):
    assert ledger.last_stamp() == 0
    assert ledger.forecasts(0) == []
    assert ledger.outcomes(0) == []
    assert ledger.ratings(0) == []
    assert ledger.deliveries(0, SIGNALS) == []
    assert ledger.served(0) == []
    assert ledger.refusals(0) == []
    assert ledger.trials() == []


def test_the_last_stamp_is_when_the_newest_event_reached_the_desk(ledger, samples):
    ledger.append(samples.started(1), (), samples.desk())
    ledger.append(samples.tick(2, ts=samples.NOON + MINUTE), (), samples.desk())
    assert ledger.last_stamp() == samples.NOON + MINUTE + 5


def test_forecasts_come_back_to_the_digit_in_order_of_slot_and_coin(ledger, samples):
    later = samples.keep(ts=samples.NOON + 5 * MINUTE)
    sol, btc = samples.keep(), samples.keep(coin="BTC", seed=3)
    unknown = {"mid": None, "whale": None, "clean": False, "side": Side.NEUTRAL}
    for seq, (kept, changes) in enumerate(((later, {}), (sol, unknown), (btc, {})), 1):
        effects = (kept, foretold(samples, kept, **changes))
        ledger.append(samples.slot(seq, kept), effects, samples.desk())
    assert ledger.forecasts(0) == [
        samples.forecast(btc),
        samples.forecast(sol, **unknown),
        samples.forecast(later),
    ]
    assert ledger.forecasts(samples.NOON + 1) == [samples.forecast(later)]
    assert ledger.counts()["forecasts"] == 3


def test_a_forecast_goes_with_its_decision_or_not_at_all(ledger, samples):
    kept = samples.keep()
    effects = (kept, foretold(samples, kept))
    ledger.append(samples.slot(1, kept), effects, samples.desk())
    assert ledger.append(samples.slot(2, kept), effects, samples.desk()) is False
    assert ledger.counts()["forecasts"] == 1
    with pytest.raises(Conflict):
        ledger.append(samples.tick(2), (samples.send(), effects[1]), samples.desk())
    assert (ledger.counts()["forecasts"], ledger.counts()["outbox"]) == (1, 0)


def test_a_forecast_that_is_no_number_is_refused_with_its_decision(ledger, samples):
    kept = samples.keep()
    effects = (kept, foretold(samples, kept, mid=float("nan")))
    with pytest.raises(Unstorable):
        ledger.append(samples.slot(1, kept), effects, samples.desk())
    assert (ledger.refs(), ledger.forecasts(0)) == ([], [])


def test_outcomes_come_with_their_decision_in_order_of_the_end(ledger, samples):
    kept = samples.keep()
    ref = kept.decision.ref_id
    ends = [
        replace(samples.outcome(ref, Book.SHADOW), ts_resolved=samples.NOON + 2),
        replace(samples.outcome(ref, Book.GHOST), ts_resolved=samples.NOON + 1),
    ]
    stray = samples.outcome("snp_nobody_decided")
    ledger.append(samples.slot(1, kept), (kept,), samples.desk())
    closes = tuple(Close(outcome=made) for made in (*ends, stray))
    ledger.append(samples.tick(2), closes, samples.desk())
    assert ledger.outcomes(0) == [(kept.decision, ends[1]), (kept.decision, ends[0])]
    assert ledger.outcomes(samples.NOON + 2) == [(kept.decision, ends[0])]


def test_thumbs_come_in_order_of_the_click_and_only_the_last_of_each(ledger, samples):
    early = replace(samples.rating(1, user=8), ts_clicked=samples.NOON - 1)
    thumbs = [samples.rating(1), early, samples.rating(-1)]
    for seq, rating in enumerate(thumbs, 1):
        ledger.append(samples.tick(seq), (Rate(rating=rating),), samples.desk())
    assert ledger.ratings(0) == [early, thumbs[2]]
    assert ledger.ratings(samples.NOON) == [thumbs[2]]


def test_deliveries_are_the_new_messages_of_the_categories_asked_for(ledger, samples):
    sends = (
        samples.send("a"),
        samples.send("b", category=Category.HEALTH),
        samples.send("c", ts=samples.NOON + 1, category=Category.SNIPER),
        samples.edit("a"),
    )
    ledger.append(samples.started(1), sends, samples.desk())
    (first, *_) = ledger.due(samples.NOON)
    ledger.mark(first.row_id, "sending", samples.NOON)
    ledger.mark(first.row_id, "sent", samples.NOON + 9, message_id=3)
    told = {"chat_id": samples.CHAT, "ts_created": samples.NOON}
    acked = samples.NOON + 9
    sent = Delivery(ref_id="a", ts_acked=acked, state="sent", category="institutional", **told)
    told["ts_created"] += 1
    waiting = Delivery(ref_id="c", ts_acked=None, state="new", category="sniper", **told)
    assert ledger.deliveries(0, SIGNALS) == [sent, waiting]
    assert ledger.deliveries(samples.NOON + 1, SIGNALS) == [waiting]


def test_the_minutes_of_the_api_come_back_in_order_since_a_time(ledger, samples):
    minutes = [Served(requests=n, server_errors=0, durations_ms={n: 1}) for n in (3, 2)]
    for seq, minute in enumerate(minutes, 1):
        event = samples.event(seq, minute, ts=samples.NOON + seq * MINUTE)
        ledger.append(event, (), samples.desk())
    ledger.append(samples.tick(3, ts=samples.NOON + 3 * MINUTE), (), samples.desk())
    assert ledger.served(0) == minutes
    assert ledger.served(samples.NOON + 2 * MINUTE) == minutes[1:]


def test_a_trial_scored_again_is_one_row_more(ledger, samples):
    for number in (1, 2, 2):
        ledger.put_trial(samples.trial(number))
    assert ledger.trials() == [samples.trial(number) for number in (1, 2, 2)]
    with pytest.raises(Unstorable):
        ledger.put_trial(replace(samples.trial(), sharpe=float("inf")))
    assert ledger.counts()["trials"] == 3


def test_I3_the_track_record_is_there_again_after_a_crash(desks, samples):
    ledger, kept = desks(), samples.keep()
    effects = (kept, foretold(samples, kept), Rate(rating=samples.rating()), samples.send())
    ledger.append(samples.slot(1, kept), effects, samples.desk())
    ledger.put_trial(samples.trial())

    def seen(of):
        return of.last_stamp(), of.forecasts(0), of.ratings(0), of.trials()

    before = seen(ledger)
    assert seen(desks()) == before
