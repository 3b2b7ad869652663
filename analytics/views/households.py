"""What households went through and did: the panels of Women Respond, food and coping."""

from __future__ import annotations

from analytics.indicator import indicator
from analytics.text.numbers import format_period, format_value
from analytics.views import Panel, cell_text
from analytics.views.page import Words

PANELS = ("impacts_named_share", "needs_named_share", "actions_named_share")
FOOD = ("fcs_acceptable_share", "rcsi_low_share", "rcsi_mean")
SPLITS = ("sex", "kind")


def panels(told: Words) -> None:
    """Impacts, needs or actions: by area in the last round, and over the rounds by sex."""
    told.note("households.sample")
    page = told.page
    with page.choices():
        name = page.choose(told.say("households.panel"), titles(told, PANELS), "panel")
        split = choose_split(told, "panel-by")
    page.figures(Panel(name, {"by": ("theme",)}, "bars"), over_rounds(name, split))


def food(told: Words) -> None:
    """Food consumption and coping: members beside others, over the rounds; cut-offs printed."""
    told.note("households.cutoffs")
    page = told.page
    with page.choices():
        name = page.choose(told.say("filter.indicator"), titles(told, FOOD), "food")
        split = choose_split(told, "food-by", default="kind")
    page.figures(over_rounds(name, split))


def over_rounds(name: str, split: str) -> Panel:
    return Panel(name, {"by": (split, "quarter")}, "rounds")


def compared(told: Words, names: tuple[str, ...], label: str) -> None:
    """Several indicators in their last round: women, men, members and non-members beside."""
    columns = [("sex", "female"), ("sex", "male"), ("kind", "true"), ("kind", "false")]
    page, lang = told.page, told.page.lang
    header = (told.say("filter.indicator"), told.say("block.period"),
              *(told.say(f"households.column.{by}.{code}") for by, code in columns))  # fmt: skip
    lines = []
    for name in names:
        subject = indicator(name)
        line = [subject.title[lang], format_period(page.ask(name).period_label, lang)]
        for by, code in columns:
            row = next(r for r in page.ask(name, by=(by,)) if r.keys[by] == code)
            text = cell_text(row, subject, lang, precise=False)
            if row.low is not None and row.high is not None:
                low, high = (format_value(v, subject.unit, lang) for v in (row.low, row.high))
                text = told.say("households.with_interval", value=text, low=low, high=high)
            line.append(text)
        lines.append(tuple(line))
    page.table((header, tuple(lines)), label)
    told.note("households.compared_note")


def choose_split(told: Words, key: str, default: str = "sex") -> str:
    order = (default, *(name for name in SPLITS if name != default))
    shown = {name: told.say(f"households.by.{name}") for name in order}
    return told.page.choose(told.say("households.split"), shown, key)


def titles(told: Words, names: tuple[str, ...]) -> dict[str, str]:
    return {name: indicator(name).title[told.page.lang] for name in names}
