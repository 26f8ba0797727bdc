"""Stages are asked for less in a test, and it is told of what."""

from __future__ import annotations

import pytest

from tilth.config.place import Place
from tilth.config.settings import PipelineSettings
from tilth.project.mini.lighter import lighter


def stage(name, **settings):
    return PipelineSettings(
        name="made", stage=name, settings=settings, place=Place(file="tilth.yml", line=1, column=1)
    )


def told(found):
    return {each.setting: (each.was, each.now) for each in found}


def test_settings_that_cost_time_alone_are_made_smaller_and_told():
    made, found = lighter(stage("prune", model="m", train="t", target="y", folds=10))

    assert told(found) == {"folds": (10, 2), "most_rows": (20_000, 600)}
    assert made.settings == {
        "model": "m", "train": "t", "target": "y", "folds": 2, "most_rows": 600,
    }  # fmt: skip


@pytest.mark.parametrize("tune", [50, {"trials": 50, "seconds": 9}, True])
def test_few_settings_are_tried_however_many_were_asked_for(tune):
    made, found = lighter(stage("train", train="t", target="y", tune=tune))

    was = 30 if tune is True else 50
    assert told(found) == {"folds": (5, 3), "tune.trials": (was, 2)}
    assert made.settings["tune"]["trials"] == 2
    assert ("seconds" in made.settings["tune"]) == isinstance(tune, dict)


def test_what_follows_training_is_made_smaller_where_it_follows():
    made, found = lighter(stage("train", train="t", test="u", target="y", folds=2))

    assert told(found) == {"evaluate.most_rows": (10_000, 300)}
    assert made.settings["evaluate"] == {"most_rows": 300}
    without, nothing = lighter(stage("train", train="t", test="u", evaluate=False, folds=2))
    assert not nothing
    assert without.settings["evaluate"] is False


@pytest.mark.parametrize(
    "settings",
    [
        stage("validate", goals=[]),
        stage("prune", folds=2, most_rows=90),
        stage("shop.stages.prune", folds=10),
        stage("prune", folds="ten", most_rows=90),
        stage("no_such_stage", folds=10),
    ],
    ids=["no such setting", "small enough", "one's own", "a mistake", "unknown"],
)
def test_all_else_is_left_alone(settings):
    assert lighter(settings) == (settings, [])
