"""The command line keeps its promises: codes, one JSON object, clear words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analytics.cli import main
from analytics.warehouse.home import Home

COLUMNS = "value,low,high,numerator,denominator,n_groups,n_people,unit,status,build_id"


def run(capsys: pytest.CaptureFixture, *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_from_demonstration_to_estimate(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    home, files = tmp_path / "home", tmp_path / "files"
    made = run(capsys, "demo", "--out", files, "--groups", 150, "--since", "2021-01",
               "--until", "2022-12", "--json")  # fmt: skip
    assert made[0] == 0 and json.loads(made[1])["rows"]["vsla_group"] >= 150
    imported = run(capsys, "import", files, "--home", home, "--json")
    # The demonstration holds a few bad rows on purpose.
    assert imported[0] == 1
    for entry in json.loads(imported[1])["files"]:
        assert entry["rows_read"] == sum(
            entry[f"rows_{name}"] for name in ("landed", "rejected", "duplicate", "out_of_scope")
        )
    built = run(capsys, "build", "--home", home, "--no-claims", "--json")
    assert built[0] == 0
    report = json.loads(built[1])
    assert set(report) >= {"build_id", "seconds", "rows", "tables", "checks"}
    assert (home / "warehouse" / report["build_id"] / "warehouse.duckdb").exists()
    answer = run(capsys, "estimate", "savings_per_member", "--by", "region,year", "--home", home)
    assert answer[0] == 0
    assert answer[1].splitlines()[0] == f"region,year,{COLUMNS}"
    assert json.loads((home / "home.json").read_text())["kind"] == "demonstration"


def test_json_is_one_object_and_nothing_else(
    network_home: Home, capsys: pytest.CaptureFixture
) -> None:
    for verb in (["indicators"], ["status"], ["check"],
                 ["estimate", "members", "--by", "year", "--role", "staff"]):  # fmt: skip
        code, out, _ = run(capsys, *verb, "--home", network_home.root, "--json")
        assert code == 0
        assert isinstance(json.loads(out), dict)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["estimate", "saving_per_member"], ("savings_per_member",)),
        (["estimate", "savings_per_member", "--where", "region=Tombuctou"], ("tombouctou",)),
        (["estimate", "savings_per_member", "--by", "month"], ()),
        (["estimate", "savings_per_member", "--by", "cercle"], ()),
        (["estimate", "savings_per_member", "--by", "region,group_type"], ("region",)),
        (["estimate", "members", "--by", "quarter"], ("members",)),
        (["import", "/nowhere/at/all.csv"], ("all.csv",)),
        (["rollback", "nothing"], ("nothing",)),
        (["figure", "members", "--out", "members.bmp"], (".bmp",)),
    ],
)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_what_cannot_be_done_is_said_in_the_users_language(
    network_home: Home, capsys: pytest.CaptureFixture, arguments: list, words: tuple, lang: str
) -> None:
    code, out, err = run(capsys, *arguments, "--home", network_home.root, "--lang", lang, "--json")
    assert code == 2
    message = json.loads(out)["message"]
    assert message in err and "Traceback" not in err
    assert all(word in message for word in words)


def test_a_public_answer_has_bands_and_no_parts(
    network_home: Home, capsys: pytest.CaptureFixture
) -> None:
    _, out, _ = run(capsys, "estimate", "savings_per_member", "--by", "region,quarter",
                    "--home", network_home.root, "--format", "json")  # fmt: skip
    rows = json.loads(out)["rows"]
    assert {row["status"] for row in rows} >= {"published", "no_data"}
    for row in rows:
        assert row["numerator"] is None and row["denominator"] is None
        assert row["n_groups"] is None or not isinstance(row["n_groups"], int)
        assert row["region"] != "kidal"


@pytest.mark.parametrize("suffix", ["csv", "json", "xlsx"])
def test_a_figure_is_written_with_what_it_stands_on(
    network_home: Home, tmp_path: Path, capsys: pytest.CaptureFixture, suffix: str
) -> None:
    out = tmp_path / f"savings.{suffix}"
    code, *_ = run(capsys, "figure", "savings_per_member", "--out", out,
                   "--home", network_home.root)  # fmt: skip
    assert code == 0 and out.stat().st_size > 500


def test_an_empty_home_is_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(capsys, "status", "--home", tmp_path)[0] == 0
    assert run(capsys, "build", "--home", tmp_path)[0] == 2
    assert run(capsys, "estimate", "members", "--home", tmp_path)[0] == 2
