"""The one HTML document Streamlit serves, in the reader's language.

Everything a reader, a search engine or a link preview gets before any script runs: language,
title, description. And the two things only a script in the document itself can do: keep its
language in step with the address, and have Plotly's French ready before Plotly loads.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from analytics.light import FULL, SHOWN_AROUND

DEFAULT_LANG = "fr"


@dataclass(frozen=True, slots=True)
class PageText:
    """What the document says before any script runs: to search engines, previews and readers."""

    title: str
    description: str
    noscript: str
    light: str


PAGE_TEXT = {
    "fr": PageText(
        title="Femmes face aux crises au Mali : les preuves",
        description=(
            "Ce que les groupements d’épargne des femmes du Mali ont fait pendant les crises, "
            "où, et avec quel degré de certitude : chiffres, preuves et sources vérifiables."
        ),
        noscript=(
            "Cette application a besoin de JavaScript. Activez-le dans votre navigateur, "
            "puis rechargez la page."
        ),
        light="Lire la version légère, qui s’en passe.",
    ),
    "en": PageText(
        title="Women facing crises in Mali: the evidence",
        description=(
            "What Mali's women's savings groups did during the crises, where, and how sure "
            "we are: figures, evidence and sources that anyone can check."
        ),
        noscript=(
            "This application needs JavaScript. Switch it on in your browser, then reload the page."
        ),
        light="Read the light version, which does without.",
    ),
}

#: Plotly ships English only; it picks up locales waiting in ``window.PlotlyLocales`` when its
#: script loads, long after the shell. Charts then ask for it with ``config={"locale": "fr"}``.
PLOTLY_FRENCH = {
    "moduleType": "locale",
    "name": "fr",
    "dictionary": {
        "Autoscale": "Échelle automatique",
        "Click to enter X axis title": "Cliquez pour saisir le titre de l’axe X",
        "Click to enter Y axis title": "Cliquez pour saisir le titre de l’axe Y",
        "Compare data on hover": "Comparer les données au survol",
        "Double-click on legend to isolate one trace": "Double-cliquez sur la légende "
        "pour isoler une série",
        "Double-click to zoom back out": "Double-cliquez pour dézoomer",
        "Download plot": "Télécharger le graphique",
        "Download plot as a PNG": "Télécharger le graphique (PNG)",
        "Pan": "Déplacer",
        "Reset": "Réinitialiser",
        "Reset axes": "Réinitialiser les axes",
        "Show closest data on hover": "Montrer la donnée la plus proche au survol",
        "Toggle Spike Lines": "Afficher ou masquer les lignes de repère",
        "Zoom": "Zoom",
        "Zoom in": "Zoom avant",
        "Zoom out": "Zoom arrière",
        "close:": "clôture :",
        "high:": "haut :",
        "low:": "bas :",
        "open:": "ouverture :",
        "max:": "max. :",
        "mean ± σ:": "moyenne ± σ :",
        "mean:": "moyenne :",
        "median:": "médiane :",
        "min:": "min. :",
        "q1:": "q1 :",
        "q3:": "q3 :",
        "trace": "série",
    },
    "format": {
        "days": ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"],
        "shortDays": ["dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."],
        "months": [
            *("janvier", "février", "mars", "avril", "mai", "juin"),
            *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
        ],
        "shortMonths": [
            *("janv.", "févr.", "mars", "avr.", "mai", "juin"),
            *("juil.", "août", "sept.", "oct.", "nov.", "déc."),
        ],
        "date": "%d/%m/%Y",
        "decimal": ",",
        "thousands": "\u202f",
    },
}

#: Streamlit changes the address without loading a new document. The document's language follows
#: ``?lang=`` for screen readers and hyphenation; an address without it changes nothing. And a
#: page that completes its own address (language, region) after a navigation replaces the entry
#: in the history: as a new one, the Back button would return to it for ever. Before anything else
#: loads, a narrow screen that opens Impact is led to its light form, unless ``?full`` is there.
SHELL_SCRIPT = """
(function () {
  var asked = new URLSearchParams(location.search), saver = navigator.connection || {};
  var around = /^(.*)\\/SHOWN_AROUND\\/?$/.exec(location.pathname);
  if (around && !asked.has("FULL") && (screen.width <= 600 || saver.saveData)) {
    location.replace(around[1] + "/light/SHOWN_AROUND" + location.search);
    return;
  }
  var known = LANGUAGES;
  var push = history.pushState, replace = history.replaceState;
  function follow() {
    var lang = new URLSearchParams(location.search).get("lang");
    if (known.indexOf(lang) >= 0) document.documentElement.lang = lang;
  }
  function completes(url) {
    var next = new URL(url || "", location.href), kept = true;
    new URLSearchParams(location.search).forEach(function (value, name) {
      kept = kept && next.searchParams.get(name) === value;
    });
    return kept && next.pathname === location.pathname;
  }
  history.pushState = function (state, unused, url) {
    (completes(url) ? replace : push).apply(history, arguments);
    follow();
  };
  history.replaceState = function () {
    replace.apply(history, arguments);
    follow();
  };
  addEventListener("popstate", follow);
  window.PlotlyLocales = [PLOTLY_FRENCH];
})();
"""


def shell_script() -> str:
    """The document's own script, with the languages we have and Plotly's French in it."""
    return (
        SHELL_SCRIPT.replace("LANGUAGES", json.dumps(list(PAGE_TEXT)))
        .replace("SHOWN_AROUND", SHOWN_AROUND)
        .replace("FULL", FULL)
        .replace("[PLOTLY_FRENCH]", f"[{json.dumps(PLOTLY_FRENCH, ensure_ascii=False)}]")
        .strip()
    )


@lru_cache(maxsize=8)
def localised(body: bytes, lang: str) -> tuple[bytes, tuple[str, ...]]:
    """The document in a language, and the SHA-256 of each of its inline scripts.

    A body that is not Streamlit's document comes back as it was, with no hashes.
    """
    document = body.decode("utf-8", errors="replace")
    if '<div id="root">' not in document:
        return body, ()
    text = PAGE_TEXT[lang]
    head = (
        f"<title>{html.escape(text.title)}</title>\n"
        f'    <meta name="description" content="{html.escape(text.description)}" />\n'
        f"    <script>{shell_script()}</script>"
    )
    notice = (
        f"<noscript><p>{html.escape(text.noscript)} "
        f'<a href="/light?lang={lang}">{html.escape(text.light)}</a></p></noscript>'
    )
    for pattern, replacement in (
        (r"^\s*<!--.*?-->\s*", ""),
        (r'<html lang="[^"]*">', f'<html lang="{lang}">'),
        (r"<title>.*?</title>", head),
        (r"<noscript>.*?</noscript>", notice),
        (r'<link rel="service-desc"[^>]*>\s*', ""),
    ):
        # The replacements hold backslashes and must not be read as templates.
        document = re.sub(pattern, replacement.replace("\\", r"\\"), document, flags=re.DOTALL)
    return document.encode(), tuple(inline_script_hashes(document))


def inline_script_hashes(document: str) -> Iterable[str]:
    """``sha256-…`` of every script written in the document itself."""
    for source in re.findall(r"<script>(.*?)</script>", document, flags=re.DOTALL):
        digest = hashlib.sha256(source.encode()).digest()
        yield f"sha256-{base64.b64encode(digest).decode()}"
