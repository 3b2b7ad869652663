"""What the feeds share: rows left aside, months, numbers, and records with the way back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import ClassVar

import pandas as pd
import pyarrow as pa

from analytics.period import parse_period
from analytics.sources.feeds.layout import Layout, lay_out
from analytics.sources.feeds.where import (
    PLACE_NAMES,
    Names,
    Unknown,
    country_label,
    country_of_codes,
    edition_of,
    is_mali,
    tell,
)
from analytics.sources.files import Table
from analytics.sources.findings import Violation, Warned
from analytics.sources.translation import Translated
from analytics.sources.values import parse_date, parse_month

__all__ = ["PLACE_NAMES", "Names", "Reading", "RowFeed", "country_label", "day",
           "months_between", "summed"]  # fmt: skip

_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")

DATASET = "shock_exposure"
KEY = ["place", "month", "kind", "measure", "source"]


def source(name: str, level: str) -> str:
    """``acled_events/cercle``: who publishes, and the grain (``cercle``, ``region``, ``country``).

    The grain is said because 18 slugs name a region and a cercle alike; ``feeds.yaml`` explains
    the name.
    """
    return f"{name}/{level}"


class NothingLeft(Exception):
    """No row of the table is still to be read: all are left aside, refused, or told twice."""


class RowFeed:
    """A publisher's table of rows. Subclasses say its columns and make records of its rows.

    ``names`` maps our fields to the publisher's headers and HXL tags, ``required`` are those
    without which it is another table, ``without`` those with which it is.
    """

    id: str
    names: ClassVar[Names]
    required: tuple[str, ...]
    without: tuple[str, ...] = ()

    def layout(self, table: Table) -> Layout | None:
        found = lay_out(table, self.names, self.required)
        return None if found is None or any(found.has(field) for field in self.without) else found

    def recognises(self, table: Table) -> bool:
        return self.layout(table) is not None

    def read(self, table: Table) -> list[Translated]:
        layout = self.layout(table)
        assert layout is not None
        reading = Reading(layout, self.name(layout), layout.frame(self.names))
        reading.read = len(reading.rows)
        try:
            self.prepare(reading)
            reading.keep_mali()
            long = self.records(reading)
        except NothingLeft:
            long = pd.DataFrame(columns=["row", *KEY, "value"])
        return [reading.translated(long)]

    def name(self, layout: Layout) -> str:
        """What ``source`` says, where one class reads two forms."""
        return self.id

    def prepare(self, reading: Reading) -> None:
        """What the countries cannot be told without."""

    def records(self, reading: Reading) -> pd.DataFrame:
        """``long``, see ``Reading.translated``; rows of other countries have left already."""
        raise NotImplementedError


@dataclass
class Reading:
    """What a feed makes of one table, row by row, until it is a ``Translated``."""

    layout: Layout
    reader: str
    rows: pd.DataFrame
    read: int = 0
    out_of_scope: int = 0
    duplicate: int = 0
    refused: list[Violation] = field(default_factory=list)
    noticed: list[Warned] = field(default_factory=list)

    # --- leaving rows aside ----------------------------------------------------------------------

    def leave(self, mask: pd.Series, code: str, example: str | None = None) -> None:
        """Rows out of scope, with the reason in a warning."""
        count = int(mask.sum())
        if count:
            self.out_of_scope += count
            self.noticed.append(Warned(code, None, count, example))
        self._drop(mask)

    def twice(self, mask: pd.Series, code: str | None = None) -> None:
        """Rows that say again what another row says."""
        count = int(mask.sum())
        if count:
            self.duplicate += count
            if code:
                self.noticed.append(Warned(code, None, count))
        self._drop(mask)

    def refuse(
        self,
        mask: pd.Series,
        rule: str,
        column: str,
        field: str,
        suggestion: str | None = None,
    ) -> None:
        """Rows that cannot be used, each pointing at its cell."""
        position = self.layout.columns.get(field)
        wrong = self.rows[mask]
        self.refused += [
            Violation(int(row), column, cell, rule, suggestion, position)
            for row, cell in zip(wrong["row"], wrong[field], strict=True)
        ]
        self._drop(mask)

    def _drop(self, mask: pd.Series) -> None:
        if mask.any():
            self.rows = self.rows[~mask].reset_index(drop=True)
        if self.rows.empty:
            raise NothingLeft

    # --- countries -------------------------------------------------------------------------------

    def keep_mali(self) -> None:
        """Rows of other countries leave; a row that names none stays, and its place decides."""
        if not self.layout.has("country") and self.rows.get("country") is not None:
            self.rows["country"] = country_of_codes(self.rows)
        fields = [f for f in ("country", "country_name") if f in self.rows]
        for name in fields:
            told = self.rows[name]
            if told.isna().all():
                continue
            distinct = {text: is_mali(text) for text in told.dropna().unique()}
            others = told.map(distinct).eq(False) & told.notna()
            seen = told[others].value_counts().index[:3]
            self.leave(others, "other_country", ", ".join(map(country_label, seen)))

    # --- places ----------------------------------------------------------------------------------

    def place(self, *, national: bool = False, unlisted: bool = False) -> None:
        """Add ``place`` and ``level``; rows whose place cannot be told are refused.

        Args:
            national: a row that names no place at all stands for the country.
            unlisted: a cercle that is not in our list stands for its region, with a warning; only
                for files whose rows all add up, where nothing is counted twice by it.
        """
        fields = ["admin1", "code1", "admin2", "code2"]
        for name in (*fields, "provider1", "provider2"):
            if name not in self.rows:
                self.rows[name] = None
        for level in ("1", "2"):
            # Where HDX found no code for a place, only the publisher's own name of it is left.
            blank = self.rows[f"admin{level}"].isna() & self.rows[f"code{level}"].isna()
            self.rows[f"admin{level}"] = self.rows[f"admin{level}"].mask(
                blank, self.rows[f"provider{level}"]
            )
        edition = edition_of(self.rows["code2"], self.rows["code1"])
        distinct = self.rows[fields].drop_duplicates()
        answers = {
            tuple(parts): tell(*parts, edition=edition, national=national, unlisted=unlisted)
            for parts in distinct.itertuples(index=False, name=None)
        }
        found = [answers[parts] for parts in self.rows[fields].itertuples(index=False, name=None)]
        self.rows["place"] = [answer.place for answer in found]
        self.rows["level"] = [answer.level for answer in found]
        self.refused += [
            Violation(int(row), "place", told.value, told.rule, told.near,
                      self.layout.columns.get(told.field))
            for row, told in zip(self.rows["row"], found, strict=True)
            if isinstance(told, Unknown)
        ]  # fmt: skip
        for code in ("unknown_cercle", "code_unlisted"):
            notes = [told.note for told in found if not isinstance(told, Unknown) and told.note]
            kept = [example for noted, example in notes if noted == code]
            if kept:
                seen = ", ".join(list(dict.fromkeys(kept))[:3])
                self.noticed.append(Warned(code, None, len(kept), seen))
        self._drop(self.rows["place"].isna())

    # --- months and numbers ----------------------------------------------------------------------

    def month(self, name: str, to: str = "month") -> None:
        """A date, a month label or a spreadsheet's date → ``2022-01``; others are refused.

        Days come first, as in the whole region, unless a column holds dates that only an American
        spreadsheet writes (``5/31/2022``) and none that only others do.
        """
        american = _american(self.rows[name].dropna().unique())
        if american:
            self.rows[name] = self.rows[name].map(american).fillna(self.rows[name])
        self._convert(name, to, _month_of, "not_a_month", "month")

    def number(self, name: str, *, required: bool = True, whole: bool = False) -> None:
        """Text → number in place; a blank is refused where ``required``, and never becomes 0."""
        if required:
            self.refuse(self.rows[name].isna(), "required", "value", name)
        quick = pd.to_numeric(self.rows[name], errors="coerce")
        odd = quick.isna() & self.rows[name].notna()
        if odd.any():
            mended = self.rows.loc[odd, name].map(_number_of)
            quick = quick.astype(float)
            quick[odd] = pd.to_numeric(mended, errors="coerce")
            still = quick.isna() & self.rows[name].notna()
            self.refuse(still, "not_a_number", "value", name)
            quick = quick[~still].reset_index(drop=True)
        text = self.rows[name]
        self.rows[name] = quick.astype(float)
        negative = self.rows[name] < 0
        if negative.any():
            self.rows[name] = text
            self.refuse(negative, "negative", "value", name)
            self.rows[name] = pd.to_numeric(self.rows[name])

    def _convert(
        self, name: str, to: str, convert: Callable[[str], str | None], rule: str, column: str
    ) -> None:
        self.refuse(self.rows[name].isna(), "required", column, name)
        distinct = {text: convert(text) for text in self.rows[name].unique()}
        made = self.rows[name].map(distinct)
        self.refuse(made.isna(), rule, column, name)
        self.rows[to] = self.rows[name].map(distinct).astype(object)

    # --- records ---------------------------------------------------------------------------------

    def translated(self, long: pd.DataFrame) -> Translated:
        """Records from ``long``: one line a (row, record), the record's value already worked out.

        Args:
            long: ``row, place, month, kind, measure, source, value``; equal keys are one record
                and carry equal values.
        """
        long = long.dropna(subset=["value"])
        number = long.groupby(KEY, sort=False).ngroup() + 1
        records = long[[*KEY, "value"]].groupby(number, sort=True).first()
        texts = {name: pa.array(records[name].astype(str).tolist(), pa.string()) for name in KEY}
        texts["value"] = pa.array([_as_text(value) for value in records["value"]], pa.string())
        origin = pa.table(
            {"record": pa.array(number.to_numpy(), pa.int64()),
             "row": pa.array(long["row"].to_numpy(), pa.int64())}
        )  # fmt: skip
        unused = self.read - self.out_of_scope - self.duplicate - len(
            {v.row for v in self.refused} | set(long["row"])
        )
        assert unused == 0, f"{self.reader}: {unused} rows unaccounted for"
        table = self.layout.table
        return Translated(
            file=table.file,
            sheet=table.sheet,
            signature=table.signature,
            sample=table.sample,
            dataset=DATASET,
            reader=self.reader,
            records=pa.table({n: texts[n] for n in ("place", "month", "kind", "measure", "value",
                                                   "source")}),
            origin=origin,
            positions={"value": p} if (p := self.layout.columns.get("value")) is not None else {},
            counting="rows",
            read=self.read,
            out_of_scope=self.out_of_scope,
            duplicate=self.duplicate,
            refused=tuple(self.refused),
            noticed=tuple(self.noticed),
        )  # fmt: skip


def summed(rows: pd.DataFrame, column: str, kind: str, measure: str, origin: str) -> pd.DataFrame:
    """``long`` of one measure: the sum over the rows of a place and month; blanks have none."""
    long = rows[["row", "place", "month", "level"]].copy()
    long["kind"], long["measure"] = kind, measure
    long["source"] = origin + "/" + rows["level"]
    cells = rows.groupby(["place", "month", "level"])[column]
    long["value"] = cells.transform("sum").where(cells.transform("count") > 0)
    return long


def _month_of(text: str) -> str | None:
    try:
        return parse_month(str(text))
    except Exception:  # a label such as 2022-13 is no month either
        return None


def _american(texts: Iterable[str]) -> dict[str, str]:
    """``5/31/2022`` → ``2022-05-31`` for a column whose dates can only have the month first."""
    found = {text: parts for text in texts if (parts := _SLASHED.fullmatch(text))}
    first, second = ([int(parts[n]) for parts in found.values()] for n in (1, 2))
    if max(second, default=0) <= 12 or max(first) > 12:
        return {}
    return {text: f"{p[3]}-{int(p[1]):02d}-{int(p[2]):02d}" for text, p in found.items()}


def _number_of(text: str) -> float | None:
    from analytics.sources.values import parse_number

    try:
        return parse_number(text)
    except ValueError:
        return None


def _as_text(value: float) -> str:
    text = f"{float(value):.9f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def months_between(start: str, end: str) -> list[str]:
    """Every month from ``2022-01`` to ``2022-03``, both included."""
    first, last = parse_period(start), parse_period(end)
    return [
        f"{number // 12}-{number % 12 + 1:02d}"
        for number in range(
            first.start.year * 12 + first.start.month - 1,
            last.start.year * 12 + last.start.month,
        )
    ]


def day(text: str) -> str | None:
    """An ISO day, or None where the text is no date."""
    try:
        return parse_date(str(text)).isoformat()
    except (ValueError, OverflowError):
        return None
