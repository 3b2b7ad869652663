"""Light pages that a view writes, and who is led to them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from analytics import light
from analytics.light.visit import Light
from analytics.publishing import web
from analytics.text import LANGS, french, say
from analytics.warehouse.home import Home
from analytics.warehouse.read import Reader
from pages.shared import routes, server
from pages.shared.document import shell_script

PHONE = "Mozilla/5.0 (Linux; Android 10; K) Chrome/130.0.0.0 Mobile Safari/537.36"
DESK = "Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0.0.0 Safari/537.36"


@pytest.fixture
def client(network_home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(routes, "_home", lambda: network_home)
    whole = [Route("/impact", lambda request: HTMLResponse("<p>whole</p>")),
             Route("/savings", lambda request: HTMLResponse("<p>whole</p>"))]  # fmt: skip
    app = Starlette(routes=[*routes.routes(), *whole], middleware=server.middleware())
    with TestClient(app, follow_redirects=False) as found:
        yield found


# --- who is led where ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "headers", "led"),
    [
        ("/impact?lang=en&region=segou", {"user-agent": PHONE}, True),
        ("/impact", {"user-agent": DESK, "save-data": "on"}, True),
        ("/impact", {"user-agent": DESK, "sec-ch-ua-mobile": "?1"}, True),
        ("/impact", {"user-agent": PHONE, "sec-ch-ua-mobile": "?0"}, False),
        ("/impact", {"user-agent": DESK}, False),
        ("/impact?full=1", {"user-agent": PHONE}, False),
        ("/impact?full", {"user-agent": PHONE, "save-data": "on"}, False),
        ("/savings", {"user-agent": PHONE, "save-data": "on"}, False),
        ("/light/impact", {"user-agent": PHONE, "save-data": "on"}, False),
    ],
)
def test_impact_opens_in_its_light_form_on_a_telephone(
    client: TestClient, path: str, headers: dict[str, str], led: bool
) -> None:
    answer = client.get(path, headers=headers)
    if led:
        assert answer.status_code == 307 and answer.headers["cache-control"] == "no-store"
        assert answer.headers["location"] == f"/light{path}"
    else:
        assert answer.status_code == 200
    varies = answer.headers.get("vary", "").lower()
    assert led or not path.startswith("/impact") or "save-data" in varies


@pytest.mark.parametrize("lang", LANGS)
def test_the_way_to_the_whole_page_is_remembered_and_leads_round_no_circle(
    client: TestClient, lang: str
) -> None:
    phone = {"user-agent": PHONE, "save-data": "on"}
    led = client.get(f"/impact?lang={lang}", headers=phone).headers["location"]
    text = client.get(led, headers=phone).text
    [first, *_] = re.findall(rf"<a href='([^']+)'>{re.escape(say('light.whole', lang))}", text)
    assert first == f"/impact?lang={lang}&amp;full=1"
    assert text.index(say("light.whole", lang)) < text.index("<h1>")
    again = client.get(first.replace("&amp;", "&"), headers=phone)
    assert again.status_code == 200 and again.text == "<p>whole</p>"


def test_a_narrow_screen_is_led_by_the_document_before_anything_loads() -> None:
    script = shell_script()
    assert "/light/impact" in script and '!asked.has("full")' in script
    assert "screen.width <= 600" in script and "FULL" not in script and "AROUND" not in script


# --- what a view writes --------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
def test_a_region_and_a_choice_further_down_are_kept_by_every_form(
    client: TestClient, network: Reader, lang: str
) -> None:
    place = next(slug for slug in Light(network, lang, {}).places() if slug != "mali")
    text = client.get(f"/light/impact?lang={lang}&region={place}&seats=women_seat_share&x=<b>").text
    assert f"<option value='{place}' selected>" in text
    assert "<input type='hidden' name='seats' value='women_seat_share'>" in text
    assert f"<input type='hidden' name='lang' value='{lang}'>" in text
    assert "<b>" not in text and text.count("name='region'") == 1


def test_a_view_is_written_in_both_languages_and_says_its_limits(client: TestClient) -> None:
    for lang in LANGS:
        text = client.get(f"/light/impact?lang={lang}").text
        assert web.safe(say("impact.lead", lang)) in text
        assert say("overview.limits", lang) in text.replace("&#x27;", "'")
        for name in ("businesses", "contributions"):
            none = web.safe(say(f"{name}.none", lang))
            assert none in client.get(f"/light/{name}?lang={lang}").text


def test_every_page_of_findings_has_a_light_form() -> None:
    assert {"overview", "impact", "evidence", "savings", "businesses", "contributions", "voice",
            "regions", "shocks"} == set(light.PAGES)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**Prix.** 5 < 6", "<strong>Prix.</strong> 5 &lt; 6"),
        ("`a/b` [sic](https://x.org/a)", "<code>a/b</code> <a href='https://x.org/a'>sic</a>"),
        ("[x](javascript:alert)", "[x](javascript:alert)"),
        ("<script>", "&lt;script&gt;"),
    ],
)
def test_the_markdown_of_the_catalogue_is_html_and_nothing_else_is(text: str, html: str) -> None:
    assert web.rich(text) == html


# --- French --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("Combien ?", "Combien\u202f?"),
        ("« Oui » : 1 000 FCFA ; 5 %.",
         "«\u00a0Oui\u00a0»\u00a0: 1\u202f000 FCFA\u202f; 5\u202f%."),
        ("En 2022 100 groupes, ?lang=fr, a :b", "En 2022 100 groupes, ?lang=fr, a :b"),
    ],
)
def test_french_is_set_as_it_is_printed(typed: str, set_: str) -> None:
    assert french(typed) == set_ and french(set_) == set_
