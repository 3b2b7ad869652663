"""Every page, in both languages, as a visitor and as the manager, through ``app.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics.settings import PROJECT
from analytics.text import LANGS, say
from pages.shared.shell import PAGES


@pytest.fixture(params=["public", "manager"])
def role(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def app(demonstration: Path, role: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setenv("EVIDENCE_HOME", str(demonstration))
    if role != "public":
        monkeypatch.setenv("EVIDENCE_ROLE", role)
        monkeypatch.setattr("pages.shared.session.at_this_machine", lambda *_: True)
    yield AppTest.from_file(str(PROJECT / "app.py"), default_timeout=30)


def everything(page: AppTest) -> str:
    """All the words a reader sees."""
    kinds = (page.info, page.title, page.header, page.subheader, page.markdown, page.caption,
             page.metric)  # fmt: skip
    return "\n".join(str(getattr(e, "label", "")) + str(e.value) for kind in kinds for e in kind)


@pytest.mark.parametrize("name", list(PAGES))
@pytest.mark.parametrize("lang", LANGS)
def test_page_shows_itself_in_its_language(app: AppTest, role: str, name: str, lang: str) -> None:
    app.query_params["lang"] = lang
    app.run()
    # After a switch the test harness runs the page alone; the journeys see it in its frame.
    around = everything(app)
    assert say("demonstration.long", lang) in around
    assert say("app.tagline", lang) in around
    app.switch_page(f"pages/{name}.py").run()
    assert not app.exception, app.exception
    assert not app.warning and not app.error
    assert say(f"{name}.title", lang) in [title.value for title in app.title]
    assert "{" not in everything(app)


@pytest.mark.parametrize("lang", LANGS)
def test_choices_in_the_address_are_followed_and_nonsense_is_ignored(
    app: AppTest, lang: str
) -> None:
    app.query_params.update({"lang": lang, "region": "segou", "indicator": "attendance_rate"})
    app.run()
    app.switch_page("pages/savings.py").run()
    assert not app.exception
    chosen = {box.key: box.value for box in app.selectbox}
    assert chosen["region-widget"] == "segou"
    assert chosen["indicator-widget"] == "attendance_rate"
    app.query_params.update({"lang": lang, "region": "<script>", "indicator": "'; drop table"})
    app.run()
    assert not app.exception


def test_changing_the_region_changes_the_figure(app: AppTest) -> None:
    app.run()
    app.switch_page("pages/savings.py").run()
    before = app.subheader[0].value
    app.selectbox(key="region-widget").select("segou").run()
    assert not app.exception
    assert app.subheader[0].value != before
    assert app.query_params["region"] == ["segou"] or app.query_params["region"] == "segou"


def test_the_public_never_sees_a_count_of_inputs(app: AppTest, role: str) -> None:
    app.run()
    app.switch_page("pages/savings.py").run()
    shown = everything(app)
    assert (say("savings.inputs_hidden", "fr") in shown) == (role == "public")


def test_an_empty_home_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVIDENCE_HOME", str(tmp_path / "nothing"))
    page = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=30).run()
    assert not page.exception
    assert page.info
