"""Pickle: any Python value, for those who trust where the bytes come from."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Mapping
from typing import Any, BinaryIO, ClassVar

from tilth.data.format import Source
from tilth.data.options import no_options
from tilth.data.pickled import pickled
from tilth.data.shape import PATH
from tilth.errors import DataError

__all__ = ["Pickle"]


class Pickle:
    """Any Python value that pickle or cloudpickle can take apart.

    Reading a pickle runs code that is in it. So a catalog must ask for this format by name,
    and Tilth itself uses it only in the project's own store, after the digest was verified.

    Args:
        code_of: The digest of the code of a class or function, given its dotted name; it
            goes behind the pickle, as a class whose methods change pickles to the same bytes.
    """

    suffix: ClassVar[str] = ".pickle"
    exact: ClassVar[bool] = True
    types: ClassVar[tuple[str, ...]] = ("object",)
    shapes: ClassVar[tuple[str, ...]] = ("object", PATH)

    def __init__(
        self,
        *,
        read: Mapping[str, Any] | None = None,
        write: Mapping[str, Any] | None = None,
        code_of: Callable[[str], str] | None = None,
    ) -> None:
        no_options("pickle", read, write)
        self.code_of = code_of

    def read(self, source: Source, shape: str | None = None) -> Any:
        """The value, whatever its type; or the file."""
        if shape == PATH:
            return source.path()
        with source.open() as stream:
            try:
                return pickle.load(stream)  # noqa: S301 - asked for by name, or verified
            except MemoryError:
                raise
            except Exception as error:  # a damaged pickle raises nearly anything
                raise _unreadable(source.name, error) from error

    def write(self, stream: BinaryIO, value: Any) -> None:
        """Write the value, and behind it which of the user's code it is made of."""
        for piece in pickled(value, code_of=self.code_of):
            stream.write(piece)

    def write_chunks(self, stream: BinaryIO, chunks: Iterable[Any]) -> None:
        """A pickle is one value: it cannot be written piece by piece."""
        raise DataError(
            "format `pickle`: cannot be written piece by piece",
            hint="return a list, or yield tables into `format: parquet`",
        )


def _unreadable(name: str, error: Exception) -> DataError:
    kind = type(error).__name__
    if isinstance(error, (ModuleNotFoundError, AttributeError)):
        return DataError(
            f"{name}: was pickled with code that is gone: {error}",
            hint="run the node again that makes it",
        )
    return DataError(f"{name}: expected a pickle, found something else or a part: {kind}: {error}")
