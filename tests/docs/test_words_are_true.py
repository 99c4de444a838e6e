"""What we say is true: rooms, verbs, commands, metrics, settings, links, and the text itself."""

import re
import tomllib
from pathlib import Path

import pytest

from pawang.actions import BUTTONS, COMMANDS, REGISTRY
from pawang.alerts.words import say
from pawang.cli import app
from pawang.config import Config
from pawang.web import Metrics

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "pawang"
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = [README, *sorted(DOCS.rglob("*.md")), *sorted((ROOT / "news").glob("*.md"))]

NOT_THERE_YET = ()
"""Verbs that the pages may name because they say that they are not there."""

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|tmp/scratch)\b(?!s)")
REGISTRY_ADDRESS = re.compile(r"\b(?:pypi\.org|pythonhosted|artifactory|registry\.\w+\.\w+)")
WORKPLACE = re.compile(r"\b(?:issue #?\d|helper-)", re.I)
WORKPLACE_IN_PROSE = re.compile(r"\bsessions?\b", re.I)


def section(page, heading):
    """The text under a `## heading` of a page."""
    found = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", page.read_text(), re.M | re.S)
    assert found is not None, f"{page.name} has no section {heading!r}"
    return found[1]


def column(text, number=1):
    """What stands in backticks in one column of a table, in order."""
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| ")]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row[number])]


def rooms():
    return sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))


def hallway():
    return sorted(path.name for path in SOURCE.glob("*.py") if path.name != "__init__.py")


# Rooms.


def test_the_page_of_rooms_names_every_room_and_none_that_is_not_there():
    headings = re.findall(r"^## (\w+)$", (DOCS / "rooms.md").read_text(), re.M)
    assert sorted(headings) == rooms()


def test_the_page_of_rooms_names_every_hallway_file_and_none_that_is_not_there():
    named = re.findall(r"`(\w+\.py)`", section(DOCS / "rooms.md", "The hallway"))
    assert sorted(named) == hallway()


def test_the_readme_has_a_line_for_every_room_and_hallway_file():
    named = column(section(README, "Where things lie"))
    assert sorted(named) == sorted([*hallway(), *(f"{room}/" for room in rooms())])


def test_files_named_in_the_pages_of_lives_and_operations_are_there():
    for page in (DOCS / "operations.md", DOCS / "notes" / "first-light.md"):
        for name in re.findall(r"`((?:\w+/)*\w+\.py)`", page.read_text()):
            assert list(SOURCE.rglob(name)), f"{page.name} names {name}"


# The command line.


def verbs(of=app):
    return sorted(name for name in of if not name.startswith("-"))


def named_verbs(page):
    """Every `pawang VERB` of a page that stands in code."""
    pieces = re.findall(r"`([^`\n]+)`", page.read_text())
    pieces += re.findall(r"^ {4}(.+)$", page.read_text(), re.M)
    return {verb for piece in pieces for verb in re.findall(r"\bpawang ([a-z]+)\b", piece)}


def test_every_verb_has_its_line_in_the_readme():
    cells = column(section(README, "The command line"))
    assert sorted({cell.split()[1] for cell in cells if cell.startswith("pawang ")}) == verbs()


def test_every_part_of_a_verb_is_in_the_readme():
    for group in ("sandbox", "parse"):
        for name in verbs(app[group]):
            assert f"pawang {group} {name}" in README.read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_names_a_verb_that_is_not_there(page):
    assert named_verbs(page) - {*verbs(), *NOT_THERE_YET} == set()


def test_a_verb_that_is_there_is_not_excused_any_more():
    assert set(NOT_THERE_YET) & set(verbs()) == set()


# The chat.


def test_every_command_is_in_the_page_of_commands_with_its_role_and_none_else():
    rows = section(DOCS / "commands.md", "Commands")
    roles = [line.split("|")[2].strip() for line in rows.splitlines() if line.startswith("| `/")]
    named = [cell for cell in column(rows) if cell.startswith("/")]
    told = dict(zip([name.removeprefix("/") for name in named], roles, strict=True))
    assert told == {name: verb.role.value for name, verb in COMMANDS.items()}


def test_commands_that_are_private_or_stronger_in_groups_say_so():
    rows = section(DOCS / "commands.md", "Commands").splitlines()
    for verb in COMMANDS.values():
        where = next(row for row in rows if row.startswith(f"| `/{verb.name}`")).split("|")[3]
        assert ("private" in where) == verb.private, verb.name
        assert ("fresh" in where) == verb.risky, verb.name
        if verb.group_role is not None:
            assert f"in a group a {verb.group_role.value}" in where


def test_every_button_is_in_the_page_of_commands_and_none_else():
    named = column(section(DOCS / "commands.md", "Buttons"), 2)
    assert sorted(named) == sorted(BUTTONS)
    assert {*COMMANDS, *BUTTONS} == {verb.name for verb in REGISTRY}


@pytest.mark.parametrize("category", ["institutional", "sniper", "health"])
def test_the_playbook_of_the_chat_is_the_one_of_the_page(category):
    page = section(DOCS / "operations.md", "What now? (the playbook)")
    assert say("en", f"playbook_{category}") in page


# Metrics and settings.


def test_every_metric_is_in_the_page_of_operations_and_none_else():
    exposed = re.findall(r"^# TYPE (\w+) ", Metrics().text().decode(), re.M)
    kept = sorted({name for name in exposed if not name.endswith("_created")})
    assert sorted(column(section(DOCS / "operations.md", "Metrics"))) == kept


def test_no_page_names_a_metric_that_is_not_there():
    known = Metrics().text().decode()
    for page in PAGES:
        for name in re.findall(r"`(pawang_\w+)`", page.read_text()):
            assert f"# TYPE {name} " in known, f"{page.name} names {name}"


def test_every_setting_is_in_the_page_of_operations_and_none_else():
    rows = section(DOCS / "operations.md", "Settings").splitlines()
    named = [re.match(r"\| `(\w+)`", row)[1] for row in rows if row.startswith("| `")]
    assert sorted(named) == sorted(Config.__struct_fields__)


def test_every_library_that_runs_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {re.split(r"[<>=]", line)[0] for line in project["dependencies"]}
    note = (DOCS / "decisions" / "0007-libraries.md").read_text()
    rows = [line.split("|")[1].strip() for line in note.splitlines() if line.startswith("| ")]
    assert set(rows) - {"library"} == needed


# Links, dates, fragments.


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere_inside_the_project(page):
    for target in LINK.findall(page.read_text()):
        assert "://" not in target, f"{page.name} links outside: {target}"
        assert (page.parent / target).exists(), f"{page.name} -> {target}"


def test_decisions_are_numbered_dated_and_name_what_lost():
    notes = sorted((DOCS / "decisions").glob("*.md"))
    assert [note.name[:4] for note in notes] == [f"{n:04d}" for n in range(1, len(notes) + 1)]
    for note in notes:
        text = note.read_text()
        assert text.startswith(f"# {note.name[:4]} · "), note.name
        assert re.search(r"^\d{4}-\d\d-\d\d$", text, re.M), note.name
        assert re.search(r"^(Lost|Left)\b", text, re.M), note.name


def test_a_fragment_of_news_is_one_sentence_in_one_line():
    fragments = [path for path in (ROOT / "news").iterdir() if path.name != "README.md"]
    assert fragments
    for path in fragments:
        assert re.fullmatch(r"\d{3}\.(feature|fix)\.md", path.name), path.name
        assert path.read_text().strip().count("\n") == 0, path.name
        assert path.read_text().strip().endswith("."), path.name


# The text itself.


def everything_written():
    files = [README, ROOT / "Makefile", ROOT / "pyproject.toml", ROOT / ".ci" / "run"]
    files += sorted((ROOT / "requirements").iterdir())
    for folder in ("docs", "news", "src", "tests"):
        files += sorted((ROOT / folder).rglob("*.md")) + sorted((ROOT / folder).rglob("*.py"))
    return [path for path in files if path != Path(__file__)]


def test_nothing_names_a_machine_path_a_registry_or_a_workplace():
    guilty = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in everything_written()
        for pattern in (MACHINE_PATH, REGISTRY_ADDRESS, WORKPLACE)
        if (found := pattern.search(path.read_text()))
    ]
    assert guilty == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_pages_speak_of_the_product_and_not_of_how_it_was_made(page):
    assert WORKPLACE_IN_PROSE.findall(page.read_text()) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_pages_name_no_address_but_loopback(page):
    addresses = re.findall(r"\w+://([^\s)`]+)", page.read_text())
    assert [found for found in addresses if not found.startswith("127.0.0.1")] == []


# What the machine runs.


def test_the_test_command_of_the_readme_is_make_test_and_ci_runs_make_check():
    commands = section(README, "Two commands")
    assert re.search(r"^    make test\b", commands, re.M)
    assert re.search(r"^    make demo\b", commands, re.M)
    ci = (ROOT / ".ci" / "run").read_text().splitlines()
    assert "make check" in [line.strip() for line in ci]


def test_make_check_runs_the_tests_and_every_target_named_in_the_pages_is_there():
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([a-z]+):", makefile, re.M)
    assert re.search(r"^check:.*\btest\b", makefile, re.M)
    for page in PAGES:
        code = re.findall(r"`([^`\n]+)`|^ {4}(.+)$", page.read_text(), re.M)
        for name in re.findall(r"\bmake ([a-z]+)", "\n".join(map("".join, code))):
            assert name in targets, f"{page.name} names make {name}"
