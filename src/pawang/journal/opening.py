"""Opening the file: SQLite's settings, the schema, and one way into a transaction.

WAL with `synchronous=FULL`: in 400 simulated power cuts FULL lost nothing that was acknowledged,
NORMAL lost something in 363 (reliability.md 0.4). Writers begin IMMEDIATE: a reader that turns
writer in mid-transaction would fail as locked, however long it is willing to wait.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from pawang.journal.errors import NewerSchema, Unreadable, Unwritable, told

BUSY_MS = 2_000  # how long to wait for another process's lock (D11)
HEAD = "0005"  # the newest of migrations/versions; a test holds the two together

_WRITER = {"begins": "BEGIN IMMEDIATE"}


def open_file(path: Path) -> Engine:
    """Ready to write: made if it is not there, brought to the newest schema.

    Raises NewerSchema, Unreadable, Busy or Unwritable, and leaves the file as it was.
    """
    try:
        path.touch(mode=0o600)  # SQLite gives its -wal and -shm the same rights
    except OSError as error:
        raise Unwritable(f"the ledger {path} cannot be opened: {error.strerror}") from error
    engine = _engine(path, ("journal_mode=WAL", "synchronous=FULL"))
    try:
        with writing(engine) as connection:
            _migrate(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


def open_reader(path: Path) -> Engine:
    """Only to look, beside a desk at work: cannot write, changes no schema."""
    if not path.exists():
        raise Unreadable(f"there is no ledger at {path}")
    engine = _engine(path, ("query_only=ON",))
    try:
        with reading(engine) as connection:
            found = revision(connection)
        if found != HEAD:
            raise NewerSchema(_stranger(found))
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A consistent look that blocks nobody."""
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise told(error) from error


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: committed at the end, undone by any exception."""
    try:
        with engine.execution_options(**_WRITER).begin() as connection:
            yield connection
    except DBAPIError as error:
        raise told(error) from error


def revision(connection: Connection) -> str | None:
    """The schema the file has; None for an empty one."""
    known = text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
    if connection.execute(known).first() is None:
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _engine(path: Path, pragmas: tuple[str, ...]) -> Engine:
    # The hallway calls from its loop and from its writer thread; a pooled connection is used by
    # one of them at a time, but not always by the same.
    engine = create_engine(
        URL.create("sqlite", database=str(path)), connect_args={"check_same_thread": False}
    )

    def tune(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        for pragma in (f"busy_timeout={BUSY_MS}", *pragmas):
            connection.execute(f"PRAGMA {pragma}")

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begins", "BEGIN"))

    event.listen(engine, "connect", tune)
    event.listen(engine, "begin", begin)
    return engine


def _migrate(connection: Connection) -> None:
    """Inside one transaction: a kill half-way leaves the old schema (D13)."""
    found = revision(connection)
    if found == HEAD:
        return
    # Alembic takes 100 ms to import and is needed once in a file's life.
    import alembic.command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    logging.getLogger("alembic").setLevel(logging.WARNING)  # its every step is no news to a desk
    config = Config()  # of nothing: no alembic.ini of a working directory is read
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    if found is not None and found not in known:
        raise NewerSchema(_stranger(found))
    config.attributes["connection"] = connection
    alembic.command.upgrade(config, "head")


def _stranger(found: str | None) -> str:
    if found is None:
        return "this file holds no ledger yet; start the desk once to make it"
    if found < HEAD:
        return f"the ledger has schema {found}, this pawang reads {HEAD}: start the desk once"
    return (
        f"the ledger has schema {found}, this pawang knows {HEAD}: nothing was changed; "
        "use the pawang that wrote it, or a newer one"
    )
