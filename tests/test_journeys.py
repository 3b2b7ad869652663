"""Journeys in a real browser: a director in French on a desk, a donor in English on a phone."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from analytics.text import say
from benchmarks.serve import serving

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome")
     if (path := shutil.which(name))),
    None,
)  # fmt: skip
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
#: milliseconds; a busy machine is slow, not wrong
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


def open_page(page: Page, section: str, name: str) -> None:
    """By the navigation: a section opens, then the page is there."""
    page.get_by_text(say(f"section.{section}", "fr"), exact=True).first.click()
    page.get_by_role("menuitem", name=say(f"page.{name}", "fr"), exact=True).first.click()


def choose(page: Page, label: str, option: str) -> None:
    """Pick from a list by typing into it, as a keyboard would.

    A rerun or a scroll closes an open list and keeps what was typed: it is opened again.
    """
    box, wanted = page.get_by_role("combobox", name=label), page.get_by_role("option", name=option)

    def opened() -> None:
        if not wanted.is_visible():
            box.blur()
            box.focus()
            box.fill("")
            box.press_sequentially(option[:7])
        expect(wanted).to_be_visible(timeout=3000)

    deadline = time.monotonic() + PATIENCE / 1000
    while True:
        try:
            opened()
            wanted.click(timeout=3000)
            return
        except (AssertionError, PlaywrightError):
            if time.monotonic() > deadline:
                raise


@pytest.fixture(scope="module")
def address(demonstration: Path) -> Iterator[str]:
    """A public server over the demonstration."""
    with serving(demonstration) as server:
        yield server.url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                  "--disable-background-networking", "--disable-component-update",
                  "--disable-sync"],
        )  # fmt: skip
        yield browser
        browser.close()


class Visit:
    """A page that remembers whom it asked and what went wrong in it."""

    def __init__(self, browser: Browser, address: str, width: int, height: int) -> None:
        self.home = urlparse(address).netloc
        self.page: Page = browser.new_page(viewport={"width": width, "height": height})
        self.page.set_default_timeout(PATIENCE)
        self.foreign: list[str] = []
        self.faults: list[str] = []
        #: what the content policy of the page refused
        self.refused: list[str] = []
        self.page.on("request", self._asked)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._said)

    def _asked(self, request: object) -> None:
        url = urlparse(request.url)  # type: ignore[attr-defined]
        if url.scheme in ("http", "https", "ws", "wss") and url.netloc != self.home:
            self.foreign.append(request.url)  # type: ignore[attr-defined]

    def _said(self, message: object) -> None:
        if "Content Security Policy" in (text := message.text):  # type: ignore[attr-defined]
            self.refused.append(text)

    def settled(self) -> None:
        """Until the charts of the page are drawn and nothing runs."""
        self.page.wait_for_selector(".js-plotly-plot .main-svg")
        self.page.wait_for_selector("[data-testid=stStatusWidget]", state="detached")


def test_a_link_into_a_fresh_server_brings_what_surrounds_the_page(
    browser: Browser, address: str
) -> None:
    visit = Visit(browser, address, 1440, 1000)
    visit.page.goto(f"{address}/savings?lang=en")
    expect(visit.page.get_by_text(say("demonstration.long", "en"))).to_be_visible()
    expect(visit.page.get_by_role("heading", name=say("savings.title", "en"))).to_be_visible()
    visit.page.close()


def test_a_director_follows_a_number_to_its_definition(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, 1440, 1000)
    page = visit.page
    page.goto(address)
    visit.settled()
    assert page.get_attribute("html", "lang") == "fr"
    expect(page.get_by_text(say("demonstration.long", "fr"))).to_be_visible()
    expect(page.get_by_role("heading", name=say("overview.title", "fr"))).to_be_visible()
    open_page(page, "groups", "savings")
    expect(page.get_by_role("heading", name=say("savings.title", "fr"))).to_be_visible()
    visit.settled()
    choose(page, say("filter.region", "fr"), "Ségou")
    page.wait_for_url("**region=segou**")
    page.locator("summary").get_by_text(say("savings.how", "fr")).click()
    expect(page.get_by_text("Σ S / Σ M").first).to_be_visible()
    visit.settled()
    assert visit.foreign == [] and visit.faults == []
    page.close()


def test_a_donor_reads_regions_on_a_phone_in_english(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, 390, 844)
    page = visit.page
    page.goto(f"{address}/regions?lang=en&division=2012")
    visit.settled()
    assert page.get_attribute("html", "lang") == "en"
    expect(page.get_by_role("heading", name=say("regions.title", "en"))).to_be_visible()
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0
    page.get_by_role("radio", name="Français").or_(
        page.get_by_role("button", name="Français")
    ).first.click()
    expect(page.get_by_role("heading", name=say("regions.title", "fr"))).to_be_visible()
    page.wait_for_function("document.documentElement.lang === 'fr'")
    visit.settled()
    assert visit.foreign == [] and visit.faults == []
    page.close()


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_impact_opens_light_on_a_narrow_screen_and_whole_where_it_is_wished(
    browser: Browser, address: str, lang: str
) -> None:
    visit = Visit(browser, address, 390, 844)
    page = visit.page
    page.goto(f"{address}/impact?lang={lang}&region=segou")
    page.wait_for_url("**/light/impact?**")
    expect(page.get_by_role("heading", name=say("impact.title", lang))).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert page.get_by_role("combobox").input_value() == "segou"
    serious = [v["id"] for v in Axe().run(page).response["violations"]
               if v["impact"] in ("serious", "critical")]  # fmt: skip
    assert serious == []
    page.get_by_role("link", name=say("light.whole", lang)).first.click()
    page.wait_for_url("**/impact?**full=1**")
    expect(page.get_by_role("heading", name=say("impact.title", lang))).to_be_visible()
    page.reload()
    visit.settled()
    assert "full=1" in page.url and "/light/" not in page.url
    assert visit.foreign == [] and visit.faults == []
    page.close()
    desk = Visit(browser, address, 1280, 900)
    desk.page.goto(f"{address}/impact?lang={lang}")
    desk.settled()
    assert "/light/" not in desk.page.url
    desk.page.close()


def point_on_map(page: Page, number: int, x: float, y: float) -> tuple[float, float]:
    """Where on the screen a point of a chart lies that has these coordinates."""
    found = page.evaluate(
        """([number, x, y]) => {
            const chart = document.querySelectorAll('.js-plotly-plot')[number];
            chart.scrollIntoView({block: 'center'});
            const box = chart.getBoundingClientRect(), full = chart._fullLayout;
            return [box.x + full._size.l + full.xaxis.l2p(x),
                    box.y + full._size.t + full.yaxis.l2p(y)];
        }""",
        [number, x, y],
    )
    return found[0], found[1]


def click_area(page: Page, x: float, y: float, until: Callable[[str], bool]) -> None:
    """Click a place of the map until the address has changed.

    A chart that has just been redrawn answers no click before it has seen the pointer move.
    """
    for tried in range(5):
        page.mouse.move(*point_on_map(page, 0, x, y + 0.05 * (tried + 1)))
        page.mouse.move(*point_on_map(page, 0, x, y), steps=3)
        page.mouse.click(*point_on_map(page, 0, x, y))
        try:
            page.wait_for_url(until, timeout=PATIENCE / 4)
            return
        except PlaywrightError:
            if tried == 4:
                raise


def test_a_click_on_the_map_chooses_the_region_everywhere(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, 1440, 1000)
    page = visit.page
    page.goto(f"{address}/regions?lang=en&division=2012")
    visit.settled()
    box = page.get_by_role("combobox", name=say("filter.region", "en"))
    # Far from the middle of Timbuktu, where no name stands.
    north, west = (-4.0, 23.0, "tombouctou", "Timbuktu"), (-10.4, 13.2, "kayes", "Kayes")
    for x, y, slug, name in (north, west):
        click_area(page, x, y, lambda url, slug=slug: f"region={slug}" in url)
        expect(box).to_have_value(name)
        profile = say("regions.profile", "en", region=name)
        expect(page.get_by_role("heading", name=profile)).to_be_visible()
        visit.settled()
    # The list does the same for the keyboard, and a second click brings back the country.
    choose(page, say("filter.region", "en"), "Mopti")
    page.wait_for_url("**region=mopti**")
    visit.settled()
    click_area(page, -3.6, 14.6, lambda url: "region=" not in url)
    assert visit.foreign == [] and visit.faults == []
    page.close()


@pytest.mark.parametrize("path", ["", "savings", "regions", "methods"])
def test_nothing_serious_stands_in_a_reader_s_way(
    browser: Browser, address: str, path: str
) -> None:
    visit = Visit(browser, address, 1440, 1000)
    visit.page.goto(f"{address}/{path}?lang=en")
    if path != "methods":
        visit.settled()
    else:
        expect(visit.page.get_by_role("heading", name=say("methods.title", "en"))).to_be_visible()
    found = Axe().run(visit.page).response["violations"]
    serious = [
        f"{v['id']}: {v['nodes'][0]['html'][:160]}"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert serious == []
    visit.page.close()
