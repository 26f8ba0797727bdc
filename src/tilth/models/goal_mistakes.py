"""Mistakes in goals that only show when several keys are looked at together."""

from __future__ import annotations

from collections.abc import Sequence

from tilth.config.item import Item
from tilth.config.mistake import Mistakes, quoted, shown, width
from tilth.quality.measures.measure import MEASURES

_FORMS = ("at_least", "at_most", "against", "max_gap")
_OF_WHAT = {
    "change": ("invariance", "direction", "minimum"),
    "share": ("invariance", "direction"),
    "slice": ("measure", "calibration"),
    "slices": ("measure", "calibration"),
    "by": ("measure", "calibration"),
    "unproven_passes": ("measure", "calibration"),
    "least_rows": ("measure", "calibration"),
}
"""Key -> the kinds of goals that it means something for."""


def note_mistakes(model: Item | None, mistakes: Mistakes, *, parsed: bool = True) -> None:
    """Note what is wrong with the goals of a model, whose form was found right.

    Args:
        model: As it is written.
        mistakes: Where they are noted.
        parsed: Whether the texts of slices are looked into, which takes Polars.
    """
    goals = model.child("goals") if model is not None else None
    if goals is None or not isinstance(goals.value, list):
        return
    if not goals.value:
        mistakes.add("the list of goals is empty", goals.key, expected="at least one goal")
    for item in goals.value:
        _goal(item, mistakes, parsed=parsed)


def _goal(item: Item, mistakes: Mistakes, *, parsed: bool) -> None:
    keys = [key for key in item.child_keys() if _child(item, key).value is not None]
    for key in keys:
        if key in _OF_WHAT and not set(_OF_WHAT[key]) & set(keys):
            kinds = " or ".join(f"`{each}`" for each in _OF_WHAT[key])
            mistakes.add(
                f"`{key}` means nothing here",
                _child(item, key).key,
                expected=f"{kinds} beside it",
                width=len(key),
            )
    parts = [key for key in ("slice", "slices", "by", "group") if key in keys]
    _one_of(item, parts, "which rows it is about", mistakes)
    for key in ("slice", "slices") if parsed else ():
        _conditions(item, key, mistakes)
    if "measure" in keys:
        _measure(item, keys, mistakes)


def _measure(item: Item, keys: list[str], mistakes: Mistakes) -> None:
    measure = MEASURES[str(_child(item, "measure").value)]
    forms = [key for key in keys if key in _FORMS]
    if not forms:
        mistakes.add(
            f"the goal for {quoted(measure.name)} says nothing of how good it must be",
            _child(item, "measure").place,
            expected="`at_least`, `at_most`, `against`, or `group` with `max_gap`",
            width=len(measure.name),
        )
    _one_of(item, forms, "how good it must be", mistakes)
    wrong = "at_most" if measure.higher_is_better else "at_least"
    if wrong in forms:
        better = "higher" if measure.higher_is_better else "lower"
        other = "at_least" if wrong == "at_most" else "at_most"
        mistakes.add(
            f"`{wrong}` bounds {quoted(measure.name)} on the wrong side: {better} is better",
            _child(item, wrong).key,
            expected=f"`{other}`",
            width=len(wrong),
        )
    if "against" in keys:
        bounds = [key for key in keys if key in ("allowed", "better_by")]
        _one_of(item, bounds, "by how much", mistakes)
        if not bounds:
            mistakes.add(
                "`against` does not say by how much",
                _child(item, "against").key,
                expected="`allowed: 0.01` for a loss that is borne, or `better_by: 0`",
                width=len("against"),
            )


def _conditions(item: Item, key: str, mistakes: Mistakes) -> None:
    from tilth.quality.slices.condition import Slice  # it imports Polars, for slices alone

    found = item.child(key)
    if found is None or found.value is None:
        return
    for each in found.value if isinstance(found.value, list) else [found]:
        try:
            Slice.parse(str(each.value))
        except ValueError:
            mistakes.add(
                f"{shown(each)} is no slice",
                each.place,
                expected="such as `carrier = EV`, `hour >= 17`, `17 <= hour < 20`, or several "
                "of them with `and` between",
                width=width(each),
            )


def _one_of(item: Item, keys: Sequence[str], what: str, mistakes: Mistakes) -> None:
    for key in keys[1:]:
        mistakes.add(
            f"the goal says twice {what}: `{keys[0]}` and `{key}`",
            _child(item, key).key,
            expected="one of them",
            hint="write two goals",
            width=len(key),
        )


def _child(item: Item, key: str) -> Item:
    found = item.child(key)
    assert found is not None  # it is among the keys
    return found
