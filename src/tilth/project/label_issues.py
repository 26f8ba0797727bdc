"""Labels that look wrong: found once for each version of the data, and kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.errors import DataError, UnknownNameError
from tilth.fingerprint.canonical import of_value
from tilth.installed import version_of
from tilth.labels.entry import Key, Label
from tilth.project.label_set import LabelSet
from tilth.quality.intervals import Estimate
from tilth.quality.label_errors import LabelErrors, find_label_errors
from tilth.quality.noise import estimate_noise
from tilth.quality.noise_kinds import NoiseKinds, noise_kinds
from tilth.quality.out_of_fold import Progress, out_of_fold
from tilth.record import fields_of, record

Floats = NDArray[np.float64]

Shown = dict[str, float]
"""An estimate as `value`, `low` and `high`."""


@record
class Suspect:
    """An item whose label looks wrong.

    Attributes:
        item: Its key.
        given: The label that it has.
        suggested: The class that the models find most probable.
        score: The probability of the given label; the lowest look worst.
        kind: `random`, `systematic` or `ambiguous`.
    """

    item: Key
    given: Label
    suggested: Label
    score: float
    kind: str


@record
class Issues:
    """What looks wrong in the labels of a set.

    Attributes:
        suspects: The worst first.
        n_rows: Rows that were looked at; those without a label are not.
        noise: The share of labels that are wrong.
        kinds: Kind -> its share of the suspects.
        conventions: Pairs of classes that are exchanged one way: `given`, `suggested`, `n` and
            how many there were by slips, `expected`.
        by_model: Model -> the share of wrong labels as it sees it.
        by: Who judged: the names of the models, or the dataset with the probabilities.
        kept: Whether this was found before, and not now.
    """

    suspects: tuple[Suspect, ...]
    n_rows: int
    noise: Shown
    kinds: Mapping[str, Shown]
    conventions: Sequence[Mapping[str, Any]]
    by_model: Mapping[str, float]
    by: str
    kept: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        found = {name: getattr(self, name) for name in fields_of(self)}
        found["suspects"] = [
            {name: getattr(each, name) for name in fields_of(each)} for each in self.suspects
        ]
        return found


def find_issues(
    labels: LabelSet, *, probabilities: str = "", seed: int = 0, progress: Progress | None = None
) -> Issues:
    """Find the labels that look wrong, or take over what was found for the same data.

    Args:
        labels: Whose items.
        probabilities: A dataset with the key and a column for each class: what one's own model
            says of each row, without having seen it. A panel of small models, if not given.
        seed: Of the folds.
        progress: Told how far the panel is.

    Raises:
        DataError: There are no labels, or some are no classes, or the probabilities do not fit.
    """
    memo, key = labels.project.memo, _key(labels, probabilities, seed)
    known = memo.get(f"{key}:issues")
    if known is not None:
        return _from_dict(json.loads(known) | {"kept": True})
    rows = _labelled(labels)
    judged = _judged(labels, rows, probabilities, seed, progress)
    issues = _issues(labels, rows, judged)
    memo.put(f"{key}:issues", json.dumps(issues.as_dict(), ensure_ascii=False).encode())
    memo.put(f"{key}:probabilities", _of_all(labels, rows, judged).tobytes())
    memo.flush()
    return issues


def probabilities_of(
    labels: LabelSet, *, probabilities: str = "", seed: int = 0, progress: Progress | None = None
) -> Floats:
    """What the models say of each row, shape (n_items, n_classes).

    Rows without a label get the same for every class: nobody knows them less than that.
    """
    key = _key(labels, probabilities, seed)
    kept = labels.project.memo.get(f"{key}:probabilities")
    if kept is None:
        find_issues(labels, probabilities=probabilities, seed=seed, progress=progress)
        kept = labels.project.memo.get(f"{key}:probabilities")
    assert kept is not None, "it was put there with the issues"
    return np.frombuffer(kept).reshape(len(labels.items.keys), -1)


def _key(labels: LabelSet, probabilities: str, seed: int) -> str:
    """What decides the result."""
    settings, items = labels.settings, labels.items
    what = {
        "data": items.fingerprint,
        "columns": [settings.key, settings.label, *items.show],
        "classes": [[type(each).__name__, each] for each in items.classes],
        "probabilities": probabilities and labels.project.version(probabilities).fingerprint,
        "seed": seed,
        "by": [version_of(each) for each in ("tilth", "scikit-learn", "polars")],
    }
    return "label-issues:" + of_value("label issues", what)


@record
class _Labelled:
    """The rows that have a label.

    Attributes:
        rows: Their numbers.
        given: Their labels.
        classes: Those that occur, in the order of the label set's.
    """

    rows: list[int]
    given: list[Label]
    classes: list[Label]


@record
class _Judged:
    """What models say of these rows.

    Attributes:
        probabilities: Shape (n_rows, n_classes).
        by_model: The same by each model.
        by: Their names.
    """

    probabilities: Floats
    by_model: Mapping[str, Floats]
    by: str


def _labelled(labels: LabelSet) -> _Labelled:
    items = labels.items
    if items.given is None:
        raise DataError(
            f"label set `{labels.name}` has no `label` column, so no label can look wrong",
            hint="`tilth labels review` asks for the labels first",
        )
    if items.complaints:
        raise DataError(items.complaints[0], hint="add them to `classes`, or mend the data")
    there = [(row, label) for row, label in enumerate(items.given) if label is not None]
    occur = {label for _, label in there}
    if len(occur) < 2:
        raise DataError(f"label set `{labels.name}`: there are not two classes to tell apart")
    return _Labelled(
        rows=[row for row, _ in there],
        given=[label for _, label in there],
        classes=[each for each in labels.classes if each in occur],
    )


def _judged(
    labels: LabelSet, rows: _Labelled, probabilities: str, seed: int, progress: Progress | None
) -> _Judged:
    if probabilities:
        own = _own(labels, rows, probabilities)
        return _Judged(probabilities=own, by_model={}, by=f"`{probabilities}`")
    features = labels.items.frame[rows.rows].select(_readable(labels))
    try:
        found = out_of_fold(
            features, rows.given, classes=rows.classes, seed=seed, progress=progress
        )
    except ValueError as error:
        raise DataError(f"label set `{labels.name}`: {error}") from error
    return _Judged(
        probabilities=found.probabilities,
        by_model=found.by_model,
        by=", ".join(found.by_model),
    )


def _readable(labels: LabelSet) -> list[str]:
    """The columns that a small model can read: a path says nothing of the picture at its end.

    Or it says too much, where pictures lie in folders by class.
    """
    items = labels.items
    found = [each for each in items.show if each not in items.pictures]
    if not found:
        raise DataError(
            f"label set `{labels.name}` shows pictures alone, which the panel cannot read",
            hint="have a node make probabilities by a model of your own, and name them: "
            "`--probabilities DATASET`",
        )
    return found


def _own(labels: LabelSet, rows: _Labelled, dataset: str) -> Floats:
    """From a table of the user's, by key."""
    table = labels.project.load(dataset, shape="polars.DataFrame")
    key, names = labels.settings.key, [str(each) for each in rows.classes]
    where = f"label set `{labels.name}`, dataset `{dataset}`"
    for column in (key, *names):
        if column not in table.columns:
            raise UnknownNameError("column", column, table.columns, where=where)
    place = {each: row for row, each in enumerate(table[key].to_list())}
    keys = [labels.items.keys[row] for row in rows.rows]
    missing = [each for each in keys if each not in place]
    if missing:
        raise DataError(f"{where}: lacks {len(missing):,} items, such as {missing[0]!r}")
    return np.asarray(table.select(names)[[place[each] for each in keys]].to_numpy(), np.float64)


def _issues(labels: LabelSet, rows: _Labelled, judged: _Judged) -> Issues:
    given, found = rows.given, judged.probabilities
    try:
        errors = find_label_errors(given, found, classes=rows.classes)
        kinds = noise_kinds(errors, given, found)
        noise = estimate_noise(given, found, by_model=judged.by_model, classes=rows.classes)
    except ValueError as error:
        raise DataError(f"label set `{labels.name}`: {error}") from error
    return Issues(
        suspects=_suspects(labels, rows, errors, kinds),
        n_rows=len(rows.rows),
        noise=shown(noise.rate),
        kinds={str(kind): shown(each) for kind, each in kinds.shares.items()},
        conventions=[
            {name: getattr(each, name) for name in ("given", "suggested", "n", "expected")}
            for each in kinds.conventions
        ],
        by_model=dict(noise.by_model),
        by=judged.by,
    )


def _suspects(
    labels: LabelSet, rows: _Labelled, errors: LabelErrors, kinds: NoiseKinds
) -> tuple[Suspect, ...]:
    found = zip(
        errors.rows, errors.given, errors.suggested, errors.scores, kinds.kinds, strict=True
    )
    return tuple(
        Suspect(
            item=labels.items.keys[rows.rows[row]],
            given=rows.classes[given],
            suggested=rows.classes[suggested],
            score=float(score),
            kind=str(kind),
        )
        for row, given, suggested, score, kind in found
    )


def _of_all(labels: LabelSet, rows: _Labelled, judged: _Judged) -> Floats:
    """For every item of the data, whether it has a label or not."""
    n_classes = len(rows.classes)
    whole = np.full((len(labels.items.keys), n_classes), 1 / n_classes)
    whole[rows.rows] = judged.probabilities
    return whole


def _from_dict(told: dict[str, Any]) -> Issues:
    suspects = tuple(Suspect(**each) for each in told.pop("suspects"))
    return Issues(suspects=suspects, **told)


def shown(estimate: Estimate) -> Shown:
    """An estimate as plain numbers."""
    interval = estimate.interval
    return {"value": estimate.value, "low": interval.low, "high": interval.high}
