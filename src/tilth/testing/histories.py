"""What every history must do: a suite of tests, to be run with a fixture for each kind.

.. code-block:: python

    class TestSqlHistory(HistoryTests):
        @pytest.fixture
        def history(self, tmp_path):
            with SqlHistory(tmp_path / "history.db") as history:
                yield history
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tilth.errors import HistoryError, UnknownNameError
from tilth.history.record import Checked, Made, Metric, ModelEvent, NodeRun, Recipe, Run
from tilth.history.store import History
from tilth.record import changed

ENVIRONMENT = {"python": "3.11.7", "polars": "1.20.0"}
RECIPE = Recipe(
    fingerprint="recipe:1",
    function="flights.model.train",
    code="code:1",
    parts={"flights.model.train": "part:1", "flights.model.ä": "part:2"},
    parameters={"depth": "3", "password": '"${oc.env:PASSWORD}"'},
    formats={"model": "skops"},
    libraries={"scikit-learn": "1.6.0"},
    python="3.11",
)
TEXTS = {
    "part:1": ("def train(rows): ...\n", "src/flights/model.py", 7),
    "part:2": ("def ä(): ...\n", "src/flights/model.py", 70),
}


def a_run(**changes: Any) -> Run:
    """A run of this process."""
    run = Run(
        pipeline="all",
        arguments="--to model",
        started_at=1_700_000_000.5,
        person="Ada",
        host=os.uname().nodename,
        pid=os.getpid(),
        commit="0123abc",
        clean=False,
        environment="environment:1",
    )
    return changed(run, **changes)


def made(dataset: str, content: str, **changes: Any) -> Made:
    """A dataset at a version, small enough for the database."""
    made = Made(
        dataset=dataset,
        fingerprint=f"bytes:{content}",
        n_bytes=len(content),
        format="json",
        shape="builtins.str",
        data=content.encode(),
    )
    return changed(made, **changes)


def a_node_run(run: int, node: str = "train", identity: str = "1", **changes: Any) -> NodeRun:
    """A node run that reads `rows` and makes a dataset of its own name."""
    node_run = NodeRun(
        run=run,
        node=node,
        fingerprint=f"node:{node}-{identity}",
        recipe="recipe:1",
        state="done",
        reason="never ran",
        started_at=1_700_000_001.25,
        seconds=0.5,
        load_seconds=0.125,
        save_seconds=0.25,
        peak_bytes=10_000_000,
        inputs={"rows": "bytes:rows"},
        outputs=(made(f"{node}_made", f"{node}-{identity}"),),
    )
    return changed(node_run, **changes)


def as_read(node_run: NodeRun) -> NodeRun:
    """A node run as it is read back: the bytes themselves are asked for one by one."""
    outputs = tuple(changed(each, data=None) for each in node_run.outputs)
    return changed(node_run, outputs=outputs)


def a_check(run: int, **changes: Any) -> Checked:
    """That rows were held against their contract."""
    checked = Checked(
        run=run,
        dataset="rows",
        version="bytes:rows",
        contract="contract:1",
        state="warned",
        checked_at=1_700_000_002.5,
        report='{"findings":[{"message":"`tail` is null: ä"}]}',
    )
    return changed(checked, **changes)


def a_model_event(version: int = 1, **changes: Any) -> ModelEvent:
    """That a version of a model was registered."""
    event = ModelEvent(
        model="late",
        version=version,
        kind="registered",
        happened_at=1_700_000_003.5,
        person="Ada",
        why="it is 'better': ä",
        dataset="boosting",
        fingerprint="bytes:train-1",
        run=1,
        details='{"auc":0.75}',
    )
    return changed(event, **changes)


class HistoryTests:
    """To be inherited, with a fixture `history` that gives an empty one."""

    @pytest.fixture
    def history(self) -> History:
        """An empty history."""
        raise NotImplementedError

    @pytest.fixture
    def run(self, history: History) -> int:
        """A run that has begun."""
        return history.begin(a_run(), ENVIRONMENT)

    # Runs

    def test_runs_are_counted_from_one(self, history: History) -> None:
        assert [history.begin(a_run(), {}) for _ in range(3)] == [1, 2, 3]

    def test_a_run_is_read_as_it_was_begun(self, history: History) -> None:
        for clean in (True, False, None):
            number = history.begin(a_run(clean=clean), ENVIRONMENT)
            assert history.run(number) == a_run(id=number, clean=clean)

    def test_a_finished_run_knows_how_it_ended(self, history: History, run: int) -> None:
        history.record(a_node_run(run, "a"))
        history.record(a_node_run(run, "b", state="failed", error="no", outputs=()))
        history.record(a_node_run(run, "c", state="skipped", outputs=()))
        reused = history.record(a_node_run(run, "d"))
        history.record_reused(run, [("e", reused)])

        history.finish(run, state="failed", error="node `b` failed: no")

        ended = history.run(run)
        assert (ended.state, ended.error) == ("failed", "node `b` failed: no")
        assert ended.counts == {"done": 2, "failed": 1, "skipped": 1, "reused": 1}
        assert ended.finished_at is not None

    def test_a_run_ends_once(self, history: History, run: int) -> None:
        history.finish(run, state="done")

        with pytest.raises(HistoryError, match=r"run 1 has ended before, as `done`"):
            history.finish(run, state="failed")
        assert history.run(run).state == "done"

    def test_a_run_that_was_recorded_elsewhere_ends_when_it_did(
        self, history: History, run: int
    ) -> None:
        history.finish(run, state="done", at=1234.5)

        assert history.run(run).finished_at == 1234.5

    def test_nothing_is_recorded_into_a_run_that_has_ended(
        self, history: History, run: int
    ) -> None:
        history.finish(run, state="done")

        with pytest.raises(HistoryError, match="run 1 was not begun here, or has ended"):
            history.record(a_node_run(run))

    def test_nothing_is_recorded_into_a_run_that_does_not_exist(self, history: History) -> None:
        with pytest.raises(HistoryError, match="run 7"):
            history.record(a_node_run(7))
        with pytest.raises(HistoryError, match="run 7"):
            history.add_source(7, made("rows", "rows"))

    def test_a_run_that_does_not_exist_is_an_unknown_name(self, history: History, run: int) -> None:
        with pytest.raises(UnknownNameError, match="there is no run `2`"):
            history.run(2)
        with pytest.raises(UnknownNameError, match="there is no run `2`"):
            history.finish(2, state="done")
        with pytest.raises(UnknownNameError, match="there is no run `2`"):
            history.annotate(2, "lost and found")

    def test_a_note_can_be_written_at_any_time_and_again(self, history: History, run: int) -> None:
        history.annotate(run, "first try")
        history.finish(run, state="done")
        history.annotate(run, "the good one – ☀")

        assert history.run(run).note == "the good one – ☀"

    def test_runs_are_listed_newest_first(self, history: History) -> None:
        for _ in range(4):
            history.begin(a_run(), {})
        history.finish(2, state="failed")

        assert [run.id for run in history.runs()] == [4, 3, 2, 1]
        assert [run.id for run in history.runs(n=2)] == [4, 3]
        assert [run.id for run in history.runs(state="failed")] == [2]
        assert [run.id for run in history.runs(state="running", n=1)] == [4]

    def test_runs_are_found_by_their_text(self, history: History) -> None:
        for pipeline in ("features", "Model", "100%_done"):
            history.begin(a_run(pipeline=pipeline), {})
        history.annotate(1, "before the Flood")
        history.record(
            a_node_run(2, state="failed", error="KeyError: 'tail'", log="Traceback:\n  x\\y ☂")
        )
        history.finish(2, state="failed", error="node `train` failed")

        def found(text: str) -> list[int]:
            return [run.id for run in history.runs(text=text)]

        assert found("model") == [2]
        assert found("flood") == [1]
        assert found("`train` failed") == [2]
        assert found("KeyError: 'tail'") == [2]
        assert found("x\\y ☂") == [2]
        assert found("%_") == [3]
        assert found("e") == [3, 2, 1]
        assert found("e_a") == []

    def test_a_run_whose_process_died_is_lost(self, history: History) -> None:
        dead = subprocess.Popen([sys.executable, "-c", ""])
        dead.wait()
        run = history.begin(a_run(pid=dead.pid), {})
        history.record(a_node_run(run))

        assert [run.state for run in history.runs()] == ["lost"]
        assert history.run(run).counts == {"done": 1}
        assert history.run(run).finished_at is None
        assert [run.id for run in history.runs(state="lost")] == [run]

    def test_a_run_of_another_host_is_not_given_up(self, history: History) -> None:
        dead = subprocess.Popen([sys.executable, "-c", ""])
        dead.wait()
        history.begin(a_run(pid=dead.pid, host="elsewhere"), {})

        assert [run.state for run in history.runs()] == ["running"]

    def test_an_environment_is_kept_once(self, history: History) -> None:
        history.begin(a_run(), ENVIRONMENT)
        history.begin(a_run(), ENVIRONMENT)

        assert history.environment("environment:1") == ENVIRONMENT
        with pytest.raises(UnknownNameError, match="environment"):
            history.environment("environment:2")

    # Node runs

    def test_a_node_run_is_read_as_it_was_recorded(self, history: History, run: int) -> None:
        outputs = (
            made("model", "m", rows=3, columns=4, shape="polars.DataFrame", format="parquet"),
            made("big", "b", data=None, n_bytes=5_000_000_000),
            made("päth/../ .x", "", data=b""),
        )
        metrics = (
            Metric(name="test.auc", value=0.75, low=0.5, high=math.inf),
            Metric(name="roc", data="[[0,0],[1,1]]"),
        )
        node_run = a_node_run(
            run, "train[Jän 2013]", outputs=outputs, metrics=metrics, inputs={}, peak_bytes=None
        )

        recorded = history.record(node_run)

        assert recorded == changed(node_run, id=recorded.id)
        assert recorded.id > 0
        history.flush()
        expected = as_read(recorded)
        assert history.node_runs(run) == [expected]
        assert history.find(node_run.fingerprint) == expected
        assert history.recall([node_run.node]) == {node_run.node: expected}
        assert history.attempts(node_run.node) == [expected]

    def test_data_is_read_by_its_fingerprint(self, history: History, run: int) -> None:
        content = bytes(range(256))
        outputs = (
            made("model", "m", data=content),
            made("big", "b", data=None),
            made("empty", "", data=b""),
        )
        history.record(a_node_run(run, outputs=outputs))

        for _ in ("before it is flushed", "and after"):
            assert history.data("bytes:m") == content
            assert history.data("bytes:b") is None
            assert history.data("bytes:") == b""
            assert history.data("bytes:unknown") is None
            asked = ["bytes:m", "bytes:b", "bytes:", "bytes:unknown"]
            assert history.held(asked) == {"bytes:m", "bytes:"}
            history.flush()

    def test_a_metric_that_is_not_a_number_stays_so(self, history: History, run: int) -> None:
        history.record(a_node_run(run, metrics=(Metric(name="auc", value=math.nan),)))

        (metric,) = history.metrics(run)["train"]
        assert metric.value is not None
        assert math.isnan(metric.value)
        assert metric.data is None

    def test_a_curve_stays_with_a_last_value_that_is_no_number(
        self, history: History, run: int
    ) -> None:
        curve = '{"step":[1],"value":[{"float":"nan"}]}'
        logged = (
            Metric(name="loss", value=math.nan, data=curve),
            Metric(name="roc", value=0.5, data="[1,2]"),
        )
        history.record(a_node_run(run, metrics=logged))

        loss, roc = history.metrics(run)["train"]
        assert loss.value is not None
        assert math.isnan(loss.value)
        assert (loss.data, roc) == (curve, logged[1])

    def test_text_that_is_no_text_is_kept_as_far_as_it_is(self, history: History, run: int) -> None:
        history.record(
            a_node_run(run, state="failed", error="file \udcff\0 lost", log="\0", outputs=())
        )

        (node_run,) = history.node_runs(run)
        assert node_run.error.startswith("file ")
        assert node_run.error.endswith(" lost")

    def test_node_runs_keep_their_order(self, history: History, run: int) -> None:
        first = history.record(a_node_run(run, "z"))
        history.record_reused(run, [("b", first), ("a", first)])
        history.record(a_node_run(run, "c", state="failed", outputs=()))

        assert [each.node for each in history.node_runs(run)] == ["z", "b", "a", "c"]
        numbers = [each.id for each in history.node_runs(run)]
        assert sorted(set(numbers)) == numbers

    def test_a_reused_node_run_carries_what_it_took_over(self, history: History, run: int) -> None:
        first = history.record(a_node_run(run, metrics=(Metric(name="auc", value=0.5),)))
        history.finish(run, state="done")
        again = history.begin(a_run(), ENVIRONMENT)
        history.record_reused(again, [("train_renamed", first)])

        (reused,) = history.node_runs(again)

        assert reused == changed(
            as_read(first),
            id=reused.id,
            run=again,
            node="train_renamed",
            state="reused",
            reason="",
            same_as=first.id,
        )
        assert reused.id not in (0, first.id)

    def test_what_was_reused_can_be_reused_again(self, history: History, run: int) -> None:
        first = history.record(a_node_run(run))
        history.record_reused(run, [("train", first)])
        reused = history.attempts("train", n=1)[0]
        history.record_reused(run, [("train", reused)])

        assert [each.same_as for each in history.attempts("train")] == [first.id, first.id, None]

    def test_recording_no_reuse_records_nothing(self, history: History, run: int) -> None:
        history.record_reused(run, [])

        assert history.node_runs(run) == []

    # Asking for what can be reused

    def test_the_newest_node_run_with_a_fingerprint_is_found(
        self, history: History, run: int
    ) -> None:
        history.record(a_node_run(run))
        second = history.record(a_node_run(run))
        history.record(a_node_run(run, identity="2"))

        for _ in ("before it is flushed", "and after"):
            found = history.find("node:train-1")
            assert found is not None
            assert found.id == second.id
            assert history.find("node:train-3") is None
            history.flush()

    def test_what_was_done_is_no_news(self, history: History, run: int) -> None:
        assert history.is_news("node:train-1", "recipe:1")
        history.add_recipe(RECIPE, TEXTS)
        history.record(a_node_run(run))

        for _ in ("before it is flushed", "and after"):
            assert not history.is_news("node:train-1", "recipe:1")
            history.flush()

    def test_what_has_a_recipe_on_record_is_searched_for(self, history: History, run: int) -> None:
        history.record(a_node_run(run))
        history.finish(run, state="done")

        assert not history.is_news("node:train-1", "recipe:1")

    @pytest.mark.parametrize("state", ["failed", "skipped", "interrupted"])
    def test_only_done_node_runs_are_found(self, history: History, run: int, state: str) -> None:
        history.record(a_node_run(run, state=state))

        for _ in ("before it is flushed", "and after"):
            assert history.find("node:train-1") is None
            assert history.recall(["train"]) == {}
            history.flush()

    def test_a_node_run_whose_output_could_not_be_kept_is_not_found(
        self, history: History, run: int
    ) -> None:
        kept = history.record(a_node_run(run))
        history.flush()
        unkept = made("model", "m", data=None, kept=False)
        history.record(a_node_run(run, outputs=(made("x", "x"), unkept)))

        for _ in ("before it is flushed", "and after"):
            assert history.find("node:train-1") == as_read(kept)
            history.flush()

    def test_a_node_run_with_damaged_bytes_is_not_found_until_they_are_made_again(
        self, history: History, run: int
    ) -> None:
        history.record(a_node_run(run))
        history.forget_data("bytes:train-1")

        assert history.find("node:train-1") is None
        assert history.data("bytes:train-1") is None
        assert history.held(["bytes:train-1"]) == set()

        history.record(a_node_run(run))
        history.flush()
        assert history.find("node:train-1") is not None
        assert history.data("bytes:train-1") == b"train-1"

    def test_each_node_s_newest_done_node_run_is_recalled(self, history: History, run: int) -> None:
        history.record(a_node_run(run, "a", "1"))
        newest = history.record(a_node_run(run, "a", "2"))
        history.record(a_node_run(run, "a", "3", state="failed", outputs=()))
        other = history.record(a_node_run(run, "b", "1"))

        for _ in ("before it is flushed", "and after"):
            recalled = history.recall(["b", "never", "a"])
            assert {name: each.id for name, each in recalled.items()} == {
                "a": newest.id,
                "b": other.id,
            }
            history.flush()

    def test_recall_sees_through_reuse(self, history: History, run: int) -> None:
        first = history.record(a_node_run(run, "a", "1"))
        history.record(a_node_run(run, "a", "2"))
        history.record_reused(run, [("a", first), ("b", first)])

        for _ in ("before it is flushed", "and after"):
            recalled = history.recall(["a", "b"])
            assert recalled == {"a": as_read(first), "b": as_read(first)}
            history.flush()

    def test_a_node_run_after_a_reuse_is_the_newest(self, history: History, run: int) -> None:
        first = history.record(a_node_run(run, "a", "1"))
        history.record_reused(run, [("a", first)])
        third = history.record(a_node_run(run, "a", "3"))

        for _ in ("before it is flushed", "and after"):
            assert history.recall(["a"])["a"].id == third.id
            history.flush()

    def test_many_nodes_are_recalled_at_once(self, history: History, run: int) -> None:
        names = [f"node {i}" for i in range(1234)]
        numbers = {name: history.record(a_node_run(run, name)).id for name in names}

        recalled = history.recall(names)

        assert {name: each.id for name, each in recalled.items()} == numbers
        assert history.seconds(names) == dict.fromkeys(names, 0.5)

    def test_attempts_are_the_newest_in_any_state(self, history: History, run: int) -> None:
        first = history.record(a_node_run(run))
        history.record(a_node_run(run, state="failed", error="no", log="at all", outputs=()))
        history.record(a_node_run(run, "other"))
        history.record_reused(run, [("train", first)])
        history.record(a_node_run(run, state="interrupted", attempt=2, outputs=()))

        states = [each.state for each in history.attempts("train")]
        assert states == ["interrupted", "reused", "failed", "done"]
        assert [each.state for each in history.attempts("train", n=2)] == states[:2]
        failed = history.attempts("train")[2]
        assert (failed.error, failed.log) == ("no", "at all")
        assert history.attempts("never") == []

    def test_seconds_are_those_of_the_last_time_it_ran(self, history: History, run: int) -> None:
        first = history.record(a_node_run(run, seconds=2.0))
        history.record_reused(run, [("train", first)])

        assert history.seconds(["train", "never"]) == {"train": 2.0}

    # Recipes

    def test_a_recipe_is_read_as_it_was_added(self, history: History) -> None:
        history.add_recipe(RECIPE, TEXTS)
        history.add_recipe(RECIPE, TEXTS)

        assert history.recipe("recipe:1") == RECIPE
        assert history.texts(["part:2", "part:1", "part:0"]) == TEXTS

    def test_a_recipe_may_come_after_the_node_run_that_names_it(
        self, history: History, run: int
    ) -> None:
        history.record(a_node_run(run))
        history.flush()
        with pytest.raises(UnknownNameError, match="there is no recipe `recipe:1`"):
            history.recipe("recipe:1")

        history.add_recipe(RECIPE, {})

        assert history.recipe("recipe:1") == RECIPE

    # Lineage

    def test_versions_are_listed_newest_first_with_their_first_maker(
        self, history: History, run: int
    ) -> None:
        first = history.record(a_node_run(run, identity="1"))
        history.record(a_node_run(run, identity="2"))
        history.finish(run, state="done")
        second = history.begin(a_run(), ENVIRONMENT)
        history.record(a_node_run(second, identity="1"))

        versions = history.versions("train_made")

        assert [made.fingerprint for made, _, _ in versions] == ["bytes:train-2", "bytes:train-1"]
        made_first, maker, its_run = versions[1]
        assert made_first == as_read(first).outputs[0]
        assert maker == as_read(first)
        assert its_run == history.run(run)
        assert history.versions("train_made", n=1) == versions[:1]
        assert history.version("train_made", "bytes:train-1") == versions[1]
        assert history.version("train_made", "bytes:rows") is None
        assert history.version("never", "bytes:train-1") is None
        assert history.versions("never") == []

    def test_a_source_has_no_maker(self, history: History, run: int) -> None:
        source = made("rows", "rows", data=None, kept=False, rows=5)
        history.add_source(run, source)
        history.finish(run, state="done")
        second = history.begin(a_run(), ENVIRONMENT)
        history.add_source(second, source)

        assert history.versions("rows") == [(source, None, history.run(run))]

    @pytest.mark.parametrize("source_first", [True, False])
    def test_a_source_may_be_added_after_it_was_read(
        self, history: History, run: int, source_first: bool
    ) -> None:
        source = made("rows", "rows", data=None, kept=False, rows=5)
        if source_first:
            history.add_source(run, source)
        history.record(a_node_run(run))
        history.flush()
        if not source_first:
            history.add_source(run, source)

        assert history.versions("rows") == [(source, None, history.run(run))]
        assert history.version("rows", "bytes:rows") == (source, None, history.run(run))

    def test_the_same_bytes_lead_to_all_that_made_and_used_them(
        self, history: History, run: int
    ) -> None:
        one = history.record(a_node_run(run, "one", outputs=(made("a", "same"),)))
        two = history.record(
            a_node_run(run, "two", outputs=(made("b", "same"),), inputs={"a": "bytes:same"})
        )
        three = history.record(a_node_run(run, "three", inputs={"a": "bytes:same", "x": "bytes:x"}))
        history.record_reused(run, [("two", two)])

        assert history.made_by("bytes:same") == [as_read(two), as_read(one)]
        assert history.used_by("bytes:same") == [as_read(three), as_read(two)]
        assert history.made_by("bytes:same", n=1) == [as_read(two)]
        assert history.made_by("bytes:same", before=two.id) == [as_read(one)]
        assert history.made_by("bytes:same", before=one.id) == []
        assert history.used_by("bytes:x") == [as_read(three)]
        assert history.used_by("bytes:unknown") == history.made_by("bytes:unknown") == []

    def test_metrics_of_a_run_include_those_of_reused_node_runs(
        self, history: History, run: int
    ) -> None:
        auc, loss = Metric(name="auc", value=0.5), Metric(name="loss", data="[1,2]")
        first = history.record(a_node_run(run, metrics=(loss, auc)))
        history.record(a_node_run(run, "plain"))
        again = history.begin(a_run(), ENVIRONMENT)
        history.record_reused(again, [("train", first)])
        history.record(a_node_run(again, "test", metrics=(auc,)))

        assert history.metrics(run) == {"train": [loss, auc]}
        assert history.metrics(again) == {"train": [loss, auc], "test": [auc]}
        assert history.metrics(99) == {}

    # Contracts

    def test_what_was_held_against_a_contract_is_read_as_it_was_recorded(
        self, history: History, run: int
    ) -> None:
        history.add_checked(a_check(run))

        assert history.checked("rows", "bytes:rows", "contract:1") == a_check(run)
        history.flush()
        assert history.checked("rows", "bytes:rows", "contract:1") == a_check(run)

    def test_another_version_or_contract_was_not_checked_by_that(
        self, history: History, run: int
    ) -> None:
        history.add_checked(a_check(run))

        assert history.checked("rows", "bytes:other", "contract:1") is None
        assert history.checked("rows", "bytes:rows", "contract:2") is None
        assert history.checked("other", "bytes:rows", "contract:1") is None

    def test_the_newest_of_two_checks_counts(self, history: History, run: int) -> None:
        history.add_checked(a_check(run, state="broken"))
        history.flush()
        history.add_checked(a_check(run, state="kept", checked_at=1_700_000_003.0))

        found = history.checked("rows", "bytes:rows", "contract:1")
        assert found is not None
        assert found.state == "kept"

    def test_checks_are_listed_newest_first(self, history: History, run: int) -> None:
        history.add_checked(a_check(run))
        history.add_checked(a_check(run, dataset="trips"))
        later = history.begin(a_run(), ENVIRONMENT)
        history.add_checked(a_check(later, version=""))

        def found(**asked: Any) -> list[tuple[int, str]]:
            return [(each.run, each.dataset) for each in history.checks(**asked)]

        assert found() == [(later, "rows"), (run, "trips"), (run, "rows")]
        assert found(dataset="rows") == [(later, "rows"), (run, "rows")]
        assert found(run=run, n=1) == [(run, "trips")]
        assert found(dataset="nothing") == []

    def test_nothing_is_checked_in_a_run_that_has_ended(self, history: History, run: int) -> None:
        history.finish(run, state="done")

        with pytest.raises(HistoryError):
            history.add_checked(a_check(run))

    # Models

    def test_what_is_decided_about_a_model_is_read_in_its_order(self, history: History) -> None:
        first = history.add_model_events("late", lambda _: [a_model_event(), a_model_event(2)])
        other = history.add_model_events("price", lambda _: [a_model_event(model="price")])

        assert [each.id for each in (*first, *other)] == [1, 2, 3]
        assert history.model_events("late") == first
        assert history.model_events() == [*first, *other]
        assert history.model_events("nothing") == []

    def test_who_decides_about_a_model_sees_what_was_decided_before(self, history: History) -> None:
        def next_one(before: Sequence[ModelEvent]) -> list[ModelEvent]:
            return [a_model_event(len(before) + 1)]

        for _ in range(3):
            history.add_model_events("late", next_one)

        assert [each.version for each in history.model_events("late")] == [1, 2, 3]

    def test_a_decision_that_raises_keeps_nothing(self, history: History) -> None:
        def refuse(_: Sequence[ModelEvent]) -> Iterator[ModelEvent]:
            yield a_model_event()
            raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            history.add_model_events("late", refuse)

        assert history.model_events() == []
        assert history.add_model_events("late", lambda _: [a_model_event()])[0].id == 1
