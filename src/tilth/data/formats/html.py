"""HTML pages: text, or anything that shows itself in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO, ClassVar

from tilth.data.format import Source
from tilth.data.options import no_options
from tilth.data.shape import PATH, shape_of
from tilth.errors import DataError

__all__ = ["Html"]

_PAGE = '<!doctype html>\n<meta charset="utf-8">\n{}\n'


class Html:
    """A page for people.

    Text is kept as it is; of anything else, what its `_repr_html_` gives is made a page.
    """

    suffix: ClassVar[str] = ".html"
    exact: ClassVar[bool] = False
    types: ClassVar[tuple[str, ...]] = ("str", "object")
    shapes: ClassVar[tuple[str, ...]] = ("str", PATH)

    def __init__(
        self, *, read: Mapping[str, Any] | None = None, write: Mapping[str, Any] | None = None
    ) -> None:
        no_options("html", read, write)

    def read(self, source: Source, shape: str | None = None) -> Any:
        """The page as text, or the file."""
        if shape == PATH:
            return source.path()
        with source.open() as stream:
            data = stream.read()
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise DataError(f"{source.name}: expected HTML in UTF-8: {error}") from None

    def write(self, stream: BinaryIO, value: Any) -> None:
        """Write the page in UTF-8."""
        try:
            stream.write(_page(value).encode())
        except UnicodeEncodeError as error:
            raise DataError(f"format `html`: the page is no Unicode text: {error}") from None

    def write_chunks(self, stream: BinaryIO, chunks: Iterable[Any]) -> None:
        """Write one piece of text after the other."""
        for chunk in chunks:
            if not isinstance(chunk, str):
                raise DataError(f"format `html`: pieces must be text, not {shape_of(chunk)}")
            self.write(stream, chunk)


def _page(value: Any) -> str:
    if isinstance(value, str):
        return value
    # A class has the method as well, but only its objects can be asked.
    shown = None if isinstance(value, type) else getattr(value, "_repr_html_", None)
    page = shown() if callable(shown) else None
    if not isinstance(page, str):
        raise DataError(
            f"format `html`: takes text or what has `_repr_html_`, not {shape_of(value)}"
        )
    return _PAGE.format(page)
