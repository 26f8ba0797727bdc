"""What a dataset covers is told, and what it lacks."""

from __future__ import annotations

import pytest

FILES = {
    "tilth.yml": """
pipelines:
  main:
    nodes: [{call: work.count, inputs: [orders], outputs: n}]
""",
    "catalog.yml": """
orders:
  format: csv
  location: orders.csv
  contract:
    columns: {town: {}, wet: {}}
    others: allow
    checks:
      - cases: {rows: ["town = 'Oslo' and wet = 1", "town = 'Bonn'"], least: 2}
plain: {format: csv, location: plain.csv}
""",
    "orders.csv": "town,wet,price\nOslo,0,1.5\nOslo,0,2.5\nBonn,1,3.5\nBonn,0,4.5\n",
    "plain.csv": "town,wet,price\nOslo,1,1.5\nBonn,0,2.0\nBonn,1,900.0\n",
    "src/work.py": "def count(orders):\n    return len(orders)\n",
}


@pytest.fixture
def shop(tmp_path, monkeypatch):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_cases_are_counted_and_what_lacks_is_told(shop, tilth):
    answer = tilth("data", "coverage", "orders")

    assert answer.code == 1
    assert "town = 'Oslo' and wet = 1     0         2  lacks 2" in answer.out
    assert "rows are lacking in 1 of 2 cases" in answer.err
    told = tilth("data", "coverage", "orders", "--json").json
    assert [each["missing"] for each in told["cases"]] == [2, 0]


def test_a_run_warns_of_it_without_being_asked(shop, tilth):
    answer = tilth("run")

    assert answer.code == 0
    assert "1 of 2 required cases have fewer than 2 rows: `town = 'Oslo' and wet = 1 (0)`" in (
        answer.err
    )


def test_pairs_and_their_holes(shop, tilth):
    told = tilth("data", "coverage", "orders", "--pairs", "town,wet", "--json").json["pairs"]
    assert (told["seen"], told["possible"]) == (3, 4)
    assert [each["pair"] for each in told["holes"]] == ["town = Oslo and wet = 1"]

    shown = tilth("data", "coverage", "plain").out
    assert "pairs of values" in shown
    assert "of town, wet, price" in tilth("data", "coverage", "plain", "--pairs", "all").out


def test_rows_unlike_all_others(shop, tilth):
    answer = tilth("data", "coverage", "plain", "--against", "orders", "--columns", "price")

    assert "1 of 3 rows (33.3%) are farther from `orders`" in answer.out
    assert "price = 900.0" in answer.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["orders", "--pairs", "town,wett"], "did you mean `wet`?"),
        (["orders", "--pairs", "town"], "pairs need two columns"),
        (["ordres"], "did you mean `orders`?"),
        (["plain", "--columns", "price"], "`--against train`"),
    ],
)
def test_mistakes_are_told(shop, tilth, arguments, said):
    answer = tilth("data", "coverage", *arguments)

    assert answer.code in (1, 2)
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_a_case_that_is_none_is_told_with_its_place(shop, tilth):
    (shop / "catalog.yml").write_text(FILES["catalog.yml"].replace("town = 'Bonn'", "town ="))
    answer = tilth("data", "coverage", "orders")

    assert answer.code == 2
    assert "catalog.yml:9" in answer.err
