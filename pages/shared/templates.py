"""Empty files to fill in, one dataset at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from analytics.publishing.templates import template
from analytics.sources.contracts import DATASETS
from analytics.sources.dictionary import dictionary
from pages.shared.session import lang, words

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: (words of the button, suffix, media type, dataset and language → content)
FORMATS: tuple[tuple[str, str, str, Callable[[str, str], bytes]], ...] = (
    ("data.template_xlsx", "xlsx", XLSX, template),
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
        for label, suffix, mime, make in FORMATS:
            st.download_button(
                words(label),
                data=partial(make, dataset, lang()),
                file_name=f"{dataset}.{suffix}",
                mime=mime,
                icon=":material/download:",
                key=f"template-{suffix}",
                on_click="ignore",
            )
