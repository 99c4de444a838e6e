"""The chat door: inbox, outbox, markup."""
