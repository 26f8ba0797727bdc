"""NumPy arrays in `.npy` files, which are read by mapping them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any, BinaryIO, ClassVar

from tilth.data.array import without_padding
from tilth.data.format import Source
from tilth.data.library import need
from tilth.data.options import no_options
from tilth.data.shape import NUMPY, PATH, shape_of
from tilth.errors import DataError

__all__ = ["Numpy"]


class Numpy:
    """One array of any shape and of any type but `object`.

    It is mapped when it is read: only what is looked at is loaded, and what a function writes
    into it stays in memory.
    """

    suffix: ClassVar[str] = ".npy"
    exact: ClassVar[bool] = True
    types: ClassVar[tuple[str, ...]] = (NUMPY,)
    shapes: ClassVar[tuple[str, ...]] = (NUMPY, PATH)

    def __init__(
        self, *, read: Mapping[str, Any] | None = None, write: Mapping[str, Any] | None = None
    ) -> None:
        no_options("numpy", read, write)

    def read(self, source: Source, shape: str | None = None) -> Any:
        """The array, or the file."""
        if shape == PATH:
            return source.path()
        numpy = need("numpy", f"{source.name} (format `numpy`)", extra="numpy")
        content = source.content()
        if content[:6] != b"\x93NUMPY":  # else NumPy would take the bytes for a pickle
            raise DataError(f"{source.name}: expected a NumPy array, found something else")
        try:
            if isinstance(content, bytes):
                return numpy.load(BytesIO(content), allow_pickle=False)
            mapped = numpy.load(source.path(), mmap_mode="c", allow_pickle=False)
            return mapped.view(numpy.ndarray)
        except (ValueError, EOFError, OSError, SyntaxError) as error:
            raise _damaged(source, error) from None

    def write(self, stream: BinaryIO, value: Any) -> None:
        """Write the array as it lies in memory, by rows or by columns."""
        numpy = need("numpy", "format `numpy`", extra="numpy")
        if shape_of(value) != NUMPY:
            raise DataError(f"format `numpy`: takes numpy.ndarray, not {shape_of(value)}")
        if value.dtype.hasobject:
            raise DataError(
                "format `numpy`: an array of Python objects has no plain bytes",
                hint="give it a type such as float or `U10`, or use `format: pickle`",
            )
        numpy.save(stream, without_padding(value), allow_pickle=False)

    def write_chunks(self, stream: BinaryIO, chunks: Iterable[Any]) -> None:
        """The header tells the length, so an array cannot be written piece by piece."""
        raise DataError(
            "format `numpy`: cannot be written piece by piece",
            hint="return one array, or yield tables into `format: parquet`",
        )


def _damaged(source: Source, error: Exception) -> DataError:
    return DataError(f"{source.name}: expected a NumPy array, found a part or damage: {error}")
