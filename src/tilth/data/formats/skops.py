"""Models of scikit-learn in skops files, which can be read without running what is in them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Mapping
from io import BytesIO
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

_HARMLESS = (
    "numpy.dtype",
    "sklearn.model_selection._split.KFold",
    "tilth.quality.conversion.onnx_model.OnnxModel",
    "tilth.quality.preparation.transformers.ReadColumns",
    "tilth.quality.pruning.packed.PackedBoosting",
    "tilth.quality.pruning.packed.PackedClassifier",
    "tilth.quality.pruning.packed.PackedRegressor",
)
"""Types that skops asks about although they do nothing but compute: scikit-learn's imputers hold
the first, its target encoders the second; the third is a file of ONNX, preparations of
`stage: prepare` begin with the fourth, and the last are trees that Tilth packed, which are arrays
and nothing else."""


class Skops:
    """A fitted estimator, or a dict, list or tuple with estimators in it.

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
            raise DataError(
                f"format `skops`: {shape_of(value)} cannot be written: {error}",
                hint="`format: pickle` takes any Python object, for files that you trust",
            ) from error
        stream.write(_pinned(data))

    def write_chunks(self, stream: BinaryIO, chunks: Iterable[Any]) -> None:
        """A model is one value: it cannot be written piece by piece."""
        raise DataError("format `skops`: cannot be written piece by piece")

    def _is_trusted(self, name: str) -> bool:
        return any(name == each or name.startswith(f"{each}.") for each in self._trusted)


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
    contents[_SCHEMA] = json.dumps(schema, indent=1).encode()
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()


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
