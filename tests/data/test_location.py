from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilth.data.location import fields, fill, key_in, near, partitions, place, resolve, to_write
from tilth.errors import DataError, DefinitionError, MissingDataError


def test_a_location_is_relative_to_the_project(tmp_path):
    assert resolve("data/a file.csv", tmp_path) == tmp_path / "data" / "a file.csv"
    assert resolve("/elsewhere/ü.csv", tmp_path) == Path("/elsewhere/ü.csv")


def test_a_file_inside_an_installed_package_is_found_without_importing_it(tmp_path, monkeypatch):
    package = tmp_path / "site" / "broken_shop"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('needs what is gone')")
    (package / "data" / "flights.csv").write_text("a\n1\n")
    monkeypatch.syspath_prepend(tmp_path / "site")

    found = resolve("package://broken_shop/data/flights.csv", tmp_path)

    assert found == package / "data" / "flights.csv"
    misspelt = resolve("package://broken_shop/data/flihgts.csv", tmp_path)
    assert near(misspelt) == "did you mean `flights.csv`?"


@pytest.mark.parametrize(
    ("location", "error", "told"),
    [
        ("package://no_such_shop/a.csv", MissingDataError, "`no_such_shop` is not installed"),
        ("package://os", DefinitionError, "incomplete"),
        ("package://tilth/../secret", DefinitionError, "must not leave its package"),
        ("package://tilth.data/a", DefinitionError, "incomplete"),
        ("s3://bucket/a.csv", DefinitionError, "`s3://` is not supported"),
        ("", DefinitionError, "is not a path"),
        ("a\0b", DefinitionError, "is not a path"),
    ],
)
def test_what_is_no_location_is_refused(location, error, told, tmp_path):
    with pytest.raises(error, match=told):
        resolve(location, tmp_path)


def test_a_missing_file_is_told_with_the_nearest(tmp_path):
    (tmp_path / "flights.csv").touch()

    assert near(tmp_path / "flight.csv") == "did you mean `flights.csv`?"
    assert near(tmp_path / "zzz") is None
    assert near(tmp_path / "raw" / "flight.csv") == "there is no folder `raw` either"


def test_a_source_may_lie_outside_of_the_project_but_an_output_must_say_so(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "shared.csv").touch()

    assert resolve("../shared.csv", project).samefile(tmp_path / "shared.csv")
    with pytest.raises(DefinitionError, match="leaves the project"):
        to_write("../shared.csv", project)
    with pytest.raises(DefinitionError, match="leaves the project"):
        to_write("data/../../shared.csv", project)
    assert to_write("data/../out.csv", project) == project / "data/../out.csv"
    assert to_write(str(tmp_path / "shared.csv"), project) == tmp_path / "shared.csv"
    with pytest.raises(DefinitionError, match="installed package are not written"):
        to_write("package://tilth/out.csv", project)


def test_partitions_are_found_by_key_in_order(tmp_path):
    for name in ("2013-02.csv", "2013-01.csv", ".2013-03.csv", "2013-04.txt", "ü x.csv"):
        (tmp_path / name).touch()
    (tmp_path / "folder.csv").mkdir()

    found = partitions(tmp_path / "{month}.csv")

    assert list(found) == ["2013-01", "2013-02", "ü x"]
    assert found["2013-01"] == tmp_path / "2013-01.csv"
    assert partitions(tmp_path / "nowhere" / "{month}.csv") == {}


def test_a_location_may_have_several_fields_in_folders_and_names(tmp_path):
    location = f"{tmp_path}/{{origin}}/flights/month={{month}}.csv"
    for key in ("origin=JFK,month=01", "origin=EWR,month=02"):
        place(b"", Path(fill(location, key)))

    assert list(partitions(location)) == ["origin=EWR,month=02", "origin=JFK,month=01"]
    assert (tmp_path / "EWR" / "flights" / "month=02.csv").is_file()


@pytest.mark.parametrize("location", ["{}.csv", "{a}{", "{a b}.csv", "{a}/{a}.csv", "{0}.csv"])
def test_broken_fields_are_refused(location):
    with pytest.raises(DefinitionError, match="location"):
        fields(location)


@pytest.mark.parametrize("key", ["", ".", "..", "../a", "a/b", "a\\b", ".hidden", "a\0", "x" * 300])
def test_a_key_that_could_leave_its_folder_is_refused(key):
    with pytest.raises(DataError, match="location"):
        fill("data/{month}.csv", key)


def test_a_key_that_would_be_read_as_another_is_refused():
    with pytest.raises(DataError, match="another key would be read"):
        fill("{a}-{b}.csv", "a=x-y,b=z-w")


@pytest.mark.parametrize("key", ["01", "month=01", "month=01,origin=EWR", "origin=EWR,month=1,x=2"])
def test_a_key_must_name_all_fields(key):
    with pytest.raises(DataError, match=r"takes origin=\.\.\.,month=\.\.\."):
        fill("{origin}/{month}.csv", key)


@settings(deadline=None)
@given(st.text(min_size=1, max_size=20))
def test_a_key_that_fills_a_location_is_read_from_it_again(key):
    try:
        filled = fill("data/flights of {month}.csv", key)
    except DataError:
        return
    assert key_in("data/flights of {month}.csv", filled) == key
    assert os.path.normpath(filled).startswith("data/")


@pytest.mark.parametrize("as_file", [True, False])
def test_placing_replaces_the_file_and_keeps_its_permissions(as_file, tmp_path):
    source, destination = tmp_path / "source", tmp_path / "deep" / "in" / "ü file"
    source.write_bytes(b"x" * 3_000_000)
    place(b"old", destination)
    destination.chmod(0o640)

    place(source if as_file else source.read_bytes(), destination)

    assert destination.read_bytes() == source.read_bytes()
    assert destination.stat().st_mode & 0o777 == 0o640
    assert names(destination.parent) == ["ü file"]


def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path):
    (tmp_path / "plain").touch()
    source = tmp_path / "store object"
    source.write_bytes(b"x")
    source.chmod(0o400)

    place(source, tmp_path / "new")

    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_place_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "taken").mkdir()

    with pytest.raises(DataError, match="could not be written") as caught:
        place(b"new", tmp_path / "file" / "below")
    assert "what was there is unchanged" in caught.value.hint
    with pytest.raises(DataError, match="could not be written"):
        place(b"new", tmp_path / "taken")
    with pytest.raises(DataError, match="could not be written"):
        place(tmp_path / "no source", tmp_path / "other")

    assert names(tmp_path) == ["file", "taken"]
    assert (tmp_path / "file").read_bytes() == b"old"


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "copy_file_range", _full)
    source = tmp_path / "source"
    source.write_bytes(b"x")

    with pytest.raises(DataError, match="No space left on device"):
        place(source, tmp_path / "out")

    assert names(tmp_path) == ["source"]


def _full(*_):
    raise OSError(28, os.strerror(28))


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_what_a_killed_writer_left_is_taken_over_by_the_next(tmp_path):
    code = """
import os, signal
from pathlib import Path
from tilth.data import location

def kill(source, stream):
    stream.write(b"half")
    stream.flush()
    os.kill(os.getpid(), signal.SIGKILL)

location._copy = kill
location.place(Path("source"), Path("made.txt"))
"""
    (tmp_path / "source").write_bytes(b"whole")
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    assert len(list(tmp_path.iterdir())) == 2, "something was left, or this proves nothing"
    place(b"whole", tmp_path / "made.txt")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made.txt", "source"]


def test_two_who_write_one_file_leave_that_of_one(tmp_path):
    wholes = [bytes([i]) * 300_000 for i in range(8)]
    threads = [
        threading.Thread(target=place, args=(each, tmp_path / "made.bin")) for each in wholes
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (tmp_path / "made.bin").read_bytes() in wholes
    assert [path.name for path in tmp_path.iterdir()] == ["made.bin"]
