"""Widgets → parts of a ``Selection``. All of them live in the address."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from analytics.geography.places import place_name, region_units
from analytics.indicator import indicators
from analytics.period import periods_between
from analytics.selection import CLOSED_VALUES
from analytics.text.numbers import format_period
from pages.shared.address import bound, bound_many
from pages.shared.session import lang, reader, sees, words

ALL = "mali"
CRISES = ("insecurity", "climate", "covid19", "prices")


def region(division: str = "2023", *, key: str = "region") -> str | None:
    """The chosen region (for the public: the unit it is published in), or None for the country."""
    units = reader().units[division]
    order = [found.slug for found in region_units(division)]
    if sees() == "public":
        order = list(dict.fromkeys(units[slug] for slug in order))
    return _one(words("filter.region"), (ALL, *order), _place, key, none=ALL)


def division() -> str:
    return (
        _one(
            words("filter.division"),
            ("2023", "2012"),
            lambda value: words(f"filter.division_{value}"),
            "division",
        )
        or "2023"
    )


def group_type() -> str | None:
    """Women-only or mixed groups, or None for all."""
    return _one(
        words("filter.group_type"),
        ("women_only", "all", "mixed"),
        lambda value: (
            words("filter.all_groups")
            if value == "all"
            else words(f"value.group_type.{value}").capitalize()
        ),
        "group_type",
        none="all",
    )


def indicator(default: str, *, rates_only: bool = False) -> str:
    options = [i.id for i in indicators().values() if not rates_only or i.klass == "rate"]
    options.sort(key=lambda name: name != default)
    titles = indicators()
    return (
        _one(
            words("filter.indicator"),
            tuple(options),
            lambda name: titles[name].title[lang()],
            "indicator",
        )
        or default
    )


def since() -> str | None:
    """The first year of a series."""
    build = reader().build
    if build.first_day is None or build.last_day is None:
        return None
    years = tuple(p.label for p in periods_between(build.first_day, build.last_day, "year"))
    return _one(words("filter.since"), years, str, "since")


def quarter() -> str:
    """One quarter, the latest first."""
    build = reader().build
    latest = build.latest("quarter", sees())
    found = periods_between(build.first_day or latest.start, latest.end, "quarter")
    labels = tuple(period.label for period in reversed(found)) or (latest.label,)
    chosen = _one(words("filter.period"), labels, lambda q: format_period(q, lang()), "quarter")
    return chosen or labels[0]


def crises() -> tuple[str, ...]:
    """The kinds of crises drawn behind series."""
    return bound_many(
        st.pills,
        "crises",
        CRISES,
        label=words("filter.crises"),
        selection_mode="multi",
        format_func=lambda kind: words(f"crisis.{kind}"),
    )


def _place(slug: str) -> str:
    return words("filter.whole_country") if slug == ALL else place_name(slug, lang())


def _one(
    label: str,
    options: tuple[str, ...],
    show: Callable[[str], str],
    key: str,
    none: str | None = None,
) -> str | None:
    """A select box; ``none`` is the option that stands for no filter. The first is the default."""
    value = bound(st.selectbox, key, options, options[0], label=label, format_func=show)
    return None if value == none else value


def filters_for(region: str | None, group_type: str | None) -> tuple[tuple[str, str], ...]:
    """The chosen values as a selection's filters; the public may use one at a time."""
    chosen = []
    if region:
        chosen.append(("region", region))
    if group_type and not (region and sees() == "public"):
        chosen.append(("group_type", group_type))
    assert all(value in CLOSED_VALUES.get(name, (value,)) for name, value in chosen)
    return tuple(chosen)
