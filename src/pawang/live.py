"""Doors + journal + engine on the wall clock."""
