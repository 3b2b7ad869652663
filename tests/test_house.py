"""The house stays as it was cut: dependencies point one way, models stay portable."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import expressions as exp

from analytics.settings import PROJECT
from analytics.warehouse.build import SQL, models

#: from the ground up; a module may import its own level and those before it
LEVELS = (
    ("analytics.text", "analytics.errors", "analytics.period", "analytics.settings",
     "analytics.geography", "analytics.indicator", "analytics.selection"),
    ("analytics.sources",),
    ("analytics.demonstration",),
    ("analytics.warehouse",),
    ("analytics.disclosure",),
    ("analytics.estimates",),
    ("analytics.attention",),
    ("analytics.charts",),
    ("analytics.publishing",),
    ("analytics.pipeline", "analytics.cli", "analytics.__main__"),
    ("pages.shared",),
    ("pages",),
    ("app",),
)  # fmt: skip
CODE = [
    path
    for folder in ("analytics", "pages", "app.py")
    for path in ([PROJECT / folder] if folder.endswith(".py") else (PROJECT / folder).rglob("*.py"))
]


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")


def level_of(module: str) -> int | None:
    """The most specific level a module belongs to."""
    best: tuple[int, int] | None = None
    for number, names in enumerate(LEVELS):
        for name in names:
            if module == name or module.startswith(f"{name}."):
                best = max(best or (0, 0), (len(name), number))
    return best[1] if best else None


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", CODE, ids=module_of)
def test_dependencies_point_one_way(path: Path) -> None:
    own = level_of(module_of(path))
    if own is None:  # the package's own __init__ says what it is and imports nothing
        assert not imports_of(path) - {"__future__"}
        return
    for name in imports_of(path):
        other = level_of(name)
        assert other is None or other <= own, f"{module_of(path)} imports {name}"


@pytest.mark.parametrize("path", CODE, ids=module_of)
def test_each_room_keeps_its_tools(path: Path) -> None:
    module, imports = module_of(path), imports_of(path)
    tools = {name.split(".")[0] for name in imports}
    if module.startswith("analytics"):
        assert "streamlit" not in tools
    if module.startswith("pages") and not module.startswith("pages.shared"):
        assert not tools & {"plotly", "pandas", "duckdb"}
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 90
    if module.startswith("analytics.charts"):
        assert not tools & {"duckdb", "pandas"}
    assert "plotly.express" not in imports
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", text)


@pytest.mark.parametrize("name", list(models()))
def test_a_model_is_one_select_in_the_portable_subset(name: str) -> None:
    [statement] = sqlglot.parse(models()[name], dialect="duckdb")
    assert isinstance(statement, exp.Select)
    forbidden = (exp.Pivot, exp.Qualify, exp.Array, exp.Struct, exp.Command)
    assert not [node for node in statement.walk() if isinstance(node, forbidden)]
    for star in statement.find_all(exp.Star):
        assert not star.args.get("except") and not star.args.get("replace")
    text = re.sub(r"--.*", "", models()[name]).lower()
    assert not re.search(r"\b(asof|read_\w+|group\s+by\s+all|exclude)\b", text)
    assert sqlglot.transpile(models()[name], read="duckdb", write="spark")


def test_a_file_is_a_table_and_no_name_comes_twice() -> None:
    files = list(SQL.glob("*/*.sql"))
    assert len({path.stem for path in files}) == len(files) == len(models())
    assert all(path.stem.startswith(f"{path.parent.name}_") for path in files)
