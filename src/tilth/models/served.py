"""Loads a bundle for MLflow to serve: it lies in what is exported, and runs there alone.

It needs the model's own libraries, and nothing of Tilth unless the model itself does. No pickle
is read: the bundle's `replay.py` says how its model is loaded.
"""

from __future__ import annotations

import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any


def _load_pyfunc(path: str) -> Served:
    """What MLflow calls."""
    return Served(Path(path))


class Served:
    """The model of a bundle, which answers tables of pandas."""

    def __init__(self, folder: Path) -> None:
        sys.path.append(str(folder / "code"))
        self._replay = _module(folder / "replay.py")
        about = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
        read = self._replay.onnx if self._replay.is_onnx(about) else self._replay.loaded
        self._model = read(folder, about)
        told = folder / "signature.json"
        self._signature = json.loads(told.read_text(encoding="utf-8")) if told.exists() else None

    def predict(self, table: Any, params: dict[str, Any] | None = None) -> Any:
        """Predictions for the rows of a table.

        Args:
            table: With the columns that the signature names; without a signature, whatever the
                model takes.
            params: `probabilities`: whether chances are wanted in place of classes.
        """
        import numpy  # the model's own library

        if self._signature is not None:
            columns = self._signature["columns"]
            rows = zip(*[_values(table, each) for each in columns], strict=True)
            table = self._replay.given(self._model, self._signature, list(rows))
        if not (params or {}).get("probabilities"):
            return numpy.asarray(self._model.predict(table))
        return numpy.asarray(self._model.predict_proba(table))


def _values(table: Any, column: dict[str, Any]) -> list[Any]:
    """A column as JSON would hold it; one that is optional and not there has no values."""
    name, kind = column["name"], column["type"]
    if name not in table.columns and column["nulls"]:
        return [None] * len(table)
    values, gaps = table[name].tolist(), table[name].isna().tolist()
    floats = kind.startswith("Float")  # where not a number is a value
    return [
        None if gap and not (floats and isinstance(each, float)) else _plain(each, kind)
        for each, gap in zip(values, gaps, strict=True)
    ]


def _plain(value: Any, kind: str) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10] if kind == "Date" else value.isoformat()
    return value


def _module(file: Path) -> Any:
    spec = spec_from_file_location("tilth_bundle_replay", file)
    assert spec is not None
    assert spec.loader is not None
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made
