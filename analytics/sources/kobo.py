"""Headers as form tools export them: Kobo and ODK, without a mapping.

A question's name or label comes behind the groups it stands in (``activity/sector``,
``activity.sector``, ODK Central ``activity-sector``), a question with several answers may be spread
over one 0/1 column a code (``adaptations/masks``), and the tool adds columns of its own.

Formats: https://support.kobotoolbox.org/export_download.html,
https://docs.getodk.org/central-submissions/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from analytics.geography.places import normalise
from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.dictionary import code_keys, column_of, header_keys
from analytics.sources.questionnaire import questionnaires

#: columns that the tools add; nothing in them is asked of anyone
_SERVICE = frozenset({
    "start", "end", "today", "formhub/uuid",
    # Kobo
    "_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status",
    "_submitted_by", "__version__", "_version_", "_tags", "_index", "_parent_index",
    "_parent_table_name", "_xform_id_string", "_attachments", "_bamboo_dataset_id",
    # ODK
    *(f"meta{cut}{name}" for cut in ("/", "-", ".")
      for name in ("instanceid", "instancename", "rootuuid", "deprecatedid")),
    "instanceid", "instancename", "submissiondate", "key", "submitterid", "submittername",
    "attachmentspresent", "attachmentsexpected", "reviewstate", "edits", "formversion",
})  # fmt: skip
#: so many columns of the tool's make a table an export
SIGNS_OF_EXPORT = 2


@dataclass(frozen=True)
class Question:
    """What a header stands for: a column and, in a 0/1 column, the code that it ticks."""

    column: str
    code: str | None = None


def is_service(header: str, dataset: str) -> bool:
    """Whether the form tool wrote this column for itself."""
    name = header.strip().lower()
    if name not in _SERVICE:
        return False
    # "_status" is Kobo's, whatever a dataset calls "status"; "end" may be the partner's.
    return name.startswith("_") or normalise(name) not in header_keys(dataset)


def question(header: str, dataset: str, *, export: bool) -> Question | None:
    """The question behind a header that is not ours as it stands; None when there is none.

    Args:
        export: the table is an export, so what precedes a label is a group. Elsewhere
            "Remboursements / femmes" is no count of women, and only our own names and the titles
            of our pages are taken for what they look like.
    """
    if not ("/" in header or "." in header or (export and "-" in header)):
        return None
    parts = _parts(header)
    if len(parts) < 2 and not export:
        return None
    for start in range(len(parts)):
        groups, rest = parts[:start], parts[start:]
        if name := _column("/".join(rest), dataset, export or _are_pages(groups)):
            return Question(name)
        if len(rest) > 1 and (found := _choice(rest, dataset, export)):
            return found
    return None


@lru_cache(maxsize=50_000)
def _parts(header: str) -> tuple[str, ...]:
    """A name is cut at slashes and points, a label at slashes only: it may hold "Nb."."""
    text = header.strip()
    cut = r"\s*/\s*" if re.search(r"\s", text) else r"[/.]"
    return tuple(part for part in re.split(cut, text) if part)


def _column(text: str, dataset: str, labels: bool) -> str | None:
    columns = columns_of(DATASETS[dataset])
    if text in columns:
        return text
    if not labels:
        return None
    if (tail := text.rpartition("-")[2]) in columns:
        return tail
    return column_of(dataset, text)


def _choice(parts: tuple[str, ...], dataset: str, export: bool) -> Question | None:
    # A label of an answer may hold a slash itself.
    for end in range(1, len(parts)):
        name = _column("/".join(parts[:end]), dataset, labels=True)
        if name is None or columns_of(DATASETS[dataset])[name].kind != "codes":
            continue
        text = "/".join(parts[end:])
        if code := code_keys(dataset, name).get(normalise(text)):
            return Question(name, code)
        if export or name == parts[0]:
            # Not one of our codes: who ticked it is told so, cell by cell.
            return Question(name, re.sub(r"\s+", "_", text))
    return None


def _are_pages(groups: tuple[str, ...]) -> bool:
    return bool(groups) and all(normalise(group) in _page_titles() for group in groups)


@cache
def _page_titles() -> frozenset[str]:
    return frozenset(_titles())


def _titles() -> Iterator[str]:
    for pages in questionnaires().pages.values():
        for page in pages:
            yield from map(normalise, (page.name, page.title.fr, page.title.en))
