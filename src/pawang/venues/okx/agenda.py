"""What is under way and what is due when, for one order. Pure bookkeeping, times in ns.

An errand is named by a word ("ask"). It waits for its time, is taken by `ready`, and is under way
until `answered`; nothing is ever under way twice.

>>> agenda = Agenda()
>>> agenda.later("ask", 5)
>>> agenda.ready("ask", 4), agenda.ready("ask", 5), agenda.ready("ask", 6)
(False, True, False)
>>> agenda.answered("ask"); agenda.later("ask", 9); agenda.due({"ask"})
9
"""

from collections.abc import Set


class Agenda:
    def __init__(self) -> None:
        self._under_way: set[str] = set()
        self._times: dict[str, int] = {}

    def later(self, what: str, at: int) -> None:
        """Not before `at`; an earlier appointment stands."""
        self._times[what] = min(at, self._times.get(what, at))

    def offer(self, what: str, at: int) -> None:
        """At that time, unless it has one."""
        self._times.setdefault(what, at)

    def move(self, what: str, at: int) -> None:
        """At that time and no other."""
        self._times[what] = at

    def drop(self, what: str) -> None:
        """No longer to be done."""
        self._times.pop(what, None)

    def begin(self, what: str) -> None:
        """Under way from now on."""
        self._under_way.add(what)
        self._times.pop(what, None)

    def ready(self, what: str, now: int) -> bool:
        """Its time has come: then it is under way."""
        at = self._times.get(what)
        if what in self._under_way or at is None or now < at:
            return False
        self.begin(what)
        return True

    def answered(self, what: str) -> None:
        """Done, for good or bad; whoever wants it again plans it anew."""
        self._under_way.discard(what)
        self._times.pop(what, None)

    def under_way(self, what: str) -> bool:
        return what in self._under_way

    def due(self, among: Set[str]) -> int | None:
        """The earliest time of those; one without a time is due at once, one under way never."""
        times = [self._times.get(what, 0) for what in among if what not in self._under_way]
        return min(times, default=None)

    def timed(self, among: Set[str]) -> set[str]:
        """Those of them that have a time."""
        return {what for what in among if what in self._times}
