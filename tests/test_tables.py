"""Tables of the pages: one block that keyboard and screen reader reach, nothing in it but text."""

from __future__ import annotations

import re

import pytest

from pages.shared import tables


@pytest.mark.parametrize("amount", ["11 654 FCFA", "XOF 11,654", "×1,23", "−0,5", "84.0%"])
def test_a_table_is_named_reached_by_keys_and_read_by_rows(amount: str) -> None:
    found = tables.markup(["Région", "Valeur"], [["Ségou", amount], ["Kidal", "–"]], "Épargne")
    assert found.startswith('<div class="rows" role="region" tabindex="0" aria-label="Épargne">')
    assert re.findall(r'<th scope="(\w+)"', found) == ["col", "col", "row", "row"]
    # a column of numbers is read from its right end, blanks or not
    assert found.count('class="n"') == 3


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", '"><img src=x>', "[a](b) & c", "[a](javascript:alert(1))"],
)
def test_what_data_say_is_only_text(text: str) -> None:
    found = tables.markup([text], [[text]], text)
    assert not re.search(r"<(?!/?(div|table|thead|tbody|tr|th|td)\b)", found)
    assert 'aria-label="&quot;&gt;' in found or text[0] != '"'


def test_a_cell_that_is_a_link_is_one() -> None:
    found = tables.markup(["A"], [["[Reçu](receipt?receipt=r-1&lang=fr)"]], "")
    assert '<a href="receipt?receipt=r-1&amp;lang=fr" target="_self">Reçu</a>' in found
