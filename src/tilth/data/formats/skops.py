"""Models of scikit-learn in skops files, which can be read without running what is in them."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib import import_module
from io import BytesIO
from json.encoder import encode_basestring_ascii
from typing import Any, BinaryIO, ClassVar

from tilth.data.array import without_padding
from tilth.data.format import Source
from tilth.data.library import need
from tilth.data.options import checked, texts
from tilth.data.shape import PATH, shape_of
from tilth.errors import DataError

__all__ = ["Skops"]

_READ = {"trusted": texts()}

_SCHEMA = "schema.json"
_DEEPEST = 9

_HARMLESS = (
    "collections.OrderedDict",
    "numpy.dtype",
    "sklearn.model_selection._split.KFold",
    "tilth.quality.conversion.onnx_model.OnnxModel",
    "tilth.quality.preparation.transformers.ReadColumns",
    "tilth.quality.pruning.packed.PackedBoosting",
    "tilth.quality.pruning.packed.PackedClassifier",
    "tilth.quality.pruning.packed.PackedRegressor",
    "tilth.stages.train.making.WithCodes",
)
"""Types that skops asks about although they do nothing but compute: LightGBM keeps its scores in
the first, scikit-learn's imputers hold the second, its target encoders the third; the fourth is a
file of ONNX, preparations of `stage: prepare` begin with the fifth, packed trees are arrays and
nothing else, and the last gives XGBoost whole numbers for labels."""


_UNPICKLING = ("skorch",)
"""Libraries whose objects keep a pickle inside and load it when they are made again."""


class Skops:
    """A fitted estimator, or a dict, list or tuple with estimators in it.

    A class of the user's own is written by what its `__getstate__` gives: plain data, arrays,
    bytes and whatever else is written here. Its `__setstate__` takes that back.

    Option for `read`: `trusted`, the types that may be made when the file is read, beside
    those that skops knows to be harmless; a module, such as `sklearn.tree`, stands for all
    types in it. A file with any other type is refused, and the error names the type.
    """

    suffix: ClassVar[str] = ".skops"
    exact: ClassVar[bool] = True
    types: ClassVar[tuple[str, ...]] = ("sklearn.base.BaseEstimator", "object")
    shapes: ClassVar[tuple[str, ...]] = ("object", PATH)

    def __init__(
        self, *, read: Mapping[str, Any] | None = None, write: Mapping[str, Any] | None = None
    ) -> None:
        trusted = checked("format `skops`, `read`", read, _READ)["trusted"]
        own = (trusted,) if isinstance(trusted, str) else tuple(trusted or ())
        self._trusted = (*_HARMLESS, *own)
        checked("format `skops`, `write`", write, {})

    def read(self, source: Source, shape: str | None = None) -> Any:
        """The model, if every type in it is trusted; or the file."""
        if shape == PATH:
            return source.path()
        skops = need("skops.io", f"{source.name} (format `skops`)", extra="skops")
        data = bytes(source.content())
        unknown = _untrusted(skops, data, source.name)
        refused = [name for name in unknown if not self._is_trusted(name)]
        if refused:
            raise DataError(
                f"{source.name}: holds types that are not trusted: {', '.join(refused[:8])}"
                f"{' ...' if len(refused) > 8 else ''}",
                hint=f"if you trust the file, say `read: {{trusted: [{', '.join(refused[:8])}]}}`",
            )
        _refuse_pickles(unknown, source.name)
        try:
            return skops.loads(data, trusted=unknown)
        except Exception as error:  # what makes a type again may raise anything
            raise _damaged(source.name, error) from error

    def write(self, stream: BinaryIO, value: Any) -> None:
        """Write the model; the same model gives the same bytes."""
        skops = need("skops.io", "format `skops`", extra="skops")
        try:
            data = skops.dumps(value)
        except Exception as error:  # of the model's own `__reduce__`, for one
            raise _unwritable(skops, value, error) from error
        if any(each in sys.modules for each in _UNPICKLING):
            _refuse_pickles(skops.get_untrusted_types(data=data), "format `skops`")
        stream.write(_pinned(data))

    def write_chunks(self, stream: BinaryIO, chunks: Iterable[Any]) -> None:
        """A model is one value: it cannot be written piece by piece."""
        raise DataError("format `skops`: cannot be written piece by piece")

    def _is_trusted(self, name: str) -> bool:
        return any(name == each or name.startswith(f"{each}.") for each in self._trusted)


def _refuse_pickles(types: Iterable[str], what: str) -> None:
    """Refuse objects that would unpickle what they hold, whoever may trust their types."""
    found = sorted(name for name in types if _unpickles(name))
    if found:
        raise DataError(
            f"{what}: {found[0]} keeps a pickle inside, and reading it runs whatever that holds",
            hint=f"hold it in a class of your own that keeps its weights instead: {_HOW}",
        )


def _unpickles(name: str) -> bool:
    """Whether a class takes its state back by a method of such a library, its own or inherited."""
    module, _, kind = name.rpartition(".")
    with suppress(ImportError):  # who makes the object says what is not installed
        owner = getattr(sys.modules.get(module) or import_module(module), kind, None)
        taking = getattr(getattr(owner, "__setstate__", None), "__module__", None) or ""
        return taking.partition(".")[0] in _UNPICKLING
    return False


_HOW = (
    "let `__getstate__` of the class give plain data, arrays or bytes in its place, and "
    "`__setstate__` make it of these again"
)


def _unwritable(skops: Any, value: Any, error: Exception) -> DataError:
    """What to say of a value that cannot be written, down to the part that is to blame."""
    path, part = _culprit(skops, value)
    what = f"`{'.'.join(path)}` of it, which is of type {shape_of(part)}" if path else "it"
    return DataError(
        f"format `skops`: {shape_of(value)} cannot be written, for {what}: "
        f"{type(error).__name__}: {error}",
        hint=f"{_HOW}; or take `format: pickle`, which holds any Python object, for files that "
        "you trust",
    )


def _culprit(skops: Any, value: Any) -> tuple[list[str], Any]:
    """Names on the way to the innermost part that cannot be written, and that part."""
    path: list[str] = []
    while len(path) < _DEEPEST:
        found = next(
            ((n, each) for n, each in _parts(value) if not _is_writable(skops, each)), None
        )
        if found is None:
            break
        path.append(found[0])
        value = found[1]
    return path, value


def _parts(value: Any) -> list[tuple[str, Any]]:
    """What containers, steps of pipelines and estimators hold, by name."""
    if isinstance(value, Mapping):
        return [(str(name), each) for name, each in value.items()]
    if isinstance(value, list | tuple):
        named = [isinstance(each, tuple) and len(each) > 1 for each in value]
        return [
            (str(each[0]), each[1]) if is_named else (str(i), each)
            for i, (each, is_named) in enumerate(zip(value, named, strict=True))
        ]
    if not hasattr(value, "get_params"):
        return []
    if isinstance(getattr(value, "steps", None), list):
        return _parts(value.steps)
    state = value.__getstate__()
    return list(state.items()) if isinstance(state, Mapping) else []


def _is_writable(skops: Any, value: Any) -> bool:
    try:
        skops.dumps(value)
    except Exception:  # as above
        return False
    return True


def _untrusted(skops: Any, data: bytes, name: str) -> list[str]:
    try:
        return sorted(skops.get_untrusted_types(data=data))
    except Exception as error:  # a damaged archive raises nearly anything
        raise _damaged(name, error) from None


def _damaged(name: str, error: Exception) -> DataError:
    return DataError(
        f"{name}: expected a skops file, found something else or damage: "
        f"{type(error).__name__}: {error}"
    )


def _pinned(data: bytes) -> bytes:
    """The same archive without what differs each time: addresses, and the time of day."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        schema = json.loads(archive.read(_SCHEMA))
        numbers: dict[Any, int] = {}
        files: dict[str, str] = {}
        schema = _renamed(schema, numbers, files)
        contents = {new: _content(archive.read(old)) for old, new in files.items()}
    contents[_SCHEMA] = _indented(schema).encode()
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()


def _indented(node: Any, margin: str = "\n") -> str:
    """As `json.dumps(node, indent=1)`, but faster: the file of a model may have 100,000 lines."""
    if type(node) is str:
        return encode_basestring_ascii(node)
    inner = f"{margin} "
    if isinstance(node, dict) and node:
        lines = [
            f"{encode_basestring_ascii(key)}: {_indented(each, inner)}"
            for key, each in node.items()
        ]
        return f"{{{inner}{f',{inner}'.join(lines)}{margin}}}"
    if isinstance(node, list) and node:
        return f"[{inner}{f',{inner}'.join([_indented(e, inner) for e in node])}{margin}]"
    return json.dumps(node)


def _content(file: bytes) -> bytes:
    """A file of the archive; the nodes of trees are records with gaps."""
    if not file.startswith(b"\x93NUMPY"):
        return file
    numpy = need("numpy", "format `skops`", extra="skops")
    fresh = BytesIO()
    numpy.save(fresh, without_padding(numpy.load(BytesIO(file), allow_pickle=False)))
    return fresh.getvalue()


def _renamed(node: Any, numbers: dict[Any, int], files: dict[str, str]) -> Any:
    """The schema with objects and files counted from nought, as they are met."""
    if isinstance(node, list):
        return [_renamed(each, numbers, files) for each in node]
    if not isinstance(node, dict):
        return node
    return {key: _value(node, key, value, numbers, files) for key, value in node.items()}


def _value(
    node: dict[str, Any], key: str, value: Any, numbers: dict[Any, int], files: dict[str, str]
) -> Any:
    if "__loader__" not in node:
        return _renamed(value, numbers, files)
    if key == "__id__":
        # Constants are shared or not as Python pleases, so the content tells them apart.
        constant = node.get("content") if node["__loader__"] == "JsonNode" else None
        return numbers.setdefault((constant or "", 0 if constant else value), len(numbers))
    if key == "file":
        suffix = value.rpartition(".")[2]
        return files.setdefault(value, f"{len(files)}.{suffix}")
    return _renamed(value, numbers, files)
