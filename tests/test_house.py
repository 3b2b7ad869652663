"""The house rules that hold the code together: who may import whom, and what a model may say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from analytics.settings import PROJECT
from analytics.sources.contracts import DATASETS
from analytics.warehouse.build import SQL, models

LEAVES = (
    "declared", "errors", "geography", "indicator", "lists", "period", "published", "selection",
    "settings", "text",
)  # fmt: skip
#: each part may import itself, the leaves and what stands before it
ORDER = (
    "analytics.sources",
    "analytics.demonstration",
    "analytics.warehouse",
    "analytics.disclosure",
    "analytics.estimates",
    "analytics.evidence",
    "analytics.advocacy",
    "analytics.charts",
    "analytics.publishing",
    # Compositions: they put the parts together, and no part knows them.
    "analytics.attention",
    "analytics.moved",
    "analytics.profile",
    "analytics.shocks",
    "analytics.targets",
    "analytics.story",
    "analytics.testimonies",
    "analytics.briefs",
    "analytics.views",
    "analytics.light",
    "analytics.pipeline",
    "analytics.cli",
    "analytics.__main__",
    "pages.shared",
    "pages",
    "app",
)
RANK = {
    **dict.fromkeys(["analytics", *(f"analytics.{leaf}" for leaf in LEAVES)], 0),
    **{part: position for position, part in enumerate(ORDER, start=1)},
}


@cache
def trees() -> dict[str, ast.Module]:
    """Every module of the product by its dotted name."""
    paths = [PROJECT / "app.py", *PROJECT.glob("analytics/**/*.py"), *PROJECT.glob("pages/**/*.py")]
    return {
        ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__"):
        ast.parse(path.read_text(encoding="utf-8"))
        for path in paths
    }  # fmt: skip


def imports(tree: ast.Module) -> Iterator[str]:
    """What a module imports, wherever in it, as dotted names down to the name imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def part_of(name: str) -> str:
    """The part of the house a module, or a name in one, belongs to."""
    words = name.split(".")
    if words[0] == "analytics":
        package = ".".join(words[:2])
        known = {".".join(module.split(".")[:2]) for module in trees()}
        return package if package in known else "analytics"
    if words[0] == "pages":
        return "pages.shared" if words[1:2] == ["shared"] else "pages"
    return words[0]


def ours(name: str) -> bool:
    return name.split(".")[0] in ("analytics", "pages", "app")


def importing(package: str) -> dict[str, set[str]]:
    return {name: set(imports(tree)) for name, tree in trees().items() if within(name, package)}


def test_every_part_of_the_house_has_its_place() -> None:
    assert {part_of(module) for module in trees()} <= set(RANK)


def test_dependencies_point_one_way() -> None:
    wrong = [
        f"{module} imports {name}"
        for module, tree in trees().items()
        for name in imports(tree)
        if ours(name)
        and part_of(name) != part_of(module)
        and RANK[part_of(name)] > (RANK[part_of(module)] - bool(RANK[part_of(module)]))
    ]
    assert wrong == []


def test_no_module_imports_itself_by_a_detour() -> None:
    known = set(trees())
    graph = {
        module: {
            target
            for name in imports(tree)
            for target in (name, name.rpartition(".")[0])
            if target in known and target != module and not module.startswith(target + ".")
        }
        for module, tree in trees().items()
    }
    while free := [module for module, needs in graph.items() if not needs]:
        for module in free:
            del graph[module]
        for needs in graph.values():
            needs.difference_update(free)
    assert graph == {}


def test_meaning_never_knows_the_web_interface() -> None:
    for module, names in importing("analytics").items():
        assert not [n for n in names if within(n, "streamlit") or within(n, "pages")], module


def test_a_page_only_lays_out() -> None:
    tools = ("plotly", "pandas", "duckdb", "pyarrow", "numpy")
    for module, names in importing("pages").items():
        if part_of(module) == "pages":
            assert not [n for n in names for tool in tools if within(n, tool)], module


def test_charts_never_query() -> None:
    """They may know the type of an answer; asking is someone else's work."""
    for module, names in importing("analytics.charts").items():
        assert not [n for n in names if within(n, "duckdb")], module
        assert not [n for n in names if within(n, "analytics.warehouse")], module
        asked = {n.rpartition(".")[2] for n in names if within(n, "analytics.estimates")}
        assert all(name[:1].isupper() for name in asked), module
        calls = {
            node.func.attr
            for node in ast.walk(trees()[module])
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        assert not calls & {"query", "execute", "sql"}, module


def test_publishing_never_computes() -> None:
    tools = ("duckdb", "numpy", "pandas", "scipy", "statsmodels")
    for module, names in importing("analytics.publishing").items():
        assert not [n for n in names for tool in tools if within(n, tool)], module


def test_no_plotly_express_anywhere() -> None:
    for module, tree in trees().items():
        assert not [n for n in imports(tree) if within(n, "plotly.express")], module
        assert "plotly.express" not in ast.unparse(tree), module


def test_a_page_fits_on_a_screen_or_two() -> None:
    long = {
        path.name: lines
        for path in (PROJECT / "pages").glob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 90
    }
    assert long == {}


def test_nothing_is_left_for_later() -> None:
    mark = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3)) + r")\b")
    suffixes = {".py", ".sql", ".yaml", ".yml", ".toml", ".md", ".csv", ".in", ".css"}
    folders = ("analytics", "pages", "tests", "benchmarks", "docs", "notebooks")
    paths = [path for folder in folders for path in (PROJECT / folder).rglob("*")]
    paths += [*PROJECT.glob("*"), *(PROJECT / "data").glob("*/*"), *(PROJECT / "data").glob("*")]
    read = [path for path in paths if path.is_file() and path.suffix in suffixes]
    assert len(read) > 100
    assert [str(p) for p in read if mark.search(p.read_text(encoding="utf-8"))] == []


# --- models --------------------------------------------------------------------------------------

MODELS = sorted(SQL.glob("*/*.sql"))
#: writing numbers and dates for readers is not a model's work
FORMATTING = {"FORMAT", "PRINTF", "STRFTIME", "TO_CHAR", "DATE_FORMAT", "TIME_TO_STR"}


def not_portable(sql: str) -> set[str]:
    """What in a query only one engine understands; empty for the portable subset."""
    found: set[str] = set()
    statements = sqlglot.parse(sql, dialect="duckdb")
    if len(statements) != 1 or not isinstance(statements[0], exp.Select):
        return {"not one SELECT"}
    for node in statements[0].walk():
        name = type(node).__name__
        if isinstance(node, (exp.Pivot, exp.Qualify, exp.Lambda, exp.Columns, exp.TableSample)):
            found.add(name)
        elif isinstance(node, (exp.Array, exp.List, exp.Struct, exp.Map, exp.Bracket)):
            found.add("list or struct")
        elif isinstance(node, exp.Group) and node.args.get("all"):
            found.add("GROUP BY ALL")
        elif isinstance(node, exp.Join) and node.args.get("method") in ("ASOF", "POSITIONAL"):
            found.add(f"{node.args['method']} JOIN")
        elif isinstance(node, exp.Star) and any(node.args.values()):
            found.add("star with changes")
        elif isinstance(node, exp.Distinct) and node.args.get("on"):
            found.add("DISTINCT ON")
        elif isinstance(node, exp.Anonymous):
            found.add(node.name.lower())
        elif isinstance(node, exp.Table) and not isinstance(node.this, exp.Identifier):
            found.add("table function")
        elif isinstance(node, exp.Func) and node.sql_name() in FORMATTING:
            found.add("formatting")
    try:
        sqlglot.transpile(
            sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE
        )
    except sqlglot.errors.SqlglotError as error:
        found.add(f"spark: {error}")
    return found


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_is_one_select_that_every_engine_reads(path: Path) -> None:
    assert not_portable(path.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT 1; SELECT 2", "not one SELECT"),
        ("CREATE TABLE t AS SELECT 1", "not one SELECT"),
        ("PIVOT t ON a USING sum(b)", "not one SELECT"),
        ("SELECT * FROM t PIVOT (sum(b) FOR a IN (1, 2))", "Pivot"),
        ("SELECT * FROM t ASOF JOIN u ON t.a >= u.a", "ASOF JOIN"),
        ("SELECT a FROM t QUALIFY row_number() OVER (ORDER BY a) = 1", "Qualify"),
        ("SELECT a, count(*) FROM t GROUP BY ALL", "GROUP BY ALL"),
        ("SELECT * EXCLUDE (a) FROM t", "star with changes"),
        ("SELECT * REPLACE (1 AS a) FROM t", "star with changes"),
        ("SELECT [1, 2] FROM t", "list or struct"),
        ("SELECT {'a': 1} FROM t", "list or struct"),
        ("SELECT a[1] FROM t", "list or struct"),
        ("SELECT * FROM read_csv('x.csv')", "table function"),
        ("SELECT * FROM read_parquet('x.parquet')", "table function"),
        ("SELECT * FROM range(3)", "table function"),
        ("SELECT strftime(a, '%d/%m/%Y') FROM t", "formatting"),
        ("SELECT epoch_of(a) FROM t", "epoch_of"),
        ("SELECT DISTINCT ON (a) a, b FROM t", "DISTINCT ON"),
    ],
)
def test_the_judge_of_models_knows_what_is_not_portable(sql: str, reason: str) -> None:
    assert reason in not_portable(sql)


def test_a_models_file_is_its_table() -> None:
    names = [path.stem for path in MODELS]
    assert len(set(names)) == len(names) == len(models())
    for path in MODELS:
        assert path.stem.startswith(f"{path.parent.name}_"), path.name


def test_models_read_only_what_stands_before_them() -> None:
    order = list(models())
    for name, sql in models().items():
        read = {
            table.name for table in sqlglot.parse_one(sql, dialect="duckdb").find_all(exp.Table)
        }
        for table in read:
            if table in order:
                assert order.index(table) < order.index(name), (name, table)
                assert not (name.startswith("core_") and table.startswith("mart_")), name
            elif name.startswith("mart_"):
                pytest.fail(f"{name} reads {table}: a mart reads core models")
            else:
                known = table.startswith("ref_") or table.removeprefix("landed_") in DATASETS
                assert known or is_alias(table, sql), (name, table)


def is_alias(table: str, sql: str) -> bool:
    """Whether a name stands for a common table expression of the same query."""
    parsed = sqlglot.parse_one(sql, dialect="duckdb")
    return table in {cte.alias for cte in parsed.find_all(exp.CTE)}


@pytest.mark.parametrize(
    "path",
    [p for p in sorted((PROJECT / "benchmarks").glob("*.py")) if "__main__" in p.read_text()],
    ids=lambda path: path.stem,
)
def test_a_measurement_says_how_it_is_run(path: Path) -> None:
    told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert f"python -m benchmarks.{path.stem}" in told
