"""OKX's codes and what follows from each: one table for REST, for WebSocket and for single items.

OkxError              `path`, OKX's `code` ("" where there is none) and `follow`
  +- NotSent          nothing left the house: may be sent again as it is
  |    +- Held        by our own will: the gate is shut
  |    +- Expired     it waited its turn for too long: may be sent anew with a new time
  +- Unreachable      nobody answered a question: asked again, then given up
  +- Retry            OKX did not take it, and asks for patience: the same again, later
  +- Unknown          an order's outcome is open (no answer, or one that says so): *resolve*, that
  |                   is ask by client order id first, never resend blindly (C01, C04)
  +- Refused          OKX said no. `follow` says whether that is the request's own affair (skip)
  |                   or a person's (tell)
  +- Kept             OKX acknowledged a setting and keeps another: no order on it (C11)
  +- Halted           the key, its rights or the account: no retry, the "auth" breaker is open (C19)
  +- Malformed        the answer broke its contract: final, nothing of it is used

Source: okx-v5.md 3. A code that is not in the table is final and told: a new code is not a reason
to guess. Sub-codes ("51008_1001") follow their code.

>>> follow("51149"), follow("51008_1001"), follow("50113"), follow("99999")
(<Follow.RESOLVE: 'resolve'>, <Follow.SKIP: 'skip'>, <Follow.HALT: 'halt'>, <Follow.TELL: 'tell'>)
"""

from enum import StrEnum

from pawang.model.errors import PawangError


class Follow(StrEnum):
    DONE = "done"  # no error
    RETRY = "retry"  # the same call later
    RESOLVE = "resolve"  # the effect is open: ask what became of it
    RESYNC = "resync"  # our clock: read the venue's, then once more (C18)
    RECONNECT = "reconnect"  # a new connection (and login)
    SKIP = "skip"  # this request is not to be done; the next may be
    HALT = "halt"  # no signed call until a person looked (C19)
    TELL = "tell"  # final, and a person should know


_TABLE: tuple[tuple[Follow, str, str], ...] = (
    (Follow.RETRY, "busy", "50001 50013 50026 63999 64007"),
    (Follow.RETRY, "we knock too often", "50011 50040 50061 60014 60023"),
    (Follow.RESOLVE, "timed out on their side", "50004 51054 51149 51412"),
    (Follow.RESYNC, "our clock", "50102 60004 60006"),
    (Follow.RECONNECT, "the connection ends", "64008 4004 4005 4006 4007"),
    (Follow.RECONNECT, "the login is gone", "60011"),
    (Follow.HALT, "key, signature, passphrase", "50103 50104 50105 50106 50107 50111 50112 50113"),
    (Follow.HALT, "key, signature, passphrase", "50114 50119 60005 60007 60009 60024 60032 4001"),
    (Follow.HALT, "frozen, wrong world, wrong address, no right", "50100 50101 50110 50120 50030"),
    (Follow.HALT, "the account may not trade", "50012 50027 51009 51155"),
    # The market, the listing or the account does not allow this one order now.
    (Follow.SKIP, "expired on its way", "50036 50037"),
    (Follow.SKIP, "price", "51006 51031 51116 51122 51135 51136 51137 51138 51250"),
    (Follow.SKIP, "size", "51005 51020 51101 51112 51120 51121 51150 51201 51202 51203 51275"),
    (Follow.SKIP, "margin", "51004 51008 51119 51127 51129 51131 51186 51187 51502"),
    (Follow.SKIP, "not trading", "51021 51022 51027 51028 51029 51030 51124"),
    (Follow.SKIP, "too many pending", "51025 51102 51103 51108 51113 51117 51174 51260 51261"),
    (Follow.SKIP, "exits on the wrong side", "51046 51047 51048 51049 51050 51051 51052 51053"),
    (Follow.SKIP, "exits on the wrong side", "51257 51258 51259 51277 51278 51279 51280"),
    (Follow.SKIP, "nothing to close", "51023 51058 51088 51115 51169 51300"),
    (Follow.SKIP, "reduce-only", "51148 51170 51171 51205 51206 51521 51522"),
    (Follow.SKIP, "already there", "51011 51016 51065 51068"),
    (Follow.SKIP, "already gone", "51063 51400 51401 51402 51405 51410 51416 51503 51510 51603"),
    (Follow.SKIP, "cannot be changed so", "51059 51403 51506 51511 51513 51523 51524 51527 51528"),
    (Follow.SKIP, "leverage is held by orders", "59101 59107 59668 59669 59000"),
    # Our mistake, or a setting: a person should see it.
    (Follow.TELL, "the call is wrong", "50000 50002 50005 50006 50014 50015 50016 50024 50025"),
    (Follow.TELL, "the call is wrong", "50115 51000 51001 51003 51015 51111 51204 51281 51406"),
    (Follow.TELL, "the call is wrong", "51407 51500 51501 51512 51538 51539 51415 51529"),
    (Follow.TELL, "not in this environment or mode", "50038 50072 51010 51037 51044 51147 54000"),
    (Follow.TELL, "not in this environment or mode", "54001 54004 54008 54036"),
    (Follow.TELL, "exits are put together wrongly", "51076 51079 51080 51081 51083 51084 51085"),
    (Follow.TELL, "exits are put together wrongly", "51089 51090 51100 51178 51180"),
    (
        Follow.TELL,
        "timers, leverage, margin",
        "51071 59102 59103 59104 59105 59108 59300 59301 59302",
    ),
    (Follow.TELL, "WebSocket words", "60008 60012 60013 60018 60019 60027 60028 60031 60033"),
    (Follow.TELL, "WebSocket words", "64000 64001 64002 64003 64004 1009 4002 4003 4008 4009"),
)

CODES: dict[str, tuple[Follow, str]] = {
    code: (outcome, subject) for outcome, subject, codes in _TABLE for code in codes.split()
}
"""Code -> what follows, and what it is about."""

LIMITED = ("50011", "50040", "50061", "60014")
"""OKX counted too many; it did nothing."""
GATE = ("401", "403", "404", "405")
"""A proxy's own words before OKX: what it says was not let in."""
LATE = ("50036",)
"""Its expTime had passed when OKX read it: not processed, may be sent anew with a new time."""
DUPLICATE = ("51011", "51016", "51065", "51068")
"""This client order id is pending: after a resend that is success, adopt it (C03)."""
GONE = ("51063", "51400", "51401", "51402", "51405", "51410", "51416", "51503", "51510", "51603")
"""There is no such pending order: ask for its final state, do not cancel again (C25)."""
NOT_FOUND = ("51603", "51063")
"""A query found nothing under this id."""


def base(code: str) -> str:
    """Without the sub-code."""
    return code.partition("_")[0]


def follow(code: str) -> Follow:
    """What comes after `code`; "" and "0" are no error."""
    if code in ("", "0"):
        return Follow.DONE
    return CODES.get(base(code), (Follow.TELL, ""))[0]


def subject(code: str) -> str:
    """What a code is about, in two or three words; "" for one we do not know."""
    return CODES.get(base(code), (Follow.TELL, ""))[1]


class OkxError(PawangError):
    """A call did not give what was asked."""

    def __init__(self, path: str, code: str, words: str) -> None:
        super().__init__(f"OKX {path}: {f'{code} ' if code else ''}{words}"[:300])
        self.path = path
        self.code = code

    @property
    def follow(self) -> Follow:
        return follow(self.code)


class NotSent(OkxError):
    """Provably nothing left."""


class Held(NotSent):
    """We did not want it to leave any more."""


class Expired(NotSent):
    """Its time was over before its turn came."""


class Unreachable(OkxError):
    """Nobody answered."""


class Retry(OkxError):
    """OKX is there but busy."""


class Unknown(OkxError):
    """It left, and what came of it nobody said."""

    @property
    def follow(self) -> Follow:
        return Follow.RESOLVE


class Refused(OkxError):
    """OKX said no."""


class Kept(OkxError):
    """A setting is not what we asked for, whatever the acknowledgement said."""


class Halted(OkxError):
    """OKX does not take our key, or the breaker remembers that it did not."""

    @property
    def follow(self) -> Follow:
        return Follow.HALT


class Malformed(OkxError):
    """OKX said something else than its documents say."""

    def __init__(self, path: str, field: str, reason: str) -> None:
        super().__init__(path, "", f"{field}: {reason}")
        self.field = field
        self.reason = reason


def refusal(path: str, code: str, words: str) -> OkxError:
    """The error for a code that OKX answered with."""
    match follow(code):
        case Follow.RETRY:
            return Retry(path, code, words)
        case Follow.RESOLVE:
            return Unknown(path, code, words)
        case Follow.HALT:
            return Halted(path, code, words)
        case _:
            return Refused(path, code, words)
