"""A model converted and compared: the file, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tilth.errors import DataError
from tilth.quality.conversion.convert import Column, Precision, onnx_of
from tilth.quality.conversion.edges import Edges, edges_of
from tilth.quality.conversion.onnx_model import OnnxModel
from tilth.quality.conversion.parity import Given, Parity, Said, parity_of, said_of
from tilth.record import field, record


@record
class Conversion:
    """What came of a conversion.

    Attributes:
        content: The file; None where nothing says what the model says.
        precision: In which it computes; empty without one.
        why: It was taken, or there is none, in words.
        tried: Precision -> what came of comparing, or why it could not be converted.
    """

    content: bytes | None = field(repr=False)
    precision: str
    why: str
    tried: Mapping[str, Parity | str]

    @property
    def passed(self) -> bool:
        """Whether there is a file that says what the model says."""
        return self.content is not None

    def as_dict(self) -> dict[str, Any]:
        """As plain data, with the parity of the one that was taken, or that was tried first."""
        parities = {k: each for k, each in self.tried.items() if isinstance(each, Parity)}
        first = parities.get(self.precision) or next(iter(parities.values()), None)
        return {
            "passed": self.passed,
            "model": "onnx" if self.passed else "native",
            "precision": self.precision or None,
            "why": self.why,
            "parity": first.as_dict() if first is not None else None,
            "tried": {
                name: each if isinstance(each, str) else each.why
                for name, each in self.tried.items()
            },
        }


def converted(
    model: Any,
    columns: Sequence[Column],
    table: pl.DataFrame,
    *,
    more: tuple[pl.DataFrame, Sequence[str]] | None = None,
    given: Given | None = None,
    precisions: Sequence[Precision] = ("float64", "float32"),
) -> Conversion:
    """Convert a model, and keep what says the same on every row that is asked.

    Args:
        model: Fitted, of scikit-learn's interface.
        columns: See `onnx_of`.
        table: What it learned from, as Polars has it.
        more: Further rows to ask, each with the reason.
        given: Makes of rows what the model takes; a frame of Polars if not given.
        precisions: To try, until one passes.

    Raises:
        ModuleNotFoundError: skl2onnx, onnx or onnxruntime is not installed.
    """
    given = given or (lambda rows: rows)
    try:
        early = onnx_of(model, columns, precision=precisions[0])  # before many rows are asked
    except DataError as error:
        return Conversion(
            content=None, precision="", why=str(error), tried={precisions[0]: str(error)}
        )
    edges = edges_of(model, table)
    native = said_of(model, edges.rows, given)
    rows, why, said = edges.rows, list(edges.why), native
    if more is not None:
        rows, why = pl.concat([more[0], rows]), [*more[1], *why]
        first = said_of(model, more[0], given)
        said = Said(
            labels=first.labels + native.labels,
            chances=first.chances + native.chances,
            errors=first.errors + native.errors,
        )
    refuses = refused_by(edges, native)
    tried: dict[str, Parity | str] = {}
    for precision in precisions:
        try:
            content = early
            if refuses or precision != precisions[0]:
                content = onnx_of(model, columns, precision=precision, refuses=refuses)
            found = compared(content, model, said, rows, why)
        except DataError as error:
            tried[precision] = str(error)
            continue
        tried[precision] = found
        if found.passed:
            return Conversion(content=content, precision=precision, why=found.why, tried=tried)
    first_told = next(iter(tried.values()))
    told = first_told if isinstance(first_told, str) else first_told.why
    return Conversion(content=None, precision="", why=told, tried=tried)


def compared(
    content: bytes, model: Any, said: Said, rows: pl.DataFrame, why: Sequence[str]
) -> Parity:
    """A file beside what the model said.

    Raises:
        DataError: onnxruntime does not take the file, and why.
    """
    try:
        other = OnnxModel(content)
    except Exception as error:  # of types that it has no operator for
        raise DataError(f"onnxruntime refuses it: {' '.join(str(error).split()):.200}") from error
    classes = getattr(model, "classes_", None)
    listed = (
        None
        if classes is None
        else list(classes.tolist() if hasattr(classes, "tolist") else classes)
    )
    return parity_of(said, said_of(other, rows, lambda some: some), rows, why, listed)


def refused_by(edges: Edges, said: Said) -> dict[str, list[str]]:
    """Column -> what a model refuses in it, by what it said of the edges."""
    found: dict[str, list[str]] = {}
    for may, error in zip(edges.may_refuse, said.errors, strict=True):
        if may is not None and error and may[1] not in found.setdefault(may[0], []):
            found[may[0]].append(may[1])
    return {name: sorted(each) for name, each in found.items() if each}
