"""What cannot be tested, and is told."""

from __future__ import annotations

import pytest

from tilth.errors import ConfigError, DefinitionError, MissingDataError, UnknownNameError
from tilth.project.mini.place import without_secrets
from tilth.project.mini.project import MiniProject


def test_a_source_that_is_not_there_is_told_before_anything_runs(make, tmp_path, small):
    home = make(small)
    (home.folder / "data/numbers.csv").rename(home.folder / "data/number.csv")

    with home.open() as project, pytest.raises(MissingDataError) as caught:
        project.test(keep=tmp_path / "kept")

    assert (
        str(caught.value) == "catalog.yml:1: dataset `numbers`: there is no file data/numbers.csv"
    )
    assert caught.value.hint == "did you mean `number.csv`?"


def test_an_empty_source_is_told_and_what_comes_of_it(tested, small, lines):
    outcome = tested({**small, "data/numbers.csv": "n,x\n"})

    assert outcome.sources[0].note == "it is empty"
    assert lines(outcome, "failed")


def test_a_source_that_breaks_its_own_contract_is_told(tested, small, lines):
    catalog = small["catalog.yml"].replace(
        "location: data/numbers.csv",
        "location: data/numbers.csv, contract: {others: allow, columns: {n: {between: [0, 50]}}}",
    )

    outcome = tested({**small, "catalog.yml": catalog})

    assert (
        "`n` is not between 0 and 50: 49 of 100 rows"
        in lines(outcome, "failed")["contracts hold: numbers"]
    )


def test_an_unknown_pipeline_is_told(tested, small):
    with pytest.raises(UnknownNameError, match="there is no pipeline `mian`"):
        tested(small, "mian")


def test_no_rows_cannot_be_asked_for(tested, small):
    with pytest.raises(DefinitionError, match="0 rows are none"):
        tested(small, rows=0)


def test_a_folder_with_other_files_is_not_kept_in(tested, tmp_path, small):
    folder = tmp_path / "taken"
    folder.mkdir()
    (folder / "thesis.tex").write_text("years of work")

    with pytest.raises(DefinitionError, match="holds other files"):
        tested(small, keep=folder)

    assert (folder / "thesis.tex").read_text() == "years of work"


def test_a_folder_of_an_earlier_test_is_used_anew(make, tmp_path, small):
    home = make(small)
    with home.open() as project:
        project.test(keep=tmp_path / "kept")
        home.edit("src/work.py", "* 2", "* 4")
        outcome = project.test(keep=tmp_path / "kept")

    assert outcome.ok
    with MiniProject.reopened(tmp_path / "kept") as mini:
        assert mini.load("total") == {"total": 4 * 99 * 25 / 2}


def test_a_secret_is_in_no_file_that_is_kept(make, tmp_path, monkeypatch, small):
    home = make(small)
    monkeypatch.setenv("TOKEN", "hunter2-and-more")
    home.write({"params.yml": "token: ${env:TOKEN}\n"})

    with home.open() as project:
        assert project.test(keep=tmp_path / "kept").ok

    kept = [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]
    told = b"".join(path.read_bytes() for path in kept)
    assert b"doubled" in told
    assert b"hunter2" not in told


def test_an_override_that_holds_a_secret_is_not_written_down():
    secrets = {"hunter2-and-more": "${env:TOKEN}"}

    assert without_secrets(["a=1", "b=hunter2-and-more"], secrets) == ("a=1",)


def test_a_contradiction_in_the_settings_is_told_as_ever(make, small):
    home = make({**small, "catalog.yml": "numbers: {format: cvs, location: data/numbers.csv}\n"})

    with pytest.raises(ConfigError, match="did you mean `csv`"):
        home.open()
