from __future__ import annotations

import pytest

FLOW = '''
def clean(flights: list) -> list:
    """Rows with a price."""
    return [each for each in flights if each["price"] is not None]

def total(clean: dict) -> int:
    """Over all months."""
    return sum(each["price"] for rows in clean.values() for each in rows)
'''

TILTH = """
name: months
pipelines:
  all:
    nodes:
      - {call: months_flow.clean, inputs: [{each: flights}]}
      - {call: months_flow.total}
"""


@pytest.fixture
def months(tmp_path, monkeypatch):
    (tmp_path / "src").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "src/months_flow.py").write_text(FLOW)
    (tmp_path / "tilth.yml").write_text(TILTH)
    (tmp_path / "catalog.yml").write_text("flights: {format: json, location: 'data/{month}.json'}")
    for month, price in (("jan", 1), ("feb", 20), ("mar", 300)):
        (tmp_path / f"data/{month}.json").write_text(f'[{{"price": {price}}}]')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_failed_partition_is_named_and_can_be_debugged(tilth, months):
    (months / "data/mar.json").write_text('[{"cost": 300}]')

    answer = tilth("run")

    assert answer.code == 1
    assert "tilth debug 'clean[mar]'" in answer.err
    assert tilth("debug", "clean", "--command", "print(flights)").out == "[{'cost': 300}]\n"
    assert tilth("debug", "clean[jan]", "--command", "print(call())").out == "[{'price': 1}]\n"


def test_a_partition_that_is_not_there_is_told(tilth, months):
    tilth("run")

    assert "it has `feb`, `jan`, `mar`" in tilth("debug", "clean[may]", "--command", "0").err
    assert tilth("debug", "clean[may]", "--command", "0").code == 2
    assert tilth("data", "head", "clean[may]").code == 2


def test_head_lists_partitions_and_shows_one(tilth, months):
    tilth("run")

    parts = tilth("data", "head", "clean", "--json").json

    assert [each["partition"] for each in parts] == ["feb", "jan", "mar"]
    assert "tilth data head 'clean[feb]'" in tilth("data", "head", "clean").err
    assert tilth("data", "head", "clean[feb]", "--json").json == [{"price": 20}]
    assert tilth("data", "head", "flights[jan]", "--json").json == [{"price": 1}]


def test_diff_names_the_partition_that_changed(tilth, months):
    tilth("run")
    (months / "data/feb.json").write_text('[{"price": 21}]')
    tilth("run")

    found = tilth("runs", "diff", "--json").json

    assert [row["dataset"] for row in found["data"]] == ["flights[feb]"]
    assert "clean[feb]" in {row["dataset"] for row in found["results"]}
    assert "clean[jan]" not in {row["dataset"] for row in found["results"]}


def test_the_tree_says_that_a_node_runs_for_each_partition(tilth, months):
    assert "clean (each partition)" in tilth("show").out
