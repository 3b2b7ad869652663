"""The published dictionary: complete, in both languages, and never older than what it describes."""

from __future__ import annotations

import re

import pytest

from analytics.indicator import indicators
from analytics.publishing.dictionary import DOCUMENT, anchor_of, dictionary_markdown
from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.dictionary import dictionary


@pytest.fixture(scope="module")
def document() -> str:
    return dictionary_markdown()


def section(document: str, anchor: str) -> list[str]:
    """The lines of one dataset or indicator."""
    start = document.index(f'<a id="{anchor}"></a>')
    end = document.find("<a id=", start + 1)
    return document[start : end if end > 0 else None].splitlines()


def test_the_file_is_up_to_date(document: str) -> None:
    assert DOCUMENT.exists() and DOCUMENT.read_text(encoding="utf-8") == document, (
        "docs/dictionary.md is stale: run `make docs` and commit what it writes"
    )


@pytest.mark.parametrize("dataset", DATASETS)
def test_each_column_and_code_has_its_line_in_both_languages(document: str, dataset: str) -> None:
    lines = section(document, dataset)
    for name, column in columns_of(DATASETS[dataset]).items():
        told = dictionary().column(dataset, name)
        required = "oui · yes" if column.required else "non · no"
        [line] = [text for text in lines if text.startswith(f"| `{name}` | {required} |")]
        assert f"**{told.label.fr}**" in line and f"**{told.label.en}**" in line
        for code in column.codes:
            label = dictionary().code_labels(dataset, name)[code]
            assert f"| `{name}` | `{code}` | {label.fr} | {label.en} |" in lines


def test_each_indicator_says_how_it_is_made(document: str) -> None:
    for found in indicators().values():
        text = "\n".join(section(document, anchor_of(found)))
        for part in (found.title.fr, found.title.en, found.formula.symbols,
                     found.reference.url or "", *found.sources):  # fmt: skip
            assert part in text
        assert ("Repère publié" in text) == (found.benchmark is not None)
        assert ("Limites" in text) == bool(found.caveats)


def test_every_table_row_has_as_many_cells_as_its_header(document: str) -> None:
    width = 0
    for line in document.splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line))
        if not cells:
            width = 0
        elif not width:
            width = cells
        else:
            assert cells == width, line[:120]
