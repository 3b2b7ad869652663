"""Empty files to fill in, one dataset at a time, and all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import NamedTuple

import streamlit as st

from analytics.publishing.forms import FORMS, form
from analytics.publishing.templates import all_templates, csv_template, template
from analytics.sources.contracts import DATASETS
from analytics.sources.dictionary import dictionary
from pages.shared.session import lang, words

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Format(NamedTuple):
    """A file to download: words of its button, end of its name, datasets that have it."""

    label: str
    ending: str
    mime: str
    make: Callable[[str, str], bytes]
    of: Collection[str] = tuple(DATASETS)


FORMATS: tuple[Format, ...] = (
    Format("data.template_xlsx", ".xlsx", XLSX, template),
    Format("data.template_csv", ".csv", "text/csv", lambda dataset, _: csv_template(dataset)),
    Format("data.template_form", "-form.xlsx", XLSX, lambda dataset, _: form(dataset), FORMS),
)


def show() -> None:
    st.markdown(words("data.templates_lead"))
    titles = {name: dictionary().datasets[name].title[lang()] for name in DATASETS}
    dataset = st.selectbox(
        words("data.template_choose"),
        tuple(titles),
        format_func=titles.__getitem__,
        key="template-dataset",
    )
    st.caption(dictionary().datasets[dataset].description[lang()])
    with st.container(horizontal=True):
        for offered in FORMATS:
            if dataset in offered.of:
                name = f"{dataset}{offered.ending}"
                _button(offered.label, name, offered.mime, partial(offered.make, dataset, lang()))
    st.caption(words("data.templates_all_lead"))
    name = f"{words('data.tab.templates').lower()}.zip"
    _button("data.templates_all", name, "application/zip", partial(all_templates, lang()))


def _button(label: str, name: str, mime: str, make: Callable[[], bytes]) -> None:
    st.download_button(
        words(label),
        data=make,
        file_name=name,
        mime=mime,
        icon=":material/download:",
        key=f"template-{label}",
        on_click="ignore",
    )
