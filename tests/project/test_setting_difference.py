"""Of a parameter with settings in it, those are told that differ."""

from __future__ import annotations

import json

import pytest

from tilth.project.setting_difference import setting_changes


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            {"split": {"test": 0.2, "by": "random"}, "features": None},
            {"split": {"test": 0.3, "by": "random"}, "features": ["a"]},
            [("asked.split.test", "0.2", "0.3"), ("asked.features", "null", '["a"]')],
        ),
        ([{"kind": "tree"}], [{"kind": "tree"}, {"kind": "forest"}],
         [("asked[1]", None, '{"kind": "forest"}')]),
        ({"a": 1, "b": 2}, {"a": 1}, [("asked.b", "2", None)]),
        (1, 2, [("asked", "1", "2")]),
        ({"a": 1}, [1], [("asked", '{"a": 1}', "[1]")]),
    ],
)  # fmt: skip
def test_places_that_differ_are_told_with_both_values(old, new, told):
    assert setting_changes("asked", json.dumps(old), json.dumps(new)) == told


@pytest.mark.parametrize(("old", "new"), [(None, '{"a": 1}'), ("{a", "b"), ("x:1f", "x:2f")])
def test_what_was_not_there_or_is_no_json_is_told_as_a_whole(old, new):
    assert setting_changes("asked", old, new) == [("asked", old, new)]
