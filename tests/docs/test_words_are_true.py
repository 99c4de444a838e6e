"""What we say is true: rooms, verbs, links and the ground rules of the text itself."""

import re
from pathlib import Path

import pytest

from pawang.cli import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)#]+)[^)]*\)")
FORBIDDEN = re.compile(r"(/work/|/root/|/tmp/scratch|pypi\.org|issue \d|helper-\d)")


def rooms():
    source = ROOT / "src" / "pawang"
    return sorted(
        path.name for path in source.iterdir() if path.is_dir() and (path / "__init__.py").exists()
    )


def test_every_room_stands_in_the_page_of_rooms():
    page = (ROOT / "docs" / "rooms.md").read_text()
    assert [room for room in rooms() if f"## {room}" not in page] == []


def test_the_page_of_rooms_names_no_room_that_is_not_there():
    page = (ROOT / "docs" / "rooms.md").read_text()
    assert [name for name in re.findall(r"^## (\w+)$", page, re.M) if name not in rooms()] == []


def test_every_verb_of_the_command_line_is_in_the_readme():
    verbs = [name for name in app if not name.startswith("-")]
    readme = (ROOT / "README.md").read_text()
    assert len(verbs) >= 7
    assert [
        verb for verb in verbs if f"pawang {verb}" not in readme and f"make {verb}" not in readme
    ] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in LINK.findall(page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} -> {target}"


def test_nothing_names_a_machine_path_a_registry_or_a_workplace():
    files = [ROOT / "Makefile", ROOT / "pyproject.toml", *PAGES]
    files += sorted((ROOT / "src").rglob("*.py")) + sorted((ROOT / "requirements").iterdir())
    guilty = [path.name for path in files if FORBIDDEN.search(path.read_text())]
    assert guilty == []


def test_ci_runs_the_check_and_the_check_runs_the_tests():
    assert "make check" in (ROOT / ".ci" / "run").read_text()
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"^check:.*\btest\b", makefile, re.M)
    assert "make test" in (ROOT / "README.md").read_text()
