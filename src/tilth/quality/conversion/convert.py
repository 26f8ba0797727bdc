"""From a fitted model of scikit-learn to a file of ONNX."""

from __future__ import annotations

import copy
import json
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from tilth.errors import DataError
from tilth.quality.conversion.encoders import (
    GIVES_DOUBLE,
    convert_encoder,
    convert_imputer,
    encoders,
    shape_of_encoder,
    shape_of_imputer,
)
from tilth.quality.conversion.nodes import ML, OPSETS, Nodes
from tilth.quality.conversion.onnx_model import KEY, OnnxModel
from tilth.quality.conversion.reading import AS, read_columns
from tilth.quality.conversion.trees import convert_trees, kinds, shape_of_trees
from tilth.quality.preparation.transformers import ReadColumns, names_of
from tilth.record import record

Precision = Literal["float64", "float32"]
Column = Mapping[str, Any]

_FLOAT, _DOUBLE, _INT64, _STRING = 1, 11, 7, 8


@record
class Taken:
    """A column as an ONNX model takes it.

    Attributes:
        name: The column's name.
        read: `number`, `truth`, `level`, `text` or `moment`: how values are read before.
        levels: Known ones of a level; None where they are not listed.
        lenient: Whether what cannot be read is a gap.
    """

    name: str
    read: str
    levels: tuple[str, ...] | None = None
    lenient: bool = False


def onnx_of(
    model: Any,
    columns: Sequence[Column],
    *,
    precision: Precision = "float64",
    refuses: Mapping[str, Sequence[str]] | None = None,
) -> bytes:
    """A fitted model as a file that `OnnxModel` asks.

    Args:
        model: A fitted estimator or pipeline of scikit-learn, perhaps with our own preparation.
        columns: What it takes, in order, each with `name`, `type` (of Polars, in words) and
            `levels`, as signatures have it.
        precision: In which it computes. Preparations and most of scikit-learn compute in
            `float64`; the file is about half as large in `float32`.
        refuses: Column -> some of `gaps`, `infinities` and `unseen`, that the model refuses and
            its file shall.

    Raises:
        DataError: It cannot be converted, and why.
        ModuleNotFoundError: skl2onnx or onnx is not installed.
    """
    if isinstance(model, OnnxModel):
        return model.content
    reader, rest = _parted(model)
    taken = [_taken(each, reader) for each in columns]
    double = precision == "float64"
    number = _DOUBLE if double else _FLOAT
    made = Nodes("read")
    inputs = {each.name: f"column.{i}" for i, each in enumerate(taken)}
    given = dict(inputs)
    if reader is not None:
        given = read_columns(made, reader, inputs, double=double)
    types = _types(taken, reader, number)
    if not _picks_columns(rest):
        given, types = _side_by_side(made, given, types)
    body = _converted(rest, types, double=double, lowered=reader is not None)
    told = {
        "columns": [
            {
                "name": each.name,
                "as": each.read,
                "input": inputs[each.name],
                "kind": precision if each.read in ("number", "truth") else each.read,
                "lenient": each.lenient,
                "refuses": list((refuses or {}).get(each.name, ())),
                "levels": list(each.levels or ()) if _by_level(each, refuses) else [],
            }
            for each in taken
        ],
        "classes": _labels(model),
        "probabilities": callable(getattr(model, "predict_proba", None)),
        "precision": precision,
    }
    by_input = {inputs[each.name]: each for each in taken}
    return _file(body, made, given, by_input, number=number, told=told)


def _parted(model: Any) -> tuple[ReadColumns | None, Any]:
    """Our own first step, where there is one, and all that follows it."""
    steps = _steps(model)
    if not isinstance(steps[0], ReadColumns):
        return None, model
    if len(steps) == 1:
        raise DataError("a preparation alone answers nothing")
    if len(steps) == 2:
        return steps[0], steps[1]
    from sklearn.pipeline import Pipeline  # the model is one of its own

    return steps[0], Pipeline([(f"step{i}", each) for i, each in enumerate(steps[1:])])


def _steps(model: Any) -> list[Any]:
    model = getattr(model, "best_estimator_", model)
    if not hasattr(model, "steps"):
        return [model]
    return [
        one for _, each in model.steps if each not in (None, "passthrough") for one in _steps(each)
    ]


def _taken(column: Column, reader: ReadColumns | None) -> Taken:
    name, kind = column["name"], column["type"]
    levels = column.get("levels")
    known = None if levels is None else tuple(str(each) for each in levels)
    specs = (reader.columns or {}) if reader is not None else {}
    if name in specs:
        spec = specs[name]
        lenient = bool(spec.get("lenient"))
        return Taken(name=name, read=AS[spec["as"]], levels=known, lenient=lenient)
    if kind.startswith(("Int", "UInt", "Float", "Boolean", "Decimal")):
        return Taken(name=name, read="number")
    if kind.startswith("Date"):
        raise DataError(f"column `{name}` holds dates, which only our own preparation reads")
    return Taken(name=name, read="level", levels=known)


def _types(taken: Sequence[Taken], reader: ReadColumns | None, number: int) -> dict[str, int]:
    """What the rest is given, by name -> its type in ONNX."""
    if reader is None:
        return {each.name: _STRING if each.read == "level" else number for each in taken}
    found = {}
    for name, spec in (reader.columns or {}).items():
        for out in names_of(name, spec):
            found[out] = _STRING if spec["as"] in ("level", "text") else number
    return found


def _picks_columns(model: Any) -> bool:
    return hasattr(_steps(model)[0], "transformers_")


def _side_by_side(
    made: Nodes, given: Mapping[str, str], types: Mapping[str, int]
) -> tuple[dict[str, str], dict[str, int]]:
    """All columns as one matrix, for a model that takes no names; where they are of one kind."""
    if len(set(types.values())) > 1:
        return dict(given), dict(types)
    return {"rows": made.add("Concat", *given.values(), axis=1)}, {
        "rows": next(iter(types.values())) + 100 * len(types)
    }


def _by_level(taken: Taken, refuses: Mapping[str, Sequence[str]] | None) -> bool:
    """Whether it has to know the levels, to refuse others."""
    if "unseen" not in (refuses or {}).get(taken.name, ()):
        return False
    if taken.levels is None:
        raise DataError(
            f"column `{taken.name}` has more levels than are listed, and others are refused"
        )
    return True


def _labels(model: Any) -> Any:
    classes = getattr(model, "classes_", None)
    if classes is None:
        return None
    if isinstance(classes, list) and len(classes) and hasattr(classes[0], "tolist"):
        raise DataError("it predicts several targets")
    return np.asarray(classes).tolist()


def _converted(model: Any, types: Mapping[str, int], *, double: bool, lowered: bool) -> Any:
    """The rest of a model, by skl2onnx and by converters of ours."""
    from skl2onnx import convert_sklearn
    from skl2onnx.common import data_types as known
    from sklearn.impute import SimpleImputer

    made = {_FLOAT: known.FloatTensorType, _DOUBLE: known.DoubleTensorType,
            _STRING: known.StringTensorType}  # fmt: skip
    initial = [(name, made[kind % 100]([None, kind // 100 or 1])) for name, kind in types.items()]
    model = copy.deepcopy(model)
    for each in _all_parts(model):
        if isinstance(each, tuple(encoders())):
            setattr(each, GIVES_DOUBLE, double)
        if lowered and type(each).__name__ == "TfidfVectorizer":
            each.lowercase = False  # `OnnxModel` does it: ONNX would need a locale that few have
    own: dict[type, Any] = dict.fromkeys(kinds(), convert_trees)
    own |= dict.fromkeys(encoders(), convert_encoder) | {SimpleImputer: convert_imputer}
    shapes: dict[type, Any] = dict.fromkeys(encoders(), shape_of_encoder)
    shapes |= dict.fromkeys(kinds(), shape_of_trees)
    shapes[SimpleImputer] = shape_of_imputer
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of versions, which parity is for
            return convert_sklearn(
                model,
                initial_types=initial,
                target_opset={"": OPSETS[""], ML: 3},  # the newest that it knows of
                options={"zipmap": False} if _is_classifier(model) else None,
                custom_conversion_functions=own,
                custom_shape_calculators=shapes,
            )
    except DataError:
        raise
    except Exception as error:  # whatever a converter stumbles over
        raise DataError(_told(error)) from error


def _all_parts(model: Any) -> list[Any]:
    found: list[Any] = []
    waiting = [model]
    while waiting:
        each = waiting.pop()
        found.append(each)
        waiting += [one for _, one in getattr(each, "steps", ())]
        waiting += [one for _, one, _ in getattr(each, "transformers_", ())]
    return found


def _is_classifier(model: Any) -> bool:
    return hasattr(_steps(model)[-1], "classes_")


def _told(error: Exception) -> str:
    kind = re.search(r"<class '([^']+)'>", str(error))
    if kind and type(error).__name__ == "MissingShapeCalculator":
        return f"there is no converter for {kind[1].rpartition('.')[2]}"
    return f"{type(error).__name__}: {' '.join(str(error).split()):.200}"


def _file(
    body: Any,
    made: Nodes,
    given: Mapping[str, str],
    taken: Mapping[str, Taken],
    *,
    number: int,
    told: Mapping[str, Any],
) -> bytes:
    """Reading and the rest as one graph."""
    from onnx import helper

    kinds_ = {
        "number": number,
        "truth": number,
        "level": _STRING,
        "text": _STRING,
        "moment": _INT64,
    }
    inputs = [
        helper.make_tensor_value_info(name, kinds_[each.read], [None, 1])
        for name, each in taken.items()
    ]
    joints = [
        # In the order in which they were told, as skl2onnx gives them names of its own.
        helper.make_node("Identity", [source], [each.name], name=f"joint:{i}")
        for i, (source, each) in enumerate(zip(given.values(), body.graph.input, strict=True))
    ]
    graph = helper.make_graph(
        [*made.nodes, *joints, *body.graph.node],
        "model",
        inputs,
        list(body.graph.output)[:2],
        initializer=[*made.constants, *body.graph.initializer],
    )
    domains = {each.domain: each.version for each in body.opset_import} | {"": OPSETS[""]}
    if any(each.op_type == "TreeEnsemble" for each in body.graph.node):
        domains[ML] = OPSETS[ML]  # which has no place for older operators of trees
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid(name, version) for name, version in domains.items()],
        ir_version=10,
        producer_name="tilth",
    )
    helper.set_model_props(model, {KEY: json.dumps(told, ensure_ascii=True)})
    return bytes(model.SerializeToString(deterministic=True))
