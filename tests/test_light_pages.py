"""The application and the light pages, written from one view, show the same."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics import light
from analytics.settings import PROJECT
from analytics.warehouse.home import Home
from analytics.warehouse.read import open_reader

#: page, what the address chooses beside the language
CASES = [
    ("impact", {"region": "segou"}),
    ("businesses", {"region": "segou", "revenue_by": "shock"}),
    ("contributions", {"measure": "people_reached_per_100_members", "part": "purpose"}),
    ("voice", {"seats": "spaces_meeting_quota_share", "seats-by": "kind"}),
]


def shown(home: Path, monkeypatch: pytest.MonkeyPatch, name: str, lang: str,
          chosen: dict[str, str], role: str = "public") -> AppTest:  # fmt: skip
    monkeypatch.setenv("EVIDENCE_HOME", str(home))
    if role != "public":
        monkeypatch.setenv("EVIDENCE_ROLE", role)
        monkeypatch.setattr("pages.shared.session.at_this_machine", lambda *_: True)
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    app.query_params.update({"lang": lang, **chosen})
    app.run()
    app.switch_page(f"pages/{name}.py").run()
    assert not app.exception and not app.warning, name
    return app


@pytest.mark.parametrize(("name", "chosen"), CASES, ids=[name for name, _ in CASES])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_both_forms_of_a_page_say_the_same_findings(
    demonstration: Path, monkeypatch: pytest.MonkeyPatch, name: str, lang: str,
    chosen: dict[str, str],
) -> None:  # fmt: skip
    app = shown(demonstration, monkeypatch, name, lang, chosen)
    text = light.page(open_reader(Home(demonstration)), name, lang, chosen).decode()
    findings = {html.unescape(found) for found in re.findall(r"<figure><h\d>(.*?)</h\d>", text)}
    headings = {html.unescape(found) for found in re.findall(r"<h2>(.*?)</h2>", text)}
    assert findings <= {subheader.value for subheader in app.subheader}
    assert len(findings) >= 3
    assert headings <= {header.value for header in app.header}


@pytest.mark.parametrize(
    ("name", "chosen"),
    [("businesses", {"region": "segou", "recovery_crisis": "prices", "adaptation_year": "1999"}),
     ("contributions", {"region": "segou", "year": "nonsense"})],
)  # fmt: skip
def test_staff_may_divide_in_a_region_and_nonsense_is_no_choice(
    demonstration: Path, monkeypatch: pytest.MonkeyPatch, name: str, chosen: dict[str, str]
) -> None:
    app = shown(demonstration, monkeypatch, name, "fr", chosen, role="manager")
    boxes = {box.key: box.value for box in app.selectbox}
    assert boxes["region-widget"] == "segou"
    if name == "businesses":
        assert boxes["recovery_crisis-widget"] == "prices"
        assert boxes["adaptation_year-widget"] != "1999"
    else:
        assert boxes["year-widget"].isdigit()
