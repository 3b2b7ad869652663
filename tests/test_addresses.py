"""Addresses without the application: what each answers, to whom, and how it refuses."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from analytics import light, views
from analytics.cli import main
from analytics.light import offline, visit
from analytics.period import parse_period
from analytics.publishing import render
from analytics.publishing.exhibit import exhibit
from analytics.publishing.question import Drawing, Question
from analytics.selection import Selection
from analytics.warehouse.home import Home
from analytics.warehouse.read import Reader
from pages.shared import routes, server

QUARTERS = "q-savings_per_member.quarter"


@pytest.fixture
def client(network_home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(routes, "_home", lambda: network_home)
    # The office's own role changes nothing here.
    monkeypatch.setenv("EVIDENCE_ROLE", "manager")
    monkeypatch.setattr(render, "picture", lambda *a, **k: b"<svg/>")
    monkeypatch.setattr(render, "drawing", lambda *a, **k: b"<svg/>")
    monkeypatch.setattr(offline, "drawing", lambda *a, **k: b"<svg></svg>")
    app = Starlette(routes=routes.routes(), middleware=server.middleware())
    with TestClient(app) as found:
        yield found


def receipt_of(network: Reader) -> str:
    asked = Question("savings_per_member", Selection(by=("quarter",)), Drawing("en"))
    return exhibit(network, asked).receipt.id


def test_health_tells_the_version(client: TestClient, network: Reader) -> None:
    assert client.get("/healthz").json() == {"status": "ok", "build_id": network.build.build_id}


def test_a_live_address_is_asked_again_and_a_frozen_one_never(
    client: TestClient, network: Reader
) -> None:
    live = client.get(f"/figure/{QUARTERS}.svg?lang=en")
    assert live.status_code == 200 and live.headers["content-type"] == "image/svg+xml"
    assert live.headers["cache-control"] == "public, max-age=300"
    frozen = client.get(f"/data/{receipt_of(network)}.csv")
    assert frozen.status_code == 200 and "immutable" in frozen.headers["cache-control"]
    assert frozen.headers["access-control-allow-origin"] == "*"
    again = client.get(f"/data/{receipt_of(network)}.csv",
                       headers={"If-None-Match": frozen.headers["etag"]})  # fmt: skip
    assert again.status_code == 304 and not again.content


def test_data_are_the_publics_whoever_asks(client: TestClient) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get(f"/data/{QUARTERS}.csv").text)))
    assert {row["numerator"] for row in rows} == {""}
    assert all(re.fullmatch(r"\d+–\d+|\d+\+|", row["n_groups"]) for row in rows)
    told = json.loads(client.get(f"/data/{QUARTERS}.json?lang=en").text)
    assert told["receipt"].startswith("r-savings_per_member.quarter.") and told["filters"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/figure/q-nothing.svg", 404),
        (f"/figure/{QUARTERS}.bmp", 404),
        (f"/figure/{QUARTERS}", 404),
        (f"/figure/{QUARTERS}.svg?chart=pie", 404),
        (f"/figure/{QUARTERS}.svg?period=9999-Q4", 404),
        ("/data/q-savings_per_member.from-0000.csv", 404),
        (f"/figure/{QUARTERS}.svg?size=poster", 404),
        (f"/figure/{QUARTERS}.svg?lang=xx", 404),
        ("/data/q-savings_per_member.cercle.csv", 403),
        ("/data/q-savings_per_member.month.csv", 403),
        ("/data/q-savings_per_member.quarter.staff.csv", 403),
        ("/data/q-savings_per_member.region.group_type-mixed.csv", 403),
        ("/receipt/r-savings_per_member.quarter.00000000.0000000000", 404),
        ("/receipt/%3Cscript%3E", 404),
        ("/cite/q-savings_per_member.region-atlantis", 404),
        ("/light/nowhere", 404),
        ("/bundle/segou.pdf", 404),
        ("/bundle/..%2F..%2Fetc.html", 404),
    ],
)
def test_what_is_not_to_be_had_is_refused_in_both_languages(
    client: TestClient, path: str, status: int
) -> None:
    answer = client.get(path)
    assert answer.status_code == status, path
    if answer.headers["content-type"].startswith("text/html"):
        assert "lang='fr'" in answer.text and "lang='en'" in answer.text
    for internal in ("Traceback", "/work", "/tmp", ".py", "<script"):
        assert internal not in answer.text


def test_a_version_no_longer_kept_is_gone(client: TestClient, network: Reader) -> None:
    from dataclasses import replace

    from analytics.evidence.receipt import parse

    gone = replace(parse(receipt_of(network)), build="00c0ffee").id
    assert client.get(f"/figure/{gone}.svg").status_code == 410
    told = client.get(f"/receipt/{gone}?lang=en")
    assert told.status_code == 200 and "unknown here" in told.text


def test_a_receipt_and_a_citation_say_where_the_number_is_from(
    client: TestClient, network: Reader
) -> None:
    found = receipt_of(network)
    page = client.get(f"/receipt/{found}?lang=en").text
    assert found in page and "embed" not in page and "Live: follows the data" in page
    assert f"/figure/{found}.svg" in page and "q-savings_per_member.quarter" in page
    short = client.get(f"/cite/{found}?format=text&lang=en").text
    assert network.build.build_id in short and short.count("\n") == 1


def test_too_many_at_once_are_asked_to_come_back(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "WAITING", 0)
    answer = client.get(f"/data/{QUARTERS}.csv")
    assert answer.status_code == 503 and answer.headers["retry-after"] == "3"


# --- light ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", light.PAGES)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_light_page_is_light_and_holds_figures_and_tables(
    client: TestClient, name: str, lang: str
) -> None:
    answer = client.get(f"/light/{name}?lang={lang}&region=segou&indicator=nonsense")
    text = answer.text
    assert answer.status_code == 200 and f"<html lang='{lang}'>" in text
    assert len(text) < 100_000 and "<script" not in text and text.count("<h1>") == 1
    # The network's own files alone: what others report has nothing to show yet, and says so.
    bare = ("shocks", "evidence", "businesses", "contributions", "voice")
    assert name in bare or ("<img src='/figure/r-" in text and "<table>" in text)
    assert all(re.search(r" alt='[^']{20,}'", tag) for tag in re.findall(r"<img[^>]*>", text))


@pytest.mark.parametrize("name", light.PAGES)
@pytest.mark.parametrize(
    "choice", ["region=gao-kidal", "region=segou-sikasso&division=2012", "region=kidal"]
)
def test_a_light_page_answers_for_every_place_another_page_hands_on(
    client: TestClient, name: str, choice: str
) -> None:
    for lang in ("fr", "en"):
        answer = client.get(f"/light/{name}?lang={lang}&{choice}")
        assert answer.status_code == 200 and "</h1>" in answer.text


@pytest.mark.parametrize(
    ("name", "choice", "chosen"),
    [
        ("regions", "region=gao-kidal", "gao-kidal"),
        ("regions", "region=segou-sikasso&division=2012", "segou-sikasso"),
        ("regions", "region=kidal", "mali"),  # Kidal is not shown by itself
        ("savings", "region=gao-kidal", "gao-kidal"),
        ("savings", "region=segou-sikasso&division=2012", "mali"),  # it has no choice of division
        ("shocks", "region=kidal", "kidal"),  # what befell a place is told of each region
        ("shocks", "region=gao-kidal", "mali"),
    ],
)
def test_a_light_page_takes_the_place_it_offers_itself(
    client: TestClient, name: str, choice: str, chosen: str
) -> None:
    text = client.get(f"/light/{name}?lang=fr&{choice}").text
    [region] = re.findall(r"<select name='region'>.*?</select>", text)
    assert re.findall(r"value='([a-z-]+)' selected", region) == [chosen]


def test_what_befell_regions_shown_together_is_told_of_each_up_to_a_full_period(
    network: Reader,
) -> None:
    here = visit.Light(network, "fr", {})
    course, _ = views.savings(visit.FIRST, (), None, "2022-Q4")
    panels = list(offline._courses(here, course, "gao-kidal"))
    assert [(panel.name, dict(panel.question["filters"])["region"]) for panel in panels] == [
        ("social_fund_per_member", "gao-kidal"),
        ("events_per_100k", "gao"), ("events_per_100k", "kidal"),
        ("contribution_value_per_member", "gao-kidal"),
    ]  # fmt: skip
    ends = {parse_period(str(panel.question["end"])).end for panel in panels}
    assert max(ends) <= network.build.built_on


def test_without_a_browser_a_light_page_still_tells_the_numbers(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit, "can_draw", lambda: False)
    text = client.get("/light/savings?lang=en").text
    assert "<img" not in text and "cannot be drawn here" in text and "<table>" in text


def test_a_bundle_needs_nothing_else(client: TestClient, network: Reader) -> None:
    # The country, a region as it is, and regions that are published together.
    assert visit.Light(network, "fr", {}).places().keys() >= {"mali", "segou", "gao-kidal"}
    for slug in ("mali", "segou", "gao-kidal"):
        text = client.get(f"/bundle/{slug}.html?lang=fr").text
        assert len(text.encode()) < 1_000_000 and "<svg" in text and "<table>" in text
        for outside in ("<img", "<link", "<script", "src=", "@import", "href='/"):
            assert outside not in text, outside


def test_pages_and_light_pages_show_the_same_questions(network: Reader) -> None:
    """Each light page draws what ``views`` declares, and so do the scripts of ``pages``."""
    for name in (name for name in light.PAGES if hasattr(views, name)):
        script = (Path(__file__).parents[1] / "pages" / f"{name}.py").read_text(encoding="utf-8")
        written = hasattr(getattr(views, name), "show")
        drawn = f'page.show("{name}", {name}.show' if written else f"views.{name}("
        assert drawn in script, name


def test_bundles_are_written_for_a_usb_stick(
    client: TestClient, network_home: Home, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "usb"
    root = str(network_home.root)
    assert main(["bundle", "mali", "--out", str(out), "--home", root, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [Path(file).name for file in told["files"]] == [
        "she-leads-mali-fr.html", "she-leads-mali-en.html",
    ]  # fmt: skip
    assert main(["bundle", "atlantis", "--out", str(tmp_path / "no"), "--home", root]) == 2
    assert "atlantis" in capsys.readouterr().err and not (tmp_path / "no").exists()
