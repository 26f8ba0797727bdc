from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.quality.structure import Edit, structural_difference

NAN = float("nan")


@pytest.mark.parametrize("value", [None, 1, NAN, "a", [], [1, [NAN]], {"a": {"b": [1, {"c": 2}]}}])
def test_a_value_does_not_differ_from_a_copy(value):
    assert structural_difference(value, copy.deepcopy(value)) == []


def test_mappings_differ_by_key_at_any_depth():
    old = {"tree": {"depth": 3, "seed": 1}, "gone": [1]}
    new = {"tree": {"depth": 5, "seed": 1}, "come": None}

    assert structural_difference(old, new) == [
        Edit(path=("tree", "depth"), kind="changed", old=3, new=5),
        Edit(path=("come",), kind="added"),
        Edit(path=("gone",), kind="removed", old=[1]),
    ]


def test_the_order_of_keys_is_no_difference():
    assert structural_difference({"a": 1, "b": 2}, {"b": 2, "a": 1}) == []


def test_an_item_put_in_between_is_the_only_difference():
    assert structural_difference([1, 2, 3], [1, 9, 2, 3]) == [
        Edit(path=(1,), kind="added", new=9),
    ]


def test_an_item_that_was_replaced_is_compared_with_the_one_in_its_place():
    old = [{"who": "Ada", "price": 10}, {"who": "Bob", "price": 5}]
    new = [{"who": "Ada", "price": 10}, {"who": "Bob", "price": 6}]

    (edit,) = structural_difference(old, new)

    assert (edit.place, edit.old, edit.new) == ("[1].price", 5, 6)


@pytest.mark.parametrize(("old", "new"), [(1, 1.0), (1, True), (0, False), ("1", 1), (None, 0)])
def test_values_of_other_kinds_are_other_values(old, new):
    assert structural_difference([old], [new]) == [
        Edit(path=(0,), kind="changed", old=old, new=new)
    ]


def test_a_path_is_written_as_one_writes_it():
    assert Edit(path=("rows", 3, "price"), kind="added").place == "rows[3].price"
    assert Edit(path=(), kind="changed").place == ""


def test_keys_of_several_kinds_are_keys_all_the_same():
    assert structural_difference([{1: 2, "1": 3}], [{1: 2, "1": 3}]) == []
    assert structural_difference([{1: 2, "b": 3}], [{1: 5, "b": 3}]) != []


def test_long_lists_are_compared_by_position():
    old = list(range(5000))

    found = structural_difference(old, [*old[:4000], -1, *old[4001:], 5000])

    assert found == [
        Edit(path=(4000,), kind="changed", old=4000, new=-1),
        Edit(path=(5000,), kind="added", new=5000),
    ]


SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["a", "b"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("xyz"), inner),
    max_leaves=12,
)
SWAPPED = {"added": "removed", "removed": "added", "changed": "changed"}


@given(VALUES)
def test_no_value_differs_from_itself(value):
    assert structural_difference(value, copy.deepcopy(value)) == []


@given(VALUES, VALUES)
def test_values_that_differ_have_a_difference(old, new):

    same = json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)
    assert (structural_difference(old, new) == []) is same


@given(
    st.dictionaries(st.sampled_from("abcdef"), SCALARS),
    st.dictionaries(st.sampled_from("abcdef"), SCALARS),
)
def test_a_difference_of_mappings_read_backwards_is_that_of_them_swapped(old, new):
    def mirrored(edits):
        return {(each.path, SWAPPED[each.kind], repr(each.new), repr(each.old)) for each in edits}

    def told(edits):
        return {(each.path, each.kind, repr(each.old), repr(each.new)) for each in edits}

    assert mirrored(structural_difference(old, new)) == told(structural_difference(new, old))
