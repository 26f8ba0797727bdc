"""What a format owes: how a value becomes bytes, and bytes a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from mmap import mmap
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Protocol, TypeAlias

Buffer: TypeAlias = bytes | mmap


class Source(Protocol):
    """Bytes to read: a file, or a few bytes that live in the database.

    Attributes:
        name: What errors call it: the dataset and where it lies.
    """

    name: str

    def open(self) -> BinaryIO:
        """A stream of the bytes, at its start; the caller closes it."""

    def path(self) -> Path:
        """A file that holds the bytes; it may be memory-mapped, never written."""

    def content(self) -> Buffer:
        """All bytes at once, memory-mapped where they lie in a file; read-only."""


class Format(Protocol):
    """How a value becomes bytes, and bytes a value.

    A format knows nothing of places, credentials, versions or compression of whole files:
    the dataset opens the stream and closes it. The same value gives the same bytes, on any
    day, in any process. A format is made with the options that the catalog gives; it checks
    them when it is made, without importing the library that it needs.
    Bad bytes raise `DataError`, which says what was expected and what was found.
    One whose values are small may have `to_bytes(value)` as well, which gives what `write`
    would write: that spares a stream.

    Attributes:
        suffix: What files end in, such as `.csv`.
        exact: Whether a value that is written and read back in its own type is the same,
            types included. Where it is not (`csv` forgets types), the engine hands on what
            was read back, never what was written, so that a run that computes and a run
            that reuses see the same.
        types: Dotted names of the types that `write` takes, such as `pandas.DataFrame`;
            `object` for any.
        shapes: Dotted names of the types that `read` gives, the default first.
    """

    suffix: ClassVar[str]
    exact: ClassVar[bool]
    types: ClassVar[tuple[str, ...]]
    shapes: ClassVar[tuple[str, ...]]

    def __init__(
        self, *, read: Mapping[str, Any] | None = None, write: Mapping[str, Any] | None = None
    ) -> None: ...

    def read(self, source: Source, shape: str | None = None) -> Any:
        """The value, as the asked shape (one of `shapes`), or as the default."""

    def write(self, stream: BinaryIO, value: Any) -> None:
        """Write the value; the caller closes the stream."""

    def write_chunks(self, stream: BinaryIO, chunks: Iterable[Any]) -> None:
        """Write what a generator yields, one chunk after the other, never all in memory.

        A format that cannot (`json`) raises `DataError`, which says so.
        """
