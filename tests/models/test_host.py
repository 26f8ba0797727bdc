"""What a version needs, beside what is there for it."""

from __future__ import annotations

import numpy as np
import pytest

from tilth.errors import ConfigError
from tilth.models.goals import goals_from
from tilth.models.host import Form, Host, lacks, told_figures
from tilth.models.replay import accelerator, against_signature, memory, single_answers

FIGURES = {
    "import_seconds": 1.0,
    "load_seconds": 0.5,
    "start_seconds": 1.7,
    "answers": {"n": 500, "median_seconds": 0.002, "p99_seconds": 0.004},
    "memory_bytes": 200_000_000,
    "accelerator": "none",
    "broken": 4,
    "taken": ["a row without `age`"],
}
NATIVE = Form(
    name="native",
    python="3.11.7",
    distributions={"numpy": "2.4.1", "scikit-learn": "1.7.2", "skops": "0.16.0"},
    figures=FIGURES,
)
ONNX = Form(
    name="onnx",
    python="3.11.7",
    distributions={"numpy": "2.4.1", "onnxruntime": "1.32.0"},
    figures={**FIGURES, "memory_bytes": 60_000_000},
)


def found(host, *forms, brought=()):
    return lacks(Host(alias="production", **host), forms or (NATIVE,), brought)


def with_figures(**more):
    return Form(name="native", python="3.11.7", distributions={}, figures={**FIGURES, **more})


@pytest.mark.parametrize(
    "host",
    [
        {},
        {"memory": 200_000_000, "latency": 0.004, "start": 1.7, "accelerator": "none"},
        {"python": "3.11", "packages": {"numpy": "any", "scikit-learn": ">=1.5", "skops": "any"}},
    ],
)
def test_what_is_enough_stands_in_nobodys_way(host):
    assert found(host) == ()


@pytest.mark.parametrize(
    ("host", "text"),
    [
        ({"memory": 199_000_000}, "took 200 MB of memory, and `production` allows 199 MB"),
        ({"latency": 0.003}, "took 4 ms for a row (99 of 100 came within it), and `production` "
                             "allows 3 ms"),
        ({"start": 1.0}, "took 1.7 s from its start to the first answers, and `production` allows "
                         "1 s"),
        ({"python": ">=3.12"}, "it was tested with Python 3.11.7, and `production` has `>=3.12`"),
        (
            {"packages": {"numpy": "any", "skops": "any"}},
            "needs `scikit-learn` 1.7.2, which `packages` of `production` lacks",
        ),
        (
            {"packages": {"numpy": "any", "skops": "any", "scikit-learn": "<1.7"}},
            "needs `scikit-learn` 1.7.2, and `packages` of `production` has `<1.7`",
        ),
    ],
)  # fmt: skip
def test_what_is_too_little_is_told_with_the_value_and_the_limit(host, text):
    (lack,) = found(host)

    assert text in lack.text
    assert lack.what in host
    assert lack.needs
    assert lack.limit
    assert lack.hint


def test_what_packages_require_comes_along():
    packages = {"scikit-learn": "any", "skops": "any"}

    assert [each.needs for each in found({"packages": packages})] == ["numpy==2.4.1"]
    assert found({"packages": packages}, brought=("numpy",)) == ()


def test_an_accelerator_that_is_not_there_is_a_lack_and_one_too_many_is_none():
    far = with_figures(accelerator="cuda")

    assert [each.what for each in found({"accelerator": "none"}, far)] == ["accelerator"]
    assert [each.what for each in found({"accelerator": "mps"}, far)] == ["accelerator"]
    assert found({"accelerator": "cuda"}, far) == ()
    assert found({"accelerator": "cuda"}) == ()


def test_what_could_not_be_measured_is_not_taken_for_enough():
    (lack,) = found({"latency": 10.0}, with_figures(answers=None))
    assert "has no known latency" in lack.text

    (lack,) = found({"memory": 10**12}, with_figures(memory_bytes=None))
    assert "has no known memory" in lack.text


def test_packages_tell_which_form_of_a_model_runs_there():
    limit = {"memory": 100_000_000}
    lean, whole = {"numpy": "any", "onnxruntime": "any"}, dict.fromkeys(NATIVE.distributions, "any")

    assert found({**limit, "packages": lean}, ONNX, NATIVE) == ()
    assert [each.form for each in found({**limit, "packages": whole}, ONNX, NATIVE)] == ["native"]
    assert [each.form for each in found(limit, ONNX, NATIVE)] == ["native"], "each has to fit"


def test_figures_are_told_in_words():
    assert told_figures({**FIGURES, "accelerator": "cuda"}) == (
        "2 ms a row (99 of 100 within 4 ms), 200 MB of memory, 1.7 s to its first answers, "
        "1 s of it imports, asks for `cuda`, refuses 3 of 4 rows against its signature"
    )


# In goals.yml


def goals(runs_on):
    goal = {"size_mb": 1, "why": "it must fit"}
    return goals_from({"rows": "t", "target": "y", "goals": [goal], "runs_on": runs_on})


def test_amounts_are_written_with_units_as_elsewhere():
    told = {"memory": "512MB", "latency": "50ms", "start": 3, "packages": {"Scikit_Learn": ">=1.5"}}
    (host,) = goals({"production": told}).runs_on

    assert (host.alias, host.memory, host.latency, host.start) == ("production", 512e6, 0.05, 3)
    assert host.packages == {"scikit-learn": ">=1.5"}
    assert (host.accelerator, host.python) == (None, None)
    assert goals({"staging": {}}).runs_on == (Host(alias="staging"),)


def test_where_it_runs_is_no_part_of_what_a_verdict_is_about():
    assert goals({}).digest == goals({"production": {"memory": "1GB"}}).digest


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"memory": 512}, "lacks a unit"),
        ({"latency": "5 parsecs"}, "has the unit `parsecs`"),
        ({"accelerator": "cude"}, "did you mean `cuda`"),
        ({"python": "=>3"}, "is no range of versions"),
        ({"python": 3.11}, "put it in quotes"),
        ({"packages": ["numpy"]}, "a mapping from a package"),
        ({"gpu": "cuda"}, "accelerator"),
    ],
)
def test_a_mistake_in_it_is_told(told, said):
    with pytest.raises(ConfigError, match=said):
        goals({"production": told})


# How it is measured

SIGNATURE = {
    "frame": "polars",
    "columns": [
        {"name": "age", "type": "Int64"},
        {"name": "town", "type": "String"},
    ],
    "probabilities": False,
}


class Careful:
    """Refuses what is not as its signature says."""

    def __init__(self, **more):
        self.asked = 0
        self.__dict__.update(more)

    def predict(self, rows):
        self.asked += 1
        return np.array([age + len(town) for age, town in rows.select("age", "town").rows()])


class Careless(Careful):
    """Answers anything."""

    def predict(self, rows):
        return np.zeros(rows.height)


def test_rows_against_the_signature_are_asked_and_those_that_it_takes_are_told():
    told = against_signature(Careful(), SIGNATURE, [[3, "Ulm"]])
    assert told == {"broken": 3, "taken": []}

    told = against_signature(Careless(), SIGNATURE, [[3, "Ulm"]])
    assert told["taken"] == ["a row without `age`", "a text in `age`", "a row without `town`"]


def test_single_rows_are_asked_in_turn():
    model = Careful()
    told = single_answers(model, SIGNATURE, [[3, "Ulm"], [4, "Bonn"]])

    assert told["n"] == model.asked >= 20
    assert 0 < told["median_seconds"] <= told["p99_seconds"]
    assert single_answers(model, SIGNATURE, []) is None


def test_memory_is_that_of_this_process():
    before = memory()
    held = np.ones(60_000_000, np.uint8)

    assert memory() >= max(before, held.nbytes)


class Tensor:
    """As one of PyTorch's."""

    __module__ = "torch"
    __slots__ = ("device",)

    def __init__(self, device):
        self.device = device


@pytest.mark.parametrize(
    ("held", "name"),
    [
        ({}, "none"),
        ({"device": "cpu"}, "none"),
        ({"device": None}, "none"),
        ({"device": "cuda:1"}, "cuda"),
        ({"device": "gpu"}, "cuda"),
        ({"device": "mps"}, "mps"),
        ({"steps": [("prepare", object()), ("net", Careful(device="cuda"))]}, "cuda"),
        ({"members": np.array([Careful(device="cuda"), None], object)}, "cuda"),
        ({"settings": {"device": "cuda"}}, "cuda"),
        ({"weights": {"w": Tensor("cuda:0")}}, "cuda"),
        ({"weights": {"w": Tensor("cpu")}}, "none"),
        ({"town": "cuda"}, "none"),
    ],
)
def test_the_accelerator_is_seen_wherever_a_model_names_it(held, name):
    assert accelerator(Careful(**held)) == name


def test_a_model_that_holds_itself_is_looked_through_once():
    model = Careful()
    model.me = [model]

    assert accelerator(model) == "none"


@pytest.mark.parametrize(("device", "name"), [("cpu", "none"), ("cuda", "cuda")])
def test_the_device_of_xgboost_counts(device, name):
    xgboost = pytest.importorskip("xgboost")
    from sklearn.pipeline import make_pipeline

    assert accelerator(make_pipeline(xgboost.XGBRegressor(device=device))) == name


def test_lightgbm_answers_on_the_processor_wherever_it_learned():
    lightgbm = pytest.importorskip("lightgbm")

    assert accelerator([lightgbm.LGBMRegressor(device="gpu")]) == "none"
