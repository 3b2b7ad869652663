"""What the notes on trust promise has a test or a command that exists, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analytics.cli import _parser
from analytics.settings import PROJECT

NOTES = {"en": PROJECT / "docs" / "trust.md", "fr": PROJECT / "docs" / "confiance.md"}


def tables(path: Path) -> list[list[list[str]]]:
    """The tables of a note: rows of cells, without header and rule."""
    found: list[list[list[str]]] = []
    inside = False
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("|") and not inside:
            found.append([])
        inside = line.startswith("|")
        if inside:
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
    return [rows[2:] for rows in found]


def exists(named: str) -> bool:
    """Whether a test, a script or a command that a note names is there."""
    words = named.split()
    if named.startswith("make "):
        return f"\n{words[1]}:" in (PROJECT / "Makefile").read_text(encoding="utf-8")
    if named.startswith("python -m analytics "):
        return f"{words[3]}" in _parser().format_help()
    if named.endswith(".py") or named.startswith("benchmarks/"):
        return (PROJECT / words[0]).is_file()
    return False


@pytest.mark.parametrize("lang", NOTES)
def test_every_promise_names_what_holds_it_to_its_word(lang: str) -> None:
    promises = tables(NOTES[lang])[0]
    assert len(promises) >= 6
    for who, promise, _, tested in promises:
        names = re.findall("`([^`]+)`", tested)
        assert names, f"{who}: {promise}"
        assert [name for name in names if not exists(name)] == []


@pytest.mark.parametrize("lang", NOTES)
def test_every_test_and_command_a_note_names_is_there(lang: str) -> None:
    text = NOTES[lang].read_text(encoding="utf-8")
    named = re.findall(r"`((?:tests/|benchmarks/\S+\.py|make |python -m analytics )[^`]*)`", text)
    assert len(named) > 10
    assert [name for name in named if not exists(name)] == []


def test_both_notes_give_the_same_figures() -> None:
    english, french = ([row[1] for row in tables(NOTES[lang])[1]] for lang in ("en", "fr"))
    digits = [[re.sub(r"\D", "", cell) for cell in cells] for cells in (english, french)]
    assert digits[0] == digits[1] and len(digits[0]) >= 10 and all(digits[0])
