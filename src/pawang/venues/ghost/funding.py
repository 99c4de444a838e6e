"""Which funding is due: the last forecast told before a settlement is what is paid at it, once."""

from pawang.model.market import FundingRate


class Funding:
    """One instrument's settlements.

    What is simple yet: a settlement that passed while nobody listened is not paid.
    """

    def __init__(self) -> None:
        self._next: FundingRate | None = None
        self._ts_settled = 0

    def forecast(self, record: FundingRate) -> None:
        """Remember a forecast. One told at or after its own time may have been paid already."""
        if self._ts_settled < record.ts_funding and record.ts_event < record.ts_funding:
            self._next = record

    def due(self, now: int) -> FundingRate | None:
        """The settlement whose time has come by `now`; each comes once."""
        due = self._next
        if due is None or now < due.ts_funding:
            return None
        self._next = None
        self._ts_settled = due.ts_funding
        return due
