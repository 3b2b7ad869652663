"""Claims at build: every question asked of the data at hand, answered or refused, and why."""

from __future__ import annotations

import datetime as dt
import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import duckdb

from analytics.errors import UserError
from analytics.evidence import asked, contribution, describe, effects, reopening, wording
from analytics.evidence.answer import Answer, Evidence, refuse
from analytics.evidence.claim import Claim, Gate
from analytics.evidence.definition import Definition, definitions
from analytics.evidence.grade import grade
from analytics.text import LANGS, say


@dataclass(frozen=True)
class Result:
    """A claim as some roles read it, and what it rests on."""

    claim: Claim
    detail: dict[str, Any]
    roles: tuple[str, ...]


def run_claims(con: duckdb.DuckDBPyConnection, built_on: dt.date) -> list[Result]:
    """All claims on the tables of a build, in the order of the gallery."""
    # A remark on strata with one sampling point is in the grade, not on the console.
    logging.getLogger("svy").setLevel(logging.ERROR)
    estimators = {
        **describe.ESTIMATORS,
        **asked.ESTIMATORS,
        **effects.ESTIMATORS,
        **reopening.ESTIMATORS,
    }
    evidence = Evidence(con, built_on)
    told: list[tuple[Definition, Answer]] = []
    composed = []
    for definition in definitions().values():
        if definition.design == "contribution":
            composed.append(definition)
            continue
        for crisis in definition.crises or (None,):
            for answer in _answers(estimators[definition.estimator], evidence, definition, crisis):
                if not _idle(definition, answer):
                    told.append((definition, answer))
    corrected = effects.corrected_for_family(told)
    for definition in composed:
        whole = partial(contribution.contribution, told=corrected)
        corrected += [(definition, a) for a in _answers(whole, evidence, definition, None)]
    return [_result(definition, answer, evidence) for definition, answer in corrected]


def _answers(
    estimator: Any, evidence: Evidence, definition: Definition, crisis: str | None
) -> Iterator[Answer]:
    try:
        yield from estimator(evidence, definition, crisis)
    except UserError as error:
        yield refuse(crisis, Gate("estimable", False, error.key, None), reason=error)
    except Exception as error:
        # A fault of ours or of a package refuses one claim; it never stops a version, nor becomes
        # a confident sentence. The name of the error is no data.
        yield refuse(crisis, Gate("estimable", False, type(error).__name__, None))


def _idle(definition: Definition, answer: Answer) -> bool:
    """A region that cannot be told of, beside the claim's own crisis, is not worth a card."""
    main = definition.crises[0] if definition.crises else None
    return answer.place != "mali" and answer.refused and answer.crisis != main


def _result(definition: Definition, answer: Answer, evidence: Evidence) -> Result:
    refused = answer.refused
    # A contribution starts where its weakest component does.
    effect = definition.design in ("staggered_did", "association", "before_after")
    own = definition.crises[0] if definition.crises else None
    name = definition.id
    if answer.place != "mali":
        name += f"-{answer.place}"
    if answer.crisis != own:
        name += f"-{answer.crisis}"
    statements = {lang: _statement(definition, answer, lang) for lang in LANGS}
    claim = Claim(
        id=name,
        title_fr=definition.title.fr.strip(),
        title_en=definition.title.en.strip(),
        verdict="refused" if refused else answer.verdict,
        grade=None if refused else grade(answer.start, answer.downgrades, effect=effect),
        design=definition.design,
        estimator=definition.estimator,
        estimate=None if refused else _clean(answer.estimate),
        low=None if refused else _clean(answer.low),
        high=None if refused else _clean(answer.high),
        unit=definition.unit,
        direction="none" if refused else answer.direction,
        n_groups=answer.n_groups,
        n_cercles=answer.n_cercles,
        place=answer.place,
        period=answer.period,
        crisis=answer.crisis,
        statement_fr=statements["fr"],
        statement_en=statements["en"],
        gates=answer.gates,
        downgrades=() if refused else answer.downgrades,
        rivals=tuple({"fr": t.fr.strip(), "en": t.en.strip()} for t in definition.rivals),
        counter_evidence=(
            *answer.counter_evidence,
            *({"fr": t.fr.strip(), "en": t.en.strip()} for t in definition.counter_evidence),
        ),
        sources=(
            *({"kind": "dataset", "fr": s, "en": s, "url": ""} for s in definition.sources),
            *({"kind": "published", "fr": f.fr.strip(), "en": f.en.strip(), "url": f.url}
              for f in definition.findings),
        ),
    )  # fmt: skip
    return Result(claim, _plain(answer.detail), answer.roles)


def _statement(definition: Definition, answer: Answer, lang: str) -> str:
    if answer.refused:
        failed = [gate for gate in answer.gates if not gate.passed]
        # What follows from a shock that spared nobody is no further reason.
        failed = [gate for gate in failed if gate.name == "nationwide"] or failed
        told = [note[lang] for note in answer.detail.get("notes", [])]
        return wording.refusal(definition, lang, told or [_reason(gate, lang) for gate in failed])
    text = wording.sentence(
        definition, lang, place_slug=answer.place, crisis=answer.crisis, span=answer.period,
        figures=answer.figures, contrary=answer.contrary, below=answer.direction == "down",
    )  # fmt: skip
    effect = definition.design != "description"
    if answer.verdict == "inconclusive" and effect:
        return wording.inconclusive(definition, lang, text)
    if answer.verdict == "no_meaningful_effect":
        sesoi = wording.write(definition.sesoi, definition.unit, lang).lstrip("+")
        return say("claim.no_meaningful_effect", lang, found=text, sesoi=sesoi)
    return text


def _reason(gate: Gate, lang: str) -> str:
    value = gate.value
    if gate.name == "component" and isinstance(value, str):
        value = ", ".join(definitions()[name].title[lang].strip() for name in value.split(", "))
    return say(f"claim.missing.{gate.name}", lang,
               value=wording.gate_figure(gate.name, value, lang),
               threshold=wording.gate_figure(gate.name, gate.threshold, lang))  # fmt: skip


def _clean(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _plain(value: Any) -> Any:
    """Plain values for JSON: no NaN, no numbers of numpy."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
