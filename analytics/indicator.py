"""What is measured: one YAML file an indicator, one frozen object each.

To add an indicator, add ``indicators/<id>.yaml`` (and a column to its mart if a part is missing).
Pages, exports, dictionary and tests read this object; nothing else describes an indicator.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator
from rapidfuzz import process

from analytics.declared import read_yaml
from analytics.errors import UserError
from analytics.text import Text

FOLDER = Path(__file__).parent / "indicators"

#: breakdowns of time; all others divide places or kinds of groups
TIME: tuple[str, ...] = ("month", "quarter", "year")
PLACE: tuple[str, ...] = ("region", "cercle")

Breakdown = Literal[
    "region", "cercle", "month", "quarter", "year", "partner", "group_type", "network", "wlie",
    "sex", "age_band", "displaced", "sector", "kind", "crisis", "shock", "purpose", "phase",
    "beneficiary", "source", "level", "crisis_phase", "theme", "initiative",
    "adaptation_origin", "adapted",
    "since",
]  # fmt: skip
Caveat = Literal[
    "self_reported", "savings_cycle_sawtooth", "nominal_francs", "constant_francs",
    "mixed_groups", "late_days_rule", "write_off_rule", "needs_cycle_register",
    "twelve_week_rule", "survival_unknown_status", "last_observation_in_period",
    "not_representative", "programme_sample", "unweighted", "weights_missing",
    "few_groups_in_stratum", "months_missing", "does_not_know", "median_not_reached",
    "told_again", "soap_by_weight", "floor_of_log", "priced_by_group", "same_months_before",
    "association_only", "censored_kept", "interval_without_groups", "closed_counts_as_zero",
    "fcs_cutoffs", "fcs_cutoffs_high", "rcsi_classes", "self_assessed", "quota_law",
    "seats_are_not_influence",
    "population_nearest_year", "cercle_population", "events_reported", "unplaced_events",
    "source_changes", "fatalities_estimated", "worst_month", "nearest_market",
    "weighted_by_people", "like_spi", "dry_season_rain", "stock_averaged",
    "current_and_projected", "national_only", "exposed_not_affected", "quartile_cut",
    "cercle_in_equal_parts", "shock_cut", "landmark_three_months", "stronger_firms_adapt",
    "few_still_followed", "unobserved_like_observed", "worst_of_noisy_months", "counted_each_year",
    "indirect_apart", "cost_of_projects",
]  # fmt: skip
Theme = Literal[
    "outreach", "savings", "credit", "performance", "solidarity", "businesses", "contributions",
    "households", "voice", "shocks", "programme",
]  # fmt: skip
Unit = Literal[
    "xof", "share", "people", "groups", "items", "multiple", "index", "months", "score", "level",
    "z", "percent", "per_100", "per_1000", "per_100k",
]  # fmt: skip

#: what the two counts of a figure are counts of: ``n_people`` in ``n_groups``
Behind = Literal["members", "businesses", "respondents", "seats", "participants"]
_BEHIND: dict[str, Behind] = {
    "group": "members", "member": "members", "loan_value": "members", "place": "members",
    "business": "businesses", "respondent": "respondents", "seat": "seats", "space": "seats",
    "activity": "participants",
}  # fmt: skip


class Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Formula(Frozen):
    words: Text
    symbols: str


class Reference(Frozen):
    text: Text
    url: str | None = None


class Benchmark(Frozen):
    """A published level, in the indicator's unit."""

    value: float
    text: Text
    url: str | None = None


class Indicator(Frozen):
    """A declared indicator.

    ``numerator`` and ``denominator`` are columns of ``mart``. The estimate is ``scale`` times

    - ``ratio``: the ratio of their sums over the groups (people, places) that have both;
    - ``total``: the sum of the numerator;
    - ``mean``: the mean of the numerator over survey respondents, by their weights and design;
    - ``median_months``: the median time, numerator (months seen) until denominator (1 where the
      end was seen, 0 where it has not come yet);
    - ``curve``: of the same two columns, the share in which the end has come by each month
      ``since`` (see ``estimates.survival``), or by the last month where the question names none.

    ``klass`` is the disclosure class of design.md §6. What a mart must hold: ``estimates.mart``.
    """

    id: str
    theme: Theme
    order: int
    title: Text
    definition: Text
    why_it_matters: Text
    formula: Formula
    mart: str
    statistic: Literal["ratio", "total", "mean", "median_months", "curve"]
    numerator: str
    denominator: str | None = None
    #: the ratio is told per so many: 100000 for events per 100,000 people
    scale: float = 1
    unit: Unit
    analysis_unit: Literal[
        "group", "member", "loan_value", "business", "respondent", "seat", "space", "activity",
        "place",
    ]
    direction: Literal["up", "down", "none"]
    klass: Literal["open", "rate", "total", "internal"] = Field(alias="class")
    breakdowns: tuple[Breakdown, ...]
    chart: Literal["trend", "bars", "map", "table", "stack", "curve"]
    sources: tuple[str, ...]
    reference: Reference
    caveats: tuple[Caveat, ...] = ()
    benchmark: Benchmark | None = None
    #: mart column (0/1) of the groups that ought to be in: what coverage is measured against
    population: str = "expected"
    #: a share of a whole, which the rules of import keep between 0 and 1
    bounded: bool = False
    #: breakdowns that divide the numerator alone: value by kind, over all members
    numerator_by: tuple[Breakdown, ...] = ()
    #: the codes that ``kind`` stands for, as the column dictionary lists them
    kinds: str | None = None
    #: caveats of single cells: columns ``caveat_<code>`` of the mart, 1 where it holds
    cell_caveats: tuple[Caveat, ...] = ()
    #: the indicator that tells the same in other words: what is hidden of one is hidden of both
    mirror: str | None = None
    #: observed in waves: a period may be full without its last month
    waves: bool = False

    @property
    def behind(self) -> Behind:
        """Who the people and groups behind a figure are, for whoever counts them in words."""
        return _BEHIND[self.analysis_unit]

    @property
    def of_network(self) -> bool:
        """Whether it tells how the savings groups themselves fare, from their own records."""
        return self.mart == "mart_network__group_period" and self.theme != "contributions"

    @property
    def whole(self) -> bool:
        """Whether its kinds are the parts of one whole: they add up to it."""
        return self.numerator == self.denominator and bool(self.numerator_by)

    @model_validator(mode="after")
    def _parts_fit_the_statistic(self) -> Indicator:
        if (self.statistic not in ("total", "mean")) != (self.denominator is not None):
            raise ValueError(f"{self.id}: a ratio has a denominator, a total and a mean have none")
        if ("since" in self.breakdowns) != (self.statistic == "curve"):
            raise ValueError(f"{self.id}: a curve, and nothing else, runs over months since")
        if ("kind" in self.breakdowns) != (self.kinds is not None):
            raise ValueError(f"{self.id}: a breakdown by kind says kinds of what")
        return self


@cache
def indicators() -> dict[str, Indicator]:
    """Every declared indicator by id, in reading order."""
    found = []
    for path in FOLDER.glob("*.yaml"):
        declared = read_yaml(path)
        found.append(Indicator.model_validate({"id": path.stem, **declared}))
    found.sort(key=lambda i: (get_args(Theme).index(i.theme), i.order, i.id))
    return {indicator.id: indicator for indicator in found}


def indicator(name: str) -> Indicator:
    """The indicator of that id.

    Raises:
        UserError: naming the nearest one, when there is none.
    """
    known = indicators()
    if name not in known:
        near = process.extractOne(name, known.keys())
        raise UserError("unknown_indicator", value=name, suggestion=near[0] if near else "")
    return known[name]
