"""A table of 500 MB that one process makes and the next one reads."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from measure import Usage, command
from work import OURS, Entrant, Readings, Row, Tools

HANDED = "a 500 MB table from one process to the next"
PEAK = "a 500 MB table handed over, peak memory of a process"
WRITTEN = "written once by pyarrow"
TOUCHED = 2 << 30
"""Bytes: the table in memory, the file, and as much again."""

ROWS = [
    Row(name=HANDED, unit="s"),
    Row(
        name="the same, × the time to write it once",
        unit="×",
        at_most=2,
        of=HANDED,
        by=WRITTEN,
    ),
    Row(name=PEAK, unit="MB"),
    Row(
        name="the same, × the peak of a direct call",
        unit="×",
        at_most=1.3,
        of=PEAK,
        by="direct call",
    ),
]

TABLE = """\
import os
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def moment(name: str) -> None:
    Path(os.environ["BENCH_MOMENTS"], name).write_text(f"{time.time()} {os.getpid()}")


def make() -> pa.Table:
    columns = {
        f"c{i}": np.arange(6_250_000, dtype="float64") * (i + 1.5) for i in range(10)
    }
    table = pa.table(columns)
    moment("made")
    return table


def read(table: pa.Table) -> float:
    moment(f"received_{os.getpid()}")
    return float(sum(pc.sum(table.column(i)).as_py() for i in range(10)))


def read_too(table: pa.Table) -> float:
    return read(table)
"""

# Two naps at once have both processes up, and the libraries imported, before it begins: what
# is measured is the hand-over, not the start of a process.
PIPELINE = """
from tilth import node, pipeline


def nap(number: int) -> int:
    time.sleep(0.5)
    return number


def make_after(first: int, second: int) -> pa.Table:
    return make()


pipeline = pipeline([
    node(nap, inputs={"number": {"value": 1}}, outputs="first", name="first_nap"),
    node(nap, inputs={"number": {"value": 2}}, outputs="second", name="second_nap"),
    node(make_after, inputs=["first", "second"], outputs="table"),
    node(read, inputs="table", outputs="total"),
    node(read_too, inputs="table", outputs="total_too"),
])
"""

RUN = """
from tilth import Project

with Project("table.py") as project:
    result = project.run(executor="processes", workers=2)
    assert result.ok, result.failures
"""

DIRECT = """
from table import make, read
read(make())
"""

WRITE = """
import pyarrow as pa
from table import make, moment
table = make()
with pa.OSFile("table.arrow", "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
    writer.write_table(table)
moment("received_0")
"""


def entrants(tools: Tools) -> list[Entrant]:
    """Tilth's processes; the bounds: a direct call, and writing the bytes once; Kedro."""
    found = [
        Entrant(who=OURS, round=partial(run, tools.ours, RUN, TABLE + PIPELINE, True)),
        Entrant(who=WRITTEN, round=partial(run, tools.ours, WRITE, TABLE, False)),
        Entrant(who="direct call", round=partial(run, tools.ours, DIRECT, TABLE, False)),
    ]
    if tools.peers is not None:
        runner = (tools.peer("kedro") / "table" / "run.py").read_text()
        found.append(
            Entrant(
                who="Kedro, ParallelRunner",
                round=partial(run, tools.peers, runner, TABLE, True),
                rounds=1,
            )
        )
    return found


def run(programs: Path, script: str, module: str, apart: bool, folder: Path) -> Readings:
    """From the moment the table is made to the moment the next function has it."""
    touch_memory(programs, folder)
    (folder / "table.py").write_text(module)
    (folder / "go.py").write_text(script)
    moments = folder / "moments"
    moments.mkdir()
    usage = command(
        [programs / "python", "go.py"],
        folder=folder,
        environment={"BENCH_MOMENTS": str(moments)},
    )
    made, maker = (moments / "made").read_text().split()
    # Two read it, so that at least one of them is in another process than the maker.
    received = dict(reversed(path.read_text().split()) for path in moments.glob("received_*"))
    if apart:
        received.pop(maker, None)
    shutil.rmtree(moments)
    return {
        HANDED: max(map(float, received.values())) - float(made),
        PEAK: Usage(cpu=usage.cpu, wall=usage.wall, peak=usage.peak),
    }


def touch_memory(programs: Path, folder: Path) -> None:
    """Give all entrants pages that were in use just before.

    A virtual machine gets a page from its host when it touches it first, which takes longer than
    writing to it. Who runs after a process that let go of much would be spared that.
    """
    command([programs / "python", "-c", f"b'.' * {TOUCHED}"], folder=folder)
