"""Nineteen checks on ten million rows of ten columns: in memory, and scanned from a file."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import lru_cache, partial
from pathlib import Path

from measure import command
from work import OURS, Entrant, Readings, Row, Tools

MEMORY = "a contract of 19 checks, 10 M x 10 rows in memory"
STREAMED = "a contract of 19 checks, 10 M x 10 rows scanned from Parquet"
PEAK = "the same, peak memory"
BY_HAND = "Polars by hand"

ROWS = [
    Row(name=MEMORY, unit="s CPU"),
    Row(
        name="the same in memory, × a pass by hand",
        unit="×",
        at_most=1.2,
        of=MEMORY,
        by=BY_HAND,
    ),
    Row(name=STREAMED, unit="s CPU"),
    Row(
        name="the same scanned, × a pass by hand",
        unit="×",
        at_most=1.2,
        of=STREAMED,
        by=BY_HAND,
    ),
    Row(name=PEAK, unit="MB", at_most=700),
]

DATA = """
import sys
from datetime import date, timedelta
import numpy as np
import polars as pl

n = 10_000_000
draw = np.random.default_rng(20130101)
days = pl.Series([date(2013, 1, 1) + timedelta(days=i) for i in range(365)])
letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
tails = [f"N{100 + i % 900}{letters[i % 26]}{letters[i // 26 % 26]}" for i in range(5000)]
notes = pl.Series([f"order {i}" for i in range(2000)])
price = draw.uniform(1, 9000, n).round(2)
pl.DataFrame(
    {
        "id": draw.permutation(n),
        "store": draw.integers(0, 1000, n).astype("int32"),
        "day": days[draw.integers(0, 365, n)],
        "carrier": pl.Series(["AA", "B6", "EV", "UA"])[draw.integers(0, 4, n)],
        "tail": pl.Series(tails)[draw.integers(0, 5000, n)],
        "price": price,
        "quantity": draw.integers(1, 100, n).astype("int16"),
        "discount": draw.uniform(0, 0.5, n),
        "total": price + draw.uniform(0, 100, n),
        "note": notes[draw.integers(0, 2000, n)],
    }
).write_parquet(sys.argv[1], row_group_size=1 << 18)
"""

# In memory only the checks are timed; scanned, the whole query with its reading.
TIMED = """
import resource, sys, time
import polars as pl

path, streamed = sys.argv[1], sys.argv[2] == "streamed"
table = pl.scan_parquet(path) if streamed else pl.read_parquet(path)
start = time.process_time()
judge(table)
print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""

TILTH = '''
from tilth.config.contracts import contract_from

CONTRACT = contract_from("""
columns:
  id: {type: int, not_null: true, unique: true, between: [0, null]}
  store: {type: int, not_null: true, between: [0, 999]}
  day: {type: date, not_null: true, between: [2013-01-01, 2013-12-31]}
  carrier: {type: text, not_null: true, levels: [AA, B6, EV, UA]}
  tail: {type: text, not_null: true, pattern: "N[0-9]{3}[A-Z]{2}"}
  price: {type: float, not_null: true, between: [0, 10000]}
  quantity: {type: int, between: [1, 100]}
  discount: {type: float, between: [0, 1]}
  total: {type: float, not_null: true}
  note: {type: text, length: [1, 40]}
checks:
  - relation: total >= price
  - row_count: [1]
""")


def judge(table):
    report = CONTRACT.check(table)
    assert report.findings == (), report.text
'''

HAND = """
import polars as pl
from datetime import date


def judge(table):
    c = pl.col
    checks = [
        pl.len(),
        c("id").null_count().alias("1"),
        c("id").n_unique().alias("2"),
        (c("id") < 0).sum().alias("3"),
        c("store").null_count().alias("4"),
        (~c("store").is_between(0, 999)).sum().alias("5"),
        c("day").null_count().alias("6"),
        (~c("day").is_between(date(2013, 1, 1), date(2013, 12, 31))).sum().alias("7"),
        c("carrier").null_count().alias("8"),
        (~c("carrier").is_in(["AA", "B6", "EV", "UA"])).sum().alias("9"),
        c("tail").null_count().alias("10"),
        (~c("tail").str.contains("^N[0-9]{3}[A-Z]{2}$")).sum().alias("11"),
        c("price").null_count().alias("12"),
        (~c("price").is_between(0, 10000)).sum().alias("13"),
        (~c("quantity").is_between(1, 100)).sum().alias("14"),
        (~c("discount").is_between(0, 1)).sum().alias("15"),
        c("total").null_count().alias("16"),
        (~c("note").str.len_chars().is_between(1, 40)).sum().alias("17"),
        (c("total") < c("price")).sum().alias("18"),
    ]
    row = table.lazy().select(checks).collect(engine=ENGINE).row(0)
    assert row[0] == row[2] >= 1
    assert sum(row[1:2] + row[3:]) == 0
"""

PEERS = {
    "dataframely": "dataframely",
    "Great Expectations": "great_expectations",
    "pandera (Polars)": "pandera",
    "patito": "patito",
    "pointblank": "pointblank",
}


def entrants(tools: Tools) -> list[Entrant]:
    """All judge the same file; peers as their documentation has it, in memory."""
    hand = {way: f"ENGINE = {engine!r}\n{HAND}" for way, engine in
            (("memory", "in-memory"), ("streamed", "streaming"))}  # fmt: skip
    found = [
        Entrant(who=OURS, round=partial(both, tools, {"memory": TILTH, "streamed": TILTH})),
        Entrant(who=BY_HAND, round=partial(both, tools, hand)),
    ]
    if tools.quality_peers is not None:
        found += [
            Entrant(
                who=who,
                round=partial(peer, tools, name),
                rounds=1 if name == "great_expectations" else None,  # it takes a minute
            )
            for who, name in PEERS.items()
        ]
    return found


@lru_cache(maxsize=1)
def data(python: Path) -> Path:
    """The file, made once for all rounds."""
    folder = Path(tempfile.mkdtemp(prefix="bench-contract-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "rows.parquet"
    command([python, "-c", DATA, path], folder=folder)
    return path


def both(tools: Tools, bodies: dict[str, str], folder: Path) -> Readings:
    """Judge in memory, and scanned."""
    path = data(tools.python)
    spent = {}
    for way, body in bodies.items():
        usage = command([tools.python, "-c", body + TIMED, path, way], folder=folder)
        spent[way] = [float(each) for each in usage.output.split()[-2:]]
    return {MEMORY: spent["memory"][0], STREAMED: spent["streamed"][0], PEAK: spent["streamed"][1]}


def peer(tools: Tools, name: str, folder: Path) -> Readings:
    """Judge in memory with a peer."""
    assert tools.quality_peers is not None
    body = (tools.peer(name) / "contract.py").read_text(encoding="utf-8")
    python, path = tools.quality_peers / "python", data(tools.python)
    usage = command([python, "-c", body + TIMED, path, "memory"], folder=folder)
    return {MEMORY: float(usage.output.split()[-2])}
