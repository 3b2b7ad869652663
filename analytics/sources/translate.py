"""A mapping carried out: a partner's rows → records of ours, each with the way back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

import pandas as pd
import pyarrow as pa
from rapidfuzz import process

from analytics.errors import UserError
from analytics.geography.places import normalise
from analytics.period import parse_period
from analytics.sources.choices import ticked
from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.feeds.layout import Layout, is_hxl
from analytics.sources.files import Table
from analytics.sources.findings import Violation, Warned
from analytics.sources.ledger import meetings
from analytics.sources.mapping import (
    Headers,
    Mapping,
    Source,
    TableMapping,
    header_key,
    header_of,
    position_of,
)
from analytics.sources.personal import mask
from analytics.sources.recognise import MARKER
from analytics.sources.translation import Translated
from analytics.sources.values import is_blank, parse_date, parse_month, parse_number


def translate(table: Table, mapping: Mapping) -> list[Translated]:
    """The datasets that a mapping makes of a table.

    Raises:
        UserError: naming the header that is missing, and the nearest one there is.
    """
    return [_Job(table, mapping, made).run() for made in mapping.tables]


class _Job:
    """One dataset being made. ``rows`` holds their cells, one column a position; ``row`` beside."""

    def __init__(self, table: Table, mapping: Mapping, made: TableMapping) -> None:
        self.table, self.mapping, self.made = table, mapping, made
        self.columns = columns_of(DATASETS[made.dataset])
        index, self.found, missing = header_of(table, mapping, list(self._needed()))
        if missing:
            self._complain(missing[0])
        following = table.sample[index + 1] if index + 1 < len(table.sample) else []
        self.header = [cell or "" for cell in table.sample[index]]
        places = {str(position): position for position in range(len(self.header))}
        layout = Layout(table, index + 1 + is_hxl(following), tuple(self.header), places)
        self.rows = layout.frame()
        self.read = len(self.rows)
        self.noticed: list[Warned] = []
        self.left = 0
        self.refused: list[Violation] = []

    # --- their columns ---------------------------------------------------------------------------

    def _needed(self) -> Iterable[tuple[str, ...]]:
        """Headers without which the mapping cannot go on."""
        for name, source in self.made.columns.items():
            # A column that may be empty in ours may be missing in theirs.
            if self.columns[name].required and source.default is None and not source.first:
                yield from source.wanted
        for choice in (self.made.only, self.made.skip):
            yield from ((header,) for header in choice)
        if ledger := self.made.ledger:
            yield from (ledger.group, ledger.meeting, ledger.member)
            for name, part in ledger.parts.items():
                if part.header and self.columns[name].required:
                    yield part.header
                yield from ((header,) for header in part.where)

    def _complain(self, missing: tuple[str, ...]) -> None:
        shown = [cell for row in self.table.sample[:25] for cell in row if cell]
        near = process.extractOne(missing[0], shown)
        raise UserError(
            "mapping_does_not_fit", file=self.table.label, mapping=self.mapping.id,
            missing=missing[0], nearest=near[0] if near else "–",
        )  # fmt: skip

    def _at(self, names: Headers) -> int | None:
        return position_of(names, self.found)

    def _cells(self, names: Headers) -> pd.Series:
        """A column of theirs as text, blanks as None; all blank where they have none."""
        position = self._at(names)
        if position is None:
            return pd.Series([None] * len(self.rows), index=self.rows.index, dtype=object)
        return self.rows[str(position)]

    # --- rows left aside -------------------------------------------------------------------------

    def _choose_rows(self) -> None:
        for header, values in self.made.only.items():
            self._leave(~self._is_one_of(header, values), header)
        for header, values in self.made.skip.items():
            self._leave(self._is_one_of(header, values), header)

    def _is_one_of(self, header: str, values: Headers) -> pd.Series:
        wanted = {normalise(value) for value in values}
        cells = self._cells((header,))
        # "TOTAL SEGOU" is a total like "TOTAL".
        known = {
            cell: any(normalise(cell) == w or normalise(cell).startswith(f"{w}-") for w in wanted)
            for cell in cells.dropna().unique()
        }
        return cells.map(known).eq(True)

    def _leave(self, mask: pd.Series, header: str) -> None:
        if count := int(mask.sum()):
            self.left += count
            self.noticed.append(Warned("rows_left_aside", None, count, header))
            self.rows = self.rows[~mask].reset_index(drop=True)

    # --- records ---------------------------------------------------------------------------------

    def run(self) -> Translated:
        self._choose_rows()
        marker = self._cells((MARKER,))
        marked = bool(len(marker)) and marker.map(lambda c: normalise(c or "") == "true").all()
        if self.made.ledger:
            records, origin = self._from_ledger()
        elif self.made.wide:
            records, origin = self._from_columns()
        else:
            records, origin = self._from_rows()
        self._say_what_is_not_used()
        wide = self.made.wide is not None
        texts = {name: pa.array(records[name].tolist(), pa.string()) for name in records}
        return Translated(
            file=self.table.file,
            sheet=self.table.sheet,
            signature=self.table.signature,
            sample=[list(texts)],
            dataset=self.made.dataset,
            reader=self.mapping.id,
            records=pa.table(texts),
            origin=pa.Table.from_pandas(origin, preserve_index=False),
            positions=self._positions(),
            counting="records" if wide else "rows",
            read=self.read,
            out_of_scope=self.left,
            refused=tuple(self.refused),
            noticed=tuple(self.noticed),
            demonstration=marked,
        )

    def _say_what_is_not_used(self) -> None:
        """Columns that no part of the mapping names; never stored, they may identify someone."""
        names = [n for made in self.mapping.tables for n in _named(made)]
        used = {position_of(spellings, self.found) for spellings in names}
        prefixes = tuple(
            normalise(s.choices)
            for made in self.mapping.tables
            for s in made.columns.values()
            if s.choices
        )
        idle = [
            text
            for position, text in enumerate(self.header)
            if text and position not in used and normalise(text) != MARKER
            and not (prefixes and normalise(text).startswith(prefixes))
        ]  # fmt: skip
        if idle and not self.made.wide and self.made is self.mapping.tables[0]:
            shown = ", ".join(mask(text) for text in idle[:5])
            self.noticed.append(Warned("columns_not_used", None, len(idle), shown))

    def _positions(self) -> dict[str, int]:
        told = {name: source.wanted for name, source in self.made.columns.items()}
        if ledger := self.made.ledger:
            told |= {name: (part.header,) for name, part in ledger.parts.items() if part.header}
            told |= {"group_id": (ledger.group,), "obs_date": (ledger.meeting,)}
        found = {name: self._at(wanted[0]) for name, wanted in told.items() if wanted}
        return {name: position for name, position in found.items() if position is not None}

    def _from_rows(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        records = pd.DataFrame(
            {name: self._column(name, source) for name, source in self.made.columns.items()}
        )
        number = pd.Series(range(1, len(records) + 1), dtype="int64")
        if self.made.distinct:
            number = records.fillna("\x00").groupby(list(records), sort=False).ngroup() + 1
            records = records.groupby(number, sort=True).first().astype(object)
            records = records.where(records.notna(), None)
        return records, pd.DataFrame({"record": number.to_numpy(), "row": self.rows["row"]})

    def _from_columns(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """One record a filled cell of the columns of periods."""
        assert self.made.wide is not None
        wanted = re.compile(self.made.wide.columns, re.IGNORECASE)
        named = {name for source in self.made.columns.values() for (name, *_) in source.wanted}
        taken = {self._at((name,)) for name in named}
        periods = [
            (position, text)
            for position, text in enumerate(self.header)
            if text and position not in taken and wanted.fullmatch(text.strip())
        ]
        fixed = {
            name: self._column(name, source)
            for name, source in self.made.columns.items()
            if not source.written
        }
        frames, origins = [], []
        for position, text in periods:
            cells = self.rows[str(position)]
            filled = cells.notna()
            frame = pd.DataFrame({name: column[filled] for name, column in fixed.items()})
            for name, source in self.made.columns.items():
                if source.written == "header":
                    frame[name] = self._period(name, text)
                elif source.written == "value":
                    frame[name] = _worth(cells[filled], source)
            frames.append(frame)
            origins.append(pd.DataFrame({"row": self.rows["row"][filled], "position": position}))
        if not frames:
            return pd.DataFrame({n: [] for n in self.made.columns}), pd.DataFrame(
                {"record": [], "row": []}, dtype="int64"
            )
        records = pd.concat(frames, ignore_index=True)[list(self.made.columns)]
        origin = pd.concat(origins, ignore_index=True)
        origin.insert(0, "record", range(1, len(origin) + 1))
        return records, origin

    def _period(self, name: str, text: str) -> str:
        """A header that names a month or day, as our column wants it: dates end their month."""
        for read in (parse_month, lambda t: parse_date(t).isoformat()):
            try:
                found = read(text)
            except (ValueError, UserError):
                continue
            if self.columns[name].kind == "date" and len(found) == 7:
                return parse_period(found).end.isoformat()
            return found
        return text

    def _from_ledger(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        assert self.made.ledger is not None
        ledger = self.made.ledger
        parts = {
            name: (part, self._cells(part.header), [
                self._is_one_of(header, values) for header, values in part.where.items()
            ])
            for name, part in ledger.parts.items()
        }  # fmt: skip
        done = meetings(
            row=self.rows["row"],
            group=self._cells(ledger.group),
            meeting=self._cells(ledger.meeting),
            member=self._cells(ledger.member),
            cycle=self._cells(ledger.cycle),
            monthly=ledger.period == "month",
            parts=parts,
            positions={"group_id": self._at(ledger.group), "obs_date": self._at(ledger.meeting)},
        )
        self.refused += done.refused
        records = done.records
        for name, source in self.made.columns.items():
            first = self._column(name, source).iloc[: len(records)]
            records[name] = first.to_list() if source.constant is not None else None
        return records, done.origin

    # --- one column of ours ----------------------------------------------------------------------

    def _column(self, name: str, source: Source) -> pd.Series:
        if source.constant is not None:
            self.noticed.append(Warned("constant_used", name, len(self.rows), source.constant))
            return pd.Series([source.constant] * len(self.rows), dtype=object)
        if source.numbered:
            # Not the file's own code: a file put in another order gives its records other ones.
            self.noticed.append(Warned("numbered_by_row", name, len(self.rows), source.numbered))
            return source.numbered + self.rows["row"].astype(str)
        if source.choices:
            return self._chosen(name, source)
        if source.joined:
            parts = pd.concat([self._cells((header,)) for header in source.joined], axis=1)
            whole = parts.notna().all(axis=1)
            text = parts.fillna("").astype(str).agg(source.separator.join, axis=1)
            return text.where(whole, None)
        if source.added:
            return self._sum(source)
        cells = self._cells(source.header or source.first[:1])
        for header in source.first[1:]:
            cells = cells.where(cells.notna(), self._cells((header,)))
        cells = self._mapped(cells, source)
        if source.default is not None and (blank := cells.isna()).any():
            self.noticed.append(Warned("default_used", name, int(blank.sum()), source.default))
            cells = cells.where(~blank, source.default)
        return _worth(cells, source)

    @staticmethod
    def _mapped(cells: pd.Series, source: Source) -> pd.Series:
        if not source.values:
            return cells
        ours = {normalise(theirs): value for theirs, value in source.values.items()}
        told = {cell: ours.get(normalise(cell), cell) for cell in cells.dropna().unique()}
        return cells.map(told).astype(object).where(cells.notna(), None)

    def _sum(self, source: Source) -> pd.Series:
        """Numbers of several columns added up; one that is no number stands alone, to be seen."""
        columns = [self._cells((header,)) for header in source.added]

        def add(*cells: str | None) -> str | None:
            filled = [cell for cell in cells if not is_blank(cell)]
            try:
                total = sum(Decimal(repr(parse_number(str(cell)))) for cell in filled)
            except ValueError:
                return next(cell for cell in filled if not _is_number(str(cell)))
            return _plain(Decimal(total) * Decimal(repr(source.unit))) if filled else None

        return pd.Series([add(*cells) for cells in zip(*columns, strict=True)], dtype=object)

    def _chosen(self, name: str, source: Source) -> pd.Series:
        """0/1 columns, one a code → our codes separated by spaces; all blank stays blank."""
        prefix = normalise(source.choices)
        chosen: dict[str, pd.Series] = {}
        for position, text in enumerate(self.header):
            key = normalise(text)
            head, _, code = text.rpartition("/")
            if not head:
                head, _, code = text.rpartition(".")
            if (code and key.startswith(prefix)) or header_key(head) == prefix:
                chosen[source.values.get(code, code)] = self.rows[str(position)]
        if not chosen:
            return pd.Series([None] * len(self.rows), dtype=object)
        ticks = [ticked(column, code) for code, column in chosen.items()]
        cells = [" ".join(filter(None, row)) or None for row in zip(*ticks, strict=True)]
        return pd.Series(cells, dtype=object)


def _named(made: TableMapping) -> Iterable[Headers]:
    """Every header a table mapping speaks of, each with its accepted spellings."""
    for source in made.columns.values():
        yield from source.wanted
    yield from ((header,) for header in (*made.only, *made.skip))
    if ledger := made.ledger:
        yield from (ledger.group, ledger.meeting, ledger.member, ledger.cycle)
        for part in ledger.parts.values():
            yield part.header
            yield from ((header,) for header in part.where)


def _worth(cells: pd.Series, source: Source) -> pd.Series:
    """Numbers in our unit, exactly; what is no number passes as it is."""
    if source.unit == 1:
        return cells
    factor = Decimal(repr(source.unit))
    told = {
        cell: _plain(Decimal(repr(parse_number(cell))) * factor) if _is_number(cell) else cell
        for cell in cells.dropna().unique()
        if not is_blank(cell)
    }
    return cells.map(told).astype(object).where(cells.notna(), None)


def _is_number(cell: str) -> bool:
    try:
        parse_number(cell)
    except ValueError:
        return False
    return True


def _plain(number: Decimal) -> str:
    """``1234500`` or ``12.5``: never an exponent."""
    whole = number.to_integral_value()
    return str(int(whole)) if whole == number else format(number.normalize(), "f")
