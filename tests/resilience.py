"""Businesses, answers, contributions and decision spaces of the small network, with their twins.

The twins answer the slow, obvious way: plain loops over the rows that are written here.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from pathlib import Path

from tests.network import EXPOSURE, GROUPS, MONTH_ENDS, write_csv, write_network

#: the register dates the price crisis from 24 February 2022: its first full month is March
PRICES = (2022, 3)
#: insecurity reached Bla (and its groups SEG…) in July 2022, dated by an exposure row
INSECURITY = (2022, 7)
BUSINESSES = [
    (f"B{n:03d}", group)
    for n, group in enumerate(g for g in GROUPS if g[:3] in ("SEG", "MOP") and g != "SEG00")
]


def index(year: int, month: int) -> int:
    return year * 12 + month


def business_rows() -> list[dict]:
    """Monthly records: seasons, a fall at each crisis, gaps, closures, unknown amounts."""
    random_ = random.Random("businesses")
    rows = []
    for business, group in BUSINESSES:
        level, closes = random_.randint(20, 60) * 1000, random_.random() < 0.15
        slow, unchanged = random_.randint(2, 14), random_.random() < 0.3
        for day in MONTH_ENDS:
            here = index(day.year, day.month)
            since = here - index(*PRICES)
            if random_.random() < 0.04:
                continue
            factor = 1.0 if since < 0 else min(1.15, 0.6 + 0.5 * since / slow)
            season = 0.7 if day.month in (6, 7, 8, 9) else 1.1
            closed = closes and since >= 3
            revenue: object = round(level * factor * season * random_.uniform(0.93, 1.07))
            if random_.random() < 0.02:
                revenue = 99999
            rows.append({
                "business_id": business, "group_id": group, "obs_date": day.isoformat(),
                "owner_sex": "female", "sector": random_.choice(["food", "trade"]),
                "status": "closed" if closed else "open",
                "revenue_xof": "" if closed else revenue,
                "adaptations": random_.choice(
                    ["none", "masks soap", "market_link", "", "new_product market_link"]
                ) if since >= 0 and not unchanged else "none",
            })  # fmt: skip
            said = rows[-1]["adaptations"] not in ("", "none")
            rows[-1]["adaptation_origin"] = random_.choice(["own", "project", ""]) if said else ""
            if closed:
                break
    return rows


def survey_rows() -> list[dict]:
    """Two rounds: a random sample with weights and strata, then contacts of the programme."""
    random_ = random.Random("survey")
    fcs = ("staples", "pulses", "vegetables", "fruit", "meat", "milk", "sugar", "oil")
    rcsi = ("less_preferred", "borrow", "portion", "adults", "meals")
    rows = []
    for number in range(240):
        region, cercle = random_.choice([("segou", "bla"), ("san", "san"), ("mopti", "djenne")])
        member = random_.random() < 0.6
        groups = [g for g, v in GROUPS.items() if v[1] == cercle]
        row = {
            "respondent_id": f"R{number:03d}", "round": "2022-a", "survey_date": "2022-05-10",
            "group_id": random_.choice(groups) if member else "", "sex": random_.choice(
                ["female", "female", "male"]),
            "age_band": random_.choice(["18-24", "25-34", "35-44"]),
            "region": region, "cercle": cercle, "vsla_member": str(member).lower(),
            "weight": round(random_.uniform(0.5, 3), 3), "strata": f"S-{region}",
            "psu": f"P-{region}-{number % 6}", "sample": "probability",
            "impacts": random_.choice(["income food", "none", "health", ""]),
            "actions": random_.choice(["savings", "none", "income information"]),
            "speaks_in_public": random_.choice(["true", "false", ""]),
            "perceives_women_leaders": random_.randint(1, 5),
        }  # fmt: skip
        row |= {f"fcs_{name}": random_.randint(0, 7) for name in fcs}
        row |= {f"rcsi_{name}": random_.randint(0, 4) for name in rcsi}
        if number % 17 == 0:
            row["fcs_milk"] = ""
        if number % 19 == 0:
            row["weight"] = random_.choice(["", 0])
        rows.append(row)
    for number in range(90):
        source = rows[number]
        rows.append({**source, "round": "2022-b", "survey_date": "2022-11-20", "weight": "",
                     "strata": "", "psu": "", "sample": "programme"})  # fmt: skip
    return rows


def contribution_rows() -> list[dict]:
    """A year of contributions; one in ten told again by a report."""
    random_ = random.Random("contributions")
    rows: list[dict] = []
    for number in range(160):
        kind = random_.choice(["masks", "soap", "food", "cash"])
        row = {
            "contribution_id": f"C{number:03d}", "group_id": random_.choice(list(GROUPS)[1:40]),
            "date": f"2022-{random_.randint(1, 12):02d}-{random_.randint(1, 28):02d}",
            "kind": kind, "purpose": "mitigation", "phase": "response",
            "crisis": random_.choice(["prices", "insecurity"]), "beneficiary": "community",
            "women_involved": random_.randint(3, 20),
            "people_reached": random_.choice(["", random_.randint(5, 80)]),
            "quantity": random_.randint(10, 90), "quantity_unit": "kg" if number % 13 == 0 else "",
            "value_xof": random_.choice(["", random_.randint(5, 90) * 1000]), "source": "ledger",
        }  # fmt: skip
        rows.append(row)
        if number % 10 == 0:
            rows.append({**row, "contribution_id": f"D{number:03d}", "source": "report"})
    return rows


def space_rows() -> list[dict]:
    random_ = random.Random("spaces")
    rows = []
    for number in range(30):
        region, cercle = random_.choice([("segou", "bla"), ("mopti", "djenne")])
        for date in ("2022-01-15", "2022-03-20"):
            seats = random_.randint(7, 15)
            women = random_.randint(0, 7)
            rows.append({
                "space_id": f"S{number:02d}", "date": date, "level": "commune",
                "kind": random_.choice(["council", "crisis_committee"]), "region": region,
                "cercle": cercle, "seats": seats, "seats_women": women,
                "seats_vsla_women": random_.randint(0, women) if number % 3 else "",
            })  # fmt: skip
    return rows


def write_resilience(folder: Path) -> None:
    write_network(folder)
    write_csv(folder / "business_observation.csv", business_rows())
    write_csv(folder / "member_survey.csv", survey_rows())
    write_csv(folder / "contribution.csv", contribution_rows())
    write_csv(folder / "decision_space.csv", space_rows())
    write_csv(folder / "shock_exposure.csv", [
        {"place": "bla", "month": "2022-07", "kind": "insecurity", "measure": "onset", "value": 1,
         "source": "test"},
        *EXPOSURE,
    ])  # fmt: skip


# --- twins ---------------------------------------------------------------------------------------


def onsets(group: str) -> dict[str, int]:
    found = {"prices": index(*PRICES)}
    if GROUPS[group][1] == "bla":
        found["insecurity"] = index(*INSECURITY)
    return found


def episodes() -> list[dict]:
    """Each business and crisis: ``months`` is month → (revenue, baseline) since the onset.

    A business closed for good has no record any more: it sells nothing until the panel ends, and a
    crisis that comes later does not strike it. ``shut``: the month it closed for good, if it did.
    """
    revenue: dict[str, dict[int, float | None]] = defaultdict(dict)
    shut: dict[str, int] = {}
    for row in business_rows():
        day = dt.date.fromisoformat(row["obs_date"])
        amount = row["revenue_xof"]
        known = 0.0 if row["status"] != "open" else None if amount in ("", 99999) else float(amount)
        revenue[row["business_id"]][index(day.year, day.month)] = known
        if row["status"] == "closed":
            shut[row["business_id"]] = index(day.year, day.month)
    found = []
    end = max(index(day.year, day.month) for day in MONTH_ENDS)
    for business, group in BUSINESSES:
        for crisis, onset in onsets(group).items():
            if shut.get(business, onset) < onset:
                continue
            before: dict[int, list[float]] = defaultdict(list)
            for month, amount in revenue[business].items():
                if onset - 24 <= month < onset and amount is not None:
                    before[month % 12].append(amount)
            gone = dict.fromkeys(range(shut.get(business, end) + 1, end + 1), 0.0)
            months = {
                month: (amount, sum(before[month % 12]) / len(before[month % 12]))
                for month, amount in {**gone, **revenue[business]}.items()
                if month >= onset and before[month % 12]
            }
            if months:
                found.append({"business": business, "group": group, "crisis": crisis,
                              "onset": onset, "months": months, "shut": shut.get(business)})
    return found


def compared(first: int, last: int, crisis: str | None = None) -> list[tuple[float, float]]:
    """(revenue, baseline) of each episode over the months of a span that have both."""
    found = []
    for episode in episodes():
        pairs = [(r, b) for m, (r, b) in episode["months"].items()
                 if first <= m <= last and r is not None]  # fmt: skip
        if pairs and crisis in (None, episode["crisis"]):
            found.append((sum(r for r, _ in pairs), sum(b for _, b in pairs)))
    return found


def recoveries(last: int, chosen: list[dict] | None = None) -> list[tuple[int, int]]:
    """(months, recovered) of each episode that can be judged, as known at the end of ``last``."""
    found = []
    for episode in episodes() if chosen is None else chosen:
        ratios = {m: r / b for m, (r, b) in sorted(episode["months"].items()) if r is not None}
        if not any(month + 1 in ratios for month in ratios):
            continue
        seen = [month for month in ratios if month <= last]
        if not seen:
            continue
        came = [m for m in seen if ratios[m] >= 0.9 and ratios.get(m + 1, 0) >= 0.9]
        if came and came[0] + 1 <= last:
            found.append((came[0] - episode["onset"], 1))
        else:
            found.append((max(seen) - episode["onset"], 0))
    return found


def first_year(last: int) -> list[tuple[float, int, float]]:
    """(shortfalls added up, months observed, the deepest) in each episode's first twelve months."""
    found = []
    for episode in episodes():
        onset = episode["onset"]
        ratios = {m: r / b for m, (r, b) in episode["months"].items() if r is not None}
        if onset + 11 > last or not any(m + 1 in ratios for m in ratios):
            continue
        year = [max(0.0, 1 - ratio) for m, ratio in ratios.items() if m < onset + 12]
        if year:
            found.append((sum(year), len(year), max(year)))
    return found


def recovered_by(cases: list[tuple[int, int]], month: int) -> float:
    """Kaplan and Meier's share that has recovered by a month."""
    waiting = 1.0
    for time in range(month + 1):
        at_risk = sum(months >= time for months, _ in cases)
        ends = sum(months == time and seen for months, seen in cases)
        waiting *= 1 - ends / at_risk if at_risk else 1
    return 1 - waiting


def kaplan_meier_median(cases: list[tuple[int, int]]) -> float | None:
    """The first time at which half or fewer are still waiting."""
    alive = 1.0
    for time in sorted({months for months, seen in cases if seen}):
        at_risk = sum(months >= time for months, _ in cases)
        alive *= 1 - sum(months == time and seen for months, seen in cases) / at_risk
        if alive <= 0.5:
            return float(time)
    return None
