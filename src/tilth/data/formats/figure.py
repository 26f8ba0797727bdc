"""Pictures drawn with Matplotlib, as PNG, SVG or PDF."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from io import BytesIO
from threading import Lock
from typing import Any, BinaryIO, ClassVar

from tilth.data.format import Source
from tilth.data.library import need
from tilth.data.options import checked, count, flag, one_of
from tilth.data.shape import PATH, shape_of
from tilth.data.source import copy_file
from tilth.errors import DataError

__all__ = ["Figure"]

_WRITE = {
    "kind": one_of("png", "svg", "pdf", default="png"),
    "dpi": count(150, least=1),
    "tight": flag(True),
    "transparent": flag(False),
}

_NO_METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Creator": None, "Date": None, "Format": None, "Type": None},
    "pdf": {"Creator": None, "Producer": None, "CreationDate": None},
}
"""Without day and version, so that the same picture has the same bytes."""

_BEGINNINGS = (b"\x89PNG\r\n\x1a\n", b"<?xml", b"<svg", b"%PDF-")

_ONE_AT_A_TIME = Lock()
"""Matplotlib's settings belong to the process, and its drawing is not made for threads."""


class Figure:
    """A figure, or the one that axes belong to.

    Options for `write`: `kind` (`png`, `svg`, `pdf`; by default what the location ends in),
    `dpi` (150), `tight` (cut the margin away) and `transparent`. It is read as bytes or as
    the file, since a picture does not become a figure again.
    """

    suffix: ClassVar[str] = ".png"
    exact: ClassVar[bool] = False
    types: ClassVar[tuple[str, ...]] = ("matplotlib.figure.Figure", "matplotlib.axes.Axes", PATH)
    shapes: ClassVar[tuple[str, ...]] = ("bytes", PATH)

    def __init__(
        self, *, read: Mapping[str, Any] | None = None, write: Mapping[str, Any] | None = None
    ) -> None:
        checked("format `figure`, `read`", read, {})
        self._write = checked("format `figure`, `write`", write, _WRITE)

    def read(self, source: Source, shape: str | None = None) -> Any:
        """The picture's bytes, or the file."""
        if shape == PATH:
            return source.path()
        with source.open() as stream:
            data = stream.read()
        if not data.startswith(_BEGINNINGS):
            raise DataError(
                f"{source.name}: expected a PNG, SVG or PDF picture, found something else"
            )
        return data

    def write(self, stream: BinaryIO, value: Any) -> None:
        """Draw the figure; pyplot need not keep it any longer."""
        if shape_of(value) == PATH:
            copy_file(value, stream)
            return
        figure = _figure(value)
        stream.write(self._drawn(figure))
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None:  # it would hold every figure for ever, and warn after twenty
            pyplot.close(figure)

    def _drawn(self, figure: Any) -> bytes:
        matplotlib = need("matplotlib", "format `figure`", extra="figure")
        kind = self._write["kind"]
        picture = BytesIO()
        with _ONE_AT_A_TIME, matplotlib.rc_context({"svg.hashsalt": "tilth"}):
            figure.savefig(
                picture,
                format=kind,
                dpi=self._write["dpi"],
                bbox_inches="tight" if self._write["tight"] else None,
                transparent=self._write["transparent"],
                metadata=_NO_METADATA[kind],
            )
        return picture.getvalue()

    def write_chunks(self, stream: BinaryIO, chunks: Iterable[Any]) -> None:
        """A picture is one value: it cannot be written piece by piece."""
        raise DataError("format `figure`: cannot be written piece by piece")


def _figure(value: Any) -> Any:
    """The figure itself, or that of axes, or of a grid of them."""
    for name in ("savefig", "figure", "fig"):
        found = value if name == "savefig" else getattr(value, name, None)
        if not isinstance(found, type) and hasattr(found, "savefig"):
            return found
    raise DataError(
        f"format `figure`: takes a Matplotlib figure or axes, not {shape_of(value)}",
        hint="return the figure: `figure, axes = plt.subplots()` ... `return figure`",
    )
