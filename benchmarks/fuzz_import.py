"""Throw damaged and odd files at the import and hold it to its word.

    python -m benchmarks.fuzz_import [--cases 20000] [--minutes 0] [--seed 1] [--jobs 2]

Two mutators. One works on bytes: workbooks, CSVs and archives made on the fly are flipped, cut,
spliced, repeated and seasoned with what hurts readers. The other is structured (Hypothesis): rows
and headers of every dataset built from odd cells, written as CSV or workbook with odd layouts.

Each case must end with a stated outcome in bounded time: a report whose rows read are the sum of
rows landed, refused, duplicate and out of scope, or a message in both languages; never an exception
but ``UserError``, never a leftover, and every landed batch with its right checksum.

Stopped before its end (by ``--minutes``, by Ctrl-C or by ``timeout``) it says what it found so far.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import gc
import io
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import active_children, get_context
from pathlib import Path

import openpyxl
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from analytics.errors import UserError
from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.dictionary import dictionary
from analytics.warehouse import build as steps
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.report import FileReport, violation_message

#: somebody wants the tally now
_told_to_stop = threading.Event()

#: longer than any one small file may take
MOST_SECONDS = 20

GROUPS = (
    "group_id,region,cercle,facilitating_agency,group_type,network_member,wlie\n"
    "G1,Ségou,Bla,CARE Mali,women_only,true,false\nG2,San,,ASSAFE,mixed,false,false\n"
)
OBSERVATIONS = (
    "group_id,obs_date,members_women,members_men,savings_cycle_xof,loans_outstanding_xof,"
    "loan_fund_cash_xof,social_fund_xof\n"
    + "".join(
        f"G{n % 2 + 1},20{n // 12 + 20}-{n % 12 + 1:02d}-28,20,{n % 3},{n * 1000},5000,6000,500\n"
        for n in range(40)
    )
)


@dataclass
class Tally:
    """Outcomes of all cases; ``wrong`` must stay empty."""

    cases: int = 0
    rows: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    slowest_case: str = ""
    wrong: list[str] = field(default_factory=list)


class Field:
    """A home and a folder for one case after the other."""

    def __init__(self, folder: Path, tally: Tally, keep: Path | None = None) -> None:
        self.folder, self.tally, self.keep = folder, tally, keep
        self.template = folder / "template"
        (folder / "groups.csv").write_text(GROUPS, encoding="utf-8")
        import_files(Home(self.template), [folder / "groups.csv"])

    def judge(self, name: str, content: bytes, label: str) -> None:
        root = self.folder / "home"
        shutil.copytree(self.template, root)
        path = self.folder / name
        path.write_bytes(content)
        self.tally.cases += 1
        begun = time.perf_counter()
        before = len(self.tally.wrong)
        try:
            reports = import_files(Home(root), [path])
            self._judge_reports(reports, label)
            steps.verify(Home(root), Home(root).batches())
        except UserError as error:
            self.tally.outcomes[error.key] += 1
            self._said(error, label)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            self.tally.wrong.append(f"{label}: {type(error).__name__} {str(error)[:200]}")
        if _told_to_stop.is_set():
            # The signal may have hit a reader at work: this case says nothing.
            del self.tally.wrong[before:]
        seconds = time.perf_counter() - begun
        if seconds > self.tally.slowest:
            self.tally.slowest, self.tally.slowest_case = seconds, label
        if seconds > MOST_SECONDS:
            self.tally.wrong.append(f"{label}: {seconds:.0f} s")
        if list(root.glob(".scratch/*")) or list(root.glob("landed/**/.*")):
            self.tally.wrong.append(f"{label}: leftovers")
        if len(self.tally.wrong) > before and self.keep:
            self.keep.mkdir(exist_ok=True)
            (self.keep / f"{self.tally.cases}-{name}").write_bytes(content)
        shutil.rmtree(root)
        path.unlink()

    def _judge_reports(self, reports: list[FileReport], label: str) -> None:
        self.tally.outcomes["read" if any(not r.error for r in reports) else "refused"] += 1
        for report in reports:
            if report.error:
                self.tally.outcomes[report.error.key] += 1
                self._said(report.error, label)
                if report.error.key == "import_failed":
                    reason = report.error.values["reason"]
                    self.tally.wrong.append(f"{label}: unforeseen {reason}")
            parts = (report.rows_landed + report.rows_rejected + report.rows_duplicate
                     + report.rows_out_of_scope)  # fmt: skip
            if report.rows_read != parts:
                self.tally.wrong.append(f"{label}: {report.rows_read} rows read, {parts} counted")
            self.tally.rows += report.rows_read
            for lang in ("fr", "en"):
                json.dumps(report.as_json(lang))
                for violation in report.violations[:20]:
                    violation_message(report, violation, lang)

    def _said(self, error: UserError, label: str) -> None:
        for lang in ("fr", "en"):
            if "{" in error.message(lang).replace("{0", ""):
                self.tally.wrong.append(f"{label}: unfinished message {error.key}")


# --- Bytes ---------------------------------------------------------------------------------------


def seeds() -> list[tuple[str, bytes]]:
    """Whole files of every kind that the import reads."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Rapport du trimestre"])
    for row in csv.reader(io.StringIO(OBSERVATIONS)):
        sheet.append([dt.date.fromisoformat(c) if c[:2] == "20" and "-" in c else c for c in row])
    sheet.merge_cells("A1:D1")
    sheet["E9"] = "=1+1"
    other = book.create_sheet("Groupes")
    for row in csv.reader(io.StringIO(GROUPS.replace("G1", "G3"))):
        other.append(row)
    book.create_sheet("Cachée").sheet_state = "hidden"
    xlsx, packed = io.BytesIO(), io.BytesIO()
    book.save(xlsx)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("observations.csv", OBSERVATIONS)
        archive.writestr("inner/groups.csv", GROUPS.replace("G1", "G4"))
        archive.writestr("book.xlsx", xlsx.getvalue())
    old = _old_workbook()
    return [
        ("a.csv", OBSERVATIONS.encode()), ("a.csv", GROUPS.encode("cp1252")),
        ("a.csv", OBSERVATIONS.replace(",", ";").encode("utf-8-sig")),
        ("a.csv", GROUPS.replace(",", "\t").encode("utf-16")),
        ("a.xlsx", xlsx.getvalue()), ("a.zip", packed.getvalue()), ("a.xls", old),
    ]  # fmt: skip


def _old_workbook() -> bytes:
    import xlwt

    book, sink = xlwt.Workbook(), io.BytesIO()
    sheet = book.add_sheet("Groupes")
    for number, row in enumerate(csv.reader(io.StringIO(GROUPS.replace("G1", "G5")))):
        for column, cell in enumerate(row):
            sheet.write(number, column, cell)
    book.save(sink)
    return sink.getvalue()


#: what readers stumble over
SPICE = (
    b"\0", b'"', b'""', b"'", b"\r", b"\n", b"\r\n", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1a", b"\xe9",
    b"\xc3", b"\xf0\x9f", b",", b";", b"\t" * 50, b"," * 3000, b"=cmd()", b"1e999", b"NaN", b"-0",
    b"9" * 400, b"PK\x03\x04", b"PK\x05\x06", b"<", b"]]>", b"&x;", b'r="XFD1048576"', b"<!ENTITY",
    b"\xd0\xcf\x11\xe0", b"2022-02-30", b"\xe2\x80\xae", b"#REF!", b"%s{0}{file}", b"A" * 70_000,
)  # fmt: skip


def mutate(rng: random.Random, content: bytes, others: list[bytes]) -> bytes:
    """One to six bytewise changes."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 6)):
        at, length = rng.randrange(len(data) + 1), rng.randint(1, max(1, len(data) // 8))
        choice = rng.randrange(8)
        if choice == 0 and data:
            for _ in range(rng.randint(1, 20)):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        elif choice == 1:
            del data[at : at + length]
        elif choice == 2:
            data[at:at] = data[at : at + length] * rng.randint(1, 3)
        elif choice == 3:
            data[at:at] = rng.choice(SPICE)
        elif choice == 4:
            del data[at:]
        elif choice == 5:
            other = rng.choice(others)
            cut = rng.randrange(len(other))
            data[at : at + length] = other[cut : cut + length]
        elif choice == 6:
            data[at : at + length] = rng.randbytes(min(length, 64))
        else:
            spice = rng.choice(SPICE)
            data[at : at + len(spice)] = spice
        if len(data) > 2_000_000:
            del data[2_000_000:]
    return bytes(data)


def mutate_parts(rng: random.Random, content: bytes, others: list[bytes]) -> bytes:
    """Change what is inside an archive or workbook and pack it whole again."""
    sink = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        names = old.namelist()
        chosen = rng.choice(names)
        for name in names:
            part = old.read(name)
            new.writestr(name, mutate(rng, part, others) if name == chosen else part)
    return sink.getvalue()


def fuzz_bytes(ground: Field, rng: random.Random, going: Callable[[], bool]) -> None:
    whole = seeds()
    others = [content for _, content in whole]
    number = 0
    while going():
        name, content = whole[number % len(whole)]
        number += 1
        deep = name.endswith((".xlsx", ".zip")) and rng.random() < 0.7
        changed = (mutate_parts if deep else mutate)(rng, content, others)
        if rng.random() < 0.1:
            name = rng.choice(["a.csv", "a.xlsx", "a.zip", "a.txt", "a.ods", "a.xls"])
        ground.judge(name, changed, f"bytes {number} {name}")


# --- Structure -----------------------------------------------------------------------------------

ODD = st.one_of(
    st.text(max_size=12),
    st.integers(-(10**18), 10**18).map(str),
    st.floats(allow_nan=True, allow_infinity=True).map(str),
    st.dates(dt.date(1880, 1, 1), dt.date(2100, 1, 1)).map(str),
    st.sampled_from(["", " ", "-", "NULL", "n/a", "#N/A", "oui", "true", "Ségou", "segou", "G1",
                     "G2", "12,5", "1 234,5", "1.234.567", "(300)", "44592", "31/12/2021",
                     "2022-13", "mai 2022", "76 12 34 56", "Awa Traoré", "=1+1", "\u202e",
                     "é" * 300, "1e5", "32/01/2022", "0001-01-01", "99999", "\x0b", "\u2028", "١٢",
                     "½", "−5"]),
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, bytes]:
    """A table of some dataset: its header as someone might write it, cells plausible or odd."""
    dataset = draw(st.sampled_from(list(DATASETS)))
    columns = columns_of(DATASETS[dataset])
    chosen = [n for n, c in columns.items() if c.required or draw(st.booleans())]
    header = []
    for name in chosen:
        text = dictionary().column(dataset, name)
        header.append(draw(st.sampled_from([name, text.label.fr, text.label.en, name.upper()])))
    header += draw(st.lists(st.one_of(st.text(max_size=8), st.sampled_from(header)), max_size=2))
    cells = []
    for name in chosen:
        column = columns[name]
        usual = {
            "identifier": ["G1", "G2", "X-1"], "whole": ["0", "5", "20"], "number": ["1.5", "0"],
            "date": ["2022-03-31", "2021-01-01"], "boolean": ["true", "non"], "month": ["2022-01"],
            "region": ["segou", "Gao"], "cercle": ["bla", ""], "place": ["segou", "mali"],
            "text": ["riz", "CARE Mali"], "code": list(column.codes), "codes": list(column.codes),
        }[column.kind]  # fmt: skip
        cells.append(st.one_of(st.sampled_from(usual), st.sampled_from(usual), ODD))
    cells += [ODD] * (len(header) - len(chosen))
    rows = draw(st.lists(st.tuples(*cells), max_size=12))
    titles = draw(st.lists(st.lists(ODD, max_size=3), max_size=3))
    ragged = [list(row) + draw(st.lists(ODD, max_size=1)) for row in rows]
    return _written(draw, [*titles, header, *ragged])


def _written(draw: st.DrawFn, rows: list[list[str]]) -> tuple[str, bytes]:
    if draw(st.integers(0, 3)) == 0:
        book = openpyxl.Workbook()
        for row in rows:
            clean = [openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", cell) for cell in row]
            book.active.append([c.encode("utf-16", "replace").decode("utf-16") for c in clean])
        sink = io.BytesIO()
        book.save(sink)
        return "a.xlsx", sink.getvalue()
    text = io.StringIO()
    writer = csv.writer(
        text, delimiter=draw(st.sampled_from(",;\t|")), quoting=draw(st.sampled_from([0, 1])),
        lineterminator=draw(st.sampled_from(["\n", "\r\n"])),
    )  # fmt: skip
    writer.writerows(rows)
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]))
    return "a.csv", text.getvalue().encode(encoding, "replace")


def fuzz_tables(ground: Field, start: int, cases: int, going: Callable[[], bool]) -> None:
    # In rounds, for Hypothesis does not stop by the clock.
    rounds = [50] * (cases // 50) + [cases % 50] * bool(cases % 50)
    for number, examples in enumerate(rounds):
        if going():
            _fuzz_round(ground, start + number, examples, going)


def _fuzz_round(ground: Field, start: int, cases: int, going: Callable[[], bool]) -> None:
    @seed(start)
    @settings(max_examples=cases, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(tables())
    def run(table: tuple[str, bytes]) -> None:
        if going():
            ground.judge(*table, f"table {ground.tally.cases}")

    run()


def fuzz(cases: int, minutes: float, start: int, keep: Path | None = None) -> Tally:
    """Half of ``cases`` by bytes, half by structure; fewer when ``minutes`` are over."""
    tally, end = Tally(), time.monotonic() + (minutes or 10**6) * 60

    def until(moment: float) -> bool:
        return time.monotonic() < moment and not _told_to_stop.is_set()

    # What is loaded by now stays; the collector need not look at it after each of many small cases.
    gc.freeze()
    gc.set_threshold(50_000)
    # In memory where there is such a place: what a case writes is read once and deleted.
    shelf = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=shelf) as folder:
        ground = Field(Path(folder), tally, keep)
        rng = random.Random(start)
        half = (time.monotonic() + end) / 2
        fuzz_bytes(ground, rng, lambda: tally.cases < cases // 2 and until(half))
        fuzz_tables(ground, start, cases - tally.cases, lambda: until(end))
    gc.unfreeze()
    return tally


def stop_when_told() -> None:
    """A signal asks for the tally, here and in the processes started from here."""

    def told(number: int, _: object) -> None:
        if not _told_to_stop.is_set():
            _told_to_stop.set()
            for child in active_children():
                os.kill(child.pid or 0, number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)


def together(jobs: int, cases: int, minutes: float, start: int, keep: Path | None) -> Tally:
    """The same in several processes, each with a seed of its own."""
    if jobs < 2:
        return fuzz(cases, minutes, start, keep)
    share = [cases // jobs + (n < cases % jobs) for n in range(jobs)]
    with ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=stop_when_told
    ) as pool:
        parts = list(pool.map(
            fuzz, share, [minutes] * jobs, [start + 1000 * n for n in range(jobs)], [keep] * jobs
        ))  # fmt: skip
    whole = max(parts, key=lambda tally: tally.slowest)
    return replace(
        whole, cases=sum(t.cases for t in parts), rows=sum(t.rows for t in parts),
        outcomes=sum((t.outcomes for t in parts), Counter()),
        wrong=[text for t in parts for text in t.wrong],
    )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, default=0, help="stop after (0: when all are run)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--keep", type=Path, help="folder for the files that went wrong")
    arguments = parser.parse_args()
    stop_when_told()
    begun = time.perf_counter()
    tally = together(arguments.jobs, arguments.cases, arguments.minutes, arguments.seed,
                     arguments.keep)  # fmt: skip
    print(json.dumps({
        "cases": tally.cases, "rows": tally.rows, "seconds": round(time.perf_counter() - begun),
        "slowest_case_seconds": round(tally.slowest, 2),
        "slowest_case": tally.slowest_case,
        "memory_mb": max(
            resource.getrusage(who).ru_maxrss
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        ) // 1024,
        "outcomes": dict(tally.outcomes.most_common()), "wrong": tally.wrong[:50],
    }, indent=1, ensure_ascii=False))  # fmt: skip
    return int(bool(tally.wrong))


if __name__ == "__main__":
    sys.exit(main())
