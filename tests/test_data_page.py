"""The Data page in a browser: a partner's workbook from the drop to the figures, and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from analytics.sources.dictionary import dictionary
from analytics.text import say
from analytics.warehouse.home import Home
from benchmarks.serve import serving
from tests.partner import write_partner_workbook
from tests.test_journeys import (  # noqa: F401
    Browser,
    Visit,
    browser,
    choose,
    pytestmark,
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("office") / "home")


@pytest.fixture(scope="module")
def address(office: Home) -> Iterator[str]:
    with serving(office.root, "manager") as server:
        yield server.url


def fr(key: str, **values: object) -> str:
    return say(f"data.{key}", "fr", **values)


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label).first.click()


def drop(page: Page, path: Path) -> None:
    page.locator("input[type=file]").first.set_input_files(path)


def settled(page: Page) -> None:
    """Until nothing runs and nothing faded waits to be replaced."""
    page.wait_for_selector("[data-testid=stStatusWidget]", state="detached")
    page.wait_for_selector("[data-stale=true]", state="detached")


def test_a_workbook_comes_in_is_published_and_a_batch_goes_out(
    browser: Browser, address: str, office: Home, tmp_path: Path  # noqa: F811
) -> None:
    book = tmp_path / "partenaire.xlsx"
    write_partner_workbook(book)
    visit = Visit(browser, address, 1440, 1000)
    page = visit.page
    page.goto(f"{address}/data")
    drop(page, book)
    expect(page.get_by_role("heading", name=fr("preview"))).to_be_visible()
    assert not office.batches(), "nothing lands before it is agreed to"
    with page.expect_download() as download:
        press(page, fr("mend"))
    download.value.save_as(tmp_path / "refus.xlsx")
    refused = load_workbook(tmp_path / "refus.xlsx")
    assert refused.worksheets[0].max_row > 1
    press(page, fr("import_button", rows=0).split(" (")[0])
    expect(page.get_by_role("heading", name=fr("result"))).to_be_visible()
    assert len(office.batches()) == 3
    press(page, fr("publish"))
    expect(page.get_by_text(fr("moved_first")).first).to_be_visible(timeout=60_000)
    settled(page)
    found = Axe().run(page).response["violations"]
    serious = [
        f"{v['id']}: {node['html'][:160]}"
        for v in found
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    ]
    assert serious == []
    page.get_by_role("tab", name=fr("tab.history")).click()
    page.locator(".st-key-remove button").click()
    expect(page.get_by_role("button", name=fr("remove_confirm"))).to_be_visible()
    assert len(office.batches()) == 3, "asking removes nothing"
    page.get_by_role("button", name=fr("remove_confirm")).click()
    expect(page.get_by_text("est retiré.")).to_be_visible()
    assert len(office.batches()) == 2
    assert not visit.faults and not visit.foreign
    page.close()


def test_an_odd_file_is_told_once_and_known_from_then_on(
    browser: Browser, address: str, office: Home, tmp_path: Path  # noqa: F811
) -> None:
    odd = tmp_path / "odd.csv"
    odd.write_text(
        "Code groupe;Numéro du cycle;Date de début de l’épargne;Combien au début ?\n"
        "AVEC-001;2;10/01/2022;20\n",
        "utf-8",
    )
    visit = Visit(browser, address, 1440, 1000)
    page = visit.page
    page.goto(f"{address}/data")
    drop(page, odd)
    expect(page.get_by_text(say("mapping.lead", "fr"))).to_be_visible()
    label = dictionary().column("vsla_cycle", "members_at_start").label["fr"]
    expect(page.get_by_text(say("mapping.missing", "fr", columns=label))).to_be_visible()
    settled(page)
    choose(page, label, "Combien au début ?")
    press(page, say("mapping.save", "fr"))
    expect(page.get_by_text(fr("through", reader="odd"))).to_be_visible()
    [kept] = office.mappings()
    assert "Combien au début ?" in kept.signature
    assert kept.tables[0].columns["members_at_start"].header == ("Combien au début ?",)
    assert not visit.faults and not visit.foreign
    page.close()
