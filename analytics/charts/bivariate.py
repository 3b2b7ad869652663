"""Two indicators of the same places on one map: three classes of each, nine colours, nine codes.

The colours, blue across and ochre up, are told apart by colour-blind readers (a test simulates
them; the usual rose and blue fail it). Each area bears its code as well, so that nothing rests on
colour alone.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from analytics.charts import Figure, areas, maps, theme, words
from analytics.charts.areas import Area, Base, Outline
from analytics.charts.labels import label_annotations, short_name
from analytics.estimates.estimate import Estimates, Row
from analytics.geography.places import NOT_SPECIFIED
from analytics.text import join_words, say
from analytics.text.numbers import format_value

#: rows: the second indicator from low to high; columns: the first
COLOURS = (
    ("#F2EFE8", "#B5CFE4", "#5B9FD0"),
    ("#F3C98F", "#A9A49C", "#4A7690"),
    ("#D9861F", "#8F6230", "#26323D"),
)
LETTERS = "ABC"
#: fewer places than this make no thirds
LEAST = 6
#: the colours on which white is read better than ink: (column, row)
_DARK = ((2, 1), (1, 2), (2, 2))
_KEY = 116
_SIDE = 28
_NAMED = 4

Cuts = tuple[float, float]


@dataclass(frozen=True)
class _Both:
    """One area: its rows, and its classes (0 to 2 each) where both have a value."""

    area: Area
    first: Row
    second: Row
    classes: tuple[int, int] | None

    @property
    def code(self) -> str:
        return f"{LETTERS[self.classes[0]]}{self.classes[1] + 1}" if self.classes else ""

    @property
    def status(self) -> str:
        states = (self.first.status, self.second.status)
        return next((s for s in ("suppressed", "no_data") if s in states), "published")


def figure(
    first: Estimates,
    second: Estimates,
    lang: str,
    *,
    map_style: str = "tiles",
    outlines: Sequence[Outline] = (),
    highlight: str | None = None,
    first_cuts: Cuts | None = None,
    second_cuts: Cuts | None = None,
) -> Figure:
    """Draw two answers about the same places and the same period.

    Args:
        first: across the key (an exposure); ``second`` up the key (what groups did).
        first_cuts, second_cuts: stated cut-offs, the upper end of the low and of the middle
            class; thirds of the places shown where None.

    Raises:
        ValueError: when the two answers are not of the same places, division and period.
    """
    level = _level(first, second)
    base = areas.base_of(first.selection.division, level, map_style, outlines, lang)
    shown, cuts = _classed(first, second, base, level, first_cuts, second_cuts)
    spec = _spec(shown, cuts, first, second, lang, base, highlight)
    titles = {"first": words.title_of(first, lang), "second": words.title_of(second, lang)}
    reading = [say("maps.bivariate_reading", lang)]
    for estimates, stated in ((first, first_cuts), (second, second_cuts)):
        key = "maps.stated" if stated else "maps.thirds" if cuts else "maps.too_few"
        reading.append(say(key, lang, title=words.title_of(estimates, lang), least=LEAST))
    reading += words.hidden_notes(first, lang, maps.SIGNS) or words.hidden_notes(
        second, lang, maps.SIGNS
    )
    reading += dict.fromkeys(words.merged_notes(first, lang) + words.merged_notes(second, lang))
    return Figure(
        spec=spec,
        headline=_headline(shown, titles, lang),
        subtitle=say("maps.bivariate_subtitle", lang, **titles, selection=_where(second, lang)),
        notes=_notes(first, second, lang, (*reading, *base.notes)),
        alt=_alt(shown, titles, _where(second, lang), lang),
        table=_table(shown, first, second, lang, level),
        demonstration=first.build.demonstration,
        lang=lang,
        chart="bivariate",
        how=tuple((name, wish) for name, wish in (
            ("second", first.indicator.id), ("highlight", highlight),
            ("map", map_style if map_style != "tiles" else None),
        ) if wish),
    )  # fmt: skip


def _level(first: Estimates, second: Estimates) -> str:
    one, other = first.selection, second.selection
    same = (one.division == other.division and one.by == other.by
            and first.period == second.period)  # fmt: skip
    if not same or one.by not in (("region",), ("cercle",)):
        raise ValueError("two answers by the same places, division and period are needed")
    return one.by[0]


def thirds(values: Sequence[float]) -> Cuts:
    """The two terciles (linear interpolation between order statistics)."""
    low, high = statistics.quantiles(values, n=3, method="inclusive")
    return low, high


def class_in(value: float, cuts: Cuts) -> int:
    """0, 1 or 2; a value at a cut-off belongs below it."""
    return sum(value > cut for cut in cuts)


def _classed(
    first: Estimates, second: Estimates, base: Base, level: str,
    first_cuts: Cuts | None, second_cuts: Cuts | None,
) -> tuple[list[_Both], tuple[Cuts, Cuts] | None]:  # fmt: skip
    ones, others = (maps.rows_by_place(estimates, level) for estimates in (first, second))
    pairs = [(area, maps.row_of(area, ones, level), maps.row_of(area, others, level))
             for area in base.areas]  # fmt: skip
    full = [(one, other) for _, one, other in pairs if one.published and other.published]
    # A row may be drawn in several areas (merged regions) and counts once.
    values = [
        [row.value or 0.0 for row in {id(row): row for row in side}.values()]
        for side in ([one for one, _ in full], [other for _, other in full])
    ]
    cuts = None
    if (first_cuts and second_cuts) or min(len(found) for found in values) >= LEAST:
        cuts = (first_cuts or thirds(values[0]), second_cuts or thirds(values[1]))
    shown = []
    for area, one, other in pairs:
        classes = None
        if cuts and one.published and other.published:
            classes = (class_in(one.value or 0.0, cuts[0]), class_in(other.value or 0.0, cuts[1]))
        shown.append(_Both(area, one, other, classes))
    return shown, cuts


# --- drawing -------------------------------------------------------------------------------------


def _spec(
    shown: list[_Both], cuts: tuple[Cuts, Cuts] | None, first: Estimates, second: Estimates,
    lang: str, base: Base, highlight: str | None,
) -> theme.Spec:  # fmt: skip
    status = maps.key_lines(maps.status_parts((both.status for both in shown), lang))
    layout = areas.layout(base, lang, _KEY + maps.KEY_LINE * len(status))
    layout["annotations"] += maps.key_annotations(status)
    data, texts = [], {}
    for both in shown:
        if both.classes:
            colour = COLOURS[both.classes[1]][both.classes[0]]
            look: theme.Spec = {"fillcolor": colour, "line": {"color": "#FFFFFF", "width": 1.2}}
        elif both.status == "published":
            look = {"fillcolor": theme.SOFT, "line": {"color": theme.FAINT, "width": 1}}
        else:
            look = maps.fill_of(both.status, None)
        data.append(maps.polygon(both.area, look))
        texts[both.area.place] = (both.code, _ink(both) if both.classes else theme.MUTED)
    dots, names = areas.surroundings(base, lang)
    data += dots + maps.chosen_outline(base, highlight)
    data += [areas.touch(both.area, _hover(both, first, second, lang)) for both in shown]
    layout["annotations"] += names + label_annotations(base, texts, lang)
    layout["annotations"] += _key(len(status), cuts, first, second, lang)
    return {"data": data, "layout": layout}


def _ink(both: _Both) -> str:
    """White on the two darkest, ink on the others: each at least 4.5 to 1."""
    return "#FFFFFF" if both.classes in _DARK else theme.INK


def _key(
    above: int, cuts: tuple[Cuts, Cuts] | None, first: Estimates, second: Estimates, lang: str
) -> list[theme.Spec]:
    """Nine squares with their codes, both axes by name, the limits of their classes.

    Args:
        above: lines of the key of marks, which stand between the map and this.
    """
    top = -8 - maps.KEY_LINE * above
    corner = {"x": 0, "xref": "paper", "xanchor": "left", "y": 0, "yref": "paper",
              "yanchor": "top", "borderpad": 0}  # fmt: skip
    found = []
    for row, column in itertools.product(range(3), range(3)):
        colour = "#FFFFFF" if (column, row) in _DARK else theme.INK
        found.append(
            theme.annotation(
                f"{LETTERS[column]}{row + 1}", **corner, align="center", width=_SIDE - 2,
                height=_SIDE - 2, xshift=column * _SIDE, yshift=top - (2 - row) * _SIDE,
                bgcolor=COLOURS[row][column], font={"size": theme.SMALL, "color": colour},
            )
        )  # fmt: skip
    width, size, lines = theme.NARROW - 3 * _SIDE - 12, theme.TEXT - 1, []
    for key, estimates, place in (("maps.up", second, 1), ("maps.across", first, 0)):
        title = say(key, lang, title=words.title_of(estimates, lang))
        # Bold is wider than the estimate.
        lines += [f"<b>{theme.safe(line)}</b>"
                  for line in theme.wrap(title, 0.92 * width, size, most=2)]  # fmt: skip
        if cuts:
            low, high = (format_value(cut, estimates.indicator.unit, lang) for cut in cuts[place])
            a, b, c = ("1", "2", "3") if place else tuple(LETTERS)
            limits = say("maps.limits", lang, a=a, b=b, c=c, low=low, high=high)
            lines += [theme.safe(line) for line in theme.wrap(limits, width, size, most=2)]
    text = theme.annotation("<br>".join(lines), **corner, xshift=3 * _SIDE + 10, yshift=top,
                            font={"size": size, "color": theme.INK})  # fmt: skip
    return [*found, text]


def _hover(both: _Both, first: Estimates, second: Estimates, lang: str) -> str:
    name = f"{short_name(both.area.place, lang)} {both.code}".strip()
    lines = [f"<b>{theme.safe(name)}</b>"]
    for estimates, row in ((first, both.first), (second, both.second)):
        value = words.value_text(row, estimates.indicator.unit, lang)
        lines += theme.wrap(theme.safe(words.title_of(estimates, lang)), 260, theme.TEXT)
        lines.append(f"<b>{theme.safe(value)}</b>")
    return "<br>".join(lines)


# --- words ---------------------------------------------------------------------------------------


def _where(estimates: Estimates, lang: str) -> str:
    where, span = estimates.sentence(lang), words.span_text(estimates, lang)
    return f"{where} · {span}" if span and span not in where else where


def _named(shown: list[_Both], code: str, lang: str) -> str:
    names = [short_name(both.area.place, lang) for both in shown if both.code == code]
    if len(names) > _NAMED:
        return say("maps.and_others", lang, names=", ".join(names[:_NAMED]),
                   count=len(names) - _NAMED)  # fmt: skip
    return join_words(names, lang)


def _headline(shown: list[_Both], titles: dict[str, str], lang: str) -> str:
    if not any(both.classes for both in shown):
        return say("maps.headline_no_classes", lang, **titles)
    high, apart = _named(shown, "C3", lang), _named(shown, "C1", lang)
    none = say("maps.none", lang)
    return say("maps.headline", lang, **titles, high=high or none, apart=apart or none)


def _alt(shown: list[_Both], titles: dict[str, str], where: str, lang: str) -> str:
    separator = " ; " if lang == "fr" else "; "
    codes = sorted({both.code for both in shown if both.code})
    found = separator.join(
        say("maps.alt_class", lang, code=code, names=join_words(
            [short_name(both.area.place, lang) for both in shown if both.code == code], lang))
        for code in codes
    )  # fmt: skip
    hidden = sum(both.status != "published" for both in shown)
    return say("maps.alt_bivariate", lang, **titles, selection=where,
               classes=found or say("maps.none", lang), hidden=hidden)  # fmt: skip


def _notes(
    first: Estimates, second: Estimates, lang: str, reading: Sequence[str]
) -> tuple[str, ...]:
    one, other = words.notes(first, lang), words.notes(second, lang, reading)
    heads = [a if a == b else f"{a} {b}" for a, b in zip(one[:2], other[:2], strict=True)]
    return (*heads, *(note for note in one[2:] if note not in other), *other[2:])


def _table(
    shown: list[_Both], first: Estimates, second: Estimates, lang: str, level: str
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    header = (say(f"breakdown.{level}", lang), words.title_of(first, lang),
              words.title_of(second, lang), say("maps.class", lang))  # fmt: skip
    rows = tuple(
        (
            short_name(both.area.place, lang),
            words.value_text(both.first, first.indicator.unit, lang, precise=True),
            words.value_text(both.second, second.indicator.unit, lang, precise=True),
            both.code or "–",
        )
        for both in shown
        if both.area.place != NOT_SPECIFIED
    )
    return header, rows
