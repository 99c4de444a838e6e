"""The tables of a page, as rows of plain cells; nothing else of it is read.

Pages come from strangers. html.parser looks for the end of each tag, comment and declaration
again and again where there is none, which costs the square of the page: `_tame` takes out what has
no end before it looks, in one pass. What is too big, too wide or too deep is Malformed.
"""

import re
from html.parser import HTMLParser

from pawang.model.errors import Malformed

PAGE_MAX = 2 * 1024 * 1024  # the page of all days is some 0.4 MB
ROWS_MAX = 5_000
CELLS_MAX = 64
CELL_MAX = 64  # characters; longer cells are prose
DEPTH_MAX = 4  # tables in tables

Rows = list[list[str]]

_OPEN_END = re.compile(r"<(?![^<>]*>)")  # a "<" whose tag never ends
_DECLARED = re.compile(r"<[!?][^<>]*>")
_SPACE = re.compile(r"\s+")


def tables(page: bytes) -> list[Rows]:
    """Every table, outermost first, as rows of cells with single spaces. Raises Malformed."""
    if len(page) > PAGE_MAX:
        raise Malformed("page", f"{len(page)} bytes")
    reader = _Reader()
    try:
        reader.feed(_tame(page.decode("utf8", errors="replace")))
        reader.close()
    except (AssertionError, ValueError, RecursionError) as broken:
        # html.parser asserts on what it does not foresee.
        raise Malformed("page", f"{type(broken).__name__}: {broken}"[:200]) from None
    if not reader.tables:
        raise Malformed("page", "no table")
    return reader.tables


def _tame(text: str) -> str:
    kept: list[str] = []
    place = 0
    while (begun := text.find("<!--", place)) >= 0:
        kept.append(text[place:begun])
        ended = text.find("-->", begun + 4)
        place = len(text) if ended < 0 else ended + 3
    kept.append(text[place:])
    return _DECLARED.sub("", _OPEN_END.sub("", "".join(kept)))


class _Reader(HTMLParser):
    """Collects cells. A cell ends where the next one, its row or its table does: end tags of
    rows and cells may be left out. A table inside a cell is a table of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[Rows] = []
        self._open: list[Rows] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._close_cell()
            if len(self._open) >= DEPTH_MAX:
                raise ValueError("tables too deep")
            rows: Rows = []
            self._open.append(rows)
            self.tables.append(rows)
        elif tag == "tr" and self._open:
            self._close_cell()
            if len(self._open[-1]) >= ROWS_MAX:
                raise ValueError("too many rows")
            self._open[-1].append([])
        elif tag in ("td", "th") and self._open and self._open[-1]:
            self._close_cell()
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._close_cell()
        if tag == "table" and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _close_cell(self) -> None:
        if self._cell is None:
            return
        row = self._open[-1][-1]
        if len(row) >= CELLS_MAX:
            raise ValueError("too many cells in a row")
        row.append(_SPACE.sub(" ", "".join(self._cell)).strip()[: CELL_MAX + 1])
        self._cell = None
