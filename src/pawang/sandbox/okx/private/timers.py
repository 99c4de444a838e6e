"""The dead man's switch: cancel-all-after, on the host's clock (okx-v5.md 8.3)."""

from pawang.sandbox.okx.errors import Refused

TAGS_MAX = 20
SECOND = 1_000_000_000


class Timers:
    """One timer an account, and one for each tag it names."""

    def __init__(self) -> None:
        self._due: dict[tuple[str, str], int] = {}

    def set(self, uid: str, tag: str, seconds: int, wall_ns: int) -> None:
        """From now; 0 seconds forgets it. Raises Refused 51071 for too many tags."""
        if not seconds:
            self._due.pop((uid, tag), None)
            return
        tags = sum(1 for other, named in self._due if other == uid and named)
        if tag and (uid, tag) not in self._due and tags >= TAGS_MAX:
            raise Refused("51071")
        self._due[uid, tag] = wall_ns + seconds * SECOND

    def __bool__(self) -> bool:
        return bool(self._due)

    def take_due(self, wall_ns: int) -> list[tuple[str, str]]:
        """(uid, tag) of those that have run out, once."""
        due = [key for key, at in self._due.items() if wall_ns >= at]
        for key in due:
            del self._due[key]
        return due
