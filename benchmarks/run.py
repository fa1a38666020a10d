"""Measures speed, requests and memory, each with its goal and a comparison, as a table.

    python benchmarks/run.py [--runs 7] [--quick]
    python benchmarks/run.py --peers

Needs reconciler's own libraries and ``[emulator]``, and compares with the tools that are installed (curl and jq,
terraform). ``--peers`` measures only other tools, including Ansible and a Terraform provider, which it installs
from PyPI into a temporary folder; that takes some minutes. Every figure is a median of whole processes, every ratio
a median of paired runs. The exit code does not depend on the figures: CI tests only counts (tests/test_counts.py),
since seconds depend on the machine.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import limits, manifests, peers
from benchmarks.bench import PYTHON, TRIP, Bench, row, stub
from benchmarks.measure import Taken, middle, once, ratio


def start_up(bench: Bench) -> None:
    """--version compared with bare Python, --help and completion compared with ``import click``."""
    bare, version = bench.time((PYTHON, "-c", "pass"), bench.command("--version"))
    more = middle(version) - middle(bare)
    row("`--version` over bare Python", f"{more * 1000:.0f} ms", "≤ 25 ms")
    click, shown, plan = bench.time(
        (PYTHON, "-c", "import click"), bench.command("--help"), bench.command("plan", "--help")
    )
    row("`--help` over `import click`", f"{(middle(shown) - middle(click)) * 1000:.0f} ms", "≤ 20 ms")
    row("`plan --help` over `import click`", f"{(middle(plan) - middle(click)) * 1000:.0f} ms", "")
    bench.environment |= {
        "_RECONCILER_COMPLETE": "bash_complete",
        "COMP_WORDS": "reconciler pl",
        "COMP_CWORD": "1",
    }
    click, completed = bench.time((PYTHON, "-c", "import click"), bench.command())
    for name in ("_RECONCILER_COMPLETE", "COMP_WORDS", "COMP_CWORD"):
        del bench.environment[name]
    row("completion over `import click`", f"{(middle(completed) - middle(click)) * 1000:.0f} ms", "≤ 20 ms")


def no_changes(bench: Bench, resources: int) -> tuple[float, float]:
    """A plan without changes, compared with the baseline. Returns the seconds of plan and apply."""
    manifest = manifests.write(bench.folder, resources)
    bench.made(manifest)
    plan, floor, apply = bench.time(
        bench.command("plan", str(manifest)),
        bench.baseline("plan", manifest),
        bench.command("apply", str(manifest), "--yes", "-q"),
    )
    row(
        f"plan without changes, {resources:,} resources",
        f"{middle(plan):.3f} s = {ratio(plan, floor):.2f} x floor ({middle(floor):.3f} s)",
        "≤ 2.2 x at 10, ≤ 2 x at 1,000",
    )
    row(f"memory of it, {resources:,}", f"{middle(plan, 'memory'):.0f} MB", "≤ 50 MB at 1,000")
    before = bench.ours.tell()
    once(bench.command("apply", str(manifest), "--yes", "-q"), bench.environment)
    after = bench.ours.tell()
    writes = sum(
        after.get(method, 0) - before.get(method, 0) for method in ("POST", "PUT", "PATCH", "DELETE")
    )
    row(
        f"apply without changes, {resources:,}",
        f"{ratio(apply, plan):.2f} x the plan, {writes} writes",
        "≤ 1.05 x, no write",
    )
    return middle(plan), middle(floor)


def changes(bench: Bench, unchanged: float) -> None:
    """A plan of 1,000 resources in which 10 % changed: services with another number of replicas."""
    pairs = 100
    manifest = manifests.write(bench.folder, 1000, changed=pairs)
    plan, without, library = bench.time(
        bench.command("plan", str(manifest)), (PYTHON, "-c", "pass"), (PYTHON, "-c", "import deepdiff")
    )
    imported = middle(library) - middle(without)
    each = (middle(plan) - unchanged - imported) / pairs
    row(
        "plan with 10 % changed, 1,000",
        f"{middle(plan):.3f} s = without + import of deepdiff ({imported:.3f} s) + {each * 1000:.1f} ms a pair",
        "≤ 2.5 ms a pair",
    )


def create(bench: Bench, parallelism: int) -> None:
    """1,000 creates, compared with the same number of plain requests with the same parallelism."""
    manifest = manifests.write(bench.folder, 1000)
    bench.delay(TRIP)
    ours: list[Taken] = []
    floors: list[Taken] = []
    bare: list[Taken] = []
    sessions: list[Taken] = []
    counted: dict[str, int] = {}
    for _ in range(max(3, bench.runs // 2)):
        bench.empty()
        ours.append(once(bench.create(manifest, parallelism), bench.environment))
        counted = bench.ours.tell()
        floors.append(once(bench.baseline("create", manifest, parallelism), bench.environment))
        for taken, opened in ((bare, limits.bare), (sessions, limits.session)):
            bench.theirs.tell(empty=True)
            taken.append(Taken(limits.posts(bench.theirs.port, 1000, parallelism, opened), 0, 0))
    row(
        f"create 1,000, {parallelism} at once",
        f"{middle(ours):.2f} s = {ratio(ours, bare):.2f} x bare requests of http.client ({middle(bare):.2f} s), "
        f"{ratio(ours, sessions):.2f} x those of requests.Session ({middle(sessions):.2f} s), "
        f"{ratio(ours, floors):.2f} x floor ({middle(floors):.2f} s); {counted['requests'] - 1000} more requests",
        "≤ 1.35 x requests.Session",
    )


def requests(bench: Bench) -> None:
    """The number of requests and round trips of a plan."""
    for resources in (10, 1000):
        manifest = manifests.write(bench.folder, resources)
        bench.made(manifest)
        ran = subprocess.run(
            bench.command("plan", str(manifest), "--stats"),
            env=bench.environment,
            capture_output=True,
            text=True,
            check=True,
            encoding="utf-8",
        )
        found = re.search(r"Requests: (\d+) in (\d+)", ran.stderr)
        assert found is not None
        row(f"plan of {resources:,}", f"{found[1]} requests in {found[2]} round trips", "≤ 7 in 3")


def growth(bench: Bench, sizes: tuple[int, ...]) -> None:
    """CPU time of a plan by size, without start-up, and memory."""
    bench.delay(0.0)
    base = 0.0
    for resources in (10, *sizes):
        manifest = manifests.write(bench.folder, resources)
        bench.made(manifest)
        bench.delay(0.0)
        [plan] = bench.time(bench.command("plan", str(manifest)), runs=max(3, bench.runs // 2))
        used = middle(plan, "cpu")
        if resources == 10:
            base = used
            continue
        row(f"CPU a resource, {resources:,}", f"{(used - base) / resources * 1000:.3f} ms", "≤ 0.25 ms")
        row(f"memory, {resources:,}", f"{middle(plan, 'memory'):.0f} MB", "≤ 50 / ≤ 200 MB at 1,000 / 10,000")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=7, help="runs of each command (default: 7)")
    parser.add_argument("--quick", action="store_true", help="leave out 10,000 resources and the peers")
    parser.add_argument("--peers", action="store_true", help="the peers alone, with those it has to install")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, stub() as ours, stub() as theirs:
        bench = Bench(Path(folder), ours, theirs, given.runs)
        print(f"| measure ({TRIP * 1000:.0f} ms round trip) | measured | goal |\n|---|---|---|")
        if given.peers:
            peers.found(bench)
            peers.installed(bench)
            return
        start_up(bench)
        no_changes(bench, 10)
        unchanged, _ = no_changes(bench, 1000)
        changes(bench, unchanged)
        create(bench, 16)
        create(bench, 32)
        requests(bench)
        growth(bench, (1000,) if given.quick else (1000, 10_000))
        row("the emulator", f"{limits.emulator():,.0f} requests a second", "≥ 1,500")
        if not given.quick:
            peers.found(bench)
            row("Terraform with a provider, Ansible", "left out: `--peers` installs and measures them", "")


if __name__ == "__main__":
    main()
