"""The figures of a claim: interval on a card, parts, event study, specifications."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from analytics.charts import Figure, event_study, strip, theme, whiskers
from analytics.evidence import wording
from analytics.evidence.claim import Claim
from analytics.evidence.definition import definition
from analytics.sources.dictionary import dictionary
from analytics.text import catalogue, join_words, say
from analytics.text.numbers import percent

#: units in which an estimate is a difference, told against nothing
_DIFFERENCES = ("points", "percent", "months")
_SCALE = 1.15


class Version(Protocol):
    """The published version that a claim belongs to."""

    @property
    def build_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def demonstration(self) -> bool: ...


def write(claim: Claim, value: float | None, lang: str) -> str:
    """A value of the claim in the reader's format."""
    text = wording.write(value, claim.unit, lang)
    return say("gallery.points", lang, value=text) if claim.unit == "points" else text


def interval(claim: Claim, lang: str) -> str:
    """``54 % [49 % – 59 %]``."""
    ends = {name: write(claim, getattr(claim, name), lang) for name in ("low", "high")}
    return say("gallery.interval", lang, estimate=write(claim, claim.estimate, lang), **ends)


def reference(claim: Claim) -> float | None:
    """What the estimate is compared with: nothing for a difference, the half for "most"."""
    if claim.unit in _DIFFERENCES:
        return 0.0
    most = definition(claim.id).options.get("most")
    return float(most) if most is not None else None


def card(claim: Claim, lang: str) -> str:
    """The interval drawn, empty where the claim has none."""
    if claim.estimate is None or claim.low is None or claim.high is None:
        return ""
    scale, zone = _scale(claim), None
    if claim.unit in _DIFFERENCES and claim.design != "description":
        sesoi = definition(claim.id).sesoi
        zone = (-sesoi, sesoi)
    return strip.strip(
        claim.estimate,
        (claim.low, claim.high),
        scale,
        (_end(claim, scale[0], lang), _end(claim, scale[1], lang)),
        reference=reference(claim),
        zone=zone,
    )


def _end(claim: Claim, value: float, lang: str) -> str:
    return percent(value, lang, 0) if claim.unit == "share" else write(claim, value, lang)


def card_alt(claim: Claim, lang: str) -> str:
    """The same for whoever does not see it."""
    alt = say("gallery.strip_alt", lang, interval=interval(claim, lang))
    if (line := reference(claim)) is not None:
        alt += " " + say("gallery.strip_line", lang, value=write(claim, line, lang))
    return alt


def _scale(claim: Claim) -> tuple[float, float]:
    if claim.unit == "share":
        return 0.0, 1.0
    ends = [abs(v) for v in (claim.estimate, claim.low, claim.high) if v is not None]
    if claim.unit in _DIFFERENCES:
        most = _SCALE * max(*ends, definition(claim.id).sesoi)
        return -most, most
    return 0.0, _SCALE * (max(ends) or 1)


# --- figures of one claim's page -----------------------------------------------------------------


def parts(claim: Claim, detail: Mapping[str, Any], build: Version, lang: str) -> Figure | None:
    """What the claim is made of, each part with its interval; None where it is but one."""
    rows = [
        whiskers.Whisker(str(part[lang]), *_ends(part, "value"))
        for part in detail.get("parts", ())
        if part.get("value") is not None
    ]
    return _stacked(claim, rows, build, lang, "parts") if len(rows) > 1 else None


def specifications(
    claim: Claim, detail: Mapping[str, Any], build: Version, lang: str
) -> Figure | None:
    """The estimate under other choices; None where none was tried."""
    rows = [
        whiskers.Whisker(_name(one, lang), *_ends(one, "estimate"))
        for one in detail.get("specification", ())
        # A figure without interval may be in another unit (a ratio beside months).
        if one.get("estimate") is not None and one.get("low") is not None
    ]
    return _stacked(claim, rows, build, lang, "specifications") if rows else None


def event(claim: Claim, detail: Mapping[str, Any], build: Version, lang: str) -> Figure | None:
    """The event study behind an effect; None where there is none."""
    moments = [
        event_study.Moment(int(one["quarter"]), *_ends(one, "estimate"))
        for one in detail.get("event_study", ())
        if one.get("estimate") is not None
    ]
    if len(moments) < 2:
        return None
    moments.sort(key=lambda moment: moment.time)
    # A claim about how long a gap lasts is told in months, the gap itself in per cent.
    shown = replace(claim, unit="percent") if claim.unit == "months" else claim
    told = partial(_written, shown, lang)
    drawn = event_study.spec(moments, claim.crisis, lang, told)
    rows = tuple(
        (f"{m.time:+d}", told(m.estimate), _or_dash(m.low, told), _or_dash(m.high, told))
        for m in moments
    )
    before, after = ([m for m in moments if (m.time >= 0) is side] for side in (False, True))
    alt = say("gallery.event_alt", lang, title=claim.title(lang), before=len(before),
              after=len(after), first=told((after or moments)[0].estimate),
              last=told(moments[-1].estimate))  # fmt: skip
    return _figure(claim, drawn, (say("gallery.event_time", lang), *_header(lang)), rows, build,
                   lang, "event", alt)  # fmt: skip


def _stacked(
    claim: Claim, rows: Sequence[whiskers.Whisker], build: Version, lang: str, kind: str
) -> Figure:
    told = partial(_written, claim, lang)
    within = (0.0, 1.0) if claim.unit == "share" else None
    drawn = whiskers.spec(rows, lang, told, partial(_end_of, claim, lang),
                          reference=reference(claim), within=within)  # fmt: skip
    cells = tuple(
        (row.label, told(row.estimate), _or_dash(row.low, told), _or_dash(row.high, told))
        for row in rows
    )
    listed = ", ".join(
        label + " " + say("gallery.interval", lang, estimate=value, low=low, high=high)
        for label, value, low, high in cells
    )
    alt = say(f"gallery.{kind}_alt", lang, title=claim.title(lang), rows=listed)
    header = (say(f"gallery.{kind}_column", lang), *_header(lang))
    return _figure(claim, drawn, header, cells, build, lang, kind, alt)


def _figure(
    claim: Claim, drawn: theme.Spec, header: tuple[str, ...], rows: tuple[tuple[str, ...], ...],
    build: Version, lang: str, kind: str, alt: str,
) -> Figure:  # fmt: skip
    return Figure(
        spec=drawn,
        headline=say(f"gallery.{kind}", lang),
        subtitle=" · ".join(
            (claim.title(lang), place(claim, lang), wording.period(claim.period, lang))
        ),
        notes=(source(claim, build, lang), counts(claim, lang), *reading(claim, build, lang, kind)),
        alt=alt,
        table=(header, rows),
        demonstration=build.demonstration,
        lang=lang,
        chart=kind,
    )


def source(claim: Claim, build: Version, lang: str) -> str:
    """Datasets and version."""
    known = dictionary().datasets
    names = [known[one["en"]].title[lang] for one in claim.sources
             if one.get("kind") == "dataset" and one["en"] in known]  # fmt: skip
    kind = say(f"figure.kind_{build.kind}", lang, build=build.build_id)
    return say("figure.source", lang, sources=join_words(names, lang), kind=kind)


def counts(claim: Claim, lang: str) -> str:
    """How many groups and cercles, and the period."""
    told = []
    if claim.period:
        told.append(say("figure.period", lang, period=wording.period(claim.period, lang)))
    if claim.n_groups is not None:
        told.append(say("gallery.n_groups", lang, n=claim.n_groups))
    if claim.n_cercles is not None:
        told.append(say("gallery.n_cercles", lang, n=claim.n_cercles))
    return " · ".join(told)


def reading(claim: Claim, build: Version, lang: str, kind: str) -> list[str]:
    """How to read the figure, what limits it, where it can be replayed."""
    found = [say(f"gallery.{kind}_reading", lang)]
    if kind != "event" and reference(claim) is not None:
        line = write(claim, reference(claim), lang)
        found.append(say("gallery.reference", lang, value=line))
    found.append(definition(claim.id).caveat[lang].strip())
    if claim.receipt:
        found.append(say("figure.receipt", lang, id=claim.receipt))
    if build.demonstration:
        found.append(say("demonstration.mark", lang))
    return found


def place(claim: Claim, lang: str) -> str:
    """Where, beginning a line."""
    text = wording.place(claim.place, lang)
    return text[0].upper() + text[1:]


def _written(claim: Claim, lang: str, value: float) -> str:
    return write(claim, value, lang)


def _end_of(claim: Claim, lang: str, value: float) -> str:
    return _end(claim, value, lang)


def _or_dash(value: float | None, told: Callable[[float], str]) -> str:
    return "–" if value is None else told(value)


def _ends(row: Mapping[str, Any], name: str) -> tuple[float, float | None, float | None]:
    return float(row[name]), row.get("low"), row.get("high")


def _name(row: Mapping[str, Any], lang: str) -> str:
    key = f"gallery.specification.{row['name']}"
    return say(key, lang) if key in catalogue(lang) else str(row["name"])


def _header(lang: str) -> tuple[str, str, str]:
    return say("figure.value", lang), say("figure.low", lang), say("figure.high", lang)
