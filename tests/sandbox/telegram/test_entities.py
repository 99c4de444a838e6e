"""UTF-16 offsets, HTML and MarkdownV2: what is styled, and what cannot be parsed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.sandbox.telegram import entities, html, markdown, utf16
from pawang.sandbox.telegram.params import Params
from pawang.sandbox.telegram.refusal import Refusal


def span(kind: str, offset: int, length: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, **more}


HTML = [
    ("a <b>b</b> c", "a b c", [span("bold", 2, 1)]),
    ("🔥<code>1</code>", "🔥1", [span("code", 2, 1)]),
    ("<b>x<i>y</i></b>", "xy", [span("bold", 0, 2), span("italic", 1, 1)]),
    ("1 &lt; 2 &amp; 3 &quot;&#39;&gt;", "1 < 2 & 3 \"'>", []),
    ("&nbsp; & x", "&nbsp; & x", []),
    (
        '<a href="http://127.0.0.1/?a=1&amp;b">x</a>',
        "x",
        [span("text_link", 0, 1, url="http://127.0.0.1/?a=1&b")],
    ),
    ("<a>x</a>", "x", []),
    ('<span class="tg-spoiler">x</span>', "x", [span("spoiler", 0, 1)]),
    ('<pre><code class="language-py">x</code></pre>', "x", [span("pre", 0, 1, language="py")]),
    ('<code class="language-py">x</code>', "x", [span("code", 0, 1)]),
    ("<blockquote expandable>x</blockquote>", "x", [span("expandable_blockquote", 0, 1)]),
    ("<u></u>x", "x", []),
]


@pytest.mark.parametrize(("source", "text", "spans"), HTML)
def test_html_is_read_as_telegram_reads_it(source: str, text: str, spans: Any) -> None:
    """The tags of the Bot API and nothing else."""
    assert html.parse(source) == (text, spans)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("é<x>", 'Unsupported start tag "x" at byte offset 2'),
        ("<span>x</span>", 'Unsupported start tag "span" at byte offset 0'),
        ("a < b", "Unclosed start tag at byte offset 2"),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
    ],
)
def test_html_that_is_wrong_is_refused_with_its_place(source: str, words: str) -> None:
    """Offsets in bytes, as Telegram counts there."""
    with pytest.raises(Refusal, match="can't parse entities") as refused:
        html.parse(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {words}"


@pytest.mark.parametrize(
    ("source", "text", "spans"),
    [
        ("*b* _i_ __u__ ~s~ ||p||", "b i u s p", [span("bold", 0, 1), span("italic", 2, 1), span("underline", 4, 1), span("strikethrough", 6, 1), span("spoiler", 8, 1)]),
        ("`220.60` \\-1\\.5", "220.60 -1.5", [span("code", 0, 6)]),
        ("```a*b```", "a*b", [span("pre", 0, 3)]),
        ("[x](http://127.0.0.1/)", "x", [span("text_link", 0, 1, url="http://127.0.0.1/")]),
    ],
)  # fmt: skip
def test_markdown_v2_is_read(source: str, text: str, spans: Any) -> None:
    """Marks, escapes, links."""
    assert markdown.parse(source) == (text, spans)


@pytest.mark.parametrize("source", ["a.b", "*x", "[x](y", "a-b", "x!", "`x"])
def test_markdown_v2_that_is_wrong_is_refused(source: str) -> None:
    """A lone reserved letter or an open mark."""
    with pytest.raises(Refusal, match="can't parse entities"):
        markdown.parse(source)


def test_legacy_markdown_forgives_what_v2_reserves() -> None:
    """Only `_*`[` mean anything there."""
    assert markdown.parse_legacy("*b* 1.5-2!") == ("b 1.5-2!", [span("bold", 0, 1)])


@given(st.text(max_size=60))
def test_html_in_one_tag_covers_exactly_the_text(text: str) -> None:
    """Escaped text comes back whole and its entity is as long as UTF-16 says."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    found, spans = html.parse(f"<b>{escaped}</b>")
    assert found == text
    assert spans == ([span("bold", 0, utf16.length(text))] if text else [])


@given(st.text(min_size=1, max_size=40), st.integers(-2, 90), st.integers(-2, 90))
def test_entities_given_are_kept_exactly_or_refused(text: str, offset: int, length: int) -> None:
    """An entity that is kept lies within the text on whole symbols."""
    try:
        kept = entities.checked(text, [span("code", offset, length)])
    except Refusal:
        return
    for entity in kept:
        assert entity == span("code", offset, length)
        assert utf16.length(utf16.cut(text, offset, length)) == length


def test_what_is_above_a_hundred_entities_is_dropped() -> None:
    """Without a word, as Telegram does."""
    many = [span("bold", at, 1) for at in range(101)]
    assert len(entities.checked("x" * 101, many)) == 100


def test_given_entities_win_over_a_parse_mode() -> None:
    """The text then stays as it is."""
    params = Params({"entities": [span("code", 0, 1)], "parse_mode": "HTML"})
    assert entities.styled(params, "<b>") == ("<b>", [span("code", 0, 1)])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/risk 1.0", [(0, 5)]),
        ("🔥 /alpha@pawang_bot SOL", [(3, 17)]),
        ("and/or 1/2 /", []),
        ("/a /b", [(0, 2), (3, 2)]),
    ],
)
def test_commands_of_people_are_found(text: str, found: Any) -> None:
    """Bot libraries route by these."""
    assert entities.commands(text) == [span("bot_command", *place) for place in found]


@pytest.mark.parametrize(
    "entity", [None, {}, span("glow", 0, 1), span("code", 0.5, 1), span("code", 0, True), span("text_link", 0, 1)]
)  # fmt: skip
def test_a_thing_that_is_no_entity_is_refused(entity: Any) -> None:
    """Unknown types, fractions, links to nowhere."""
    with pytest.raises(Refusal):
        entities.checked("x", [entity])
