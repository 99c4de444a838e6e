"""pawang itself, one call a message. Run from pawang's own environment."""

import sys
from decimal import Decimal

from serve import Peer, serve

from pawang import __version__
from pawang.model.instrument import Instrument
from pawang.venues.okx.connection import Connection
from pawang.venues.okx.parse import parse
from pawang.venues.okx.reading import Batch, Reader
from pawang.venues.okx.sequence import BookChain, Verdict
from pawang.venues.okx.translate import Translator
from pawang.venues.okx.wire import BookRow

BTC = Instrument.swap(
    "BTC", contract_value=Decimal("0.01"), tick_size=Decimal("0.1"), lot_size=Decimal("0.01")
)


def touch_of(chain: BookChain) -> tuple[float, float]:
    bid, ask = chain.touch
    assert bid is not None
    assert ask is not None
    return bid, ask


def book() -> Peer:
    """The frame into the book, judged: the kernel, or for a strange frame the strict parser."""
    reader = Reader((BTC,), ("books",), Translator({BTC.name: BTC}))
    (chain,) = reader.chains()
    strictly = _strictly(chain)

    def fold(frame: bytes) -> None:
        if not reader.read(Batch((frame,)), 0, 1):
            strictly(frame)

    return fold, lambda: touch_of(chain)


def records() -> Peer:
    """The same, and the record that the desk gets: all that the door does with a message."""
    connection = Connection((BTC,), ("books",))
    connection.open(0)

    def fold(frame: bytes) -> None:
        if not connection.hear(frame, 0, 0):
            raise RuntimeError("no record")

    return fold, lambda: touch_of(connection.chains[BTC.name])


def batches() -> Peer:
    """The book again, but 64 messages a call, as one read of a busy socket brings them."""
    reader = Reader((BTC,), ("books",), Translator({BTC.name: BTC}))
    (chain,) = reader.chains()
    waiting: list[bytes] = []

    def fold(frame: bytes) -> None:
        waiting.append(frame)
        if len(waiting) == 64:
            flush()

    def flush() -> None:
        batch = Batch(waiting)
        if reader.read(batch, 0, len(batch)) != len(batch):
            raise RuntimeError("a strange frame")
        waiting.clear()

    def touch() -> tuple[float, float]:
        if waiting:
            flush()
        return touch_of(chain)

    return fold, touch


def strict() -> Peer:
    """Without the kernel: what a strange frame costs."""
    chain = BookChain()
    return _strictly(chain), lambda: touch_of(chain)


def _strictly(chain: BookChain):  # type: ignore[no-untyped-def]
    def fold(frame: bytes) -> None:
        parsed = parse(frame)
        for row in parsed.records:
            assert isinstance(row, BookRow)
            if chain.fold(row, parsed.action == "snapshot") is not Verdict.TAKE:
                raise RuntimeError("not taken")

    return fold


if __name__ == "__main__":
    ways = {"book": book, "records": records, "batches": batches, "strict": strict}
    serve(ways[sys.argv.pop(1)], f"pawang {__version__}")
