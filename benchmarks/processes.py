"""One process, and several behind nginx, under the same crowd on one machine.

    python -m benchmarks.processes [--processes 2] [--visitors 24] [--minutes 2] [--groups 120]
                                   [--home H] [--json]

Serves one home as docs/serving.md says, with docs/nginx.conf on free ports: first one process
alone, then several behind nginx, which keeps each visitor with the process that knows her. The
crowd of ``load`` comes to both, clicking with hardly a pause, after half a minute that is not
counted. Said: answers a second, seconds an answer took, and the ratio.

Servers, nginx and the crowd itself share the cores of this machine, and so does whatever else runs
on it: two processes on two cores cannot answer twice as much as one. So it is said as well what
each spent of the processor. What the servers spend an answer tells whether they share or waste
anything: it must not grow with their number.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from analytics.settings import PROJECT
from benchmarks.load import crowd
from benchmarks.serve import Server, free_port, home_for, processor_seconds, ready, serving

#: the servers' processor seconds an answer, several processes to one
BUDGET_RATIO = 1.2
_LOOKS = (0.0, 0.3)
_WARMING_MINUTES = 0.5
_LISTED = re.compile(r"( +server 127\.0\.0\.1:)8601;\n(?: +server [\d.:]+;\n)*")


def configuration(port: int, servers: Sequence[Server]) -> str:
    """docs/nginx.conf for these servers, listening on ``port``."""
    text = (PROJECT / "docs" / "nginx.conf").read_text(encoding="utf-8")
    text, lists = _LISTED.subn(
        lambda found: "".join(f"{found[1]}{server.port};\n" for server in servers), text
    )
    text, listens = re.subn(r"listen 8600;", f"listen 127.0.0.1:{port};", text)
    assert (lists, listens) == (2, 1), "docs/nginx.conf is not as it was"
    return text


@contextmanager
def behind_nginx(servers: Sequence[Server]) -> Iterator[tuple[str, int]]:
    """The address that leads to all of them, and the process of nginx; ended at the end."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise SystemExit("nginx is missing: apt-get install nginx-light")
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        # Its workers may be another user, who must reach the files they put aside.
        Path(folder).chmod(0o755)
        path = Path(folder) / "nginx.conf"
        path.write_text(configuration(port, servers), encoding="utf-8")
        process = subprocess.Popen([program, "-p", folder, "-c", path, "-g", "daemon off;"])
        try:
            ready(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.terminate()
            process.wait(timeout=30)


def _children(pid: int) -> list[int]:
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
    return [int(child) for child in told.split()]


def _machine() -> float:
    """Processor seconds that the whole machine has worked."""
    first = Path("/proc/stat").read_text(encoding="utf-8").splitlines()[0].split()[1:]
    idle = int(first[3]) + int(first[4])
    return (sum(map(int, first[:8])) - idle) / os.sysconf("SC_CLK_TCK")


def under_crowd(home: Path, processes: int, visitors: int, minutes: float) -> dict[str, Any]:
    """One line of the table: so many processes under the crowd."""
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(home)) for _ in range(processes)]
        if processes == 1:
            url, proxy = servers[0].url, []
        else:
            url, nginx = stack.enter_context(behind_nginx(servers))
            proxy = [nginx, *_children(nginx)]
        asyncio.run(crowd(url, home, [], visitors, _WARMING_MINUTES, looks=_LOOKS))

        def spent() -> dict[str, float]:
            each = {f"server_{n}": server.processor for n, server in enumerate(servers, 1)}
            return {**each, "nginx": sum(map(processor_seconds, proxy)),
                    "crowd": time.process_time(), "machine": _machine()}  # fmt: skip

        before, begun = spent(), time.perf_counter()
        tally = asyncio.run(crowd(url, home, servers, visitors, minutes, seed=2, looks=_LOOKS))
        seconds = time.perf_counter() - begun
        took = {name: value - before[name] for name, value in spent().items()}
    took["others"] = took.pop("machine") - sum(took.values())
    own = [value for name, value in took.items() if name.startswith("server_")]
    answers = max(tally.answers, 1)
    return {
        "processes": processes, "answers": tally.answers, "answers_a_second": answers / seconds,
        "p50_s": tally.took(0.5), "p95_s": tally.took(0.95), "p99_s": tally.took(0.99),
        "server_ms_an_answer": 1000 * sum(own) / answers,
        "nginx_ms_an_answer": 1000 * took["nginx"] / answers,
        "crowd_ms_an_answer": 1000 * took["crowd"] / answers,
        "cores": {name: value / seconds for name, value in took.items()},
        "memory_mb": max(tally.memory_mb, default=0),
        "wrong": tally.wrong, "errors": tally.errors + [s.said for s in servers if s.said],
    }  # fmt: skip


def measure(home: Path, processes: int, visitors: int, minutes: float) -> dict[str, Any]:
    load = os.getloadavg()[0]
    one, several = (under_crowd(home, n, visitors, minutes) for n in (1, processes))
    grows = several["server_ms_an_answer"] / one["server_ms_an_answer"]
    wrong = [told for line in (one, several) for told in (*line["wrong"], *line["errors"])]
    return {
        "load_before": load, "visitors": visitors, "minutes": minutes, "runs": [one, several],
        "answers_ratio": several["answers_a_second"] / one["answers_a_second"],
        "processor_ratio": grows, "kept": grows <= BUDGET_RATIO and not wrong,
    }  # fmt: skip


def report(measured: dict[str, Any]) -> str:
    """The table people read."""
    heads = ("answers", "a second", "p50 s", "p95 s", "p99 s", "server ms", "nginx ms", "crowd ms")
    lines = [
        f"{measured['visitors']} visitors, {measured['minutes']:g} minutes; load before "
        f"{measured['load_before']:.1f}", "",
        "processes " + "".join(f"{head:>10}" for head in heads) + "   cores in use",
    ]  # fmt: skip
    for run in measured["runs"]:
        shown = (str(run["answers"]), f"{run['answers_a_second']:.1f}",
                 *(f"{run[f'p{share}_s']:.2f}" for share in (50, 95, 99)),
                 *(f"{run[f'{who}_ms_an_answer']:.0f}"
                   for who in ("server", "nginx", "crowd")))  # fmt: skip
        used = ", ".join(f"{name} {value:.2f}" for name, value in run["cores"].items())
        lines.append(f"{run['processes']:<10}" + "".join(f"{c:>10}" for c in shown) + f"   {used}")
    lines += ["", f"answers a second {measured['answers_ratio']:.2f} times; processor of the "
              f"servers an answer {measured['processor_ratio']:.2f} times (budget {BUDGET_RATIO})"]
    lines += [told for run in measured["runs"] for told in (*run["wrong"], *run["errors"])][:20]
    return "\n".join(lines)


def main() -> int:
    """Measure, print, and say by the exit code whether nothing is wasted and all is right."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--visitors", type=int, default=24)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--groups", type=int, default=120)
    parser.add_argument("--home", type=Path, help="a home to copy instead of making one")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with home_for(options.groups, options.home) as home:
        measured = measure(home, options.processes, options.visitors, options.minutes)
    print(json.dumps(measured, indent=2) if options.json else report(measured))
    return 0 if measured["kept"] else 1


if __name__ == "__main__":
    sys.exit(main())
