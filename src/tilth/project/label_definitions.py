"""Predictions by both definitions of a label migration, before and after a model has learned it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tilth.data.library import need
from tilth.errors import DataError, UnknownNameError
from tilth.labels.entry import Classes, Key, Label
from tilth.labels.migration import ChangeSet, Reading
from tilth.project.label_migration import holding
from tilth.project.label_set import LabelSet
from tilth.record import record

if TYPE_CHECKING:
    from tilth.quality.definitions import Scores
    from tilth.quality.intervals import Estimate

Labels = list[Label | None]


@record
class Rescored:
    """One table of predictions by both definitions.

    Attributes:
        dataset: Which.
        old: By the definition that was; None where no row can be judged by it.
        new: By the definition that is.
        untold: Classes that it predicts and that one definition cannot tell, by definition.
    """

    dataset: str
    old: Scores | None
    new: Scores | None
    untold: Mapping[str, Classes]


@record
class BothDefinitions:
    """Predictions by both definitions.

    Attributes:
        before: Of the model that learned the old one.
        after: Of the model that learned the new one; None where none was named.
        gain: By the new definition, how much more often the new model is right on the same rows.
    """

    before: Rescored
    after: Rescored | None
    gain: Estimate | None


def rescore(
    labels: LabelSet,
    change: ChangeSet,
    before: str,
    after: str | None = None,
    *,
    target: str,
    prediction: str,
) -> BothDefinitions:
    """Judge predictions by the definition that a change set changes, and by the one it makes.

    Args:
        labels: The label set.
        change: What its migration file says; whether it was applied does not matter.
        before: A table with what is so and what was predicted, both by the old definition;
            `predictions@3` for a version of it.
        after: A table of the same rows with both by the new definition; they are found by the
            key, or by their order where there is none.
        target: The column with what is so, in both.
        prediction: The column with what was predicted, in both.

    Raises:
        DataError: A table holds a class that its definition has not, or rows cannot be paired.
        UnknownNameError: A column is not there.
    """
    need("scipy", "metrics on both definitions", extra="quality")
    return _Judge(labels, change, target, prediction).judged(before, after)


class _Judge:
    """Knows both definitions, and reads tables by them."""

    def __init__(self, labels: LabelSet, change: ChangeSet, target: str, prediction: str) -> None:
        self._labels, self._change = labels, change
        self._target, self._prediction = target, prediction
        applied = [e for e in labels.standing.applied() if e.digest == change.digest]
        self._old: Classes = applied[-1].before if applied else labels.classes
        self._new = change.after(self._old)

    def judged(self, before: str, after: str | None) -> BothDefinitions:
        frame = self._frame(before)
        old_truth = self._read(frame, self._target, self._old, before)
        old_said = self._read(frame, self._prediction, self._old, before)
        new_truth, new_said = self._renewed(frame, old_truth, before), self._ahead(old_said)
        first = self._rescored(before, (old_truth, old_said), (new_truth, new_said))
        if after is None:
            return BothDefinitions(before=first, after=None, gain=None)
        later = self._frame(after)
        truth = self._read(later, self._target, self._new, after)
        said = self._read(later, self._prediction, self._new, after)
        rows = self._paired(frame, later, before, after)
        back = [old_truth[row] for row in rows]
        second = self._rescored(after, (back, self._back(said)), (truth, said))
        first_said = [new_said[row] for row in rows]
        return BothDefinitions(before=first, after=second, gain=self._gain(truth, first_said, said))

    def _frame(self, dataset: str) -> Any:
        frame = self._labels.project.load(dataset, shape="polars.DataFrame")
        for column in (self._target, self._prediction):
            if column not in frame.columns:
                where = f"dataset `{dataset}`"
                raise UnknownNameError("column", column, frame.columns, where=where)
        return frame

    def _read(self, frame: Any, column: str, classes: Classes, dataset: str) -> Labels:
        """A column as classes of a definition; None where it is empty."""
        known = {str(each): each for each in classes}
        words = [None if each is None else str(each) for each in frame[column].to_list()]
        odd = next((each for each in words if each is not None and each not in known), None)
        if odd is not None:
            which = "old" if classes == self._old else "new"
            listed = ", ".join(f"`{each}`" for each in classes[:8])
            raise DataError(
                f"dataset `{dataset}`: column `{column}` holds `{odd}`, which is no class by the "
                f"{which} definition ({listed})",
                hint="name the version that was made by it: `DATASET@RUN`",
            )
        return [None if each is None else known[each] for each in words]

    def _renewed(self, frame: Any, truth: Labels, dataset: str) -> Labels:
        """What is so by the new definition: as the steps read a row's label."""
        told = self._described(frame)
        reading = Reading(self._change, holding(told, self._change, f"dataset `{dataset}`"))
        fates = [reading.fate(label, row) for row, label in enumerate(truth)]
        return [
            label if fate is None else fate.label for label, fate in zip(truth, fates, strict=True)
        ]

    def _described(self, frame: Any) -> Any:
        """The table with the columns of the label set's data that it lacks, by the key."""
        key = self._labels.settings.key
        named = {name for each in self._change.conditions for name in _columns(each)}
        if key in frame.columns and not named <= set(frame.columns):
            items = self._labels.items.frame
            lacking = [each for each in items.columns if each not in frame.columns]
            return frame.join(
                items.select(key, *lacking), on=key, how="left", maintain_order="left"
            )
        return frame

    def _ahead(self, said: Labels) -> Labels:
        """Predictions by the new definition, where the class alone decides."""
        moves, gone = self._change.moves(), set(self._change.gone())
        told = {each: moves.get(each, None if each in gone else each) for each in self._old}
        return [None if each is None else told[each] for each in said]

    def _back(self, said: Labels) -> Labels:
        told = self._change.moves_back(self._old)
        return [None if each is None else told.get(each) for each in said]

    def _paired(self, first: Any, second: Any, before: str, after: str) -> list[int]:
        """For each row of the second table, the row of the first that is the same."""
        key = self._labels.settings.key
        if key in first.columns and key in second.columns:
            place: dict[Key, int] = {each: row for row, each in enumerate(first[key].to_list())}
            keys: Sequence[Key] = second[key].to_list()
            missing = [each for each in keys if each not in place]
            if missing:
                raise DataError(
                    f"dataset `{after}` has {len(missing):,} items that `{before}` lacks, such as "
                    f"{missing[0]!r}",
                    hint="both models must be judged on the same rows",
                )
            return [place[each] for each in keys]
        if first.height != second.height:
            raise DataError(
                f"`{before}` has {first.height:,} rows and `{after}` {second.height:,}, and "
                f"without the key `{key}` they cannot be paired"
            )
        return list(range(first.height))

    def _rescored(
        self, dataset: str, old: tuple[Labels, Labels], new: tuple[Labels, Labels]
    ) -> Rescored:
        untold = {
            "old": _lost(new[1], old[1]),
            "new": _lost(old[1], new[1]),
        }
        return Rescored(
            dataset=dataset,
            old=_scores(*old, self._old),
            new=_scores(*new, self._new),
            untold=untold,
        )

    def _gain(self, truth: Labels, first: Labels, second: Labels) -> Estimate | None:
        from tilth.quality.definitions import difference  # it imports SciPy

        true, one, other = (_codes(each, self._new) for each in (truth, first, second))
        return difference(true, one, other, len(self._new))


def _scores(truth: Labels, said: Labels, classes: Classes) -> Scores | None:
    from tilth.quality.definitions import scores  # it imports SciPy

    true, predicted = _codes(truth, classes), _codes(said, classes)
    if not any(one >= 0 and other >= 0 for one, other in zip(true, predicted, strict=True)):
        return None
    return scores(true, predicted, len(classes))


def _codes(labels: Labels, classes: Classes) -> list[int]:
    place: dict[Label | None, int] = {each: code for code, each in enumerate(classes)}
    return [place.get(each, -1) for each in labels]


def _lost(known: Labels, told: Labels) -> Classes:
    """Classes that one definition has a word for, and the other not."""
    lost = {a for a, b in zip(known, told, strict=True) if a is not None and b is None}
    return tuple(sorted(lost, key=str))


def _columns(condition: str) -> tuple[str, ...]:
    from tilth.contract.expression import parse

    return parse(condition).columns
