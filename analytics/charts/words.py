"""Everything a figure says: headline, subtitle, notes, alternative text, hover text, labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analytics.charts import theme
from analytics.estimates.estimate import Estimates, Row
from analytics.evidence.receipt import receipt_of
from analytics.geography.places import parts_of, place_name
from analytics.period import parse_period
from analytics.selection import breakdown_value
from analytics.sources.dictionary import dictionary
from analytics.text import join_words, say
from analytics.text.numbers import format_period, format_value, percent, whole

_MOST_CAVEATS = 3


# --- one row -------------------------------------------------------------------------------------


def value_text(row: Row, unit: str, lang: str, *, precise: bool = False) -> str:
    """A row's value as a reader sees it; ``moins de 5 %`` at a bound, a mark when hidden."""
    if not row.published:
        return say(f"figure.{row.status}_mark", lang)
    text = format_value(row.value, unit, lang, precise=precise)
    return say(f"bound.{row.bound}", lang, value=text) if row.bound else text


def label_of(row: Row, estimates: Estimates, lang: str) -> str:
    """The row's place or kind, without its period."""
    names = estimates.selection.dimensions
    return " · ".join(
        breakdown_value(name, row.keys[name], lang, estimates.indicator) for name in names
    )


def hover(row: Row, estimates: Estimates, lang: str) -> str:
    """What is known of one mark, as lines safe to draw."""
    selection, unit = estimates.selection, estimates.indicator.unit
    head = [label_of(row, estimates, lang)]
    if selection.time:
        head.append(format_period(row.keys[selection.time], lang))
    elif estimates.period:
        head.append(format_period(estimates.period.label, lang))
    first = " · ".join(text for text in head if text)
    if not row.published:
        return f"<b>{theme.safe(first)}</b><br>{theme.safe(say(f'status.{row.status}', lang))}"
    parts = []
    if row.low is not None and row.high is not None:
        parts.append(interval_text(row, unit, lang))
    if row.n_groups is not None:
        parts.append(_n("n", [row], estimates, lang))
    if row.coverage is not None:
        parts.append(say("figure.coverage", lang, value=percent(row.coverage, lang, 0)))
    value = theme.safe(value_text(row, unit, lang))
    rest = "".join(f"<br>{theme.safe(part)}" for part in parts)
    return f"<b>{theme.safe(first)}</b><br><b>{value}</b>{rest}"


def interval_text(row: Row, unit: str, lang: str) -> str:
    low, high = (format_value(bound, unit, lang) for bound in (row.low, row.high))
    return say("figure.interval", lang, low=low, high=high)


# --- periods -------------------------------------------------------------------------------------


def at_period(label: str, lang: str) -> str:
    """``au 1er trimestre 2022`` / ``in the first quarter of 2022``."""
    period = format_period(label, lang)
    return say(f"figure.at.{parse_period(label).kind}", lang, period=period)


def span_text(estimates: Estimates, lang: str) -> str:
    """The period the figure covers, in words; empty when it is open and nothing was found."""
    selection = estimates.selection
    if selection.time:
        labels = sorted({row.keys[selection.time] for row in estimates})
        start, end = (labels[0], labels[-1]) if labels else (selection.start, selection.end)
    elif estimates.period:
        start = end = estimates.period.label
    else:
        start, end = selection.start, selection.end
    if start and start == end:
        return format_period(start, lang)
    first, last = (format_period(p, lang, short=True) if p else "" for p in (start, end))
    if first and last:
        return say("selection.between", lang, start=first, end=last)
    if first:
        return say("selection.since", lang, start=first)
    return say("selection.until", lang, end=last) if last else ""


def _at(estimates: Estimates, lang: str) -> str:
    """The same as part of a sentence."""
    if estimates.period:
        return at_period(estimates.period.label, lang)
    return span_text(estimates, lang)


def last_period(estimates: Estimates) -> str | None:
    """The last period with something published."""
    time = estimates.selection.time
    labels = [row.keys[time] for row in estimates.published] if time else []
    return max(labels, default=None)


# --- headline and subtitle -----------------------------------------------------------------------


def title_of(estimates: Estimates, lang: str) -> str:
    return estimates.indicator.title[lang]


def subtitle(estimates: Estimates, lang: str) -> str:
    """Indicator, selection and period."""
    parts = [title_of(estimates, lang), estimates.sentence(lang)]
    span = span_text(estimates, lang)
    if span and span not in parts[1]:
        parts.append(span)
    return " · ".join(parts)


def headline(estimates: Estimates, lang: str) -> str:
    """The finding in one sentence, computed from the rows.

    A change over a year is called a rise or a fall only where it exceeds the two intervals
    together; both values are said in any case.
    """
    title = title_of(estimates, lang)
    if place := place_of(estimates):
        title = f"{title}, {place_name(place, lang)}"
    if not estimates.published:
        return say("headline.empty", lang, title=title)
    time = estimates.selection.time
    if time and is_single(estimates):
        return _headline_of_change(estimates, title, lang)
    if not estimates.selection.by:
        row = estimates.published[0]
        value = value_text(row, estimates.indicator.unit, lang)
        return _tidy(say("headline.now", lang, title=title, last=value, at=_at(estimates, lang)))
    return _headline_of_places(estimates, title, lang)


def place_of(estimates: Estimates) -> str | None:
    """The one place a question was asked of."""
    selection = estimates.selection
    return selection.value_of("cercle") or selection.value_of("region")


def is_single(estimates: Estimates) -> bool:
    """Whether all rows belong to one series."""
    names = estimates.selection.dimensions
    return len({tuple(row.keys[name] for name in names) for row in estimates}) <= 1


def _headline_of_change(estimates: Estimates, title: str, lang: str) -> str:
    unit = estimates.indicator.unit
    series = dict(estimates.series())
    label = last_period(estimates)
    assert label is not None
    last = series[label]
    earlier = f"{int(label[:4]) - 1}{label[4:]}"
    before = series.get(earlier)
    said = {"title": title, "last": value_text(last, unit, lang), "at": at_period(label, lang)}
    if before is None or not before.published:
        return say("headline.now", lang, **said)
    said["before"] = value_text(before, unit, lang)
    if said["before"] == said["last"]:
        return say("headline.same", lang, **said)
    return say(f"headline.{direction(before, last)}", lang, **said)


def direction(before: Row, last: Row) -> str:
    """``rise`` or ``fall`` where the change exceeds both intervals together, else ``unclear``."""
    change = (last.value or 0.0) - (before.value or 0.0)
    widths = [
        (row.high - row.low) / 2 for row in (before, last)
        if row.low is not None and row.high is not None
    ]  # fmt: skip
    if change * change <= sum(width * width for width in widths):
        return "unclear"
    return "rise" if change > 0 else "fall"


def _headline_of_places(estimates: Estimates, title: str, lang: str) -> str:
    unit = estimates.indicator.unit
    rows, at = comparable(estimates), _at(estimates, lang)
    if label := last_period(estimates):
        at = at_period(label, lang)
    low, high = min(rows, key=_value), max(rows, key=_value)
    said = {
        "title": title,
        "at": at,
        "low": value_text(low, unit, lang),
        "low_place": label_of(low, estimates, lang),
        "high": value_text(high, unit, lang),
        "high_place": label_of(high, estimates, lang),
    }
    if len(rows) == 1:
        return _tidy(say("headline.one_place", lang, **said))
    if estimates.selection.dimensions[0] in estimates.indicator.numerator_by:
        # Parts of one whole: which comes first says more than the span from most to none.
        ranked = sorted(rows, key=_value, reverse=True)
        for place, row in zip(("first", "second"), ranked, strict=False):
            said[place] = label_of(row, estimates, lang)
            said[f"{place}_value"] = value_text(row, unit, lang)
        if not ranked[1].value:
            return _tidy(say("headline.leads_alone", lang, **said))
        return _tidy(say("headline.leads", lang, **said))
    if said["low"] == said["high"]:
        return _tidy(say("headline.same_places", lang, **said))
    return _tidy(say("headline.places_range", lang, **said))


def comparable(estimates: Estimates) -> list[Row]:
    """The published rows that may stand beside each other: those of the last period."""
    label, time = last_period(estimates), estimates.selection.time
    return [row for row in estimates.published if label is None or row.keys[time or ""] == label]


def _value(row: Row) -> float:
    return row.value if row.value is not None else 0.0


def _tidy(sentence: str) -> str:
    """A sentence without the comma of a period that has no words."""
    return sentence.rstrip(" ,")


# --- notes ---------------------------------------------------------------------------------------


def notes(estimates: Estimates, lang: str, reading: Sequence[str] = ()) -> tuple[str, ...]:
    """Small print: source, n and period, method, caveats, how to read it, sensitivity.

    Args:
        reading: what the marks of this chart mean, and credits of its map.
    """
    found = [
        source(estimates, lang),
        counts(estimates, lang),
        method(estimates, lang),
        " ".join(say(f"caveat.{code}", lang) for code in _told(estimates)),
        *reading,
        say(f"sensitivity.{estimates.sensitivity}", lang),
        say("figure.receipt", lang, id=receipt_of(estimates).id),
    ]
    if estimates.build.demonstration:
        found.append(say("demonstration.mark", lang))
    return tuple(note for note in found if note)


def method(estimates: Estimates, lang: str) -> str:
    """How the figures were estimated."""
    subject = estimates.indicator
    name: str = "places" if subject.klass == "open" else subject.statistic
    if name == "total" and not subject.of_network:
        name = "flow"  # what was done in the period, not what there was at its end
    return say("figure.method", lang, method=say(f"figure.{name}_method", lang))


def source(estimates: Estimates, lang: str) -> str:
    """Where the figures come from, and which version."""
    datasets = dictionary().datasets
    names = [datasets[s].title[lang] if s in datasets else s for s in estimates.indicator.sources]
    kind = say(f"figure.kind_{estimates.build.kind}", lang, build=estimates.build.build_id)
    return say("figure.source", lang, sources=join_words(names, lang), kind=kind)


def _told(estimates: Estimates) -> list[str]:
    """The caveats under a figure: all that is particular to its cells, and the indicator's first.

    However many the cells have, the first of the indicator is among them: a food score is never
    shown without the cut-offs that were used.
    """
    general = estimates.indicator.caveats
    own = [code for code in estimates.caveats if code not in general]
    return [*own, *general[: max(1, _MOST_CAVEATS - len(own))]]


def counts(estimates: Estimates, lang: str) -> str:
    """Period, groups and people counted, coverage."""
    rows = estimates.published
    parts = []
    if span := span_text(estimates, lang):
        parts.append(say("figure.period", lang, period=span))
    if any(row.n_groups is not None for row in rows):
        varies = len({(row.n_groups, row.n_people) for row in rows}) > 1
        time = estimates.selection.time
        key = "n" if not varies else "n_range" if time else "n_places"
        parts.append(_n(key, rows, estimates, lang))
    coverage = [row.coverage for row in rows if row.coverage is not None]
    if coverage:
        ends = dict.fromkeys(percent(end, lang, 0) for end in (min(coverage), max(coverage)))
        parts.append(say("figure.coverage", lang, value=_ends(list(ends), lang)))
    return " · ".join(parts)


def _n(key: str, rows: Iterable[Row], estimates: Estimates, lang: str) -> str:
    """How many people in how many groups, called what they are (members, seats, people asked)."""
    rows = list(rows)
    groups = _range([row.n_groups for row in rows], lang)
    people = _range([row.n_people for row in rows], lang)
    return say(f"behind.{estimates.indicator.behind}.{key}", lang, groups=groups, people=people)


def _range(counts: list[int | str | None], lang: str) -> str:
    """A count, or the least and the greatest; bands stay the bands they are."""
    known = sorted({count for count in counts if count is not None}, key=_floor)
    if not known:
        return "–"
    ends = dict.fromkeys(count_text(end, lang) for end in (known[0], known[-1]))
    return _ends(list(ends), lang)


def _ends(texts: list[str], lang: str) -> str:
    if len(texts) == 1:
        return texts[0]
    return say("figure.range", lang, low=texts[0], high=texts[1])


def _floor(count: int | str) -> int:
    return count if isinstance(count, int) else int(count.rstrip("+").split("–")[0])


def count_text(count: int | str | None, lang: str) -> str:
    """A count for staff, a band as it is for the public."""
    if count is None:
        return "–"
    return count if isinstance(count, str) else whole(count, lang)


def hidden_notes(rows: Iterable[Row], lang: str, marks: dict[str, str]) -> list[str]:
    """What each mark of a row without value means, where there is such a row.

    Args:
        marks: status → the mark as a character.
    """
    present = {row.status for row in rows}
    found = [
        f"{mark} {say(f'status.{status}', lang)}"
        for status, mark in marks.items()
        if status in present
    ]
    return [(" ; " if lang == "fr" else "; ").join(found) + "."] if found else []


def merged_notes(estimates: Estimates, lang: str) -> list[str]:
    """Which regions are shown together."""
    slugs = dict.fromkeys(row.keys["region"] for row in estimates if "region" in row.keys)
    names = [place_name(slug, lang) for slug in slugs if len(parts_of(slug)) > 1]
    separator = " ; " if lang == "fr" else "; "
    return [say("figure.merged", lang, names=separator.join(names))] if names else []


# --- alternative text ----------------------------------------------------------------------------


def alt(estimates: Estimates, lang: str, chart: str) -> str:
    """The figure for whoever does not see it, from the same numbers."""
    title, where = title_of(estimates, lang), estimates.sentence(lang)
    unit = estimates.indicator.unit
    if not estimates.published:
        return say("figure.alt_empty", lang, title=title, selection=where)
    if estimates.selection.time and is_single(estimates):
        rows = [(label, row) for label, row in estimates.series() if row.published]
        low = min(rows, key=lambda pair: _value(pair[1]))
        high = max(rows, key=lambda pair: _value(pair[1]))
        said: dict[str, str] = {}
        for name, (label, row) in (
            ("first", rows[0]), ("last", rows[-1]), ("minimum", low), ("maximum", high)
        ):  # fmt: skip
            said[name] = value_text(row, unit, lang)
            said[f"{name}_at"] = at_period(label, lang)
        hidden = hidden_rows(list(estimates), lang)
        return say("figure.alt_line", lang, title=title, selection=where, hidden=hidden, **said)
    if not estimates.selection.by:
        value = value_text(estimates.published[0], unit, lang)
        return say("figure.alt_one", lang, title=title, selection=where, value=value)
    time, latest = estimates.selection.time, last_period(estimates)
    beside = [row for row in estimates if latest is None or row.keys[time or ""] == latest]
    rows_ = comparable(estimates)
    top, bottom = max(rows_, key=_value), min(rows_, key=_value)
    return say(
        "figure.alt_compared",
        lang,
        chart=say(f"figure.chart.{chart}", lang),
        title=title,
        selection=where if latest is None else f"{where} · {format_period(latest, lang)}",
        top=label_of(top, estimates, lang),
        top_value=value_text(top, unit, lang),
        bottom=label_of(bottom, estimates, lang),
        bottom_value=value_text(bottom, unit, lang),
        hidden=hidden_rows(beside, lang),
    )


def hidden_rows(rows: list[Row], lang: str) -> str:
    """How many rows have no value, and why; empty when all have one."""
    found = []
    for status in ("suppressed", "no_data"):
        count = sum(row.status == status for row in rows)
        if count:
            found.append(say(f"figure.{status}_count", lang, count=count))
    return " " + say("figure.hidden", lang, counts=join_words(found, lang)) if found else ""
