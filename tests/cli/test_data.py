from __future__ import annotations

import pytest

from tilth.project import Project
from tilth.project.datasets import dataset_states, dataset_versions


def test_ls_tells_of_every_dataset_where_it_lies_and_who_made_it(tilth, project):
    tilth("run")

    answer = tilth("data", "ls")

    rows = {line.split()[0]: line for line in answer.out.splitlines()[1:]}
    assert set(rows) == {"orders", "clean", "total", "metrics", "words"}
    assert "source" in rows["orders"]
    assert "run 1" in rows["words"]
    assert "out/words.txt" in rows["words"]
    assert "the store" in rows["clean"]


def test_ls_tells_what_is_missing_and_what_was_not_made(tilth, project):
    (project / "data/orders.json").unlink()

    states = {each["name"]: each["state"] for each in tilth("data", "ls", "--json").json}

    assert states["orders"] == "missing"
    assert states["total"] == "not made"


def test_ls_takes_names_with_wildcards(tilth, project):
    assert [each["name"] for each in tilth("data", "ls", "w*", "--json").json] == ["words"]
    assert tilth("data", "ls", "nothing").code == 2


def test_ls_as_json_is_what_python_gives(tilth, project):
    tilth("run")

    with Project(project) as opened:
        expected = [each.as_dict() for each in dataset_states(opened)]
    assert tilth("data", "ls", "--json").json == expected


def test_head_shows_the_first_rows_of_a_table(tilth, project):
    tilth("run")

    answer = tilth("data", "head", "clean", "-n", "1")

    assert answer.out.split() == ["who", "price", "paid", "Ada", "10", "True"]
    assert answer.err.startswith("clean: json, ")


def test_head_shows_a_source_as_well(tilth, project):
    assert tilth("data", "head", "orders", "-n", "2", "--json").json == [
        {"who": "Ada", "price": 10, "paid": True},
        {"who": "Bob", "price": 5, "paid": False},
    ]


def test_head_shows_lines_of_a_text_and_how_many_more_there_are(tilth, project):
    tilth("run")

    answer = tilth("data", "head", "words", "-n", "2")

    assert answer.out == "We took 34.00.\nWe took 34.00.\n... 18 more lines\n"


def test_head_shows_a_parameter(tilth, project):
    assert tilth("data", "head", "params:rate").out == "2.0\n"


def test_head_shows_an_earlier_version_by_run_and_by_digest(tilth, project):
    tilth("run")
    tilth("run", "--set", "rate=3.0")
    newest, oldest = tilth("data", "versions", "total", "--json").json
    digest = oldest["fingerprint"].partition(":")[2][:8]

    assert tilth("data", "head", "total").out == "51.0\n"
    assert tilth("data", "head", "total", "--version", "1").out == "34.0\n"
    assert tilth("data", "head", "total", "--version", digest).out == "34.0\n"
    assert newest["run"] == 2


def test_head_says_where_a_page_lies(tilth, project, edit):
    edit("catalog.yml", "words: {format: text, location: out/words.txt}",
         "words: {format: html, location: out/words.html}")  # fmt: skip
    tilth("run")

    assert tilth("data", "head", "words").out == f"{project}/out/words.html\n"


@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_head_shows_tables_of_every_library(tilth, project, edit, library):
    edit("src/shop/flow.py", "return [each for each in orders if each[\"paid\"]]",
         f"import {library}; return {library}.DataFrame(orders)")  # fmt: skip
    edit("src/shop/flow.py", "def clean(orders: list) -> list:", "def clean(orders: list):")
    tilth("run", "--to", "clean")

    answer = tilth("data", "head", "clean", "-n", "1", "--json")

    assert answer.json == [{"who": "Ada", "price": 10, "paid": True}]


def test_what_was_not_made_yet_is_told(tilth, project):
    answer = tilth("data", "head", "total")

    assert answer.code == 1
    assert "`tilth run --to total` makes it" in answer.err


def test_versions_as_json_are_what_python_gives(tilth, project):
    tilth("run")

    with Project(project) as opened:
        expected = [each.as_dict() for each in dataset_versions(opened, "total")]
    assert tilth("data", "versions", "total", "--json").json == expected


def test_versions_of_an_unknown_dataset_are_an_error(tilth, project):
    answer = tilth("data", "versions", "totl")

    assert answer.code == 2
    assert "did you mean `total`?" in answer.err


def test_what_lives_for_the_run_alone_is_told_as_such(tilth, project, edit):
    edit("src/shop/flow.py", "return sum", "import threading\n    return threading.Lock() or sum")
    tilth("run", "--to", "total")

    assert "lives for a run" in tilth("data", "ls", "total").out
    assert "cannot be written" in tilth("data", "head", "total").err


def test_a_table_with_two_columns_of_one_name_can_be_looked_at(tilth, project, edit):
    edit(
        "src/shop/flow.py",
        "return sum",
        "import pandas\n    return pandas.DataFrame([[1, 2]], columns=['a', 'a']) if rate else sum",
    )
    tilth("run", "--to", "total")

    assert tilth("data", "head", "total").out == "a  a\n1  2\n"
