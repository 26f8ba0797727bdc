"""A fitted model of scikit-learn as ONNX, and whether that says what the model says.

`converted` makes the file, asks both the same rows, many of them at the edges, and keeps it only
where every row is answered alike. What skl2onnx converts wrongly without a word is found out so.

Example:
    >>> import numpy as np, polars as pl
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from tilth.quality.conversion import OnnxModel, converted
    >>> rows = pl.DataFrame({"age": [31.0, 45, 28, 60], "visits": [1, 7, 2, 9]})
    >>> model = DecisionTreeClassifier().fit(rows, ["stays", "leaves", "stays", "leaves"])
    >>> columns = [{"name": name, "type": str(kind)} for name, kind in rows.schema.items()]
    >>> found = converted(model, columns, rows)
    >>> found.passed, found.precision
    (True, 'float64')
    >>> OnnxModel(found.content).predict(rows[:2]).tolist()
    ['stays', 'leaves']
"""

from __future__ import annotations

from tilth.quality.conversion.convert import onnx_of
from tilth.quality.conversion.onnx_model import OnnxModel
from tilth.quality.conversion.outcome import Conversion, converted
from tilth.quality.conversion.parity import TOLERANCE, Parity

__all__ = ["TOLERANCE", "Conversion", "OnnxModel", "Parity", "converted", "onnx_of"]
