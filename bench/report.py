"""The table: as text, as Markdown in a page, and every reading as JSON."""

from __future__ import annotations

import json
import platform
import re
import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path

from measure import Usage
from work import OURS, Row

Results = Mapping[str, Mapping[str, Sequence[Usage | float]]]

START = "<!-- made by `make bench BENCH=--write`; not edited by hand -->"
END = "<!-- end of the table -->"


def in_unit(reading: Usage | float, unit: str) -> float:
    """The part of a reading that a row speaks of."""
    if not isinstance(reading, Usage):
        return reading
    return {"s CPU": reading.cpu, "s": reading.wall, "MB": reading.peak}[unit]


def medians(row: Row, rows: Sequence[Row], results: Results) -> dict[str, float]:
    """Entrant -> the median over its rounds, in the row's unit."""
    if row.of:
        return ratios(row, rows, results)
    return {
        who: statistics.median(in_unit(reading, row.unit) for reading in readings)
        for who, readings in results[row.name].items()
        if readings
    }


def ratios(row: Row, rows: Sequence[Row], results: Results) -> dict[str, float]:
    """Entrant -> its median in another row, divided by one entrant's median there."""
    whole = next(other for other in rows if other.name == row.of)
    values = medians(whole, rows, results)
    one = values.pop(row.by, None)
    if one is None:
        return {}
    return {
        who: row.factor * (one / value if row.inverse else value / one)
        for who, value in values.items()
    }


def number(value: float) -> str:
    """Three digits that matter."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 1 else f"{value:.3f}"


def cells(row: Row, rows: Sequence[Row], results: Results) -> tuple[str, str, str, str]:
    """A row's four cells: work, goal, ours with its verdict, the others."""
    values = medians(row, rows, results)
    ours = values.pop(OURS, None)
    verdict = "" if ours is None else {True: " ✓", False: " ✗", None: ""}[row.reached(ours)]
    others = " · ".join(
        f"{who} {number(value)}" for who, value in sorted(values.items(), key=lambda item: item[1])
    )
    return (
        row.name if row.goal else f"{row.name} ({row.unit})",
        row.goal,
        "–" if ours is None else f"{number(ours)}{verdict}",
        others,
    )


def as_text(rows: Sequence[Row], results: Results) -> str:
    """The table for a terminal."""
    lines = [cells(row, rows, results) for row in rows]
    widths = [max([18, *(len(line[column]) for line in lines)]) for column in range(3)]
    widths[0] = max(widths[0], 58)
    return "\n".join(
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(line[:3], widths, strict=True)), line[3]]
        ).rstrip()
        for line in lines
    )


def as_markdown(shown: Sequence[Row], rows: Sequence[Row], results: Results) -> str:
    """Some rows of the table, for a page; each says when and on what it was measured."""
    names = ("work", "goal", "Tilth", "beside, in the same run", "measured")
    lines = [f"| {' | '.join(names)} |", f"|{' --- |' * len(names)}"]
    lines += [f"| {' | '.join((*cells(row, rows, results), measured()))} |" for row in shown]
    return "\n".join(lines)


def measured() -> str:
    """Today, and the processor without the maker's decoration."""
    about = machine()
    cpu = re.sub(r"\(R\)|\(TM\)|CPU|Processor|@.*", "", about["cpu"])
    return f"{datetime.now(UTC):%Y-%m-%d}, {about['cores']} × {' '.join(cpu.split())}"


def machine() -> dict[str, str]:
    """What the figures were measured on, by kind and not by name."""
    with Path("/proc/cpuinfo").open() as lines:
        models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.processor(),
        "cores": str(len(models)),
        "python": platform.python_version(),
        "system": platform.system(),
    }


def save(folder: Path, rows: Sequence[Row], results: Results) -> None:
    """Keep every reading of every round, under the date and time."""
    folder.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    content = {
        "measured_at": now.isoformat(timespec="seconds"),
        "machine": machine(),
        "distributions": {item.name: item.version for item in distributions()},
        "rows": [
            {
                "work": row.name,
                "unit": row.unit,
                "goal": row.goal,
                "readings": {
                    who: [plain(reading) for reading in readings]
                    for who, readings in results[row.name].items()
                },
            }
            for row in rows
        ],
    }
    path = folder / f"{now:%Y-%m-%dT%H%M%S}.json"
    path.write_text(json.dumps(content, indent=1) + "\n")


def plain(reading: Usage | float) -> object:
    """A reading as JSON has it."""
    if isinstance(reading, Usage):
        return {"cpu": reading.cpu, "wall": reading.wall, "peak": reading.peak}
    return reading


def refresh(page: Path, shown: Sequence[Row], rows: Sequence[Row], results: Results) -> None:
    """Put some rows of the table between the two marks of a page; its other rows stay."""
    if not shown:
        return
    before, _, rest = page.read_text().partition(START)
    earlier, _, after = rest.partition(END)
    table = merged(earlier, as_markdown(shown, rows, results))
    page.write_text(f"{before}{START}\n\n{table}\n\n{END}{after}")


def merged(earlier: str, table: str) -> str:
    """A table with the rows of an earlier one that it does not have itself, each where it was."""
    head, rule, *new = table.splitlines()
    fresh = {named(line): line for line in new}
    rows = [line for line in earlier.splitlines() if line.startswith("| ")][2:]
    kept = [fresh.pop(named(line), line) for line in rows]
    return "\n".join([head, rule, *kept, *fresh.values()])


def named(line: str) -> str:
    """The name of a row: its first cell."""
    return line.split("|")[1].strip()
