"""Parts of scikit-learn that skl2onnx converts in single precision, in part, or not at all."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilth.errors import DataError
from tilth.quality.conversion.nodes import Nodes, is_double, one_input
from tilth.quality.conversion.onnx_model import MISSING

LOOKED_UP = "levels"
"""What names of operators begin with that look levels up."""

GIVES_DOUBLE = "_tilth_gives_double"
"""Noted on encoders: what they are given may be texts, which have no precision."""


def encoders() -> list[type]:
    """Classes that give each level of a column fixed numbers."""
    from sklearn import preprocessing as found  # who converts a model has one of its classes

    return [found.OneHotEncoder, found.OrdinalEncoder, found.TargetEncoder]


def convert_encoder(scope: Any, operator: Any, container: Any) -> None:
    """A converter as skl2onnx calls it: a table of levels for each column.

    What stands for a level is found by asking the encoder itself, so that rare levels, dropped
    ones and those never seen come out as they do there.
    """
    encoder = operator.raw_operator
    made = Nodes(scope.get_unique_operator_name(LOOKED_UP))
    kind = np.float64 if _gives_double(operator) else np.float32
    columns = _columns(made, operator)
    tables, others = looked_up(encoder)
    if len(columns) != len(tables):
        raise DataError(f"{type(encoder).__name__} is given {len(columns)} columns")
    parts = [
        _one(made, column, levels, table.astype(kind), other.astype(kind))
        for column, levels, table, other in zip(
            columns, encoder.categories_, tables, others, strict=True
        )
        if table.shape[1]
    ]
    made.add("Concat", *parts, axis=1, out=operator.outputs[0].full_name)
    made.into(container)


def shape_of_encoder(operator: Any) -> None:
    """What comes out, as skl2onnx asks."""
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType  # which asks

    width = sum(each.shape[1] for each in looked_up(operator.raw_operator)[0])
    kind = DoubleTensorType if _gives_double(operator) else FloatTensorType
    operator.outputs[0].type = kind([operator.inputs[0].get_first_dimension(), width])


def _gives_double(operator: Any) -> bool:
    return bool(getattr(operator.raw_operator, GIVES_DOUBLE, is_double(operator)))


def looked_up(encoder: Any) -> tuple[list[NDArray[Any]], list[NDArray[Any]]]:
    """Of each column, what stands for its levels (n_levels, n_out), and for others (n_out,)."""
    levels = encoder.categories_
    usual = [each[0] for each in levels]
    tables, others, at = [], [], 0
    for i, (own, width) in enumerate(zip(levels, _widths(encoder), strict=True)):
        some = slice(at, at + width)
        at += width
        tables.append(_asked(encoder, usual, i, list(own))[:, some])
        try:
            others.append(_asked(encoder, usual, i, [_never(own)])[0, some])
        except ValueError:  # it refuses them, and so does `OnnxModel`
            others.append(np.zeros(width))
    return tables, others


def _asked(encoder: Any, usual: list[Any], column: int, values: list[Any]) -> NDArray[Any]:
    rows = np.empty((len(values), len(usual)), object)
    rows[:] = np.array([usual], object)
    rows[:, column] = values
    if all(each.dtype.kind in "iufb" for each in encoder.categories_):
        rows = rows.astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names of columns, and of levels never seen
        found = encoder.transform(rows)
    return np.asarray(found.toarray() if hasattr(found, "toarray") else found, float)


def _never(levels: NDArray[Any]) -> Any:
    if levels.dtype.kind in "iufb":
        return float(np.nanmax(levels.astype(float))) + 1
    return MISSING * 2


def _widths(encoder: Any) -> list[int]:
    name = type(encoder).__name__
    if name == "OrdinalEncoder":
        return [1] * len(encoder.categories_)
    if name == "TargetEncoder":
        several = encoder.target_type_ == "multiclass"
        return [len(encoder.classes_) if several else 1] * len(encoder.categories_)
    rare = getattr(encoder, "infrequent_categories_", [None] * len(encoder.categories_))
    dropped = encoder.drop_idx_
    found = []
    for i, each in enumerate(encoder.categories_):
        n = len(each) - (0 if rare[i] is None else len(rare[i]) - 1)
        found.append(n - (dropped is not None and dropped[i] is not None))
    return found


def _columns(made: Nodes, operator: Any) -> list[str]:
    """Each column that an operator is given, for itself."""
    found = []
    for each in operator.inputs:
        width = each.get_second_dimension()
        if width == 1:
            found.append(each.full_name)
            continue
        for i in range(width):
            place = made.constant(np.array([i]))
            found.append(made.add("Gather", each.full_name, place, axis=1))
    return found


_FLOAT, _DOUBLE = 1, 11


def _one(made: Nodes, column: str, levels: Any, table: NDArray[Any], other: NDArray[Any]) -> str:
    """A column, shape (n, 1), looked up: (n, n_out)."""
    number = _DOUBLE if table.dtype == np.float64 else _FLOAT
    if levels.dtype.kind in "iufb":
        column = made.add("Cast", column, to=_DOUBLE)
        known: Any = levels.astype(np.float64)
    else:
        known = np.array([MISSING if _is_gap(each) else str(each) for each in levels], object)
    same = made.add("Equal", column, made.constant(known[None, :]))
    if levels.dtype.kind == "f" and np.isnan(levels).any():
        gap = made.add("And", made.add("IsNaN", column), made.constant(np.isnan(levels)[None, :]))
        same = made.add("Or", same, gap)
    hit = made.add("Cast", same, to=number)
    # Each row of the table is a difference to what stands for a level that was never seen.
    if not other.any():
        return made.add("MatMul", hit, made.constant(table))
    is_known = made.add("ReduceMax", hit, made.constant(np.array([1])), keepdims=1)
    unknown = made.add("Sub", made.constant(np.array(1, table.dtype)), is_known)
    rest = made.add("MatMul", unknown, made.constant(other[None, :]))
    return made.add("Add", made.add("MatMul", hit, made.constant(table)), rest)


def _is_gap(value: Any) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))


def convert_imputer(scope: Any, operator: Any, container: Any) -> None:
    """A converter as skl2onnx calls it: gaps filled, and columns that say where they were."""
    imputer = operator.raw_operator
    if type(operator.inputs[0].type).__name__ == "StringTensorType":
        raise DataError("a SimpleImputer of texts is not converted")
    if not _is_gap(imputer.missing_values):
        raise DataError(f"a SimpleImputer of {imputer.missing_values!r:.20} is not converted")
    made = Nodes(scope.get_unique_operator_name("filled"))
    kind = np.float64 if is_double(operator) else np.float32
    given = made.add(
        "Cast", one_input(made, operator), to=_DOUBLE if kind is np.float64 else _FLOAT
    )
    gaps = made.add("IsNaN", given)
    filling = np.asarray(imputer.statistics_, float)
    kept = np.flatnonzero(~np.isnan(filling))
    filled = made.add("Where", gaps, made.constant(filling.astype(kind)[None, :]), given)
    parts = [made.add("Gather", filled, made.constant(kept), axis=1)]
    if imputer.indicator_ is not None:
        told = made.add("Gather", gaps, made.constant(imputer.indicator_.features_), axis=1)
        parts.append(made.add("CastLike", told, given))
    made.add("Concat", *parts, axis=1, out=operator.outputs[0].full_name)
    made.into(container)


def shape_of_imputer(operator: Any) -> None:
    """What comes out, as skl2onnx asks."""
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType  # which asks

    imputer = operator.raw_operator
    width = int((~np.isnan(np.asarray(imputer.statistics_, float))).sum())
    if imputer.indicator_ is not None:
        width += len(imputer.indicator_.features_)
    kind = DoubleTensorType if is_double(operator) else FloatTensorType
    operator.outputs[0].type = kind([operator.inputs[0].get_first_dimension(), width])
