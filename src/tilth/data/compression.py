"""Whole files inside gzip or zip; which of them it is, the first bytes say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any, BinaryIO
from zlib import error as ZlibError  # noqa: N812 - a class, whatever zlib calls it

from tilth.data.format import Buffer, Source
from tilth.errors import DataError

COMPRESSIONS = ("none", "gzip", "zip")
"""What a format may offer to write."""

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # with members; without any


def decompressed(source: Source) -> Buffer:
    """The bytes of a source, unpacked where they are packed.

    Raises:
        DataError: The packing is damaged, or a zip holds more or less than one file.
    """
    content = source.content()
    start = content[:4]
    if start[:2] == _GZIP:
        return _unpacked(_gunzipped, content, source.name)
    if start in _ZIP:
        return _unpacked(_only_member, content, source.name)
    return content


def _unpacked(unpack: Callable[[Buffer, str], bytes], content: Buffer, name: str) -> bytes:
    from zipfile import BadZipFile  # late: brings threading and lzma, and is seldom needed

    try:
        return unpack(content, name)
    except (BadZipFile, EOFError, OSError, ZlibError, RuntimeError, NotImplementedError) as error:
        raise DataError(f"{name}: a damaged or encrypted archive: {error}") from None


def _gunzipped(content: Buffer, name: str) -> bytes:
    import gzip  # late: seldom needed

    return gzip.decompress(content)


@contextmanager
def compressed(stream: BinaryIO, compression: str, member: str) -> Iterator[Any]:
    """A stream to write to; without names and times, so that equal data gives equal bytes."""
    import gzip  # late: both are seldom needed
    import zipfile

    if compression == "gzip":
        with gzip.GzipFile(fileobj=stream, mode="wb", filename="", mtime=0) as packed:
            yield packed
    elif compression == "zip":
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            entry = zipfile.ZipInfo(member, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with archive.open(entry, "w", force_zip64=True) as packed:
                yield packed
    else:
        yield stream


def _only_member(content: Buffer, name: str) -> bytes:
    import zipfile  # late: brings threading and lzma, and is seldom needed

    with zipfile.ZipFile(BytesIO(content)) as archive:
        files = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(files) != 1:
            raise DataError(
                f"{name}: a zip must hold exactly one file, this one holds {len(files)}"
            )
        return archive.read(files[0])
