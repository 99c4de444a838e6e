"""The one gate every order request passes: shut at once by /panic, opened by /resume (row G5).

The journal's word is `shut(halted, epoch)`. One thing may overtake it, a panic that was read
but not yet committed: `overtake` closes the gate in memory, `settle` says that this update has
been through the journal. Between the two nothing is admitted, whatever `shut` says meanwhile,
so a panic wins every race with a resume (E15), and one that could not be committed keeps the
gate shut.
"""


class OrderGate:
    """Check and socket write must stand together, with no await between (I4)."""

    def __init__(self, halted: bool = False, epoch: int = 0) -> None:
        assert epoch >= 0
        self.epoch = epoch
        self._halted = halted
        self._overtaking = 0

    @property
    def halted(self) -> bool:
        return self._halted or self._overtaking > 0

    def admits(self, epoch: int) -> bool:
        """May a request made under `epoch` leave now?"""
        return not self.halted and epoch == self.epoch

    def shut(self, halted: bool, epoch: int) -> None:
        """The desk's committed state. An older epoch may still halt, it never opens."""
        if halted or epoch >= self.epoch:
            self._halted = halted
        self.epoch = max(self.epoch, epoch)

    def overtake(self) -> None:
        """A panic was recognised: admit nothing until it has been settled."""
        self._overtaking += 1

    def settle(self) -> None:
        """One overtaking update was committed; its `shut` has been applied before."""
        assert self._overtaking > 0, "settle without overtake"
        self._overtaking -= 1
