"""Decision + Sizing + chat policy -> Message: budget, throttle, dedup, snooze, wording."""
