"""Public feeds: what lands adds up to the publisher's own totals; zero is zero, blank is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from analytics.sources.feeds.alps import alps
from analytics.sources.feeds.catalogue import catalogue, parse_source
from analytics.sources.feeds.where import edition_of
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.report import FileReport

REFERENCE = Path(__file__).parents[2] / "shared" / "reference"
if not REFERENCE.exists():
    REFERENCE = Path(__file__).parents[3] / "shared" / "reference"
Land = Callable[..., list[FileReport]]

ACLED = "event_id_cnty,event_date,disorder_type,event_type,actor1,country,admin1,admin2,fatalities"
EVENTS = f"""{ACLED}
MLI1,2022-05-05,Political violence,Battles,A,Mali,Segou,Niono,3
MLI2,2022-05-09,Political violence,Battles,A,Mali,Segou,Niono,0
MLI2,2022-05-09,Political violence,Battles,A,Mali,Segou,Niono,0
MLI3,2022-05-09,Demonstrations,Protests,A,Mali,Segou,Niono,0
BFA1,2022-05-09,Political violence,Battles,A,Burkina Faso,Sahel,Soum,9
MLI4,2022-05-09,Political violence,Battles,A,Mali,Segou,Nyono-sur-Mer,1
MLI5,2022-05-09,Political violence,Battles,A,Mali,Segou,Bla,
"""


def rows(home: Path) -> list[tuple]:
    return duckdb.sql(
        f"""SELECT place, month, measure, source, value
        FROM read_parquet('{home}/landed/shock_exposure/*.parquet') ORDER BY ALL"""
    ).fetchall()


def counts(report: FileReport) -> tuple[int, ...]:
    return (report.rows_read, report.rows_landed, report.rows_rejected, report.rows_duplicate,
            report.rows_out_of_scope)  # fmt: skip


def test_events_become_months_and_each_row_is_accounted_for(land: Land, tmp_path: Path) -> None:
    [report] = land({"events.csv": EVENTS})
    assert counts(report) == (7, 4, 1, 1, 1)
    assert {(r.rule, r.count) for r in report.by_rule} == {("required", 1)}
    assert rows(tmp_path / "home") == [
        ("niono", "2022-05", "events", "acled_events/cercle", 2.0),
        ("niono", "2022-05", "events", "acled_other/cercle", 1.0),
        ("niono", "2022-05", "fatalities", "acled_events/cercle", 3.0),
        ("niono", "2022-05", "fatalities", "acled_other/cercle", 0.0),
        # a cercle we have not: its region keeps the event, and the totals hold
        ("segou", "2022-05", "events", "acled_events/region", 1.0),
        ("segou", "2022-05", "fatalities", "acled_events/region", 1.0),
    ]


def test_a_name_and_a_code_that_disagree_are_refused(land: Land) -> None:
    text = (
        "Snapshot Date,Admin 0,Admin 1,Admin 1 pcode,Admin 2,Admin 2 pcode,IDP individuals\n"
        "#date,#country+name,#adm1+name,#adm1+code,#adm2+name,#adm2+code,#affected+idps+ind\n"
        "2021-09-30,Mali,Kayes,MLI01,Kayes,MLI0103,45\n"
        "2021-09-30,Mali,Menaka,MLI10,Menaka,MLI1004,9\n"
    )
    [report] = land({"dtm.csv": text})
    assert counts(report) == (2, 1, 1, 0, 0)
    assert report.by_rule[0].rule == "place_disagree"


def test_a_code_that_one_edition_alone_has_settles_the_edition() -> None:
    assert edition_of(pd.Series(["ML0101", "ML1004"])) == "ocha_2021"
    assert edition_of(pd.Series(["ML0101", "ML0102"])) is None


def test_alps_is_the_residual_of_trend_and_season_in_standard_deviations() -> None:
    months = np.arange(2015 * 12, 2015 * 12 + 60)
    prices = 200 + months % 12 * 3.0 + np.random.default_rng(1).normal(0, 5, 60)
    prices[-1] += 60
    # the twin: dummies written one by one, residual variance over its degrees of freedom
    design = [[1.0, t] + [float(m % 12 == s) for s in range(1, 12)] for t, m in enumerate(months)]
    x = np.array(design)
    beta = np.linalg.inv(x.T @ x) @ x.T @ prices
    residual = prices - x @ beta
    twin = residual / np.sqrt(sum(r * r for r in residual) / (60 - 13))
    found = alps(months, prices)
    assert found is not None and found == pytest.approx(twin)
    assert found[-1] > 2
    assert alps(months[:35], prices[:35]) is None


def test_every_source_a_feed_writes_is_declared() -> None:
    known = catalogue()
    assert parse_source("acled_events/cercle") == ("acled_events", "cercle")
    assert parse_source("ACLED") == ("ACLED", None)
    for source in known.sources.values():
        assert set(source.measures) <= set(known.measures)
    assert all(s in known.sources for a in known.refresh.values() for s in a.sources)


# --- the publishers' own files --------------------------------------------------------------------


def landed(path: str, tmp_path: Path) -> tuple[list[FileReport], dict[tuple[str, str], float]]:
    if not (REFERENCE / path).exists():
        pytest.skip("reference files are not here")
    reports = import_files(Home(tmp_path), [REFERENCE / path])
    if not (tmp_path / "landed").exists():
        return reports, {}
    sums = duckdb.sql(
        f"""SELECT measure, split_part(source, '/', 1), sum(value)
        FROM read_parquet('{tmp_path}/landed/shock_exposure/*.parquet') GROUP BY ALL"""
    ).fetchall()
    return reports, {(measure, source): total for measure, source, total in sums}


@pytest.mark.parametrize(
    ("path", "read", "fatalities", "events"),
    [
        ("shocks/acled_events_mali_2022h1_sample.csv", 64, 177, 64),
        ("shocks/ACLED_Mali_20160101-to-20160528.xlsx", 55, 111, 55),
        ("shocks/hdx_hapi_conflict_event_mli_2025-01.csv", 159, 83, 24),
        ("shocks/acled_hdx_political_violence_adm2_as_of_2025-01-10.xlsx", 6791, 83, 23),
    ],
)
def test_deaths_and_events_add_up(
    path: str, read: int, fatalities: int, events: int, tmp_path: Path
) -> None:
    reports, sums = landed(path, tmp_path)
    assert sum(r.rows_read for r in reports) == read
    assert sum(v for (measure, _), v in sums.items() if measure == "fatalities") == fatalities
    assert sum(v for (measure, _), v in sums.items() if measure == "events") == events
    assert not any(r.rows_rejected for r in reports)


def test_displaced_persons_add_up_but_for_the_two_rows_whose_code_contradicts(
    tmp_path: Path,
) -> None:
    [report], sums = landed("shocks/iom_dtm_mali_baseline_assessment_round_72.xlsx", tmp_path)
    assert counts(report) == (56, 54, 2, 0, 0)
    assert sums["displaced", "dtm_baseline"] + 376 + 12995 == 401736


def test_people_in_phase_3_add_up_by_year(tmp_path: Path) -> None:
    path = "shocks/cadre_harmonise_mali_2014_2022.xlsx"
    [report], _ = landed(path, tmp_path)
    assert counts(report) == (1774, 1344, 2, 428, 0)
    source = pd.read_excel(REFERENCE / path)
    source = source[source["usethisperiod"].eq("Y") & source["reference_label"].eq("Jun-Aug")]
    people = source.groupby("reference_year")["phase35"].sum()
    population = source.groupby(["adm2_pcod2", "reference_year"])["population"].sum()
    shares = {(p, m): v for p, m, _, _, v in rows(tmp_path)}
    for year in (2020, 2022):
        # every cercle's share of its own population gives back the people counted
        total = 0.0
        for (code, when), count in population.items():
            if when == year:
                total += shares[_slug(str(code)), f"{year}-07"] * count
        if (extra := shares.get(("taoudenit", f"{year}-07"))) is not None:
            lone = source[source["adm2_pcod2"].isna() & source["reference_year"].eq(year)]
            total += extra * lone["population"].sum()
        assert round(total) == people[year]


def _slug(code: str) -> str:
    from analytics.geography.places import resolve

    if code == "ML0704":
        return "menaka"
    return resolve(code=code, edition="ocha_2021").place


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("prices_climate/wfp_food_prices_cog.csv", 6039),
        ("prices_climate/wfp_food_prices_cog_hxl_2025-04.csv", 6039),
        ("prices_climate/hdx_hapi_food_price_global_2015.csv", 5124),
        ("prices_climate/moz-rainfall-adm2-5ytd.csv", 6),
        ("prices_climate/hdx_hapi_rainfall_global_1yr.csv", 9),
        ("shocks/ipc_caf_area_long.csv", 7146),
        ("shocks/hdx_hapi_idps_tcd.csv", 145),
        ("shocks/hdx_hapi_food_security_ago.csv", 742),
    ],
)
def test_other_countries_are_out_of_scope_and_named(path: str, read: int, tmp_path: Path) -> None:
    [report], sums = landed(path, tmp_path)
    assert counts(report) == (read, 0, 0, 0, read)
    assert sums == {}
    assert report.warnings[0]["code"] == "other_country" and report.warnings[0]["example"]


@pytest.mark.parametrize(
    "path",
    ["shocks/5w_mli_mar2022.xlsx", "shocks/ssm_liste_incidents.xlsx",
     "shocks/owid_emdat_natural_disasters.csv", "prices_climate/wfp_markets_cog.csv"],
)  # fmt: skip
def test_what_only_looks_like_a_feed_is_refused_by_what_it_is(path: str, tmp_path: Path) -> None:
    reports, sums = landed(path, tmp_path)
    assert sums == {}
    assert [r.error.key for r in reports if r.error] == ["looks_like"]


def test_stringency_is_told_from_other_indices_by_its_values(tmp_path: Path) -> None:
    path = "shocks/OxCGRT_timeseries_StringencyIndex_v1_mli_neighbours.csv"
    [report], _ = landed(path, tmp_path / "good")
    assert counts(report) == (8, 1, 0, 0, 7)
    source = pd.read_csv(REFERENCE / path, dtype=str)
    days = [c for c in source if c[:2].isdigit()]
    for day in days:
        source[day] = (pd.to_numeric(source[day]) * 9 / 14).round(2)
    source.to_csv(tmp_path / "any name.csv", index=False)
    [report] = import_files(Home(tmp_path / "bad"), [tmp_path / "any name.csv"])
    assert report.error is not None and report.error.key == "looks_like"
