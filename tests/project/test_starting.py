"""What `tilth start` writes, and what it refuses before anything is written."""

from __future__ import annotations

import gzip
import tomllib
from pathlib import Path

import polars as pl
import pytest
import yaml

from tilth import Project
from tilth.config.scope import ScopeSettings
from tilth.errors import DataError, DefinitionError, MissingDataError, UnknownNameError
from tilth.project.scope import scope_of
from tilth.project.starting import Asked, eject, start, started_in
from tilth.project.starting.asked import named
from tilth.project.starting.files import files_of
from tilth.project.starting.peek import reading_of


def houses(n=60):
    towns = ["Oslo", "Bonn", "Ulm"]
    return pl.DataFrame(
        {
            "size": [50 + i for i in range(n)],
            "town": [towns[i % 3] for i in range(n)],
            "day": [f"2024-{1 + i % 12:02d}-01" for i in range(n)],
            "price": [1000.5 + 3 * i for i in range(n)],
        }
    )


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "houses.csv"
    houses().write_csv(path)
    return path


def asked(file, target="price", **more):
    return Asked(file=file, target=target, **more)


# What is written


def test_it_writes_an_ordinary_project_beside_nothing_else(file, tmp_path):
    folder = start(asked(file), tmp_path)

    assert folder == tmp_path / ".tilth" / "started" / "houses-price"
    with Project(folder) as project:
        assert set(project.pipelines) == {
            "look",
            "prepare",
            "model",
            "explain",
            "smaller",
            "validate",
        }
        assert project.catalog["houses"].format == "csv"
        assert project.version("houses").n_bytes == file.stat().st_size
    assert {each.name for each in tmp_path.iterdir()} == {"houses.csv", ".tilth"}


@pytest.mark.parametrize(
    ("more", "split"),
    [
        ({}, {"by": "random", "test": 0.2}),
        ({"group": "town"}, {"by": "group", "column": "town", "test": 0.2}),
        ({"time": "day", "test": 0.3}, {"by": "time", "column": "day", "test": 0.3}),
    ],
)
def test_rows_are_parted_as_was_asked(file, tmp_path, more, split):
    folder = start(asked(file, **more), tmp_path)

    with Project(folder) as project:
        parts = next(each for each in project.everything if "split_table" in each.function.name)
        told = next(each.value for each in parts.inputs if each.argument == "asked")
    assert split["by"] == told["split"]["by"]
    assert split["test"] == told["split"]["test"]
    assert [split[k] for k in ("column",) if k in split] == told["split"]["column"]


@pytest.mark.parametrize("column", ["Price (€)", "${HOME}", "yes", "a: b", "pri,ce", "#1", "it's"])
def test_any_name_of_a_column_can_be_the_target(tmp_path, column):
    file = tmp_path / "My houses 2024.csv"
    houses().rename({"price": column}).write_csv(file)

    with Project(start(asked(file, column), tmp_path)) as project:
        profile = next(each for each in project.everything if each.name.startswith("profile_"))
        assert {"value": column} == {
            "value": next(each.value for each in profile.inputs if each.argument == "target")
        }


@pytest.mark.parametrize(
    ("is_quantity", "metric", "told"),
    [
        (True, "", "mean absolute error"),
        (False, "", "balanced accuracy"),
        (False, "f1", "Models are chosen by `f1`."),
    ],
)
def test_it_says_what_it_knows_of_what_the_model_is_for_and_leaves_the_rest(
    tmp_path, is_quantity, metric, told
):
    one = asked(tmp_path / "t.csv", "Price (${€})", metric=metric)
    for name, text in files_of(one, tmp_path, {}, is_quantity=is_quantity).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "t.csv").touch()
    with Project(tmp_path) as project:
        scope = scope_of(project)

    assert scope.problem == "To predict `Price (${€})` from the other columns of t.csv."
    assert told in scope.metric
    assert scope.baseline
    assert scope.unsaid() == ("costs", "risks")


def test_a_line_break_in_a_name_is_no_line_of_the_file(tmp_path):
    odd = "price\npipelines: {}"
    files = files_of(asked(tmp_path / "t.csv", odd), tmp_path, {}, is_quantity=True)
    told = yaml.safe_load(files["tilth.yml"])

    assert len(told["pipelines"]) == 6
    assert told["pipelines"]["model"]["with"]["target"] == odd


def test_a_name_is_near_to_the_text_that_it_is_from():
    assert named("Größe in m²", "target") == "größe_in_m²"
    assert named("params", "table") == "table_params"
    assert named("...", "table") == "table"


def test_the_same_file_and_target_are_the_same_start(file, tmp_path):
    first = start(asked(file), tmp_path)

    assert start(asked(file, models=("tree",)), tmp_path) == first
    assert "tree" in (first / "tilth.yml").read_text()
    other = start(asked(file, "size"), tmp_path)
    assert set(started_in(tmp_path)) == {first, other}


# How the file is read


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("a,b\n1,2\n3,4\n", {"parse_dates": True}),
        ("a;b\n1,5;2\n3,25;4\n", {"separator": ";", "decimal_comma": True, "parse_dates": True}),
        ("a;b\n1;2\n3;4\n", {"separator": ";", "parse_dates": True}),
        ("a\tb\n1\t2\n3\t4\n", {"separator": "\t", "parse_dates": True}),
    ],
)
def test_the_separator_is_found_out(tmp_path, text, reading):
    file = tmp_path / "t.csv"
    file.write_text(text)

    assert reading_of(file) == reading


def test_what_is_found_out_is_what_the_format_reads(tmp_path):
    file = tmp_path / "t.csv.gz"
    file.write_bytes(gzip.compress(b"size;price\n" + b"1,5;2\n3,25;4\n" * 10))
    folder = start(asked(file), tmp_path)

    with Project(folder) as project:
        assert project.load("t", shape="polars.DataFrame")["size"].to_list() == [1.5, 3.25] * 10


def test_parquet_is_read_as_it_is(tmp_path):
    file = tmp_path / "houses.parquet"
    houses().write_parquet(file)

    with Project(start(asked(file), tmp_path)) as project:
        assert project.catalog["houses"].format == "parquet"


# What is refused


def refused(file, tmp_path, target="price", **more):
    with pytest.raises((DataError, DefinitionError, MissingDataError, UnknownNameError)) as caught:
        start(asked(file, target, **more), tmp_path)
    assert started_in(tmp_path) == []
    return caught.value


def test_a_missing_file_is_told_with_what_lies_beside(file, tmp_path):
    error = refused(tmp_path / "house.csv", tmp_path)

    assert "house.csv" in str(error)
    assert "`houses.csv`" in (error.hint or "")


def test_a_folder_or_another_kind_of_file_is_refused(tmp_path):
    assert "is a folder" in str(refused(tmp_path, tmp_path))
    (tmp_path / "notes.docx").write_text("x")
    error = refused(tmp_path / "notes.docx", tmp_path)
    assert ".parquet" in (error.hint or "")


def test_a_missing_target_is_told_with_the_nearest(file, tmp_path):
    assert "`price`" in (refused(file, tmp_path, "prise").hint or "")
    assert "`town`" in (refused(file, tmp_path, group="twn").hint or "")


def test_a_target_with_one_value_or_none_is_refused(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("a,same,none\n1,x,\n2,x,\n")

    assert "'x' in all 2 rows" in str(refused(file, tmp_path, "same"))
    assert "no value of `none`" in str(refused(file, tmp_path, "none"))


def test_a_target_that_names_the_rows_is_refused(tmp_path):
    file = tmp_path / "t.csv"
    pl.DataFrame({"id": [f"n{i}" for i in range(5000)], "x": range(5000)}).write_csv(file)

    assert "5,000 different values" in str(refused(file, tmp_path, "id"))


def test_a_table_without_rows_or_without_another_column_is_refused(tmp_path):
    (tmp_path / "empty.csv").write_text("a,b\n")
    (tmp_path / "one.csv").write_text("a\n1\n2\n")

    assert "no rows" in str(refused(tmp_path / "empty.csv", tmp_path, "a"))
    assert "no column besides `a`" in str(refused(tmp_path / "one.csv", tmp_path, "a"))


def table(n=40, **more):
    columns = {"x": list(range(n)), "y": ["a", "b"] * (n // 2)}
    return pl.DataFrame({**columns, **more}, strict=False)


@pytest.mark.parametrize(
    ("rows", "said", "hint"),
    [
        (table(4), "`t.csv` has 4 rows with a value of `y`, too few", "at least 20"),
        (table(y=["a", "b", *[None] * 38]), "has 2 rows with a value of `y`, too few", "at least"),
        (table(y=[0.5, 1.5, *["NaN"] * 38]), "has 2 rows with a value of `y`", "at least 20"),
        (table(y=["a"] * 39 + ["b"]), "column `y` is 'a' in 39 rows, and 'b' in 1", "at least 10"),
        (table(y=["n/a"] * 30 + [str(i / 2) for i in range(10)]), "too few", "'n/a' mean that"),
        (table(y=["2024-01-01", "2024-01-02"] * 20), "holds dates (Date)", "days from some day"),
        (table(x=[1] * 40), "nothing to tell `y` from", "differs"),
        (table(x=[None] * 40), "nothing to tell `y` from", "differs"),
        (table(y=[None] * 40), "no value of `y` in any row", "nothing to learn"),
    ],
)
def test_a_table_from_which_nothing_can_be_learned_is_refused(tmp_path, rows, said, hint):
    rows.write_csv(tmp_path / "t.csv")

    error = refused(tmp_path / "t.csv", tmp_path, "y")

    assert said in str(error)
    assert hint in (error.hint or "")


def test_a_class_with_one_row_is_no_reason_to_refuse_where_two_have_more(tmp_path):
    table(y=["rare", *["a", "b"] * 19, "a"]).write_csv(tmp_path / "t.csv")

    assert start(asked(tmp_path / "t.csv", "y"), tmp_path).exists()


@pytest.mark.parametrize(
    ("content", "said", "hint"),
    [
        (b"", "is empty", "a header"),
        (b"\n \n\n", "is empty", "a header"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(99), "`t.csv` is no text", ".parquet"),
        ("x,y\n1,Köln\n".encode("latin-1") * 9, "not in UTF-8: line 2 has the byte 0xf6", "UTF-8"),
        (b"y,x,y\n" + b"a,1,b\n" * 40, "has 2 columns `y`", "another name"),
        (b"<!DOCTYPE html>\n<p>a page</p>\n", "there is no column `y`", "<!DOCTYPE html>"),
        (b"x,y\n" + b"1,a\n" * 20000 + b"1,\xff\n", "cannot be read as a table: ", "`read`"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, content, said, hint):
    (tmp_path / "t.csv").write_bytes(content)

    error = refused(tmp_path / "t.csv", tmp_path, "y")

    assert said in str(error)
    assert hint in (error.hint or "")


@pytest.mark.parametrize(
    "content",
    [b"hello", gzip.compress(b"x,y\n")[:-6], gzip.compress(b"\0")],
    ids=["plain", "cut off", "no text"],  # bytes of gzip hold the time, which workers see apart
)
def test_what_is_compressed_badly_is_refused(tmp_path, content):
    (tmp_path / "t.csv.gz").write_bytes(content)

    assert "t.csv.gz" in str(refused(tmp_path / "t.csv.gz", tmp_path, "y"))


def test_a_parquet_file_that_is_none_is_refused(tmp_path):
    (tmp_path / "t.parquet").write_text("x,y\n1,2\n")

    assert "expected a Parquet file" in str(refused(tmp_path / "t.parquet", tmp_path, "y"))


def test_a_list_is_no_target(tmp_path):
    table(y=[[1], [2]] * 20).write_parquet(tmp_path / "t.parquet")

    error = refused(tmp_path / "t.parquet", tmp_path, "y")
    assert "holds List(Int64), which is neither a class nor a number" in str(error)


def test_a_text_in_utf_16_says_so_itself_and_is_read(tmp_path):
    file = tmp_path / "t.csv"
    file.write_bytes(table(y=["größer", "b"] * 20).write_csv().encode("utf-16"))

    with Project(start(asked(file, "y"), tmp_path)) as project:
        assert project.load("t", shape="polars.DataFrame")["y"][0] == "größer"


def test_the_target_cannot_be_dropped_or_part_the_rows(file, tmp_path):
    assert "`price` is the target" in str(refused(file, tmp_path, drop=("price",)))


def test_a_place_that_cannot_be_written_is_told(file, tmp_path):
    (tmp_path / ".tilth").write_text("in the way")

    with pytest.raises(DataError, match="cannot be written"):
        start(asked(file), tmp_path)


# Ejecting


def test_an_ejected_project_reads_the_same_file_from_elsewhere(file, tmp_path):
    started = start(asked(file), tmp_path)
    made = eject(tmp_path)

    assert made.folder == tmp_path / "houses"
    assert {"tilth.yml", "catalog.yml", "README.md", "pyproject.toml"} <= set(made.files)
    assert "../houses.csv" in (made.folder / "catalog.yml").read_text()
    with Project(made.folder) as ours, Project(started) as theirs:
        assert scope_of(ours) == scope_of(theirs) != ScopeSettings()
        assert ours.version("houses").fingerprint == theirs.version("houses").fingerprint
        assert ours.plan().as_dict()["nodes"] == theirs.plan().as_dict()["nodes"]


@pytest.mark.parametrize(
    ("folder", "name"), [("größe_in", "groe-in"), ("my_homes", "my-homes"), ("価格", "project")]
)
def test_an_ejected_project_has_a_name_that_pip_takes(file, tmp_path, folder, name):
    start(asked(file), tmp_path)

    made = eject(tmp_path, to=tmp_path / folder)

    told = tomllib.loads((made.folder / "pyproject.toml").read_text(encoding="utf-8"))
    assert told["project"]["name"] == name
    assert (made.folder / "src" / folder / "__init__.py").exists()


def test_the_latest_is_ejected_unless_another_is_named(file, tmp_path):
    start(asked(file), tmp_path)
    start(asked(file, "size"), tmp_path)

    named_one = eject(tmp_path, "houses-price", tmp_path / "deep" / "one")
    assert "price" in (named_one.folder / "tilth.yml").read_text()
    assert "../../houses.csv" in (named_one.folder / "catalog.yml").read_text()
    with pytest.raises(UnknownNameError, match="houses-prise"):
        eject(tmp_path, "houses-prise")


def test_nothing_is_overwritten(file, tmp_path):
    start(asked(file), tmp_path)
    (tmp_path / "houses").mkdir()
    (tmp_path / "houses" / "mine.txt").write_text("mine")

    with pytest.raises(DefinitionError, match="not empty") as caught:
        eject(tmp_path)
    assert "--to" in (caught.value.hint or "")
    assert [each.name for each in (tmp_path / "houses").iterdir()] == ["mine.txt"]


def test_where_nothing_was_started_it_says_how(tmp_path):
    with pytest.raises(MissingDataError, match="nothing was started") as caught:
        eject(Path(tmp_path))
    assert "tilth start" in (caught.value.hint or "")
