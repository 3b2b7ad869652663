"""The contract of every dataset: columns, types, codes and rules, once.

One pydantic model a dataset. The bulk checks (SQL over a whole file), the check of a single row
(``Contract.model_validate``), the data dictionary and the templates all read these models; what
people read about a column stands in ``data/dictionary/columns.yaml``.

A column without a default is required. Column names and codes are a public contract
(``docs/dictionary.md``): files of partners rely on them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, model_validator

# Network files older than this are typing errors: the approach reached Mali in 2000.
EARLIEST_OWN_DATE = dt.date(2000, 1, 1)


@dataclass(frozen=True)
class Marker:
    """What a column's type alone does not say; see ``Column``."""

    kind: str


Identifier = Annotated[str, Marker("identifier")]
FreeText = Annotated[str, Marker("text")]
RegionPlace = Annotated[str, Marker("region")]
CerclePlace = Annotated[str, Marker("cercle")]
AnyPlace = Annotated[str, Marker("place")]
Month = Annotated[str, Marker("month")]
Year = Annotated[int, Field(ge=1900, le=2100)]
Count = Annotated[int, Field(ge=0)]
Amount = Annotated[int, Field(ge=0), Marker("amount")]
SignedAmount = Annotated[int, Marker("amount")]
Number = Annotated[float, Marker("number")]
Days = Annotated[int, Field(ge=0, le=7)]
PastDate = Annotated[dt.date, Marker("past")]
AnyDate = Annotated[dt.date, Marker("any")]
Bool = bool

Division = Literal["2012", "2023"]
Sex = Literal["female", "male"]
CrisisKind = Literal["insecurity", "climate", "covid19", "prices", "other"]
Theme = Literal[
    "income", "food", "health", "mental_health", "safety", "education", "care_work", "water",
    "shelter", "information", "savings", "none", "other",
]  # fmt: skip


@dataclass(frozen=True)
class NotMore:
    """Row rule: ``column`` never exceeds the sum of ``limit``, where all of them are known."""

    rule: str
    column: str
    limit: tuple[str, ...]


class Contract(BaseModel):
    """Base of the datasets. Class variables describe the dataset, fields its columns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: ClassVar[tuple[str, ...]]
    #: dates before 2000 are refused in the network's own files, not in published context
    own: ClassVar[bool] = True
    #: column → dataset that must already know its value
    references: ClassVar[dict[str, str]] = {}
    row_rules: ClassVar[tuple[NotMore, ...]] = ()
    #: column → the only value accepted
    must_be: ClassVar[dict[str, bool]] = {}
    #: the office writes single records in a form, and may withdraw them
    editable: ClassVar[bool] = False

    @model_validator(mode="after")
    def _holds_its_rules(self) -> Contract:
        for rule in self.row_rules:
            value = getattr(self, rule.column)
            parts = [getattr(self, part) for part in rule.limit]
            if value is not None and None not in parts and value > sum(parts):
                raise ValueError(rule.rule)
        for required, expected in self.must_be.items():
            if getattr(self, required) is not expected:
                raise ValueError(f"must_be_{str(expected).lower()}")
        for name, column in columns_of(type(self)).items():
            value = getattr(self, name)
            if column.kind == "date" and value is not None:
                if self.own and value < EARLIEST_OWN_DATE:
                    raise ValueError("date_too_early")
                if column.past and value > dt.date.today():
                    raise ValueError("date_in_future")
        return self


# --- Network -------------------------------------------------------------------------------------


class VslaGroup(Contract):
    key = ("group_id",)

    group_id: Identifier
    date_first_training: PastDate | None = None
    region: RegionPlace
    cercle: CerclePlace | None = None
    commune: FreeText | None = None
    division: Division | None = None
    facilitating_agency: FreeText
    project: FreeText | None = None
    trainer_type: Literal["field_officer", "village_agent"] | None = None
    group_type: Literal["women_only", "mixed"]
    network_member: Bool
    wlie: Bool
    reporting_frequency: Literal["monthly", "quarterly"] | None = None
    date_closed: PastDate | None = None


class VslaCycle(Contract):
    key = ("group_id", "cycle_no")
    references = {"group_id": "vsla_group"}

    group_id: Identifier
    cycle_no: Annotated[int, Field(ge=1)]
    date_savings_started: PastDate
    members_at_start: Count
    share_value_xof: Amount | None = None
    assets_at_start_xof: Amount | None = None
    debts_at_start_xof: Amount | None = None
    interest_rate_month_pct: Annotated[float, Field(ge=0), Marker("number")] | None = None
    status: Literal["supervised", "self_managed"] | None = None
    date_share_out: PastDate | None = None
    share_out_xof: Amount | None = None


class VslaObservation(Contract):
    key = ("group_id", "obs_date")
    references = {"group_id": "vsla_group"}
    row_rules = (
        NotMore("attending_over_members", "members_attending", ("members_women", "members_men")),
        NotMore("late_over_outstanding", "loans_late_xof", ("loans_outstanding_xof",)),
    )

    group_id: Identifier
    obs_date: PastDate
    members_women: Count
    members_men: Count
    members_attending: Count | None = None
    dropouts_cycle: Count | None = None
    new_members_cycle: Count | None = None
    savings_cycle_xof: Amount
    savings_women_xof: Amount | None = None
    loans_outstanding_n: Count | None = None
    members_with_loans_n: Count | None = None
    loans_outstanding_xof: Amount
    loans_late_xof: Amount | None = None
    loans_for_food_xof: Amount | None = None
    loans_for_business_xof: Amount | None = None
    write_offs_cycle_xof: Amount | None = None
    loan_fund_cash_xof: Amount
    bank_balance_xof: Amount | None = None
    social_fund_xof: Amount
    social_fund_paid_xof: Amount | None = None
    social_fund_paid_crisis_xof: Amount | None = None
    households_supported: Count | None = None
    property_xof: Amount | None = None
    external_debt_xof: Amount | None = None
    dividends_paid_xof: Amount | None = None
    loans_disbursed_cycle_xof: Amount | None = None
    loans_disbursed_cycle_n: Count | None = None


# --- Women, businesses, households ---------------------------------------------------------------


class BusinessObservation(Contract):
    key = ("business_id", "obs_date")
    references = {"group_id": "vsla_group"}

    business_id: Identifier
    group_id: Identifier
    obs_date: PastDate
    owner_sex: Sex
    sector: FreeText
    status: Literal["open", "closed_temporarily", "closed"]
    revenue_xof: Amount | None = None
    profit_xof: SignedAmount | None = None
    workers: Count | None = None
    adaptations: list[
        Literal[
            "masks", "soap", "market_link", "new_product", "new_market", "phone_sales",
            "group_purchase", "loan_rescheduled", "stock", "other", "none",
        ]
    ] | None = None  # fmt: skip
    adaptation_origin: Literal["own", "project"] | None = None
    shocks_felt: list[CrisisKind] | None = None
    weight: Annotated[float, Field(ge=0), Marker("number")] | None = None


class MemberSurvey(Contract):
    key = ("respondent_id", "round")
    references = {"group_id": "vsla_group"}

    respondent_id: Identifier
    group_id: Identifier | None = None
    round: FreeText
    survey_date: PastDate
    sex: Sex
    age_band: Literal["18-24", "25-34", "35-44", "45-59", "60+"] | None = None
    region: RegionPlace
    cercle: CerclePlace | None = None
    vsla_member: Bool
    displaced: Bool | None = None
    weight: Annotated[float, Field(ge=0), Marker("number")] | None = None
    strata: FreeText | None = None
    psu: FreeText | None = None
    sample: Literal["probability", "programme"] | None = None
    impacts: list[Theme] | None = None
    needs: list[Theme] | None = None
    actions: list[Theme] | None = None
    fcs_staples: Days | None = None
    fcs_pulses: Days | None = None
    fcs_vegetables: Days | None = None
    fcs_fruit: Days | None = None
    fcs_meat: Days | None = None
    fcs_milk: Days | None = None
    fcs_sugar: Days | None = None
    fcs_oil: Days | None = None
    rcsi_less_preferred: Days | None = None
    rcsi_borrow: Days | None = None
    rcsi_portion: Days | None = None
    rcsi_adults: Days | None = None
    rcsi_meals: Days | None = None
    speaks_in_public: Bool | None = None
    knows_rights: Bool | None = None
    decides_income: Bool | None = None
    decides_health: Bool | None = None
    perceives_women_leaders: Annotated[int, Field(ge=1, le=5)] | None = None


class Contribution(Contract):
    key = ("contribution_id",)
    references = {"group_id": "vsla_group"}

    contribution_id: Identifier
    group_id: Identifier
    date: PastDate
    kind: Literal[
        "masks", "soap", "food", "cash", "health", "school", "shelter", "water", "savings_kept",
        "mediation", "information", "market_link", "other",
    ]  # fmt: skip
    purpose: Literal["adaptation", "mitigation"]
    phase: Literal["prevention", "preparedness", "response", "recovery"]
    crisis: CrisisKind
    beneficiary: Literal["household", "community", "displaced"]
    initiative: Literal["own", "project"] | None = None
    women_involved: Count
    people_reached: Count | None = None
    households_reached: Count | None = None
    quantity: Annotated[float, Field(ge=0), Marker("number")] | None = None
    quantity_unit: FreeText | None = None
    value_xof: Amount | None = None
    source: Literal["ledger", "report", "photo", "testimony"]


class Testimony(Contract):
    key = ("testimony_id",)
    must_be = {"consent": True}

    testimony_id: Identifier
    date: PastDate
    region: RegionPlace
    role: FreeText
    crisis: CrisisKind
    text_fr: FreeText
    text_en: FreeText
    consent: Bool


# --- Voice and action ----------------------------------------------------------------------------


class DecisionSpace(Contract):
    key = ("space_id", "date")
    row_rules = (
        NotMore("women_over_seats", "seats_women", ("seats",)),
        NotMore("vsla_women_over_women", "seats_vsla_women", ("seats_women",)),
    )

    space_id: Identifier
    date: PastDate
    level: Literal["village", "commune", "cercle", "region", "national"]
    kind: Literal["council", "crisis_committee", "camp_committee", "cluster", "market", "other"]
    crisis_phase: Literal["prevention", "preparedness", "response", "recovery"] | None = None
    region: RegionPlace
    cercle: CerclePlace | None = None
    commune: FreeText | None = None
    seats: Count
    seats_women: Count
    seats_vsla_women: Count | None = None


class Activity(Contract):
    key = ("activity_id",)

    activity_id: Identifier
    date: PastDate
    kind: Literal["training", "forum", "dialogue", "coaching", "market_fair", "other"]
    topic: FreeText
    region: RegionPlace
    women: Count
    men: Count
    organiser: FreeText


class Consultation(Contract):
    key = ("consultation_id",)
    editable = True

    consultation_id: Identifier
    date: PastDate
    region: RegionPlace
    women: Count
    men: Count
    priorities: FreeText


class AdvocacyAxis(Contract):
    key = ("axis_id",)
    editable = True

    axis_id: Identifier
    title_fr: FreeText
    title_en: FreeText
    description_fr: FreeText | None = None
    description_en: FreeText | None = None


class Action(Contract):
    key = ("action_id",)
    editable = True
    references = {"axis_id": "advocacy_axis"}

    action_id: Identifier
    axis_id: Identifier
    region: RegionPlace
    title_fr: FreeText
    title_en: FreeText
    responsible: FreeText
    due_date: AnyDate
    status: Literal["planned", "under_way", "done", "late", "dropped"]
    budget_xof: Amount | None = None
    spent_xof: Amount | None = None
    indicator_id: FreeText | None = None
    target: Number | None = None


class Demand(Contract):
    key = ("demand_id",)
    editable = True
    references = {"axis_id": "advocacy_axis"}

    demand_id: Identifier
    axis_id: Identifier
    date: PastDate
    region: RegionPlace
    addressed_to: FreeText
    text_fr: FreeText
    text_en: FreeText
    claim_ids: FreeText | None = None
    status: Literal["tabled", "answered", "accepted", "met", "refused"]
    status_date: PastDate | None = None


class Ally(Contract):
    key = ("ally_id",)
    editable = True

    ally_id: Identifier
    name: FreeText
    kind: Literal[
        "saving_group_network", "ngo", "engaged_men", "apex", "ministry", "donor", "other"
    ]
    region: RegionPlace | None = None
    joined: PastDate | None = None


# --- Context -------------------------------------------------------------------------------------


class CrisisEvent(Contract):
    key = ("event_id",)
    own = False

    event_id: Identifier
    start_date: PastDate
    end_date: AnyDate | None = None
    kind: Literal["insecurity", "climate", "covid19", "prices", "political"]
    title_fr: FreeText
    title_en: FreeText
    region: RegionPlace | None = None
    source: FreeText
    source_url: FreeText | None = None


class ShockExposure(Contract):
    key = ("place", "month", "kind", "measure", "source")
    own = False

    place: AnyPlace
    month: Month
    kind: Literal["insecurity", "climate", "covid19", "prices", "displacement", "food_insecurity"]
    measure: Literal[
        "events", "fatalities", "events_per_100k", "price_change_pct", "alps",
        "rainfall_pct_normal", "rainfall_z", "displaced", "displaced_per_1000",
        "phase3plus_share", "stringency", "cases", "onset",
    ]  # fmt: skip
    value: Number
    source: FreeText


class PriceIndex(Contract):
    key = ("month",)
    own = False

    month: Month
    index: Annotated[float, Field(gt=0), Marker("number")]
    source: FreeText


class Population(Contract):
    key = ("place", "year")
    own = False
    row_rules = (NotMore("women_over_population", "women", ("population",)),)

    place: AnyPlace
    year: Year
    population: Count
    women: Count | None = None
    source: FreeText


class Target(Contract):
    key = ("indicator_id", "region", "year")

    indicator_id: FreeText
    region: RegionPlace | None = None
    year: Year
    baseline: Number | None = None
    target: Number | None = None


class Reach(Contract):
    key = ("project", "year", "region")

    project: FreeText
    year: Year
    region: RegionPlace | None = None
    direct_women: Count
    direct_men: Count
    indirect: Count | None = None
    source: FreeText


class ProgrammeCost(Contract):
    key = ("project", "year")

    project: FreeText
    year: Year
    cost_xof: Amount
    source: FreeText


#: every dataset, in an order in which each comes after those it refers to
DATASETS: dict[str, type[Contract]] = {
    "vsla_group": VslaGroup,
    "vsla_cycle": VslaCycle,
    "vsla_observation": VslaObservation,
    "business_observation": BusinessObservation,
    "member_survey": MemberSurvey,
    "contribution": Contribution,
    "testimony": Testimony,
    "decision_space": DecisionSpace,
    "activity": Activity,
    "consultation": Consultation,
    "advocacy_axis": AdvocacyAxis,
    "action": Action,
    "demand": Demand,
    "ally": Ally,
    "crisis_event": CrisisEvent,
    "shock_exposure": ShockExposure,
    "price_index": PriceIndex,
    "population": Population,
    "target": Target,
    "reach": Reach,
    "programme_cost": ProgrammeCost,
}


@dataclass(frozen=True)
class Column:
    """A column as the bulk checks need it.

    ``kind`` is one of ``identifier, text, region, cercle, place, month, date, whole, number,
    boolean, code, codes``; bounds are inclusive except ``above``.
    """

    name: str
    kind: str
    required: bool
    codes: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    past: bool = False
    amount: bool = False

    @property
    def sql_type(self) -> str:
        types = {"date": "DATE", "whole": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"}
        return types.get(self.kind, "VARCHAR")


@cache
def columns_of(contract: type[Contract]) -> dict[str, Column]:
    """The columns of a contract, in file order."""
    return {name: _column(name, field) for name, field in contract.model_fields.items()}


def _column(name: str, field: Any) -> Column:
    base, metadata = _unwrap(field.annotation, list(field.metadata))
    marks = {m.kind for m in metadata if isinstance(m, Marker)}
    bounds: dict[str, Any] = {}
    for item in metadata:
        for source, target in (("ge", "minimum"), ("le", "maximum"), ("gt", "above")):
            if (value := getattr(item, source, None)) is not None:
                bounds[target] = value
    required = field.is_required()
    if get_origin(base) is Literal:
        return Column(name, "code", required, codes=get_args(base))
    if get_origin(base) is list:
        return Column(name, "codes", required, codes=get_args(get_args(base)[0]))
    plain = {bool: "boolean", dt.date: "date", int: "whole", float: "number"}
    kind = plain.get(base) or next(iter(marks))
    return Column(name, kind, required, past="past" in marks, amount="amount" in marks, **bounds)


def _unwrap(annotation: Any, metadata: list[Any]) -> tuple[Any, list[Any]]:
    """Strip ``| None`` and ``Annotated`` and collect the metadata met on the way."""
    if get_origin(annotation) in (Union, UnionType):
        inner = next(arg for arg in get_args(annotation) if arg is not NoneType)
        return _unwrap(inner, metadata)
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return _unwrap(inner, [*metadata, *more])
    for item in metadata:
        for nested in getattr(item, "metadata", ()):
            metadata = [*metadata, nested]
    return annotation, metadata
