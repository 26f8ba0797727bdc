"""The profile of a table of a million rows and twenty columns, with its page."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from measure import Usage, command
from work import OURS, Entrant, Readings, Row, Tools

PROFILE = "profile of 1 M rows × 20 columns, with its page"
MEMORY = "profile, peak memory of the process"
PAGE = "profile, size of its page"
PEER = "ydata-profiling, minimal"

ROWS = [
    Row(name=PROFILE, unit="s", at_most=10),
    Row(name=MEMORY, unit="MB", at_most=1000),
    Row(name=PAGE, unit="kB", at_most=2000),
]

TABLE = """
import numpy as np
import polars as pl

N = 1_000_000
random = np.random.default_rng(0)
late = random.random(N) < 0.2
columns = {
    "id": np.arange(N),
    **{f"normal_{i}": random.normal(size=N) for i in range(4)},
    "amount": random.lognormal(3, 1, N).round(2),
    "delay": np.where(late, 40, 2) + random.normal(0, 12, N),
    "temperature": np.where(random.random(N) < 0.01, -999.0, random.normal(15, 8, N).round(1)),
    "seats": pl.Series(random.integers(50, 400, N)).set(pl.Series(random.random(N) < 0.1), None),
    "age": random.integers(18, 90, N),
    "count": random.poisson(2, N),
    "carrier": random.choice(["UA", "B6", "EV", "DL", "AA", "MQ"], N),
    "city": random.choice([f"city {i}" for i in range(3_000)], N),
    "code": [f"AB-{i}" for i in random.integers(1000, 9999, N)],
    "note": [f"order {i} of {i % 977} was taken at desk {i % 13}" for i in range(N)],
    "day": pl.Series(random.integers(15_000, 19_000, N)).cast(pl.Int32).cast(pl.Date),
    "moment": pl.Series(random.integers(1.5e15, 1.6e15, N)).cast(pl.Datetime("us")),
    "is_new": random.random(N) < 0.3,
    "source": random.choice(["web", "shop"], N, p=[0.99, 0.01]),
    "late": late,
}
pl.DataFrame(columns).write_parquet("table.parquet")
"""

# Both read the file, profile it, and write the page; imports do not count.
OURS_BODY = """
import json, os, time
import polars as pl
from tilth.quality.profile import profile_of
from tilth.quality.profile.page import page

start = time.perf_counter()
found = profile_of(pl.scan_parquet("table.parquet"), "late")
with open("page.html", "w", encoding="utf-8") as file:
    file.write(page(found, "table"))
seconds = time.perf_counter() - start
assert found.n_rows == 1_000_000 and len(found.columns) == 20
assert {"sentinel", "id-like"} <= {str(each.kind) for each in found.defects}, found.defects
print(json.dumps([seconds, os.path.getsize("page.html")]))
"""


def entrants(tools: Tools) -> list[Entrant]:
    """Each profiles the same file, in a process of its own."""
    found = [Entrant(who=OURS, round=partial(with_tilth, tools))]
    if tools.quality_peers is not None:
        found.append(Entrant(who=PEER, round=partial(with_ydata, tools), rounds=1))
    return found


def with_tilth(tools: Tools, folder: Path) -> Readings:
    """From the file to the page."""
    command([tools.python, "-c", TABLE], folder=folder)
    return read(command([tools.python, "-c", OURS_BODY], folder=folder))


def with_ydata(tools: Tools, folder: Path) -> Readings:
    """The same, without correlations, duplicates and interactions, which `minimal` leaves out."""
    command([tools.python, "-c", TABLE], folder=folder)
    python = (tools.quality_peers or tools.ours) / "python"
    script = tools.peer("ydata_profiling") / "profile_table.py"
    return read(command([python, script], folder=folder))


def read(usage: Usage) -> Readings:
    """The last line of what was printed: seconds, and bytes of the page."""
    seconds, n_bytes = json.loads(usage.output.strip().splitlines()[-1])
    return {PROFILE: float(seconds), MEMORY: usage, PAGE: n_bytes / 1000}
