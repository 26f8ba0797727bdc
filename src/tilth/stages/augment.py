"""Add synthetic rows to training rows, marked as such, and say what they gain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tilth.data.metrics import Metrics
from tilth.errors import DataError, DefinitionError, UnknownNameError
from tilth.graph.node import Node, node
from tilth.graph.pipeline import Pipeline, pipeline

if TYPE_CHECKING:
    import polars

    from tilth.quality.intervals import Estimate

__all__ = ["augment"]

SYNTHETIC, MADE_BY = "synthetic", "made_by"
"""The columns that say of each row whether it was made, and by what."""


def augment(
    train: str,
    rows: str,
    *,
    keep_out: str | Sequence[str] = (),
    where: str | None = None,
    model: str | None = None,
    test: str | None = None,
    target: str | None = None,
    features: Sequence[str] | None = None,
    output: str | None = None,
) -> Pipeline:
    """Add rows that were made to rows that were observed.

    A node of your own makes the rows, from the training rows or otherwise. The stage makes
    `<train>_augmented`: all training rows, then the made ones, with two more columns, `synthetic`
    (whether the row was made) and `made_by`; and `<train>_provenance`, which counts both. Made
    rows that equal a row to be kept out, or are not of the slice that they were made for, are
    refused, and so are training rows that are to be kept out. Rows that are marked so cannot be
    evaluated on: the stage `evaluate` refuses them. With `model`, `test` and `target` it makes
    `<train>_gain`: what the made rows change on observed rows, overall and within the slice.

    Args:
        train: The dataset with the training rows.
        rows: The dataset with the made rows: the same columns.
        keep_out: Datasets whose rows must be in neither, such as the test rows; `test` is one.
        where: The slice that rows were made for, as a condition such as `carrier = 'HA'`.
        model: A dataset with a model of scikit-learn's interface, to be cloned.
        test: A dataset of observed rows to score on.
        target: The column that is predicted.
        features: Columns that the model is given; those that it was fitted on, or all.
        output: What the first output is called, if not `<train>_augmented`.
    """
    apart = [keep_out] if isinstance(keep_out, str) else list(keep_out)
    apart += [test] if test is not None and test not in apart else []
    named = {"train": train, "rows": rows, "apart": apart}
    made = output or f"{train}_augmented"
    inputs: dict[str, Any] = {
        "train": train, "rows": rows, "named": {"value": named}, "where": {"value": where},
    }  # fmt: skip
    if len(apart) > len(_APART):
        raise DefinitionError(
            f"stage `augment` keeps the rows of {len(_APART)} datasets out at most, "
            f"not of {len(apart)}",
            hint="concatenate them in a node",
        )
    inputs |= dict(zip(_APART, apart, strict=False))
    outputs = [made, f"{train}_provenance"]
    nodes: list[Node] = [
        node(add_synthetic, inputs=inputs, outputs=outputs, name=f"add_synthetic_{train}")
    ]
    if any(each is not None for each in (model, target)):
        if None in (model, test, target):
            raise DefinitionError(
                "stage `augment` needs `model`, `test` and `target` to say what rows gain",
                hint="give all three, or none of them",
            )
        settings = {"target": target, "where": where, "features": features and list(features)}
        told = {name: {"value": value} for name, value in settings.items()}
        asked = {"augmented": made, "model": model, "test": test, **told}
        nodes.append(
            node(gain_of_rows, inputs=asked, outputs=f"{train}_gain", name=f"gain_of_{train}")
        )
    return pipeline(nodes)


_APART = ("first", "second", "third", "fourth")


def add_synthetic(
    train: polars.DataFrame,
    rows: polars.DataFrame,
    named: dict[str, Any],
    where: str | None = None,
    *,
    first: polars.DataFrame | None = None,
    second: polars.DataFrame | None = None,
    third: polars.DataFrame | None = None,
    fourth: polars.DataFrame | None = None,
) -> tuple[polars.DataFrame, Metrics]:
    """Put made rows behind training rows, and mark them.

    Returns:
        All rows, with `synthetic` and `made_by`; and the counts `rows`, `observed` and
        `synthetic`, which are on record with the run.

    Raises:
        DataError: Made rows have other columns, are of another slice, or rows that are to be
            kept out are among them.
    """
    import polars as pl

    made, learned = f"dataset `{named['rows']}`", f"dataset `{named['train']}`"
    before = train.get_column(SYNTHETIC) if SYNTHETIC in train.columns else None
    observed = train.drop(SYNTHETIC, MADE_BY, strict=False)
    new = rows.drop(SYNTHETIC, MADE_BY, strict=False)
    if set(new.columns) != set(observed.columns):
        odd = sorted(set(new.columns) ^ set(observed.columns))
        raise DataError(
            f"{made}: its columns differ from those of {learned}: {', '.join(odd[:5])}",
            hint="a made row has all that an observed one has, the target too",
        )
    new = new.select(observed.columns).cast(observed.schema)
    if where is not None:
        inside = new.select(_condition(where, new.columns)).to_series()
        if not inside.all():
            n = int((~inside).sum())
            raise DataError(
                f"{made}: {n:,} of {new.height:,} rows are not of the slice `{where}`",
                hint="make rows for that slice alone, or leave `where` out",
            )
    for name, table in zip(named["apart"], (first, second, third, fourth), strict=False):
        if table is not None:
            _keep_out(observed, learned, table, name)
            _keep_out(new, made, table, name)
    old = [False] * observed.height if before is None else before.to_list()
    by = pl.lit(None, pl.String) if before is None else train.get_column(MADE_BY)
    all_rows = pl.concat(
        [
            observed.with_columns(pl.Series(SYNTHETIC, old, pl.Boolean), by.alias(MADE_BY)),
            new.with_columns(pl.lit(True).alias(SYNTHETIC), pl.lit(named["rows"]).alias(MADE_BY)),
        ]
    )
    n_made = int(all_rows.get_column(SYNTHETIC).sum())
    counts = {"rows": all_rows.height, "observed": all_rows.height - n_made, "synthetic": n_made}
    return all_rows, Metrics(counts)


def _condition(text: str, columns: Sequence[str]) -> polars.Expr:
    from tilth.contract.expression import parse

    found = parse(text)
    for name in found.columns:
        if name not in columns:
            raise UnknownNameError("column", name, columns, where=f"`{text}`")
    if not found.is_condition:
        raise DefinitionError(f"`{text}` is a value, not a condition", hint="`carrier = 'HA'`, say")
    condition: polars.Expr = found.polars().fill_null(False)
    return condition


def _keep_out(rows: polars.DataFrame, what: str, apart: polars.DataFrame, name: str) -> None:
    shared = [each for each in rows.columns if each in apart.columns]
    if not shared:
        return
    same = rows.join(apart.select(shared).unique(), on=shared, how="semi", nulls_equal=True)
    if same.height:
        raise DataError(
            f"{what}: {same.height:,} of {rows.height:,} rows are those of `{name}`, which are "
            "kept out of training",
            hint="who is tested on what was learned learns nothing of the model",
        )


def gain_of_rows(
    augmented: polars.DataFrame,
    model: Any,
    test: polars.DataFrame,
    target: str,
    *,
    where: str | None = None,
    features: list[str] | None = None,
) -> dict[str, Any]:
    """Train with and without the made rows, and score both on the same observed rows.

    Returns:
        `metric` (`accuracy`, or `mean absolute error` of a quantity), `with` and `without` (the
        scores), `gain` (better is positive, with its 95 % interval over rows, paired), `rows`;
        and `slice`, the same within it, or None.

    Raises:
        DataError: The test rows are made ones, or none of them is of the slice.
    """
    import numpy as np
    import polars as pl
    from sklearn.base import clone, is_classifier

    if SYNTHETIC in test.columns and test.get_column(SYNTHETIC).any():
        raise DataError("made rows cannot be scored on", hint="`test` needs observed rows")
    fitted = [str(each) for each in getattr(model, "feature_names_in_", ())]
    names = features or fitted
    names = names or [each for each in test.columns if each not in (target, SYNTHETIC, MADE_BY)]
    for name in (*names, target):
        for table in (augmented, test):
            if name not in table.columns:
                raise UnknownNameError("column", name, table.columns, where="stage `augment`")
    observed = augmented.filter(~pl.col(SYNTHETIC))
    truth = test.get_column(target).to_numpy()
    scores = []
    for rows in (observed, augmented):
        trained = clone(model).fit(rows.select(names), rows.get_column(target).to_numpy())
        said = np.asarray(trained.predict(test.select(names)))
        right = said == truth if is_classifier(model) else -np.abs(said - truth)
        scores.append(np.asarray(right, dtype=np.float64))
    metric = "accuracy" if is_classifier(model) else "mean absolute error"
    found = {"metric": metric, **_compared(scores[0], scores[1]), "where": where, "slice": None}
    if where is not None:
        inside = test.select(_condition(where, test.columns)).to_series().to_numpy()
        if not inside.any():
            raise DataError(f"no test row is of the slice `{where}`, so its gain is not known")
        found["slice"] = _compared(scores[0][inside], scores[1][inside])
    return found


def _compared(without: Any, with_them: Any) -> dict[str, Any]:
    from tilth.quality.intervals import Estimate, paired_difference

    gain: Estimate = Estimate(
        float((with_them - without).mean()), paired_difference(without, with_them)
    )
    return {
        "rows": int(without.size),
        "without": abs(float(without.mean())),
        "with": abs(float(with_them.mean())),
        "gain": gain.as_dict(),
    }
