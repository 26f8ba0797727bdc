"""Bytes, as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO, ClassVar

from tilth.data.format import Source
from tilth.data.options import no_options
from tilth.data.shape import PATH, shape_of
from tilth.data.source import copy_file
from tilth.errors import DataError

__all__ = ["Bytes"]


class Bytes:
    """Bytes that Tilth need not understand; a path stands for the bytes of its file."""

    suffix: ClassVar[str] = ".bin"
    exact: ClassVar[bool] = True
    types: ClassVar[tuple[str, ...]] = ("bytes", PATH)
    shapes: ClassVar[tuple[str, ...]] = ("bytes", PATH)

    def __init__(
        self, *, read: Mapping[str, Any] | None = None, write: Mapping[str, Any] | None = None
    ) -> None:
        no_options("bytes", read, write)

    def read(self, source: Source, shape: str | None = None) -> Any:
        """The bytes, or the file."""
        if shape == PATH:
            return source.path()
        with source.open() as stream:
            return stream.read()

    def write(self, stream: BinaryIO, value: Any) -> None:
        """Write the bytes."""
        if shape_of(value) == PATH:
            copy_file(value, stream)
        elif isinstance(value, (bytes, bytearray, memoryview)):
            stream.write(value)
        else:
            raise DataError(f"format `bytes`: takes bytes or a path, not {shape_of(value)}")

    def write_chunks(self, stream: BinaryIO, chunks: Iterable[Any]) -> None:
        """Write one piece after the other."""
        for chunk in chunks:
            self.write(stream, chunk)
