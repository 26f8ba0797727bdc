"""A project that is well: what is derived, that it passes, and that nothing is touched."""

from __future__ import annotations

import json
from textwrap import dedent

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import log_loss

from tilth import Project
from tilth.project.mini.project import MiniProject


@pytest.fixture(scope="module")
def shop(tmp_path_factory, shop_files, listed):
    """A project that joins and learns, tested once: what came of it, what was kept, its files."""
    folder = tmp_path_factory.mktemp("shop")
    for name, text in shop_files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else dedent(text).encode())
    kept = tmp_path_factory.mktemp("kept") / "mini"
    before = listed(folder)
    with Project(folder) as project:
        outcome = project.test(rows=600, keep=kept)
        assert project.history.runs() == []
        assert list(project.blobs.folder.glob("**/*")) == []
    return outcome, kept, before, listed(folder)


def test_a_project_that_is_well_passes(shop, lines):
    outcome, *_ = shop

    assert outcome.ok, outcome.as_dict()
    assert set(lines(outcome, "passed")) == {
        "every node runs",
        "contracts hold",
        "no table is empty",
        "all numbers are numbers",
        "models learn: train",
        "rows by themselves: train",
        "the same again",
    }
    assert lines(outcome, "passed")["every node runs"] == "4 ran"


def test_nothing_of_the_project_is_touched(shop):
    _, _, before, after = shop

    assert after == before


def test_the_mini_data_set_keeps_joins_alive(shop):
    outcome, kept, *_ = shop
    sales = pl.read_csv(kept / "sources/sales.csv")
    customers = pl.read_csv(kept / "sources/customers.csv")

    assert 600 <= sales.height < 700
    assert sales.join(customers, on="customer").height == sales.height
    told = {each.dataset: each for each in outcome.sources}
    assert told["sales"].of_rows == 4_000
    assert told["sales"].joined == ("customers by customer",)


def test_odd_values_that_the_contract_allows_are_in_it(shop):
    outcome, kept, *_ = shop
    sales = pl.read_csv(kept / "sources/sales.csv")

    assert (sales["price"].min(), sales["price"].max()) == (0, 500)
    assert "huge" in sales["size"]
    assert [(e.column, e.value) for e in outcome.sources[0].edges] == [
        ("price", 0),
        ("price", 500),
        ("size", "huge"),
    ]


def test_what_a_part_cannot_show_is_left_out_and_told(shop, lines):
    outcome, *_ = shop

    found = lines(outcome, "left out")
    assert list(found) == ["contracts hold: sales"]
    assert "fewer than 4,000" in found["contracts hold: sales"]


def test_a_model_is_measured_against_a_constant_on_its_own_rows(shop):
    outcome, *_ = shop
    told = [each.message for each in outcome.checks if each.name == "models learn"]

    # The model is fitted anew, and its loss and the constant's are computed by scikit-learn.
    assert len(told) == 1
    words = told[0].replace(",", "").split()
    own, constant = float(words[3]), float(words[6])
    with MiniProject.reopened(shop[1]) as mini:
        joined, model = mini.load("joined"), mini.load("model")
    columns = joined.select("price", "age", "size")
    late = joined["late"].to_numpy()
    assert own == pytest.approx(log_loss(late, model.predict_proba(columns)), rel=1e-3)
    assert constant == pytest.approx(log_loss(late, np.full(len(late), late.mean())), rel=1e-3)


def test_a_kept_test_opens_as_a_project_with_the_code_as_it_stands(shop):
    _, kept, *_ = shop

    with MiniProject.reopened(kept) as mini:
        assert mini.load("joined").height < 700
        assert mini.load("metrics")["brier"] < 0.25
        result = mini.run()
        assert result.counts == {"reused": 4}
    assert (kept / "outputs/results/metrics.json").is_file()


def test_the_outcome_is_plain_data_and_a_table_in_a_notebook(shop):
    outcome, kept, *_ = shop
    told = json.loads(json.dumps(outcome.as_dict()))

    assert told["ok"] is True
    assert told["nodes"] == 4
    assert told["folder"] == str(kept)
    assert {each["state"] for each in told["checks"]} == {"passed", "left out"}
    assert "<td>passed</td><td>every node runs</td>" in outcome._repr_html_()


def test_without_odd_values_only_rows_that_there_are_are_drawn(tested, shop_files):
    outcome = tested(shop_files)

    assert outcome.ok
    assert [each.edges for each in outcome.sources] == [(), ()]


def test_one_pipeline_runs_with_what_makes_its_inputs(tested, shop_files):
    outcome = tested(shop_files, "model")

    assert outcome.ok
    assert outcome.n_nodes == 4
    assert {each.dataset for each in outcome.sources} == {"sales", "customers"}


def test_a_pipeline_that_needs_few_sources_draws_only_those(tested, small):
    files = {
        **small,
        "tilth.yml": small["tilth.yml"]
        + """
          other:
            nodes:
              - call: work.total
                name: other_total
                inputs: [elsewhere]
                outputs: other
        """,
        "catalog.yml": small["catalog.yml"]
        + """
        elsewhere: {format: csv, location: not/there.csv}
        """,
    }

    outcome = tested(files, "main")

    assert outcome.ok
    assert [each.dataset for each in outcome.sources] == ["numbers"]


def test_sources_of_the_stage_join_are_drawn_together(tested):
    n = 3_000
    buyers = np.random.default_rng(0).permutation(n)
    sales = pl.DataFrame({"buyer": buyers, "x": 1.0})
    customers = pl.DataFrame({"number": np.arange(n), "age": 30})
    found = tested(
        {
            "tilth.yml": """
                pipelines:
                  main:
                    stage: join
                    with:
                      table: sales
                      sources: {customers: {on: {buyer: number}, at_most: 0}}
                """,
            "catalog.yml": """
                sales: {format: csv, location: data/sales.csv}
                customers: {format: csv, location: data/customers.csv}
                """,
            "data/sales.csv": sales.write_csv(),
            "data/customers.csv": customers.write_csv(),
        }
    )

    assert found.ok, found.as_dict()
