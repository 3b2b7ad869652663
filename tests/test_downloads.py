"""The dialog under every figure."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from analytics.publishing import ledger
from analytics.settings import PROJECT
from analytics.text import LANGS, say
from analytics.warehouse.home import Home
from pages.shared import answers, downloads


@pytest.fixture
def app(network_home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setenv("EVIDENCE_HOME", str(network_home.root))
    yield AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)


def opened(app: AppTest, lang: str) -> AppTest:
    app.query_params["lang"] = lang
    app.run()
    app.switch_page("pages/savings.py").run()
    app.button(key="savings-trend-download").click().run()
    assert not app.exception
    return app


@pytest.mark.parametrize("lang", LANGS)
def test_every_form_is_offered_with_a_citation_and_code_to_embed(app: AppTest, lang: str) -> None:
    page = opened(app, lang)
    offered = [button.label for button in page.get("download_button")]
    forms = [*downloads._PICTURES, ("pptx", "", ""), *downloads._DATA]
    assert offered == [say(f"publish.download.{name}", lang) for name, *_ in forms]
    told = "\n".join(code.value for code in page.code)
    assert "/receipt/r-savings_per_member.quarter" in told
    assert re.search(rf"/figure/q-savings_per_member\.quarter\.\S+\.svg\?lang={lang}", told)


def test_without_a_browser_the_readers_own_draws(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics.publishing.render.browser_path", lambda: None)
    page = opened(app, "en")
    able = {b.label: not b.proto.disabled for b in page.get("download_button")}
    assert not able["PDF"] and able["PPTX (editable chart)"] and able["JSON"]
    assert say("publish.download.no_browser", "en") in [info.value for info in page.info]


def test_what_is_downloaded_is_in_the_ledger(
    app: AppTest, network_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = []
    monkeypatch.setattr(ledger, "register", lambda home, shown, suffix: noted.append(
        (home.root, shown.receipt.id, suffix)))  # fmt: skip
    opened(app, "en")
    question = {"by": ("quarter",), "end": "2023-Q1"}
    monkeypatch.setattr(answers, "sees", lambda: "public")
    monkeypatch.setattr(answers, "lang", lambda: "en")
    shown = answers.in_language(
        answers.draw("savings_per_member", question), answers.ask("savings_per_member", **question),
        "fr",
    )  # fmt: skip
    assert shown.lang == "fr" and answers.exported(shown, "csv", "").startswith(b"quarter,")
    assert noted == [(network_home.root, shown.receipt.id, "csv")]
