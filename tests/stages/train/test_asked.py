"""What a person may write behind `with:`, and what is said where they may not."""

from __future__ import annotations

import pytest

from tilth.errors import DefinitionError, UnknownNameError
from tilth.stages.train import train
from tilth.stages.train.asked import read_candidates, read_tuning
from tilth.stages.train.known import KNOWN
from tilth.stages.train.making import refuse_unknown
from tilth.stages.train.spaces import Choice, Range, merged, read_space


def names(given, timed=False):
    return [(each.name, each.kind) for each in read_candidates(given, timed=timed)]


def test_baselines_come_along():
    usual = [("dummy", "dummy"), ("linear", "linear"), ("small_tree", "small_tree")]

    assert names(["forest"]) == [*usual, ("forest", "forest")]
    assert names(None) == [*usual, ("forest", "forest"), ("boosting", "boosting")]
    assert ("last_value", "last_value") in names(None, timed=True)


def test_a_baseline_that_is_asked_for_is_a_candidate_once():
    found = read_candidates(["linear"], timed=False)

    assert [each.name for each in found] == ["dummy", "small_tree", "linear"]
    assert [each.baseline for each in found] == [True, True, False]


def test_settings_and_classes_stand_behind_names():
    found = read_candidates(
        ["tree", {"boosting": {"max_iter": 30}}, "sklearn.svm.SVC", "shop.models:Mine",
         {"small": {"class": "boosting", "max_iter": 5}}],
        timed=False,
    )[3:]  # fmt: skip

    assert [(each.name, each.kind, dict(each.settings)) for each in found] == [
        ("tree", "tree", {}),
        ("boosting", "boosting", {"max_iter": 30}),
        ("SVC", "sklearn.svm.SVC", {}),
        ("Mine", "shop.models:Mine", {}),
        ("small", "boosting", {"max_iter": 5}),
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["bosting"], "there is no estimator `bosting`"),
        (["tree", "tree"], "two estimators are named `tree`"),
        ([3], "3 among `estimators` names none"),
        ({"tree": 5}, "the settings of estimator `tree` are 5"),
        ({"mine": {"class": 3}}, "`class` of estimator `mine` is 3"),
        ([{"a b": {"class": "tree"}}], "cannot be the name of an estimator"),
    ],
)
def test_what_names_no_estimator_is_refused(given, said):
    with pytest.raises(DefinitionError, match=said):
        read_candidates(given, timed=False)


def test_a_slip_in_a_name_is_told_with_the_nearest():
    with pytest.raises(UnknownNameError) as raised:
        read_candidates(["bosting"], timed=False)

    assert raised.value.hint == "did you mean `boosting`?"


# Spaces


def test_ranges_and_choices_are_read():
    found = read_space(
        {"rate": {"low": 0.01, "high": 0.3, "log": True}, "depth": [3, 5, None], "leaf": None},
        "it",
    )

    assert found == {"rate": Range(0.01, 0.3, True), "depth": Choice((3, 5, None)), "leaf": None}
    assert Range(1, 5).whole
    assert not Range(1, 5.0).whole


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([1], r"it is \[1\], not parameters with ranges"),
        ({"a": 3}, "it, `a` is 3, neither a range nor a list of choices"),
        ({"a": []}, "it, `a` has no values to choose from"),
        ({"a": [1, 1]}, "it, `a` offers a value twice"),
        ({"a": [[1]]}, r"it, `a` offers \[1\]"),
        ({"a": {"low": 1}}, "it, `a` lacks `high`"),
        ({"a": {"low": 1, "hight": 3}}, "it, `a` has no setting `hight`"),
        ({"a": {"low": 3, "high": 1}}, "reaches from 3 to 1"),
        ({"a": {"low": 0, "high": 1, "log": True}}, "begins at 0 with `log`"),
        ({"a": {"low": "x", "high": 1}}, "`low` is 'x', not a number"),
        ({"a": {"low": 1, "high": float("inf")}}, "`high` is inf, not a number"),
        ({"a": {"low": 1, "high": 9, "log": "yes"}}, "`log` is 'yes', neither true nor false"),
        ({"a": {"low": 1, "high": 9, "log": True, "step": 2}}, "exclude each other"),
        ({"a": {"low": 1, "high": 9, "step": 0}}, "`step` is 0"),
    ],
)
def test_what_is_no_space_is_refused(given, said):
    with pytest.raises(DefinitionError, match=said):
        read_space(given, "it")


def test_a_person_s_ranges_go_before_ours_and_what_is_set_is_not_tuned():
    known = {"a": Range(1, 9, lowest=1), "b": Range(1, 9), "c": Range(1, 9)}
    asked = {"a": Range(2, 99), "b": None, "d": Choice((1, 2))}

    assert merged(known, asked, {"c": 3}) == {"a": Range(2, 99, lowest=1), "d": Choice((1, 2))}


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_what_is_known_of_an_estimator_holds(name, task):
    from importlib import import_module

    known = KNOWN[name]
    if known.library not in ("sklearn", "tilth"):
        pytest.importorskip(known.library)
    path = known.classes if task == "classification" else known.quantities
    module, _, kind = path.rpartition(".")
    made = getattr(import_module(module), kind)(**known.settings_for(task))

    refuse_unknown(made, known.space_for(task), name)


# Tuning


CANDIDATES = read_candidates(["tree", "boosting", "shop.Mine"], timed=False)


def tuned(given):
    found = read_tuning(given, CANDIDATES)
    return None if found is None else [e.name for e in CANDIDATES if found.of(e) is not None]


def test_what_is_asked_for_and_has_a_space_is_tuned():
    assert tuned(None) is None
    assert tuned(False) is None
    assert tuned(True) == ["tree", "boosting"]
    assert tuned(12) == ["tree", "boosting"]
    assert tuned({"estimators": "tree"}) == ["tree"]
    assert tuned({"estimators": ["linear"]}) == ["linear"]
    assert tuned({"spaces": {"Mine": {"depth": [1, 2]}}}) == ["tree", "boosting", "Mine"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("much", "`tune` is 'much'"),
        (0, "`trials` is 0, not a whole number above 0"),
        ({"trails": 3}, "`tune` has no setting `trails`"),
        ({"trials": 2.5}, "`trials` is 2.5"),
        ({"workers": 0}, "`workers` is 0"),
        ({"seconds": -1}, "`seconds` is -1, not above 0"),
        ({"prune": "no"}, "`prune` is 'no', neither true nor false"),
        ({"spaces": [1]}, r"`spaces` is \[1\]"),
        ({"spaces": {"forest": {}}}, "there is no estimator `forest`"),
        ({"spaces": {"tree": {"max_depth": 3}}}, "the space of `tree`, `max_depth` is 3"),
        ({"estimators": ["dummy"]}, "nobody knows where to look for settings of `dummy`"),
        ({"estimators": ["Mine"]}, "nobody knows where to look for settings of `Mine`"),
    ],
)
def test_what_is_no_tuning_is_refused(given, said):
    with pytest.raises(DefinitionError, match=said):
        read_tuning(given, CANDIDATES)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"folds": 1}, "`folds` is 1, not 2 or more"),
        ({"task": "clasification"}, "`task` is 'clasification'"),
        ({"prefer": "fast"}, "`prefer` is 'fast'"),
        ({"group": "a", "time": "b"}, "by `group` or by `time`, not by both"),
    ],
)
def test_settings_of_the_stage_are_checked_when_it_is_opened(settings, said):
    with pytest.raises(DefinitionError, match=said):
        train("rows", "y", **settings)
