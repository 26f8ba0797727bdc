from __future__ import annotations

import pytest

from tilth.data.source import BytesSource, FileSource
from tilth.errors import DataError, MissingDataError


def test_a_file_is_a_stream_a_path_and_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    source = FileSource(tmp_path / "a")

    with source.open() as stream:
        assert stream.read() == b"abc"
    assert source.path() == tmp_path / "a"
    assert source.content()[:] == b"abc"


def test_an_empty_file_has_no_bytes(tmp_path):
    (tmp_path / "a").touch()

    assert FileSource(tmp_path / "a").content() == b""


def test_bytes_in_memory_become_a_file_once():
    source = BytesSource(b"abc")

    assert source.content() == b"abc"
    assert source.path().read_bytes() == b"abc"
    assert source.path() == source.path()


@pytest.mark.parametrize("look", ["open", "path", "content"])
def test_a_missing_file_is_told_by_the_name_of_the_dataset(look, tmp_path):
    source = FileSource(tmp_path / "none", "dataset `trips` at `none`")

    with pytest.raises(MissingDataError, match="dataset `trips` at `none`: there is no such file"):
        getattr(source, look)()


def test_a_folder_and_an_unreadable_file_are_told(tmp_path):
    with pytest.raises(DataError, match="a folder, not a file"):
        FileSource(tmp_path).open()
    (tmp_path / "a").touch()
    with pytest.raises(DataError, match="cannot be read"):
        FileSource(tmp_path / "a" / "b").open()


def test_a_file_without_permission_is_told(tmp_path, as_anyone):
    (tmp_path / "a").touch(mode=0o000)

    with pytest.raises(DataError, match="Permission denied"):
        FileSource(tmp_path / "a").open()
