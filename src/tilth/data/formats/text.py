"""Text, in UTF-8."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO, ClassVar

from tilth.data.format import Source
from tilth.data.options import checked, encoding
from tilth.data.shape import PATH, shape_of
from tilth.errors import DataError

__all__ = ["Text"]

_OPTIONS = {"encoding": encoding()}


class Text:
    """A text, with the line ends that it has.

    Option for `read` and `write`: `encoding` (`utf-8`).
    """

    suffix: ClassVar[str] = ".txt"
    exact: ClassVar[bool] = True
    types: ClassVar[tuple[str, ...]] = ("str",)
    shapes: ClassVar[tuple[str, ...]] = ("str", PATH)

    def __init__(
        self, *, read: Mapping[str, Any] | None = None, write: Mapping[str, Any] | None = None
    ) -> None:
        self._read: str = checked("format `text`, `read`", read, _OPTIONS)["encoding"]
        self._write: str = checked("format `text`, `write`", write, _OPTIONS)["encoding"]

    def read(self, source: Source, shape: str | None = None) -> Any:
        """The text, or the file."""
        if shape == PATH:
            return source.path()
        with source.open() as stream:
            data = stream.read()
        try:
            return data.decode(self._read)
        except UnicodeDecodeError as error:
            raise DataError(
                f"{source.name}: expected text in {self._read}, found byte "
                f"0x{data[error.start]:02x} at position {error.start:,}",
                hint="say `read: {encoding: ...}`, or `format: bytes`",
            ) from None

    def write(self, stream: BinaryIO, value: Any) -> None:
        """Write the text."""
        if not isinstance(value, str):
            raise DataError(f"format `text`: takes str, not {shape_of(value)}")
        try:
            stream.write(value.encode(self._write))
        except UnicodeEncodeError as error:
            raise DataError(
                f"format `text`: character {value[error.start]!a} at position {error.start:,} "
                f"cannot be written in {self._write}"
            ) from None

    def write_chunks(self, stream: BinaryIO, chunks: Iterable[Any]) -> None:
        """Write one text after the other."""
        for chunk in chunks:
            self.write(stream, chunk)
