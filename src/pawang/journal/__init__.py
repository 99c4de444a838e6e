"""The ledger: what was decided and done, kept for ever, with its outbox and audit chain.

Layout: `sql` (SQLite) and `memory` (simulation) are the two ledgers, equal under one conformance
suite. They share `rows` (what events and effects become) and `audit` (the hash chain). Behind
`sql` stand `tables` and `migrations` (the schema), `opening` (the file), `writing` and `delivery`
(the statements), `errors`.
"""

from pawang.journal.audit import AuditRow, Broken, Head
from pawang.journal.errors import (
    Busy,
    Conflict,
    LedgerError,
    NewerSchema,
    Unreadable,
    Unstorable,
    Unwritable,
)
from pawang.journal.memory import MemoryLedger
from pawang.journal.sql import SqlLedger

__all__ = [
    "AuditRow",
    "Broken",
    "Busy",
    "Conflict",
    "Head",
    "LedgerError",
    "MemoryLedger",
    "NewerSchema",
    "SqlLedger",
    "Unreadable",
    "Unstorable",
    "Unwritable",
]
