"""A home with exposure and no group at all, long before any network: answers, changes, the page."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics.estimates.estimate import estimate
from analytics.indicator import indicator
from analytics.pipeline import build
from analytics.selection import Selection
from analytics.settings import PROJECT, settings
from analytics.shocks import changes, freshness, profile, quarters
from analytics.text import LANGS, say
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.read import Reader, open_reader
from tests.network import write_csv

BUILT_ON = dt.datetime(2006, 5, 20, tzinfo=dt.UTC)
#: events of each month of 2005 and the first quarter of 2006
EVENTS = {"bla": [4] * 12 + [6, 5, 5], "kayes": [0] * 12 + [1, 0, 0], "gao": [10] * 12 + [5, 5, 5]}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("exposure")
    rows = [
        {"place": place, "month": f"{2005 + n // 12}-{n % 12 + 1:02d}", "kind": "insecurity",
         "measure": "events", "value": value, "source": "acled_hdx/cercle"}
        for place, values in EVENTS.items() for n, value in enumerate(values)
    ]  # fmt: skip
    rows += [{"place": "segou", "month": "2005-08", "kind": "prices", "measure": "alps",
              "value": 1.2, "source": "wfp_prices/region"},
             {"place": "mali", "month": "2006-04", "kind": "covid19", "measure": "stringency",
              "value": 40, "source": "a bulletin"}]  # fmt: skip
    folder.joinpath("files").mkdir()
    write_csv(folder / "files" / "shock_exposure.csv", rows)
    home = Home(folder / "home")
    import_files(home, [folder / "files"])
    build(home, built_on=BUILT_ON)
    return home


@pytest.fixture(scope="module")
def reader(home: Home) -> Reader:
    return open_reader(home)


def test_without_a_period_the_last_full_one_with_exposure_answers(reader: Reader) -> None:
    for name, period in (("events_per_100k", "2006-Q1"), ("price_alert_level", "2005-Q3")):
        for role in ("public", "staff"):
            answer = estimate(reader, indicator(name), Selection(role=role))
            assert (answer.period_label, answer.rows[0].status) == (period, "published")
    # April alone is no quarter; it is all there is of stringency.
    assert [p.label for p in quarters(reader, "stringency")] == ["2006-Q2"]


def test_the_public_may_ask_for_cercle_and_month_of_what_is_open(reader: Reader) -> None:
    asked = Selection(by=("cercle", "month"), start="2005-08", end="2005-08")
    rows = estimate(reader, indicator("price_alert_level"), asked).published
    assert {row.keys["cercle"]: row.value for row in rows}["bla"] == pytest.approx(2)


def test_a_quarter_stands_beside_the_mean_of_the_four_before(reader: Reader) -> None:
    found = {c.place: c for c in changes(reader, "events_per_100k", "2006-Q1")}
    told = {place: (c.now, c.average, c.kind) for place, c in found.items()}
    assert told["segou"] == (16, 12, "large_rise")
    assert told["gao"] == (15, 30, "large_fall")
    assert told["kayes"] == (1, 0, "low_count")
    assert told["mali"] == (32, 42, "limited")
    assert found["kayes"].relative is None and found["gao"].relative == -0.5
    assert changes(reader, "events_per_100k", "2005-Q3") == []  # no four quarters before it


def test_a_profile_holds_every_kind_with_class_source_and_freshness(reader: Reader) -> None:
    traits = {trait.indicator.id: trait for trait in profile(reader, "segou", "2006-Q1")}
    assert set(traits) == {"events_per_100k", "price_alert_level", "people_exposed"}
    price = traits["price_alert_level"]
    assert (price.quarter, price.kind) == ("2005-Q3", "alert")
    assert [feed.feed for feed in price.feeds] == ["wfp_prices"]
    assert traits["events_per_100k"].feeds[0].last_month == "2006-03"


def test_feeds_say_how_old_they_are_and_whether_they_are_late(reader: Reader) -> None:
    told = [(f.feed, f.days, f.late) for f in freshness(reader)]
    assert told == [("a bulletin", 20, None), ("acled_hdx", 50, False), ("wfp_prices", 262, True)]


@pytest.mark.parametrize("role", ["public", "manager"])
@pytest.mark.parametrize("lang", LANGS)
def test_the_page_leads_with_a_finding(
    home: Home, lang: str, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVIDENCE_HOME", str(Path(home.root)))
    if role != "public":
        monkeypatch.setenv("EVIDENCE_ROLE", role)
        monkeypatch.setattr("pages.shared.session.at_this_machine", lambda *_: True)
    settings.cache_clear()
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    app.query_params.update({"lang": lang, "region": "segou", "shock": "events_per_100k"})
    app.run()
    app.switch_page("pages/shocks.py").run()
    assert not app.exception and not app.warning, (app.exception, app.warning)
    assert "32" in app.markdown[0].value and "42" in app.markdown[0].value
    tables = "\n".join(block.proto.body for block in app.get("html"))
    assert say("shocks.change.large_rise", lang) in tables
    assert say("shocks.state.late", lang) in tables
