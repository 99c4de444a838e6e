"""JSON, forms and multipart carry the same call; rubbish is a 400, never a crash."""

import contextlib
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.sandbox.telegram import bodies
from pawang.sandbox.telegram.bodies import BODY_BYTES_MAX
from pawang.sandbox.telegram.params import Params, Upload
from pawang.sandbox.telegram.refusal import Refusal


def read(**content: Any) -> dict[str, Any]:
    request = httpx.Request("POST", "http://127.0.0.1/", **content)
    return bodies.parse(request.headers.get("content-type", ""), request.read(), "a=query&b=1")


def test_a_form_and_json_differ_only_in_types() -> None:
    """The body wins over the query."""
    assert read(json={"a": 5, "t": "é"}) == {"a": 5, "b": "1", "t": "é"}
    assert read(data={"a": "5", "t": "é"}) == {"a": "5", "b": "1", "t": "é"}


def test_multipart_carries_fields_and_files() -> None:
    """Bytes come through whole, line ends included."""
    data = bytes(range(256)) + b"\r\n--x\r\n\r\n"
    values = read(
        data={"chat_id": "5", "caption": "ä\nb"}, files={"photo": ("ü.png", data, "image/png")}
    )
    assert (values["chat_id"], values["caption"]) == ("5", "ä\nb")
    assert values["photo"] == Upload("ü.png", "image/png", data)


def test_attach_points_at_the_file_of_that_name() -> None:
    """And at nothing else."""
    upload = Upload("a", "b", b"c")
    params = Params({"photo": "attach://x", "x": upload, "y": "text"})
    assert params.file("photo") is upload
    assert params.attached("attach://y") is None
    assert params.attached("file-id") == "file-id"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"[1]"),
        ("application/json", b"\xff"),
        ("application/json", b"[" * 200_000),
        ("application/x-www-form-urlencoded", b"\xff\xfe"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b""),
    ],
)
def test_a_body_that_cannot_be_read_is_a_bad_request(kind: str, body: bytes) -> None:
    """400 and words."""
    with pytest.raises(Refusal) as refused:
        bodies.parse(kind, body)
    assert refused.value.code == 400


def test_a_body_of_more_than_a_file_may_have_is_too_large() -> None:
    """413, before it is parsed."""
    with pytest.raises(Refusal, match="Request Entity Too Large"):
        bodies.parse("application/json", bytes(BODY_BYTES_MAX + 1))


@given(
    st.sampled_from(["application/json", "multipart/form-data; boundary=b", "x/y", ""]),
    st.binary(max_size=200),
)
def test_any_bytes_are_values_or_a_refusal(kind: str, body: bytes) -> None:
    """Never another exception."""
    with contextlib.suppress(Refusal):
        assert isinstance(bodies.parse(kind, body), dict)
