"""The root of every error tree in the house.

PawangError
  +- BadConfig        a key or value of the config file is wrong: refuse to start
  +- BadInput         something a person or a program gave us is wrong: say it, change nothing
  +- Malformed        a venue's or provider's message broke its contract: count it, drop it
Rooms grow their own branches under these and draw them in their own docstrings.
"""


class PawangError(Exception):
    """Anything pawang raises on purpose."""


class BadConfig(PawangError):
    """The configuration cannot be used; the text names the key and what it may be."""


class BadInput(PawangError):
    """A value from outside was refused; the text is written for the one who gave it."""


class Malformed(PawangError):
    """A message broke its contract.

    `field` names what was wrong (dotted path, or "frame" for the whole message).
    What comes next: the message is dropped and counted, nothing else changes.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
