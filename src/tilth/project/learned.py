"""The table that a model learned from, found by what its run has on record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tilth.data.shape import NUMPY, PANDAS, POLARS, is_table
from tilth.errors import MissingDataError, TilthError, UnknownNameError
from tilth.history.lineage import downstream, upstream
from tilth.history.record import Made, NodeRun
from tilth.project.contents import value_of
from tilth.project.models import ModelFacts

if TYPE_CHECKING:
    import polars as pl

    from tilth.models.signature import Learned
    from tilth.project.project import Project


def learned_of(project: Project, known: ModelFacts, model: Any) -> Learned:
    """What a model learned from: the nearest table before it with all of its columns.

    Raises:
        MissingDataError: No such table is on record, or its bytes are gone.
    """
    from tilth.models.signature import Learned  # imports Polars, which only models need

    names = getattr(model, "feature_names_in_", None)
    n = getattr(model, "n_features_in_", None)
    gone = ""
    for made, asked in _tables(project, known):
        try:
            table, kind = _read(project, made)
        except TilthError as error:  # the nearest that can still be had is as good
            gone = gone or str(error)
            continue
        wanted = _columns(table, names, n)
        if wanted is None:
            continue
        frame = _frame(asked or made.shape, by_name=names is not None)
        return Learned(
            table=table.select(wanted),
            frame=frame,
            dataset=made.dataset,
            fingerprint=made.fingerprint,
            target=_target(project, known, table, wanted),
            types=_pandas_types(project, made, kind) if frame == "pandas" else {},
        )
    raise MissingDataError(gone or "no table is on record that has all columns of the model")


def _columns(table: pl.DataFrame, names: Any, n: int | None) -> list[str] | None:
    """Those that the model takes; None where this is not its table."""
    if names is not None:
        wanted = [str(each) for each in names]
        return wanted if set(wanted) <= set(table.columns) else None
    numbers = all(each.is_numeric() for each in table.dtypes)
    return table.columns if n == table.width and numbers else None


def _tables(project: Project, known: ModelFacts) -> Iterator[tuple[Made, str]]:
    """Versions before the model that may be tables, each with the type that was asked for."""
    back = upstream(project.history, known.made.fingerprint, dataset=known.made.dataset)
    for step in back.steps.values():
        if step.maker is None:
            continue
        shapes = _shapes(project, step.maker)
        for dataset, fingerprint in step.next:
            found = project.history.version(dataset, fingerprint)
            if found is not None and _may_be_table(found[0]):
                yield found[0], shapes.get(dataset, "")


def _may_be_table(made: Made) -> bool:
    formats = ("csv", "parquet", "arrow", "labels", "numpy")
    return is_table(made.shape) or made.shape == NUMPY or made.format in formats


def _shapes(project: Project, maker: NodeRun) -> Mapping[str, str]:
    """Dataset -> the type that the function asks for it as; nothing where it is gone."""
    try:
        node = project.node(maker.node)
        shapes = project.recipes.shapes(node)
    except TilthError:
        return {}
    return {each.name: shapes.get(each.argument, "") for each in node.inputs if each.is_dataset}


def _read(project: Project, made: Made) -> tuple[pl.DataFrame, str]:
    if made.shape != NUMPY and made.format != "numpy":
        return value_of(project, made, POLARS), POLARS
    import polars as pl  # only models that learned from an array come here

    array = value_of(project, made)
    if array.ndim != 2 or array.dtype.kind not in "iufb":
        return pl.DataFrame(), NUMPY
    return pl.DataFrame(array, schema=[f"column_{i}" for i in range(array.shape[1])]), NUMPY


def _frame(shape: str, *, by_name: bool) -> str:
    if not by_name:
        return "array"
    return "pandas" if shape == PANDAS else "polars"


def _pandas_types(project: Project, made: Made, kind: str) -> dict[str, str]:
    assert kind == POLARS
    table = value_of(project, made, PANDAS)
    return {str(name): str(each) for name, each in table.dtypes.items()}


def _target(project: Project, known: ModelFacts, table: pl.DataFrame, features: list[str]) -> str:
    """The column that nodes on the way to the model, or after it, were told to be the target."""
    made, history = known.made, project.history
    rest = set(table.columns) - set(features)
    for walk in (upstream, downstream):
        for step in walk(history, made.fingerprint, dataset=made.dataset).steps.values():
            if step.maker is not None:
                for name in _named(project, step.maker):
                    if name in rest:
                        return name
    return next(iter(rest)) if len(rest) == 1 else ""


def _named(project: Project, maker: NodeRun) -> Iterator[str]:
    try:
        parameters = project.history.recipe(maker.recipe).parameters
    except UnknownNameError:  # of a fan-out as a whole
        return
    for argument, text in parameters.items():
        value = json.loads(text)
        if argument == "target" and isinstance(value, str):
            yield value
        elif isinstance(value, Mapping) and isinstance(value.get("target"), str):
            yield value["target"]
