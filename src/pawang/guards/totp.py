"""Time-based one-time codes (RFC 6238: SHA-1, 30 s, 6 digits), each good once (SEC5, SEC22)."""

import base64
import binascii
import hmac
import struct

from pawang.guards.secret import Secret, same
from pawang.model.refs import SECOND

STEP = 30 * SECOND
DIGITS = 6
WINDOW = 1  # steps before and after now: a phone's clock may be half a minute off


def code(seed: Secret, step: int) -> str:
    """The code of one 30-s step since the epoch (RFC 4226, section 5.3).

    `seed` is base32 as authenticator apps take it; ValueError if it is not.
    """
    mac = hmac.digest(_key(seed), struct.pack(">Q", step), "sha1")
    offset = mac[-1] & 0x0F
    number = struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def verify(seed: Secret, given: str, now: int, used: int = -1) -> int | None:
    """The step `given` is the code of, or None.

    `used` is the step that was accepted last: it and all before it are dead, so a code that
    was seen over a shoulder cannot be played again. Keep what this returns.
    """
    present = now // STEP
    found = None
    # Every step is compared, whichever fits: the time taken tells nothing.
    for step in range(max(0, present - WINDOW), present + WINDOW + 1):
        if same(given, code(seed, step)) and step > used and found is None:
            found = step
    return found


def _key(seed: Secret) -> bytes:
    text = seed.reveal().replace(" ", "").upper()
    try:
        return base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error:
        # Not chained: the library's text may quote the seed.
        raise ValueError("the TOTP seed is not base32") from None
