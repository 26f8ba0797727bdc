"""Which labels look wrong, of which kind, and how many there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import polars
    from numpy.typing import NDArray

    from tilth.quality.intervals import Estimate
    from tilth.quality.out_of_fold import OutOfFold
    from tilth.stages.evaluate.tables import Evaluated, Learned

QUANTITY = "the target is a quantity, and which values of it are wrong cannot be told from models"

_PANEL = ("linear", "forest")
"""Of the panel: unlike each other, and quick."""

_SCHEMA = ("part", "row", "given", "suggested", "score", "kind")


def examine_labels(
    predictions: polars.DataFrame,
    asked: dict[str, Any],
    *,
    rows: polars.DataFrame | None = None,
    train: polars.DataFrame | None = None,
    model: Any = None,
    most_rows: int = 10_000,
    seed: int = 0,
) -> tuple[polars.DataFrame, dict[str, Any], polars.DataFrame]:
    """Have rows judged by models that have not seen them, and rank the labels that look wrong.

    The judges are a linear model, a forest, and the user's own where it tells probabilities.
    They look at the rows that were evaluated and, where they are given, at those that were
    learned from; at half of `most_rows` of each at most.

    Args:
        predictions: What the model said beside what is so.
        asked: What the columns mean; see `tilth.stages.evaluate`.
        rows: What describes the same rows, in the same order.
        train: What the model learned from.
        model: The model, to be cloned.
        most_rows: Rows that are looked at, at most.
        seed: Of the draw, and of the folds.

    Returns:
        The suspected labels, the worst first (`part` is `train` or `evaluated`, `row` a position
        there, `kind` is `random`, `systematic` or `ambiguous`), with what describes the rows;
        the estimated noise, with its kinds; and of each evaluated row that was looked at how
        suspicious its label is and how many other models err there.
    """
    from tilth.stages.evaluate.tables import evaluated, learned

    found = evaluated(predictions, rows, asked)
    if found.judgement.task == "quantity":
        return _nothing(QUANTITY)
    lesson = None if train is None else learned(train, asked, found.judgement, model)
    looked_at = _LookedAt(found, lesson, most_rows, seed)
    opinions = looked_at.opinions(model, seed)
    return looked_at.told(opinions)


def _nothing(
    reason: str,
) -> tuple[polars.DataFrame, dict[str, Any], polars.DataFrame]:
    """Empty tables, and why."""
    import polars as pl

    suspects = pl.DataFrame(
        schema={"part": pl.String, "row": pl.Int64, "given": pl.String, "suggested": pl.String}
        | {"score": pl.Float64, "kind": pl.String}
    )
    opinions = pl.DataFrame(
        schema={"row": pl.Int64, "suggested": pl.String}
        | {"suspicion": pl.Float64, "others_wrong": pl.Float64}
    )
    return suspects, {"left_out": reason}, opinions


class _LookedAt:
    """Rows whose labels are judged: of what was evaluated, then of what was learned from."""

    def __init__(self, found: Evaluated, lesson: Learned | None, most_rows: int, seed: int) -> None:
        import numpy as np
        import polars as pl

        from tilth.quality.rows import label_array
        from tilth.quality.slices.findings import drawn_rows

        names = found.attributes.columns if lesson is None else lesson.features
        self.n_rows = found.table.height + (0 if lesson is None else lesson.table.height)
        both = set(names) <= set(found.table.columns)
        half = most_rows if lesson is None or not both else most_rows // 2
        self.evaluated = drawn_rows(found.table.height if both else 0, half, seed)
        self.found = found
        self.trained = drawn_rows(0 if lesson is None else lesson.table.height, half, seed)
        parts = [found.table[self.evaluated].select(names)] if both else []
        codes = [found.judgement.truth[self.evaluated]]
        self.classes = found.judgement.classes if lesson is None else lesson.classes
        self.described = [found.attributes[self.evaluated]]
        if lesson is not None:
            rows = lesson.table[self.trained]
            parts.append(rows.select(names))
            codes.append(lesson.target[self.trained])
            shared = [each for each in found.attributes.columns if each in rows.columns]
            self.described.append(rows.select(shared))
        self.features = pl.concat(parts, how="vertical_relaxed")
        self.codes = np.concatenate(codes)
        self.labels = label_array(self.classes)[self.codes]

    def opinions(self, model: Any, seed: int) -> OutOfFold:
        """What models say of each row that they have not seen."""
        from tilth.quality.out_of_fold import out_of_fold
        from tilth.quality.panel import default_panel, few_threads

        panel: dict[str, Any] = {
            name: each for name, each in default_panel(2).items() if name in _PANEL
        }
        own = {"the model": model} if hasattr(model, "predict_proba") else {}
        with few_threads(0):
            try:
                return out_of_fold(self.features, self.labels, panel | own, seed=seed)
            except Exception:  # whatever the user's model says to a part of its rows
                if not own:
                    raise
                return out_of_fold(self.features, self.labels, panel, seed=seed)

    def told(
        self, opinions: OutOfFold
    ) -> tuple[polars.DataFrame, dict[str, Any], polars.DataFrame]:
        """The tables that are made of it."""
        from tilth.quality.label_errors import find_label_errors
        from tilth.quality.noise_kinds import noise_kinds
        from tilth.quality.review import review_queue

        given = {"labels": self.labels, "probabilities": opinions.probabilities}
        errors = find_label_errors(**given, classes=opinions.classes)
        kinds = noise_kinds(errors, **given)
        queue = review_queue(errors, kinds)
        return (
            self._suspects(queue),
            self._noise(opinions, errors, kinds),
            self._of_rows(opinions, queue),
        )

    def _suspects(self, queue: polars.DataFrame) -> polars.DataFrame:
        """The queue with the rows' places in their tables, and what describes them."""
        import polars as pl

        n = len(self.evaluated)
        place = pl.DataFrame(
            {
                "part": ["evaluated"] * n + ["train"] * len(self.trained),
                "place": [*self.evaluated.tolist(), *self.trained.tolist()],
            },
            schema={"part": pl.String, "place": pl.Int64},
        )
        described = pl.concat(self.described, how="diagonal_relaxed")
        clash = {each: f"{each} (told)" for each in described.columns if each in _SCHEMA}
        picked = queue["row"].to_numpy()
        told = queue.with_columns(pl.col("kind").cast(pl.String)).hstack(place[picked])
        told = told.with_columns(row=pl.col("place")).select(_SCHEMA)
        return told.hstack(described[picked].rename(clash))

    def _noise(self, opinions: OutOfFold, errors: Any, kinds: Any) -> dict[str, Any]:
        """How many labels are wrong, of which kind; the warning that few rows are worth less."""
        from tilth.quality.noise import estimate_noise, noise_warning
        from tilth.quality.noise_kinds import Kind
        from tilth.record import changed

        noise = estimate_noise(
            self.labels, opinions.probabilities, by_model=opinions.by_model,
            classes=opinions.classes,
        )  # fmt: skip
        warning = noise_warning(changed(noise, n_rows=self.n_rows))
        return {
            "rows": self.n_rows,
            "rows_looked_at": len(self.codes),
            "classes": [str(each) for each in opinions.classes],
            "train_rows_looked_at": len(self.trained),
            "suspects": len(errors),
            "suspects_in_train": {
                str(kind): sum(
                    each == kind and int(row) >= len(self.evaluated)
                    for row, each in zip(errors.rows, kinds.kinds, strict=True)
                )
                for kind in Kind
            },
            "rate": noise.rate.as_dict(),
            "by_model": dict(noise.by_model),
            "kinds": {str(kind): _known(share) for kind, share in kinds.shares.items()},
            "conventions": [
                {
                    "given": str(each.given),
                    "suggested": str(each.suggested),
                    "n": each.n,
                    "expected": each.expected,
                    "p": each.p_value,
                }
                for each in kinds.conventions
            ],
            "warning": None if warning is None else str(warning),
        }

    def _of_rows(self, opinions: OutOfFold, queue: polars.DataFrame) -> polars.DataFrame:
        """How suspicious each evaluated row's label is, and how many models err there."""
        import numpy as np
        import polars as pl

        n = len(self.evaluated)
        suspicion = np.zeros(len(self.codes))
        wrong = queue.filter(pl.col("kind") != "ambiguous")  # a hard row may have no right label
        suspicion[wrong["row"].to_numpy()] = 1 - wrong["score"].to_numpy()
        suggested = opinions.probabilities.argmax(axis=1)
        names = [str(each) for each in opinions.classes]
        return pl.DataFrame(
            {
                "row": self.evaluated,
                "suggested": [names[code] for code in suggested[:n]],
                "suspicion": suspicion[:n],
                "others_wrong": self._others_wrong(opinions)[:n],
            }
        )

    def _others_wrong(self, opinions: OutOfFold) -> NDArray[np.float64]:
        """The share of models beside the user's own that err on each row."""
        import numpy as np

        from tilth.quality.rows import label_array

        names = label_array(opinions.classes)
        said = [
            names[each.argmax(axis=1)] != self.labels
            for name, each in opinions.by_model.items()
            if name != "the model"
        ]
        return np.asarray(np.mean(said, axis=0))


def _known(share: Estimate) -> dict[str, float | None]:
    """As plain data; of no suspects there are no shares, and JSON has no word for NaN."""
    return {
        name: None if value != value else value  # noqa: PLR0124 - NaN is not itself
        for name, value in share.as_dict().items()
    }


def clear_rate(noise: Mapping[str, Any]) -> dict[str, float]:
    """The share of labels that are clearly wrong, as `value`, `low` and `high`.

    Rows that lie between two classes are left out: nobody can tell whether theirs are.
    """
    clear = 1 - noise["kinds"]["ambiguous"]["value"] if noise["suspects"] else 0.0
    return {end: noise["rate"][end] * clear for end in ("value", "low", "high")}
