"""What a table is: a public feed, a partner's own layout, or one of our datasets.

One table may hold several datasets (a register and its records side by side); each comes back as
a table of its own, ready to be checked.
"""

from __future__ import annotations

from collections.abc import Sequence

from analytics.errors import UserError
from analytics.sources import feeds, mapping
from analytics.sources.choices import gather
from analytics.sources.files import Table
from analytics.sources.mapping import Mapping
from analytics.sources.recognise import Recognition, recognise
from analytics.sources.translate import translate
from analytics.sources.translation import Translated


def understand(
    table: Table,
    *,
    dataset: str | None = None,
    chosen: Mapping | None = None,
    saved: Sequence[Mapping] = (),
) -> list[tuple[Table, Recognition]]:
    """The datasets a table holds, each as a table and how its columns map.

    What the sender says comes first (``chosen``, ``dataset``); then feeds, which have columns of
    their own; then our contracts; then ``saved`` mappings and those shipped with the product.

    Raises:
        UserError: when the table is nothing we know, naming what it resembles.
    """
    if chosen is not None:
        return _ready(translate(table, chosen))
    if dataset is None and (feed := feeds.find(table)) is not None:
        return _ready(feed.read(table))
    try:
        found = recognise(table.sample, table.label, dataset)
    except UserError:
        if dataset is None and (known := mapping.match(table, (*saved, *mapping.shipped()))):
            return _ready(translate(table, known))
        raise
    return [gather(table, found)]


def _ready(made: Sequence[Translated]) -> list[tuple[Table, Recognition]]:
    return [(translated, translated.recognition()) for translated in made]
