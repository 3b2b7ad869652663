"""A figure's address: what it shows, of which version, and how it is drawn.

``q-savings_per_member.quarter.group_type-women_only`` names a question and is answered by the
version of the day; a receipt (``evidence.receipt``) names the same question and one version, for
good. How the answer is drawn stands beside it: ``?lang=en&chart=bars&map=outlines``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from analytics.charts import CHARTS
from analytics.errors import UserError
from analytics.evidence import receipt
from analytics.evidence.receipt import Receipt
from analytics.geography.places import place_name
from analytics.indicator import indicator
from analytics.period import parse_period
from analytics.selection import CLOSED_VALUES, Selection
from analytics.settings import settings
from analytics.text import LANGS

LIVE = "q-"
#: an address longer than this was not made here
LONGEST = 600


@dataclass(frozen=True)
class Drawing:
    """How an answer is drawn: everything ``charts.figure`` may be told.

    ``crises`` are the kinds drawn behind a trend; None draws them all.
    """

    lang: str = "fr"
    chart: str | None = None
    map: str = "tiles"
    period: str | None = None
    highlight: str | None = None
    second: str | None = None
    crises: tuple[str, ...] | None = None

    def query(self) -> dict[str, str]:
        """The same as parts of an address, defaults left out (but for the language)."""
        told = {
            "lang": self.lang,
            "chart": self.chart or "",
            "map": self.map if self.map != "tiles" else "",
            "period": self.period or "",
            "highlight": self.highlight or "",
            "second": self.second or "",
            "crises": "" if self.crises is None else " ".join(self.crises) or "none",
        }
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True)
class Question:
    """What an address asks.

    ``receipt`` is None for a live question, which the version of the day answers.
    """

    indicator: str
    selection: Selection
    drawing: Drawing = field(default_factory=Drawing)
    receipt: Receipt | None = None

    @property
    def id(self) -> str:
        if self.receipt is not None:
            return self.receipt.id
        return LIVE + receipt.head(self.indicator, self.selection)

    def address(self, what: str, suffix: str = "", *, local: bool = False) -> str:
        """The address of ``figure``, ``data``, ``receipt`` or ``cite``."""
        return address_of(self.id, what, suffix, self.drawing, local=local)


def address_of(
    id_: str, what: str, suffix: str = "", drawing: Drawing | None = None, *, local: bool = False
) -> str:
    """The full address of something with that id on this server, or the one within it."""
    told = drawing.query() if drawing else {}
    if what in ("receipt", "data"):
        told = {"lang": told["lang"]} if "lang" in told else {}
    asked = f"?{urlencode(told)}" if told else ""
    base = "" if local else settings().public_url.rstrip("/")
    return f"{base}/{what}/{quote(id_, safe='')}{suffix}{asked}"


def drawing_of(query: Mapping[str, str]) -> Drawing:
    """How to draw, from the parts of an address; what is not understood is an error.

    Raises:
        UserError: naming the part that is wrong and what was expected.
    """
    lang, chart = query.get("lang", LANGS[0]), query.get("chart") or None
    style = query.get("map", "tiles")
    _one_of("lang", lang, LANGS)
    _one_of("chart", chart, CHARTS)
    _one_of("map", style, ("tiles", "outlines"))
    period, highlight, second = (query.get(n) or None for n in ("period", "highlight", "second"))
    if period:
        period = parse_period(period).label
    if highlight and len(highlight) > 80:
        raise UserError("address_part", name="highlight", value=highlight[:80], expected="slug")
    if second:
        second = indicator(second).id
    crises: tuple[str, ...] | None = None
    if told := query.get("crises"):
        crises = () if told == "none" else tuple(told.split())
        for kind in crises:
            _one_of("crises", kind, CLOSED_VALUES["crisis"] + ("political", "prices", "other"))
    return Drawing(lang, chart, style, period, highlight, second, crises)


def _one_of(name: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise UserError("address_part", name=name, value=value[:80], expected=", ".join(known))


def parse(text: str, drawing: Drawing | None = None) -> Question:
    """The question behind an id, live or frozen.

    Raises:
        UserError: when it is none, or names what does not exist.
    """
    text = text.strip()[:LONGEST]
    how = drawing or Drawing()
    if text.startswith("r-"):
        found = receipt.parse(text)
        if found.claim is not None:
            raise UserError("no_figure_of_claim", value=text[:200])
        return Question(found.subject, found.selection, how, found)
    if not text.startswith(LIVE):
        raise UserError("address_unknown", value=text[:80])
    name, *tokens = text.removeprefix(LIVE).split(".")
    return Question(indicator(name).id, receipt.selection_of(tokens, text), how)


def file_stem(question: Question) -> str:
    """A file name a person recognises: indicator, place, last period."""
    asked = question.selection
    place = asked.value_of("cercle") or asked.value_of("region")
    parts = [question.indicator, place, asked.end if asked.start == asked.end else None,
             question.drawing.chart, question.drawing.lang]  # fmt: skip
    if place:
        place_name(place, question.drawing.lang)  # a place we know: nothing else names a file
    return "-".join(part for part in parts if part).replace("/", "-")
