"""Notebooks run from top to bottom on a small demonstration, and are readable as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from analytics.settings import PROJECT

FOLDER = PROJECT / "notebooks"
NAMES = ("01_prices_segou_san", "02_reference_numbers", "03_add_a_claim")


def read(name: str) -> nbformat.NotebookNode:
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first notebook builds its evidence base; the third judges a claim on it."""
    return tmp_path_factory.mktemp("notebooks")


def run(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """All the text a notebook gives when it is run."""
    monkeypatch.setenv("EVIDENCE_NOTEBOOK", str(folder))
    monkeypatch.setenv("EVIDENCE_HOME", str(folder / "home"))
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    notebook = read(name)
    resources = {"metadata": {"path": str(FOLDER)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
    return text_of(notebook)


def text_of(notebook: nbformat.NotebookNode) -> str:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return "\n".join(
        output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs
    )


def test_from_import_to_sentence_and_a_claim_of_ones_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = run(NAMES[0], folder, monkeypatch)
    assert re.search(r"In Ségou and San, (savings .*(fell|rose) by|we cannot tell)", told)
    assert "The social fund as a buffer: nothing can be stated, because the smaller" in told
    assert "Le fonds social comme amortisseur\xa0: nous ne pouvons rien affirmer" in told
    told = run(NAMES[2], folder, monkeypatch)
    assert re.search(r"In Mali, \d+% of women’s groups \[\d+% to \d+%\] paid", told)
    assert "r-claim.c90_fund_called_upon" in told
    # The draft left no trace in the project's own claims.
    assert not list((PROJECT / "analytics" / "claims").glob("c90*"))


def test_the_reference_numbers_are_reproduced(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = run(NAMES[1], folder, monkeypatch)
    assert "rCSI, example" in told and "Walton log-rank" in told
    assert "simple, se" in told or "EVIDENCE_REFERENCE" in told


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_readable_as_it_stands(name: str) -> None:
    notebook = read(name)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs or "import sys" in cell.source or "def " in cell.source
               for cell in code)  # fmt: skip
    pictures = [output for cell in code for output in cell.outputs
                if {"image/png", "image/svg+xml"} & set(output.get("data", {}))]  # fmt: skip
    assert pictures
    assert not [o for cell in code for o in cell.outputs if o.output_type == "error"]
    size = (FOLDER / f"{name}.ipynb").stat().st_size
    assert size < 120_000
    # No path of the machine it was run on, in what it shows.
    assert not re.search(r"(?<![\w.])/(home|work|tmp|usr|root|Users)/", text_of(notebook))
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert len(prose) >= 4 and prose[0].startswith("# ") and " / " in prose[0].splitlines()[0]
