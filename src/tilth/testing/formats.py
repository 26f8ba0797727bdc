"""The suite that every format passes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import cloudpickle
import pytest

from tilth.data.format import Format
from tilth.data.shape import shape_of
from tilth.data.source import BytesSource, FileSource
from tilth.errors import DataError, DefinitionError, MissingDataError, UnknownNameError
from tilth.testing.values import drained, same

_HEAVY = ("numpy", "pandas", "polars", "pyarrow", "duckdb", "matplotlib", "sklearn", "skops")


class FormatTests:
    """What a format owes, as tests.

    A subclass gives the fixtures `format` and `value`, and where they make sense `others`
    (more values that it takes), `empty` and `chunks`.

    Attributes:
        knows_its_end: Whether a file that lacks its last byte is damaged, not just shorter.
        knows_its_kind: Whether bytes of another kind are told from its own.
    """

    knows_its_end: ClassVar[bool] = True
    knows_its_kind: ClassVar[bool] = True

    @pytest.fixture
    def format(self) -> Format:
        """The format, with such options as its users set."""
        raise NotImplementedError("give a fixture `format`")

    @pytest.fixture
    def value(self) -> Any:
        """A value that shows what the format can hold."""
        raise NotImplementedError("give a fixture `value`")

    @pytest.fixture
    def others(self) -> list[Any]:
        """More values, of other types that it takes."""
        return []

    @pytest.fixture
    def empty(self) -> Any:
        """A value with nothing in it; None where there is no such thing."""
        return None

    @pytest.fixture
    def chunks(self) -> list[Any] | None:
        """The value in pieces, None where the format cannot be written so."""
        return None

    def test_it_says_what_it_takes_and_gives(self, format: Format) -> None:
        assert format.suffix.startswith(".")
        assert isinstance(format.exact, bool)
        assert format.types
        assert format.shapes
        assert all(isinstance(name, str) for name in (*format.types, *format.shapes))

    def test_what_was_written_can_be_read(
        self, format: Format, value: Any, others: list[Any]
    ) -> None:
        for each in (value, *others):
            back = read(format, written(format, each), own_shape(format, each))
            if format.exact:
                assert same(each, back), f"{each!r} came back as {back!r}"
            else:  # it may change once, but what was read stays what it is
                again = read(format, written(format, back), own_shape(format, back))
                assert same(back, again)

    def test_an_empty_value_can_be_written_and_read(self, format: Format, empty: Any) -> None:
        if empty is None:
            pytest.skip("there is no empty value")
        back = read(format, written(format, empty), own_shape(format, empty))
        assert same(empty, back) or not format.exact

    def test_the_same_value_gives_the_same_bytes(
        self, format: Format, value: Any, others: list[Any]
    ) -> None:
        for each in (value, *others):
            assert written(format, each) == written(format, each)

    def test_bytes_given_at_once_are_those_that_it_writes(
        self, format: Format, value: Any, others: list[Any]
    ) -> None:
        at_once = getattr(format, "to_bytes", None)
        if at_once is None:
            pytest.skip("it only writes into a stream")
        for each in (value, *others):
            assert at_once(each) == written(format, each)

    def test_another_process_gives_the_same_bytes(
        self, format: Format, value: Any, tmp_path: Path
    ) -> None:
        here = written(format, value)
        (tmp_path / "call").write_bytes(cloudpickle.dumps((format, value)))
        code = (
            "import pickle, sys; from io import BytesIO; s = BytesIO()\n"
            "f, v = pickle.load(open(sys.argv[1], 'rb')); f.write(s, v)\n"
            "sys.stdout.buffer.write(s.getvalue())"
        )
        assert _python(code, str(tmp_path / "call")) == here

    def test_it_is_read_in_each_shape_that_it_names(self, format: Format, value: Any) -> None:
        data = written(format, value)
        for shape in format.shapes:
            found = shape_of(format.read(BytesSource(data), shape))
            assert shape in (found, "object")

    def test_it_is_read_in_a_shape_of_its_own_if_none_is_asked(
        self, format: Format, value: Any
    ) -> None:
        found = shape_of(format.read(BytesSource(written(format, value))))
        assert found in format.shapes or "object" in format.shapes

    def test_a_file_reads_like_bytes_in_memory(
        self, format: Format, value: Any, tmp_path: Path
    ) -> None:
        data = written(format, value)
        file = tmp_path / f"a name with spaces, [braces] and ünicode{format.suffix}"
        file.write_bytes(data)
        for shape in format.shapes:
            if shape == "pathlib.Path":
                assert format.read(FileSource(file), shape) == file
                continue
            mapped = drained(format.read(FileSource(file), shape))
            assert same(mapped, drained(format.read(BytesSource(data), shape)))
        assert file.read_bytes() == data

    def test_a_missing_file_is_said_to_be_missing(self, format: Format, tmp_path: Path) -> None:
        with pytest.raises(MissingDataError, match="the dataset"):
            drained(format.read(FileSource(tmp_path / "none", "the dataset")))

    def test_a_part_of_a_file_is_refused(self, format: Format, value: Any) -> None:
        data = written(format, value)
        whole = len(data.rstrip(b"\n"))  # a line end that lacks is no loss
        for length in sorted({0, 1, whole // 3, whole // 2, whole - 1}):
            refused = _refuses(format, data[:length])
            assert refused or not self.knows_its_end, f"{length} of {len(data)} bytes were read"

    def test_bytes_of_another_kind_are_refused(self, format: Format) -> None:
        for data in (b"\x00\xff\xfenothing that is known\n" * 40, b"\x80", b"PK\x03\x04", b"{"):
            assert _refuses(format, data) or not self.knows_its_kind, f"{data[:8]!r} was read"

    def test_a_value_of_another_type_is_refused(self, format: Format) -> None:
        class Odd:
            pass

        if "object" in format.types:
            pytest.skip("it takes any object, or asks the object itself")
        with pytest.raises(DataError, match="Odd"):
            format.write(BytesIO(), Odd())

    def test_a_full_disk_is_told_as_it_is(self, format: Format, value: Any) -> None:
        n_bytes = len(written(format, value))
        for room in sorted({0, n_bytes // 2, n_bytes - 1}):
            with pytest.raises(OSError, match="No space") as caught:
                format.write(FullDisk(room), value)
            assert type(caught.value) is OSError
            assert caught.value.errno == 28

    def test_pieces_are_written_one_after_the_other(
        self, format: Format, value: Any, chunks: list[Any] | None
    ) -> None:
        stream = BytesIO()
        if chunks is None:
            with pytest.raises(DataError, match="piece by piece"):
                format.write_chunks(stream, iter([value]))
            return
        format.write_chunks(stream, iter(chunks))
        shape = own_shape(format, value)
        whole = read(format, written(format, value), shape)
        assert same(whole, read(format, stream.getvalue(), shape))

    def test_making_it_imports_no_library(self, format: Format) -> None:
        kind = type(format)
        code = (
            f"import sys; from {kind.__module__} import {kind.__name__} as kind; kind()\n"
            f"print(*sorted(set({_HEAVY!r}) & set(sys.modules)))"
        )
        assert _python(code).split() == []

    def test_it_goes_to_another_process(self, format: Format, value: Any) -> None:
        copy = pickle.loads(pickle.dumps(format))
        assert written(copy, value) == written(format, value)

    @pytest.mark.parametrize("side", ["read", "write"])
    def test_an_option_that_there_is_not_is_refused(self, format: Format, side: str) -> None:
        with pytest.raises(UnknownNameError, match="no_such_option"):
            type(format)(**{side: {"no_such_option": 1}})

    @pytest.mark.parametrize("side", ["read", "write"])
    def test_options_that_are_no_mapping_are_refused(self, format: Format, side: str) -> None:
        options: dict[str, Any] = {side: ["a", "b"]}
        with pytest.raises(DefinitionError, match="options by name"):
            type(format)(**options)


class FullDisk(RawIOBase, BinaryIO):
    """A stream with room for so many bytes."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self._room = room
        self._written = 0

    def writable(self) -> bool:
        """It can be written to, for a while."""
        return True

    def tell(self) -> int:
        """How much was written."""
        return self._written

    def write(self, data: Any) -> int:
        """Write all, or fail."""
        n_bytes = memoryview(data).nbytes
        if self._written + n_bytes > self._room:
            raise OSError(28, os.strerror(28))
        self._written += n_bytes
        return n_bytes


def written(format: Format, value: Any) -> bytes:
    """The bytes of a value."""
    stream = BytesIO()
    format.write(stream, value)
    return stream.getvalue()


def read(format: Format, data: bytes, shape: str | None = None) -> Any:
    """The value of bytes."""
    return format.read(BytesSource(data, "the dataset"), shape)


def own_shape(format: Format, value: Any) -> str | None:
    """The shape of a value where the format gives it, else the format's default."""
    shape = shape_of(value)
    return shape if shape in format.shapes else None


def _refuses(format: Format, data: bytes) -> bool:
    """Whether reading raises what it should; any other error goes through."""
    try:
        drained(read(format, data))
    except DataError as error:
        message = str(error)
    else:
        return False
    assert "the dataset" in message, "an error should say which dataset it is about"
    return True


def _python(code: str, *arguments: str) -> bytes:
    """What a fresh interpreter prints."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
