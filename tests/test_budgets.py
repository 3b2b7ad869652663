"""What a visitor's line and the database are asked for: bytes and rows, never seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from analytics.settings import PROJECT
from analytics.warehouse import read
from analytics.warehouse.home import Home
from benchmarks.first_visit import BUDGET_BYTES, CLICK_BYTES, REPEAT_BYTES, Relay, clicks, open_page
from tests.test_journeys import (  # noqa: F401
    Browser,
    address,
    browser,
    pytestmark,
)

#: what a page may ask of the database when nothing that it asks was asked before
_QUERIES, _ROWS = 30, 4_000


def test_bytes_of_a_visit_and_of_a_click(browser: Browser, address: str) -> None:  # noqa: F811
    relay = Relay(urlsplit(address).port or 0)
    open_page(browser.new_context(), relay, "/?lang=fr")
    visitor = browser.new_context()
    first, again = (open_page(visitor, relay, "/?lang=fr") for _ in range(2))
    assert 500_000 < first.bytes_down <= BUDGET_BYTES
    assert again.bytes_down <= REPEAT_BYTES
    moved = clicks(visitor, relay, "/regions?lang=fr", "Région", 3)
    assert 2_000 < max(moved) <= CLICK_BYTES, moved


@pytest.mark.parametrize("page", ["savings", "regions", "businesses"])
def test_queries_and_rows_of_a_view(
    network_home: Home, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    query = read._query

    def counted(*given: Any) -> list[tuple]:
        rows = query(*given)
        asked.append(len(rows))
        return rows

    monkeypatch.setenv("EVIDENCE_HOME", str(Path(network_home.root)))
    monkeypatch.setattr(read, "_query", counted)
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60).run()
    # Nothing that another page asked is kept.
    monkeypatch.setattr(read, "_readers", {})
    st.cache_resource.clear()
    asked.clear()
    app.switch_page(f"pages/{page}.py").run()
    new = len(asked), sum(asked)
    assert 0 < new[0] <= _QUERIES and new[1] <= _ROWS, new
    asked.clear()
    app.run()
    assert len(asked) <= 2, "what was asked before is kept"
