"""The ledger: what was decided and done, kept for ever, with its outbox and audit chain."""
