"""Mappings on real files that nobody here wrote; skipped where the files are not at hand.

The trials lie in other countries: a region of Mali is put in as a constant only to see the way
of their numbers. Nothing of them is kept in the project.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from analytics.settings import PROJECT
from analytics.sources import mapping as mappings
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.report import FileReport

REAL = PROJECT.parent / "shared" / "reference" / "savings_enterprise"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the reference files are not here")

MICROCREDIT = """
title: {fr: Cinq essais de microcrédit, en: Five microcredit trials}
tables:
  - dataset: vsla_group
    distinct: true
    columns:
      {group_id: group, region: {constant: segou}, facilitating_agency: {constant: Essais},
       group_type: {constant: women_only}, network_member: {constant: "no"},
       wlie: {constant: "no"}}
  - dataset: business_observation
    columns:
      {business_id: {numbered: B-}, group_id: group, obs_date: {constant: "2012-12-31"},
       owner_sex: {constant: female}, sector: {constant: micro-entreprise},
       status: {constant: open}, revenue_xof: revenues, profit_xof: profit}
"""
HOUSEHOLDS = """
title: {fr: "JEEViKA, ménages", en: "JEEViKA, households"}
tables:
  - dataset: member_survey
    columns:
      {respondent_id: {joined: [vill_code, srl]}, round: time,
       survey_date: {constant: "2014-06-30"}, sex: {constant: female},
       region: {constant: segou}, vsla_member: Bas_SHG_Part, weight: wt, strata: strat_dum,
       psu: panch_code, sample: {constant: probability}, decides_income: women_decision}
"""
SAFI = """
title: {fr: SAFI, en: SAFI}
tables:
  - dataset: member_survey
    columns:
      {respondent_id: instanceID, round: {constant: "2016"}, survey_date: interview_date,
       sex: {constant: female}, region: {from: province, values: {Manica: segou}},
       vsla_member: {from: memb_assoc, default: "no"}, sample: {constant: programme}}
"""


def read(tmp_path: Path, name: str, declared: str) -> tuple[list[FileReport], Path]:
    (tmp_path / "m.yaml").write_text(declared, encoding="utf-8")
    home = Home(tmp_path / "home")
    found = import_files(home, [REAL / name], mapping=mappings.load(tmp_path / "m.yaml"))
    for report in found:
        parts = (report.rows_landed, report.rows_rejected, report.rows_duplicate,
                 report.rows_out_of_scope)  # fmt: skip
        assert report.rows_read == sum(parts)
    return found, home.landed


def test_five_trials_keep_their_totals_blanks_and_losses(tmp_path: Path) -> None:
    source = pd.read_csv(REAL / "microcredit_rct_5_studies.csv")
    reports, landed = read(tmp_path, "microcredit_rct_5_studies.csv", MICROCREDIT)
    assert {r.dataset: (r.rows_read, r.rows_landed) for r in reports} == {
        "vsla_group": (len(source), len(source)),
        "business_observation": (len(source), len(source)),
    }
    [(groups,)] = duckdb.sql(
        f"SELECT count(*) FROM read_parquet('{landed}/vsla_group/*.parquet')"
    ).fetchall()
    assert groups == source["group"].nunique()
    [(revenue, profit, blanks, losses)] = duckdb.sql(
        f"""SELECT sum(revenue_xof), sum(profit_xof), count(*) - count(revenue_xof),
            count(*) FILTER (WHERE profit_xof < 0)
        FROM read_parquet('{landed}/business_observation/*.parquet')"""
    ).fetchall()
    rounded = source[["revenues", "profit"]].round()
    assert revenue == pytest.approx(rounded["revenues"].sum())
    assert profit == pytest.approx(rounded["profit"].sum())
    assert (blanks, losses) == (source["revenues"].isna().sum(), (rounded["profit"] < 0).sum())


def test_a_stata_panel_lands_by_its_value_labels(tmp_path: Path) -> None:
    source = pd.read_stata(REAL / "HH_Long_Panel_JDE.dta")
    [report], landed = read(tmp_path, "HH_Long_Panel_JDE.dta", HOUSEHOLDS)
    unknown = int(source["Bas_SHG_Part"].isna().sum())
    assert (report.rows_read, report.rows_rejected) == (len(source), unknown)
    assert {v.rule for v in report.violations} == {"required"}
    [(members, weights)] = duckdb.sql(
        f"""SELECT count(*) FILTER (WHERE vsla_member), sum(weight)
        FROM read_parquet('{landed}/member_survey/*.parquet')"""
    ).fetchall()
    known = source[source["Bas_SHG_Part"].notna()]
    assert members == (known["Bas_SHG_Part"] == "yes").sum()
    assert weights == pytest.approx(known["wt"].sum(), rel=1e-6)


def test_a_phone_survey_keeps_no_coordinates(tmp_path: Path) -> None:
    [report], landed = read(tmp_path, "SAFI_survey_cleanheaders.csv", SAFI)
    assert (report.rows_read, report.rows_landed) == (131, 131)
    source = pd.read_csv(REAL / "SAFI_survey_cleanheaders.csv", dtype=str)
    kept = b"".join(p.read_bytes() for p in landed.parent.rglob("*") if p.is_file())
    assert not [lat for lat in source["gps_Latitude"].dropna() if lat.encode() in kept]
