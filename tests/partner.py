"""A partner's workbook, written by hand as partners write them.

Forty groups, French headers under merged titles, amounts such as ``1 234,5``, dates as text, as
spreadsheet serials and as real dates, accents, misspelt places, a president's name and telephone.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

PLACES = [
    ("Ségou", "Barouéli"), ("SEGOU", "Bla"), ("Segou ", "Niono"), ("Région de Ségou", "Ségou"),
    ("Ségou", "Macina"), ("San", "San"), ("San", "Tominian"), ("Koutiala", "Yorosso"),
    ("Mopti", "Djenné"), ("Mopti", "Ténenkou"),
]  # fmt: skip
#: rows whose place cannot be believed: (group number, region, cercle)
MISSPELT = {13: ("Sikasko", "Kadiolo"), 27: ("Ségou", "Farakoro")}
QUARTERS = [dt.date(2022, 3, 31), dt.date(2022, 6, 30), dt.date(2022, 9, 30)]


def write_partner_workbook(path: Path) -> None:
    book = Workbook()
    cover = book.active
    assert cover is not None
    cover.title = "Page de garde"
    cover["A1"] = "Rapport trimestriel des AVEC"
    cover["A3"] = "Préparé par l’équipe de suivi"
    _groups(book.create_sheet("Groupes"))
    _cycles(book.create_sheet("Cycles"))
    _records(book.create_sheet("Relevés 2022"))
    book.save(path)


def _title(sheet: Worksheet, text: str, width: int) -> None:
    sheet["A1"] = text
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=width)
    sheet["A2"] = "Montants en FCFA"
    sheet.append([])


def code(number: int) -> str:
    return f"AVEC-{number:03d}"


def _groups(sheet: Worksheet) -> None:
    header = ["Code groupe", "Nom de la présidente", "Téléphone", "Date de première formation",
              "Région", "Cercle", "Agence de facilitation", "Type de groupe", "Membre du réseau",
              "WLiE"]  # fmt: skip
    _title(sheet, "REGISTRE DES GROUPES", len(header))
    sheet.append(header)
    for number in range(1, 41):
        region, cercle = MISSPELT.get(number, PLACES[number % len(PLACES)])
        formed: object = dt.date(2019, 1 + number % 12, 15)
        if number % 3 == 1:
            formed = formed.strftime("%d/%m/%Y")  # type: ignore[attr-defined]
        elif number % 3 == 2:
            formed = (formed - dt.date(1899, 12, 30)).days  # type: ignore[operator]
        sheet.append([code(number), f"Personne {number}", f"76 {number:02d} 11 22", formed, region,
                      cercle, "ASSAFE" if number % 2 else "AMAPROS",
                      "Femmes uniquement" if number % 4 else "Mixte",
                      "Oui" if number % 2 else "Non", "non"])  # fmt: skip


def _cycles(sheet: Worksheet) -> None:
    header = ["Code groupe", "Numéro du cycle", "Date de début de l’épargne",
              "Membres au début du cycle", "Actifs au début du cycle",
              "Dettes au début du cycle"]  # fmt: skip
    _title(sheet, "CYCLES", len(header))
    sheet.append(header)
    for number in range(1, 41):
        sheet.append([code(number), 1, "10/01/2022", 20, "0", 0])


def _records(sheet: Worksheet) -> None:
    header = ["Code groupe", "Date de collecte", "Femmes", "Hommes", "Membres présents",
              "Épargne du cycle", "Encours de crédit", "Prêts en retard",
              "Argent du fonds de crédit en caisse", "Solde en banque", "Fonds social",
              "Observations de l’agent"]  # fmt: skip
    _title(sheet, "RELEVÉS TRIMESTRIELS", len(header))
    sheet.append(header)
    for number in range(1, 41):
        for position, day in enumerate(QUARTERS):
            when: object = (day, day.strftime("%d/%m/%Y"), (day - dt.date(1899, 12, 30)).days)[
                (number + position) % 3
            ]
            savings: object = 100_000 * (position + 1) + 50 * number
            if number % 5 == 0:
                savings = f"{savings:,}".replace(",", " ") + ",5"
            sheet.append([code(number), when, 20, 0 if number % 4 else 3, 18, savings,
                          f"{60_000 + number} FCFA", 1_000, 40_000, 5_000, "12 500",
                          "RAS"])  # fmt: skip
