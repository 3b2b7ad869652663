"""The gallery of claims, the page of each, the rules behind them: in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import duckdb
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from analytics.charts import claims as drawn
from analytics.charts import event_study, strip, whiskers
from analytics.cli import main
from analytics.evidence.bond import principles
from analytics.evidence.claim import Claim, Downgrade, Gate
from analytics.evidence.definition import definitions
from analytics.evidence.engine import Result
from analytics.evidence.estimators import estimators
from analytics.evidence.receipt import parse
from analytics.evidence.replay import replay
from analytics.evidence.store import write_claims
from analytics.evidence.wording import uncapitalised
from analytics.settings import PROJECT
from analytics.text import LANGS, catalogue, say
from analytics.warehouse.home import Home
from analytics.warehouse.read import Build
from tests.test_pages import everything

BUILD = Build("20230815T120000-00000000", "2023-08-15T12:00:00+00:00", "demonstration", None, None)


def a_claim(**changes: object) -> Claim:
    made = Claim(
        id="c14_community_support", title_fr="Le soutien", title_en="Support", verdict="supported",
        grade=3, design="description", estimator="shares", estimate=0.6, low=0.5, high=0.7,
        unit="share", direction="up", n_groups="100–499", n_cercles="20–49", place="mali",
        period="2022-03/2023-02", crisis="prices", statement_fr="Au Mali, 60 %.",
        statement_en="In Mali, 60%.", gates=(Gate("interval_width", True, 0.2, 0.3),),
        rivals=({"fr": "Une récolte.", "en": "A harvest."},),
        sources=({"kind": "dataset", "fr": "contribution", "en": "contribution", "url": ""},),
        receipt="r-claim.x",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


REFUSED = a_claim(
    id="c06_business_survival", verdict="refused", grade=None, design="staggered_did",
    estimator="shock", estimate=None, low=None, high=None, unit="percent", n_groups=None,
    n_cercles=None, statement_fr="Pas d’énoncé : 4 cercles touchés.",
    statement_en="No statement: 4 struck cercles.", crisis="insecurity",
    gates=(Gate("struck_cercles", False, 4, 10), Gate("quarters_before", True, 6, 4)),
)  # fmt: skip
EFFECT = a_claim(
    id="c01_continuity", verdict="inconclusive", grade=1, design="association",
    estimator="moderator", estimate=0.04, low=-0.02, high=0.1, unit="points",
    downgrades=(Downgrade("self_reported"), Downgrade("few_clusters", 12.0)),
)  # fmt: skip
DETAIL = {
    "parts": [{"name": "a", "fr": "Élément", "en": "Part", "value": 0.6, "low": 0.5, "high": 0.7},
              {"name": "b", "fr": "Autre", "en": "Other", "value": 0.2, "low": 0.1, "high": 0.3}],
    "event_study": [{"quarter": t, "estimate": 0.01 * t, "low": 0.01 * t - 0.1,
                     "high": 0.01 * t + 0.1} for t in range(-4, 5)],
    "specification": [{"name": "main", "estimate": 0.04, "low": -0.02,
                       "high": 0.1, "n": 300}],
}  # fmt: skip


# --- figures -------------------------------------------------------------------------------------


def test_the_strip_places_estimate_and_interval_on_its_scale() -> None:
    image = strip.strip(0.6, (0.5, 0.7), (0.0, 1.0), ("0 %", "100 %"), reference=0.5)
    left, right = map(float, re.findall(r'd="M([\d.]+) 17H([\d.]+)"', image)[1])
    dot = float(re.findall(r'cx="([\d.]+)"', image)[0])
    assert (left, dot, right) == (160.0, 190.0, 220.0)
    assert drawn.card(REFUSED, "fr") == ""


@pytest.mark.parametrize("lang", LANGS)
def test_figures_say_the_same_as_their_tables(lang: str) -> None:
    claim = replace(EFFECT, unit="points")
    for figure, rows in (
        (drawn.parts(a_claim(), DETAIL, BUILD, lang), 2),
        (drawn.event(claim, DETAIL, BUILD, lang), 9),
        (drawn.specifications(claim, DETAIL, BUILD, lang), 1),
    ):
        assert figure is not None and len(figure.table[1]) == rows
        assert any("r-claim.x" in note for note in figure.notes)
        assert any(say("demonstration.mark", lang) in note for note in figure.notes)
        assert figure.table[1][-1][1] in figure.alt
    assert drawn.event(claim, {}, BUILD, lang) is None
    assert drawn.parts(claim, {"parts": DETAIL["parts"][:1]}, BUILD, lang) is None


def test_what_came_before_the_shock_is_hollow_and_the_crisis_stands_behind_the_rest() -> None:
    moments = [event_study.Moment(t, 0.1 * t, 0.1 * t - 0.2, 0.1 * t + 0.2) for t in (-2, -1, 0, 1)]
    spec = event_study.spec(moments, "prices", "en", lambda v: f"{v:.1f}")
    marks = spec["data"][-1]["marker"]["color"]
    assert marks[0] == marks[1] != marks[2] == marks[3]
    assert spec["layout"]["shapes"][0]["x0"] == -0.5
    assert 0.0 in spec["layout"]["yaxis"]["tickvals"]


def test_a_whisker_without_interval_is_a_dot() -> None:
    rows = [whiskers.Whisker("a", 1.0), whiskers.Whisker("b", 2.0, 1.0, 3.0)]
    spec = whiskers.spec(rows, "en", str)
    assert [trace["mode"] for trace in spec["data"]] == ["markers", "lines", "markers"]


# --- rules ---------------------------------------------------------------------------------------


def test_bonds_principles_are_answered_from_the_record_and_change_no_grade() -> None:
    met = {one.name: one.met for one in principles(a_claim())}
    assert met == {"voice": "no", "appropriateness": "yes", "triangulation": "no",
                   "contribution": "partly", "transparency": "yes"}  # fmt: skip
    spoken = a_claim(sources=(
        *a_claim().sources, {"kind": "dataset", "fr": "", "en": "member_survey", "url": ""},
        {"kind": "published", "fr": "x", "en": "x", "url": "https://example.org"},
    ), counter_evidence=({"fr": "x", "en": "x"},))  # fmt: skip
    assert {one.met for one in principles(spoken)} == {"yes"} and spoken.grade == 3
    names = {one.name for one in principles(REFUSED)}
    for key in (f"gallery.bond.{n}_{m}" for n in names for m in ("yes", "partly", "no")):
        assert key in catalogue("fr")


def test_every_claim_has_its_words_and_its_estimator_a_reference() -> None:
    words = catalogue("en")
    for found in definitions().values():
        assert f"gallery.theme.{found.theme}" in words
        assert f"gallery.design.{found.design}" in words
        assert found.estimator in estimators(), found.id
    assert all(f"claim.estimator.{name}" in words for name in estimators())
    assert "statsmodels 0." in estimators()["shares"].installed


# --- pages ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(network_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The small network, with three claims of ours beside its figures."""
    root = tmp_path_factory.mktemp("claims") / "home"
    (root / "warehouse").mkdir(parents=True)
    given = network_home
    current = given.current()
    assert current
    name = current["build_id"]
    folder = root / "warehouse" / name
    folder.mkdir()
    database = folder / "warehouse.duckdb"
    database.write_bytes((given.warehouse / name / "warehouse.duckdb").read_bytes())
    (root / "home.json").write_bytes((given.root / "home.json").read_bytes())
    (root / "warehouse" / "current.json").write_text(json.dumps(current))
    with duckdb.connect(str(database)) as con:
        con.execute("DROP TABLE IF EXISTS claim")
        con.execute("DROP TABLE IF EXISTS claim_detail")
        results = [Result(claim, DETAIL, roles) for claim, roles in (
            (a_claim(), ("public",)), (a_claim(n_groups=412, n_cercles=37), ("staff",)),
            (EFFECT, ("public", "staff")), (REFUSED, ("public", "staff")),
        )]  # fmt: skip
        write_claims(con, results, name)
    return Home(root)


@pytest.fixture
def app(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setenv("EVIDENCE_HOME", str(home.root))
    st.cache_resource.clear()
    yield AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    st.cache_resource.clear()


def tables(app: AppTest) -> str:
    """The text of every table of a page."""
    return unescape("".join(block.proto.body for block in app.get("html")))


def page(app: AppTest, name: str, **address: str) -> AppTest:
    app.query_params.update({"lang": "en", **address})
    app.run()
    app.switch_page(f"pages/{name}.py").run()
    assert not app.exception, app.exception
    return app


@pytest.mark.parametrize("lang", LANGS)
def test_a_refusal_is_as_visible_as_a_statement(app: AppTest, lang: str) -> None:
    shown = everything(page(app, "evidence", lang=lang))
    for claim in (a_claim(), EFFECT, REFUSED):
        assert claim.statement(lang) in shown
        assert say(f"claim.verdict.{claim.verdict}", lang) in shown
    assert shown.index(a_claim().statement(lang)) < shown.index(REFUSED.statement(lang))


def test_filters_leave_what_was_asked_for_and_live_in_the_address(app: AppTest) -> None:
    shown = everything(page(app, "evidence", verdict="refused"))
    assert REFUSED.statement_en in shown and EFFECT.statement_en not in shown
    app.selectbox(key="verdict-widget").select("any").run()
    app.selectbox(key="grade-widget").select("3").run()
    shown = everything(app)
    assert a_claim().statement_en in shown and REFUSED.statement_en not in shown
    app.selectbox(key="theme-widget").select("network").run()
    assert [info.value for info in app.info if info.value == say("gallery.empty", "en")]


@pytest.mark.parametrize("claim", [a_claim(), EFFECT, REFUSED], ids=lambda claim: claim.verdict)
@pytest.mark.parametrize("lang", LANGS)
def test_the_page_of_a_claim_tells_what_it_rests_on(
    app: AppTest, home: Home, claim: Claim, lang: str
) -> None:
    shown = everything(page(app, "evidence", lang=lang, claim=claim.id))
    assert claim.title(lang) in [title.value for title in app.title]
    for heading in ("for", "against", "rivals", "gates", "method", "bond.title"):
        assert say(f"gallery.{heading}", lang) in [header.value for header in app.header]
    assert claim.rivals[0][lang] in shown
    for one in claim.downgrades:
        assert uncapitalised(say(f"claim.downgrade.{one.reason}", lang)) in shown
    for gate in claim.gates:
        assert say(f"claim.gate.{gate.name}", lang) in tables(app)
    assert claim.id in "".join(code.value for code in app.code)
    assert "412" not in shown and "{" not in shown


def test_a_claims_receipt_replays_it_for_its_role_alone(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    for role, n in (("public", "100–499"), ("staff", 412)):
        assert main(["claims", "--json", "--home", str(home.root), "--role", role]) == 0
        told = json.loads(capsys.readouterr().out)["claims"][0]
        key = told.pop("key")
        assert told["n_groups"] == n and parse(told["receipt"]).claim == key
        assert key.startswith(told["id"])
        again = replay(home, told["receipt"], role)
        assert (again.outcome, again.intact) == ("same", True)
        assert json.loads(json.dumps(again.claim)) == told | {"id": key}
    assert main(["receipt", told["receipt"], "--home", str(home.root), "--role", "public"]) == 2
    capsys.readouterr()


def test_a_claim_that_is_not_there_is_said(app: AppTest) -> None:
    page(app, "evidence", claim="c99_<b>")
    assert "c99_<b>" in app.warning[0].value


@pytest.mark.parametrize("lang", LANGS)
def test_the_methods_page_tells_rules_estimators_and_null_results(app: AppTest, lang: str) -> None:
    shown = everything(page(app, "methods", lang=lang))
    assert "40" in shown and say("claim.downgrade.placebo", lang) in shown
    assert say("published.side.not_found", lang) in shown
    assert "csdid 0.4.3" in shown and "Callaway" in shown
