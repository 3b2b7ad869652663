"""What groups come to: the sums, the two largest and the median of each cell.

SQL chooses the rows and numbers their keys; numpy adds up. Every question about a mart of groups,
stored or free, is answered here, from columns that are read once however many indicators and
dimensions are asked of them. Sums over rows that lie together cost a nanosecond or less a row,
where SQL takes ten; exact medians by ten dimensions were half of a build.

Sums are made in two steps: over the rows of each finest cell (one value of every key), then over
the cells of each set. Medians do not add up, so that their rows are taken together anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import duckdb
import numpy as np
import pandas as pd

from analytics.estimates.lots import BLOCK, Array, Lots, Room, lots_of
from analytics.estimates.medians import Ranked
from analytics.estimates.question import COLLECTED, Question
from analytics.indicator import Indicator

#: bytes that the rows of a part may take
PART = 768 * 1024 * 1024
#: rows read at a time
ROWS = 131072
#: rows of a cell that lie together, on average, where they are not worth being put in order
TOGETHER = 1024
#: parts worked on at a time: numpy adds up without holding up others
AT_A_TIME = 2


def in_parts(
    con: duckdb.DuckDBPyConnection, question: Question, columns: int
) -> Iterator[Question]:
    """The same question about as many whole periods at a time as memory holds.

    Args:
        columns: how many of the mart's are read.

    Yields:
        Questions, one of which has all of a cell; the question itself where its periods are not
        told apart or all fit together.
    """
    if "m.period" not in {expression for one in question.sets for expression in one}:
        yield question
        return
    found = con.execute(
        f"""SELECT m.period, min(m.period_kind), count(*) FROM {question.source}
        GROUP BY m.period ORDER BY m.period""",
        list(question.parameters),
    ).fetchall()
    # Beside columns: one more while they are put in order, ratios, and the order of each set.
    most = int(PART / 8 / (columns + 3 + len(question.sets)))
    sizes = {period: rows for period, _, rows in found}
    if sum(sizes.values()) <= most:
        yield question
        return
    kinds = [kind for _, kind, _ in found]
    for first, last in _ranges(sizes, most):
        # Of ranges a database can tell the files that hold none of them: of a list of periods, or
        # of two kinds, it would look through all.
        where = (
            f"({question.where}) AND m.period BETWEEN {_text(first)} AND {_text(last)} "
            f"AND m.period_kind BETWEEN {_text(min(kinds))} AND {_text(max(kinds))}"
        )
        yield replace(question, where=where)


def _ranges(sizes: dict[str, int], most: int) -> list[tuple[str, str]]:
    """The first and last of the periods of each part, in the order of their labels.

    A year lies in files of its own, which are read as a whole: it is divided only where it would
    be too large by itself.

    Args:
        sizes: period → its rows, in the order of labels (those of a year begin with it).
    """
    years: dict[str, list[str]] = {}
    for period in sizes:
        years.setdefault(period[:4], []).append(period)
    ranges: list[tuple[str, str]] = []
    room = 0
    for periods in years.values():
        whole = sum(sizes[period] for period in periods)
        for few in [periods] if whole <= most else [[period] for period in periods]:
            rows = sum(sizes[period] for period in few)
            if ranges and rows <= room:
                ranges[-1] = ranges[-1][0], few[-1]
                room -= rows
            else:
                ranges.append((few[0], few[-1]))
                room = most - rows
    return ranges


@dataclass(frozen=True)
class Rows:
    """Rows of groups, those of a finest cell side by side.

    Attributes:
        names: key → what its codes stand for, None last.
        codes: key → (cells,) its code in each finest cell.
        cells: the rows of each finest cell; one of more than ``BLOCK`` rows, or whose rows lie in
            few places, is several, which come together again in every set.
        size: how many rows there are.
        order: (rows,) what puts rows as they are read into this order, None where they are in it.
        columns: name → (rows,) numbers, NaN where there is none.
        room: for more of them.
    """

    names: dict[str, Array]
    codes: dict[str, Array]
    cells: Lots
    size: int
    order: Array | None
    columns: dict[str, Array]
    room: Room = field(default_factory=Room)
    _sets: dict[tuple[str, ...], tuple[Lots, Lots]] = field(default_factory=dict)

    def blocks(self) -> Iterator[tuple[slice, Array, dict[str, Array]]]:
        """Their place, the starts of their cells, and the columns of about ``BLOCK`` rows each."""
        starts = self.cells.starts
        first = 0
        while first < len(starts):
            last = max(first + 1, int(np.searchsorted(starts, starts[first] + BLOCK)))
            end = starts[last] if last < len(starts) else self.size
            place = slice(starts[first], end)
            block = {name: column[place] for name, column in self.columns.items()}
            yield place, starts[first:last] - starts[first], block
            first = last

    def set_of(self, keys: tuple[str, ...]) -> tuple[Lots, Lots]:
        """The lots of cells, and of rows, with the same value of each of ``keys``."""
        if keys not in self._sets:
            lots = lots_of(_combined([self.codes[key] for key in keys], len(self.cells.starts)))
            sizes = self.cells.sizes(self.size)
            ends = np.cumsum(lots.put(sizes))
            starts = np.concatenate([[0], ends])[lots.starts]
            order = None
            if lots.order is not None:
                # Cells move as they are: each row by as much as the first one of its cell.
                moved = self.cells.starts[lots.order] - (ends - lots.put(sizes))
                order = np.arange(self.size) + np.repeat(moved, lots.put(sizes))
            self._sets[keys] = lots, Lots(starts, order)
        return self._sets[keys]


def _combined(codes: Sequence[Array], things: int) -> Array:
    """One code for each combination of codes, in their order."""
    combined = np.zeros(things, np.int64)
    bound = 1
    for code in codes:
        size = int(code.max()) + 1 if len(code) else 1
        if bound * size > 2**62:
            combined = np.unique(combined, return_inverse=True)[1]
            bound = int(combined.max()) + 1
        combined = combined * size + code
        bound *= size
    return combined


@dataclass
class Reading:
    """Rows of groups as questions ask for them; the same ones are put in order once.

    Attributes:
        names: key (an expression over ``m``) → the values it takes.
        columns: what is going to be asked for.
    """

    con: duckdb.DuckDBPyConnection
    names: dict[str, list[str]]
    columns: Sequence[str]
    room: Room = field(default_factory=Room)
    _held: dict[tuple[str, tuple[object, ...]], Rows] = field(init=False, default_factory=dict)

    def forget(self) -> None:
        """Let go of what was read, for others to be read in its place."""
        for rows in self._held.values():
            for column in rows.columns.values():
                self.room.give(column)
        self._held.clear()

    def sums(self, question: Question) -> pd.DataFrame:
        """As ``sums.sums_in_sql``."""
        return sums_of(self._rows(question), question)

    def _rows(self, question: Question) -> Rows:
        asked = question.rows(), tuple(question.values)
        if asked not in self._held:
            # All at once: asked again, rows may come in another order.
            self._held[asked] = self._in_order(self._read(*asked))
        return self._held[asked]

    def _read(self, relation: str, values: Sequence[object]) -> dict[str, Array]:
        chosen = {f"k{n}": _code(*known) for n, known in enumerate(self.names.items())}
        chosen |= {
            f"c{n}": f"coalesce(CAST(m.{name} AS DOUBLE), 'nan'::DOUBLE)"
            for n, name in enumerate(self.columns)
        }
        told = ", ".join(f"{expression} AS {name}" for name, expression in chosen.items())
        [(size,)] = self.con.execute(f"SELECT count(*) FROM {relation}", list(values)).fetchall()
        read = {
            name: np.empty(size, np.uint32) if name[0] == "k" else self.room.take(size)
            for name in chosen
        }
        # Some rows at a time: all at once would be held twice.
        asked = self.con.sql(f"SELECT {told} FROM {relation}", params=list(values))
        first = 0
        for some in asked.to_arrow_reader(ROWS):
            last = first + some.num_rows
            for name, column in zip(chosen, some.columns, strict=True):
                read[name][first:last] = column.to_numpy(zero_copy_only=False)
            first = last
        return read

    def _in_order(self, read: dict[str, Array]) -> Rows:
        size = len(read["c0"])
        codes = {key: read.pop(f"k{n}") for n, key in enumerate(self.names)}
        combined = _combined(list(codes.values()), size)
        cells = Lots(np.flatnonzero(np.diff(combined, prepend=-1)))
        if len(cells.starts) > size // TOGETHER:
            cells = lots_of(combined)
        starts = np.union1d(cells.starts, np.arange(0, size, BLOCK))
        first = starts if cells.order is None else cells.order[starts]
        columns = {}
        for n, name in enumerate(self.columns):
            # Each is let go of as it was read. No position is beyond the end, which take need not
            # look at.
            column = read.pop(f"c{n}")
            columns[name] = column
            if cells.order is not None:
                out = self.room.take(size)
                columns[name] = np.take(column, cells.order, mode="clip", out=out)
                self.room.give(column)
        return Rows(
            {key: np.array([*found, None], object) for key, found in self.names.items()},
            {key: code[first] for key, code in codes.items()},
            Lots(starts), size, cells.order, columns, self.room,
        )  # fmt: skip


def reading_of(
    con: duckdb.DuckDBPyConnection, question: Question, indicators: Iterable[Indicator]
) -> Reading:
    """A reading for a question, or several by its keys about its rows or a part of them.

    Args:
        indicators: what will be asked about.
    """
    known = question.mart.columns
    columns = list(dict.fromkeys(name for one in indicators for name in columns_of(one, known)))
    keys = list(dict.fromkeys(expression for one in question.sets for expression in one))
    if not keys:
        return Reading(con, {}, columns)
    lists = [
        f"list_sort(list(DISTINCT CAST({key} AS VARCHAR)) FILTER (WHERE {key} IS NOT NULL))"
        for key in keys
    ]
    sql = f"SELECT {', '.join(lists)} FROM {question.source}"
    [found] = con.execute(sql, list(question.parameters)).fetchall()
    names = {key: values or [] for key, values in zip(keys, found, strict=True)}
    return Reading(con, names, columns)


def columns_of(indicator: Indicator, known: frozenset[str]) -> list[str]:
    """The mart's columns that an indicator's cells are made of."""
    wanted = [indicator.numerator, indicator.denominator, "members", indicator.population]
    wanted += [f"caveat_{code}" for code in indicator.cell_caveats]
    return list(dict.fromkeys(name for name in wanted if name in known))


def _code(key: str, found: Sequence[str]) -> str:
    """The position of a key's value among those it takes, after the last where it has none."""
    if not found:
        return "0::UINTEGER"
    values = ", ".join(map(_text, found))
    return (
        f"CAST(coalesce(enum_code(CAST(CAST({key} AS VARCHAR) AS ENUM({values}))), {len(found)}) "
        "AS UINTEGER)"
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def sums_of(rows: Rows, question: Question) -> pd.DataFrame:
    """The sums behind a question about groups, one row a cell of each of its sets."""
    if not rows.size:
        if question.sets != ((),):
            types = dict.fromkeys(question.keys, object)
            types |= dict.fromkeys(_measures(question.indicator), float)
            return pd.DataFrame({name: np.empty(0, kind) for name, kind in types.items()})
        # The one cell of a question without keys is there whether or not anything is in it.
        nothing = dict.fromkeys(rows.columns, np.full(1, np.nan))
        rows = Rows({}, {}, Lots(np.zeros(1, int)), 1, None, nothing)
    finest, ratio = _finest(rows, question.indicator)
    ranked = None if ratio is None else Ranked.of(ratio)
    sets = [_of_set(rows, question, one, finest, ranked) for one in question.sets]
    if ratio is not None:
        rows.room.give(ratio)
    return pd.DataFrame({name: np.concatenate([one[name] for one in sets]) for name in sets[0]})


def _measures(indicator: Indicator) -> list[str]:
    return [*COLLECTED, *(f"caveat_{code}" for code in indicator.cell_caveats)]


def _finest(rows: Rows, indicator: Indicator) -> tuple[dict[str, Array], Array | None]:
    """The measures of each finest cell but the median, and each row's ratio (NaN where none)."""
    ratio = rows.room.take(rows.size) if indicator.denominator else None
    blocks = [
        _of_block(block, Lots(starts), indicator, None if ratio is None else ratio[place])
        for place, starts, block in rows.blocks()
    ]
    return {name: np.concatenate([one[name] for one in blocks]) for name in blocks[0]}, ratio


def _of_block(
    columns: dict[str, Array], cells: Lots, indicator: Indicator, ratio: Array | None
) -> dict[str, Array]:
    """The measures of a few finest cells; ``ratio`` is filled where there is one."""
    y = columns[indicator.numerator]
    x = columns[indicator.denominator] if indicator.denominator else np.ones(len(y))
    people = _or_none(columns["members"])
    lacks = np.isnan(x + y)
    n_groups = cells.sizes(len(y)).astype(float)
    some_lack = lacks.any()
    if some_lack:
        y, x, people = (np.where(lacks, 0.0, values) for values in (y, x, people))
        n_groups -= cells.sums(lacks.astype(float))
    found = {
        "n_groups": n_groups,
        "n_people": cells.sums(people),
        "nn": cells.sums(y * y),
        "nd": cells.sums(x * y),
        "dd": cells.sums(x * x),
    }
    if (population := columns.get(indicator.population)) is not None:
        found["expected"] = cells.sums(_or_none(population))
    else:
        found["expected"] = np.zeros(len(cells.starts))
    for name, values in (("numerator", y), ("denominator", x)):
        found[name] = found[f"{name}_absolute"] = cells.sums(values)
        absolute = values
        if values.min() < 0:
            absolute = np.abs(values)
            found[f"{name}_absolute"] = cells.sums(absolute)
        known = np.where(lacks, -1.0, absolute) if some_lack else absolute
        tops = two_largest(known, None, cells)
        found[f"{name}_top1"], found[f"{name}_top2"] = tops
    for code in indicator.cell_caveats:
        found[f"caveat_{code}"] = cells.largest(_or_none(columns[f"caveat_{code}"]))
    if ratio is not None:
        none = x == 0
        with np.errstate(divide="ignore", invalid="ignore"):
            np.divide(y, x, out=ratio)
        ratio[none] = np.nan
        found["ratios"] = cells.sizes(len(y)) - cells.sums(none.astype(float))
    return found


def _or_none(values: Array) -> Array:
    """Nothing counts as none."""
    return np.where(np.isnan(values), 0.0, values)


def _of_set(
    rows: Rows, question: Question, keys: tuple[str, ...],
    finest: dict[str, Array], ranked: Ranked | None,
) -> dict[str, Array]:  # fmt: skip
    """The measures of the cells of one set, with their keys."""
    lots, members = rows.set_of(keys)
    found: dict[str, Array] = {}
    first = lots.starts if lots.order is None else lots.order[lots.starts]
    told = {key: rows.names[key][rows.codes[key][first]] for key in keys}
    for name, expression in question.keys.items():
        if expression in told:
            found[name] = told[expression]
        else:
            # Of sets by one dimension at a time that dimension stands last.
            alone = np.full(len(first), keys[-1].removeprefix("m."), object)
            found[name] = alone if name == "dimension" else told[keys[-1]]
    made = {name: lots.sums(values) for name, values in finest.items() if "_top" not in name}
    for name in ("numerator", "denominator"):
        tops = two_largest(finest[f"{name}_top1"], finest[f"{name}_top2"], lots)
        for place, top in zip((1, 2), tops, strict=True):
            made[f"{name}_top{place}"] = np.where(top < 0, np.nan, top)
    nobody = made["n_groups"] == 0
    for name in set(COLLECTED) & made.keys() - {"n_groups", "n_people", "expected"}:
        made[name] = np.where(nobody, np.nan, made[name])
    made["median"] = np.full(len(first), np.nan)
    if ranked is not None:
        made["median"] = ranked.medians(made["ratios"].astype(int), members)
    for code in question.indicator.cell_caveats:
        made[f"caveat_{code}"] = lots.largest(finest[f"caveat_{code}"])
    return found | {name: made[name] for name in _measures(question.indicator)}


def two_largest(first: Array, second: Array | None, lots: Lots) -> tuple[Array, Array]:
    """The two largest in each lot of pairs, the larger of each in ``first``; -1 stands for none.

    Args:
        second: None where nothing is paired.
    """
    top, put = lots.largest(first), lots.put(first)
    where = np.flatnonzero(put == np.repeat(top, lots.sizes(len(put))))
    # The first of the largest in each lot; another that is as large is the second.
    rest = put.copy()
    rest[where[np.searchsorted(where, lots.starts)]] = -1.0
    if second is not None:
        rest = np.maximum(rest, lots.put(second))
    return top, np.maximum.reduceat(rest, lots.starts)
