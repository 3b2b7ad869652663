"""Does the evidence engine find what is there, and claim nothing that is not? (methods.md §9)

Writes a demonstration with known effects, imports it, runs the models and all claims (everything a
build does but the indicators), and sets what is claimed beside ``truth.json``:

    .venv/bin/python -m benchmarks.evidence_check --seeds 20 --groups 5000

Every world is kept under ``--keep`` as soon as it is judged, named by its options and by a checksum
of the engine: cut short, the same command goes on where it stopped; with another engine it begins
again.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import math
import resource
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from analytics.demonstration import write_demonstration
from analytics.disclosure.units import write_region_units
from analytics.evidence import att
from analytics.evidence.claim import Claim
from analytics.evidence.engine import Result, run_claims
from analytics.period import parse_period
from analytics.warehouse import build as steps
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.references import load_references

#: acceptance over many seeds (methods.md §9)
MAX_BIAS, COVERAGE, MAX_FALSE = 0.10, (0.90, 0.99), 0.10
#: what a kept world depends on
ENGINE = ("claims", "demonstration", "evidence", "sql", "sources", "warehouse")
ROOT = Path(__file__).parents[1]
#: a criterion with nothing to judge is neither met nor failed
WORDS = {True: "ok", False: "FAIL", None: "not judged"}


@dataclass
class Run:
    """One seed: claims by role and id, truth by effect, seconds by step.

    ``nothing`` holds the p-values of effects that are not there, asked with the same estimators.
    """

    seed: int
    claims: dict[tuple[str, str], Claim]
    details: dict[str, dict[str, Any]]
    nothing: dict[str, float]
    truth: dict[str, dict[str, Any]]
    seconds: dict[str, float]

    def keep(self, path: Path) -> None:
        """Written whole or not at all."""
        claims = [[role, claim.as_json()] for (role, _), claim in self.claims.items()]
        unfinished = path.with_suffix(".part")
        unfinished.write_text(json.dumps({**asdict(self), "claims": claims}), encoding="utf-8")
        unfinished.replace(path)

    @classmethod
    def kept(cls, path: Path) -> Run:
        value = json.loads(path.read_text(encoding="utf-8"))
        claims = [(role, Claim.from_json(claim)) for role, claim in value["claims"]]
        return cls(**{**value, "claims": {(role, claim.id): claim for role, claim in claims}})


def engine() -> str:
    """A checksum of the code that makes a world and judges it."""
    digest = hashlib.sha256()
    for name in ENGINE:
        for path in sorted((ROOT / "analytics" / name).rglob("*")):
            if path.suffix in (".py", ".sql", ".yaml"):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def run(seed: int, groups: int, since: str, until: str, folder: Path, variant: str = "") -> Run:
    """One world, from its files to its claims."""
    clock, seconds = time.process_time(), {}

    def lap(name: str) -> None:
        nonlocal clock
        seconds[name], clock = round(time.process_time() - clock, 1), time.process_time()

    files = folder / "files"
    write_demonstration(files, groups=groups, since=since, until=until, seed=seed,
                        variant=variant)  # fmt: skip
    lap("written")
    home = Home(folder / "home")
    import_files(home, [files])
    lap("imported")
    end = parse_period(until).end
    # Dated so that the public's limit does not cut the last year off.
    built_on = dt.date(end.year + 1, end.month, 1)
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    con.execute("SET threads = 1")
    steps.landed_views(home, con, home.batches())
    load_references(con, built_on)
    steps.run_models(con)
    write_region_units(con, built_on)
    lap("models")
    results: list[Result] = run_claims(con, built_on)
    lap("claims")
    truth = json.loads((files / "truth.json").read_text(encoding="utf-8"))
    effects = {e["id"]: e for e in truth["effects"]}
    nothing = {"T3": _seats(con), "T8": _masks(con), "T4": _attendance(con, effects.get("T4"))}
    con.close()
    claims = {(role, r.claim.id): r.claim for r in results for role in r.roles}
    details = {r.claim.id: r.detail for r in results if "staff" in r.roles}
    return Run(seed, claims, details, nothing, effects, seconds)


def _seats(con: duckdb.DuckDBPyConnection) -> float:
    """T3: insecurity → seats held by women, by cercle and half-year."""
    rows = con.execute(
        """SELECT s.cercle, (d.month_index - 1) // 6 AS half,
            sum(s.seats_women) / sum(s.seats) AS share,
            coalesce((max(o.onset_index) - 1) // 6, 0) AS first
        FROM core_decision_space AS s
        INNER JOIN ref_day AS d ON s.date = d.day
        LEFT JOIN core_shock_onset AS o ON s.cercle = o.cercle AND o.kind = 'insecurity'
        WHERE s.cercle IS NOT NULL GROUP BY 1, 2"""
    ).df()
    rows["first"] = rows["first"].where(rows["first"] <= rows["half"].max(), 0)
    found = att(rows, "share", "cercle", "half", "first")
    return _p(found.simple["att"], found.simple["se"])


def _attendance(con: duckdb.DuckDBPyConnection, flood: dict[str, Any] | None) -> float:
    """T4: flood → attendance, by cercle and month, a year before and what follows within one."""
    if flood is None:
        return math.nan
    year, month = map(int, flood["months"][0].split("-"))
    first = 12 * year + month
    rows = con.execute(
        """SELECT cercle, month_index, avg(attendance) AS attendance FROM core_savings_month
        WHERE cercle IS NOT NULL AND attendance IS NOT NULL
            AND month_index BETWEEN $first - 12 AND $first + 11 GROUP BY 1, 2""",
        {"first": first},
    ).df()
    rows["first"] = rows["cercle"].isin(flood["cercles"]) * first
    found = att(rows, "attendance", "cercle", "month_index", "first")
    return _p(found.simple["att"], found.simple["se"])


def _masks(con: duckdb.DuckDBPyConnection) -> float:
    """T8: masks → revenue, among businesses that adapted, within business and month."""
    import pyfixest as pf

    rows = con.execute(
        """SELECT b.business_id, g.cercle, b.month_index, ln(b.revenue_xof) AS y,
            CASE WHEN m.made = 1 AND b.month_index >= o.onset_index THEN 1.0 ELSE 0.0 END AS masks
        FROM core_business_month AS b
        INNER JOIN core_vsla_group AS g ON b.group_id = g.group_id
        INNER JOIN core_business_struck AS o
            ON b.business_id = o.business_id AND o.crisis = 'covid19'
        INNER JOIN (
            SELECT
                business_id,
                max(CASE WHEN adaptations LIKE '% masks %' THEN 1 ELSE 0 END) AS made
            FROM core_business_month WHERE adaptations <> ' none ' GROUP BY business_id
        ) AS m ON b.business_id = m.business_id
        WHERE b.revenue_xof > 0 AND g.cercle IS NOT NULL
            AND b.month_index BETWEEN o.onset_index - 24 AND o.onset_index + 11"""
    ).df()
    if rows.empty or rows["masks"].nunique() < 2 or rows["month_index"].nunique() < 18:
        return math.nan
    model = pf.feols("y ~ masks | business_id + month_index", rows, vcov={"CRV1": "cercle"})
    return _p(float(model.coef()["masks"]), float(model.se()["masks"]))


def _p(value: float, error: float) -> float:
    return math.erfc(abs(value / error) / math.sqrt(2))


def judge(runs: list[Run]) -> list[dict[str, Any]]:
    """One row a truth: what must hold, what was found, whether it does."""
    return [_recovered(runs), _prices(runs), _nationwide(runs), _displacement(runs),
            _small_places(runs), _associations(runs), _nothing(runs, "T3", "insecurity → seats"),
            _nothing(runs, "T8", "masks → revenue")]  # fmt: skip


def _recovered(runs: list[Run]) -> dict[str, Any]:
    """T1: the first year's mean effect of insecurity on savings."""
    found = [(r, r.claims["staff", "c02_shock_savings"]) for r in runs]
    told = [(r, c) for r, c in found if c.estimate is not None]
    truths = [float(r.truth["T1"]["mean_months_0_11"]) for r, _ in told]
    points = [math.log1p(c.estimate or 0) for _, c in told]
    bias = sum(p - t for p, t in zip(points, truths, strict=True)) / max(len(told), 1)
    covered = [
        math.log1p(c.low or 0) <= t <= math.log1p(c.high or 0)
        for (_, c), t in zip(told, truths, strict=True)
    ]
    relative = abs(bias / truths[0]) if truths else math.nan
    rate = sum(covered) / max(len(covered), 1)
    return {
        "truth": "T1 insecurity → savings", "must": "bias < 10 %, coverage 90–99 %",
        "found": f"mean {sum(points) / max(len(points), 1):.3f} for {truths[0] if truths else 0}, "
        f"bias {relative:.0%}, covered {sum(covered)}/{len(told)}, "
        f"refused {len(found) - len(told)}, grades {sorted(c.grade or 0 for _, c in told)}",
        "holds": relative < MAX_BIAS and rate >= COVERAGE[0] if told else None,
    }  # fmt: skip


def _prices(runs: list[Run]) -> dict[str, Any]:
    found = [r.claims["staff", "c11_prices_food_loans"] for r in runs]
    told = [c for c in found if c.estimate is not None]
    mean = sum(c.estimate or 0 for c in told) / max(len(told), 1)
    return {
        "truth": "T5 price +10 % → food loans", "must": "+3 points, bias < 10 %",
        "found": f"mean {100 * mean:+.2f} points, "
        f"covered {sum((c.low or 0) <= 0.03 <= (c.high or 0) for c in told)}/{len(told)}",
        "holds": abs(mean - 0.03) < MAX_BIAS * 0.03 if told else None,
    }  # fmt: skip


def _nationwide(runs: list[Run]) -> dict[str, Any]:
    verdicts = [r.claims["public", "c02_shock_savings-covid19"].verdict for r in runs]
    return {
        "truth": "T6 COVID-19, nationwide", "must": "effect refused always",
        "found": f"refused {verdicts.count('refused')}/{len(verdicts)}",
        "holds": set(verdicts) == {"refused"},
    }  # fmt: skip


def _displacement(runs: list[Run]) -> dict[str, Any]:
    found = [r.claims["public", "c02_shock_savings-displacement"] for r in runs]
    wrong = [c for c in found if c.verdict == "supported" and (c.grade or 0) >= 2]
    return {
        "truth": "T9 displacement, pre-trend", "must": "supported at grade ≥ 2 in ≤ 10 %",
        "found": f"{len(wrong)}/{len(found)}; verdicts {sorted({c.verdict for c in found})}",
        "holds": len(wrong) <= MAX_FALSE * len(found),
    }  # fmt: skip


def _small_places(runs: list[Run]) -> dict[str, Any]:
    told = [
        claim.id for r in runs for (role, _), claim in r.claims.items()
        if role == "public" and claim.place in ("kidal", "menaka") and claim.verdict != "refused"
        and claim.n_groups in (None, "1", "2")
    ]  # fmt: skip
    alone = [c.id for r in runs for (role, _), c in r.claims.items()
             if role == "public" and c.place == "kidal"]  # fmt: skip
    return {
        "truth": "T11 Kidal, a handful of women", "must": "never told of alone",
        "found": f"{len(set(alone))} public claims on Kidal alone", "holds": not told and not alone,
    }  # fmt: skip


def _associations(runs: list[Run]) -> dict[str, Any]:
    """T2, T7: confounded; the sentence may say association and nothing more."""
    sentences = [
        c.statement_en for r in runs for (role, name), c in r.claims.items()
        if role == "public" and name in ("c04_social_fund_buffer", "c07_recovery_adaptation")
        and c.verdict == "supported"
    ]  # fmt: skip
    grades = [
        c.grade for r in runs for (role, name), c in r.claims.items()
        if role == "public" and name in ("c04_social_fund_buffer", "c07_recovery_adaptation")
        and c.grade
    ]  # fmt: skip
    return {
        "truth": "T2, T7 confounded", "must": "“associated”, grade ≤ 2",
        "found": f"{len(sentences)} stated, grades {sorted(set(grades))}",
        "holds": all("associated" in s for s in sentences) and max(grades) <= 2
        if grades else None,
    }  # fmt: skip


def _nothing(runs: list[Run], name: str, title: str) -> dict[str, Any]:
    asked = [r.nothing[name] for r in runs if math.isfinite(r.nothing[name])]
    claimed = sum(p < 0.05 for p in asked)
    return {
        "truth": f"{name} {title} (nothing)", "must": "claimed in ≤ 10 %",
        "found": f"{claimed}/{len(asked)} below 0.05",
        "holds": claimed <= max(1, MAX_FALSE * len(asked)) if asked else None,
    }  # fmt: skip


def judge_variants(runs: dict[str, list[Run]]) -> list[dict[str, Any]]:
    """T4, T10, T12 and M2, each in a world of its own."""
    rows = [_nothing(runs["flood"], "T4", "flood → attendance")] if "flood" in runs else []
    for variant, truth, must in (
        ("spillover", "T10 spillover to neighbours", "a level for neighbours is lost"),
        ("again", "T12 a second shock", "routed to local projections"),
        ("low_savers", "M2 low savers fall silent",
         "a level for silence, bounds shown; never “up”, never “too small to matter”"),
    ):  # fmt: skip
        held, told = [], []
        for one in runs.get(variant, []):
            claim = one.claims["staff", "c02_shock_savings"]
            lost = {d.reason for d in claim.downgrades}
            table = {row["name"] for row in one.details[claim.id].get("specification", [])}
            told.append(f"{claim.verdict} {claim.estimate or math.nan:.3f} {sorted(lost)}")
            held.append({
                "spillover": bool(lost & {"neighbours", "spillover"}),
                "again": "staggered_entry" in table,
                "low_savers": claim.verdict == "refused" or (
                    bool(lost & {"missing", "missing_apart"}) and "worst_case" in table
                    and claim.verdict != "no_meaningful_effect" and claim.direction != "up"
                ),
            }[variant])  # fmt: skip
        if held:
            rows.append({"truth": truth, "must": must, "found": "; ".join(told),
                         "holds": all(held)})  # fmt: skip
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--groups", type=int, default=5000)
    parser.add_argument("--since", default="2019-01")
    parser.add_argument("--until", default="2023-12")
    parser.add_argument("--variants", type=int, default=1, help="seeds of each other world")
    parser.add_argument("--keep", type=Path, default=ROOT / ".cache" / "evidence-check")
    arguments = parser.parse_args()
    first = arguments.first
    plan = [("", seed) for seed in range(first, first + arguments.seeds)]
    plan += [(v, seed) for v in ("flood", "spillover", "again", "low_savers")
             for seed in range(first, first + arguments.variants)]  # fmt: skip
    runs: dict[str, list[Run]] = {}
    arguments.keep.mkdir(parents=True, exist_ok=True)
    shape = f"{arguments.groups}-{arguments.since}-{arguments.until}-{engine()}"
    for variant, seed in plan:
        path = arguments.keep / f"{variant or 'shown'}-{seed}-{shape}.json"
        if path.exists():
            one = Run.kept(path)
        else:
            with tempfile.TemporaryDirectory() as folder:
                one = run(seed, arguments.groups, arguments.since, arguments.until, Path(folder),
                          variant)  # fmt: skip
            one.keep(path)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        claim = one.claims["staff", "c02_shock_savings"]
        print(variant or "as shown", seed, one.seconds, f"peak {peak:.1f} GB", claim.verdict,
              claim.grade, claim.estimate, claim.low, claim.high,
              [d.reason for d in claim.downgrades],
              [g.name for g in claim.gates if not g.passed], flush=True)  # fmt: skip
        runs.setdefault(variant, []).append(one)
    for row in [*(judge(runs[""]) if "" in runs else []), *judge_variants(runs)]:
        print(f"{WORDS[row['holds']]:10} {row['truth']:32} {row['must']:36} {row['found']}")


if __name__ == "__main__":
    main()
