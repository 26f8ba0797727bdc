"""What differs between two versions of ten million rows with a key, one in a hundred changed."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from measure import command
from work import OURS, Entrant, Readings, Row, Tools

DIFFERENCE = "difference of two tables of 10 M rows, key and 4 columns"
PEAK = "difference of two tables, peak memory with both"
JOIN = "one join in Polars"
STREAMED = "one join in Polars, streamed"

ROWS = [
    Row(name=DIFFERENCE, unit="s"),
    Row(name=PEAK, unit="MB", at_most=4000),
    Row(
        name="difference of two tables, against one hand-written join",
        unit="×",
        at_most=1.5,
        of=DIFFERENCE,
        by=JOIN,
    ),
]

TABLES = """
import time
import numpy as np
import polars as pl

N = 10_000_000
random = np.random.default_rng(0)
old = pl.DataFrame({
    "id": random.permutation(N),
    "a": random.integers(0, 1000, N),
    "x": random.normal(size=N),
    "y": random.normal(size=N).astype("f4"),
    "label": random.integers(0, 5, N).astype("i1"),
})
touched = random.choice(N, N // 100, replace=False)
new = old.with_columns(x=old["x"].scatter(touched, random.normal(size=N // 100)))
new = new.filter(pl.col("id") >= N // 1000)
come = old.head(N // 1000).with_columns(id=N + pl.int_range(pl.len()))
new = pl.concat([new, come]).sample(fraction=1, shuffle=True, seed=1).rechunk()
start = time.perf_counter()
"""

# Both say how many rows differ; whether a key is there twice, they take on trust.
JOINED = """
others = ["a", "x", "y", "label"]
alone = pl.col("id").is_null() | pl.col("id_new").is_null()
differ = pl.any_horizontal(alone, *(pl.col(c).ne_missing(pl.col(c + "_new")) for c in others))
"""

BODIES = {
    OURS: """
from tilth.quality.difference import table_difference
found = table_difference(old, new, key=["id"], label="label")
n = found.n_added + found.n_removed + found.n_changed
""",
    JOIN: JOINED
    + """
n = old.join(new, on="id", how="full", suffix="_new").filter(differ).height
""",
    STREAMED: JOINED
    + """
joined = old.lazy().join(new.lazy(), on="id", how="full", suffix="_new")
n = joined.filter(differ).collect(engine="streaming").height
""",
}

TOLD = """
seconds = time.perf_counter() - start
assert 110_000 < n < 120_000, n
print(seconds)
"""


def entrants(tools: Tools) -> list[Entrant]:
    """All compare the same two tables in memory, each in a process of its own."""
    return [Entrant(who=who, round=partial(compare, tools, body)) for who, body in BODIES.items()]


def compare(tools: Tools, body: str, folder: Path) -> Readings:
    """Make the tables, which does not count, and compare them."""
    usage = command([tools.python, "-c", TABLES + body + TOLD], folder=folder)
    return {DIFFERENCE: float(usage.output), PEAK: usage}
