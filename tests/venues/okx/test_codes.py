"""The table of codes against the document it is from, and the errors they become."""

import os
import re
from pathlib import Path

import pytest

from pawang.venues.okx import codes
from pawang.venues.okx.codes import Follow, follow

RETRY = ["50001", "50011", "50013", "50026", "50040", "50061", "60014", "63999", "64007"]
RESOLVE = ["50004", "51054", "51149"]


@pytest.fixture(scope="module")
def documented() -> list[str]:
    """The codes of okx-v5.md 3, where the document lies beside the data."""
    shared = Path(os.environ.get("PAWANG_DATA", "../shared/data")).parent
    page = shared / "okx-v5.md"
    if not page.exists():
        pytest.skip("okx-v5.md is not here (set PAWANG_DATA)")
    text = page.read_text(encoding="utf8")
    table = text[text.index("## 3. Error codes") : text.index("## 4. Rate limits")]
    return re.findall(r"^\| (\d{4,5}(?:_\d+)?) \|", table, re.M)


def test_every_documented_code_has_its_row(documented):
    assert len(documented) > 180
    assert [code for code in documented if codes.base(code) not in codes.CODES] == []


def test_a_code_stands_in_the_table_once():
    listed = [code for _, _, row in codes._TABLE for code in row.split()]
    assert len(listed) == len(set(listed))


def test_what_the_document_retries_is_retried_or_resolved_and_nothing_else_but_two():
    """60023 (logins too frequent) and 51412 (a cancel timed out) are ours: see the table."""
    by_follow = {
        wanted: {code for code in codes.CODES if follow(code) is wanted} for wanted in Follow
    }
    assert by_follow[Follow.RETRY] == {*RETRY, "60023"}
    assert by_follow[Follow.RESOLVE] == {*RESOLVE, "51412"}


@pytest.mark.parametrize("code", RESOLVE)
def test_c04_outcome_unknown_is_never_a_plain_retry(code):
    error = codes.refusal("trade/order", code, "timed out")
    assert (type(error), error.follow) == (codes.Unknown, Follow.RESOLVE)


@pytest.mark.parametrize(
    "code", ["50100", "50101", "50105", "50110", "50111", "50113", "50119", "50120", "60032"]
)
def test_c19_whatever_is_wrong_with_the_key_halts(code):
    assert isinstance(codes.refusal("trade/order", code, ""), codes.Halted)


def test_a_bad_signature_is_no_rate_limit_though_a_peer_takes_it_for_one():
    assert follow("50113") is Follow.HALT


def test_a_code_nobody_documented_is_final_and_told():
    error = codes.refusal("trade/order", "58999", "new today")
    assert (type(error), error.follow) == (codes.Refused, Follow.TELL)
    assert str(error) == "OKX trade/order: 58999 new today"


@pytest.mark.parametrize("code", [*codes.DUPLICATE, *codes.GONE])
def test_duplicate_and_gone_are_each_orders_own_affair(code):
    assert follow(code) is Follow.SKIP


def test_a_sub_code_follows_its_code():
    assert follow("51008_1001") is follow("51008") is Follow.SKIP
    assert (follow("0"), follow("")) == (Follow.DONE, Follow.DONE)
    assert (codes.subject("51008_1001"), codes.subject("58999")) == ("margin", "")
