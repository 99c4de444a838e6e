"""Client order ids on the wire: ours are recognised, and say which order and leg they are of.

    pw + snp202509150736SOLlE1            the entry: "pw" and the order's own id (orders/plan.py)
    pw + snp202509150736SOLl1S1           its stop; the E became the entry's generation, then the
                                          leg's letter and generation
The prefix is what keeps us from touching orders that somebody placed by hand (C13).

>>> wire_id("snp202509150736SOLlE1")
'pwsnp202509150736SOLlE1'
>>> wire_id("snp202509150736SOLlE1", "tp2", 3)
'pwsnp202509150736SOLl1B3'
>>> read("pwsnp202509150736SOLl1B3")
WireId(client_order_id='snp202509150736SOLlE1', leg='tp2', generation=3)
>>> read("6b9ad766b55dBCDE63969a1144bfb943") is None
True
"""

import re

from pawang.model.codec import Record

PREFIX = "pw"
TAG = "pawang"
"""The `tag` of every order: the second mark, and the name of our cancel-all-after timer."""

LETTERS = {
    "entry": "E",
    "sl": "S",
    "tp1": "A",
    "tp2": "B",
    "runner": "R",
    "close": "C",
    "time": "X",
}
_LEGS = {letter: leg for leg, letter in LETTERS.items()}
_ENTRY = re.compile(r"([A-Za-z0-9]*[a-z])E([0-9]{1,2})")
_LEG = re.compile(r"([A-Za-z0-9]*[a-z])([0-9]{1,2})([SABRCX])([0-9]{1,2})")
_LEGAL = re.compile(r"[A-Za-z0-9]{1,32}")


class WireId(Record):
    """What an id of ours is of."""

    client_order_id: str  # of the desk's order
    leg: str
    generation: int


def wire_id(client_order_id: str, leg: str = "entry", generation: int = 1) -> str:
    """The id of one leg; an entry's generation is in the order's own id."""
    found = _ENTRY.fullmatch(client_order_id)
    assert found is not None, f"{client_order_id!r} is no order id of orders/plan.py"
    made = PREFIX + client_order_id
    if leg != "entry":
        made = f"{PREFIX}{found[1]}{found[2]}{LETTERS[leg]}{generation}"
    assert _LEGAL.fullmatch(made), f"{made!r} is no legal client order id"
    return made


def read(text: str) -> WireId | None:
    """None for an id that is not ours."""
    if not text.startswith(PREFIX):
        return None
    rest = text.removeprefix(PREFIX)
    entry = _ENTRY.fullmatch(rest)
    if entry is not None:
        return WireId(client_order_id=rest, leg="entry", generation=int(entry[2]))
    leg = _LEG.fullmatch(rest)
    if leg is None:
        return None
    order = f"{leg[1]}E{leg[2]}"
    return WireId(client_order_id=order, leg=_LEGS[leg[3]], generation=int(leg[4]))
