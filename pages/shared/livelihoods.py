"""What the Businesses page shows: its finding, its choices, one figure a question."""

from __future__ import annotations

from typing import Any

import streamlit as st

from analytics.text.codes import code_label
from analytics.text.numbers import decimal, format_value
from pages.shared import blocks, filters
from pages.shared.answers import ask, draw
from pages.shared.session import lang, sees, words

#: the indicators of the page, in its order
SHOWN = (
    "business_operating_rate", "revenue_ratio", "revenue_depth", "revenue_loss_area",
    "business_outcome_share", "recovered_by_month", "recovery_median_months",
    "recovered_within_6_months", "recovered_months_3_to_8", "adaptation_share",
    "market_linked_share",
)  # fmt: skip
_CRISES = ("insecurity", "climate", "covid19", "prices")
#: the whole of what crises struck, where one of them may be chosen
_ALL = "all"


def within(question: dict[str, Any], region: str | None) -> dict[str, Any]:
    """The question in the chosen region, where this reader may ask it: the public divides once."""
    divided = [name for name in question["by"] if name not in ("quarter", "year")]
    if region is None or (divided and sees() == "public"):
        return question
    return {**question, "filters": (*question.get("filters", ()), ("region", region))}


def show(name: str, question: dict[str, Any], region: str | None, *, chart: str | None = None,
         events: tuple[str, ...] = ()) -> None:  # fmt: skip
    asked = within(question, region)
    key = "-".join(("businesses", name, *question["by"]))
    blocks.show(draw(name, asked, chart=chart, events=events), ask(name, **asked), key=key)


def lead(region: str | None, quarter: str, year: str) -> None:
    """What the figures below come to, in four sentences that are computed."""
    at = {"by": (), "start": quarter, "end": quarter}
    [operating] = ask("business_operating_rate", **within(at, region)).rows
    [ratio] = ask("revenue_ratio", **within(at, region)).rows
    told = words("businesses.ratio_none")
    if ratio.value is not None and ratio.low is not None and ratio.high is not None:
        bounds = (ratio.value, ratio.low, ratio.high)
        value, low, high = (decimal(bound, lang(), 2) for bound in bounds)
        told = words("businesses.ratio_clear", value=value, low=low, high=high)
    sentences = [words("businesses.lead", ratio=told, quarter=blocks.period_text(quarter),
                       operating=blocks.value_text(operating, _of("business_operating_rate")))]
    at = {"start": year, "end": year}
    parts = {
        row.keys["kind"]: row.value
        for row in ask("business_outcome_share", **within({"by": ("kind",), **at}, region))
    }
    known = [value for value in parts.values() if value is not None]
    if len(known) == len(parts) == 4:
        down = (parts["weakened"] or 0.0) + (parts["closed"] or 0.0)
        sentences.append(words("businesses.lead_balance", year=year,
                               up=format_value(parts["strengthened"], "share", lang()),
                               down=format_value(down, "share", lang())))  # fmt: skip
    sentences.append(_times(within({"by": (), **at}, region)))
    st.markdown(" ".join(sentences))


def _of(name: str) -> Any:
    return ask(name).indicator


def _times(question: dict[str, Any]) -> str:
    """The median and who was still waiting; or that fewer than half recovered."""
    [median] = ask("recovery_median_months", **question).rows
    [by_two_years] = ask("recovered_by_month", **question).rows
    if median.value is None:
        return words("businesses.lead_times_none")
    if by_two_years.value is None:
        return words("businesses.lead_times_short", months=format_value(median.value, "months",
                                                                        lang()))  # fmt: skip
    return words("businesses.lead_times", months=format_value(median.value, "months", lang()),
                 waiting=format_value(1 - by_two_years.value, "share", lang()))  # fmt: skip


def choose_division(region: str | None) -> str:
    """What the ratio is divided by: the crisis, the exposure, or the regions of the country."""
    shown = {"crisis": words("businesses.by_crisis"), "shock": words("businesses.by_shock")}
    if region is None:
        shown["region"] = words("businesses.by_region")
    return filters.one("businesses.revenue_by", shown, "revenue_by")


def choose_year(latest: str) -> dict[str, str]:
    """The year whose adaptations are shown, the latest first: each crisis had its own."""
    course = ask("adaptation_share", by=("year",), end=latest)
    known = [row.keys["year"] for row in reversed(course.rows) if row.published] or [latest]
    chosen = filters.one("targets.year", dict(zip(known, known, strict=True)), "adaptation_year")
    return {"start": chosen, "end": chosen}


def choose_crisis() -> dict[str, Any]:
    """The crisis whose recovery is drawn: staff may divide twice, the public sees them together."""
    if sees() == "public":
        return {}
    shown = {_ALL: words("businesses.all_crises")}
    shown |= {crisis: code_label("crisis", crisis, lang()) for crisis in _CRISES}
    chosen = filters.one("businesses.recovery_crisis", shown, "recovery_crisis")
    return {} if chosen == _ALL else {"filters": (("crisis", chosen),)}


def association(region: str | None, year: str) -> None:
    """Recovery of those that had adapted beside the others: the words, the warning, the bars."""
    question = within({"by": ("adapted",), "start": year, "end": year}, region)
    rows = {row.keys["adapted"]: row for row in ask("recovered_months_3_to_8", **question)}
    yes, no = rows["true"], rows["false"]
    key = "none"
    if yes.published and no.published:
        bounds = (yes.low, yes.high, no.low, no.high)
        key = "unclear"
        if all(bound is not None for bound in bounds):
            half = [((row.high or 0.0) - (row.low or 0.0)) / 2 for row in (yes, no)]
            gap = (yes.value or 0.0) - (no.value or 0.0)
            if gap**2 > half[0] ** 2 + half[1] ** 2:
                key = "higher" if gap > 0 else "lower"
    subject = _of("recovered_months_3_to_8")
    told = {"adapted": blocks.value_text(yes, subject), "others": blocks.value_text(no, subject)}
    st.markdown(words(f"businesses.association_{key}", **(told if key != "none" else {})))
    st.caption(words("businesses.association_note"))
    blocks.show(
        draw("recovered_months_3_to_8", question, chart="bars"),
        ask("recovered_months_3_to_8", **question),
        key="businesses-association",
    )
