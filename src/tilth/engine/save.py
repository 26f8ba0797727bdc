"""Saving: each output is written once, hashed while it is written, and put in its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from tilth.data.choose import best_format
from tilth.data.format import Format
from tilth.data.location import fill, place
from tilth.data.shape import describe, is_table, shape_of
from tilth.engine.call import Target
from tilth.engine.load import format_for
from tilth.engine.step import PARTITIONS
from tilth.errors import DataError, TilthError, UnserialisableError
from tilth.fingerprint.canonical import combine, of_bytes
from tilth.history.record import Made, new_made
from tilth.record import changed
from tilth.store.blobs import Blobs, BlobWriter, Kept

if TYPE_CHECKING:
    from tilth.engine.upheld import Upheld

INLINE = 4096
"""Bytes up to which a value lives in the history's database."""


class Saver:
    """Writes what one call made into a store, and then to the places where people want it."""

    def __init__(
        self, blobs: Blobs, code_of: Callable[[str], str], upheld: Upheld | None = None
    ) -> None:
        """Begin.

        Args:
            blobs: The store.
            code_of: Digest of the user's code behind a dotted name, for formats that name
                code instead of holding it.
            upheld: Holds outputs that have contracts against them; None where none has.
        """
        self._blobs = blobs
        self._code_of = code_of
        self._upheld = upheld
        self._to_place: list[tuple[Target, Made]] = []

    def place_all(self) -> None:
        """Put everything at its location, now that all of it could be written."""
        for target, made in self._to_place:
            self._place(target, made)

    def whole(
        self, target: Target, value: object, *, inline_below: int = INLINE
    ) -> tuple[Made, bool]:
        """Write a value; also says whether the value itself may be handed on.

        Where the value decides the format and cannot be written in any, it is not kept.
        """
        name = target.format or best_format(value)
        if name is None:
            return unkept(target.dataset, shape_of(value)), True
        if self._upheld is not None:
            self._upheld.before(target, value)
        try:
            made = self._written(target, name, value, inline_below)
        except UnserialisableError:
            if target.format:
                raise
            return unkept(target.dataset, shape_of(value)), True
        if self._upheld is not None:
            self._upheld.after(target, made, value, self._blobs)
        return made, not target.format or format_for(name).exact

    def chunks(self, target: Target, chunks: Iterator[Any]) -> Made:
        """Write what a generator yields, one chunk after the other."""
        first = next(chunks, None)
        if first is None:
            raise DataError(
                f"nothing was yielded for `{target.dataset}`", hint="yield one empty chunk at least"
            )
        name = target.format or _format_of_chunks(first)
        if name is None:  # plain values: a list of them is what was meant
            return self.whole(target, [first, *chunks])[0]
        kind = self._format(name, target)
        try:
            with self._blobs.writer(inline_below=INLINE) as writer:
                kind.write_chunks(_stream(writer), chain([first], chunks))
        except DataError as error:
            _name(target, error)
            raise
        made = Made(
            dataset=target.dataset,
            fingerprint=writer.kept.fingerprint,
            n_bytes=writer.kept.n_bytes,
            format=name,
            shape=shape_of(first),
            data=writer.kept.data,
        )
        if self._upheld is not None:
            self._upheld.after(target, made, None, self._blobs)
        if target.location is not None:
            self._to_place.append((target, made))
        return made

    def partitions(self, target: Target, parts: Iterable[Any]) -> Made:
        """Write each partition as it comes, then the table of contents."""
        contents: dict[str, Made] = {}
        for each in parts:
            key, value = _pair(each, target)
            part = Target(
                dataset=target.dataset,
                format=target.format,
                options=target.options,
                location=target.location,
                partition=key,
                promised=target.promised,
            )
            if key in contents:
                raise DataError(f"partition `{key}` of `{target.dataset}` was given twice")
            # Not inline: the history keeps outputs of node runs, and a part is none by itself.
            made = self.whole(part, value, inline_below=0)[0]
            if not made.kept:
                raise UnserialisableError(
                    f"partition `{key}` of `{target.dataset}` ({made.shape}) cannot be written"
                )
            contents[key] = made
        return contents_of(target.dataset, contents)

    def _written(self, target: Target, name: str, value: object, inline_below: int) -> Made:
        kind = self._format(name, target)
        try:
            kept = self._kept(kind, value, inline_below)
        except DataError as error:
            _name(target, error)
            raise
        rows, columns, shape = _extent(value)
        made = new_made(
            dataset=target.dataset,
            fingerprint=kept.fingerprint,
            n_bytes=kept.n_bytes,
            format=name,
            shape=shape if target.shape is None else target.shape,
            rows=rows,
            columns=columns,
            data=kept.data,
        )
        if target.location is not None:
            self._to_place.append((target, made))
        return made

    def _kept(self, kind: Format, value: object, inline_below: int) -> Kept:
        to_bytes = vars(type(kind)).get("to_bytes")  # not of a base, whose `write` may be another
        if to_bytes is not None:
            return self._blobs.keep(to_bytes(kind, value), inline_below)
        with self._blobs.writer(inline_below) as writer:
            kind.write(_stream(writer), value)
        return writer.kept

    def _format(self, name: str, target: Target) -> Format:
        kind = format_for(name, write=target.options)
        if hasattr(kind, "code_of"):
            kind.code_of = self._code_of
        return kind

    def _place(self, target: Target, made: Made) -> None:
        location = target.location or ""
        if target.partition is not None:
            location = fill(location, target.partition)
        source = made.data if made.data is not None else self._blobs.path(made.fingerprint)
        place(source, Path(location))


_PLAIN = frozenset({int, float, bool, type(None)})


def _extent(value: object) -> tuple[int | None, int | None, str]:
    if type(value) in _PLAIN:
        return None, None, type(value).__name__
    found = describe(value)
    return (
        (found.rows, found.columns, found.shape)
        if is_table(found.shape)
        else (
            found.rows if found.shape == "numpy.ndarray" else None,
            None,
            found.shape,
        )
    )


def _format_of_chunks(first: object) -> str | None:
    name = best_format(first)
    return name if name in ("arrow", "text", "bytes") else None


def _name(target: Target, error: DataError) -> None:
    """Have an error say which output it was that could not be written."""
    error.args = (f"output `{target.dataset}` could not be written: {error}",)


def _stream(writer: BlobWriter) -> BinaryIO:
    """The writer as what it is used as; the types of the standard library do not meet here."""
    return cast(BinaryIO, writer)


def _pair(each: Any, target: Target) -> tuple[str, Any]:
    if not isinstance(each, tuple) or len(each) != 2 or not isinstance(each[0], str):
        raise TilthError(
            f"`{target.dataset}` is partitioned, but instead of a key and a value "
            f"there came {type(each).__name__}",
            hint="yield `(key, value)`, or return a dictionary; keys are text",
        )
    return each


def unkept(dataset: str, shape: str) -> Made:
    """A version whose value lives for the run alone. The engine gives it its fingerprint."""
    return Made(dataset=dataset, fingerprint="", n_bytes=0, format="", shape=shape, kept=False)


def live(made: Made, fingerprint: str) -> Made:
    """The version of a value that cannot be kept: it is known by what made it."""
    return changed(made, fingerprint=combine("live", fingerprint, made.dataset))


def contents_of(dataset: str, parts: dict[str, Made]) -> Made:
    """The table of contents of a partitioned dataset, as a version of its own."""
    rows = [part.rows for part in parts.values()]
    table = {key: _row(parts[key]) for key in sorted(parts)}
    data = json.dumps(table, separators=(",", ":"), ensure_ascii=False).encode()
    known = [n for n in rows if n is not None]
    return Made(
        dataset=dataset,
        fingerprint=of_bytes(data),
        n_bytes=len(data),
        format=PARTITIONS,
        shape=f"{len(parts)} partitions",
        rows=sum(known) if len(known) == len(rows) and rows else None,
        columns=next(iter(parts.values())).columns if parts else None,
        data=data,
    )


def _row(part: Made) -> list[Any]:
    return [
        part.fingerprint,
        part.n_bytes,
        part.format,
        part.shape,
        part.rows,
        part.columns,
        part.kept,
    ]


@lru_cache(maxsize=256)
def parts_in(data: bytes, dataset: str) -> dict[str, Made]:
    """Key -> version, from a table of contents."""
    return {
        key: Made(
            dataset=dataset,
            fingerprint=row[0],
            n_bytes=row[1],
            format=row[2],
            shape=row[3],
            rows=row[4],
            columns=row[5],
            kept=row[6],
        )
        for key, row in json.loads(data).items()
    }
