"""Reference tables that every build starts from: places, calendar, published registers."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import duckdb
import pyarrow as pa

from analytics.geography import places
from analytics.period import KINDS, Period, periods_between
from analytics.settings import PROJECT
from analytics.sources.contracts import DATASETS, EARLIEST_OWN_DATE, columns_of
from analytics.sources.feeds.catalogue import catalogue, parse_source
from analytics.sources.oddities import OUTLIER_FACTOR, OUTLIER_MIN_ROWS, USUAL_MEMBERS

REFERENCE = PROJECT / "data" / "reference"
#: days after a period's end in which a report is still on time (SAVIX asks for data within 45)
LATE_AFTER_DAYS = 45


def load_references(con: duckdb.DuckDBPyConnection, built_on: dt.date) -> None:
    """Create the ``ref_*`` tables in a build's database; ``built_on`` decides what is late."""
    _calendar(con)
    _places(con)
    _sources(con)
    _reporting(con, built_on)
    _silence(con)
    _place_assignment(con)
    _codes(con)
    _crisis_events(con)
    _population(con)


#: what is dated, by day or by month; the calendar covers all of it
_DATED = {
    "vsla_observation": "obs_date",
    "business_observation": "obs_date",
    "member_survey": "survey_date",
    "contribution": "date",
    "decision_space": "date",
    "activity": "date",
    "shock_exposure": "CAST(month || '-01' AS DATE)",
}


def _calendar(con: duckdb.DuckDBPyConnection) -> None:
    spans = " UNION ALL ".join(
        f"SELECT '{dataset}' AS dataset, min({day}) AS first, max({day}) AS last "
        f"FROM landed_{dataset}"
        for dataset, day in _DATED.items()
    )
    found = {name: (first, last) for name, first, last in con.execute(spans).fetchall() if first}
    today = dt.date.today()
    network = found.get("vsla_observation", (today, today))
    first = min([network[0], *(span[0] for span in found.values())])
    last = max([network[1], *(span[1] for span in found.values())])
    periods = [p for kind in KINDS for p in periods_between(first, last, kind)]
    _table(con, "ref_period", [_period_row(period, network) for period in periods])
    days = [
        EARLIEST_OWN_DATE + dt.timedelta(days=n)
        for n in range((max(last, today) - EARLIEST_OWN_DATE).days + 1)
    ]
    _table(
        con,
        "ref_day",
        [
            {"day": d, "day_number": d.toordinal(), "month": f"{d:%Y-%m}",
             "month_index": d.year * 12 + d.month, "day_of_month": d.day,
             "next_month_end": _month_end(d.year * 12 + d.month)}
            for d in days
        ],
    )
    con.execute(
        """CREATE TABLE ref_day_period AS
        SELECT d.day, p.period_kind, p.period, p.period_end FROM ref_day d
        JOIN ref_period p ON d.day BETWEEN p.period_start AND p.period_end"""
    )


def _silence(con: duckdb.DuckDBPyConnection) -> None:
    """For each period, the months before it that are in the twelve months up to its end."""
    periods = con.execute(
        """SELECT period_kind, period, period_start, period_end, year_before_end FROM ref_period
        UNION SELECT period_kind, period, period_start, period_end, year_before_end
        FROM ref_report_period WHERE period <> '' ORDER BY ALL"""
    ).fetchall()
    rows = [
        {"period_kind": kind, "period": period, "period_end": end,
         "month_before": f"{(index - 1) // 12}-{(index - 1) % 12 + 1:02}"}
        for kind, period, start, end, before in periods
        for index in range(before.year * 12 + before.month + 1, start.year * 12 + start.month)
    ]  # fmt: skip
    today = dt.date.today()
    empty = {"period_kind": "", "period": "", "period_end": today, "month_before": ""}
    _table(con, "ref_silence", rows or [empty])


def _month_end(index: int) -> dt.date:
    """The last day of the month after the one numbered ``index`` (year × 12 + month)."""
    return dt.date((index + 1) // 12, (index + 1) % 12 + 1, 1) - dt.timedelta(days=1)


def _reporting(con: duckdb.DuckDBPyConnection, built_on: dt.date) -> None:
    """When reports are due, up to the day of the build, whether or not anything came in."""
    [(first,)] = con.execute("SELECT min(obs_date) FROM landed_vsla_observation").fetchall()
    rows: list[dict[str, object]] = []
    for frequency, kind in (("monthly", "month"), ("quarterly", "quarter")):
        for period in periods_between(first or built_on, built_on, kind):
            due_on = period.end + dt.timedelta(days=LATE_AFTER_DAYS)
            if period.end <= built_on:
                rows.append(
                    {"reporting_frequency": frequency, "period_kind": kind, "period": period.label,
                     "month": f"{period.end:%Y-%m}", "period_start": period.start,
                     "period_end": period.end,
                     "year_before_end": _year_before(period.end), "due": int(due_on < built_on)}
                )  # fmt: skip
    empty = {"reporting_frequency": "", "period_kind": "", "period": "", "month": "",
             "period_start": built_on, "period_end": built_on, "year_before_end": built_on,
             "due": 0}  # fmt: skip
    _table(con, "ref_report_period", rows or [empty])
    _table(
        con,
        "ref_rule",
        [{"built_on": built_on, "late_after_days": LATE_AFTER_DAYS,
          "members_low": USUAL_MEMBERS[0], "members_high": USUAL_MEMBERS[1],
          "outlier_factor": OUTLIER_FACTOR, "outlier_min_rows": OUTLIER_MIN_ROWS}],
    )  # fmt: skip


def _period_row(period: Period, network: tuple[dt.date, dt.date]) -> dict[str, object]:
    end = period.end
    return {
        "period_kind": period.kind,
        "period": period.label,
        "period_start": period.start,
        "period_end": end,
        "year_before_end": _year_before(end),
        "month_index": period.start.year * 12 + period.start.month,
        "closes_quarter": int(end.month % 3 == 0),
        # Groups are expected to report from the first record of the network to its last.
        "in_network": int(end >= network[0] and period.start <= network[1]),
    }


def _places(con: duckdb.DuckDBPyConnection) -> None:
    """Country, regions and cercles, each with the regions of both divisions it counts in."""
    rows: list[dict[str, object]] = [
        {"place": places.COUNTRY, "level": "country", "cercle": None,
         "region_2023": places.NOT_SPECIFIED, "region_2012": places.NOT_SPECIFIED}
    ]  # fmt: skip
    for region in places.region_units("2023"):
        new, old = places.assign(region.slug)
        rows.append({"place": region.slug, "level": "region", "cercle": None,
                     "region_2023": new, "region_2012": old})  # fmt: skip
    for cercle in places.cercles():
        rows.append({"place": cercle.slug, "level": "cercle", "cercle": cercle.slug,
                     "region_2023": cercle.region_2023,
                     "region_2012": cercle.region_2012})  # fmt: skip
    _table(con, "ref_place", rows)


def _sources(con: duckdb.DuckDBPyConnection) -> None:
    """Each source of exposure that landed: its feed, and how the catalogue says to use it."""
    known = catalogue().sources
    rows: list[dict[str, object]] = []
    for (text,) in con.execute(
        "SELECT DISTINCT source FROM landed_shock_exposure ORDER BY source"
    ).fetchall():
        feed, _ = parse_source(text)
        declared = known.get(feed)
        rows.append({"source": text, "feed": feed,
                     "beside": int(declared is not None and declared.role == "beside"),
                     "add_up": int(declared is not None and declared.grains == "add_up")})
    types = {"source": pa.string(), "feed": pa.string(), "beside": pa.int64(),
             "add_up": pa.int64()}  # fmt: skip
    _table(con, "ref_source", rows, types)


def _year_before(end: dt.date) -> dt.date:
    """The end of the month twelve months before a month's end."""
    return _month_end((end.year - 1) * 12 + end.month - 1)


def _place_assignment(con: duckdb.DuckDBPyConnection) -> None:
    """Each delivered combination of region, cercle and division → both divisions, decided once."""
    combinations = con.execute(
        """SELECT DISTINCT region, coalesce(cercle, ''), coalesce(division, '')
        FROM (SELECT region, cercle, division FROM landed_vsla_group
            UNION ALL SELECT region, cercle, NULL FROM landed_member_survey
            UNION ALL SELECT region, cercle, NULL FROM landed_decision_space
            UNION ALL SELECT region, NULL, NULL FROM landed_activity
            UNION ALL SELECT region, NULL, NULL FROM landed_testimony
            UNION ALL SELECT region, NULL, NULL FROM landed_reach WHERE region IS NOT NULL
            UNION ALL SELECT region, NULL, '2023' FROM landed_reach WHERE region IS NOT NULL)
        ORDER BY ALL"""
    ).fetchall()
    rows = []
    for region, cercle, division in combinations:
        new, old = places.assign(region, cercle or None, division or None)
        rows.append(
            {"region": region, "cercle": cercle, "division": division,
             "region_2023": new, "region_2012": old}
        )  # fmt: skip
    names = ("region", "cercle", "division", "region_2023", "region_2012")
    _table(con, "ref_place_assignment", rows, dict.fromkeys(names, pa.string()))


def _codes(con: duckdb.DuckDBPyConnection) -> None:
    """Every code of a column that takes several: what a cell of codes may hold."""
    rows: list[dict[str, object]] = [
        {"dataset": dataset, "column_name": name, "code": code}
        for dataset, contract in DATASETS.items()
        for name, column in columns_of(contract).items()
        for code in column.codes
    ]
    _table(con, "ref_code", rows)


def _crisis_events(con: duckdb.DuckDBPyConnection) -> None:
    columns = ("event_id", "start_date", "end_date", "kind", "title_fr", "title_en", "region",
               "source", "source_url")  # fmt: skip
    rows = []
    for line in _read(REFERENCE / "crisis_events.csv"):
        row: dict[str, object] = {name: line[name] or None for name in columns}
        for name in ("start_date", "end_date"):
            row[name] = dt.date.fromisoformat(line[name]) if line[name] else None
        rows.append({**row, "_row": 0, "_sequence": 0})
    _table(con, "ref_crisis_event", rows)


def _population(con: duckdb.DuckDBPyConnection) -> None:
    rows: list[dict[str, object]] = [
        {"place": region.slug, "year": 2022, "population": region.population_2022, "women": None,
         "source": "INSTAT, RGPH5 2022", "_row": 0, "_sequence": 0}
        for region in places.region_units("2023")
    ]  # fmt: skip
    _table(con, "ref_population", rows, {"women": pa.int64()})


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _table(
    con: duckdb.DuckDBPyConnection,
    name: str,
    rows: list[dict[str, object]],
    types: dict[str, pa.DataType] | None = None,
) -> None:
    table = pa.Table.from_pylist(rows)
    if not rows:
        table = pa.table({column: pa.array([], kind) for column, kind in (types or {}).items()})
    for column, kind in (types or {}).items():
        position = table.schema.get_field_index(column)
        table = table.set_column(position, column, table.column(column).cast(kind))
    con.register("_rows", table)
    con.execute(f"CREATE TABLE {name} AS SELECT * FROM _rows")
    con.unregister("_rows")
