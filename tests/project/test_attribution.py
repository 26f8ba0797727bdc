from __future__ import annotations

import subprocess

import pytest

from tilth.errors import UnknownNameError
from tilth.project.attribution import Cell, attributed

SHOP = {
    "tilth.yml": """
        name: shop
        pipelines:
          main:
            nodes:
              - shop.clean
              - call: shop.measure
                inputs: {clean: clean, rate: "params:rate"}
                outputs: metrics
        """,
    "catalog.yml": """
        orders: {format: json, location: data/orders.json}
        metrics: {format: metrics, location: out/metrics.json}
        """,
    "params.yml": "rate: 1\n",
    "data/orders.json": "[1, 2, 3]",
    ".gitignore": ".tilth\nout\ndata\n",
    "src/shop.py": """
        from pathlib import Path

        def clean(orders: list) -> list:
            with open(Path(__file__).parents[1] / "calls.txt", "a") as calls:
                calls.write("clean ")
            return orders

        def measure(clean: list, rate: float = 1) -> dict:
            return {"sum": sum(clean) * rate}
        """,
}


@pytest.fixture
def shop(make):
    return make(SHOP)


def git(home, *arguments):
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments],
        cwd=home.folder,
        check=True,
        capture_output=True,
    )


def commit(home):
    if not (home.folder / ".git").exists():
        git(home, "init", "-q")
    git(home, "add", "-A")
    git(home, "commit", "-qm", "a state")


def split(home, old=1, new=2, metric="sum"):
    with home.open() as project:
        return attributed(project, metric, old, new)


@pytest.mark.parametrize(
    ("edit", "factor", "change"),
    [
        (("data/orders.json", "3", "10"), "data", 7.0),
        (("src/shop.py", "* rate", "* rate + 1"), "code", 1.0),
        (("params.yml", "1", "2"), "params", 6.0),
    ],
)
def test_where_one_factor_differs_the_change_is_its_own(shop, edit, factor, change):
    shop.done()
    shop.edit(*edit)
    shop.done()
    n_calls = len(shop.calls())

    found = split(shop)

    assert (found.factors, found.parts, found.refused) == ((factor,), {factor: change}, "")
    assert len(shop.calls()) == n_calls  # nothing ran for it


def both_changed(home):
    """Sum 6 on old data; 15 on new data; the new code doubles."""
    commit(home)
    home.done()
    home.write({"data/orders.json": "[4, 5, 6]"})
    home.edit("src/shop.py", "* rate", "* rate * 2")
    commit(home)
    home.done()


def test_where_data_and_code_differ_the_runs_in_between_are_made(shop):
    both_changed(shop)

    found = split(shop)

    assert found.factors == ("data", "code")
    assert found.cells == (
        Cell(new=(), value=6.0, how="recorded"),
        Cell(new=("data",), value=15.0, how="made"),
        Cell(new=("code",), value=12.0, how="made"),
        Cell(new=("data", "code"), value=30.0, how="recorded"),
    )
    # 9 and 6 alone, 9 only together, split evenly; the parts sum to the change.
    assert found.alone == {"data": 9.0, "code": 6.0}
    assert found.together == 9.0
    assert found.parts == {"data": 13.5, "code": 10.5}
    assert sum(found.parts.values()) == found.change == 24.0


def test_the_runs_in_between_are_made_once(shop):
    both_changed(shop)
    split(shop)

    assert [each.how for each in split(shop).cells[1:3]] == ["known", "known"]


def test_trials_leave_the_project_as_it_is(shop):
    both_changed(shop)
    before = (shop.folder / "out/metrics.json").read_bytes()
    split(shop)

    assert (shop.folder / "out/metrics.json").read_bytes() == before
    with shop.open() as project:
        assert [each.id for each in project.history.runs()] == [2, 1]
        assert project.load("metrics") == {"sum": 30}
    assert shop.plan() == {"clean": None, "measure": None}


def test_three_factors_are_told_apart_by_eight_runs(shop):
    commit(shop)
    shop.done()
    shop.write({"data/orders.json": "[4, 5, 6]", "params.yml": "rate: 3\n"})
    shop.edit("src/shop.py", "* rate", "* rate + 1")
    commit(shop)
    shop.done()

    found = split(shop)

    values = {each.new: each.value for each in found.cells}
    assert values == {
        (): 6.0,
        ("data",): 15.0,
        ("code",): 7.0,
        ("params",): 18.0,
        ("data", "code"): 16.0,
        ("data", "params"): 45.0,
        ("code", "params"): 19.0,
        ("data", "code", "params"): 46.0,
    }
    assert sum(found.parts.values()) == pytest.approx(found.change)
    assert found.parts["code"] == pytest.approx(1.0)


def test_a_parameter_of_the_command_line_is_no_change_of_the_code(shop):
    commit(shop)
    shop.done()
    shop.edit("data/orders.json", "3", "4")
    shop.done(overrides=("rate=2",))

    found = split(shop)

    assert found.factors == ("data", "params")
    assert [each.value for each in found.cells] == [6.0, 7.0, 12.0, 14.0]


def test_code_that_was_never_committed_cannot_be_told_apart(shop):
    commit(shop)
    shop.edit("src/shop.py", "* rate", "* rate * 5")  # not committed
    shop.done()
    shop.write({"data/orders.json": "[4]"})
    shop.edit("src/shop.py", "* 5", "* 7")
    shop.done()

    found = split(shop)

    assert found.factors == ("data", "code")
    assert found.parts == {}
    assert "the code of run 1 cannot be had: commit " in found.refused
    assert "holds other code" in found.refused


def test_code_outside_of_git_cannot_be_told_apart(shop):
    shop.done()
    shop.write({"data/orders.json": "[4]"})
    shop.edit("src/shop.py", "* rate", "* rate * 5")
    shop.done()

    assert split(shop).refused == "the code of run 1 cannot be had: it ran outside of git"


def test_data_that_were_not_kept_cannot_be_told_apart(shop):
    shop.edit("catalog.yml", "orders.json}", "orders.json, keep: false}")
    both_changed(shop)

    assert "holds something else by now" in split(shop).refused


def test_old_code_that_fails_on_new_data_is_told(shop):
    commit(shop)
    shop.done()
    shop.write({"data/orders.json": '["a"]'})
    shop.edit("src/shop.py", "sum(clean) * rate", "len(clean)")
    commit(shop)
    shop.done()

    found = split(shop)

    assert found.parts == {}
    assert found.refused.startswith("the run in which data alone is new fails: ")
    assert "TypeError" in found.refused


def test_a_change_without_a_cause_is_told(make):
    home = make(
        {
            "tilth.yml": """
                pipelines:
                  main:
                    nodes: [{call: shop.measure, outputs: metrics, cache: false}]
                """,
            "catalog.yml": "metrics: {format: metrics, location: m.json}\n",
            "src/shop.py": """
                from time import time_ns

                def measure() -> dict:
                    return {"now": time_ns()}
                """,
        }
    )
    home.done()
    home.done()

    assert "another by chance" in split(home, metric="now").refused


def test_a_metric_that_runs_do_not_share_is_unknown(shop):
    shop.done()
    shop.done()

    with pytest.raises(UnknownNameError, match="no metric in runs 1 and 2") as caught:
        split(shop, metric="summ")
    assert "measure.sum" in (caught.value.hint or "")
    assert split(shop, metric="measure.sum").change == 0.0


def test_partitions_are_data_too(make):
    home = make(
        {
            ".gitignore": ".tilth\ndata\n",
            "tilth.yml": """
                pipelines:
                  main:
                    nodes:
                      - {call: shop.one, inputs: [{each: days}]}
                      - {call: shop.measure, inputs: [one], outputs: metrics}
                """,
            "catalog.yml": """
                days: {format: json, location: "data/{day}.json"}
                metrics: {format: metrics, location: data/out/metrics.json}
                """,
            "data/mon.json": "[1]",
            "data/tue.json": "[2]",
            "src/shop.py": """
                def one(days: list) -> int:
                    return sum(days)

                def measure(one: dict) -> dict:
                    return {"sum": sum(one.values())}
                """,
        }
    )
    commit(home)
    home.done()
    home.write({"data/tue.json": "[5]", "data/wed.json": "[4]"})
    home.edit("src/shop.py", "return sum(days)", "return 10 * sum(days)")
    commit(home)
    home.done()

    found = split(home)

    assert [each.value for each in found.cells] == [3.0, 10.0, 30.0, 100.0]
    assert found.parts == {"data": 38.5, "code": 58.5}
