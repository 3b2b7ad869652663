"""The command line (a contract: design.md §4). Verbs only parse, call and print.

Standard output carries the answer (one JSON object under ``--json``); progress and messages go to
standard error. Exit codes: 0 done, 1 done with refused rows, 2 nothing done.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from analytics.errors import UserError, disk
from analytics.indicator import indicator, indicators
from analytics.lists import csv_bytes
from analytics.selection import Selection
from analytics.settings import settings
from analytics.text import say
from analytics.text.numbers import format_clock, format_day, format_period
from analytics.warehouse.home import Holder, Home
from analytics.warehouse.report import FileReport

DONE, DONE_WITH_REFUSALS, NOTHING_DONE = 0, 1, 2


class Console:
    """Where a verb prints: its answer on standard output, everything else on standard error."""

    def __init__(self, lang: str, as_json: bool) -> None:
        self.lang, self.as_json = lang, as_json

    def answer(self, text: str, value: dict[str, Any]) -> None:
        out = json.dumps(value, ensure_ascii=False, default=str) if self.as_json else text
        sys.stdout.write(out if out.endswith("\n") or not out else out + "\n")

    def note(self, key: str, **values: object) -> None:
        sys.stderr.write(say(f"cli.{key}", self.lang, **values) + "\n")

    def fail(self, error: UserError) -> int:
        message = error.message(self.lang)
        sys.stderr.write(message + "\n")
        if self.as_json:
            sys.stdout.write(
                json.dumps({"error": error.key, "message": message}, ensure_ascii=False) + "\n"
            )
        return NOTHING_DONE

    def progress(self, key: str) -> Callable[[str], None]:
        """A line a step, only where someone is watching."""
        if not sys.stderr.isatty():
            return lambda what: None
        return lambda what: self.note(key, what=what)

    def waiting(self, holder: Holder) -> None:
        """Whose turn it is, where this command must wait for somebody else's."""
        doing = say(f"data.doing.{holder.doing}", self.lang)
        since = format_clock(holder.since, self.lang)
        self.note("waiting", what=doing, since=since, place=holder.place)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code."""
    arguments = _parser().parse_args(argv)
    console = Console(arguments.lang, arguments.json)
    try:
        home = Home(Path(arguments.home) if arguments.home else settings().home)
        return arguments.run(home, arguments, console)
    except UserError as error:
        return console.fail(error)
    except BrokenPipeError:
        return DONE
    except OSError as error:
        return console.fail(disk(error))
    except KeyboardInterrupt:
        return console.fail(UserError("interrupted"))
    except Exception as error:
        # A fault of ours. Where it happened is enough to mend it; what it says may be a cell.
        place = traceback.extract_tb(error.__traceback__)[-1]
        reason = f"{type(error).__name__}, {Path(place.filename).name}:{place.lineno}"
        return console.fail(UserError("unexpected", reason=reason))


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--home", help="evidence home (default: EVIDENCE_HOME, else data/local)")
    common.add_argument("--lang", choices=("fr", "en"), default="fr")
    common.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser = argparse.ArgumentParser(prog="python -m analytics", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")

    def verb(name: str, run: Callable[..., int], text: str) -> argparse.ArgumentParser:
        found = verbs.add_parser(name, parents=[common], help=text, description=text)
        found.set_defaults(run=run)
        return found

    made = verb("demo", _demo, "write synthetic files and truth.json")
    made.add_argument("--out", required=True, type=Path)
    made.add_argument("--groups", type=int, default=1200)
    made.add_argument("--since", default="2018-01")
    made.add_argument("--until")
    made.add_argument("--seed", type=int, default=2023)

    made = verb("import", _import, "import files, folders and archives")
    made.add_argument("paths", nargs="+", type=Path)
    made.add_argument("--dataset")
    made.add_argument("--mapping", help="a mapping file (YAML), or the name of one")
    made.add_argument("--dry-run", action="store_true")

    made = verb("refresh", _refresh, "fetch a public feed and import it")
    made.add_argument("feed")
    made.add_argument("--base-url", metavar="URL", help="ask this server instead")

    made = verb("build", _build, "build and publish a new version")
    made.add_argument("--engine", default="duckdb", help="duckdb, or spark on a cluster")
    made.add_argument("--no-claims", action="store_true", help="leave claims out of the version")

    made = verb("estimate", _estimate, "one row a cell of an indicator")
    _selection_options(made)
    made.add_argument("--format", choices=("csv", "json"), default="csv")

    made = verb("figure", _figure, "draw an indicator into a file")
    _selection_options(made)
    made.add_argument("--chart", choices=("trend", "bars", "map", "stack", "curve", "table"))
    made.add_argument("--size", choices=("wide", "square", "print"), default="wide")
    made.add_argument("--out", required=True, type=Path)

    made = verb("brief", _brief, "compose a brief into a file")
    made.add_argument("name", help="director, ministry, donor, region, call-to-action")
    _question_options(made)
    made.add_argument("--out", required=True, type=Path)

    verb("indicators", _indicators, "definitions of all indicators")
    made = verb("claims", _claims, "what the evidence says, and what it refuses to say")
    made.add_argument("--role", default="public", choices=("public", "staff"))
    made.add_argument("--place", help="mali or a region; all places without it")
    made = verb("forms", _forms, "write the forms (XLSForm) for Kobo and ODK")
    made.add_argument("--out", type=Path, default=Path("forms"), metavar="DIR")

    made = verb("bundle", _bundle, "write one offline HTML file a region and language")
    made.add_argument("places", nargs="*", metavar="PLACE", help="default: the country and regions")
    made.add_argument("--out", type=Path, default=Path("offline"), metavar="DIR")

    made = verb("receipt", _receipt, "replay a receipt: the same number, or what changed")
    made.add_argument("id")
    made.add_argument("--role", choices=("public", "staff"), help="default: by EVIDENCE_ROLE")

    made = verb("status", _status, "versions, freshness, batches")
    made.add_argument("--verify", action="store_true", help="read all batches and the version anew")
    made = verb("rollback", _rollback, "go back to an earlier version")
    made.add_argument("build", nargs="?")
    verb("check", _check, "run the data tests on the published version")
    return parser


def _selection_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("indicator")
    _question_options(parser)


def _question_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", default="", help="breakdowns, separated by commas")
    parser.add_argument("--where", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--from", dest="start", metavar="PERIOD")
    parser.add_argument("--to", dest="end", metavar="PERIOD")
    parser.add_argument("--division", default="2023", choices=("2023", "2012"))
    parser.add_argument("--role", default="public", choices=("public", "staff"))


def _selection(arguments: argparse.Namespace) -> Selection:
    filters = []
    for text in arguments.where:
        name, equals, value = text.partition("=")
        if not equals:
            raise UserError("filter_form", value=text)
        filters.append((name.strip(), value.strip()))
    return Selection(
        by=tuple(name.strip() for name in arguments.by.split(",") if name.strip()),
        filters=tuple(filters),
        start=arguments.start,
        end=arguments.end,
        division=arguments.division,
        role=arguments.role,
    )


def _demo(home: Home, arguments: argparse.Namespace, console: Console) -> int:
    from analytics.demonstration import write_demonstration

    rows = write_demonstration(
        arguments.out,
        groups=arguments.groups,
        since=arguments.since,
        until=arguments.until,
        seed=arguments.seed,
        progress=console.progress("writing"),
    )
    console.answer(
        say("cli.demo_done", console.lang, rows=sum(rows.values()), folder=arguments.out),
        {"out": str(arguments.out), "rows": rows},
    )
    return DONE


def _import(home: Home, arguments: argparse.Namespace, console: Console) -> int:
    from analytics.sources.mapping import named
    from analytics.warehouse.land import import_files
    from analytics.warehouse.report import summary

    reports = import_files(
        home,
        arguments.paths,
        dataset=arguments.dataset,
        mapping=named(arguments.mapping, home.mappings()) if arguments.mapping else None,
        dry_run=arguments.dry_run,
        progress=console.progress("reading"),
        waiting=console.waiting,
    )
    if not reports:
        raise UserError("nothing_to_import")
    return _tell_import(reports, console, summary(reports, console.lang))


def _tell_import(
    reports: list[FileReport], console: Console, value: dict[str, Any], first: str = ""
) -> int:
    """Print what an import did; ``value`` is the answer under ``--json``."""
    from analytics.warehouse.report import violation_message

    lines = [first] if first else []
    for report in reports:
        if report.error:
            sys.stderr.write(report.error.message(console.lang) + "\n")
            continue
        lines.append(
            say(
                "cli.landed",
                console.lang,
                file=report.file if report.sheet is None else f"{report.file} [{report.sheet}]",
                dataset=report.dataset,
                landed=report.rows_landed,
                read=report.rows_read,
                rejected=report.rows_rejected,
                duplicate=report.rows_duplicate,
            )
        )
        for refusals in report.by_rule:
            # The first cell tells what is wrong; the number tells how often.
            told = violation_message(report, refusals.examples[0], console.lang)
            lines.append(say("cli.refused", console.lang, count=refusals.count, first=told))
        for file in filter(None, (report.rejects_file, report.mend_file)):
            lines.append(say("cli.rejects", console.lang, file=file))
    for warned in (w for entry in value["files"] for w in entry["warnings"]):
        sys.stderr.write(f"  {warned['message']}\n")
    console.answer("\n".join(lines), value)
    if all(report.error for report in reports):
        return NOTHING_DONE
    refused = any(report.error or report.rows_rejected for report in reports)
    return DONE_WITH_REFUSALS if refused else DONE


def _refresh(home: Home, arguments: argparse.Namespace, console: Console) -> int:
    from analytics.warehouse.refresh import refresh
    from analytics.warehouse.report import summary

    done = refresh(
        home, arguments.feed, base_url=arguments.base_url, progress=console.progress("fetching")
    )
    for told in done.freshness:
        if told.late:
            console.note("late", source=told.source, last=told.last or "–", expected=told.expected)
    value = {
        "feed": done.feed, "url": done.url, "file": str(done.file), "bytes": done.bytes,
        "attempts": done.attempts, "resumed": done.resumed,
        "freshness": [{"source": f.source, "last": f.last, "expected": f.expected, "late": f.late}
                      for f in done.freshness],
        **summary(done.reports, console.lang),
    }  # fmt: skip
    first = say("cli.fetched", console.lang, feed=done.feed, bytes=done.bytes, file=done.file)
    return _tell_import(done.reports, console, value, first)


def _build(home: Home, arguments: argparse.Namespace, console: Console) -> int:
    from analytics.pipeline import build

    report = build(
        home,
        engine=arguments.engine,
        claims=not arguments.no_claims,
        progress=console.progress("building"),
        waiting=console.waiting,
    )
    console.answer(
        say(
            "cli.built",
            console.lang,
            build=report.build_id,
            seconds=round(sum(report.seconds.values()), 1),
        ),
        report.as_json(),
    )
    return DONE


def _estimate(home: Home, arguments: argparse.Namespace, console: Console) -> int:
    from analytics.estimates.estimate import estimate
    from analytics.evidence.receipt import receipt_of
    from analytics.warehouse.read import open_reader

    found = estimate(open_reader(home), indicator(arguments.indicator), _selection(arguments))
    records = found.records()
    if arguments.format == "json":
        console.as_json = True
    value = {
        "indicator": found.indicator.id,
        "selection": found.sentence(console.lang),
        "period": found.period.label if found.period else None,
        "division": found.selection.division,
        "role": found.selection.role,
        "demonstration": found.build.demonstration,
        "build_id": found.build.build_id,
        "receipt": receipt_of(found).id,
        "rows": records,
    }
    table = csv_bytes(records[0] if records else (), (record.values() for record in records))
    console.answer(table.decode(), value)
    return DONE


def _figure(home: Home, arguments: argparse.Namespace, console: Console) -> int:
    from analytics.publishing.figure import write_figure
    from analytics.warehouse.read import open_reader

    shown = write_figure(
        home,
        open_reader(home),
        indicator(arguments.indicator),
        _selection(arguments),
        arguments.out,
        lang=console.lang,
        chart=arguments.chart,
        size=arguments.size,
    )
    if not shown.answer.published:
        console.note("figure_empty")
    console.answer(
        say("cli.saved", console.lang, file=arguments.out),
        {"file": str(arguments.out), "receipt": shown.receipt.id, "link": shown.link},
    )
    return DONE


def _brief(home: Home, arguments: argparse.Namespace, console: Console) -> int:
    from analytics.briefs.compose import compose, note_exports
    from analytics.publishing.documents.write import format_of, write_document
    from analytics.warehouse.read import open_reader

    format_of(arguments.out)  # a wrong suffix is said before anything is worked out
    selection = _selection(arguments)
    document = compose(home, open_reader(home), arguments.name, selection, console.lang)
    path = write_document(document, arguments.out)
    note_exports(home, document, path.suffix.lstrip(".").lower())
    console.answer(
        say("cli.saved", console.lang, file=path),
        {"file": str(path), "brief": arguments.name, "title": document.title,
         "sections": [section.id for section in document.sections],
         "pictures": len(document.pictures), "role": selection.role,
         "demonstration": bool(document.mark)},
    )  # fmt: skip
    return DONE


def _indicators(home: Home, arguments: argparse.Namespace, console: Console) -> int:
    found = list(indicators().values())
    lines = [f"{i.id:32} {i.title[console.lang]}" for i in found]
    value = {"indicators": [i.model_dump(mode="json", by_alias=True) for i in found]}
    console.answer("\n".join(lines), value)
    return DONE


def _claims(home: Home, arguments: argparse.Namespace, console: Console) -> int:
    from analytics.evidence.store import claims
    from analytics.warehouse.read import open_reader

    found = claims(open_reader(home), arguments.role, arguments.place)
    lang = console.lang
    lines = []
    for claim in found:
        grade = say(f"claim.grade.{claim.grade}", lang) if claim.grade else "–"
        lines.append(f"{claim.id}  [{say(f'claim.verdict.{claim.verdict}', lang)} · {grade}]")
        lines.append(f"  {claim.statement(lang)}")
    console.answer("\n".join(lines), {"claims": [claim.told() for claim in found]})
    return DONE


def _forms(home: Home, arguments: argparse.Namespace, console: Console) -> int:
    from analytics.publishing.forms import write_forms

    files = [str(path) for path in write_forms(arguments.out)]
    console.answer(
        "\n".join(say("cli.saved", console.lang, file=file) for file in files),
        {"out": str(arguments.out), "files": files},
    )
    return DONE


def _bundle(home: Home, arguments: argparse.Namespace, console: Console) -> int:
    from analytics.light import write_bundles
    from analytics.warehouse.read import open_reader

    files = write_bundles(
        open_reader(home), arguments.places, arguments.out, console.progress("writing")
    )
    console.answer(
        "\n".join(say("cli.saved", console.lang, file=file) for file in files),
        {"out": str(arguments.out), "files": [str(file) for file in files]},
    )
    return DONE


def _receipt(home: Home, arguments: argparse.Namespace, console: Console) -> int:
    from analytics.evidence.replay import replay
    from analytics.publishing.receipts import lines

    office = (settings().role or "public") != "public"
    role = arguments.role or ("staff" if office else "public")
    told = replay(home, arguments.id, role, held=True)
    console.answer("\n".join(lines(told, console.lang)), told.as_json(console.lang))
    return DONE


def _status(home: Home, arguments: argparse.Namespace, console: Console) -> int:
    from analytics.warehouse.status import status
    from analytics.warehouse.verify import verify_home

    found = verify_home(home) if arguments.verify else None
    value = status(home)
    lines = []
    if found:
        value["verified"] = {**asdict(found), "damaged": list(found.damaged)}
        key = "verify_damaged" if found.damaged else "verify_whole"
        lines.append(say(f"cli.{key}", console.lang, batches=found.batches, files=found.files,
                         damaged=", ".join(found.damaged)))  # fmt: skip
    if value["current"]:
        lines.append(
            say(
                "cli.status_build",
                console.lang,
                build=value["current"]["build_id"],
                kind=value["kind"],
                date=format_day(value["current"]["built_at"], console.lang),
            )
        )
    else:
        lines.append(say("cli.status_none", console.lang))
    for entry in value["datasets"]:
        date = format_day(entry["last_landed_at"], console.lang)
        lines.append(say("cli.status_batch", console.lang, date=date, **entry))
    if any(value["unpublished"].values()):
        lines.append(say("cli.status_unpublished", console.lang, **value["unpublished"]))
    if told := value["coverage"]:
        due = [month for month in told["months"] if month["due"]]
        if due:
            lines.append(
                say("cli.status_coverage", console.lang, days=told["days_since_last_report"],
                    **{**due[-1], "month": format_period(due[-1]["month"], console.lang)})
            )  # fmt: skip
    console.answer("\n".join(lines), value)
    return NOTHING_DONE if found and found.damaged else DONE


def _rollback(home: Home, arguments: argparse.Namespace, console: Console) -> int:
    from analytics.warehouse.status import rollback

    build_id = rollback(home, arguments.build, waiting=console.waiting)
    console.answer(say("cli.rolled_back", console.lang, build=build_id), {"build_id": build_id})
    return DONE


def _check(home: Home, arguments: argparse.Namespace, console: Console) -> int:
    from analytics.pipeline import check

    results = check(home)
    lines = [
        say("cli.check_line", console.lang, mark="ok" if r.passed else "!!", name=r.name,
            violations=r.violations)
        for r in results
    ]  # fmt: skip
    console.answer("\n".join(lines), {"checks": [r.as_json() for r in results]})
    return DONE if all(r.passed for r in results) else NOTHING_DONE
