"""Clumsy and hostile files: always a stated outcome, in both languages, and nothing half-landed."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlwt

from analytics.cli import main
from analytics.sources.compound import runs_in_circles
from analytics.sources.findings import Warned
from analytics.sources.workbooks import HELPER_BYTES
from analytics.warehouse import land as landing
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.report import FileReport, warning_message

HEADER = ["group_id", "region", "facilitating_agency", "group_type", "network_member", "wlie"]
ROW = ["G1", "Ségou", "CARE Mali", "women_only", True, False]
CSV = ",".join(HEADER) + "\nG1,Ségou,CARE Mali,women_only,true,false\n"


def workbook(*rows: list, save: Callable[[openpyxl.Workbook], None] = lambda book: None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows or (HEADER, ROW):
        book.active.append(row)
    save(book)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def archive(**files: bytes | str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name.replace("__", "."), content)
    return sink.getvalue()


def patched(content: bytes, entry: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one of its parts changed."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(sink, "w", 8) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == entry else old.read(name))
    return sink.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def corners() -> bytes:
    """Two cells at the far ends of a sheet: small on disk, half a terabyte in memory."""
    return workbook(HEADER, ROW, save=lambda book: book.active.__setitem__("XFD1048576", 1))


def lying_bomb() -> bytes:
    """A part that says it is small and unfolds to much more."""
    content = bytearray(patched(workbook(), SHEET, lambda xml: xml + b" " * 50_000_000))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as made:
        size = made.getinfo(SHEET).file_size
    return bytes(content).replace(struct.pack("<L", size), struct.pack("<L", 5000))


def old_workbook() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Groupes")
    for number, row in enumerate(([*HEADER, "date_first_training"], [*ROW, dt.date(2020, 3, 31)])):
        for column, cell in enumerate(row):
            style = xlwt.easyxf(num_format_str="DD/MM/YYYY" if column == 6 else "General")
            sheet.write(number, column, cell, style)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def circling_workbook() -> bytes:
    """An old workbook whose table of sectors sends the reader round for ever."""
    content = bytearray(old_workbook())
    [table] = struct.unpack_from("<L", content, 0x4C)
    struct.pack_into("<2L", content, 512 * (table + 1), 1, 0)
    return bytes(content)


def open_document() -> bytes:
    def line(cells: list) -> str:
        return "<table:table-row>" + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{str(c).lower() if c in (True, False) else c}</text:p></table:table-cell>'  # noqa: E501
            for c in cells
        ) + "</table:table-row>"  # fmt: skip

    names = "office table text".split()  # noqa: SIM905
    spaces = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in names)
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body>'
        f'<office:spreadsheet><table:table table:name="G">{line(HEADER)}{line(ROW)}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        "</manifest:manifest>"
    )
    return archive(mimetype=kind, content__xml=body, **{"META-INF/manifest__xml": manifest})


def locked_zip() -> bytes:
    content = bytearray(archive(g__csv=CSV))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    return bytes(content)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504

FILES: dict[str, tuple[str, bytes, str]] = {
    "empty": ("a.csv", b"", "file_empty"),
    "blank lines": ("a.csv", b"\n\n , \n\n", "empty_table"),
    "an empty sheet": ("a.xlsx", workbook([]), "file_empty"),
    "a web page called .xls": ("a.xls", b"\n<html><table><tr><td>1", "html_file"),
    "an XML sheet called .xls": ("a.xls", b'<?xml version="1.0"?><Workbook/>', "html_file"),
    "a protected workbook": (
        "a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "workbook_protected"),
    "an old container without a book": ("a.xls", OLE, "workbook_unreadable"),
    "a truncated workbook": ("a.xlsx", workbook()[:-900], "workbook_unreadable"),
    "a workbook cut in half": ("a.xlsx", workbook()[:2500], "workbook_unreadable"),
    "a truncated old workbook": ("a.xls", old_workbook()[:1800], "workbook_unreadable"),
    "an old workbook that runs in circles": ("a.xls", circling_workbook(), "workbook_unreadable"),
    "a binary workbook": (
        "a.xlsb", archive(xl_workbook__bin=b"").replace(b"xl_workbook", b"xl/workbook"),
        "workbook_binary"),
    "far corners": ("a.xlsx", corners(), "workbook_too_large"),
    "a bomb that lies": ("a.xlsx", lying_bomb(), "workbook_unreadable"),
    "a bomb by its ratio": (
        "a.xlsx", patched(workbook(), SHEET, lambda xml: xml + b" " * 90_000_000),
        "archive_too_large"),
    "an archive bomb": ("a.zip", archive(g__csv=b"0" * 90_000_000), "archive_too_large"),
    "an archive thrice": ("a.zip", archive(b__zip=archive(c__zip=archive(g__csv=CSV))),
                          "archive_nested"),
    "a truncated archive": ("a.zip", archive(g__csv=CSV)[:-30], "archive_unreadable"),
    "a locked archive": ("a.zip", locked_zip(), "archive_protected"),
    "an archive of nothing": ("a.zip", archive(readme__md="x"), "archive_empty"),
    "a picture": ("a.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 60, "binary_file"),
    "a document": ("a.csv", b"%PDF-1.7\nabc", "binary_file"),
    "zero bytes": ("a.csv", b"group_id,region\0\0\0\n1,2\n", "binary_file"),
    "a hundred thousand columns": (
        "a.csv", (",".join(f"c{n}" for n in range(100_000)) + "\n").encode() * 3,
        "too_many_columns"),
    "too wide a sheet": ("a.xlsx", workbook([f"c{n}" for n in range(3000)]), "too_many_columns"),
    "another table": ("a.csv", b"a,b\n1,2\n", "not_recognised"),
    "a table with a column missing": (
        "a.csv", b"group_id,region,group_type\nG1,segou,mixed\n", "columns_missing"),
    "an open quotation mark": (
        "a.csv", (CSV + '"G2,Bamako,CARE,mixed,true,true\nG3,San,CARE,mixed,true,true\n').encode(),
        "quote_open"),
    "two lone quotation marks": (
        "a.csv", (CSV + '"G2,Bamako,CARE,mixed,true,true\n' + "G3,Bamako,CARE,mixed,true,true\n"
                  'G4,Bamako,"CARE,mixed,true,true\n').encode(), "quote_open"),
    "an endless cell": ("a.csv", (CSV + 'G2,Bamako,"' + "x" * 200_000 + '"\n').encode(),
                        "quote_open"),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_read_says_so_and_leaves_nothing(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    name, content, key = FILES[case]
    (tmp_path / name).write_bytes(content)
    home = tmp_path / "home"
    [report] = import_files(Home(home), [tmp_path / name])
    assert report.error is not None and report.error.key == key
    for lang in ("fr", "en"):
        code = main(["import", str(tmp_path / name), "--home", str(home), "--lang", lang, "--json"])
        out, err = capsys.readouterr()
        assert code == 2 and "Traceback" not in err
        [entry] = json.loads(out)["files"]
        assert entry["error"] in err and "{" not in entry["error"] and name in entry["error"]
    assert not (home / "landed").exists() and not list((home / ".scratch").glob("*"))


def test_a_helper_gets_no_more_memory_than_an_old_workbook_can_need(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_bytes(old_workbook())
    code = (
        "import resource, sys; from pathlib import Path; from analytics.sources import workbooks;"
        "workbooks._read(*map(Path, sys.argv[1:])); print(*resource.getrlimit(resource.RLIMIT_AS))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.xls"), str(tmp_path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    now, most = map(int, told.stdout.split())
    assert now < most == HELPER_BYTES and now < 3.5 * 1024**3


@pytest.mark.parametrize("rows", [3, 5_000])
def test_a_whole_old_workbook_runs_in_no_circle(rows: int, tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Groupes")
    for number in range(rows):
        sheet.write(number, 0, f"G{number}")
    book.save(str(tmp_path / "a.xls"))
    assert not runs_in_circles(tmp_path / "a.xls")
    content = (tmp_path / "a.xls").read_bytes()
    for damaged in (content[:600], content[:30] + b"\xff\xff" + content[32:], b""):
        (tmp_path / "b.xls").write_bytes(damaged)
        assert runs_in_circles(tmp_path / "b.xls")


GOOD: dict[str, tuple[str, bytes]] = {
    "CSV": ("a.csv", CSV.encode()),
    "old Mac line ends": ("a.csv", CSV.replace("\n", "\r").encode()),
    "mixed line ends": ("a.csv", CSV.replace("\n", "\r\n", 1).encode()),
    "UTF-16": ("a.csv", CSV.encode("utf-16")),
    "UTF-16 without its mark": ("a.csv", CSV.encode("utf-16-le")),
    "UTF-16 tabs, as Excel's Unicode text": ("a.txt", CSV.replace(",", "\t").encode("utf-16")),
    "XLSX": ("a.xlsx", workbook()),
    "XLSX called .csv": ("a.csv", workbook()),
    "XLS": ("a.xls", old_workbook()),
    "ODS": ("a.ods", open_document()),
    "an archive in an archive": ("a.zip", archive(b__zip=archive(g__csv=CSV))),
    "an archive beside a locked path": ("a.zip", archive(**{"../../../etc/g__csv": CSV})),
    "a name with odd characters": ("ü ;'\"$(x)\u202e.csv", CSV.encode()),
    "a quoted line end": (
        "a.csv", CSV.replace("CARE Mali", '"CARE\nMali"').encode()),
}  # fmt: skip


@pytest.mark.parametrize("case", GOOD)
def test_what_can_be_read_is_read(case: str, tmp_path: Path) -> None:
    name, content = GOOD[case]
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    (folder / name).write_bytes(content)
    (folder / "link.csv").symlink_to(tmp_path / "nowhere.csv")
    reports = import_files(Home(tmp_path / "home"), [folder])
    assert [(r.rows_read, r.rows_landed, r.error) for r in reports] == [(1, 1, None)]


def codes(report: FileReport) -> dict[str, int]:
    for warning in report.warnings:
        for lang in ("fr", "en"):
            assert "{" not in warning_message(Warned(**warning), report.dataset, lang)
    return {warning["code"]: warning["count"] for warning in report.warnings}


def land_book(tmp_path: Path, *rows: list, save: Callable = lambda book: None) -> list[FileReport]:
    (tmp_path / "a.xlsx").write_bytes(workbook(*rows, save=save))
    return import_files(Home(tmp_path / "home"), [tmp_path / "a.xlsx"])


def test_cells_of_a_workbook_arrive_as_what_they_are(tmp_path: Path) -> None:
    head = [*HEADER, "date_first_training", "date_closed", "project"]
    rows = [
        ["G1", "Ségou", "CARE Mali", "mixed", True, False, dt.date(2020, 3, 31),
         dt.datetime(2021, 5, 1, 14, 5), 0.125],
        [12.0, "Ségou", "CARE Mali", "mixed", "oui", "non", 43921, "31/03/2021", "0012"],
    ]  # fmt: skip
    [report] = land_book(tmp_path, head, *rows)
    assert (report.rows_landed, report.violations) == (2, [])
    home = Home(tmp_path / "home")
    import duckdb

    [batch] = home.batches()
    found = duckdb.sql(
        f"""SELECT group_id, date_first_training::VARCHAR, date_closed::VARCHAR, project,
        network_member FROM '{home.parquet(batch)}' ORDER BY _row"""
    ).fetchall()
    assert found == [
        ("G1", "2020-03-31", "2021-05-01", "0.125", True),
        ("12", "2020-03-31", "2021-03-31", "0012", True),
    ]


def test_formulas_without_value_and_errors_are_said(tmp_path: Path) -> None:
    def save(book: openpyxl.Workbook) -> None:
        book.active["C3"] = "=A1"
        book.active["C4"] = "#REF!"
        book.active["C4"].data_type = "e"

    bad = ["G2", "Ségou", "", "mixed", True, True]
    [report] = land_book(tmp_path, HEADER, ROW, bad, ["G3", *bad[1:]], save=save)
    assert (report.rows_read, report.rows_landed, report.rows_rejected) == (3, 1, 2)
    assert codes(report)["formulas_without_value"] == 1 and codes(report)["error_cells"] == 1


def test_cells_merged_downwards_hold_on_each_row_and_numbers_once(tmp_path: Path) -> None:
    head = ["group_id", "obs_date", "members_women", "members_men", "savings_cycle_xof",
            "loans_outstanding_xof", "loan_fund_cash_xof", "social_fund_xof"]  # fmt: skip
    rows = [["G1", f"2022-0{m}-28", 20, 0, 100 * m, 5, 5, 5] for m in (1, 2, 3)]

    def save(book: openpyxl.Workbook) -> None:
        sheet = book.active
        sheet.insert_rows(1)
        sheet["A1"] = "Rapport du trimestre"
        sheet.merge_cells("A1:H1")
        sheet.merge_cells("A3:A5")
        sheet.merge_cells("E3:E4")

    (tmp_path / "g.csv").write_text(CSV)
    import_files(Home(tmp_path / "home"), [tmp_path / "g.csv"])
    [report] = land_book(tmp_path, head, *rows, save=save)
    assert (report.rows_read, report.rows_landed) == (3, 2)
    assert [(v.row, v.column, v.rule) for v in report.violations] == [
        (4, "savings_cycle_xof", "required")
    ]
    assert codes(report)["merged_cells_filled"] == 2
    assert codes(report)["merged_numbers_kept_once"] == 1


def test_hidden_sheets_and_repeated_headers_are_said(tmp_path: Path) -> None:
    def save(book: openpyxl.Workbook) -> None:
        hidden = book.create_sheet("Membres")
        hidden.append(HEADER)
        hidden.append(["G9", *ROW[1:]])
        hidden.sheet_state = "veryHidden"

    [report] = land_book(tmp_path, [*HEADER, "region"], [*ROW, "Kayes"], save=save)
    assert report.rows_landed == 1
    assert codes(report)["hidden_sheets"] == 1 and codes(report)["repeated_column_ignored"] == 1


def test_a_million_empty_formatted_rows_are_no_rows(tmp_path: Path) -> None:
    def far(xml: bytes) -> bytes:
        rows = b"".join(b'<row r="%d"><c r="B%d" s="1"/></row>' % (n, n) for n in range(3, 300_000))
        return xml.replace(b"</sheetData>", rows + b"</sheetData>")

    (tmp_path / "a.xlsx").write_bytes(patched(workbook(), SHEET, far))
    [report] = import_files(Home(tmp_path / "home"), [tmp_path / "a.xlsx"])
    assert (report.rows_read, report.rows_landed) == (1, 1)


def test_only_a_header_is_a_table_without_rows(tmp_path: Path) -> None:
    [report] = land_book(tmp_path, HEADER)
    assert (report.error, report.rows_read) == (None, 0)


def test_a_bad_file_does_not_stop_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "bad.zip").write_bytes(FILES["a truncated archive"][1])
    (folder / "bad.xlsx").write_bytes(corners())
    (folder / "good.csv").write_text(CSV)
    (folder / "good.zip").write_bytes(archive(h__csv=CSV.replace("G1", "G2")))
    code = main(["import", str(folder), "--home", str(tmp_path / "home"), "--json"])
    entries = json.loads(capsys.readouterr().out)["files"]
    assert code == 1 and sum(e["rows_landed"] for e in entries) == 2
    assert sum(bool(e["error"]) for e in entries) == 2


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    [report] = import_files(Home(tmp_path / "home"), [tmp_path / "a.csv"])
    assert report.error is not None and report.error.key == "not_a_file"


@pytest.mark.parametrize("change", ["touched", "gone"])
def test_a_file_that_changes_while_it_is_read_lands_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(CSV)
    check = landing.check_table

    def meanwhile(*arguments: object, **options: object) -> object:
        found = check(*arguments, **options)  # type: ignore[arg-type]
        path.write_text(CSV + "G2,Bamako,A,mixed,true,true\n")
        if change == "gone":
            path.unlink()
        return found

    monkeypatch.setattr(landing, "check_table", meanwhile)
    [report] = import_files(Home(tmp_path / "home"), [path])
    assert report.error is not None and report.error.key == "file_changed"
    assert Home(tmp_path / "home").batches() == []
