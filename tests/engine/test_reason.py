"""The first reason that applies is told, and none where a result holds."""

from __future__ import annotations

import pytest

from tilth.engine.reason import Now, Reason, reason_to_run
from tilth.history.record import NodeRun, Recipe
from tilth.record import changed


def recipe(**other: object) -> Recipe:
    return Recipe(
        **{
            "fingerprint": "recipe:1",
            "function": "work:total",
            "code": "code:1",
            "parts": {},
            "parameters": {"n": "1"},
            "formats": {"rows": "csv"},
            "libraries": {"polars": "1.0"},
            "python": "3.11",
            **other,
        }
    )


LAST = NodeRun(
    run=1,
    node="total",
    fingerprint="node:1",
    recipe="recipe:1",
    state="done",
    started_at=1000.0,
    inputs={"rows": "bytes:1"},
)
NOW = Now("node:1", recipe(), {"rows": "bytes:1"})


def reason(now=NOW, last=LAST, *, before=None, kept=True, forced=False):
    return reason_to_run(now, last, lambda _: before or recipe(), kept=kept, forced=forced)


def test_a_result_that_is_kept_and_equal_needs_no_run():
    assert reason() is None


def test_what_never_ran_runs():
    assert reason(last=None) is Reason.NEVER_RAN


def test_what_was_asked_for_runs_in_any_case():
    assert reason(forced=True) is Reason.FORCED
    assert reason(last=None, forced=True) is Reason.FORCED


def test_what_is_impure_runs_in_any_case():
    assert reason(changed(NOW, cache=False)) is Reason.NOT_CACHED


def test_what_is_too_old_runs():
    assert reason(changed(NOW, oldest=1000.1)) is Reason.REFRESH_DUE
    assert reason(changed(NOW, oldest=1000.0)) is None


def test_a_lost_output_is_a_reason_of_its_own():
    assert reason(kept=False) is Reason.OUTPUT_LOST


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ({"function": "work:sum"}, Reason.CODE_CHANGED),
        ({"code": "code:2"}, Reason.CODE_CHANGED),
        ({"parameters": {"n": "2"}}, Reason.PARAMETER_CHANGED),
        ({"python": "3.10"}, Reason.PYTHON_CHANGED),
        ({"libraries": {"polars": "1.1"}}, Reason.LIBRARY_CHANGED),
        ({"formats": {"rows": "parquet"}}, Reason.FORMAT_CHANGED),
        ({}, Reason.DEFINITION_CHANGED),
    ],
)
def test_what_differs_is_told(before, expected):
    now = changed(NOW, fingerprint="node:2")
    assert reason(now, before=recipe(**before)) is expected


def test_another_input_is_told():
    now = changed(NOW, fingerprint="node:2", inputs={"rows": "bytes:2"})
    assert reason(now) is Reason.INPUT_CHANGED


def test_code_is_told_before_parameters_and_parameters_before_inputs():
    now = changed(NOW, fingerprint="node:2", inputs={"rows": "bytes:2"})
    both = recipe(code="code:2", parameters={"n": "2"})
    assert reason(now, before=both) is Reason.CODE_CHANGED
    assert reason(now, before=recipe(parameters={"n": "2"})) is Reason.PARAMETER_CHANGED


def test_an_equal_fingerprint_is_never_compared_part_by_part():
    def never(_: str) -> Recipe:
        raise AssertionError("the recipe was asked for")

    assert reason_to_run(NOW, LAST, never, kept=True) is None


def test_every_reason_has_a_sentence_for_people():
    assert len({each.meaning for each in Reason}) == len(Reason)
