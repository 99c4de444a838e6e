"""What an order wants done, as data: handed over once, each answered by exactly one call.

`client_id` says whose it is. `Tell` alone is answered by nobody.
"""

from pawang.model.codec import Record
from pawang.venues.okx.algo_requests import CancelAlgo
from pawang.venues.okx.requests import Amend, Cancel, Place


class Send(Record):
    """Place it; not processed after `expires` (venue time, ns)."""

    request: Place
    expires: int


class SendCancel(Record):
    client_id: str
    request: Cancel


class SendAmend(Record):
    client_id: str
    request: Amend
    expires: int


class AskOrder(Record):
    client_id: str
    instrument: str
    order_id: str = ""


class AskFills(Record):
    client_id: str
    instrument: str
    order_id: str


class Tell(Record):
    """For a person. Said once, answered by nobody."""

    client_id: str
    words: str


class AskAlgo(Record):
    """By our own id: the venue's is unknown while the exit was never seen."""

    client_id: str
    instrument: str


class SendCancelAlgo(Record):
    client_id: str
    request: CancelAlgo


Todo = Send | SendCancel | SendAmend | AskOrder | AskFills | Tell
Wanted = Todo | AskAlgo | SendCancelAlgo
