"""What can go wrong with a ledger, and what comes next.

LedgerError          nothing was written; the desk keeps its old state
  +- Busy            another process held the file for 2 s: tell the human, try again (D11)
  +- Conflict        the seq or a key is taken, another writer is at work: stop, start afresh (D14)
  +- Unstorable      a record would not read back as it is (NaN and the like): our own bug
  +- Unwritable      disk full, I/O error, read-only: no orders until it is solved (D08, D09)
  +- Unreadable      not a ledger, or its pages are broken: restore a backup (D12)
  +- NewerSchema     a newer pawang wrote this file: refuse, touch nothing (D13)
"""

from sqlalchemy.exc import DBAPIError

from pawang.model.errors import PawangError


class LedgerError(PawangError):
    """Nothing was written."""


class Busy(LedgerError): ...


class Conflict(LedgerError): ...


class Unstorable(LedgerError): ...


class Unwritable(LedgerError): ...


class Unreadable(LedgerError): ...


class NewerSchema(LedgerError): ...


# SQLite's primary result codes (sqlite.org/rescode.html), by their names' beginning.
_KINDS: tuple[tuple[str, type[LedgerError]], ...] = (
    ("SQLITE_BUSY", Busy),
    ("SQLITE_LOCKED", Busy),
    ("SQLITE_CONSTRAINT", Conflict),
    ("SQLITE_CORRUPT", Unreadable),
    ("SQLITE_NOTADB", Unreadable),
)


def told(error: DBAPIError) -> LedgerError:
    """SQLite's error in the house's words; what is not known counts as unwritable."""
    name = getattr(error.orig, "sqlite_errorname", "")
    for beginning, kind in _KINDS:
        if name.startswith(beginning):
            return kind(f"{error.orig} ({name})")
    return Unwritable(f"{error.orig} ({name})")
