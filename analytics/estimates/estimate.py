"""The one way to a number: ``estimate(reader, indicator, selection)``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from typing import Any

from analytics.disclosure.gate import allow
from analytics.errors import UserError
from analytics.estimates.compute import MEASURES, compute
from analytics.estimates.mart import on_demand, places_in_span
from analytics.geography.places import COUNTRY, cercles, region_units, resolve
from analytics.indicator import Indicator
from analytics.period import Period, latest_full, parse_period, period_of, periods_between
from analytics.selection import Selection, column_of, values_of
from analytics.warehouse.read import Build, Reader


@dataclass(frozen=True)
class Row:
    """One cell of an answer.

    ``keys`` maps each breakdown to its value. ``n_groups`` and ``n_people`` are counts for staff
    and bands (text) for the public; ``bound`` tells that a public 0 % or 100 % is only
    ``under`` / ``over`` the value; ``coverage`` is groups counted / groups expected; ``caveats``
    are codes of what is particular to this cell (``caveat.*`` in the catalogues).
    """

    keys: dict[str, str]
    status: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    median: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    n_groups: int | str | None = None
    n_people: int | str | None = None
    coverage: float | None = None
    bound: str | None = None
    caveats: tuple[str, ...] = ()

    @property
    def published(self) -> bool:
        return self.status == "published"


@dataclass(frozen=True)
class Estimates:
    """The answer to one question, with all that a figure needs to say where it comes from.

    ``period`` is the period that every row belongs to, where the question has no breakdown of
    time.
    """

    indicator: Indicator
    selection: Selection
    build: Build
    rows: tuple[Row, ...]
    period: Period | None = None

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    @property
    def period_label(self) -> str:
        """The label of the one period, empty where there are several."""
        return self.period.label if self.period else ""

    @property
    def caveats(self) -> tuple[str, ...]:
        """What limits the rows shown, what is particular to them first."""
        own = (code for row in self.published for code in row.caveats)
        cut = ("shock_cut",) if "shock" in self.selection.divided_by else ()
        return tuple(dict.fromkeys((*cut, *own, *self.indicator.caveats)))

    @property
    def sensitivity(self) -> str:
        """Who may pass the answer on: ``open``, else the role it was made for."""
        return "open" if self.indicator.klass == "open" else self.selection.role

    def sentence(self, lang: str) -> str:
        """The question in words."""
        return self.selection.sentence(lang, self.indicator)

    @property
    def published(self) -> list[Row]:
        return [row for row in self.rows if row.published]

    def series(self) -> list[tuple[str, Row]]:
        """``(period, row)`` of a question by time alone."""
        time = self.selection.time
        return [(row.keys[time], row) for row in self.rows] if time else []

    def records(self) -> list[dict[str, Any]]:
        """One dictionary a row, columns as the command line promises them."""
        return [
            {
                **row.keys,
                "value": row.value,
                "low": row.low,
                "high": row.high,
                "numerator": row.numerator,
                "denominator": row.denominator,
                "n_groups": row.n_groups,
                "n_people": row.n_people,
                "unit": self.indicator.unit,
                "status": row.status,
                "build_id": self.build.build_id,
            }
            for row in self.rows
        ]


def estimate(reader: Reader, indicator: Indicator, selection: Selection) -> Estimates:
    """Answer a question, as the role may see it.

    Without a breakdown of time the answer covers one period: the span from ``start`` to ``end``
    (each group counts with its last observation in it), or, where neither is given, the latest
    full period the role may see (quarter for rates, year for totals and for the public's totals).

    Raises:
        NotAllowed: when the role may not ask it.
        UserError: when it names a place, value or period that does not exist.
    """
    allow(indicator, selection)
    selection = _with_known_values(reader, indicator, selection)
    question = _Question(reader, indicator, selection)
    rows = question.read_stored() if question.stored else question.compute_free()
    return Estimates(
        indicator, selection, reader.build, tuple(question.complete(rows)), question.period
    )


def _with_known_values(reader: Reader, indicator: Indicator, selection: Selection) -> Selection:
    """Filters on places by slug; the public sees a region in the unit it is published in."""
    filters = []
    gated = _gated(indicator, selection)
    for name, value in selection.filters:
        known = values_of(name, indicator)
        if known and value not in known:
            raise UserError("filter_value", name=name, value=value, expected=", ".join(known))
        if name == "region":
            if value not in reader.units[selection.division].values():
                value = _slug(value, "region")
            if gated:
                value = reader.unit_of(value, selection.division)
            elif value not in reader.units[selection.division]:
                raise UserError("not_a_region", value=value, division=selection.division)
        elif name == "cercle":
            value = _slug(value, "cercle")
        filters.append((name, value))
    return replace(selection, filters=tuple(filters))


def _slug(value: str, level: str) -> str:
    try:
        return resolve(value, level=level).place
    except ValueError as error:
        near = getattr(error, "suggestions", None) or [""]
        raise UserError("unknown_place", value=value, suggestion=near[0]) from None


def _gated(indicator: Indicator, selection: Selection) -> bool:
    """Whether people stand behind the figures and the asker may not see them exactly."""
    return selection.role == "public" and indicator.klass != "open"


class _Question:
    """One estimate being answered."""

    def __init__(self, reader: Reader, indicator: Indicator, selection: Selection) -> None:
        self.reader, self.indicator, self.selection = reader, indicator, selection
        self.public = selection.role == "public"
        self.gated = _gated(indicator, selection)
        self.divided = selection.divided_by
        self.period = None if selection.time else self._single_period()
        #: the kind of period stored estimates have; None for a free span
        self.kind = selection.time or (self.period.kind if self.period else None)

    @property
    def stored(self) -> bool:
        """Whether the build already made this answer."""
        exact = not self.gated and any(on_demand(self.indicator, n) for n in self.divided)
        if self.kind == "month" and self.divided and self.indicator.klass != "open":
            return False
        return len(self.divided) <= 1 and self.kind is not None and not exact

    def _single_period(self) -> Period | None:
        first, last = self.selection.first, self.selection.last
        if first and last and first.start == last.start and first.end == last.end:
            return first
        if first or last:
            return None
        quarterly = self.indicator.klass != "total" and "quarter" in self.indicator.breakdowns
        return self._latest("quarter" if quarterly else "year")

    def _latest(self, kind: str) -> Period:
        """The latest full period that the role sees anything of."""
        build, limit = self.reader.build, self._limit()
        if self.indicator.waves:
            # Between two waves there is nothing: a wave counts once its period has ended.
            waves = self.reader.periods_with_values(self.indicator.id, kind)
            ended = [wave for wave in waves if wave.end <= min(build.built_on, limit)]
            if ended:
                return ended[-1]
        span = self.reader.span(self.indicator.id)
        if span and self.indicator.klass == "open":
            # Feeds pause for months and years: the last full period that one speaks of, or else
            # the last one, a month of which is all there is.
            known = self.reader.periods_with_values(self.indicator.id, kind)
            if found := [p for p in known if p.end <= span[1]] or known:
                return found[-1]
        # A year of projects is known by its label alone; one that is not over is not full.
        return latest_full(min(span[1] if span else limit, build.built_on, limit), kind)

    def _limit(self) -> date:
        """The last day that the role may see."""
        return self.reader.build.public_until.end if self.gated else date.max

    # --- stored answers --------------------------------------------------------------------------

    def _dimension(self) -> str:
        if not self.divided:
            return "nation"
        if self.divided[0] == "region":
            return f"{'unit' if self.gated else 'region'}_{self.selection.division}"
        return self.divided[0]

    def read_stored(self) -> list[Row]:
        table = "estimate_public" if self.public else "estimate"
        measures = (
            ("status", "value", "low", "high", "median", "n_groups", "n_people", "coverage",
             "bound", "caveats")
            if self.public
            else MEASURES
        )  # fmt: skip
        where = {"indicator": self.indicator.id, "dimension": self._dimension(),
                 "period_kind": self.kind or ""}  # fmt: skip
        if self.period:
            where["period"] = self.period.label
        if only := self.selection.value_of(self.divided[0]) if self.divided else COUNTRY:
            where["key"] = only
        rows = []
        for period, key, *values_ in self.reader.cells(table, measures, **where):
            if not self._within(period):
                continue
            keys = {n: period if n == self.selection.time else key for n in self.selection.by}
            named = dict(zip(measures, values_, strict=True))
            rows.append(_public_row(keys, named) if self.public else self._staff_row(keys, named))
        return rows

    def _within(self, label: str) -> bool:
        period = parse_period(label)
        first, last = self.selection.first, self.selection.last
        return (first is None or period.end >= first.start) and (
            last is None or period.start <= last.end
        )

    # --- free questions (staff) ------------------------------------------------------------------

    def compute_free(self) -> list[Row]:
        selection, mart = self.selection, self.indicator.mart
        own: tuple[str, ...] = self.indicator.numerator_by
        parted = {name: selection.value_of(name) for name in selection.divided_by if name in own}
        common = tuple(pair for pair in selection.filters if pair[0] not in own)
        where, values = selection.with_(filters=common).where()
        keys = {name: self._expression(name) for name in selection.by}
        relation = None
        if self.kind:
            where += " AND period_kind = ?"
            values.append(self.kind)
            if self.period:
                where += " AND period = ?"
                values.append(self.period.label)
        else:
            relation = self._rows_in_span(mart)
            values = [*self._span(), *values]
        frame = self.reader.run(
            lambda cursor: compute(cursor, self.indicator, keys, where, values, relation, parted)
        )
        rows = []
        for record in frame.to_dict("records"):
            named = {name: _plain(record[name]) for name in MEASURES}
            answer = {name: str(record[name]) for name in selection.by}
            if selection.time and not self._within(answer[selection.time]):
                continue
            rows.append(self._staff_row(answer, named))
        return rows

    def _expression(self, name: str) -> str:
        if name == self.selection.time:
            return "m.period"
        if name == "cercle" and self.indicator.klass != "open":
            return "coalesce(m.cercle, 'not_specified')"
        return f"m.{column_of(name, self.selection.division)}"

    def _rows_in_span(self, mart: str) -> str:
        """The mart's months in a span of days, each group or person once: with its last one.

        Raises:
            UserError: where the mart has no months to make a span of.
        """
        columns = self.reader.columns(mart)
        kinds = {kind for kind, _ in self.reader.periods(self.indicator.id)}
        if "month" not in kinds:
            raise UserError("no_free_span", indicator=self.indicator.id)
        months = f"{mart} WHERE period_kind = 'month' AND period_start >= ? AND period_end <= ?"
        if "place_level" in columns:
            return places_in_span(months, columns)
        case = "person" if "person" in columns else "group_id"
        return f"""(SELECT * FROM (
            SELECT *, row_number() OVER (
                PARTITION BY {case} ORDER BY reported DESC NULLS LAST, period DESC) AS _last
            FROM {months})
            WHERE _last = 1)"""

    def _span(self) -> list[object]:
        first, last = self.selection.first, self.selection.last
        known = self.reader.span(self.indicator.id)
        end = last.end if last else known[1] if known else None
        return [
            first.start if first else known[0] if known else None,
            period_of(end, "month").end if end else None,
        ]

    # --- completing ------------------------------------------------------------------------------

    def complete(self, rows: list[Row]) -> Iterable[Row]:
        """Every cell the question names, in reading order; what has no rows is ``no_data``."""
        by = self.selection.by
        if not by:
            return rows or [Row(keys={}, status="no_data")]
        known = {tuple(row.keys[name] for name in by): row for row in rows}
        values = [self._values(name, rows) for name in by]
        if len(by) > 2:
            # The product of three breakdowns is mostly cells that never existed.
            return [known[key] for key in sorted(known)]
        return [
            known.get(key) or Row(keys=dict(zip(by, key, strict=True)), status="no_data")
            for key in product(*values)
        ]

    def _values(self, name: str, rows: list[Row]) -> list[str]:
        present = sorted({row.keys[name] for row in rows})
        only = self.selection.value_of(name)
        if only:
            return [only]
        if name == self.selection.time:
            return self._periods(name, present)
        if name == "region":
            units = self.reader.units[self.selection.division]
            order = [region.slug for region in region_units(self.selection.division)]
            if self.gated:
                order = list(dict.fromkeys(units[region] for region in order))
        elif name == "cercle":
            order = [cercle.slug for cercle in cercles()]
        else:
            order = list(values_of(name, self.indicator))
        return order + [value for value in present if value not in order]

    def _periods(self, kind: str, present: list[str]) -> list[str]:
        known, first, last = (
            self.reader.span(self.indicator.id), self.selection.first, self.selection.last
        )  # fmt: skip
        if known is None:
            return present
        until = min(known[1], self._limit())
        start = max(known[0], first.start) if first else known[0]
        end = min(until, last.end) if last else until
        labels = [p.label for p in periods_between(start, end, kind)] if start <= end else []
        if self.gated and labels and parse_period(labels[-1]).end > self._limit():
            labels.pop()
        return labels

    def _staff_row(self, keys: dict[str, str], named: dict[str, Any]) -> Row:
        named = {name: _plain(value) for name, value in named.items()}
        groups, expected = int(named["n_groups"] or 0), int(named["expected"] or 0)
        people = int(named["n_people"] or 0)
        # Behind a figure about places stand no groups, so that there is none to count.
        of_places = self.indicator.klass == "open"
        empty = named["value"] is None or (not people and not of_places)
        return Row(
            keys=keys,
            status="no_data" if empty else "published",
            value=named["value"],
            low=named["low"],
            high=named["high"],
            median=named["median"],
            numerator=named["numerator"],
            denominator=named["denominator"],
            n_groups=None if of_places else groups,
            n_people=None if of_places else people,
            coverage=min(1.0, groups / expected) if expected else None,
            caveats=_codes(named["caveats"]),
        )


def _plain(value: Any) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return value.item() if hasattr(value, "item") else value


def _public_row(keys: dict[str, str], named: dict[str, Any]) -> Row:
    return Row(keys=keys, **{**named, "caveats": _codes(named["caveats"])})


def _codes(text: str | None) -> tuple[str, ...]:
    return tuple(text.split()) if text else ()
