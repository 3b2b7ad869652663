"""Blocks that pages are made of: a figure with its notes and files, a card, a definition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal
from urllib.parse import quote

import streamlit as st

from analytics import views
from analytics.charts import Figure
from analytics.charts.spark import sparkline
from analytics.estimates.estimate import Estimates, Row
from analytics.evidence.receipt import receipt_of
from analytics.indicator import Indicator
from analytics.text.numbers import format_period, format_value, points, signed
from analytics.views import Panel, cell_text
from pages.shared import downloads, tables
from pages.shared.answers import ask, draw
from pages.shared.plot import plot
from pages.shared.session import lang, words


def show(
    figure: Figure,
    answer: Estimates,
    *,
    key: str,
    on_select: Callable[[], None] | None = None,
) -> None:
    """A figure: the finding, the chart, its notes and table; its files one click away.

    Args:
        answer: what the file of data holds.
        on_select: what a click on a mark does, if anything.
    """
    with st.container(border=True):
        drawing(figure, key=key, on_select=on_select)
        with st.container(horizontal=True, vertical_alignment="center"):
            downloads.button(figure, answer, key=key)
            how(answer)


def panel(
    declared: Panel, crises: tuple[str, ...] = (), *, key: str, role: str | None = None
) -> None:
    """A declared panel: its heading, if it has one, and its figure, as ``role`` sees it."""
    if declared.heading:
        st.header(words(declared.heading), anchor=False)
    events = crises if declared.crises else ()
    figure = draw(declared.name, declared.question, chart=declared.chart, events=events,
                  highlight=declared.highlight, role=role)  # fmt: skip
    show(figure, ask(declared.name, role=role, **declared.question), key=key)


def drawing(
    figure: Figure, *, key: str, on_select: Callable[[], None] | None = None
) -> None:
    """The finding, the chart, where it comes from; how to read it and its table folded."""
    st.subheader(figure.headline, anchor=False)
    st.caption(figure.subtitle)
    plot(
        figure.spec, key=key, alt=figure.alt,
        config={"displayModeBar": False, "responsive": True, "scrollZoom": False},
        on_select=on_select or "ignore", selection_mode="points",
    )  # fmt: skip
    source, counts, *reading = figure.notes
    st.caption(f"{source}  \n{counts}")
    _behind(figure, reading, f"{key}-behind")


@st.fragment
def _behind(figure: Figure, reading: Sequence[str], key: str) -> None:
    """Method and numbers, made and sent when opened: most never are, and lines are thin."""
    box = st.expander(words("block.behind"), icon=":material/table:", key=key, on_change="rerun")
    if box.open:
        with box:
            st.caption("\n\n".join(reading))
            table(figure, alt=figure.alt)


def how(answer: Estimates) -> None:
    """The way from a number to the page that tells how it is made."""
    st.page_link(
        "pages/receipt.py",
        label=words("receipt.how"),
        icon=":material/receipt_long:",
        query_params={"receipt": receipt_of(answer).id, "lang": lang()},
    )


def made(answers: Iterable[Estimates]) -> None:
    """How the numbers of a text or a table are made: one receipt a line."""
    told = {receipt_of(answer).id: answer for answer in answers if answer.published}
    with st.expander(words("receipt.how_these"), icon=":material/receipt_long:"):
        st.markdown("\n".join(
            f"- {answer.indicator.title[lang()]} · {answer.sentence(lang())} · "
            f"{receipt_link(answer)}"
            for answer in told.values()
        ))  # fmt: skip


def receipt_link(answer: Estimates) -> str:
    """The same as a link within a text or a table."""
    text = quote(receipt_of(answer).id, safe="")
    return f"[{words('receipt.short')}](receipt?receipt={text}&lang={lang()})"


def table(figure: Figure, *, alt: str) -> None:
    """The figure's numbers as a table."""
    rows(*figure.table, alt=alt)


def rows(header: Sequence[str], cells: Sequence[Sequence[str]], *, alt: str) -> None:
    """A table of texts."""
    tables.rows(header, cells, alt=alt)


def card(answer: Estimates, quarter: str, before: str, *, dated: bool = False) -> None:
    """One indicator: its value, how it moved in a year, its recent course and coverage.

    Args:
        quarter: the period shown; ``before`` the one it is compared with.
        dated: whether the card says both periods; a scorecard of one quarter says it once.
    """
    indicator = answer.indicator
    cells = dict(answer.series())
    now, then = cells.get(quarter), cells.get(before)
    with st.container(border=True, height="stretch", gap="xsmall"):
        # A metric cuts its label short on a phone; a paragraph wraps.
        st.markdown(
            indicator.title[lang()], help=f"{indicator.definition[lang()]} {receipt_link(answer)}"
        )
        st.metric(
            indicator.title[lang()],
            value_text(now, indicator),
            delta=_delta(now, then, indicator),
            delta_color=_COLOURS[indicator.direction],
            label_visibility="collapsed",
        )
        course = [pair for pair in answer.series() if pair[0] <= quarter][-13:]
        if dated:
            course = [pair for pair in course if pair[1].published]
        if len(course) > 2 and (drawing := sparkline([row.value for _, row in course])):
            alt = words(
                "figure.alt_course",
                title=indicator.title[lang()],
                first=period_text(course[0][0]),
                last=period_text(course[-1][0]),
                before=value_text(course[0][1], indicator),
                now=value_text(course[-1][1], indicator),
            )
            st.image(drawing, width="stretch", alt=alt)
        notes = []
        if dated:
            told = {"now": period_text(quarter), "before": period_text(before) if before else ""}
            notes.append(words("overview.dated" if before else "overview.dated_alone", **told))
        if now and now.coverage is not None:
            covered = format_value(now.coverage, "share", lang())
            notes.append(labelled("overview.coverage", covered))
        if notes:
            st.caption(" · ".join(notes))


def lead(sentences: list[str]) -> None:
    """What a page has found: the finding, then what stands behind it."""
    if sentences:
        st.markdown(" ".join([f"**{sentences[0]}**", *sentences[1:]]))


def fact(answer: Estimates) -> None:
    """One number of one period: its name in full, its value, its interval."""
    [row] = answer.rows
    subject = answer.indicator
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.markdown(
            subject.title[lang()], help=f"{subject.definition[lang()]} {receipt_link(answer)}"
        )
        st.metric(
            subject.title[lang()],
            value_text(row, subject, precise=False),
            label_visibility="collapsed",
        )
        if row.low is not None and row.high is not None:
            low, high = (format_value(bound, subject.unit, lang()) for bound in (row.low, row.high))
            st.caption(words("figure.interval", low=low, high=high))


_COLOURS: dict[str, Literal["normal", "inverse", "off"]] = {
    "up": "normal",
    "down": "inverse",
    "none": "off",
}


def value_text(row: Row | None, indicator: Indicator, *, precise: bool = True) -> str:
    """A cell's value, or why there is none."""
    return cell_text(row, indicator, lang(), precise=precise)


def _delta(now: Row | None, then: Row | None, indicator: Indicator) -> str | None:
    if not (now and then) or now.value is None or then.value is None:
        return None
    difference = now.value - then.value
    if indicator.unit == "share":
        text = points(difference, lang())
    elif then.value:
        text = words("unit.percent", value=signed(100 * difference / abs(then.value), lang()))
    else:
        return None
    # Streamlit reads the direction off an ASCII minus.
    return text.replace("−", "-")


def definition(indicator: Indicator) -> None:
    """Everything the declaration says, for a reader."""
    facts, caveats = views.definition(indicator, lang())
    st.markdown("\n\n".join(facts))
    if caveats:
        st.markdown("\n".join(f"- {caveat}" for caveat in caveats))


def labelled(key: str, text: str) -> str:
    """``**Unité** : francs CFA`` / ``**Unit**: CFA francs``."""
    return words("labelled", label=words(key), text=text)


def period_text(label: str) -> str:
    return format_period(label, lang())
