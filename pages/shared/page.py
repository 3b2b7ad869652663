"""A page of the application that ``analytics.views`` writes: every block drawn with widgets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import streamlit as st

from analytics.charts.table import Table
from analytics.estimates.estimate import Estimates
from analytics.evidence.claim import Claim
from analytics.indicator import indicator
from analytics.publishing.documents.model import Statement
from analytics.testimonies import Voice
from analytics.views import CRISES, Panel
from analytics.views.page import View
from analytics.warehouse.read import Reader
from pages.shared import answers, blocks, filters, profile, published, quotes, session
from pages.shared.address import bound
from pages.shared.campaign import open_claim
from pages.shared.session import words
from pages.shared.work import plain

#: cards in a row at most
_ACROSS = 4


def show(name: str, view: View, *, role: str | None = None) -> None:
    """The page of that name, as this reader sees it or as ``role`` does."""
    st.title(words(f"{name}.title"), anchor=False)
    view(Shown(name, role or session.sees()))


class Shown:
    """See ``analytics.views.page.Page``."""

    def __init__(self, name: str, role: str) -> None:
        self.name, self.role = name, role
        self._events: tuple[str, ...] = CRISES

    @property
    def reader(self) -> Reader:
        return session.reader()

    @property
    def lang(self) -> str:
        return session.lang()

    # --- asking and choosing ----------------------------------------------------------------------

    def ask(self, name: str, **question: Any) -> Estimates:
        return answers.ask(name, role=self.role, **question)

    @contextmanager
    def choices(self) -> Iterator[None]:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            yield

    def choose(self, label: str, options: Mapping[str, str], key: str) -> str:
        return bound(st.selectbox, key, tuple(options), next(iter(options)), label=label,
                     format_func=dict(options).__getitem__)  # fmt: skip

    def region(self) -> str | None:
        return filters.region(role=self.role)

    def crises(self) -> tuple[str, ...]:
        self._events = filters.crises()
        return self._events

    # --- saying -----------------------------------------------------------------------------------

    def heading(self, text: str, level: int = 2) -> None:
        (st.header if level == 2 else st.subheader)(text, anchor=False)

    def text(self, *paragraphs: str) -> None:
        st.markdown("\n\n".join(paragraphs))

    def note(self, text: str) -> None:
        st.caption(text)

    def points(self, lines: Sequence[str]) -> None:
        st.markdown("\n".join(f"- {line}" for line in lines))

    def none(self, text: str) -> None:
        st.info(text)

    # --- showing ----------------------------------------------------------------------------------

    def facts(self, answers: Iterable[Estimates]) -> None:
        told = list(answers)
        with st.grid(min(len(told), _ACROSS), min_column_width=200, gap="small"):
            for answer in told:
                blocks.fact(answer)

    def measures(self, pairs: Iterable[tuple[str, str]]) -> None:
        with st.container(horizontal=True):
            for label, value in pairs:
                st.metric(label, value, border=True)

    def figures(self, *panels: Panel) -> None:
        places: Sequence[AbstractContextManager[Any]] = [nullcontext()]
        if len(panels) > 1:
            places = st.columns(len(panels))
        for place, panel in zip(places, panels, strict=True):
            with place:
                blocks.panel(panel, self._events, key=f"{self.name}-{panel.key}", role=self.role)

    def table(self, found: Table, label: str) -> None:
        blocks.rows(*found, alt=label)

    def finding(self, told: Statement, claim: Claim) -> None:
        with st.container(border=True, gap="small"):
            st.markdown(f"**{plain(told.sentence)}**")
            st.caption(plain(told.standing))
            with st.popover(words("impact.how"), type="tertiary"):
                for detail in told.details:
                    st.markdown(plain(detail))
                open_claim(claim)

    def origin(self, answer: Estimates) -> None:
        with st.popover(words("impact.how"), type="tertiary"):
            blocks.definition(answer.indicator)
            st.caption(words("briefs.how_to_check", build=answer.build.build_id))

    def voices(self, found: Sequence[Voice]) -> None:
        quotes.show(found)

    def published(self, *names: str) -> None:
        published.show(*names)

    def definitions(self, title: str, names: Sequence[str]) -> None:
        with st.expander(title, icon=":material/function:"):
            for name in names:
                if len(names) > 1:
                    st.markdown(f"**{indicator(name).title[self.lang]}**")
                blocks.definition(indicator(name))

    def profile(self) -> None:
        profile.by_group_type()

    def links(self, pages: Mapping[str, str]) -> None:
        with st.container(horizontal=True):
            for page, label in pages.items():
                st.page_link(f"pages/{page}.py", label=label)
