"""The naps with Kedro's own runners."""

import os
import sys
import time
from functools import partial, update_wrapper
from pathlib import Path

from kedro.io import DataCatalog
from kedro.pipeline import node, pipeline
from kedro.runner import ParallelRunner, ThreadRunner


def nap(i):
    start = time.time()
    time.sleep(0.05)
    Path(os.environ["BENCH_NAPS"], str(i)).write_text(f"{start} {time.time()}")
    return i


def named(i):
    return update_wrapper(partial(nap, i), nap)


def naps():
    return pipeline([node(named(i), None, f"nap_{i}", name=f"nap_{i}") for i in range(64)])


if __name__ == "__main__":
    if sys.argv[1] == "threads":
        ThreadRunner(max_workers=8).run(naps(), DataCatalog())
    else:
        from kedro.io import SharedMemoryDataCatalog

        ParallelRunner(max_workers=8).run(naps(), SharedMemoryDataCatalog())
