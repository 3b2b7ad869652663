"""The application under its own content policy, in a real browser; its headers on every answer."""

from __future__ import annotations

import re
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect

from analytics.text import say
from pages.shared.server import PLAIN_HEADERS
from tests.test_journeys import (  # noqa: F401
    Browser,
    Visit,
    address,
    browser,
    pytestmark,
)

#: page → something drawn there that scripts, styles and pictures of all kinds are needed for
PAGES = {
    "": ".js-plotly-plot .main-svg",
    "regions": ".js-plotly-plot .main-svg",
    "shocks": ".js-plotly-plot .main-svg",
    "evidence": "h1",
    "publish": "h1",
    "data": "[data-testid=stAlert]",
}


def test_no_page_breaks_the_content_policy(browser: Browser, address: str) -> None:  # noqa: F811
    visit = Visit(browser, address, 1440, 1000)
    page = visit.page
    for path, drawn in PAGES.items():
        page.goto(f"{address}/{path}?lang=en")
        page.wait_for_selector(drawn)
        page.wait_for_selector("[data-testid=stStatusWidget]", state="detached")
    page.goto(f"{address}/savings?lang=en")
    visit.settled()
    page.get_by_role("button", name=say("publish.download.button", "en")).first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert visit.refused == [] and visit.foreign == [] and visit.faults == []
    # The ear that listened for violations hears one.
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/'}))")
    page.wait_for_timeout(1000)
    assert any("img-src" in text for text in visit.refused)
    page.close()


def test_a_visitor_can_send_no_file(browser: Browser, address: str) -> None:  # noqa: F811
    visit = Visit(browser, address, 1440, 1000)
    told: list[bytes] = []

    def heard(frame: bytes | str) -> None:
        told.append(frame if isinstance(frame, bytes) else frame.encode())

    visit.page.on("websocket", lambda wire: wire.on("framereceived", heard))
    visit.page.goto(address)
    expect(visit.page.get_by_role("heading", level=1)).to_be_visible()
    session = rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    found = next((m for frame in told if (m := re.search(session, frame))), None)
    assert found, "the session is named when it begins"
    answer = visit.page.evaluate(
        """async session => await (await fetch(`/_stcore/upload_file/${session}/1`, {
            method: 'PUT',
            body: (f => (f.append('f', new Blob(['x']), 'a.csv'), f))(new FormData()),
            headers: {'X-Xsrftoken': (document.cookie.match(/_streamlit_xsrf=([^;]+)/) || [])[1]},
        })).text()""",
        found[0].decode(),
    )
    # Ours: Streamlit's own refusal of a request without its token reads otherwise.
    assert answer == "Forbidden"
    assert fetched(f"{address}/_stcore/metrics")[0] == 404
    visit.page.close()


def fetched(url: str) -> tuple[int, dict[str, str], bytes]:
    try:
        answer = urllib.request.urlopen(url, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()


@pytest.mark.parametrize(
    "path",
    ["", "savings", "nowhere/at/all", "healthz", "_stcore/health", "_stcore/host-config",
     "figure/nothing.svg", "data/nothing.csv", "receipt/nothing", "cite/nothing", "bundle/x.html",
     "light", "light/savings", "light/nothing", "media/nothing.png", "static/nothing.js",
     "static/../app.py", "component/nothing/index.html", "_stcore/upload_file/a/b", "SCRIPT"],
)  # fmt: skip
def test_every_answer_carries_the_headers(address: str, path: str) -> None:  # noqa: F811
    if path == "SCRIPT":
        found = re.search(r'src="\./(static/js/[^"]+)"', fetched(address)[2].decode())
        assert found
        path = found[1]
    status, headers, body = fetched(f"{address}/{path}")
    assert status != 500
    assert {n: headers.get(n.lower()) for n in PLAIN_HEADERS} == PLAIN_HEADERS
    if "html" in headers.get("content-type", ""):
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy and "unsafe-eval" not in policy
        scripts = policy.partition("script-src")[2].partition(";")[0]
        assert "unsafe-inline" not in scripts
    if not path.endswith(".js") or status != 200:
        assert b"Traceback" not in body and b"analytics/" not in body
