"""Seeded clock, sandbox cores and the whole desk: days in seconds."""
