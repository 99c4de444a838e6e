"""From the wire to the chat, the whole river once: a headless hour on the seeded market."""

import json
import sqlite3

import httpx


def test_a_headless_run_shows_a_whole_life_and_every_ref_replays(demo, pawang):
    """A bias, a no-trade, a plan, Set Entry, a fill, a closed outcome, a rating: then exit 0."""
    run = demo("--headless", "--speed", "120", "--for", "2h", "--seed", "7")
    started = run.wait_for(lambda line: line["kind"] == "started")
    with httpx.Client(base_url=started["api"], trust_env=False) as api:
        assert api.get("/api/scheduler/status").status_code == 401
        headers = {"authorization": f"Bearer {started['token']}"}
        status = api.get("/api/scheduler/status", headers=headers).json()
        assert status["state"] == "active"
    assert run.finish(180) == 0
    seen = {line["kind"] for line in run.lines}
    assert seen >= {"started", "slot", "no_trade", "message", "press", "order", "fill"}
    assert seen >= {"outcome", "rating", "edit", "ended"}
    assert run.lines[0]["kind"] == "started"

    sent = [line["ref_id"] for line in run.kind("message")]
    assert len(sent) == len(set(sent)), "a ref was sent twice"

    home = str(run.home)
    ledger = sqlite3.connect(run.home / "ledger.sqlite3")
    refs = [row[0] for row in ledger.execute("SELECT ref_id FROM decisions")]
    assert {line["ref_id"] for line in run.kind("slot")} == set(refs)
    for ref in refs[:3] + refs[-3:]:
        found = pawang("replay", ref, "--home", home, "--json")
        assert (found.returncode, json.loads(found.stdout)["verdict"]) == (0, "equal")

    others = {ref for ref in sent if ref not in refs}
    kinds = {ref.split("_")[0] + ref.count(":") * ":": ref for ref in sorted(others)}
    assert kinds, "a welcome at least was said"
    for ref in kinds.values():
        found = pawang("replay", ref, "--home", home)
        assert found.returncode == 0, found.stdout

    [view] = ledger.execute("SELECT view FROM decisions WHERE ref_id = ?", (refs[-1],)).fetchone()
    touched = bytearray(view)
    touched[len(touched) // 2] ^= 1
    ledger.execute("UPDATE decisions SET view = ? WHERE ref_id = ?", (bytes(touched), refs[-1]))
    ledger.commit()
    ledger.close()
    found = pawang("replay", refs[-1], "--home", home)
    assert found.returncode == 1
    assert "view" in found.stdout
