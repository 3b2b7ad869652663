"""The application served for a measurement or a test in a browser: started, weighed, ended."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from analytics.demonstration import write_demonstration
from analytics.pipeline import build
from analytics.settings import PROJECT
from analytics.warehouse.home import Home
from analytics.warehouse.land import import_files

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    """A process that serves.

    Attributes:
        said: what it wrote on standard error, once it is ended.
    """

    url: str
    pid: int
    said: str = ""

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def processor(self) -> float:
        """Processor seconds it has spent."""
        return processor_seconds(self.pid)

    @property
    def megabytes(self) -> int:
        """Memory it holds, in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        kb = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
        return int(kb) // 1024


def processor_seconds(pid: int) -> float:
    """What a process has spent of the processor, with its threads and without its children."""
    told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / _TICKS


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ready(url: str) -> None:
    """Wait for a server to be up.

    Raises:
        TimeoutError: when it is not within two minutes.
    """
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
            return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(url)


@contextmanager
def serving(home: Path | None, role: str = "", app: Path = PROJECT / "app.py") -> Iterator[Server]:
    """One process that serves ``home`` on loopback, ready; ended at the end.

    Args:
        home: None for an application that has none.
        role: whom it serves without a login; the public where empty.
        app: another application, to compare.
    """
    server = Server(f"http://127.0.0.1:{free_port()}", 0)
    environment = {**os.environ, "EVIDENCE_HOME": str(home.resolve())} if home else {**os.environ}
    environment.pop("EVIDENCE_ROLE", None)
    if role:
        environment["EVIDENCE_ROLE"] = role
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", app.name, "--server.headless", "true",
             "--server.port", str(server.port), "--server.address", "127.0.0.1"],
            cwd=app.parent, env=environment, stdout=subprocess.DEVNULL, stderr=log,
        )  # fmt: skip
        server.pid = process.pid
        try:
            ready(server.url)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=30)
            log.seek(0)
            server.said = log.read()


@contextmanager
def home_for(groups: int, given: Path | None = None) -> Iterator[Path]:
    """A home to serve and publish into: a copy of ``given``, else a demonstration since 2021."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        if given:
            shutil.copytree(given, home)
        else:
            write_demonstration(Path(folder) / "files", groups=groups, since="2021-01")
            import_files(Home(home), [Path(folder) / "files"])
            build(Home(home), claims=False)
        yield home
