"""A tuning that is killed goes on where it stopped, and comes to the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tilth.project import Project

SHOP = '''
import time
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class Slow(ClassifierMixin, BaseEstimator):
    """Says of each fit that it began, takes its time, and compares with a threshold."""

    def __init__(self, threshold=0.0, log=""):
        self.threshold, self.log = threshold, log

    def fit(self, rows, labels):
        with Path(self.log).open("a") as stream:
            stream.write(f"{self.threshold}\\n")
        time.sleep(0.08)
        self.classes_ = np.unique(labels)
        return self

    def predict(self, rows):
        return self.classes_[(rows[:, 0] > self.threshold).astype(int)]
'''

RUN = "import sys; from tilth import Project; Project(sys.argv[1]).run()"


def project(folder: Path, rows, workers) -> Path:
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "shop.py").write_text(SHOP)
    rows.write_csv(folder / "rows.csv")
    told = {"threshold": {"low": -2.0, "high": 2.0}}
    settings = {
        "train": "rows", "target": "y", "metric": "accuracy", "folds": 3,
        "estimators": {"shop.Slow": {"log": str(folder / "log")}},
        "tune": {"trials": 16, "workers": workers, "prune": False, "spaces": {"Slow": told}},
    }  # fmt: skip
    pipelines = {"it": {"stage": "train", "with": settings}}
    (folder / "tilth.yml").write_text(json.dumps({"name": "slow", "pipelines": pipelines}))
    (folder / "catalog.yml").write_text("rows: {format: csv, location: rows.csv}")
    return folder


def started(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, folder], start_new_session=True, stderr=subprocess.DEVNULL
    )


def fits(folder: Path) -> int:
    log = folder / "log"
    return len(log.read_text().splitlines()) if log.exists() else 0


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_it_loses_a_trial_of_each_worker_at_most(tmp_path, make_world, workers):
    rows = make_world(90, seed=1)
    calm, killed = (project(tmp_path / name, rows, workers) for name in ("calm", "killed"))
    with Project(calm) as opened:
        assert opened.run().ok
        expected = opened.load("rows_Slow_search")
    for until in (8, 25):
        process = started(killed)
        deadline = time.monotonic() + 60
        while fits(killed) < until and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        time.sleep(0.5)  # what a worker is in the middle of comes to its end
    with Project(killed) as opened:
        run = opened.run()
        assert run.ok, run.failures
        found = opened.load("rows_Slow_search")

    assert found["known"] >= 25 - 2 * workers
    # What is lost each time is the fold that each worker was in the middle of.
    assert fits(killed) <= fits(calm) + 2 * workers
    told = [(e["settings"], e["scores"]) for e in found["trials"]]
    assert told == [(e["settings"], e["scores"]) for e in expected["trials"]]
    assert not list(killed.rglob("trials.jsonl"))
