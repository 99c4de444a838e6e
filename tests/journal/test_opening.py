import contextlib
import logging
import sqlite3
import stat

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from pawang.journal import (
    Busy,
    Conflict,
    LedgerError,
    NewerSchema,
    SqlLedger,
    Unreadable,
    Unwritable,
    opening,
    tables,
)


def raw(path, *statements):
    """Somebody else's hand in the file."""
    connection = sqlite3.connect(path)
    found = [connection.execute(statement).fetchall() for statement in statements]
    connection.commit()
    connection.close()
    return found


def tables_of(path):
    ((*names,),) = raw(path, "SELECT name FROM sqlite_master WHERE type = 'table'")
    return {name for (name,) in names}


def test_the_migrations_make_exactly_the_tables(path, ledger):
    """Tables, columns, types, nulls and indexes: nothing to change in either direction."""
    ledger.close()
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
    engine.dispose()


def test_the_newest_migration_is_the_one_that_opening_expects():
    config = Config()
    config.set_main_option("script_location", "src/pawang/journal/migrations")
    location = opening.__file__.replace("opening.py", "migrations")
    config.set_main_option("script_location", location)
    assert ScriptDirectory.from_config(config).get_current_head() == opening.HEAD


def test_the_file_is_wal_full_sync_and_for_its_owner_only(path, ledger):
    with opening.writing(ledger._engine) as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 2000}
    assert [stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()] == [0o600] * 3


def test_opening_says_nothing_and_reads_no_alembic_ini(tmp_path, samples, capfd, caplog):
    """A file of that name in the working directory belongs to somebody else."""
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = nowhere\n")
    with caplog.at_level(logging.INFO), contextlib.chdir(tmp_path):
        SqlLedger(tmp_path / "l.sqlite3", samples.BUTTON_KEY, samples.AUDIT_KEY).close()
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_a_path_may_hold_any_character(tmp_path, samples):
    path = tmp_path / "100 % of? my #1 desk.sqlite3"
    ledger = SqlLedger(path, samples.BUTTON_KEY, samples.AUDIT_KEY)
    ledger.append(samples.started(1), (), samples.desk())
    ledger.close()
    assert path.exists()


# Refusals.


def test_D13_an_older_pawang_refuses_a_newer_schema_and_changes_nothing(path, ledger, samples):
    ledger.append(samples.started(1), (), samples.desk())
    ledger.close()
    raw(path, "UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    for open_it in (lambda: SqlLedger(path, b"k", b"k"), lambda: SqlLedger.reader(path)):
        with pytest.raises(
            NewerSchema, match=rf"schema 9999.*knows {opening.HEAD}.*nothing was changed"
        ):
            open_it()
    assert path.read_bytes() == before


def test_D13_a_migration_that_fails_half_way_leaves_the_file_as_it_was(path, samples):
    raw(path, "CREATE TABLE outcomes (old TEXT)")
    with pytest.raises(LedgerError):
        SqlLedger(path, samples.BUTTON_KEY, samples.AUDIT_KEY)
    assert tables_of(path) == {"outcomes"}


def test_a_file_that_is_no_ledger_is_refused_and_left_alone(path):
    path.write_bytes(b"Dear diary, " * 100)
    with pytest.raises(Unreadable):
        SqlLedger(path, b"k", b"k")
    assert path.read_bytes() == b"Dear diary, " * 100


def test_a_folder_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(Unwritable, match="nowhere"):
        SqlLedger(tmp_path / "nowhere" / "ledger.sqlite3", b"k", b"k")
    assert list(tmp_path.iterdir()) == []


def test_D11_a_file_that_somebody_else_holds_is_busy_and_nothing_is_written(path, samples, ledger):
    ledger.append(samples.started(1), (), samples.desk(1))
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    impatient = SqlLedger.__new__(SqlLedger)
    impatient._adopt(opening._engine(path, ("busy_timeout=0",)), b"k", b"k")
    try:
        with pytest.raises(Busy):
            impatient.append(samples.tick(2), (), samples.desk(2))
        assert impatient.load() == (samples.desk(1), 1), "a reader is not held up"
    finally:
        impatient.close()
        other.rollback()
        other.close()
    assert ledger.append(samples.tick(2), (), samples.desk(2))


def test_D14_a_second_writer_is_told_by_the_first_one_it_collides_with(path, samples, ledger):
    twin = SqlLedger(path, samples.BUTTON_KEY, samples.AUDIT_KEY)
    ledger.append(samples.started(1), (), samples.desk(1))
    with pytest.raises(Conflict):
        twin.append(samples.started(1), (samples.send(),), samples.desk(2))
    twin.close()
    assert ledger.load() == (samples.desk(1), 1)


def test_D08_a_full_disk_is_unwritable_and_the_ledger_lives_on(samples, ledger):
    ledger.append(samples.started(1), (), samples.desk(1))
    with opening.reading(ledger._engine) as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    kept = samples.keep(magnets=400)  # far more than what is left of the page it is on
    with pytest.raises(Unwritable, match="SQLITE_FULL"):
        ledger.append(samples.slot(2, kept), (kept,), samples.desk(2))
    assert ledger.load() == (samples.desk(1), 1)
    with opening.reading(ledger._engine) as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    assert ledger.append(samples.slot(2, kept), (kept,), samples.desk(2))


# Looking beside a desk at work.


def test_a_reader_sees_what_is_committed_and_can_write_nothing(path, samples, ledger):
    ledger.append(samples.started(1), (samples.audit(),), samples.desk(1))
    reader = SqlLedger.reader(path, samples.AUDIT_KEY)
    ledger.append(samples.tick(2), (), samples.desk(2))
    assert reader.load() == (samples.desk(2), 2)
    assert reader.verify_audit() is None
    with pytest.raises(Unwritable):
        reader.append(samples.tick(3), (), samples.desk(3))
    reader.close()
    assert ledger.load() == (samples.desk(2), 2)


def test_a_reader_does_not_take_a_message_under_way_for_a_crash(path, samples, ledger):
    ledger.append(samples.started(1), (samples.send(),), samples.desk())
    (row,) = ledger.due(samples.NOON)
    ledger.mark(row.row_id, "sending", samples.NOON)
    SqlLedger.reader(path).close()
    assert ledger.waiting() == {"sending": 1}


def test_a_reader_makes_no_file(path):
    with pytest.raises(Unreadable, match="no ledger at"):
        SqlLedger.reader(path)
    assert not path.exists()
    path.touch()
    with pytest.raises(NewerSchema, match="holds no ledger yet"):
        SqlLedger.reader(path)
