"""Public feeds: one small module a publisher's format, found by its columns.

A feed turns the publisher's own file into records of ``shock_exposure``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from analytics.sources.feeds import (
    acled,
    cadre_harmonise,
    covid19,
    dtm,
    wfp_prices,
    wfp_rainfall,
    yearbooks,
)
from analytics.sources.feeds.lookalikes import LOOKALIKES
from analytics.sources.files import Table
from analytics.sources.translation import Translated


class Feed(Protocol):
    """A publisher's format."""

    @property
    def id(self) -> str:
        """Its name, for people who look for what read a file."""
        ...

    def recognises(self, table: Table) -> bool:
        """Whether the table's columns are this feed's."""
        ...

    def read(self, table: Table) -> Sequence[Translated]:
        """The records of the table."""
        ...


#: in order: a form that says more about itself comes before one that says less
FEEDS: tuple[Feed, ...] = (
    acled.Events(),
    acled.Hapi(),
    acled.Monthly(),
    wfp_prices.Prices(),
    wfp_rainfall.Hapi(),
    wfp_rainfall.Hdx(),
    cadre_harmonise.Workbook(),
    cadre_harmonise.Phases(),
    dtm.Hapi(),
    dtm.Api(),
    dtm.Baseline(),
    covid19.StringencyByDay(),
    covid19.Stringency(),
    covid19.Cases(),
    yearbooks.Ged(),
    yearbooks.Stock(),
    *LOOKALIKES,
)


def find(table: Table) -> Feed | None:
    """The feed a table comes from, if any."""
    return next((feed for feed in FEEDS if feed.recognises(table)), None)
