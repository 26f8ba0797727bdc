"""Runs with metrics in MLflow's own store: a database of SQLite, its default.

python tracking.py RUNS METRICS one|many
"""

from __future__ import annotations

import logging
import os
import sys
from time import perf_counter

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
import mlflow  # noqa: E402 - told before it is imported

runs, metrics, how = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
for name in ("mlflow", "alembic"):
    logging.getLogger(name).setLevel(logging.ERROR)
mlflow.set_tracking_uri("sqlite:///mlflow.db")
mlflow.set_experiment("bench")  # makes the tables, which does not count
with mlflow.start_run():
    mlflow.log_metric("warm", 1.0)

start = perf_counter()
for run in range(runs):
    values = {f"metric_{number}": run + number / metrics for number in range(metrics)}
    with mlflow.start_run() as active:
        if how == "many":
            mlflow.log_metrics(values)
        else:
            for name, value in values.items():
                mlflow.log_metric(name, value)
print(perf_counter() - start)
found = mlflow.get_run(active.info.run_id).data.metrics
assert len(found) == metrics, len(found)
assert found["metric_1"] == runs - 1 + 1 / metrics
