from __future__ import annotations

import pytest

from tilth.errors import UnknownNameError
from tilth.project.leaderboard import leaderboard

SHOP = {
    "tilth.yml": """
        pipelines:
          main:
            nodes:
              - {call: shop.measure, inputs: [orders, "params:rate"], outputs: metrics}
              - {call: shop.lone, outputs: lone}
        """,
    "catalog.yml": """
        orders: {format: json, location: data/orders.json}
        metrics: {format: metrics, location: out/metrics.json}
        """,
    "params.yml": "rate: 1\n",
    "data/orders.json": "[1, 2, 3]",
    "src/shop.py": """
        def measure(orders: list, rate: float) -> dict:
            total = sum(orders) * rate
            return {"sum": {"value": total, "low": total - 1, "high": total + 1}}

        def lone() -> int:
            return 1
        """,
}


@pytest.fixture
def shop(make):
    """Six runs: data [1, 2, 3], [4] and [9]; then rate 2 on [9], 3 on [9], and 3 on [4]."""
    home = make(SHOP)
    for orders, rate in (
        ("[1,2,3]", 1),
        ("[4]", 1),
        ("[9]", 1),
        ("[9]", 2),
        ("[9]", 3),
        ("[4]", 3),
    ):
        home.write({"data/orders.json": orders, "params.yml": f"rate: {rate}\n"})
        home.done()
    return home


def ranked(home, **options):
    with home.open() as project:
        return [(each.run, each.value) for each in leaderboard(project, "sum", **options)]


def test_the_best_run_comes_first(shop):
    assert ranked(shop) == [(5, 27.0), (4, 18.0), (6, 12.0), (3, 9.0), (1, 6.0), (2, 4.0)]
    assert ranked(shop, n=2) == [(5, 27.0), (4, 18.0)]
    assert ranked(shop, lowest=True, n=2) == [(2, 4.0), (1, 6.0)]


def test_under_held_code_versions_of_data_are_ranked(shop):
    # The latest code has rate 3, under which there were [9] and [4].
    assert ranked(shop, hold="code") == [(5, 27.0), (6, 12.0)]


def test_on_held_data_versions_of_code_are_ranked(shop):
    # The latest data are [4], which rates 1 and 3 have seen.
    assert ranked(shop, hold="data") == [(6, 12.0), (2, 4.0)]


def test_what_a_metric_does_not_depend_on_makes_no_other_code(shop):
    shop.edit("src/shop.py", "return 1", "return 2")
    shop.done()

    assert ranked(shop, hold="code") == [(5, 27.0), (7, 12.0)]  # run 7 is run 6 again


def test_a_place_tells_value_interval_and_who(shop):
    with shop.open() as project:
        best = leaderboard(project, "measure.sum", n=1)[0]

    assert (best.low, best.high) == (26.0, 28.0)
    assert best.person
    assert len(best.data) == len(best.code) == 8


def test_a_metric_that_no_run_has_is_unknown(shop):
    with (
        shop.open() as project,
        pytest.raises(UnknownNameError, match="no metric `summ`") as caught,
    ):
        leaderboard(project, "summ")

    assert str(caught.value) == "there is no metric `summ`"
    assert "measure.sum" in (caught.value.hint or "")
