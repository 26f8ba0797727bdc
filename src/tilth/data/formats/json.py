"""JSON: plain values that people and other programs can read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO, ClassVar

from tilth.data.format import Source
from tilth.data.options import checked, count
from tilth.data.shape import PATH
from tilth.data.tree import is_plain_tree, odd_leaf
from tilth.errors import DataError
from tilth.json_writer import json_writer

__all__ = ["Json"]

_WRITE = {"indent": count()}
_compact = json_writer(allow_nan=False)


class Json:
    """None, bool, int, float, str, and lists and dicts of them; keys keep their order.

    Option for `write`: `indent` (spaces per level; by default everything is on one line).
    """

    suffix: ClassVar[str] = ".json"
    exact: ClassVar[bool] = True
    types: ClassVar[tuple[str, ...]] = ("dict", "list", "str", "int", "float", "bool", "NoneType")
    shapes: ClassVar[tuple[str, ...]] = ("object", PATH)

    def __init__(
        self, *, read: Mapping[str, Any] | None = None, write: Mapping[str, Any] | None = None
    ) -> None:
        checked("format `json`, `read`", read, {})
        indent = checked("format `json`, `write`", write, _WRITE)["indent"]
        self._encoder: json.JSONEncoder | None = None
        if indent is not None:
            self._encoder = json.JSONEncoder(
                ensure_ascii=False, allow_nan=False, indent=indent, separators=(",", ": ")
            )

    def read(self, source: Source, shape: str | None = None) -> Any:
        """The value, whatever its type; or the file."""
        if shape == PATH:
            return source.path()
        with source.open() as stream:
            data = stream.read()
        try:
            return json.loads(data.decode("utf-8-sig", "surrogatepass"), parse_constant=_refuse)
        except ValueError as error:  # of the text's encoding, or of its grammar
            raise DataError(f"{source.name}: expected JSON: {error}") from None
        except RecursionError:
            raise DataError(f"{source.name}: JSON that is nested too deeply") from None

    def write(self, stream: BinaryIO, value: Any) -> None:
        """Write the value on one line, or indented."""
        stream.write(self.to_bytes(value))

    def to_bytes(self, value: Any) -> bytes:
        """What `write` writes."""
        if not is_plain_tree(value):
            where, found = odd_leaf(value)
            raise DataError(
                f"format `json`: {where} is {found}, which JSON would not give back",
                hint="turn it into dicts with text keys, lists, text and finite numbers; "
                "`format: metrics` takes NumPy numbers and NaN, `format: pickle` takes all",
            )
        text = _compact(value) if self._encoder is None else self._encoder.encode(value)
        return text.encode("utf-8", "surrogatepass") + b"\n"

    def write_chunks(self, stream: BinaryIO, chunks: Iterable[Any]) -> None:
        """JSON is one value: it cannot be written piece by piece."""
        raise DataError(
            "format `json`: cannot be written piece by piece",
            hint="return a list instead of yielding its parts",
        )


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not in the JSON standard")
