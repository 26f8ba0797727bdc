"""What is done in two ways is told with both places, and what only looks like it is not."""

from __future__ import annotations

import pytest

from tilth.project import Project
from tilth.project.doctor import examine
from tilth.project.new import new_project

SOURCE = {
    "tilth.yml": """
        pipelines:
          one:
            nodes:
              - {call: one.clean, inputs: [rows], outputs: clean_one, name: clean_one}
          two:
            nodes:
              - {call: two.clean, inputs: [other], outputs: clean_two, name: clean_two}
        """,
    "catalog.yml": """
        rows: {format: json, location: rows.json}
        other: {format: json, location: rows.json}
        """,
    "rows.json": "[1, 2]",
}

CLEAN = """
def clean(rows):
    kept = [row for row in rows if row is not None]
    return sorted(kept)[:{n}]
"""


def found(make, code, files):
    with make(files).open() as project:
        return [each for each in examine(project).findings if each.code == code]


def of_two(one, two, **files):
    return {**SOURCE, "src/one.py": one, "src/two.py": two, **files}


def test_a_copy_that_was_changed_is_told_with_both_places(make):
    (told,) = found(make, "T206", of_two(CLEAN.format(n=10), "X = 1\n" + CLEAN.format(n=20)))

    assert told.level == "warning"
    assert "`clean` is defined twice, differently: one.clean (src/one.py:1)" in told.message
    assert "two.clean (src/two.py:3)" in told.message
    assert "let one be used by all" in told.hint


HALF = "def half(x):\n    return x / {n}\n\n\ndef clean(rows):\n    return {more}half(len(rows))\n"


def test_a_helper_counts_as_well(make):
    other = "sum(range(100)) * len(str(rows) + 'and something else altogether') + "
    files = of_two(HALF.format(n=2, more=""), HALF.format(n=2.5, more=other))

    assert [each.message.split(" is ")[0] for each in found(make, "T206", files)] == ["`half`"]


@pytest.mark.parametrize(
    "two",
    [
        CLEAN.format(n=10),
        '# Only a comment, and words.\n\ndef clean(rows):\n    """Tidy."""\n'
        "    kept = [row for row in rows if row is not None]\n    return sorted(kept)[:10]\n",
        "from one import clean\n",
        "import csv\n\ndef clean(rows):\n    with open('x') as file:\n"
        "        return {len(a): b for a, b in csv.reader(file)}\n",
    ],
)
def test_the_same_definition_and_another_thing_of_that_name_are_no_findings(make, two):
    assert found(make, "T206", of_two(CLEAN.format(n=10), two)) == []


def test_of_the_same_rows_another_thing_of_that_name_is_a_finding(make):
    two = "def clean(rows):\n    return {str(row): 0.5 for row in reversed(rows)}\n"
    files = of_two(CLEAN.format(n=10), two)
    files["tilth.yml"] = files["tilth.yml"].replace("[other]", "[rows]")

    assert len(found(make, "T206", files)) == 1


SPLIT = {
    "tilth.yml": """
        pipelines:
          one:
            nodes:
              - call: work.split
                name: split_one
                inputs: {rows: rows, share: "params:share"}
                outputs: [train, test]
          two:
            nodes:
              - call: work.split
                name: split_two
                inputs: {rows: rows, share: "params:other"}
                outputs: [b_train, b_test]
        """,
    "catalog.yml": "rows: {format: json, location: rows.json}",
    "rows.json": "[1, 2]",
    "params.yml": "share: 0.5\nother: 0.25\n",
    "src/work.py": """
        def split(rows, share):
            n = int(len(rows) * share)
            return rows[:n], rows[n:]
        """,
}


def test_the_same_rows_split_by_two_shares_is_told(make):
    (told,) = found(make, "T207", SPLIT)

    assert told.message.startswith("`rows` is split in two ways: by `split_one` (tilth.yml:")
    assert "by `split_two` (tilth.yml:" in told.message


@pytest.mark.parametrize(
    "changes",
    [
        {"params.yml": "share: 0.5\nother: 0.5\n"},
        {"tilth.yml": SPLIT["tilth.yml"].replace("[b_train, b_test]", "[first, second]")},
    ],
)
def test_one_way_and_what_is_no_split_are_no_findings(make, changes):
    assert found(make, "T207", {**SPLIT, **changes}) == []


FITS = """
from sklearn.model_selection import train_test_split


def tree(rows):
    return train_test_split(rows, test_size=0.2, random_state={one})


def forest(rows):
    parts = train_test_split(rows, random_state={two}, test_size=0.2)
    return [len(part) for part in parts]
"""

FITTED = {
    "tilth.yml": """
        pipelines:
          main:
            nodes:
              - {call: work.tree, inputs: [rows], outputs: tree}
              - {call: work.forest, inputs: [rows], outputs: forest}
        """,
    "catalog.yml": SPLIT["catalog.yml"],
    "rows.json": "[1, 2]",
}


@pytest.mark.parametrize(("two", "n"), [("1", 0), ("2", 1), ("SEED", 0)])
def test_a_split_inside_of_a_function_counts_where_its_arguments_are_plain(make, two, n):
    code = "SEED = 3\n" + FITS.format(one=1, two=two)

    assert len(found(make, "T207", {**FITTED, "src/work.py": code})) == n


@pytest.mark.parametrize("template", ["flights", "digits", "blank"])
def test_templates_do_everything_in_one_way(template, tmp_path):
    new_project(tmp_path / "made_of_it", template)
    with Project(tmp_path / "made_of_it") as project:
        codes = [each.code for each in examine(project).findings]
    assert not {"T204", "T206", "T207"} & set(codes)
