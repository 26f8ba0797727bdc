"""What a search left open: planted borders, settings that never varied, trials that failed."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tilth.errors import DefinitionError, UnknownNameError
from tilth.stages.train.nodes import report_tuning, tune_candidate


@pytest.fixture(scope="module")
def rows():
    """A coin that is only a little loaded: the larger the leaves, the better the chances."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 3))
    yes = rng.random(500) < 0.5 + 0.1 * np.sign(x[:, 0])
    return pl.DataFrame({**dict(zip("abc", x.T, strict=True)), "y": np.where(yes, "yes", "no")})


def found(rows, ask, model, space, *, trials=15, **settings):
    tuning = {"trials": trials, "seconds": None, "workers": 1, "trial_seconds": None}
    tuning |= {"prune": True, "space": {"ccp_alpha": None, **space}}
    _, search = tune_candidate(rows, model("tree", **settings), tuning, ask(metric="log_loss"))
    return search, report_tuning(search)["tree"]


ONLY_DEPTH = {"min_samples_leaf": None, "min_samples_split": None}


ONLY_LEAVES = {"max_depth": None, "min_samples_split": None}


def test_a_best_value_at_the_end_of_its_range_is_told_with_a_wider_one(rows, ask, model):
    space = {**ONLY_LEAVES, "min_samples_leaf": {"low": 2, "high": 20}}

    search, report = found(rows, ask, model, space, trials=25)
    (border,) = search["borders"]

    assert (border["name"], border["end"]) == ("min_samples_leaf", "high")
    assert border["wider"] == 29
    assert any("lies at the high end of its range: `high: 29`" in e for e in report["findings"])


def test_a_best_value_within_its_range_is_no_finding(rows, ask, model):
    space = {**ONLY_LEAVES, "min_samples_leaf": {"low": 2, "high": 400}}

    search, report = found(rows, ask, model, space, trials=25)

    assert search["best"] > 0
    assert search["borders"] == []
    assert report["log_loss"] < report["as_it_comes"]


def test_what_never_varied_and_what_was_set_by_hand_is_told(rows, ask, model):
    search, report = found(rows, ask, model, {"max_depth": [2, 9]}, min_samples_leaf=2, trials=4)

    assert "max_leaf_nodes" in search["never_varied"]
    assert not {"max_depth", "min_samples_leaf", "random_state"} & set(search["never_varied"])
    assert "set by hand, so not tuned: `min_samples_leaf`" in report["findings"]


def test_a_single_choice_is_told(rows, ask, model):
    search, report = found(rows, ask, model, {**ONLY_DEPTH, "max_depth": [4]}, trials=3)

    assert search["one_value"] == ["max_depth"]
    assert "only one value was tried of `max_depth`" in report["findings"]


def test_trials_that_failed_are_counted_with_the_first_reason(rows, ask, model):
    space = {**ONLY_DEPTH, "max_depth": [3, -1]}
    search, report = found(rows, ask, model, space, trials=8)

    assert report["counts"]["failed"] > 0
    assert any("trials failed; the first: InvalidParameterError" in e for e in report["findings"])
    assert search["trials"][search["best"]]["settings"].get("max_depth") != -1


def test_a_setting_that_the_estimator_lacks_is_refused(rows, ask, model):
    with pytest.raises(UnknownNameError, match="there is no setting `max_dept`") as raised:
        found(rows, ask, model, {"max_dept": [1, 2]})

    assert raised.value.hint == "did you mean `max_depth`?"


def test_an_empty_space_is_refused(rows, ask, model):
    with pytest.raises(DefinitionError, match="the space of `tree` is empty"):
        found(rows, ask, model, {**ONLY_DEPTH, "max_depth": None})
