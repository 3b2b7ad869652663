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
    """Columns by which a file is known for what it is; one column may have several spellings."""

    id: str
    columns: tuple[str | tuple[str, ...], ...]

    def recognises(self, table: Table) -> bool:
        names = {
            str(number): (column,) if isinstance(column, str) else column
            for number, column in enumerate(self.columns)
        }
        return lay_out(table, names, names) is not None

    def read(self, table: Table) -> list[Translated]:
        raise LooksLike(self.id, table.label)


#: headers of DTM's assessments, wherever they were made
IDP_PERSONS = (
    "total no# of idps ind#", "total no of idps ind", "idp individuals", "idps ind", "idp ind",
    "number of idps", "numpresentidpind", "nombre de pdi", "pdi individus", "#affected+idps+ind",
    "~(?!.*(ret|menage|household|-hh|femme|homme|female|male|fille|garcon|girl|boy|origin))"
    ".*(idps?|pdi|deplacee?s?)(-.*)?-(ind|indiv|individus?|individuals?|personnes?|persons?)",
    "~(total|nombre-total|nombre|number-of|total-no-of)-(des-|de-)?(idps?|pdi)",
)  # fmt: skip
SITE_ID = ("site id", "site_id", "ssid", "id du site", "id site", "identifiant du site")
SITE_NAME = ("site name", "nom du site", "#loc+name")

_INDEX = ("~(economicsupport|governmentresponse|containmenthealth)index.*",)

LOOKALIKES = (
    Lookalike("dtm_sites", (SITE_ID, SITE_NAME)),
    Lookalike("dtm_sites", ("ssid",)),
    Lookalike("dtm_undated", (("cercle", "admin 2", "adm2_name", "admin2name"), IDP_PERSONS)),
    Lookalike("other_oxcgrt_index", ("countrycode", "jurisdiction", "date", _INDEX)),
    Lookalike("acled_weekly", ("week", "country", "admin1", "event_type", "events", "fatalities")),
    Lookalike("acled_demonstrations", ("country", "month", "year", "events")),
    Lookalike("acled_yearly", ("country", "year", "events")),
    Lookalike("acled_yearly", ("country", "year", "fatalities")),
    Lookalike("ipc_country", ("phase", "country", "number", "validity period")),
    Lookalike("ipc_country", ("phase", "total country population", "number", "validity period")),
    Lookalike("who_does_what", ("organisation accronyme", "admin1pcod")),
    Lookalike("who_does_what", (
        ("organisation", "organization", "organisation name", "organization name", "org",
         "organisation acronyme", "organisation acronym", "#org", "#org+name"),
        ("cluster", "clusters", "cluster name", "#sector+cluster", "#sector"),
    )),
    Lookalike("who_does_what", ("org_acronym", "org_name", ("sector_code", "sector_name"))),
    Lookalike("incidents", ("no_liste", "evenement", "type_incident")),
    Lookalike("vaccinations", ("iso_code", "date", "total_vaccinations")),
    Lookalike("school_closures", ("date", "iso", "status")),
    Lookalike("yearly_disasters", ("entity", "year", "deaths_drought")),
    Lookalike("yearly_country", ("entity", "year")),
    Lookalike("idmc_events", ("iso3", "hazard_type", "new_displacement")),
    Lookalike("markets", ("market_id", "market", "countryiso3")),
    Lookalike("exchange_rate", ("date", "rate", "currency", "frequency")),
    Lookalike("rainfall_no_normal", ("year_month", "admin2", "mean.rainfall")),
    Lookalike("vegetation", ("date", "vim", ("vim_avg", "viq"))),
)  # fmt: skip
