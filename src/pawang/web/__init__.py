"""The HTTP door: API, health, metrics; reads a board of last decisions."""
