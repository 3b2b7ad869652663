"""A receipt replays its number, says what changed, and tells nobody more than the number did."""

from __future__ import annotations

import datetime as dt
import importlib
import json
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as of
from streamlit.testing.v1 import AppTest

from analytics.charts import figure
from analytics.cli import main
from analytics.errors import NotAllowed, UserError
from analytics.estimates.estimate import Estimates, Row, estimate
from analytics.evidence.receipt import build_mark, parse, receipt_of, receipt_of_claim
from analytics.evidence.replay import replay
from analytics.indicator import indicator, indicators
from analytics.pipeline import build
from analytics.publishing import receipts
from analytics.publishing.exhibit import Exhibit
from analytics.publishing.figure import FORMATS
from analytics.selection import Selection
from analytics.settings import PROJECT
from analytics.text import LANGS
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.read import Reader, open_reader
from pages.shared.shell import PAGES
from tests.conftest import BUILT_ON
from tests.network import write_csv, write_network
from tests.test_pages import everything


def alike(left: Row, right: Row) -> bool:
    """The same cell; sums of fractions differ in their last digits with the order of addition."""
    return all(
        one == other or (isinstance(one, float) and one == pytest.approx(other, rel=1e-12))
        for one, other in zip(astuple(left), astuple(right), strict=True)
    )


def receipt(reader: Reader, name: str, **question: object) -> str:
    return receipt_of(estimate(reader, indicator(name), Selection(**question))).id


@pytest.mark.parametrize("role", ["public", "staff"])
def test_every_kind_of_indicator_is_made_again_from_its_mart(
    network_home: Home, network: Reader, role: str
) -> None:
    kinds = {(i.mart, i.statistic, i.klass, bool(i.numerator_by)): i for i in indicators().values()
             if role == "staff" or i.klass != "internal"}  # fmt: skip
    asked = 0
    for found in kinds.values():
        name = "region" if asked % 2 and "region" in found.breakdowns else "year"
        answer = estimate(network, found, Selection(by=(name,), role=role))
        told = replay(network_home, receipt_of(answer).id, role)
        assert (told.outcome, told.intact, told.remade) == ("same", True, True), found.id
        assert told.answer and told.answer.records() == answer.records()
        assert any(found.mart in sql for sql, _ in told.statements)
        asked += 1
    assert asked > 10


def test_the_sql_that_ran_gives_the_number_when_it_is_run_by_hand(
    network_home: Home, network: Reader
) -> None:
    text = receipt(network, "attendance_rate", by=("region",), start="2022-Q1", end="2022-Q1")
    told = replay(network_home, text, "public", again=False)
    [(sql, values)] = told.statements
    rows = {row[1]: row[3] for row in network.query(sql, values)}
    assert told.answer is not None
    assert rows == {row.keys["region"]: row.value for row in told.answer if row.status != "no_data"}


def test_inputs_are_those_the_indicator_reads_with_their_checksums(
    network_home: Home, network: Reader
) -> None:
    told = replay(network_home, receipt(network, "attendance_rate"), "staff", again=False)
    known = {batch.batch_id: batch for batch in network_home.batches()}
    datasets = {batch["dataset"] for batch in told.batches}
    assert "vsla_observation" in datasets and "member_survey" not in datasets
    for batch in told.batches:
        assert batch["sha256"] == known[batch["batch_id"]].parquet_sha256


def test_the_public_is_told_no_name_or_checksum_made_of_a_files_content(
    network_home: Home, network: Reader
) -> None:
    """Whoever guesses a file of few rows to the byte must not learn that the guess is right."""
    text = receipt(network, "attendance_rate")
    told = replay(network_home, text, "public", again=False)
    known = {network_home.mark(batch.batch_id): batch for batch in network_home.batches()}
    assert told.batches and len(known) == len(network_home.batches())
    shown = json.dumps(told.as_json("fr")) + "\n".join(receipts.lines(told, "fr"))
    for batch in told.batches:
        assert batch.keys() == {"mark", "dataset", "landed_at"}
        behind = known[batch["mark"]]
        assert batch["mark"] in shown and behind.batch_id not in shown
        assert behind.parquet_sha256[:16] not in shown and behind.source_sha256[:16] not in shown
    # At the command line are the files themselves: their names say nothing more.
    held = replay(network_home, text, "public", again=False, held=True)
    assert {batch["batch_id"] for batch in held.batches} <= {b.batch_id for b in known.values()}
    assert not any("sha256" in batch or "file" in batch for batch in held.batches)


def test_marks_are_of_one_home(network_home: Home, tmp_path: Path) -> None:
    name = network_home.batches()[0].batch_id
    copied = Home(Path(shutil.copytree(network_home.root, tmp_path / "copied")))
    assert copied.mark(name) == network_home.mark(name) != ""
    (copied.root / "marks.json").unlink()
    assert copied.mark(name) == ""  # a home from before there were marks, until it is written to
    with copied.lock("other"):
        pass
    assert copied.mark(name) not in ("", network_home.mark(name))


def test_what_staff_saw_is_not_replayed_for_the_public(network_home: Home, network: Reader) -> None:
    text = receipt(network, "savings_per_member", by=("cercle",), role="staff")
    assert replay(network_home, text, "staff", again=False).outcome == "same"
    with pytest.raises(NotAllowed):
        replay(network_home, text, "public")
    # Nor by writing the role out of it: the gate judges the question that is left.
    public = parse(text)
    forged = type(public)(public.subject, public.selection.with_(role="public"), public.build,
                          public.answer)  # fmt: skip
    told = replay(network_home, forged.id, "public")
    assert told.outcome == "gone" and isinstance(told.reason, NotAllowed) and told.answer is None


def test_a_suppressed_value_is_nowhere_in_a_replay(network_home: Home, network: Reader) -> None:
    hidden = 0
    for found in indicators().values():
        if found.klass != "rate" or "partner" not in found.breakdowns:
            continue
        question = Selection(by=("region",), start="2021-Q1", end="2021-Q1", division="2012")
        answer = estimate(network, found, question)
        for row in answer:
            if row.status == "suppressed":
                hidden += 1
                value = replay(network_home, receipt_of(answer).id, "public").as_json("fr")
                [told] = [r for r in value["rows"] if r["region"] == row.keys["region"]]
                assert {told[k] for k in ("value", "low", "high", "numerator", "denominator",
                                          "n_groups", "n_people")} == {None}  # fmt: skip
        if hidden > 2:
            break
    exact = replay(network_home, receipt(network, "savings_per_member"), "public").as_json("fr")
    assert exact["rows"][0]["numerator"] is None and "–" in str(exact["rows"][0]["n_groups"])


@pytest.mark.parametrize(
    "text", ["", "r-", "savings", "r-savings_per_member.quarter", "r-x.11111111.2222222233"]
)
def test_what_is_no_receipt_is_said_in_both_languages(network_home: Home, text: str) -> None:
    with pytest.raises(UserError) as told:
        replay(network_home, text, "public")
    assert told.value.message("fr") != told.value.message("en")


def test_a_slip_of_the_pen_is_noticed(network_home: Home, network: Reader) -> None:
    text = receipt(network, "savings_per_member", start="2022-Q1", end="2022-Q1")
    with pytest.raises(UserError) as told:
        parse(text.replace("2022-Q1", "2022-Q2"))
    assert told.value.key == "receipt_mistyped"


PARTNERS = of.text(min_size=1, max_size=30).filter(str.strip)


@given(
    partner=PARTNERS,
    by=of.sampled_from([(), ("quarter",), ("year", "region")]),
    role=of.sampled_from(["public", "staff"]),
    division=of.sampled_from(["2012", "2023"]),
)
def test_the_text_of_a_receipt_holds_the_whole_question(
    partner: str, by: tuple[str, ...], role: str, division: str
) -> None:
    asked = Selection(by=by, filters=(("partner", partner),), start="2021", end="2022-Q3",
                      division=division, role=role)  # fmt: skip
    made = type(parse(_any()))("savings_per_member", asked, "0" * 8, "1" * 8)
    assert re.fullmatch(r"[A-Za-z0-9._~%-]+", made.id)
    assert parse(made.id) == made


def _any() -> str:
    return receipt_of_claim({"id": "c01_continuity"}, "public", "b").id


# --- a later version -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, str]:
    """A version, its receipt, and a correction published after it."""
    tmp_path = tmp_path_factory.mktemp("moved")
    write_network(tmp_path / "files")
    home = Home(tmp_path / "home")
    import_files(home, [tmp_path / "files"])
    build(home, built_on=BUILT_ON)
    text = receipt(open_reader(home), "attendance_rate", by=("year",), start="2022", end="2022",
                   role="staff")  # fmt: skip
    (tmp_path / "later").mkdir()
    write_csv(tmp_path / "later" / "vsla_observation.csv", [
        {"group_id": f"SEG{n:02d}", "obs_date": "2022-12-28", "members_women": 20,
         "members_men": 0, "members_attending": 2, "savings_cycle_xof": 120000,
         "loans_outstanding_xof": 1, "loan_fund_cash_xof": 1, "social_fund_xof": 1}
        for n in range(1, 24)
    ])  # fmt: skip
    import_files(home, [tmp_path / "later"])
    build(home, built_on=BUILT_ON + dt.timedelta(hours=1))
    return home, text


def test_a_correction_shows_old_and_new_value_and_the_batch_that_brought_it(
    moved: tuple[Home, str],
) -> None:
    home, text = moved
    told = replay(home, text, "staff")
    assert (told.outcome, told.standing) == ("changed", "kept")
    assert (told.intact, told.remade) == (True, True)
    [change] = [c for c in told.changes if c.name == "value"]
    assert change.cell == {"year": "2022"} and change.new < change.old
    assert [batch["batch_id"] for batch in told.new] == [home.batches()[-1].batch_id]
    for lang in LANGS:
        words = "\n".join(receipts.lines(told, lang))
        assert told.new[0]["batch_id"] in words and "2022" in words
    unmoved = receipt(open_reader(home, told.build_id), "women_share", start="2021-Q1",
                      end="2021-Q1")  # fmt: skip
    assert replay(home, unmoved, "public").outcome == "same"


def test_of_a_version_that_was_pruned_the_checksum_and_the_inputs_remain(
    moved: tuple[Home, str], tmp_path: Path
) -> None:
    kept, text = moved
    home = Home(Path(shutil.copytree(kept.root, tmp_path / "home")))
    old = home.builds()[0]
    shutil.rmtree(home.warehouse / old)
    told = replay(home, text, "staff")
    assert (told.outcome, told.standing, told.intact) == ("changed", "pruned", None)
    assert told.build_id == old and told.changes == ()
    assert len(told.new) == 1 and told.code[0]
    (home.warehouse / f"{old}.json").unlink()
    told = replay(home, text, "staff")
    assert (told.outcome, told.standing, told.build_id) == ("changed", "unknown", None)


# --- where people meet them ----------------------------------------------------------------------


def test_the_command_line_replays(
    network_home: Home, network: Reader, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(network_home.root)]
    assert main(["estimate", "savings_per_member", "--by", "region", "--json", *home]) == 0
    text = json.loads(capsys.readouterr().out)["receipt"]
    assert main(["receipt", text, *home, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["outcome"] == "same" and told["remade"] and told["id"] == text
    assert told["build_id"] == network.build.build_id and told["sql"] and told["batches"]
    for lang, word in (("fr", "Identique"), ("en", "Same")):
        assert main(["receipt", text, *home, "--lang", lang]) == 0
        assert word in capsys.readouterr().out
    assert main(["receipt", "r-nothing", *home]) == 2
    assert "r-nothing" in capsys.readouterr().err
    staff = receipt(network, "savings_per_member", by=("cercle",), role="staff")
    assert main(["receipt", staff, *home]) == 2
    capsys.readouterr()
    assert main(["receipt", staff, *home, "--role", "staff"]) == 0


def test_every_file_carries_its_receipt(network: Reader) -> None:
    answer = estimate(network, indicator("attendance_rate"), Selection(by=("quarter",)))
    drawn, text = figure(answer, "en"), receipt_of(answer).id
    assert any(text in note for note in drawn.notes)
    assert text in FORMATS["csv"](Exhibit(drawn, answer), "").decode()
    assert json.loads(FORMATS["json"](Exhibit(drawn, answer), ""))["receipt"] == text


@pytest.fixture(params=["public", "manager"])
def role(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def app(demonstration: Path, role: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setenv("EVIDENCE_HOME", str(demonstration))
    if role != "public":
        monkeypatch.setenv("EVIDENCE_ROLE", role)
        monkeypatch.setattr("pages.shared.session.at_this_machine", lambda *_: True)
    st.cache_resource.clear()
    yield AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)


def test_every_number_on_every_page_replays(
    app: AppTest, role: str, demonstration: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a page asks for, its receipt gives again; so does every receipt it prints."""
    asked: dict[str, Estimates] = {}

    def noted(*arguments: object, **options: object) -> Estimates:
        answer = estimate(*arguments, **options)  # type: ignore[arg-type]
        asked[receipt_of(answer).id] = answer
        return answer

    for path in (PROJECT / "pages" / "shared").glob("*.py"):
        importlib.import_module(f"pages.shared.{path.stem}")
    for name, module in list(sys.modules.items()):
        ours = name.startswith(("analytics.", "pages."))
        asks = ours and vars(module).get("estimate") is estimate
        if asks and not name.startswith(("analytics.estimates", "analytics.evidence")):
            monkeypatch.setattr(module, "estimate", noted)
    printed: set[str] = set()
    app.run()
    for name in PAGES:
        if name in ("data", "receipt"):
            continue  # the one shows no estimates, the other only what is handed in
        app.switch_page(f"pages/{name}.py").run()
        assert not app.exception
        printed |= set(re.findall(r"r-[a-z_0-9]+\.[\w.%~-]+\.[0-9a-f]{8}\.[0-9a-f]{10}",
                                  everything(app)))  # fmt: skip
    home = Home(demonstration)
    assert len(asked) > 40 and len(printed) > 5
    for text in [*asked, *printed]:
        made = parse(text)
        # What is about places alone is the same for everyone, and may be asked as staff.
        assert role != "public" or made.selection.role == "public" or made.indicator.klass == "open"
        told = replay(home, text, made.selection.role, again=False)
        assert (told.outcome, told.intact) == ("same", True), (text, told.changes[:4], told.reason)
        if text in asked:
            shown = {tuple(row.keys.items()): row for row in asked[text]}
            again = {tuple(row.keys.items()): row for row in told.answer or ()}
            assert list(again) == list(shown)
            assert all(map(alike, again.values(), shown.values()))
    for text in sorted(printed)[:3]:
        assert replay(home, text, parse(text).selection.role).remade


def test_the_page_of_a_receipt_tells_everything_in_both_languages(
    app: AppTest, role: str, demonstration: Path
) -> None:
    text = receipt(open_reader(Home(demonstration)), "savings_per_member", by=("region",))
    for lang, same in (("fr", "Identique"), ("en", "Same")):
        app.query_params.update({"lang": lang, "receipt": text})
        app.run()
        app.switch_page("pages/receipt.py").run()
        assert not app.exception
        assert same in app.success[0].value
        shown = [block.proto.body for block in app.get("html")]
        assert len(shown) == 2 and ("SHA-256" in shown[1]) == (role != "public")
        assert [code for code in app.code if text in code.value]
        app.button[0].click().run()
        assert len([c for c in app.code if "mart_network__group_period" in c.value])


def test_build_marks_differ(network: Reader) -> None:
    assert build_mark(network.build.build_id) != build_mark(network.build.build_id + "x")
