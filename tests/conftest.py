"""Fixtures: small evidence homes built by the production path, never the real one."""

from __future__ import annotations

import datetime as dt
import fcntl
import functools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest
from hypothesis import settings as property_settings
from streamlit.components.v2 import manifest_scanner

# No test may read or write the data of the person running it.
os.environ["EVIDENCE_HOME"] = os.devnull + "/home-of-a-test"
os.environ.pop("EVIDENCE_ROLE", None)

from analytics import settings as configuration
from analytics.demonstration import write_demonstration
from analytics.pipeline import build
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files
from analytics.warehouse.read import Reader, open_reader
from analytics.warehouse.report import FileReport
from pages.shared.plot import Drawn
from tests.network import write_network
from tests.resilience import write_resilience

# A busy machine is slow, not wrong: timings belong to the benchmarks.
property_settings.register_profile("untimed", deadline=None)
property_settings.load_profile("untimed")

# Each page under test would look through everything that is installed, which stays what it is.
manifest_scanner.scan_component_manifests = functools.cache(
    manifest_scanner.scan_component_manifests
)

BUILT_ON = dt.datetime(2023, 8, 15, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def own_settings() -> Iterator[None]:
    """Settings are read once a process: a test's own must not be the next one's."""
    for cached in (configuration.secrets, configuration.settings):
        cached.cache_clear()
    yield
    for cached in (configuration.secrets, configuration.settings):
        cached.cache_clear()


@pytest.fixture(autouse=True)
def judged_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page draws in a test is what Plotly accepts; outside of tests a page does not ask."""
    monkeypatch.setattr(Drawn, "to_dict", lambda drawn: go.Figure(drawn._spec).to_dict())


@pytest.fixture
def land(tmp_path: Path) -> Callable[..., list[FileReport]]:
    """Write named CSV texts into a folder and import it into ``tmp_path/home``."""

    def run(files: dict[str, str], **options: object) -> list[FileReport]:
        folder = tmp_path / "delivery"
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for name, text in files.items():
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return import_files(Home(tmp_path / "home"), [folder], **options)  # type: ignore[arg-type]

    return run


def made_once(
    factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]
) -> Path:
    """A folder that the first of the running workers makes and the others wait for."""
    root = factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root
    folder, done = root / name, root / f"{name}.made"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(folder)
            done.touch()
    return folder


def built_once(
    factory: pytest.TempPathFactory, name: str, write: Callable[[Path], object], **options: Any
) -> Home:
    """A home of the files that ``write`` writes, imported and built once for the whole run."""

    def make(folder: Path) -> None:
        write(folder / "files")
        home = Home(folder / "home")
        import_files(home, [folder / "files"])
        build(home, **options)

    return Home(made_once(factory, name, make) / "home")


@pytest.fixture(scope="session")
def network_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A small operational network."""
    return built_once(tmp_path_factory, "network", write_network, built_on=BUILT_ON)


@pytest.fixture(scope="session")
def network(network_home: Home) -> Reader:
    return open_reader(network_home)


@pytest.fixture(scope="session")
def resilience_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The small network with businesses, answers and contributions."""
    return built_once(tmp_path_factory, "resilience", write_resilience, built_on=BUILT_ON)


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a small published demonstration home."""
    write = functools.partial(
        write_demonstration, groups=400, since="2020-01", until="2023-06"
    )
    return built_once(tmp_path_factory, "demonstration", write).root
