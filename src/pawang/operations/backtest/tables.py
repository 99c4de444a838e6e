"""What every backtest prints with: progress on stderr, tables and paragraphs on stdout."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

Kind = TypeVar("Kind")


def progress(tasks: dict[str, Callable[[], Kind]]) -> Iterator[Kind]:
    """Each task's answer in order, with a bar on stderr that names the one at work."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        whole = bar.add_task("", total=len(tasks))
        for name, task in tasks.items():
            bar.update(whole, description=name)
            yield task()
            bar.advance(whole)


def table(title: str, first: str, *heads: str) -> Table:
    """Figures are never cut: a cell has lines, and its head says what each of them is."""
    made = Table(title=title, box=SIMPLE, show_lines=True, title_justify="left")
    made.add_column(first, overflow="fold")
    for head in heads:
        made.add_column(head, justify="right", no_wrap=True)
    return made


def paragraph(text: str) -> str:
    return " ".join(text.split())
