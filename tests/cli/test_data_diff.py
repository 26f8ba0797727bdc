from __future__ import annotations

import json

import pytest

from tilth.project import Project
from tilth.project.data_difference import data_difference


@pytest.fixture
def two_runs(tilth, project, edit):
    tilth("run")
    edit("data/orders.json", '"Bob", "price": 5, "paid": false', '"Bob", "price": 6, "paid": true')
    edit("src/shop/flow.py", "We took", "They took")
    tilth("run", "--note", "Bob has paid")


def test_diff_tells_versions_reasons_rows_and_cells(tilth, two_runs):
    lines = tilth("data", "diff", "orders", "--label", "paid").out.splitlines()

    assert lines[0].startswith("- orders@")
    assert lines[1].startswith("+ orders@")
    assert "run 2" in lines[1]
    assert "“Bob has paid”" in lines[1]
    assert "    it was changed outside" in lines
    assert "  1  changed" in lines
    assert "  price  1 row  who='Bob'      5  ->  6" in lines
    assert "  False  ->  True  1 row" in lines


def test_diff_takes_versions_as_arguments_or_behind_an_at(tilth, two_runs):
    expected = tilth("data", "diff", "total").out

    for arguments in (("total", "1", "2"), ("total@1", "2"), ("total@1",), ("total", "total@1")):
        assert tilth("data", "diff", *arguments).out == expected
    assert "the whole: 34 -> 46" in expected
    assert "parameter" not in expected


def test_diff_of_one_version_says_so_at_once(tilth, two_runs):
    answer = tilth("data", "diff", "words", "2", "latest")

    assert answer.code == 0
    assert answer.out.splitlines()[-1] == "the same bytes: nothing differs"


def test_diff_of_a_text_shows_its_lines_and_the_code_behind_them(tilth, two_runs):
    out = tilth("data", "diff", "words").out

    assert "  -We took 34.00." in out
    assert "  +They took 46.00." in out
    assert "code `shop.flow.tell` changed (src/shop/flow.py:" in out
    assert "`orders`, from outside, run 2 by " in out


def test_diff_as_json_is_what_python_gives(tilth, two_runs, project):
    with Project(project) as opened:
        found = data_difference(opened, "orders", 1, 2).as_dict()
    assert tilth("data", "diff", "orders", "--json").json == json.loads(json.dumps(found))


def test_diff_writes_a_page(tilth, two_runs, project):
    answer = tilth("data", "diff", "orders", "--html", "diff.html")

    assert answer.err == "written to diff.html\n"
    assert "<title>orders: what differs</title>" in (project / "diff.html").read_text()


def test_diff_of_what_has_one_version_is_an_error(tilth, project):
    tilth("run")
    answer = tilth("data", "diff", "total")

    assert answer.code == 1
    assert "dataset `total` has no version `latest~1`" in answer.err
    assert "`tilth data versions total` lists all" in answer.err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("ordrs",), 2, "did you mean `orders`?"),
        (("orders", "yesterday"), 2, "`yesterday` names no version"),
        (("orders", "--key", "whom"), 1, "has no column `whom`; did you mean `who`?"),
        (("orders", "--tolerance", "-1"), 2, "--tolerance"),
    ],
)
def test_what_cannot_be_asked_is_told(tilth, two_runs, arguments, code, told):
    answer = tilth("data", "diff", *arguments)

    assert answer.code == code
    assert told in answer.err


def test_head_takes_any_version(tilth, two_runs):
    assert "6" in tilth("data", "head", "orders@latest").out
    assert tilth("data", "head", "orders@1", "--json").json[1]["price"] == 5
    assert tilth("data", "head", "orders", "--version", "latest~1", "--json").json[1]["price"] == 5
    assert tilth("data", "head", "orders@9").code == 1


def test_versions_say_which_can_be_had(tilth, two_runs, project):
    with Project(project) as opened:
        opened.blobs.remove(opened.version("orders@1").fingerprint)
    lines = tilth("data", "versions", "orders").out.splitlines()

    assert lines[2].endswith("not kept")
    assert not lines[1].endswith("not kept")
