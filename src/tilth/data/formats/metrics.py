"""Metrics: scalars, intervals, curves and tables as canonical JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO, ClassVar

from tilth.data.format import Source
from tilth.data.metrics import from_json, plain, to_json
from tilth.data.options import no_options
from tilth.data.shape import PATH
from tilth.errors import DataError

__all__ = ["Metrics"]


class Metrics:
    """What was measured; the history keeps each number by its dotted name.

    Takes dicts of numbers (also of NumPy, also NaN and infinity), of intervals (`value`,
    `low`, `high`), of curves (lists of one length) and of data frames. Gives plain dicts and
    lists back, keys in order.
    """

    suffix: ClassVar[str] = ".json"
    exact: ClassVar[bool] = False
    types: ClassVar[tuple[str, ...]] = ("dict", "object")
    shapes: ClassVar[tuple[str, ...]] = ("dict", PATH)

    def __init__(
        self, *, read: Mapping[str, Any] | None = None, write: Mapping[str, Any] | None = None
    ) -> None:
        no_options("metrics", read, write)

    def read(self, source: Source, shape: str | None = None) -> Any:
        """The metrics as plain dicts, lists and numbers; or the file."""
        if shape == PATH:
            return source.path()
        with source.open() as stream:
            data = stream.read()
        try:
            return from_json(data.decode())
        except (ValueError, RecursionError) as error:
            raise DataError(f"{source.name}: expected metrics in JSON: {error}") from None

    def write(self, stream: BinaryIO, value: Any) -> None:
        """Write the metrics, indented, keys in order."""
        stream.write(self.to_bytes(value))

    def to_bytes(self, value: Any) -> bytes:
        """What `write` writes."""
        text = to_json(plain(value), indent=2)
        try:
            return text.encode() + b"\n"
        except UnicodeEncodeError:
            raise DataError("format `metrics`: a text in it is no Unicode") from None

    def write_chunks(self, stream: BinaryIO, chunks: Iterable[Any]) -> None:
        """Metrics are one value: they cannot be written piece by piece."""
        raise DataError(
            "format `metrics`: cannot be written piece by piece",
            hint="return one dict instead of yielding its parts",
        )
