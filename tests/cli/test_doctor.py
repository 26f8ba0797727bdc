from __future__ import annotations

import re

import pytest

from tilth.config.scope import PARTS
from tilth.engine import load
from tilth.project.doctor import RULES


@pytest.fixture
def found(tilth):
    def codes() -> dict[str, str]:
        findings = tilth("doctor", "--json").json["findings"]
        return {each["code"]: each["message"] for each in findings}

    return codes


def test_codes_are_unique_and_in_order():
    codes = [each.code for each in RULES]

    assert codes == sorted(set(codes))
    assert all(re.fullmatch(r"T[1-4]\d\d", each) for each in codes)


def test_a_project_made_from_a_template_is_well(tilth, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tilth("new", "garden_of_mine", *(f"--{each}=said" for each in PARTS))
    monkeypatch.chdir(tmp_path / "garden_of_mine")

    answer = tilth("doctor")

    assert answer.code == 0
    assert answer.err.endswith("rules: all well\n"), answer.out


def test_a_project_of_which_nobody_says_what_it_is_for_is_warned_of(tilth, project, edit, found):
    assert "nobody has said what the project is for" in found()["T210"]
    assert tilth("doctor").code == 0

    edit("tilth.yml", "name: shop", "name: shop\nscope: {problem: p, metric: m, baseline: b}")
    assert "says nothing of `costs` and `risks`" in found()["T210"]

    edit("tilth.yml", "baseline: b", "baseline: b, costs: ' ', risks: ''")
    assert "says nothing of `costs` and `risks`" in found()["T210"]

    edit("tilth.yml", "costs: ' ', risks: ''", "costs: c, risks: r")
    assert "T210" not in found()


def test_a_single_file_has_no_place_for_a_scope_and_is_not_asked_for_one(tmp_path, tilth):
    code = "from tilth import node, pipeline\n\n\ndef one() -> int:\n    return 1\n\n\n"
    (tmp_path / "flow.py").write_text(code + "pipeline = pipeline([node(one)])\n")

    findings = tilth("doctor", "-C", str(tmp_path / "flow.py"), "--json").json["findings"]
    assert "T210" not in {each["code"] for each in findings}


def test_the_layout_is_as_serious_as_the_project_says(tilth, project, edit):
    edit("tilth.yml", "name: shop", "name: shop\nstrict: off")
    assert tilth("doctor").code == 0
    assert "T101 note" in tilth("doctor").out
    assert "T101" not in tilth("doctor", "--quiet").out

    edit("tilth.yml", "strict: off", "strict: error")
    assert tilth("doctor").code == 1
    assert "T101 error" in tilth("doctor").out


def test_a_missing_source_is_an_error(tilth, project, found):
    (project / "data/orders.json").unlink()

    assert "data/orders.json" in found()["T404"]
    assert tilth("doctor").code == 1


def test_a_missing_library_is_an_error(project, edit, found, monkeypatch):
    edit("catalog.yml", "format: text", "format: parquet")
    edit("catalog.yml", "words.txt", "words.parquet")
    monkeypatch.setitem(__import__("sys").modules, "tilth.data.formats.parquet", None)
    load._plain.cache_clear()  # an earlier test may have had the format

    assert "parquet" in found()["T301"]


def test_a_library_that_a_signature_asks_for_is_an_error(tilth, edit, monkeypatch):
    asks = "import pandas\n\n\ndef clean(orders: pandas.DataFrame)"
    edit("src/shop/flow.py", "def clean(orders: list)", asks)
    monkeypatch.setattr("tilth.project.checkups.installed.is_installed", lambda name: False)

    findings = tilth("doctor", "--json").json["findings"]

    (told,) = [each for each in findings if each["code"] == "T306"]
    assert "`clean` reads `orders` as pandas.DataFrame, which needs `pandas`" in told["message"]
    assert told["hint"] == "pip install 'tilth[pandas]'"


def test_a_source_inside_a_package_that_is_missing_is_installed_and_not_put_there(tilth, edit):
    edit("catalog.yml", "data/orders.json", "package://shop_of_nobody/orders.json")

    findings = tilth("doctor", "--json").json["findings"]

    (told,) = [each for each in findings if each["code"] == "T404"]
    assert told["hint"].startswith("install the package")


def test_what_cannot_be_known_is_an_error(tilth, project, edit, found):
    edit("src/shop/flow.py", "return sum(", "eval('1'); return sum(")

    assert "eval" in found()["T205"]


GOALS = """
late:
  rows: rowz
  target: late
  goals:
    - {measure: accuracy, at_least: 0.8, why: the rule of the clerks has as much}
"""


def test_goals_that_cannot_be_judged_are_an_error(tilth, project, edit, found):
    edit("catalog.yml", "\nwords:", "\nrows: {format: text, location: rows.txt}\nwords:")
    (project / "goals.yml").write_text(GOALS.replace("accuracy", "acuracy"))
    assert "goals.yml:6:17" in found()["T209"]
    assert tilth("doctor").code == 1

    (project / "goals.yml").write_text(GOALS)
    assert "name dataset `rowz`" in found()["T209"]

    (project / "goals.yml").write_text(GOALS.replace("rowz", "rows@1"))
    assert {"T202", "T209"}.isdisjoint(found())


def test_entries_and_parameters_that_nothing_uses_are_told(project, edit, found):
    edit("catalog.yml", "\nwords:", "\nspare: {format: text, location: spare.txt}\nwords:")
    (project / "params.yml").write_text("rate: 2.0\nspare: 1\n")

    codes = found()

    assert "`spare`" in codes["T202"]
    assert "`spare`" in codes["T203"]


def test_libraries_that_are_not_declared_are_told(project, edit, found):
    (project / "pyproject.toml").write_text("[project]\nname='shop'\ndependencies=['tilth']\n")
    edit("src/shop/flow.py", "import os", "import os\n\nimport polars")
    edit("src/shop/flow.py", "return sum(", "polars.Series([1]); return sum(")

    assert "`polars`" in found()["T305"]

    (project / "pyproject.toml").write_text(
        "[project]\nname='shop'\ndependencies=['tilth[polars]>=0']\n"
    )
    assert "T305" not in found()


def test_functions_without_words_are_told(project, edit, found):
    edit("src/shop/flow.py", '    """What came in."""\n', "")

    assert "`total`" in found()["T107"]


def test_results_that_are_gone_or_damaged_are_told(tilth, project, edit, found):
    edit("src/shop/flow.py", "* 20", "* 2000")  # too big for the database
    tilth("run")
    files = [each for each in (project / ".tilth/store").rglob("*") if each.is_file()]
    blob = max(files, key=lambda each: each.stat().st_size)  # beside the source that was read
    blob.chmod(0o644)
    blob.write_text("something else")

    assert "`words` is damaged in the store" in found()["T403"]

    blob.unlink()
    assert "`words` is no longer in the store" in found()["T403"]


def test_code_beside_the_source_folder_is_told(project, found):
    (project / "stray.py").write_text("")

    assert "stray.py" in found()["T104"]


def test_an_absolute_location_is_told(project, edit, found):
    edit("catalog.yml", "location: out/words.txt", f"location: {project}/out/words.txt")

    assert "`words`" in found()["T106"]


def test_the_rules_are_listed(tilth):
    assert [each["code"] for each in tilth("doctor", "--rules", "--json").json] == [
        each.code for each in RULES
    ]


def test_a_file_that_a_function_opens_by_itself_is_told(project, edit, found):
    edit("src/shop/flow.py", "return sum", "open('data/orders.json').close()\n    return sum")

    assert "`data/orders.json`" in found()["T208"]
    assert "src/shop/flow.py" in found()["T208"]

    edit(
        "tilth.yml",
        "- call: shop.flow.total",
        "- call: shop.flow.total\n        depends_on: data/orders.json",
    )

    assert "T208" not in found()
