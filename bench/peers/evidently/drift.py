"""Evidently's preset for drift: CPU seconds of the comparison alone."""

import os
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")

import polars as pl
from evidently import Report
from evidently.presets import DataDriftPreset


def cpu():
    return sum(os.times()[:4])


folder = Path(sys.argv[1])
reference, current = (
    pl.read_parquet(folder / f"{name}.parquet").to_pandas() for name in ("reference", "current")
)
before = cpu()
Report([DataDriftPreset()]).run(current, reference).dict()
print(cpu() - before)
