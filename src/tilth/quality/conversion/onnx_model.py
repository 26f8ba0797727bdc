"""A model in ONNX, asked with plain tables.

It needs NumPy and onnxruntime, and nothing of Tilth: this file lies in bundles beside
`model.onnx`, and runs there alone. What a model has to know of its columns lies in its file, under
`tilth`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

KEY = "tilth"
"""Under which a file says what its columns are."""

MISSING = "\ue000"
"""Stands for a level that is missing, as ONNX has no such text; nobody writes it."""

NO_MOMENT = -(2**63)
"""Stands for a date that is missing, among microseconds since 1970."""

_FORMS = (
    "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d",
    "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y",
)  # fmt: skip

_TRUTHS = {"true": 1.0, "yes": 1.0, "1": 1.0, "1.0": 1.0, "t": 1.0, "y": 1.0,
           "false": 0.0, "no": 0.0, "0": 0.0, "0.0": 0.0, "f": 0.0, "n": 0.0}  # fmt: skip


class OnnxModel:
    """A model of scikit-learn's interface that is a file of ONNX.

    Args:
        content: The file's bytes, with what Tilth notes of columns.

    Attributes:
        content: The same.
        columns: Of each column `name`, `as` (how its values are read), `kind` (of numbers in
            ONNX), `lenient` (whether what cannot be read is a gap) and what it `refuses`.
        classes_: Labels in the order of chances; there are none of a quantity.
    """

    def __init__(self, content: bytes) -> None:
        import onnxruntime  # 0.2 s, and only who asks a model needs it

        self.content = content
        settings = onnxruntime.SessionOptions()
        # One thread: answers are the same each time, and a few rows are sooner answered.
        settings.intra_op_num_threads = settings.inter_op_num_threads = 1
        settings.log_severity_level = 4  # what fails is raised
        self._session = onnxruntime.InferenceSession(
            content, settings, providers=["CPUExecutionProvider"]
        )
        told = json.loads(self._session.get_modelmeta().custom_metadata_map[KEY])
        self.columns: list[dict[str, Any]] = told["columns"]
        self.precision: str = told["precision"]
        self._inputs = {each.name for each in self._session.get_inputs()}
        self._outputs = [each.name for each in self._session.get_outputs()]
        self._chances = bool(told["probabilities"])
        self.feature_names_in_ = np.array([each["name"] for each in self.columns], object)
        self.n_features_in_ = len(self.columns)
        if told["classes"] is not None:
            self.classes_ = np.array(told["classes"])
            self._label = {each: each for each in told["classes"]}

    def __getstate__(self) -> dict[str, Any]:
        return {"content": self.content}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__init__(state["content"])  # type: ignore[misc]  # the session is made anew

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OnnxModel) and other.content == self.content

    def __hash__(self) -> int:
        return hash(self.content)

    def predict(self, table: Any) -> Any:
        """Labels or quantities, shape (n,).

        Raises:
            ValueError: A row holds what the model refuses.
        """
        found = self._asked(table, self._outputs[0])
        if not hasattr(self, "classes_"):
            return np.asarray(found, float).ravel()
        return np.array([self._label.get(each, each) for each in found.ravel().tolist()])

    @property
    def predict_proba(self) -> Callable[[Any], Any]:
        """Rows -> chances of the classes, shape (n, n_classes); not there where it tells none."""
        if not self._chances:
            raise AttributeError("the model tells no chances")
        return self._said_of

    def _said_of(self, table: Any) -> Any:
        return np.asarray(self._asked(table, self._outputs[1]), float)

    def _asked(self, table: Any, output: str) -> Any:
        given = self.inputs(table)
        return self._session.run([output], given)[0]

    def inputs(self, table: Any) -> dict[str, Any]:
        """Columns of a table as ONNX is given them, each of shape (n, 1)."""
        found = {}
        for at, each in enumerate(self.columns):
            values = _READ[each["as"]](_values(table, each["name"], at), each["lenient"])
            _refuse(each, values)
            if each["input"] in self._inputs:
                kind = np.float32 if each["kind"] == "float32" else values.dtype
                with np.errstate(over="ignore"):  # what is too large is infinite
                    found[each["input"]] = values.astype(kind)[:, None]
        return found


def _values(table: Any, name: str, at: int) -> Any:
    """A column of a table of any kind, as an array or a list."""
    if isinstance(table, np.ndarray):
        return table[:, at]
    if isinstance(table, list):
        return [each.get(name) if isinstance(each, Mapping) else each[at] for each in table]
    try:
        column = table[name]
    except Exception as error:
        raise ValueError(f"column `{name}` is missing from the table") from error
    return column if isinstance(column, list | np.ndarray) else column.to_numpy()


def _refuse(column: Mapping[str, Any], values: Any) -> None:
    refused, kind = column["refuses"], column["as"]
    odd = None
    if kind in ("number", "truth"):
        if "gaps" in refused and np.isnan(values).any():
            odd = "a gap"
        elif "infinities" in refused and np.isinf(values).any():
            odd = "an infinite number"
    elif kind == "moment":
        odd = "a gap" if "gaps" in refused and (values == NO_MOMENT).any() else None
    elif "gaps" in refused and (values == MISSING).any():
        odd = "a gap"
    elif "unseen" in refused:
        known = {*column["levels"], MISSING}
        odd = next((repr(each) for each in values.tolist() if each not in known), None)
    if odd is not None:
        raise ValueError(f"column `{column['name']}` holds {odd}, which the model refuses")


def _numbers(values: Any, lenient: bool) -> Any:
    kind = getattr(getattr(values, "dtype", None), "kind", "")
    if kind and kind in "iufb":
        return np.asarray(values, np.float64)
    if kind == "m":
        return values.astype("timedelta64[us]").astype(np.int64) / 1e6
    return _each(_number, values, np.float64, math.nan if lenient else None)


def _number(value: Any) -> float:
    if _is_gap(value) or (isinstance(value, str) and not value.strip()):
        return math.nan
    if isinstance(value, str) and "_" in value:
        raise ValueError(f"{value!r:.40} is no number")
    return float(value)


def _truths(values: Any, lenient: bool) -> Any:
    return _each(_truth, values, np.float64, math.nan if lenient else None)


def _truth(value: Any) -> float:
    if isinstance(value, str):
        word = value.strip().lower()
        if word not in _TRUTHS:
            raise ValueError(f"{value!r:.40} is no truth value")
        return _TRUTHS[word]
    return math.nan if _is_gap(value) else float(value != 0)


def _levels(values: Any, lenient: bool) -> Any:
    return _each(_level, values, object)


def _level(value: Any) -> str:
    """3, 3.0 and `3` are one level."""
    if isinstance(value, str):
        return value
    if _is_gap(value):
        return MISSING
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        number = float(value)
        whole = math.isfinite(number) and abs(number) < 2.0**53 and number.is_integer()
        return str(int(number)) if whole else repr(number)
    return str(value)


def _texts(values: Any, lenient: bool) -> Any:
    return _each(lambda value: "" if _is_gap(value) else _level(value).lower(), values, object)


def _moments(values: Any, lenient: bool) -> Any:
    if getattr(getattr(values, "dtype", None), "kind", "") == "M":
        return values.astype("datetime64[us]").astype(np.int64)  # NaT is NO_MOMENT
    return _each(_moment, values, np.int64, NO_MOMENT if lenient else None)


def _moment(value: Any) -> int:
    if isinstance(value, str):
        if not value.strip():
            return NO_MOMENT
        value = _read(value.strip())
    if _is_gap(value) or value != value:  # noqa: PLR0124 - not a time is not itself
        return NO_MOMENT
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    away = value - datetime(1970, 1, 1)
    return int((away.days * 86_400 + away.seconds) * 1_000_000 + away.microseconds)


def _read(text: str) -> datetime:
    for form in _FORMS:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    raise ValueError(f"{text!r:.40} is no date")


def _is_gap(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _each(read: Callable[[Any], Any], values: Iterable[Any], kind: Any, odd: Any = None) -> Any:
    """Read one by one; what cannot be read is `odd`, where that is given."""
    listed: Sequence[Any] = values.tolist() if isinstance(values, np.ndarray) else list(values)
    found = np.empty(len(listed), kind)
    for i, each in enumerate(listed):
        try:
            found[i] = read(each)
        except ValueError:
            if odd is None:
                raise
            found[i] = odd
    return found


_READ: dict[str, Callable[[Any, bool], Any]] = {
    "number": _numbers,
    "truth": _truths,
    "level": _levels,
    "text": _texts,
    "moment": _moments,
}
