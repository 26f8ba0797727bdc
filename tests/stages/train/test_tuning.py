"""A tuning finds what is there to find, goes on where it stopped, and is the same each time."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import cloudpickle
import numpy as np
import pytest

from tilth.errors import DataError
from tilth.stages.train.journal import Entry, Journal
from tilth.stages.train.spaces import Choice, Range
from tilth.stages.train.trials import Trials
from tilth.stages.train.tuning import Budget, tuned

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers cannot import a test

SPACE = {"x": Range(-10.0, 10.0), "kind": Choice(("good", "bad"))}


def hill(shared, settings, fold):
    """Highest at x = 3; folds differ by what is added to all."""
    x, kind = settings.get("x", 0.0), settings.get("kind", "good")
    return fold * 0.1 - (x - 3) ** 2 - (kind == "bad") * 50, 0.01


def odd_hill(shared, settings, fold):
    if settings.get("kind") == "bad":
        raise ValueError(f"no kind {settings['kind']}")
    return hill(shared, settings, fold)


def counted(shared, settings, fold):
    with Path(shared).open("a") as stream:
        stream.write(json.dumps([settings, fold]) + "\n")
    return hill(shared, settings, fold)


def slow_where_bad(shared, settings, fold):
    if settings.get("kind") == "bad":
        time.sleep(60)
    return hill(shared, settings, fold)


def deadly_where_bad(shared, settings, fold):
    if settings.get("kind") == "bad":
        os.abort()
    return hill(shared, settings, fold)


def always_odd(shared, settings, fold):
    raise ValueError("never again")


def run(score=hill, shared=None, *, trials=20, folder=None, seed=0, space=SPACE, **budget):
    usual = {"x": 0.0, "kind": "good"}
    return tuned(
        score, shared, space, usual, Budget(trials=trials, **budget), n_folds=4, seed=seed,
        folder=folder, name="hill",
    )  # fmt: skip


def told(found):
    return [(each.number, each.settings, each.scores, each.state) for each in found.trials]


def test_it_comes_near_the_top_and_drops_what_is_hopeless():
    found = run(trials=40)

    assert abs(found.best.settings["x"] - 3) < 0.5
    assert found.best.settings["kind"] == "good"
    assert len(found.trials) == 40
    assert sum(each.state == "pruned" for each in found.trials) > 5
    assert all(len(each.scores) == 4 for each in found.trials if each.state == "complete")
    assert found.in_time


def test_it_does_better_than_chance_with_as_many_trials():
    """The median over seeds, beside as many points drawn at random."""
    seeds = range(8)
    ours = [(run(trials=40, seed=seed).best.settings["x"] - 3) ** 2 for seed in seeds]
    rng = np.random.default_rng(0)
    chance = [((rng.uniform(-10, 10, 20) - 3) ** 2).min() for _ in range(1000)]

    assert np.median(ours) < np.median(chance)


def test_the_first_trial_is_the_estimator_as_it_comes():
    assert run(trials=1).best.settings == {}
    assert run(trials=3).trials[0].scores == [hill(None, {}, fold)[0] for fold in range(4)]


def test_the_same_seed_gives_the_same_trials_whatever_the_workers():
    alone = run(trials=12)

    assert told(run(trials=12)) == told(alone)
    assert told(run(trials=12, workers=2)) == told(alone)
    assert told(run(trials=12, seed=1)) != told(alone)


def test_more_trials_begin_with_the_same_ones():
    assert told(run(trials=20))[:12] == told(run(trials=12))


def test_without_pruning_all_trials_are_whole():
    assert {each.state for each in run(prune=False).trials} == {"complete"}


def test_a_trial_that_raises_has_failed_and_the_others_go_on():
    found = run(odd_hill, trials=30, workers=1)
    failed = [each for each in found.trials if each.state == "failed"]

    assert failed
    assert failed[0].why == "ValueError: no kind bad"
    assert all(each.settings["kind"] == "bad" for each in failed)
    assert found.best.settings["kind"] == "good"


@pytest.mark.parametrize("workers", [1, 2])
def test_where_every_trial_raises_the_first_reason_is_told(workers):
    with pytest.raises(DataError, match=r"none of 3 trials of `hill`.*ValueError: never again"):
        run(always_odd, trials=3, workers=workers)


def test_what_is_on_record_is_not_done_again(tmp_path):
    log = tmp_path / "log"
    whole = run(counted, str(log), trials=8, prune=False, folder=tmp_path)
    lines = (tmp_path / "trials.jsonl").read_text().splitlines(keepends=True)
    log.unlink()
    # Killed in the middle of a line, in the third fold of the sixth trial.
    (tmp_path / "trials.jsonl").write_text("".join(lines[:22]) + lines[22][:20])

    again = run(counted, str(log), trials=8, prune=False, folder=tmp_path)

    assert told(again) == told(whole)
    assert again.known == 22
    assert len(log.read_text().splitlines()) == 8 * 4 - 22


def test_a_record_of_other_settings_is_not_believed(tmp_path):
    run(trials=6, folder=tmp_path)

    again = run(trials=6, folder=tmp_path, space={"x": Range(-5.0, 5.0)})

    assert told(again) == told(run(trials=6, space={"x": Range(-5.0, 5.0)}))


def test_a_journal_keeps_what_it_was_told(tmp_path):
    entry = Entry(trial=1, settings={"a": 0.1, "b": None}, fold=2, score=0.25, seconds=1.5)
    Journal(tmp_path / "it").keep(entry)
    with (tmp_path / "it").open("a") as stream:
        stream.write("[1, {\n[]\nnonsense")

    found = Journal(tmp_path / "it")

    assert len(found) == 1
    assert found.known(1, {"a": 0.1, "b": None}, 2) == entry
    assert found.known(1, {"a": 0.2, "b": None}, 2) is None
    assert (tmp_path / "it").read_text() == entry.line


def test_nothing_is_begun_after_the_time():
    found = run(trials=100_000, seconds=0.3)

    assert 1 < len(found.trials) < 100_000
    assert not found.in_time


@pytest.mark.slow
def test_a_trial_that_never_ends_is_given_up_alone():
    start = time.monotonic()
    found = run(slow_where_bad, trials=8, workers=2, trial_seconds=3, prune=False)
    bad = [each for each in found.trials if each.settings.get("kind") == "bad"]

    assert bad
    assert {each.state for each in bad} == {"failed"}
    assert "longer than the 3 seconds" in bad[0].why
    assert {each.state for each in found.trials if each not in bad} == {"complete"}
    assert time.monotonic() - start < 3 * len(bad) + 20


@pytest.mark.slow
def test_a_trial_that_kills_its_worker_has_failed_and_the_others_go_on():
    found = run(deadly_where_bad, trials=8, workers=2, prune=False)
    bad = [each for each in found.trials if each.settings.get("kind") == "bad"]

    assert bad
    assert {each.state for each in bad} == {"failed"}
    assert "TerminatedWorkerError" in bad[0].why
    assert found.best.state == "complete"


def test_trials_wait_for_those_that_they_learn_from():
    trials = Trials(SPACE, {}, n_folds=1, ahead=3)
    first = [trials.next() for _ in range(4)]

    assert [each.number for each in first[:3]] == [0, 1, 2]
    assert first[3] is None
    trials.scored(first[2], 0.5, 0.0)
    assert trials.next() is None
    trials.scored(first[0], 0.5, 0.0)
    assert trials.next().number == 3


def test_settings_that_matter_are_told_from_those_that_do_not():
    space = {"x": Range(-10.0, 10.0), "nothing": Range(0.0, 1.0)}

    found = run(trials=60, space=space, prune=False).importances

    assert found["x"] > 0.8
    assert sum(found.values()) == pytest.approx(1)
    assert run(trials=5).importances == {}
