from __future__ import annotations

import contextvars
import json
import math
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from time import process_time

import numpy as np
import pytest

import tilth
from tilth.data.log import Logged, together
from tilth.errors import DataError
from tilth.project import Project

TRAINING = """
import tilth


def learn(epochs=3):
    for epoch in range(epochs):
        tilth.log({"loss": 1 / (epoch + 1)}, step=epoch)
    tilth.log(rows=100)
    return epochs


def measure(model):
    tilth.log(auc=0.5)
    return {"f1": 0.25}


def report(measures):
    tilth.log({"by.class": {"a": 1, "b": 2.5}})
    return "done"
"""
PIPELINE = """
pipelines:
  it:
    nodes:
      - {call: shop.learn, outputs: model}
      - {call: shop.measure, inputs: model, outputs: measures}
      - {call: shop.report, inputs: measures, outputs: said}
"""
CURVE = {"step": [0, 1, 2], "value": [1.0, 0.5, 1 / 3]}


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "shop.py").write_text(TRAINING)
    (tmp_path / "tilth.yml").write_text(PIPELINE)
    (tmp_path / "catalog.yml").write_text("measures: {format: metrics}")
    return tmp_path


def inside(work, node="train"):
    """What is on record of a function that logs."""
    logged = Logged(node)
    with logged:
        work()
    return {name: rest for name, *rest in logged.flat()}


def found(project, run):
    return {
        (node, each.name): (each.value, each.data)
        for node, metrics in project.history.metrics(run).items()
        for each in metrics
    }


@pytest.mark.parametrize("executor", ["serial", "threads", "processes"])
def test_what_a_node_logs_is_on_record_with_what_it_returns(shop, executor):
    with Project(shop) as project:
        project.run(executor=executor)
        metrics = found(project, 1)

    curve = metrics.pop(("learn", "loss"))
    assert curve[0] == 1 / 3
    assert json.loads(curve[1]) == CURVE
    assert metrics == {
        ("learn", "rows"): (100.0, None),
        ("measure", "f1"): (0.25, None),
        ("measure", "auc"): (0.5, None),
        ("report", "by.class.a"): (1.0, None),
        ("report", "by.class.b"): (2.5, None),
    }


def test_a_reused_node_shows_what_it_logged_when_it_ran(shop):
    with Project(shop) as project:
        project.run()
        again = project.run()
        assert again.counts == {"reused": 3}
        assert found(project, 2) == found(project, 1)


def test_a_node_that_logs_something_else_runs_again_and_no_other_does(shop):
    with Project(shop) as project:
        project.run()
    file = shop / "src" / "shop.py"
    file.write_text(file.read_text().replace("auc=0.5", "auc=0.75"))
    with Project(shop) as project:
        again = project.run()
        assert again.counts == {"done": 1, "reused": 2}
        assert found(project, 2)["measure", "auc"] == (0.75, None)


def test_a_node_that_fails_keeps_what_it_logged_until_then(shop):
    file = shop / "src" / "shop.py"
    file.write_text(
        file.read_text().replace("    tilth.log(rows=100)", "    raise OSError('full')")
    )
    with Project(shop) as project:
        assert not project.run().ok
        value, data = found(project, 1)["learn", "loss"]

    assert value == 1 / 3
    assert json.loads(data) == CURVE


def test_a_function_that_yields_logs_as_one_that_returns(shop):
    file = shop / "src" / "shop.py"
    file.write_text(
        file.read_text().replace(
            "    return epochs", "    yield 'a'\n    tilth.log(late=1)\n    yield 'b'"
        )
    )
    with Project(shop) as project:
        project.run()
        metrics = found(project, 1)

    assert metrics["learn", "rows"] == (100.0, None)
    assert metrics["learn", "late"] == (1.0, None)


def test_a_node_that_is_tried_again_shows_its_last_attempt(shop, monkeypatch):
    monkeypatch.chdir(shop)
    file = shop / "src" / "shop.py"
    once = "    if not (flag := __import__('pathlib').Path('tried')).exists():\n"
    once += "        flag.touch()\n        tilth.log(first=1)\n        raise OSError('busy')\n"
    file.write_text(
        file.read_text().replace("    tilth.log(rows=100)\n", f"{once}    tilth.log(rows=100)\n")
    )
    pipeline = shop / "tilth.yml"
    pipeline.write_text(
        pipeline.read_text().replace("outputs: model}", "outputs: model, retries: 1}")
    )
    with Project(shop) as project:
        assert project.run().ok
        metrics = found(project, 1)

    assert ("learn", "first") not in metrics
    assert metrics["learn", "rows"] == (100.0, None)


def test_a_function_that_logs_can_be_called_as_it_is():
    tilth.log({"loss": 0.3}, step=12)
    tilth.log(loss=0.3)


def test_the_last_value_counts_and_all_steps_are_kept():
    def work():
        tilth.log(loss=0.5, step=1)
        tilth.log(loss=0.25, step=2)
        tilth.log(auc=0.1)
        tilth.log(auc=0.2)
        tilth.log({"loss": 0.2})

    metrics = inside(work)

    assert metrics["auc"] == [0.2, None, None, None]
    assert metrics["loss"] == [0.2, None, None, '{"step":[1,2],"value":[0.5,0.25]}']


def test_what_was_logged_does_not_change_with_the_callers_lists():
    def work():
        curve = {"x": [1, 2], "y": [3, 4]}
        tilth.log(roc=curve)
        curve["x"].append(5)

    assert inside(work)["roc"] == [None, None, None, '{"x":[1,2],"y":[3,4]}']


class Tensor:
    """As a library for deep learning has them."""

    def item(self):
        return 0.125


@pytest.mark.parametrize(
    ("value", "number"),
    [(True, 1), (3, 3), (np.float32(0.5), 0.5), (np.array([2.0]), 2), (Tensor(), 0.125)],
)
def test_numbers_of_libraries_are_numbers(value, number):
    last, low, high, curve = inside(lambda: tilth.log(loss=value, step=np.int64(3)))["loss"]

    assert (last, low, high) == (number, None, None)
    assert json.loads(curve) == {"step": [3], "value": [number]}


def test_intervals_are_intervals():
    found = inside(lambda: tilth.log(auc={"value": 0.5, "low": 0.25, "high": 0.75}))

    assert found == {"auc": [0.5, 0.25, 0.75, None]}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_comes_back_as_it_was_with_its_curve(shop, value):
    text = f"tilth.log(loss=float('{value}'), step=7)"
    file = shop / "src" / "shop.py"
    file.write_text(file.read_text().replace("tilth.log(rows=100)", text))
    with Project(shop) as project:
        project.run()
    with Project(shop) as project:
        last, data = found(project, 1)["learn", "loss"]

    assert last == value or (math.isnan(last) and math.isnan(value))
    assert json.loads(data)["value"][-1] == {"float": str(value)}


def test_a_returned_metric_goes_before_a_logged_one_and_takes_its_curve():
    logged = Logged("train")
    with logged:
        tilth.log(loss=0.5, step=1)
        tilth.log(auc=1)
    returned = [("loss", 0.25, 0.2, 0.3, None)]

    assert together(returned, logged) == [
        ("loss", 0.25, 0.2, 0.3, '{"step":[1],"value":[0.5]}'),
        ("auc", 1.0, None, None, None),
    ]


# Mistakes


@pytest.mark.parametrize("name", ["", " loss", "lo\nss", "loss\x00"])
def test_a_name_is_one_line_of_text(name):
    with pytest.raises(DataError, match="a metric cannot be named"):
        tilth.log({name: 1})


def test_a_name_that_is_no_text_is_refused():
    with pytest.raises(DataError, match="the name of a metric is int `3`, which is no text"):
        tilth.log({3: 1})


@pytest.mark.parametrize("value", ["high", None, object(), {}, {"a": "x"}, {"a": {"b": None}}, 1j])
def test_a_value_that_is_no_metric_is_refused(value):
    with pytest.raises(DataError, match=r"no number|no metric"):
        tilth.log({"loss": value})


def test_a_curve_at_a_step_is_refused():
    with pytest.raises(DataError, match=r"metric `roc` at step 3 is list `\[1, 2\]`"):
        tilth.log(roc=[1, 2], step=3)


@pytest.mark.parametrize("step", [0.5, "3", np.float64(2)])
def test_a_step_that_is_no_whole_number_is_refused(step):
    with pytest.raises(DataError, match=r"the step of a metric is .*, which is no whole number"):
        tilth.log(loss=1, step=step)


def test_metrics_without_names_are_refused():
    with pytest.raises(DataError, match=r"takes metrics by name, not float `0.3`") as error:
        tilth.log(0.3)
    assert "tilth.log(loss=0.3)" in error.value.hint


def test_a_mistake_fails_the_node_and_says_where(shop):
    file = shop / "src" / "shop.py"
    file.write_text(file.read_text().replace("auc=0.5", "auc='good'"))
    with Project(shop) as project:
        result = project.run()

    assert "metric `auc` is str `'good'`, which is no number" in result.failures["measure"].message


# Threads and processes of a function's own


def test_a_thread_of_the_functions_own_is_refused_and_told_how():
    def work():
        with ThreadPoolExecutor(1) as pool:
            pool.submit(tilth.log, loss=1).result()

    with pytest.raises(DataError, match="does not know which node it works for") as error:
        inside(work)
    assert "contextvars.copy_context().run" in error.value.hint


def test_a_thread_in_the_nodes_context_logs_for_the_node():
    def work():
        with ThreadPoolExecutor(2) as pool:
            for step in range(50):
                pool.submit(contextvars.copy_context().run, tilth.log, {"loss": 1}, step=step)

    ((_, _, _, data),) = inside(work).values()
    assert sorted(json.loads(data)["step"]) == list(range(50))


def test_what_a_thread_logs_after_its_node_has_ended_is_refused():
    late = []
    inside(lambda: late.append(contextvars.copy_context()), node="train")

    with pytest.raises(DataError, match="node `train` has ended"):
        late[0].run(tilth.log, loss=1)


def test_nodes_in_threads_do_not_mix():
    barrier = threading.Barrier(4)

    def one(number):
        def work():
            for step in range(100):
                tilth.log({f"loss_{number}": number}, step=step)
                if step == 50:
                    barrier.wait(10)

        return inside(work)

    with ThreadPoolExecutor(4) as pool:
        for number, metrics in enumerate(pool.map(one, range(4))):
            assert list(metrics) == [f"loss_{number}"]


def test_a_process_that_a_function_forks_is_refused():
    def work():
        child = os.fork()
        if child == 0:
            try:
                tilth.log(loss=1)
            except DataError as error:
                os._exit(7 if "runs in another process" in str(error) else 8)
            os._exit(9)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7

    inside(work)


def test_a_node_that_is_killed_leaves_no_metrics(shop):
    file = shop / "src" / "shop.py"
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    file.write_text(file.read_text().replace("    tilth.log(rows=100)", f"    {kill}"))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "tilth", "-C", str(shop), "run"]
    run = subprocess.run(command, check=False, capture_output=True, env=environment)
    assert run.returncode == -signal.SIGKILL
    with Project(shop) as project:
        assert found(project, 1) == {}


# Speed


def test_a_thousand_metrics_cost_less_than_twenty_milliseconds():
    names = [f"metric_{number}" for number in range(1000)]
    logged = Logged("train")

    best = math.inf
    for _ in range(5):
        logged = Logged("train")
        start = process_time()
        with logged:
            for name in names:
                tilth.log({name: 0.5}, step=1)
            list(logged.flat())
        best = min(best, process_time() - start)

    assert best < 0.02, best
