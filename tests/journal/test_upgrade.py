"""An older desk's ledger comes along: nothing is lost, and what it forecast is remembered."""

import sqlite3
from decimal import Decimal as D

import pytest
from msgspec.structs import replace

from pawang.journal import NewerSchema, SqlLedger
from pawang.journal.opening import HEAD
from pawang.model.event import Foretell, Post
from pawang.model.money import Account, Booking, Posting
from pawang.model.order import Book
from pawang.model.refs import MINUTE

BACK_TO_THE_FIRST = (
    "DROP TABLE forecasts",
    "DROP TABLE trials",
    "DROP TABLE postings",
    "DROP TABLE brackets",
    "DROP TABLE etf_flow",
    "DROP TABLE hypotheses",
    "DROP INDEX by_kind",
    "DROP INDEX by_resolved",
    "DROP INDEX by_click",
    "DROP INDEX by_creation",
    "UPDATE alembic_version SET version_num = '0001'",
)


def raw(path, *statements):
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


@pytest.fixture
def kepts(path, samples):
    """Three biases in a ledger of the first schema, written as a desk of today writes them."""
    ledger = SqlLedger(path, samples.BUTTON_KEY, samples.AUDIT_KEY)
    kepts = [samples.keep(ts=samples.NOON + 5 * MINUTE * turn) for turn in range(3)]
    for seq, kept in enumerate(kepts, 1):
        effects = (kept, Foretell(forecast=samples.forecast(kept)), samples.audit())
        ledger.append(samples.slot(seq, kept), effects, earning(samples.desk(seq)))
    ledger.close()
    raw(path, *BACK_TO_THE_FIRST)
    return kepts


def earning(desk):
    return replace(desk, equity_usd={Book.GHOST: D("10012.34")})


def reopened(path, samples):
    return SqlLedger(path, samples.BUTTON_KEY, samples.AUDIT_KEY)


def test_D13_an_older_ledger_is_brought_up_and_its_biases_are_forecasts_to_the_digit(
    path, samples, kepts
):
    ledger = reopened(path, samples)
    assert ledger.forecasts(0) == [samples.forecast(kept) for kept in kepts]
    assert ledger.load() == (earning(samples.desk(3)), 3)
    assert ledger.refs() == [kept.decision.ref_id for kept in kepts]
    assert ledger.verify_audit() is None
    ledger.close()


def test_a_damaged_decision_is_left_where_it_is_and_the_others_are_remembered(path, samples, kepts):
    raw(path, "UPDATE decisions SET view = x'00' WHERE seq = 1")
    raw(path, "UPDATE decisions SET decision = x'7b7d' WHERE seq = 2")
    ledger = reopened(path, samples)
    assert ledger.forecasts(0) == [samples.forecast(kepts[2])]
    assert len(ledger.refs()) == 3
    ledger.close()


def test_who_only_reads_an_older_ledger_is_told_to_start_the_desk(path, kepts):
    with pytest.raises(
        NewerSchema, match=f"has schema 0001, this pawang reads {HEAD}: start the desk"
    ):
        SqlLedger.reader(path)


def test_what_a_desk_earned_before_its_money_was_booked_is_its_capital(path, samples, kepts):
    ledger = reopened(path, samples)
    assert ledger.balances() == {
        ("ghost", "cash"): D("10012.34"),
        ("ghost", "capital"): D("-10012.34"),
    }
    ledger.close()


def test_the_file_itself_refuses_to_take_a_posting_back(path, samples, ledger):
    posting = Posting(account=Account.CASH, amount_usd=D(0))
    booking = Booking(book=Book.GHOST, coin="SOL", ref_id="r", ts=1, cause="x", postings=(posting,))
    ledger.append(samples.started(1), (Post(booking=booking),), samples.desk(1))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw(path, "UPDATE postings SET amount_usd = '1'")


@pytest.mark.parametrize("statement", ["UPDATE trials SET sharpe = 9", "DELETE FROM trials"])
def test_the_file_itself_refuses_to_take_a_trial_back(path, samples, ledger, statement):
    ledger.put_trial(samples.trial())
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw(path, statement)
    assert ledger.trials() == [samples.trial()]


@pytest.mark.parametrize("statement", ["UPDATE etf_flow SET flow_usd = 9", "DELETE FROM etf_flow"])
def test_the_file_itself_refuses_to_change_what_was_known_of_a_flow(
    path, samples, ledger, statement
):
    ledger.put_flows([samples.flow()])
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw(path, statement)
    assert ledger.flows("") == [samples.flow()]
