import sqlite3

import pytest
from msgspec import DecodeError
from sqlalchemy.exc import SQLAlchemyError

from pawang.journal import Broken, LedgerError, SqlLedger, Unreadable
from pawang.model.codec import digest
from pawang.model.refs import MINUTE


def alter(path, *statements):
    """Somebody else's hand in the file."""
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


# Tampering.


@pytest.mark.parametrize("statement", ["UPDATE audit SET detail = 'nothing'", "DELETE FROM audit"])
def test_SEC14_the_file_itself_refuses_to_change_the_audit(path, samples, ledger, statement):
    ledger.append(samples.started(1), (samples.audit(),), samples.desk())
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        alter(path, statement)
    assert ledger.counts()["audit"] == 1


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit SET detail = 'by nobody' WHERE seq = 2", Broken(seq=2, reason="hash")),
        ("UPDATE audit SET actor = 8 WHERE seq = 1", Broken(seq=1, reason="hash")),
        ("DELETE FROM audit WHERE seq = 2", Broken(seq=2, reason="gap")),
        ("DELETE FROM audit WHERE seq = 3", Broken(seq=3, reason="cut")),
        ("UPDATE audit SET hash = 'é' WHERE seq = 2", Broken(seq=2, reason="hash")),
    ],
)
def test_E13_who_drops_the_triggers_is_found_by_the_chain(path, samples, ledger, statement, found):
    for seq in (1, 2, 3):
        ledger.append(samples.tick(seq), (samples.audit(),), samples.desk())
    anchor = ledger.audit_head()
    alter(path, "DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete", statement)
    assert ledger.verify_audit(anchor) == found


@pytest.mark.parametrize("value", ["X'00'", "'text by hand'", "NULL"])
def test_L4_a_view_changed_by_hand_comes_back_as_it_stands_for_its_hash_to_tell(
    path, samples, ledger, value
):
    kept = samples.keep()
    ledger.append(samples.slot(1, kept), (kept,), samples.desk())
    if value == "NULL":
        with pytest.raises(sqlite3.IntegrityError):
            alter(path, f"UPDATE decisions SET view = {value}")
        return
    alter(path, f"UPDATE decisions SET view = {value}")
    stored = ledger.by_ref(kept.decision.ref_id)
    assert digest(stored.view) != stored.view_hash


def test_an_event_whose_body_is_not_its_own_is_not_read(path, samples, ledger):
    ledger.append(samples.started(1), (), samples.desk())
    ledger.append(samples.tick(2), (), samples.desk())
    alter(path, "UPDATE events SET body = (SELECT body FROM events WHERE seq = 1) WHERE seq = 2")
    with pytest.raises(AssertionError, match="event 2"):
        ledger.read()


def test_D12_a_torn_page_is_found_by_the_quick_check(path, samples, ledger):
    for seq in range(1, 12):
        kept = samples.keep(ts=samples.NOON + 5 * MINUTE * seq)
        ledger.append(samples.slot(seq, kept), (kept,), samples.desk())
    assert ledger.quick_check() == ()
    ledger.close()
    data = bytearray(path.read_bytes())
    data[4096 * 6 : 4096 * 7] = b"\xff" * 4096
    path.write_bytes(data)
    torn = SqlLedger.reader(path)
    try:
        sound = torn.quick_check() == ()
    except LedgerError:
        sound = False
    torn.close()
    assert not sound


# Backup.


def test_D23_a_backup_is_a_whole_ledger_in_one_file_while_the_desk_goes_on(
    tmp_path, path, samples, ledger
):
    kept = samples.keep()
    ledger.append(samples.slot(1, kept), (kept, samples.send(), samples.audit()), samples.desk(1))
    ledger.backup(tmp_path / "backup.sqlite3")
    before = ledger.read(), ledger.load(), ledger.counts(), ledger.audit_head()
    ledger.append(samples.tick(2), (), samples.desk(2))

    assert sorted(file.name for file in tmp_path.glob("backup*")) == ["backup.sqlite3"]
    copy = SqlLedger.reader(tmp_path / "backup.sqlite3", samples.AUDIT_KEY)
    assert (copy.read(), copy.load(), copy.counts(), copy.audit_head()) == before
    assert copy.verify_audit() is None
    assert copy.quick_check() == ()
    copy.close()


def test_D23_a_restored_backup_is_a_desk_that_goes_on(tmp_path, samples, ledger):
    ledger.append(samples.started(1), (samples.send(),), samples.desk(1))
    ledger.backup(tmp_path / "backup.sqlite3")
    restored = SqlLedger(tmp_path / "backup.sqlite3", samples.BUTTON_KEY, samples.AUDIT_KEY)
    assert restored.append(samples.tick(2), (), samples.desk(2))
    assert [row.ref_id for row in restored.due(samples.NOON)] == ["r"]
    restored.close()


def test_D23_a_backup_that_cannot_be_made_leaves_the_old_one(tmp_path, path, samples, ledger):
    for seq in range(1, 12):
        kept = samples.keep(ts=samples.NOON + 5 * MINUTE * seq)
        ledger.append(samples.slot(seq, kept), (kept,), samples.desk())
    ledger.close()
    data = bytearray(path.read_bytes())
    data[4096 * 6 : 4096 * 7] = b"\xff" * 4096
    path.write_bytes(data)
    old = tmp_path / "backup.sqlite3"
    old.write_bytes(b"the one of yesterday")
    torn = SqlLedger.reader(path)
    with pytest.raises(Unreadable):
        torn.backup(old)
    torn.close()
    assert old.read_bytes() == b"the one of yesterday"
    assert not old.with_name("backup.sqlite3.part").exists()


# Room and room's rules.


def test_no_error_of_sqlite_or_sqlalchemy_leaves_the_room(path, samples, ledger):
    ledger.append(samples.started(1), (), samples.desk())
    alter(path, "DROP TABLE events")
    for use in (
        ledger.read,
        ledger.counts,
        lambda: ledger.append(samples.tick(2), (), samples.desk()),
    ):
        with pytest.raises(LedgerError) as told:
            use()
        assert not isinstance(told.value, SQLAlchemyError | sqlite3.Error | DecodeError)


def test_a_full_view_of_20_magnets_and_20_walls_stays_below_4_kB(samples, ledger):
    """Measured 3.8 kB with all digits of every float; half the lists 2.5 kB."""
    views = []
    for seq in range(1, 9):
        kept = samples.keep(ts=samples.NOON + 5 * MINUTE * seq, seed=seq)
        ledger.append(samples.slot(seq, kept), (kept,), samples.desk())
        views.append(len(ledger.by_ref(kept.decision.ref_id).view))
    assert sum(views) / len(views) < 4_000
