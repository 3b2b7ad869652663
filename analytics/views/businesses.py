"""Businesses: what women kept open, what a crisis cost, how they recovered, what they changed."""

from __future__ import annotations

from typing import Any

from analytics.indicator import indicator
from analytics.text.codes import code_label
from analytics.text.numbers import decimal, format_period, format_value
from analytics.views import CRISES, Panel, cell_text
from analytics.views.page import Page, Words

#: the indicators of the page, in its order
SHOWN = (
    "business_operating_rate", "revenue_ratio", "revenue_depth", "revenue_loss_area",
    "business_outcome_share", "recovered_by_month", "recovery_median_months",
    "recovered_within_6_months", "recovered_months_3_to_8", "adaptation_share",
    "market_linked_share",
)  # fmt: skip
#: the whole of what crises struck, where one of them may be chosen
_ALL = "all"


def show(page: Page) -> None:
    told = Words(page)
    if not page.ask("business_operating_rate", by=("year",)).published:
        page.none(told.say("businesses.none"))
        return
    with page.choices():
        region = page.region()
        page.crises()
    _Businesses(told, region).show()


class _Businesses:
    """The page for one region, or the country."""

    def __init__(self, told: Words, region: str | None) -> None:
        self.told, self.page, self.region = told, told.page, region
        self.quarter = self.page.ask("business_operating_rate").period_label
        self.year = self.page.ask("recovered_by_month").period_label
        self.at_year = {"start": self.year, "end": self.year}

    def show(self) -> None:
        told, page, at_year = self.told, self.page, self.at_year
        page.text(" ".join(self.lead()))

        told.heading("businesses.operating")
        course = {"by": ("quarter",), "end": self.quarter}
        page.figures(self.panel("business_operating_rate", course, crises=True))

        told.heading("businesses.revenue")
        page.figures(self.revenue())

        told.heading("businesses.cost")
        told.note("businesses.cost_note")
        by_crisis = {"by": ("crisis",), **at_year}
        page.figures(*(self.panel(name, by_crisis, "bars")
                       for name in ("revenue_depth", "revenue_loss_area")))  # fmt: skip

        told.heading("businesses.outcome")
        outcome = {"by": ("kind", "year"), "end": self.year}
        page.figures(self.panel("business_outcome_share", outcome))
        if page.role == "staff":
            told.heading("businesses.outcome_by_crisis", 3)
            outcome = {"by": ("kind", "crisis"), **at_year}
            page.figures(self.panel("business_outcome_share", outcome))

        told.heading("businesses.recovery")
        told.note("businesses.recovery_note")
        curve = {"by": ("since",), **at_year, **self.choose_crisis()}
        page.figures(self.panel("recovered_by_month", curve),
                     self.panel("recovery_median_months", by_crisis, "bars"))  # fmt: skip

        told.heading("businesses.adaptations")
        told.note("businesses.adaptations_note")
        chosen = self.choose_year()
        page.figures(*(self.panel("adaptation_share", {"by": (by,), **chosen}, "bars")
                       for by in ("kind", "adaptation_origin")))  # fmt: skip
        linked = {"by": ("year",), "end": self.year}
        page.figures(self.panel("market_linked_share", linked, crises=True))

        told.heading("businesses.association")
        self.association()

        told.heading("businesses.where")
        where = {"by": ("region",), **at_year}
        shown = ("business_operating_rate", "recovered_within_6_months")
        page.figures(*(Panel(name, where, "map", highlight=self.region) for name in shown))

        page.profile()
        page.published(*SHOWN)
        page.definitions(told.say("businesses.how"), SHOWN)

    def panel(
        self, name: str, question: dict[str, Any], chart: str | None = None, *, crises: bool = False
    ) -> Panel:
        return Panel(name, self.told.within(question, self.region), chart, crises)

    def row(self, name: str, **question: Any) -> Any:
        [row] = self.page.ask(name, **self.told.within(question, self.region)).rows
        return row

    def lead(self) -> list[str]:
        """What the figures below come to, in four sentences that are computed."""
        told, lang = self.told, self.page.lang
        at = {"start": self.quarter, "end": self.quarter}
        operating = self.row("business_operating_rate", **at)
        ratio = self.row("revenue_ratio", **at)
        clear = told.say("businesses.ratio_none")
        if None not in (ratio.value, ratio.low, ratio.high):
            bounds = (ratio.value, ratio.low, ratio.high)
            value, low, high = (decimal(bound, lang, 2) for bound in bounds)
            clear = told.say("businesses.ratio_clear", value=value, low=low, high=high)
        shown = cell_text(operating, indicator("business_operating_rate"), lang)
        sentences = [told.say("businesses.lead", ratio=clear, operating=shown,
                              quarter=format_period(self.quarter, lang))]  # fmt: skip
        question = told.within({"by": ("kind",), **self.at_year}, self.region)
        parts = {row.keys["kind"]: row.value
                 for row in self.page.ask("business_outcome_share", **question)}  # fmt: skip
        known = [value for value in parts.values() if value is not None]
        if len(known) == len(parts) == 4:
            down = (parts["weakened"] or 0.0) + (parts["closed"] or 0.0)
            sentences.append(told.say(
                "businesses.lead_balance", year=self.year,
                up=format_value(parts["strengthened"], "share", lang),
                down=format_value(down, "share", lang),
            ))  # fmt: skip
        return [*sentences, self.times()]

    def times(self) -> str:
        """The median and who was still waiting; or that fewer than half recovered."""
        told, lang = self.told, self.page.lang
        median = self.row("recovery_median_months", **self.at_year)
        by_two_years = self.row("recovered_by_month", **self.at_year)
        if median.value is None:
            return told.say("businesses.lead_times_none")
        months = format_value(median.value, "months", lang)
        if by_two_years.value is None:
            return told.say("businesses.lead_times_short", months=months)
        return told.say("businesses.lead_times", months=months,
                        waiting=format_value(1 - by_two_years.value, "share", lang))  # fmt: skip

    def revenue(self) -> Panel:
        """The ratio divided by the crisis, the exposure, or the regions of the country."""
        told = self.told
        shown = {"crisis": told.say("businesses.by_crisis"),
                 "shock": told.say("businesses.by_shock")}  # fmt: skip
        if self.region is None:
            shown["region"] = told.say("businesses.by_region")
        with self.page.choices():
            divided = self.page.choose(told.say("businesses.revenue_by"), shown, "revenue_by")
        if divided == "region":
            course = {"by": ("region",), "start": self.quarter, "end": self.quarter}
            return Panel("revenue_ratio", course, "bars")
        course = {"by": (divided, "quarter"), "end": self.quarter}
        return self.panel("revenue_ratio", course, crises=True)

    def choose_year(self) -> dict[str, str]:
        """The year whose adaptations are shown, the latest first: each crisis had its own."""
        course = self.page.ask("adaptation_share", by=("year",), end=self.year)
        known = [row.keys["year"] for row in reversed(course.rows) if row.published]
        known = known or [self.year]
        with self.page.choices():
            chosen = self.page.choose(self.told.say("targets.year"),
                                      dict(zip(known, known, strict=True)),
                                      "adaptation_year")  # fmt: skip
        return {"start": chosen, "end": chosen}

    def choose_crisis(self) -> dict[str, Any]:
        """The crisis whose recovery is drawn: staff may divide twice, the public sees them
        together."""
        if self.page.role == "public":
            return {}
        shown = {_ALL: self.told.say("businesses.all_crises")}
        shown |= {crisis: code_label("crisis", crisis, self.page.lang) for crisis in CRISES}
        with self.page.choices():
            chosen = self.page.choose(self.told.say("businesses.recovery_crisis"), shown,
                                      "recovery_crisis")  # fmt: skip
        return {} if chosen == _ALL else {"filters": (("crisis", chosen),)}

    def association(self) -> None:
        """Recovery of those that had adapted beside the others: words, warning, bars."""
        name, told = "recovered_months_3_to_8", self.told
        shown = self.panel(name, {"by": ("adapted",), **self.at_year}, "bars")
        rows = {row.keys["adapted"]: row for row in self.page.ask(name, **shown.question)}
        yes, no = rows["true"], rows["false"]
        key = "none"
        if yes.published and no.published:
            key = "unclear"
            if None not in (yes.low, yes.high, no.low, no.high):
                half = [((row.high or 0.0) - (row.low or 0.0)) / 2 for row in (yes, no)]
                gap = (yes.value or 0.0) - (no.value or 0.0)
                if gap**2 > half[0] ** 2 + half[1] ** 2:
                    key = "higher" if gap > 0 else "lower"
        values = {
            part: cell_text(row, indicator(name), self.page.lang)
            for part, row in (("adapted", yes), ("others", no))
        }
        self.page.text(told.say(f"businesses.association_{key}",
                                **(values if key != "none" else {})))  # fmt: skip
        told.note("businesses.association_note")
        self.page.figures(shown)
