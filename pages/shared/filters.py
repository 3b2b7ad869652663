"""Widgets → parts of a ``Selection``. All of them live in the address."""

from __future__ import annotations

import streamlit as st

from analytics.geography.places import place_name, region_units
from analytics.indicator import indicators
from analytics.period import periods_between
from analytics.selection import CLOSED_VALUES
from analytics.text.numbers import format_period
from analytics.views import CRISES
from pages.shared.address import bound, bound_many
from pages.shared.session import lang, reader, sees, words

ALL = "mali"


def region(
    division: str = "2023", *, key: str = "region", role: str | None = None
) -> str | None:
    """The chosen region (for the public: the unit it is published in), or None for the country."""
    units = reader().units[division]
    order = [found.slug for found in region_units(division)]
    if (role or sees()) == "public":
        order = list(dict.fromkeys(units[slug] for slug in order))
    shown = {ALL: words("filter.whole_country")}
    shown |= {slug: place_name(slug, lang()) for slug in order}
    chosen = one("filter.region", shown, key)
    return None if chosen == ALL else chosen


def division() -> str:
    shown = {value: words(f"filter.division_{value}") for value in ("2023", "2012")}
    return one("filter.division", shown, "division")


def group_type() -> str | None:
    """Women-only or mixed groups, or None for all."""
    shown = {
        "women_only": words("value.group_type.women_only").capitalize(),
        "all": words("filter.all_groups"),
        "mixed": words("value.group_type.mixed").capitalize(),
    }
    chosen = one("filter.group_type", shown, "group_type")
    return None if chosen == "all" else chosen


def indicator(default: str, *, rates_only: bool = False) -> str:
    found = [i for i in indicators().values()
             if i.of_network and (not rates_only or i.klass == "rate")]  # fmt: skip
    found.sort(key=lambda i: i.id != default)
    return one("filter.indicator", {i.id: i.title[lang()] for i in found}, "indicator")


def since() -> str | None:
    """The first year of a series."""
    build = reader().build
    if build.first_day is None or build.last_day is None:
        return None
    years = [p.label for p in periods_between(build.first_day, build.last_day, "year")]
    return one("filter.since", dict(zip(years, years, strict=True)), "since")


def quarter() -> str:
    """One quarter, the latest first."""
    build = reader().build
    latest = build.latest("quarter", sees())
    found = periods_between(build.first_day or latest.start, latest.end, "quarter") or [latest]
    shown = {p.label: format_period(p.label, lang()) for p in reversed(found)}
    return one("filter.period", shown, "quarter")


def crises() -> tuple[str, ...]:
    """The kinds of crises drawn behind series."""
    shown = {kind: words(f"crisis.{kind}") for kind in CRISES}
    return bound_many(
        st.pills,
        "crises",
        CRISES,
        label=words("filter.crises"),
        selection_mode="multi",
        format_func=shown.__getitem__,
    )


def one(label: str, shown: dict[str, str], key: str) -> str:
    """A select box over ``option → what the reader sees``; the first option is the default."""
    options = tuple(shown)
    return bound(
        st.selectbox, key, options, options[0], label=words(label), format_func=shown.__getitem__
    )


def filters_for(region: str | None, group_type: str | None) -> tuple[tuple[str, str], ...]:
    """The chosen values as a selection's filters; the public may use one at a time."""
    chosen = []
    if region:
        chosen.append(("region", region))
    if group_type and not (region and sees() == "public"):
        chosen.append(("group_type", group_type))
    assert all(value in CLOSED_VALUES.get(name, (value,)) for name, value in chosen)
    return tuple(chosen)
