"""Many visitors at once: none draws on another's figure, and a page tells of one version."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from analytics import pipeline
from analytics.charts import figure
from analytics.estimates.estimate import estimate
from analytics.indicator import indicator
from analytics.selection import Selection
from analytics.settings import PROJECT, settings
from analytics.warehouse.home import Home
from analytics.warehouse.read import Reader
from benchmarks import load, processes
from benchmarks.serve import Server
from pages.shared import blocks


class Shared(dict):
    """A trace that another visitor is looking at: whoever writes to it is named."""

    def _written(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("a shared trace was written to")

    pop = popitem = update = setdefault = clear = __setitem__ = __delitem__ = _written


@pytest.mark.parametrize("plain", [False, True])
def test_a_figure_shared_by_visitors_is_not_written_to(
    plain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = Shared(type="bar", x=[1], y=["a"], marker={"pattern": {"shape": "/"}})

    def page(spec: dict, plain: bool) -> None:
        import streamlit as st

        from pages.shared.plot import plot

        if plain:
            st.plotly_chart(spec, key="k")
        else:
            plot(spec, key="k", alt="", config={})

    shown = AppTest.from_function(page, args=({"data": [trace], "layout": {}}, plain)).run()
    if plain:
        # Why there is a ``plot`` of ours; it may go when Plotly no longer writes.
        assert shown.exception
        return
    assert not shown.exception
    [chart] = shown.get("plotly_chart")
    assert json.loads(chart.proto.spec)["data"][0]["type"] == "bar"


def test_visitors_at_once_are_told_their_own_while_versions_are_published(
    network_home: Home, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(network_home.root, tmp_path / "home"))
    tally = load.measure(home, visitors=6, minutes=0.1, every=1)
    assert (tally.wrong, tally.errors, tally.server_said) == ([], [], "")
    assert tally.answers >= 6 and len(tally.told) > 1 and len(tally.published) > 1


def test_the_crowd_tells_whether_memory_levels_off() -> None:
    grown = [100, 200, *[300] * 10]
    assert load.Tally(memory_mb=grown).memory()["flat"]
    growing = load.Tally(memory_mb=list(range(100, 400, 10)))
    assert not growing.memory()["flat"] and growing.memory()["by_minute"] == [210, 330, 390]
    assert load.Tally(memory_mb=[100]).memory() == {"by_minute": [100]}


def test_the_configuration_in_docs_serves_as_many_processes_as_are_named() -> None:
    servers = [Server(f"http://127.0.0.1:{port}", 0) for port in (9101, 9102, 9103)]
    text = processes.configuration(9100, servers)
    assert re.findall(r"server 127.0.0.1:(\d+);", text) == ["9101", "9102", "9103"] * 2
    assert "listen 127.0.0.1:9100;" in text and "860" not in text


def test_pages_draw_by_our_own_plot_alone() -> None:
    using = [path.name for path in (PROJECT / "pages").rglob("*.py")
             if "plotly_chart(" in path.read_text(encoding="utf-8")]  # fmt: skip
    assert using == ["plot.py"]


def test_a_version_published_while_a_page_is_drawn_waits_for_the_next(
    network_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(Path(shutil.copytree(network_home.root, tmp_path / "home")))
    older = home.current()["build_id"]  # type: ignore[index]
    newer = pipeline.build(home, claims=False).build_id
    home.publish(older, "")
    monkeypatch.setenv("EVIDENCE_HOME", str(home.root))
    settings.cache_clear()
    page = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    card = blocks.card

    def interrupted(*given: Any, **how: Any) -> None:
        home.publish(newer, "")
        card(*given, **how)

    with monkeypatch.context() as patch:
        patch.setattr(blocks, "card", interrupted)
        page.run()
    assert home.current()["build_id"] == newer  # type: ignore[index]
    assert named(page, older, newer) == {older}
    # The same visitor's next click; AppTest's own second run leaves out all that surrounds a page.
    again = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    again.session_state["_version"] = page.session_state["_version"]
    assert named(again.run(), older, newer) == {newer}


def named(page: AppTest, *builds: str) -> set[str]:
    """Which of these versions a page names, anywhere in it."""
    assert not page.exception
    told = [shown.value for shown in (*page.markdown, *page.caption)]
    told += [shown.proto.query_string for shown in page.get("page_link")]
    return {build for build in builds if any(build in text for text in told)}


def test_a_figure_without_a_trace_is_no_fault() -> None:
    def page() -> None:
        from pages.shared.plot import plot

        plot({"data": [], "layout": {}}, key="k", alt="", config={})

    assert not AppTest.from_function(page).run().exception


def test_series_without_data_are_named_unless_there_is_no_other(network: Reader) -> None:
    def marks(**question: Any) -> tuple[str, int]:
        asked = Selection(by=("quarter", *question.pop("by", ())), role="staff", **question)
        drawn = figure(estimate(network, indicator("savings_per_member"), asked), "fr")
        marked = [trace for trace in drawn.spec["data"]
                  if trace.get("marker", {}).get("symbol") == "x-thin-open"]  # fmt: skip
        assert drawn.spec["data"], question
        return " ".join(drawn.notes), len(marked)

    alone, all_marked = marks(filters=(("region", "menaka"),))
    assert "× " in alone and "Sans données" not in alone and all_marked == 1
    beside, _ = marks(by=("region",))
    assert re.search(r"Sans données\s?: .*Ménaka", beside)
