"""Models in ONNX, with what Tilth notes of their columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO, ClassVar

from tilth.data.format import Source
from tilth.data.library import need
from tilth.data.options import no_options
from tilth.data.shape import ONNX, PATH, shape_of
from tilth.errors import DataError

__all__ = ["Onnx"]


class Onnx:
    """A model in ONNX, as `tilth.quality.conversion` and `means: onnx` of `stage: prune` make it.

    It has `predict`, and of classes `predict_proba`; reading it runs no code.
    """

    suffix: ClassVar[str] = ".onnx"
    exact: ClassVar[bool] = True
    types: ClassVar[tuple[str, ...]] = (ONNX,)
    shapes: ClassVar[tuple[str, ...]] = (ONNX, PATH)

    def __init__(
        self, *, read: Mapping[str, Any] | None = None, write: Mapping[str, Any] | None = None
    ) -> None:
        no_options("onnx", read, write)

    def read(self, source: Source, shape: str | None = None) -> Any:
        """The model, or the file."""
        if shape == PATH:
            return source.path()
        need("onnxruntime", f"{source.name} (format `onnx`)", extra="onnx")
        from tilth.quality.conversion.onnx_model import OnnxModel  # needs NumPy, as models do

        content = bytes(source.content())
        try:
            return OnnxModel(content)
        except KeyError as error:
            raise DataError(
                f"{source.name}: says nothing of its columns, so it is not of Tilth",
                hint="`format: bytes` reads any file",
            ) from error
        except Exception as error:  # whatever onnxruntime stumbles over
            raise DataError(
                f"{source.name}: expected a model in ONNX, found something else or damage: "
                f"{' '.join(str(error).split()):.200}"
            ) from None

    def write(self, stream: BinaryIO, value: Any) -> None:
        """Write the model."""
        if shape_of(value) != ONNX:
            raise DataError(
                f"format `onnx`: takes a model in ONNX, not {shape_of(value)}",
                hint="`tilth.quality.conversion.converted` makes one of an estimator",
            )
        stream.write(value.content)

    def write_chunks(self, stream: BinaryIO, chunks: Iterable[Any]) -> None:
        """A model is one value: it cannot be written piece by piece."""
        raise DataError("format `onnx`: cannot be written piece by piece")
