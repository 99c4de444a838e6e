"""The story of one event."""
