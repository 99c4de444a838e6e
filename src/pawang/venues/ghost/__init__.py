"""A venue with honest fills: the same orders, the same reports, no money (row O1).

Layout: `depth` (the displayed book), `tape` (each print once), `resting` (a limit in the queue),
`shares` (what each target closes), `ticket` (one order's life at the venue), `funding` (what is
paid at a settlement), `venue` (the door).
"""

from pawang.venues.ghost.params import GhostParams, optimistic, pessimistic
from pawang.venues.ghost.venue import GhostVenue

__all__ = ["GhostParams", "GhostVenue", "optimistic", "pessimistic"]
