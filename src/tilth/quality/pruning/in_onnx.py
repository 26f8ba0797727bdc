"""Models in ONNX among the smaller ones: in single precision, and with matrices in eight bits."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Literal

import polars as pl

from tilth.quality.pruning.ground import Ground

Kind = Literal["float32", "int8"]

KINDS: tuple[Kind, ...] = ("float32", "int8")

TOLD = {"float32": "ONNX", "int8": "ONNX, matrices in 8 bits"}

_NEEDS = ("skl2onnx", "onnx", "onnxruntime")
_LEVELS = 1000


def why_not_in_onnx() -> str | None:
    """What is missing, and how to get it; None where nothing is."""
    missing = [each for each in _NEEDS if find_spec(each) is None]
    if not missing:
        return None
    return f"{', '.join(missing)} not installed: `pip install 'tilth[onnx]'`"


def in_onnx(model: Any, table: pl.DataFrame, kind: Kind) -> Any:
    """A fitted model as ONNX, with all that prepares rows for it.

    Raises:
        DataError: It cannot be converted, or has no matrices to quantise.
    """
    return _made(model, table, kind, {})


def with_parity(ground: Ground, kind: Kind) -> tuple[Any, str]:
    """The original in ONNX, which refuses what it refuses; and how alike they answer, in words.

    They are asked the rows at the edges that `tilth.quality.conversion` makes.

    Raises:
        DataError: As for `in_onnx`.
    """
    from tilth.quality.conversion.edges import edges_of  # only who asks for ONNX needs them
    from tilth.quality.conversion.outcome import compared, refused_by
    from tilth.quality.conversion.parity import said_of

    model, table = ground.original, ground.material.table
    edges = edges_of(model, table)
    said = said_of(model, edges.rows, _as_it_comes)
    made = _made(model, table, kind, refused_by(edges, said))
    found = compared(made.content, model, said, edges.rows, edges.why)
    return made, found.why


_as_it_comes: Callable[[pl.DataFrame], Any] = lambda rows: rows  # noqa: E731


def _made(model: Any, table: pl.DataFrame, kind: Kind, refuses: dict[str, list[str]]) -> Any:
    from tilth.quality.conversion import OnnxModel, onnx_of  # as above
    from tilth.quality.conversion.quantised import quantised

    content = onnx_of(model, _columns(table), precision="float32", refuses=refuses)
    return OnnxModel(quantised(content) if kind == "int8" else content)


def _columns(table: pl.DataFrame) -> list[dict[str, Any]]:
    found = []
    for each in table.get_columns():
        told: dict[str, Any] = {"name": each.name, "type": str(each.dtype), "levels": None}
        if each.dtype in (pl.String, pl.Categorical, pl.Enum):
            levels = each.cast(pl.String).drop_nulls().unique()
            told["levels"] = sorted(levels.to_list()) if len(levels) <= _LEVELS else None
        found.append(told)
    return found
