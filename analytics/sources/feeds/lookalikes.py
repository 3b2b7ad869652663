"""Published files that resemble a feed and are none: refused by what they seem to be.

Each is named by columns that only it has. What they are stands in the catalogue (``lookalike.``).
"""

from __future__ import annotations

from dataclasses import dataclass

from analytics.errors import UserError
from analytics.sources.feeds.layout import lay_out
from analytics.sources.files import Table
from analytics.sources.translation import Translated
from analytics.text import say


class LooksLike(UserError):
    """The file is known, and is not one that can be used here."""

    def __init__(self, what: str, file: str) -> None:
        super().__init__("looks_like", file=file)
        self.what = what

    def message(self, lang: str) -> str:
        return say("error.looks_like", lang, what=say(f"lookalike.{self.what}", lang),
                   **self.values)  # fmt: skip


@dataclass(frozen=True)
class Lookalike:
    """Columns by which a file is known for what it is."""

    id: str
    columns: tuple[str, ...]

    def recognises(self, table: Table) -> bool:
        return lay_out(table, {c: (c,) for c in self.columns}, self.columns) is not None

    def read(self, table: Table) -> list[Translated]:
        raise LooksLike(self.id, table.label)


LOOKALIKES = (
    Lookalike("dtm_sites", ("site id", "site name")),
    Lookalike("dtm_sites", ("ssid",)),
    Lookalike("acled_yearly", ("country", "year", "events")),
    Lookalike("acled_yearly", ("country", "year", "fatalities")),
    Lookalike("ipc_country", ("phase", "country", "number", "validity period")),
    Lookalike("who_does_what", ("organisation accronyme", "admin1pcod")),
    Lookalike("incidents", ("no_liste", "evenement", "type_incident")),
    Lookalike("vaccinations", ("iso_code", "date", "total_vaccinations")),
    Lookalike("school_closures", ("date", "iso", "status")),
    Lookalike("yearly_disasters", ("entity", "year", "deaths_drought")),
    Lookalike("yearly_country", ("entity", "year")),
    Lookalike("idmc_events", ("iso3", "hazard_type", "new_displacement")),
    Lookalike("markets", ("market_id", "market", "countryiso3")),
    Lookalike("exchange_rate", ("date", "rate", "currency", "frequency")),
    Lookalike("rainfall_no_normal", ("year_month", "admin2", "mean.rainfall")),
)
