"""D01, I3: whatever `append` answered for survives SIGKILL at any point."""

import os
import random
import signal
import sqlite3
import struct

import pytest

from pawang.journal import SqlLedger

ROUNDS = 8


def work_until_killed(path, samples, told):
    """The child: take up where the ledger left off, and tell each seq once it is acknowledged."""
    ledger = SqlLedger(path, samples.BUTTON_KEY, samples.AUDIT_KEY)
    seq = ledger.load()[1]
    while True:
        seq += 1
        kept = samples.keep(ts=samples.NOON + seq * 300 * 10**9, seed=seq, magnets=4, walls=4)
        effects = (kept, samples.send(kept.decision.ref_id), samples.audit(str(seq)))
        assert ledger.append(samples.slot(seq, kept), effects, samples.desk(seq))
        os.write(told, struct.pack("<q", seq))


def killed_after(path, samples, acks):
    """Run a child, SIGKILL it in the middle of whatever it does after `acks` answers; the last
    seq that it acknowledged."""
    heard, told = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(heard)
            work_until_killed(path, samples, told)
        finally:
            os._exit(1)
    os.close(told)
    last = 0
    with os.fdopen(heard, "rb") as pipe:
        for _ in range(acks):
            last = struct.unpack("<q", pipe.read(8))[0]
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        for (seq,) in struct.iter_unpack("<q", pipe.read()):
            last = seq
    assert os.WIFSIGNALED(status), "the child died by itself"
    return last


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_D01_nothing_acknowledged_is_lost_by_kill_9(path, samples):
    draw = random.Random(9)
    for _ in range(ROUNDS):
        acknowledged = killed_after(path, samples, draw.randrange(1, 60))
        ledger = SqlLedger(path, samples.BUTTON_KEY, samples.AUDIT_KEY)
        desk, seq = ledger.load()
        # One more than was told is a commit whose answer died with the child.
        assert acknowledged <= seq <= acknowledged + 1
        assert desk == samples.desk(seq)
        assert (
            ledger.counts() | {"events": seq, "decisions": seq, "outbox": seq, "audit": seq}
            == ledger.counts()
        )
        newest = samples.keep(ts=samples.NOON + seq * 300 * 10**9, seed=seq, magnets=4, walls=4)
        assert ledger.read(after=seq - 1) == [samples.slot(seq, newest)]
        assert ledger.verify_audit() is None
        ledger.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
