"""Metrics that a node returns as such are on record without an entry in the catalog."""

from __future__ import annotations

import pytest

from tilth.project import Project

SHOP = """
from tilth.data.metrics import Metrics


def measure():
    return Metrics(auc={"value": 0.9, "low": 0.8, "high": 0.95}, trials={"score": [0.1, 0.2]})


def told(measure):
    return sorted(measure)
"""


@pytest.mark.parametrize("executor", ["serial", "processes"])
def test_they_are_on_record_and_are_loaded_as_plain_data(tmp_path, executor):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "shop.py").write_text(SHOP)
    nodes = "[{call: shop.measure}, {call: shop.told}]"
    (tmp_path / "tilth.yml").write_text(f"pipelines: {{it: {{nodes: {nodes}}}}}")
    with Project(tmp_path) as project:
        run = project.run(executor=executor)
        (found,) = [e for e in project.history.node_runs(run.run) if e.node == "measure"]
        loaded = project.load("measure"), project.load("told")

    assert [(e.name, e.value, e.low, e.high, e.data) for e in found.metrics] == [
        ("auc", 0.9, 0.8, 0.95, None),
        ("trials", None, None, None, '{"score":[0.1,0.2]}'),
    ]
    assert loaded[0] == {
        "auc": {"value": 0.9, "low": 0.8, "high": 0.95},
        "trials": {"score": [0.1, 0.2]},
    }
    assert loaded[1] == ["auc", "trials"]
