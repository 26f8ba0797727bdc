from __future__ import annotations

import json

import pytest

from tilth.project import Project
from tilth.project.profiling import profiled


@pytest.fixture
def table(project):
    rows = [f"{i},{i % 7}.5,{'no' if i % 3 else 'yes'},{-999 if i in (3, 30) else 20 + i % 40}"
            for i in range(200)]  # fmt: skip
    (project / "data/people.csv").write_text("\n".join(["id,price,paid,age", *rows]) + "\n")
    with (project / "catalog.yml").open("a") as catalog:
        catalog.write("people: {format: csv, location: data/people.csv}\n")
    return project


def test_profile_tells_what_to_do_what_looks_wrong_and_each_column(tilth, table):
    lines = tilth("data", "profile", "people", "--target", "paid").out.splitlines()

    assert lines[0].startswith("people@")
    assert lines[0].endswith("200 rows, 4 columns")
    assert [line for line in lines if not line.startswith(" ")][1:] == [
        "what to do", "what looks wrong", "what tells paid", "columns",
    ]  # fmt: skip
    assert any(line.split()[:4] == ["set", "to", "null", "age"] for line in lines)
    assert any("'-999'  (row 3, 30)" in line for line in lines)
    assert any(line.split()[:4] == ["id-like", "id", "all", "each"] for line in lines)
    assert any(line.split()[:2] == ["price", "number"] for line in lines)


def test_profile_as_json_is_what_python_gives(tilth, table):
    with Project(table) as opened:
        found = opened.profile("people", "paid")

    answer = tilth("data", "profile", "people", "--target", "paid", "--json").json
    assert answer == json.loads(json.dumps(found.as_dict()))
    assert answer["n_rows"] == 200
    assert answer["target"] == "paid"


def test_profile_as_a_page(tilth, table):
    answer = tilth("data", "profile", "people", "--html", "people.html")
    text = (table / "people.html").read_text()

    assert answer.out == ""
    assert "written to people.html" in answer.err
    assert text.startswith("<!doctype html>")
    assert "<title>people: profile</title>" in text


def test_a_profile_is_made_once_for_each_version_and_target(table, monkeypatch):
    from tilth.quality import profile as science

    made = []
    original = science.profile_of
    monkeypatch.setattr(
        science, "profile_of", lambda *args, **named: made.append(1) or original(*args, **named)
    )
    for target in (None, None, "paid", "paid"):
        with Project(table) as opened:
            opened.profile("people", target)
    assert len(made) == 2

    (table / "data/people.csv").write_text("id,paid\n1,yes\n2,no\n")
    with Project(table) as opened:
        assert opened.profile("people").profile.n_rows == 2
    assert len(made) == 3


def test_a_kept_profile_that_is_damaged_is_made_again(table):
    with Project(table) as opened:
        first = opened.profile("people").profile
        for path in (table / ".tilth/store/sketches").rglob("*.json"):
            path.write_text('{"version": 0}')

        assert opened.profile("people").profile == first


def test_the_catalog_may_name_the_target(table):
    catalog = table / "catalog.yml"
    catalog.write_text(catalog.read_text().replace(
        "location: data/people.csv}", "location: data/people.csv, metadata: {target: paid}}"
    ))  # fmt: skip

    with Project(table) as opened:
        assert opened.profile("people").profile.target == "paid"
        assert opened.profile("people", "age").profile.target == "age"


def test_any_version_and_what_nodes_make_have_a_profile(tilth, table, edit):
    tilth("run")
    edit("data/orders.json", '"Bob"', '"Rob"')
    tilth("run")

    with Project(table) as opened:
        old, new = opened.profile("orders@1"), opened.profile("orders")
        assert old.name != new.name
        assert "Bob" in {each.name for each in old.profile.by_name["who"].levels}
        assert "Rob" in {each.name for each in new.profile.by_name["who"].levels}


def test_a_notebook_shows_the_page(table):
    with Project(table) as opened:
        shown = opened.profile("people")._repr_html_()

    assert shown.startswith("<iframe srcdoc=")
    assert "&lt;!doctype html&gt;" in shown


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["peopel"], 4, "did you mean `people`?"),
        (["people", "--target", "pade"], 4, "did you mean `paid`?"),
        (["people@77"], 4, "no version"),
        (["words"], 4, "is no table, but of format `text`"),
        (["people", "--sample", "0"], 2, "0 is not in the range"),
    ],
)
def test_what_cannot_be_profiled_is_told(tilth, table, arguments, code, told):
    tilth("run")
    answer = tilth("data", "profile", *arguments)

    assert answer.code != 0
    assert told in answer.err


def test_a_table_without_rows_has_a_profile(tilth, table):
    (table / "data/people.csv").write_text("id,paid\n")

    assert "0 rows, 2 columns" in tilth("data", "profile", "people").out


def test_a_sample_of_no_rows_is_told_in_python(table):
    with Project(table) as opened, pytest.raises(Exception, match="at least one row"):
        profiled(opened, "people", sample=0)
