"""Records written in a form: same rules as a file, a history, and two people saving at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics.advocacy.appeal import versions
from analytics.advocacy.register import published_register
from analytics.errors import UserError
from analytics.pipeline import build
from analytics.settings import PROJECT, settings
from analytics.text import say
from analytics.warehouse.edit import (
    Conflict,
    Refused,
    history,
    records,
    save,
    unpublished,
    withdraw,
)
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.read import open_reader

AXES = "axis_id,title_fr,title_en\nA1,Des places,Seats\n"
DEMAND = {
    "demand_id": "D1", "axis_id": "A1", "date": "2023-05-01", "region": "segou",
    "addressed_to": "Gouvernorat", "text_fr": "Appliquer la loi", "text_en": "Apply the law",
    "claim_ids": "c10_leadership", "status": "tabled",
}  # fmt: skip


@pytest.fixture
def home(land: Callable[..., object], tmp_path: Path) -> Home:
    land({"advocacy_axis.csv": AXES})
    return Home(tmp_path / "home")


def test_a_record_is_saved_changed_changed_back_and_withdrawn_and_nothing_is_lost(
    home: Home,
) -> None:
    first = save(home, "demand", DEMAND, by="editor", seen=None).record
    assert first is not None and first.values["region"] == "segou"
    answered = {**DEMAND, "status": "answered", "status_date": "2023-06-01"}
    second = save(home, "demand", answered, by="manager", seen=first.version).record
    # Written back as it was: a change like any other, not a duplicate of the first.
    third = save(home, "demand", DEMAND, by="editor", seen=second.version).record
    assert third.values == first.values and third.version != first.version
    with pytest.raises(UserError, match="Nothing changed"):
        save(home, "demand", DEMAND, by="editor", seen=third.version)
    withdraw(home, "demand", "D1", by="editor", seen=third.version)
    assert records(home, "demand") == []
    told = [(c.by, c.values["status"], c.batch.withdrawn) for c in history(home, "demand", "D1")]
    assert told == [
        ("editor", "tabled", True), ("editor", "tabled", False),
        ("manager", "answered", False), ("editor", "tabled", False),
    ]  # fmt: skip
    again = save(home, "demand", DEMAND, by="editor", seen=None).record
    assert again is not None, "what was withdrawn may be written again"


def test_the_second_of_two_people_is_told_and_shown_the_difference(home: Home) -> None:
    read = save(home, "demand", DEMAND, by="editor", seen=None).record
    save(home, "demand", {**DEMAND, "addressed_to": "Préfecture"}, by="manager", seen=read.version)
    mine = {**DEMAND, "text_en": "Apply law 2015-052"}
    with pytest.raises(Conflict) as conflict:
        save(home, "demand", mine, by="editor", seen=read.version)
    assert conflict.value.change.by == "manager"
    assert {(d.column, d.theirs, d.mine) for d in conflict.value.differences} == {
        ("addressed_to", "Préfecture", "Gouvernorat"),
        ("text_en", "Apply the law", "Apply law 2015-052"),
    }
    # Having seen it, the second may save over it, knowingly.
    done = save(home, "demand", mine, by="editor", seen=conflict.value.standing.version).record
    assert done.values["text_en"] == "Apply law 2015-052"


def test_of_many_who_save_at_once_exactly_one_does(home: Home) -> None:
    read = save(home, "demand", DEMAND, by="editor", seen=None).record
    outcomes: list[str] = []

    def try_it(number: int) -> None:
        try:
            save(home, "demand", {**DEMAND, "text_fr": f"Texte {number}"}, by="editor",
                 seen=read.version)  # fmt: skip
            outcomes.append("saved")
        except Conflict:
            outcomes.append("told")

    threads = [threading.Thread(target=try_it, args=(n,)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["saved", *["told"] * 4]
    assert len(history(home, "demand", "D1")) == 2


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("region", "Segu City", "region"),
        ("status", "lost", "status"),
        ("date", "2999-01-01", "date"),
        ("axis_id", "A9", "axis_id"),
        ("text_fr", "", "text_fr"),
    ],
)
def test_what_a_file_may_not_hold_a_form_may_not_either(
    home: Home, column: str, value: str, said: str
) -> None:
    with pytest.raises(Refused) as refused:
        save(home, "demand", {**DEMAND, column: value}, by="editor", seen=None)
    for lang in ("fr", "en"):
        assert said in [name for name, reason in refused.value.reasons(lang) if reason]
    assert records(home, "demand") == [] and not home.batches("demand")


def test_an_axis_that_demands_refer_to_stays(home: Home) -> None:
    save(home, "demand", DEMAND, by="editor", seen=None)
    [axis] = records(home, "advocacy_axis")
    with pytest.raises(UserError, match="demand: 1"):
        withdraw(home, "advocacy_axis", "A1", by="editor", seen=axis.version)


def test_strange_names_are_kept_as_they_are_and_numbers_of_people_are_not(home: Home) -> None:
    ally = {"ally_id": "L1", "name": "=cmd|' شبكة النساء 🌾 <b>", "kind": "ngo"}
    saved = save(home, "ally", ally, by="editor", seen=None)
    assert saved.record.values["name"] == ally["name"]
    phone = {"ally_id": "L2", "name": "Réseau, tél. +223 70 12 34 56", "kind": "ngo"}
    try:
        told = save(home, "ally", phone, by="editor", seen=None)
    except Refused:
        return  # a required text that held a telephone is empty once that is dropped
    assert "70 12 34 56" not in str(told.record.values)


def test_the_file_import_knows_what_the_form_wrote_and_the_build_publishes_it(
    home: Home, tmp_path: Path
) -> None:
    one = save(home, "demand", DEMAND, by="editor", seen=None).record
    save(home, "demand", {**DEMAND, "demand_id": "D2"}, by="editor", seen=None)
    withdraw(home, "demand", "D1", by="editor", seen=one.version)
    assert len(unpublished(home)) == 3
    build(home)
    assert unpublished(home) == []
    register = published_register(open_reader(home))
    assert [d.demand_id for d in register.demands] == ["D2"]
    assert register.axis_title("A1", "fr") == "Des places"
    # The same row in a file: neither a duplicate of what was withdrawn nor a second record.
    text = ",".join(DEMAND) + "\n" + ",".join(DEMAND.values()) + "\n"
    (tmp_path / "demand.csv").write_text(text)
    [report] = import_files(home, [tmp_path / "demand.csv"])
    assert (report.rows_landed, report.rows_duplicate) == (1, 0)
    assert [r.key for r in records(home, "demand")] == ["D1", "D2"]


def test_the_form_keeps_what_was_typed_when_somebody_else_saved_first(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people, one record: the second sees both texts, then saves over it knowingly."""
    first = save(home, "demand", DEMAND, by="manager", seen=None).record
    build(home, claims=False)
    monkeypatch.setenv("EVIDENCE_HOME", str(home.root))
    monkeypatch.setenv("EVIDENCE_ROLE", "editor")
    monkeypatch.setattr("pages.shared.session.at_this_machine", lambda *_: True)
    settings.cache_clear()
    try:
        page = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
        page.run()
        page.switch_page("pages/advocacy.py").run()
        page.selectbox(key="edit-dataset").select("demand").run()
        page.selectbox(key="edit-key-demand").select("D1").run()
        assert not page.exception, page.exception
        [office] = [t for t in page.text_input if t.key.endswith("-addressed_to")]
        assert office.value == "Gouvernorat"
        save(home, "demand", {**DEMAND, "addressed_to": "Préfecture"}, by="manager",
             seen=first.version)  # fmt: skip
        office.input("Assemblée régionale")
        [button] = [b for b in page.button if b.label == say("advocacy.edit.save", "fr")]
        button.click().run()
        assert not page.exception, page.exception
        assert say("error.edit_conflict", "fr", by="manager")[:20] in page.error[0].value
        shown = str([block.proto.body for block in page.get("html")])
        assert "Préfecture" in shown and "Assemblée régionale" in shown
        assert history(home, "demand", "D1")[0].by == "manager", "nothing was written over"
        [mine] = [b for b in page.button if b.label == say("advocacy.edit.keep_mine", "fr")]
        mine.click().run()
        [office] = [t for t in page.text_input if t.key.endswith("-addressed_to")]
        assert office.value == "Assemblée régionale"
        [button] = [b for b in page.button if b.label == say("advocacy.edit.save", "fr")]
        button.click().run()
        assert not page.exception and not page.error
        [now] = records(home, "demand")
        assert now.values["addressed_to"] == "Assemblée régionale"
        assert history(home, "demand", "D1")[0].by == "editor"

        page.switch_page("pages/publish.py").run()
        assert not page.exception, page.exception
        assert page.warning, "nothing can be told of a home without a network"
        [names] = [t for t in page.text_area if t.key.endswith("-names")]
        names.input("Réseau A\nشبكة 🌾 <b>")
        [button] = [b for b in page.button if b.label == say("appeal.save", "fr")]
        button.click().run()
        assert not page.exception and not page.error
        [version] = versions(home)
        assert version.signatories == ("Réseau A", "شبكة 🌾 <b>") and version.by == "editor"
        page.text_input(key="freeze-to").input("Ministère").run()
        page.button(key="freeze-yes").click().run()
        assert not page.exception and versions(home)[-1].frozen.to == "Ministère"
    finally:
        settings.cache_clear()
