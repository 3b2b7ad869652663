"""Precision and recall of the detection of personal data, on a generated corpus.

    python -m benchmarks.personal_data [--cases 2000] [--misses]

Every person, number and place of the corpus is generated: names are drawn from lists written for
this benchmark alone (a share of them is not in the product's own list, as in life), numbers follow
the numbering plans. What must stay untouched is drawn from generated amounts, dates and codes, and
from the product's own prose in both languages. A cell counts once: found or not.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator

import yaml

from analytics.settings import PROJECT
from analytics.sources.names import names, plain
from analytics.sources.personal import find, personal_identifiers


def listed(text: str, separator: str = " ") -> list[str]:
    return text.split(separator)


GIVEN = listed(
    "Aminata Fatoumata Awa Mariam Kadiatou Oumou Djénéba Assétou Rokiatou Bintou Hawa Safiatou "
    "Ramata Sitan Nana Korotoumou Aïssata Fanta Tenin Nafissatou Salimata Maïmouna Coumba Penda "
    "Djelika Alimatou Saran Sanaba Founè Kankou Mamou Adam Fadimata Zeïnabou Agaïchatou Haoua "
    "Hadizatou Ramatoulaye Yapandi Yassagou Yakoundia Naminata Nahawa Zahara Tinafiss Lalla "
    "Khadijatou Mouna Niakalé Diaminatou Goundo Hinda Amadou Moussa Ibrahim Ousmane Boubacar "
    "Mahamane Abdoulaye Seydou Modibo Souleymane Issa Drissa Lassine Bakary Yaya Adama Alhousseini "
    "Attaher Hamadoun Ogobara Antimé Nouhoum Zoumana Sékou Sory Karim Bréma Tièmoko Dramane "
    "Marie Thérèse Jeanne Cécile Rose-Marie Antoinette Béatrice Émilie Jean Paul Étienne Joseph "
    "Grace Mary Elizabeth Susan Margaret Comfort Sarah Michael David Kofi Ama"
)
FAMILY = listed(
    "Traoré Coulibaly Diarra Keïta Konaté Sangaré Sidibé Diallo Diakité Touré Maïga Cissé Koné "
    "Dembélé Sissoko Camara Samaké Doumbia Bagayoko Fofana Dicko Bah Barry Sow Tall Kanté Kouyaté "
    "Diabaté Guindo Togo Tembely Ouologuem Dolo Kassogué Saye Niangaly Goïta Berthé Sanogo "
    "Ouattara Bengaly Dao Dakouo Mounkoro Théra Bathily Sacko Soumaré Tandia Magassa Haïdara "
    "Yattara Kounta Cissoko Tangara Daou Ballo Bouaré Pléa Katilé Nomoko Kéïta TRAORE COULIBALY "
    "KONE diarra Ouédraogo Sawadogo Kaboré Issoufou Ndiaye Diop Kouassi Yao Mensah Okonkwo "
    "Dupont Lefebvre Smith Johnson Martin Durand"
)
PLACES = listed(
    "Bla Sanando Farako Konobougou Kolokani Sio Dinangourou Mondoro Boulkessi Diallassagou "
    "Sokoura Baye Kéniéba Sadiola Yélimané Diafounou Nara Mourdiah Fana Béléko Zantiébougou Garalo "
    "Loulouni Kadiolo Misséni Diarrakoungo Konna Fatoma Sofara Kouakourou Tonka Goundam "
    "Bintagoungou Rharous Gossi Hombori Ansongo Tessit Ouattagouna Bourem Téméra Aguelhok Tessalit "
    "Anéfis Inékar"
)
BODIES = listed(
    "CARE Mali|AMAPROS|Sahel Eco|ASSAFE|Groupe ERAD|YA-G-TU|AMSS|Tassaght|GRAT|CAEB|AFAD|ONG Stop "
    "Sahel|Plan International|Musow ka Jigiya Ton|Benkadi|Jigitugu|Nyèta|Sabougnouma|Djiguiya So|"
    "Ministère de la Promotion de la Femme|Direction régionale de Ségou|Conseil communal|CAFO|"
    "Réseau des groupes MJT|Coopérative Faso Jigi|Harande|Nafoore|Projet Karité|Women on the Move|"
    "Union des femmes de Bandiagara|Office du Niger|Banque mondiale|Programme alimentaire mondial|"
    "Haut Conseil des Collectivités|Lycée Aminata Diop|Stade Modibo Keïta|village de Koné",
    "|",
)
SECTORS = listed(
    "karité|petit commerce|maraîchage|teinture|savon|embouche|riz étuvé|arachide|sésame|"
    "restauration|commerce de céréales|shea butter|poultry|tailoring|millet|"
    "transformation de fruits|coton",
    "|",
)
ROLES = listed(
    "présidente de groupe|trésorière|membre|secrétaire|agent villageois|village agent|mairesse|"
    "conseillère|cheffe de ménage déplacée|young woman entrepreneur|leader communautaire",
    "|",
)


def phone(rng: random.Random) -> str:
    """A number of Mali or a neighbour, written as people do."""
    plans = {
        "223": (8, "56789"), "227": (8, "89"), "226": (8, "567"), "225": (10, "0"),
        "224": (9, "6"), "221": (9, "7"), "222": (8, "234"), "213": (9, "567"), "228": (8, "79"),
        "229": (8, "69"), "233": (9, "25"), "234": (10, "789"),
    }  # fmt: skip
    code = rng.choices(list(plans), [20, *[1] * 11])[0]
    length, firsts = plans[code]
    digits = rng.choice(firsts) + "".join(rng.choices("0123456789", k=length - 1))
    if code in ("225",):
        digits = "0" + rng.choice("157") + digits[2:]
    if code == "221":
        digits = "7" + rng.choice("05678") + digits[2:]
    if code == "224":
        digits = "6" + rng.choice("1256") + digits[2:]
    gap = rng.choice(["", " ", "-", ".", "  ", "\u00a0"])
    pairs = gap.join(re.findall("..?", digits))
    if length % 2:
        pairs = gap.join([digits[:3], *re.findall("..", digits[3:])])
    local = rng.choice([digits, pairs])
    if code == "223":
        local = rng.choice(
            [local, local, f"{digits[:2]} {digits[2:5]} {digits[5:]}",
             f"{digits[:4]} {digits[4:]}", "/".join(re.findall("..", digits)), f"{digits}.0",
             f"{float(digits):.7E}".replace("E+0", "E")]
        )  # fmt: skip
        if "E" in local or local.endswith(".0"):
            return local
    needs = code in ("222", "213", "233", "234")
    prefix = rng.choice([f"+{code}", f"00{code}", f"(+{code})", f"+ {code}"])
    if needs or rng.random() < 0.4:
        return f"{prefix}{rng.choice(['', ' '])}{local}"
    return f"{code}{gap}{local}" if rng.random() < 0.15 else local


def person(rng: random.Random) -> str:
    given, family = rng.choice(GIVEN), rng.choice(FAMILY)
    form = rng.random()
    if form < 0.45:
        return f"{given} {family}"
    if form < 0.6:
        return f"{family} {given}"
    if form < 0.75:
        return f"{rng.choice(['Mme', 'Madame', 'Mlle', 'M.', 'Mr', 'Mrs'])} {family}"
    if form < 0.82:
        return f"{given.lower()} {family.lower()}"
    if form < 0.88:
        return f"{given[0]}. {family}"
    if form < 0.94:
        return f"{given} {rng.choice(['Ag', 'Walet', 'dite', 'née'])} {rng.choice(GIVEN)} {family}"
    return f"{rng.choice(GIVEN)} {given} {family}"


def national_id(rng: random.Random) -> str:
    """A number as long as NINA's, or a card's with its word before it."""
    digits = rng.choice("12") + "".join(rng.choices("0123456789", k=13))
    key = rng.choice("ABCDEFGHKLMNPRTVWXYZ")
    other = "".join(rng.choices("0123456789", k=rng.randint(6, 9)))
    return rng.choice(
        [digits + key, f"{digits} {key}", f"NINA {digits}{key}", f"NINA : {digits[:13]}",
         f"{digits[0]} {digits[1:3]} {digits[3:5]} {digits[5]} {digits[6:8]} {digits[8:11]} "
         f"{digits[11:]} {key}", f"CNI n° {other}", f"CNI N°{other}/2019",
         f"carte d’identité {other}",
         f"passeport B{other[:7]}", f"carte biométrique {other}"]
    )  # fmt: skip


def location(rng: random.Random) -> str:
    lat, lon = rng.uniform(10.2, 24.9), rng.uniform(-12.2, 4.2)
    d, m, s = int(lat), int(lat % 1 * 60), int(lat * 60 % 1 * 60)
    e, n, t = int(abs(lon)), int(abs(lon) % 1 * 60), int(abs(lon) * 60 % 1 * 60)
    side = "W" if lon < 0 else "E"
    return rng.choice(
        [f"{lat:.4f}, {lon:.4f}", f"{lat:.6f} {lon:.6f}", f"{lat:.6f} {lon:.6f} 312.0 4.9",
         f"{lat:.5f};{lon:.5f}".replace(".", ","), f"{lat:.4f}°N {abs(lon):.4f}°{side}",
         f"{d}°{m:02d}'{s:02d}\"N {e}°{n:02d}'{t:02d}\"{side}", f"{d}° {m}' N, {e}° {n}' {side}",
         f"N{d}°{m}.{s:02d} {side}{e}°{n}.{t:02d}", f"https://maps.google.com/?q={lat:.5f},{lon:.5f}"]
    )  # fmt: skip


def email(rng: random.Random) -> str:
    name = plain(rng.choice(GIVEN)) + rng.choice(["", ".", "_", "-"]) + plain(rng.choice(FAMILY))
    at = rng.choices(["@", " @ ", "(at)"], [8, 1, 1])[0].replace(" @ ", "@")
    domain = rng.choice(["example.org", "example.com", "mail.example.ml", "example.net"])
    return f"{name}{rng.choice(['', '1', '223'])}{at}{domain}"


def media(rng: random.Random) -> str:
    day = f"2022{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    suffix = rng.choice(["jpg", "JPG", "png", "m4a", "amr", "mp3", "mp4", "opus", "3gp", "jpeg"])
    return rng.choice(
        [f"IMG_{day}_{rng.randint(100000, 235959)}.{suffix}", f"{rng.getrandbits(40)}.{suffix}",
         f"https://kobo.example.org/media/original?media_file=attachments/{rng.getrandbits(40)}",
         f"photo groupe.{suffix}", f"IMG-{day}-WA{rng.randint(0, 9999):04d}",
         f"voix_{day}.{suffix}"]
    )  # fmt: skip


KINDS: dict[str, Callable[[random.Random], str]] = {
    "phone": phone, "name": person, "national_id": national_id, "location": location,
    "email": email, "media": media,
}  # fmt: skip

#: how an identifier stands in a cell: alone, or in a sentence
FRAMES = (
    "{}", "{}", "Contact : {}", "{} (Ségou)", "Réunion du groupe, voir {}.", "call {} for details",
    "Les femmes de Bla remercient {} pour le riz", "{} / présidente",
    "La caisse est chez {}, à Bla",
)  # fmt: skip


def positives(rng: random.Random, cases: int) -> Iterator[tuple[str, str]]:
    for kind, make in KINDS.items():
        for _ in range(cases):
            yield kind, rng.choice(FRAMES).format(make(rng))


def negatives(rng: random.Random, cases: int) -> Iterator[tuple[str, str]]:
    def grouped(n: int) -> str:
        return f"{n:,}".replace(",", rng.choice([" ", "\u202f", "\u00a0", "."]))

    money = ("{} FCFA", "budget de {} francs", "{}", "{} XOF d’épargne", "un montant de {}")
    makers: dict[str, Callable[[], str]] = {
        "amount": lambda: rng.choice(money).format(
            grouped(rng.choice([500, 1000, 5000, 25_000]) * rng.randint(1, 9000))
        ),
        "date": lambda: rng.choice(["{2}/{1:02d}/{0}", "{0}-{1:02d}-{2:02d}", "du {2}.{1:02d}.{0}",
                                    "{0}{1:02d}{2:02d}", "{2} {1:02d} {0}"]).format(
            rng.randint(2012, 2026), rng.randint(1, 12), rng.randint(10, 28)),
        "code": lambda: rng.choice(
            [f"SEG-{rng.randint(0, 9999):04d}",
             f"LOT-2022{rng.randint(10, 12)}{rng.randint(10, 28)}",
             f"ML{rng.randint(1, 9):02d}{rng.randint(1, 9):02d}{rng.randint(1, 40):04d}",
             f"MOP/2022/{rng.randint(1, 999):03d}", f"AVEC {rng.randint(1, 3000)}",
             f"{rng.getrandbits(64):016x}", f"C{rng.randint(1, 16):02d}-2021-{rng.randint(1, 99)}",
             f"{rng.randint(2012, 2020)}-{rng.randint(2021, 2026)}", f"psu_{rng.randint(1, 400)}",
             f"https://reliefweb.int/report/mali/{rng.randint(1_000_000, 9_999_999)}"]),
        "count": lambda: rng.choice(["{} femmes", "{} ménages", "n = {}", "{} kg de mil", "{} %"])
        .format(rng.randint(1, 99_999)),
        "place": lambda: rng.choice(["{}", "commune de {}", "{} et {}", "{}-{}"]).format(
            *rng.sample(PLACES, 2)),
        "body": lambda: rng.choice(BODIES),
        "sector": lambda: rng.choice(SECTORS),
        "role": lambda: rng.choice(ROLES),
        "decimal": lambda: f"{rng.uniform(0, 100):.3f} {rng.uniform(0, 100):.2f}",
    }  # fmt: skip
    for kind, make in makers.items():
        for _ in range(cases // 2):
            yield kind, make()
    for text in prose():
        yield "prose", text


def prose() -> Iterator[str]:
    """What the product itself says, in both languages, and its public registers."""

    def leaves(value: object) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            for inner in value.values():
                yield from leaves(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from leaves(inner)

    for folder in ("analytics/text", "analytics/indicators", "data/dictionary"):
        for path in sorted((PROJECT / folder).glob("*.yaml")):
            yield from leaves(yaml.safe_load(path.read_text(encoding="utf-8")))
    for name in ("crisis_events", "regions", "cercles", "place_spellings"):
        with (PROJECT / "data" / "reference" / f"{name}.csv").open(encoding="utf-8") as handle:
            for row in csv.DictReader(handle):
                yield from (cell for cell in row.values() if cell)


def measure(cases: int, seed: int = 7) -> dict[str, object]:
    """Recall by kind, false alarms by kind of harmless cell, and overall precision."""
    rng = random.Random(seed)
    hit, right, missed = Counter[str](), Counter[str](), []
    start = time.perf_counter()
    for kind, text in positives(rng, cases):
        kinds = {f.kind for f in find(text)}
        hit[kind] += bool(kinds)
        right[kind] += kind in kinds
        if not kinds:
            missed.append((kind, text))
    alarms, tried, false = Counter[str](), Counter[str](), []
    for kind, text in negatives(rng, cases):
        tried[kind] += 1
        if found := find(text):
            alarms[kind] += 1
            false.append((kind, text, found[0].kind))
    seconds = time.perf_counter() - start
    cells = cases * len(KINDS) + tried.total()
    found_false = Counter(kind for *_, kind in false)
    phones = {phone(rng).replace(" ", "") for _ in range(30)}
    series = [str(60_010_000 + n) for n in range(200)]
    return {
        "cells": cells,
        "microseconds_a_cell": round(seconds / cells * 1e6, 1),
        "recall": {kind: round(hit[kind] / cases, 4) for kind in KINDS},
        "precision": {
            kind: round(right[kind] / (right[kind] + found_false[kind]), 4) for kind in KINDS
        },
        "recall_all": round(hit.total() / (cases * len(KINDS)), 4),
        "precision_all": round(hit.total() / (hit.total() + alarms.total()), 4),
        "false_alarms": {kind: f"{alarms[kind]}/{n}" for kind, n in tried.items()},
        "names_in_our_list": {
            "given": round(sum(plain(n) in names() for n in GIVEN) / len(GIVEN), 3),
            "family": round(sum(plain(n) in names() for n in FAMILY) / len(FAMILY), 3),
        },
        "identifiers": {
            "phones_found": f"{len(personal_identifiers(phones))}/{len(phones)}",
            "numbering_spared": not personal_identifiers(series),
        },
        "missed": missed,
        "false": false,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000, help="cells of each kind")
    parser.add_argument("--misses", action="store_true", help="show what went wrong")
    arguments = parser.parse_args()
    found = measure(arguments.cases)
    missed, false = found.pop("missed"), found.pop("false")
    print(json.dumps(found, indent=1, ensure_ascii=False))
    if arguments.misses:
        for line in [*missed, *false]:  # type: ignore[misc]
            print(*line, sep=" | ")


if __name__ == "__main__":
    main()
