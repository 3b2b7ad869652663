"""Workbooks in the layouts partners have, written as they write them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

GROUPS = ("SEG-01", "SEG-02", "SEG-03")
QUARTERS = (dt.date(2022, 3, 31), dt.date(2022, 6, 30))


def _titled(book: Workbook, title: str, width: int) -> Worksheet:
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "Export"
    sheet["A1"] = title
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=width)
    sheet.append(["Montants en FCFA"])
    sheet.append([])
    return sheet


def write_mis(path: Path) -> None:
    """A savings-group MIS export in French: register, cycle and record on one line."""
    book = Workbook()
    header = ["Région", "Cercle", "Code du groupe", "Nom du groupe", "Téléphone", "Partenaire",
              "Type de groupe", "Date de première formation", "Cycle n°", "Début de l’épargne",
              "Membres au début du cycle", "Date de collecte", "Femmes inscrites",
              "Hommes inscrits", "Membres présents", "Épargne du cycle",
              "Prêts en cours (nombre)", "Prêts en cours (valeur)", "Prêts en retard (valeur)",
              "Fonds de crédit en caisse", "Fonds social"]  # fmt: skip
    sheet = _titled(book, "EXPORT DU SIG DES GROUPES D’ÉPARGNE", len(header))
    sheet.append(header)
    for number, code in enumerate(GROUPS, start=1):
        for quarter, day in enumerate(QUARTERS, start=1):
            sheet.append(["Ségou", "Bla", code, f"Benkadi {number}", "76 11 22 33", "ASSAFE",
                          "F" if number < 3 else "Mixte", "15/01/2020", 1, "10/01/2022", 20, day,
                          20, 0 if number < 3 else 2, 18, f"{100 * quarter} 000", 5,
                          50_000 * quarter, 1_000 if number < 3 else 999_999, 40_000,
                          "5 000"])  # fmt: skip
    sheet.append(["Total Ségou", None, "Total", *[None] * 12, 900_000])
    book.save(path)


def write_ledger(path: Path) -> None:
    """A telephone's book: two groups, three members, meetings in two months."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.append(["Group ID", "Cycle", "Meeting Date", "Member Number", "Member Name", "Gender",
                  "Attendance", "Savings Deposited", "Loan Disbursed", "Loan Balance",
                  "Loan Overdue", "Loan Fund Cash", "Social Fund Balance"])  # fmt: skip
    for group in ("SEG-01", "SEG-02"):
        for day, cash in (("2022-01-10", 30_000), ("2022-01-24", 35_000), ("2022-02-07", 9_000)):
            for member, name, sex in ((1, "A", "F"), (2, "B", "F"), (3, "C", "M")):
                absent = day == "2022-01-24" and member == 2
                sheet.append([group, 1, day, member, f"Personne {name}", sex,
                              "No" if absent else "Yes", 0 if absent else 1_000,
                              20_000 if (day, member) == ("2022-01-24", 1) else 0,
                              15_000 if day > "2022-01-20" and member == 1 else 0, 0, cash,
                              2_500])  # fmt: skip
    sheet.append(["SEG-01", 1, "bientôt", 1, "Personne A", "F", "Yes", 1_000, 0, 0, 0, 0, 0])
    book.save(path)
