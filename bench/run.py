"""Measure Tilth beside plain Python and its peers, and print one table.

python bench/run.py [WORK ...] [--rounds N] [--only-ours] [--write]
"""

from __future__ import annotations

import argparse
import compileall
import importlib
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import report
from measure import Usage
from work import Entrant, Row, Tools, Work

HERE = Path(__file__).resolve().parent
WORKS = sorted(path.stem for path in (HERE / "works").glob("[a-z]*.py"))

README_ROWS = {
    "base install: size",
    "`tilth --help`",
    "chain of 1,000 nodes, first run",
    "chain of 1,000 nodes, nothing changed",
    "64 nodes that sleep 50 ms, 8 processes",
    "flights, first run",
    "flights, nothing changed",
    "flights, after one helper was changed",
    "a contract of 19 checks, 10 M x 10 rows in memory",
    "drift, 1,000,000 × 20 against a kept sketch",
    "label errors, 1,000,000 × 10 classes",
    "the 4 worst slices of 32,561 × 14, exactly, three conditions",
}
"""What the README tells of the table."""

Results = dict[str, dict[str, list[Usage | float]]]


def main() -> int:
    """Measure what the arguments name; the exit status is 1 where an entrant failed."""
    arguments = parsed()
    tools = installed_tools(only_ours=arguments.only_ours)
    rows: list[Row] = []
    results: Results = {}
    failures: list[str] = []
    for name in arguments.works or WORKS:
        work: Work = importlib.import_module(f"works.{name}")
        measured, broken = measure_work(name, work, tools, arguments.rounds)
        rows += work.ROWS
        results |= measured
        failures += broken
        print(report.as_text(work.ROWS, measured), flush=True)
    report.save(HERE / "results", rows, results)
    if arguments.write:
        report.refresh(HERE.parent / "docs" / "explanation" / "speed.md", rows, rows, results)
        told = [row for row in rows if row.name in README_ROWS]
        report.refresh(HERE.parent / "README.md", told, rows, results)
    for failure in failures:
        print(f"failed: {failure}", file=sys.stderr)
    return 1 if failures else 0


def parsed() -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("works", nargs="*", choices=[*WORKS, []], metavar="WORK", help=str(WORKS))
    parser.add_argument("--rounds", type=int, default=3, help="medians of so many rounds")
    parser.add_argument("--only-ours", action="store_true", help="leave the peers out")
    parser.add_argument(
        "--write",
        action="store_true",
        help="put the table into docs/explanation/speed.md and the README",
    )
    return parser.parse_args()


def installed_tools(*, only_ours: bool) -> Tools:
    """Where Tilth is (beside this interpreter) and where the peers are, if anywhere."""
    # As pip does for what it installs, and as nobody has done for this checkout yet.
    compileall.compile_dir(HERE.parent / "src" / "tilth", quiet=2)
    made = [path.parent for path in (HERE.parent / ".venv-peers").glob("*/everything")]
    return Tools(
        root=HERE.parent,
        ours=Path(sys.executable).parent,
        groups={} if only_ours else {folder.name: folder / "bin" for folder in made},
    )


def measure_work(name: str, work: Work, tools: Tools, rounds: int) -> tuple[Results, list[str]]:
    """Let the entrants do the work in turn; one that fails drops out and is named."""
    results: Results = {row.name: defaultdict(list) for row in work.ROWS}
    failures: dict[str, str] = {}
    entrants = work.entrants(tools)
    for number in range(rounds):
        for entrant in entrants:
            if entrant.who in failures or number >= (entrant.rounds or rounds):
                continue
            note(f"{name}: round {number + 1} of {rounds}: {entrant.who}")
            try:
                readings = one_round(entrant)
            except Exception as error:
                failures[entrant.who] = f"{name}: {entrant.who}: {type(error).__name__}: {error}"
                continue
            for row, reading in readings.items():
                results[row][entrant.who].append(reading)
    note("")
    return results, list(failures.values())


def one_round(entrant: Entrant) -> Mapping[str, Usage | float]:
    """One round in a folder of its own, which is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        return entrant.round(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def note(text: str) -> None:
    """Say on a terminal what is going on, in place."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
