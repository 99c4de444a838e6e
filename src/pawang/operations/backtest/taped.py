"""A desk's own tape as a session: what it folded, as late as it was known to it."""

from collections.abc import Sequence
from pathlib import Path

from pawang.journal.tape import TapeReader, span
from pawang.model.errors import BadInput
from pawang.operations.backtest.session import Session


def session(home: Path, coins: Sequence[str] = ()) -> Session:
    """Everything that the tape of `home` holds, of these coins or of all."""
    tape = TapeReader(home, coins=coins)
    held, listed = span(home), tape.listings()
    if held is None or not listed:
        raise BadInput(f"there is no tape of {', '.join(coins) or 'a desk'} in {home}")
    missing = [coin for coin in coins if coin not in listed]
    if missing:
        raise BadInput(f"the tape has no {', '.join(missing)}; there are {', '.join(listed)}")
    first, last = held
    return Session(listings=listed, sources=[tape], ts_from=first, ts_to=last + 1)
