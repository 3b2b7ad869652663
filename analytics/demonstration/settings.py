"""The numbers behind the demonstration data, read from ``data/demonstration.yaml``."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from analytics.declared import read_yaml

PROJECT = Path(__file__).resolve().parents[2]
SETTINGS = PROJECT / "data" / "demonstration.yaml"

Range = tuple[float, float]


def month_number(label: str) -> int:
    """``2018-01`` as months since year 0: the one clock of this package."""
    year, month = label.split("-")
    return int(year) * 12 + int(month) - 1


def month_label(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


MonthNumber = Annotated[int, BeforeValidator(month_number)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Noise(_Section):
    """A stationary AR(1): ``sd`` is that of the series, not of its innovations."""

    rho: float
    sd: float


class Season(_Section):
    amplitude: float
    peak_month: float


class Normal(_Section):
    mean: float
    sd: float


class Places(_Section):
    region_weights: dict[str, float]
    cercle_concentration: float
    every_cercle_from_groups: int
    taoudenit_share: float
    region_only_share: float
    slugs_2023_share: float
    names_share: float
    other_spellings: dict[str, str]


class Members(Normal):
    lowest: int
    highest: int


class Groups(_Section):
    formed_from_months_before_since: int
    formed_until_months_before_until: int
    training_months_before_savings: tuple[int, int]
    women_only_share: float
    women_share_in_mixed: Range
    network_member_share: float
    wlie_share: float
    monthly_share: float
    village_agent_share: float
    agencies: dict[str, float]
    agency_concentration: float
    projects: list[str]
    members: Members
    dropout_rate_month: float
    new_member_rate_month: float
    recruits_at_cycle_start: Normal
    closure_rate_year: float
    closure_multiple_after_onset: float


class Cycles(_Section):
    shapes: list[tuple[int, int, float]]
    supervised_cycles: tuple[int, int]
    share_values_xof: list[int]
    shares_per_meeting: float
    interest_pct: dict[float, float]
    carry_over_share: float
    carry_over: Range


class Savings(_Section):
    deposit_month_xof: float
    trend_month: float
    season: Season
    wealth_sd: float
    group_sd: float
    group_limit: float
    cercle_sd: float
    exposed_level: float
    cercle_noise: Noise
    noise: Noise


class Late(_Section):
    shift: float
    spread: float
    rho: float


class FoodShare(_Section):
    mean: float
    group_sd: float
    noise_sd: float
    lean_season: float


class Credit(_Section):
    utilisation_profile: list[float]
    utilisation_group_sd: float
    utilisation_noise_sd: float
    collection: float
    borrowers_profile: list[float]
    borrowers_sd: float
    second_loan_share: float
    term_months: int
    late: Late
    write_off_month: float
    food_share: FoodShare
    business_share_of_rest: Range
    bank_share: float
    property_share: float
    property_xof: Range
    purchase_month: float
    dividend_share: float
    debt_share: float
    debt_of_savings: float
    debt_interest_month: float
    debt_held_over_share: float


class Latent(_Section):
    shift: float
    wealth: float


class SocialFund(_Section):
    latent: Latent
    contribution_meeting_xof: dict[int, float]
    ordinary_month: float
    ordinary_part: Range
    crisis_month: float
    crisis_part: Range
    household_xof: int


class Attendance(_Section):
    mean: float
    group_sd: float
    noise_sd: float
    rainy_season: float


class CrisisPayment(_Section):
    add: float
    months: int


class Buffer(_Section):
    causal: float
    naive: float
    months: int


class Insecurity(_Section):
    never_share: float
    waves: int
    window: Range
    weights: dict[str, float]
    savings: float
    hold_until: int
    floor: float
    floor_from: int
    buffer: Buffer
    crisis_payment: CrisisPayment


class Covid(_Section):
    start: MonthNumber
    attendance: float
    months: int
    crisis_payment: CrisisPayment


class PriceShock(_Section):
    start: MonthNumber
    months: int
    savings: float
    crisis_payment: CrisisPayment
    food_loans_per_10_pct: float
    local_sensitivity_sd: float
    local_noise: Noise


class Flood(_Section):
    start: MonthNumber
    months: int
    cercle_share: float
    attendance: float


class Shocks(_Section):
    insecurity: Insecurity
    covid19: Covid
    prices: PriceShock
    flood: Flood


class Reporting(_Section):
    missing: float
    thin_regions: list[str]
    thin_missing: float
    early_visit: float
    attrition_month: float
    attrition_multiple_after_onset: float
    optional_missing: float
    duplicates: float


class Blemishes(_Section):
    unit_errors: int
    misspelt_region: str
    future_date: dt.date
    unknown_group: str
    unknown_code: str
    counts: dict[str, int]


class Prices(_Section):
    anchors: dict[MonthNumber, float]
    drift_year_before: float
    drift_year_after: float
    season: Season
    noise: Noise


class Population(_Section):
    growth_year: float
    women_share: float


class Settings(_Section):
    """All sections of ``data/demonstration.yaml``; an unknown or missing number is an error."""

    places: Places
    groups: Groups
    cycles: Cycles
    savings: Savings
    credit: Credit
    social_fund: SocialFund
    attendance: Attendance
    shocks: Shocks
    reporting: Reporting
    blemishes: Blemishes
    prices: Prices
    population: Population


@cache
def settings() -> Settings:
    """The settings as shipped.

    Raises:
        pydantic.ValidationError: when the file does not hold exactly what is expected.
    """
    return Settings.model_validate(read_yaml(SETTINGS))
