"""Asks the model of a bundle its golden requests again, and compares the answers.

It lies in every bundle and runs there alone: `python -I replay.py` needs the model's own
libraries, and nothing of Tilth. Tilth runs its own copy, never the one that it was handed.

.. code-block:: text

    python -I replay.py [FOLDER [SITE [READER]]] [--native]

FOLDER is the bundle, SITE is where the libraries lie, and READER is the `onnx_model.py` that asks a
model in ONNX. Where the bundle has one, and onnxruntime is there, that is asked; with `--native`
the model that it was made of is.

What came of it is printed as JSON, with what it took: time, memory, an accelerator. The exit code
is 0 where all answers are as recorded.
"""

from __future__ import annotations

import json
import math
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

UNITS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""Numbers that JSON has no word for, as they stand in a bundle."""

_MOST_TOLD = 20
_MOMENT = re.compile(r"Datetime\(time_unit='(\w+)', time_zone=(?:None|'([^']+)')\)")

Column = Mapping[str, Any]


def replay(folder: Path, *, native: bool = False, reader: Path | None = None) -> dict[str, Any]:
    """Load a bundle's model and ask it what was asked when the bundle was made.

    Args:
        folder: The bundle.
        native: Whether the model itself is asked also where there is one in ONNX.
        reader: The file that asks models in ONNX; the one beside this one if not given.

    Returns:
        `state` (`passed`, `failed`, `damaged` or `unread`), `rows` that were asked, `failures`
        (each with `request`, `row`, `why`, `expected` and `found`) and `why`, where it could not
        be loaded; `model`, `onnx` or `native`; and, where it could be, `figures`:
        `import_seconds` and `load_seconds` (of reading the model, without imports);
        `start_seconds` from the start of this program to the end of the first request;
        `answers` (`n` single rows, with `median_seconds` and `p99_seconds` of one), None where
        nothing is asked; `memory_bytes`, the most that this process took, None where no system
        tells; `accelerator`, `none` where none is seen; and `broken`, how many rows against the
        signature were asked, with those that the model took in `taken`.
    """
    told: dict[str, Any] = {"state": "passed", "rows": 0, "failures": [], "why": ""}
    about = _json(folder / "bundle.json")
    in_onnx = is_onnx(about) and not native
    told["model"] = "onnx" if in_onnx else "native"
    if wrong := damage(folder):
        return {**told, "state": "damaged", "why": wrong}
    clock = _Clock()
    try:
        with clock.imports():
            model = (onnx if in_onnx else loaded)(folder, about, reader)
    except Exception as error:  # whatever a library raises: it could not be loaded
        return {**told, "state": "unread", "why": f"{type(error).__name__}: {error}"[:2000]}
    clock.is_loaded()
    if not (folder / "golden.json").exists():
        return {**told, "figures": {**clock.figures(), **_standing(model), **_UNASKED}}
    signature, golden = _json(folder / "signature.json"), _json(folder / "golden.json")
    tolerance = golden["tolerance"]
    if in_onnx:  # rounded otherwise, within what its report of parity allows
        tolerance = _json(folder / "parity.json")["parity"]["allowed"]
    for number, request in enumerate(golden["requests"], 1):
        told["rows"] += len(request["rows"])
        with clock.imports():
            found = answered(model, signature, request["rows"])
        clock.has_answered()
        expected = excused(request["answers"], found, signature, tolerance, in_onnx=in_onnx)
        for fault in differing(expected, found, tolerance):
            why = request["why"][fault["row"]]
            told["failures"].append({"request": number, "why": why, **fault})
    told["state"] = "failed" if told["failures"] else "passed"
    told["failures"] = told["failures"][:_MOST_TOLD]
    known = [row for each in golden["requests"] if "error" not in each["answers"]
             for row in each["rows"]]  # fmt: skip
    answers = single_answers(model, signature, known)
    told["figures"] = {**clock.figures(), "answers": answers, **_standing(model)}
    told["figures"] |= against_signature(model, signature, known)
    return told


def damage(folder: Path) -> str:
    """The first file of a bundle that is not what it was; nothing where all are whole.

    Digests need the library blake3; without it files are not looked at.
    """
    try:
        from blake3 import blake3  # no model needs it
    except ImportError:
        return ""
    for name, told in _json(folder / "bundle.json")["files"].items():
        path = folder / name
        if not path.is_file():
            return f"`{name}` is gone"
        hasher = blake3()
        with path.open("rb") as file:  # in pieces, as what is read whole counts as memory
            while piece := file.read(1 << 20):
                hasher.update(piece)
        if hasher.hexdigest() != told["blake3"]:
            return f"`{name}` is damaged"
    return ""


def loaded(folder: Path, about: Mapping[str, Any], reader: Path | None = None) -> Any:
    """The model of a bundle, as it is.

    Args:
        folder: The bundle.
        about: What its `bundle.json` says.
        reader: The file that asks models in ONNX; the one beside this one if not given.

    Raises:
        ValueError: Its format is one that only Tilth reads.
    """
    file, kind = folder / about["file"], about["format"]
    if kind == "skops":
        import skops.io  # the model's own library

        return skops.io.load(file, trusted=about["trusted"])
    if kind == "onnx":
        return onnx(folder, about, reader)
    if kind == "numpy":
        import numpy  # likewise

        return numpy.load(file, allow_pickle=False)
    if kind in ("json", "metrics"):
        return _json(file)
    if kind in ("text", "html"):
        return file.read_text(encoding="utf-8")
    if kind in ("bytes", "figure"):
        return file.read_bytes()
    raise ValueError(f"files of the format `{kind}` are read by Tilth alone")


def is_onnx(about: Mapping[str, Any]) -> bool:
    """Whether a bundle's model is asked in ONNX: it has one, and onnxruntime is installed."""
    from importlib.util import find_spec  # after `sys.path` is settled

    return bool(about.get("onnx")) and find_spec("onnxruntime") is not None


def onnx(folder: Path, about: Mapping[str, Any], reader: Path | None = None) -> Any:
    """The model of a bundle in ONNX.

    Args:
        folder: The bundle.
        about: What its `bundle.json` says.
        reader: The file with the class that asks it; the one beside this one if not given.
    """
    from importlib.util import module_from_spec, spec_from_file_location

    path = reader or Path(__file__).resolve().with_name("onnx_model.py")
    spec = spec_from_file_location("tilth_bundle_onnx_model", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.OnnxModel((folder / about["onnx"]["file"]).read_bytes())


# Rows


def given(model: Any, signature: Mapping[str, Any], rows: Sequence[Sequence[Any]]) -> Any:
    """Rows of plain values as a model takes them; one in ONNX needs no library of tables."""
    if not hasattr(model, "inputs"):
        return frame_of(signature, rows)
    columns = signature["columns"]
    return {each["name"]: [_value(each, row[i]) for row in rows] for i, each in enumerate(columns)}


def frame_of(signature: Mapping[str, Any], rows: Sequence[Sequence[Any]]) -> Any:
    """Rows of plain values as the table that the model takes."""
    columns = signature["columns"]
    values = [[_value(each, row[i]) for row in rows] for i, each in enumerate(columns)]
    if signature["frame"] == "array":
        import numpy  # the model's own library

        return numpy.array(values, dtype=float).T
    if signature["frame"] == "pandas":
        return _pandas(columns, values)
    import polars  # likewise

    return polars.DataFrame(
        [
            polars.Series(each["name"], column, dtype=_polars(polars, each), strict=False)
            for each, column in zip(columns, values, strict=True)
        ]
    )


def _value(column: Column, value: Any) -> Any:
    """From JSON to the value."""
    if value is None:
        return None
    kind = column["type"]
    if kind.startswith("Float"):
        return UNITS.get(value, value) if isinstance(value, str) else float(value)
    if kind == "Date":
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if kind.startswith("Datetime") else value


def _polars(polars: Any, column: Column) -> Any:
    """The type of a column, from its name."""
    kind = column["type"]
    if kind == "Enum":
        return polars.Enum(column["levels"])
    moment = _MOMENT.fullmatch(kind)
    if moment:
        return polars.Datetime(moment[1], moment[2])
    return getattr(polars, kind)


def _pandas(columns: Sequence[Column], values: Sequence[list[Any]]) -> Any:
    import pandas  # the model's own library

    made = {}
    for each, column in zip(columns, values, strict=True):
        kind = each["pandas"]
        if kind == "category":
            made[each["name"]] = pandas.Categorical(column, categories=each["levels"])
        elif None in column and kind.startswith(("int", "uint", "bool")):
            # As pandas itself does where a gap comes among whole numbers or truth values.
            gapped = "object" if kind == "bool" else "float64"
            made[each["name"]] = pandas.Series(column, dtype=gapped)
        else:
            made[each["name"]] = pandas.Series(column, dtype=kind)
    return pandas.DataFrame(made)


# Answers


def answered(
    model: Any, signature: Mapping[str, Any], rows: Sequence[Sequence[Any]]
) -> dict[str, Any]:
    """What the model says of rows, as plain data; a refusal is an answer as well."""
    import warnings  # few milliseconds, beside the libraries

    import numpy  # the model's own library

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of levels never seen, for one, which are meant
            frame = given(model, signature, rows)
            told = {"prediction": plain(numpy.asarray(model.predict(frame)).tolist())}
            if signature["probabilities"]:
                told["probability"] = plain(numpy.asarray(model.predict_proba(frame)).tolist())
    except Exception as error:  # a model may refuse in any way
        return {"error": type(error).__name__}
    return told


def plain(value: Any) -> Any:
    """The same as JSON can hold it."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value if isinstance(value, bool | int | float | str | None) else str(value)


def excused(
    expected: Mapping[str, Any],
    found: Mapping[str, Any],
    signature: Mapping[str, Any],
    tolerance: Mapping[str, float],
    *,
    in_onnx: bool,
) -> Mapping[str, Any]:
    """What is expected of a model in ONNX: it refuses by errors of its own, and where the model
    holds two labels equally likely, it may say either."""
    if not in_onnx:
        return expected
    if "error" in expected and "error" in found:
        return found
    chances, classes = expected.get("probability"), signature.get("classes")
    said = found.get("prediction", ())
    if not chances or not classes or len(chances) != len(said):
        return expected
    labels = []
    for one, other, held in zip(expected["prediction"], said, chances, strict=True):
        known = one in classes and other in classes
        near = known and alike(held[classes.index(one)], held[classes.index(other)], tolerance)
        labels.append(other if near else one)
    return {**expected, "prediction": labels}


def differing(
    expected: Mapping[str, Any], found: Mapping[str, Any], tolerance: Mapping[str, float]
) -> list[dict[str, Any]]:
    """Where answers are not as recorded: `row`, `expected` and `found`, the first of each kind."""
    if "error" in expected or "error" in found:
        same = expected.get("error") == found.get("error")
        return [] if same else [{"row": 0, "expected": _short(expected), "found": _short(found)}]
    faults = []
    for kind, answers in expected.items():
        others = found.get(kind, [])
        for row, (one, other) in enumerate(zip(answers, others, strict=False)):
            if not alike(one, other, tolerance):
                faults.append({"row": row, "expected": _short(one), "found": _short(other)})
                break
        else:
            if len(answers) != len(others):
                faults.append({"row": 0, "expected": len(answers), "found": len(others)})
    return faults


def alike(one: Any, other: Any, tolerance: Mapping[str, float]) -> bool:
    """Whether two answers are the same; numbers with a fraction within the tolerance."""
    if isinstance(one, list):
        return (
            isinstance(other, list)
            and len(one) == len(other)
            and all(alike(a, b, tolerance) for a, b in zip(one, other, strict=True))
        )
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(
            one, other, rel_tol=tolerance["relative"], abs_tol=tolerance["absolute"]
        )
    return bool(one == other)


# What it takes


class _Clock:
    """Tells the time that imports take from the time that a model takes."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._importing = self._loaded = self._answered = 0.0
        self._loading_imports = 0.0

    @contextmanager
    def imports(self) -> Iterator[None]:
        """Count what is imported within; whatever imports within an import counts once."""
        import builtins
        import importlib

        depth = 0

        def counted(function: Any) -> Any:
            def call(*args: Any, **named: Any) -> Any:
                nonlocal depth
                began, depth = time.perf_counter(), depth + 1
                try:
                    return function(*args, **named)
                finally:
                    depth -= 1
                    if not depth:
                        self._importing += time.perf_counter() - began

            return call

        kept = builtins.__import__, importlib.import_module
        builtins.__import__, importlib.import_module = map(counted, kept)
        try:
            yield
        finally:
            builtins.__import__, importlib.import_module = kept

    def is_loaded(self) -> None:
        """The model is there."""
        self._loaded, self._loading_imports = time.perf_counter(), self._importing

    def has_answered(self) -> None:
        """It has answered; the first time counts."""
        self._answered = self._answered or time.perf_counter()

    def figures(self) -> dict[str, float]:
        """All in seconds."""
        loading = self._loaded - self._began - self._loading_imports
        return {
            "import_seconds": round(self._importing, 4),
            "load_seconds": round(max(0.0, loading), 4),
            "start_seconds": round((self._answered or self._loaded) - _STARTED, 4),
        }


_STARTED = time.perf_counter()
_UNASKED: Mapping[str, Any] = {"answers": None, "broken": 0, "taken": []}
_MOST_SINGLE, _LEAST_SINGLE, _LONG = 500, 20, 1.0
"""Single rows that are asked; after so many seconds no more than 20, and after 30 s none."""

_MOST_BROKEN = 50


def single_answers(
    model: Any, signature: Mapping[str, Any], rows: Sequence[Sequence[Any]]
) -> dict[str, Any] | None:
    """How long a model takes for one row, the table that it is given included.

    Args:
        model: Loaded, and asked before.
        signature: Of its bundle.
        rows: That it answers; they take turns.

    Returns:
        `n`, `median_seconds` and `p99_seconds`; None without rows.
    """
    import warnings

    if not rows:
        return None
    took: list[float] = []
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        while len(took) < _MOST_SINGLE:
            start = time.perf_counter()
            model.predict(given(model, signature, [rows[len(took) % len(rows)]]))
            took.append(time.perf_counter() - start)
            spent = time.perf_counter() - began
            if spent > 30 * _LONG or (spent > _LONG and len(took) >= _LEAST_SINGLE):
                break
    took.sort()
    return {
        "n": len(took),
        "median_seconds": round(took[len(took) // 2], 7),
        "p99_seconds": round(took[math.ceil(0.99 * len(took)) - 1], 7),
    }


def against_signature(
    model: Any, signature: Mapping[str, Any], rows: Sequence[Sequence[Any]]
) -> dict[str, Any]:
    """Ask rows without one of the columns, and with a text for a number.

    Returns:
        `broken`, how many were asked; and `taken`, in words those that the model answered.
    """
    if not rows:
        return {"broken": 0, "taken": []}
    columns, row = list(signature["columns"]), list(rows[0])
    asked: list[tuple[str, list[Any], list[Any]]] = []
    for i, each in enumerate(columns):
        rest = [*columns[:i], *columns[i + 1 :]], [*row[:i], *row[i + 1 :]]
        asked.append((f"a row without `{each['name']}`", *rest))
        if each["type"].startswith(("Int", "UInt", "Float")) and signature["frame"] != "array":
            text = {**each, "type": "String", "pandas": "object"}
            other = [*columns[:i], text, *columns[i + 1 :]], [*row[:i], "no number", *row[i + 1 :]]
            asked.append((f"a text in `{each['name']}`", *other))
    asked = asked[:_MOST_BROKEN]
    taken = [
        what
        for what, others, values in asked
        if "error" not in answered(model, {**signature, "columns": others}, [values])
    ]
    return {"broken": len(asked), "taken": taken[:_MOST_TOLD]}


def _standing(model: Any) -> dict[str, Any]:
    return {"memory_bytes": memory(), "accelerator": accelerator(model)}


def memory() -> int | None:
    """The most memory that this process took so far, in bytes; None where no system tells.

    On Linux, `getrusage` tells that of the process that started this one, where it is more.
    """
    try:
        told = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(told.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


_ACCELERATORS = {"cuda": "cuda", "gpu": "cuda", "mps": "mps", "xpu": "xpu", "hpu": "hpu"}
_PLAIN = str | bytes | int | float | complex | bool | type | None
_MOST_HELD = 10_000
_ON_THE_PROCESSOR = frozenset({"lightgbm", "catboost"})
"""Libraries whose models answer on the processor, wherever they learned."""


def accelerator(model: Any) -> str:
    """Which accelerator a model asks for: `cuda`, `mps`; `none` where nothing shows one.

    That is a setting `device`, as XGBoost and skorch have it, and where the tensors of PyTorch
    are, anywhere in the model.
    """
    waiting, seen = [model], dict[int, Any]()
    while waiting and len(seen) < 200_000:
        each = waiting.pop()
        if isinstance(each, _PLAIN) or id(each) in seen:
            continue
        seen[id(each)] = each  # kept, so that no other gets its number
        module = type(each).__module__.partition(".")[0]
        if module in _ON_THE_PROCESSOR:
            continue
        held = _held(each)
        device = getattr(each, "device", None) if module == "torch" else held.get("device")
        name = _ACCELERATORS.get(str(device).partition(":")[0].lower())
        if name is not None:
            return name
        waiting += islice(held.values(), _MOST_HELD)  # what is longer are data, such as levels
    return "none"


def _held(value: Any) -> Mapping[Any, Any]:
    """What a value holds, by names where it has them."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return dict(enumerate(islice(value, _MOST_HELD)))
    if str(getattr(value, "dtype", "")) == "object" and hasattr(value, "ravel"):
        return dict(enumerate(value.ravel().tolist()))
    found = getattr(value, "__dict__", None)
    return found if isinstance(found, dict) else {}


def _short(value: Any) -> Any:
    text = json.dumps(value)
    return value if len(text) <= 200 else f"{text[:197]}..."


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def main(arguments: Sequence[str]) -> int:
    """The program; see above."""
    places = [each for each in arguments if each != "--native"]
    folder = Path(places[0]) if places else Path(__file__).resolve().parent
    sys.path[:0] = [*places[1:2], str(folder / "code")]
    reader = Path(places[2]) if len(places) > 2 else None
    told = replay(folder, native=len(places) < len(arguments), reader=reader)
    told["python"] = ".".join(map(str, sys.version_info[:3]))
    print(json.dumps(told))
    return 0 if told["state"] == "passed" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
