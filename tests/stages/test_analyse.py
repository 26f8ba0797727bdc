from __future__ import annotations

import polars as pl
import pytest

from tilth.errors import DataError
from tilth.project import Project
from tilth.quality.profile import Profile, profile_of
from tilth.stages.analyse import profile, profile_page
from tilth.testing.stages import StageTests

ORDERS = "id,price,kind\n" + "".join(f"{i},{i % 7}.5,{'ab'[i % 2]}\n" for i in range(40))


class TestAnalyse(StageTests):
    @pytest.fixture
    def stage(self):
        return "analyse"

    @pytest.fixture
    def settings(self):
        return {"table": "orders", "target": "kind"}

    @pytest.fixture
    def files(self):
        catalog = "orders: {format: csv, location: data/orders.csv}\n"
        return {"catalog.yml": catalog, "data/orders.csv": ORDERS}

    def test_it_makes_the_profile_as_data_and_as_a_page(self, folder):
        with Project(folder) as project:
            project.run()
            found = Profile.from_dict(project.load("orders_profile"))
            text = project.load("orders_profile_page")

        assert found.n_rows == 40
        assert found.target == "kind"
        assert text.startswith("<!doctype html>")
        assert "orders" in text

    def test_the_table_is_read_lazily(self, folder):
        with Project(folder) as project:
            node = project.pipeline("it").by_name["profile_orders"]
            taken = project.code.signature(node.function).parameters[0]

        assert taken.annotation.origin == "polars.LazyFrame"

    def test_a_table_that_changed_is_looked_at_anew_and_an_equal_profile_makes_no_page(
        self, folder
    ):
        with Project(folder) as project:
            project.run()
            (folder / "data/orders.csv").write_text(ORDERS.rstrip("\n"))

            counts = project.run().counts

        assert (counts["done"], counts["reused"]) == (1, 1)


def test_the_nodes_are_plain_functions():
    table = pl.DataFrame({"x": [1, 2, 3], "y": ["a", "b", "a"]})

    made = profile(table.lazy(), "y", sample=2, seed=1)

    assert made == profile_of(table, "y", sample=2, seed=1).as_dict()
    assert "3" in profile_page(made, "table")


def test_a_file_that_breaks_off_in_the_middle_is_told(tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n" + "1,a\n" * 50 + "1,a,b,c\n")

    with pytest.raises(DataError, match="stage `analyse`: the table cannot be read: found more"):
        profile(pl.scan_csv(tmp_path / "t.csv"))
