from __future__ import annotations

import re

import pytest

from tilth.errors import DataError, DefinitionError, MissingDataError
from tilth.project.comparing import Asked
from tilth.project.data_difference import data_difference
from tilth.project.difference_page import page
from tilth.project.sketches import sketch_of_version

ORDERS = "id,who,price,paid\n1,Ada,10,yes\n2,Bob,5,no\n3,Cyd,7,yes\n"
LATER = "id,who,price,paid\n1,Ada,10,no\n3,Cyd,7.5,yes\n4,Dan,9,no\n"
CATALOG = "orders: {format: csv, location: data/orders.csv}\n"
SHOP = {
    "tilth.yml": """
        name: shop
        pipelines:
          main:
            nodes:
              - call: shop.clean
                inputs: {orders: orders, least: "params:least"}
              - shop.score
              - shop.letter
        """,
    "catalog.yml": CATALOG,
    "params.yml": "least: 0\n",
    "data/orders.csv": ORDERS,
    "src/shop.py": """
        import polars as pl

        def clean(orders: pl.DataFrame, least: int = 0) -> pl.DataFrame:
            return orders.filter(pl.col("price") > least)

        def score(clean: pl.DataFrame) -> dict:
            return {"n": clean.height, "by": {"paid": int((clean["paid"] == "yes").sum())}}

        def letter(score: dict) -> str:
            return f"Dear shop,\\nthere were {score['n']}.\\nBye\\n"
        """,
}


@pytest.fixture
def shop(make):
    """A shop whose orders changed between two runs."""
    home = make(SHOP)
    home.done()
    home.write({"data/orders.csv": LATER})
    home.done()
    return home


def difference(home, dataset, old=None, new=None, **asked):
    with home.open() as project:
        return data_difference(project, dataset, old, new, Asked(**asked))


# What differs


def test_the_latest_is_compared_with_the_one_before(shop):
    found = difference(shop, "orders", label="paid")

    table = found.content.table
    assert (found.old.run, found.new.run) == (1, 2)
    assert (table.key, table.n_added, table.n_removed, table.n_changed) == (("id",), 1, 1, 2)
    assert {each.column: each.n for each in table.columns} == {"paid": 1, "price": 1}
    assert [(e.old, e.new, e.n) for e in table.transitions] == [("yes", "no", 1)]
    assert not found.is_empty


def test_two_versions_of_the_same_bytes_differ_in_nothing_and_are_not_loaded(shop, monkeypatch):
    monkeypatch.setattr("tilth.project.data_difference.compared", None)  # would raise

    found = difference(shop, "orders@2", "latest")

    assert found.same_bytes
    assert found.is_empty
    assert found.as_dict()["same"] is True


def test_other_bytes_may_hold_the_same(shop):
    rows = LATER.splitlines(keepends=True)
    shop.write({"data/orders.csv": "".join([rows[0], rows[3], rows[1], rows[2]])})

    found = difference(shop, "orders")

    assert not found.same_bytes
    assert found.is_empty


def test_a_text_gets_a_unified_diff(shop):
    shop.edit("src/shop.py", "Dear", "Dearest")
    shop.done()

    lines = difference(shop, "letter").content.lines

    assert [line for line in lines if line[:1] in "+-"][2:] == ["-Dear shop,", "+Dearest shop,"]


def test_mappings_are_compared_key_by_key(shop):
    edits = difference(shop, "score").content.edits

    assert [(each.place, each.old, each.new) for each in edits] == [("by.paid", 2, 1)]


def test_rows_in_json_are_a_table(make):
    home = make(
        {
            "tilth.yml": "pipelines: {main: {nodes: [shop.n]}}\n",
            "catalog.yml": "orders: {format: json, location: orders.json}\n",
            "orders.json": '[{"who": "Ada", "n": 1}, {"who": "Bob", "n": 2}]',
            "src/shop.py": "def n(orders: list) -> int:\n    return len(orders)\n",
        }
    )
    home.done()
    home.write({"orders.json": '[{"who": "Bob", "n": 3}, {"who": "Ada", "n": 1}]'})
    table = difference(home, "orders").content.table

    assert (table.key, table.n_changed) == (("who",), 1)

    # Cells of several types make no column: they are compared as they are.
    home.write({"orders.json": '[{"who": "Bob", "n": "x"}, {"who": "Ada", "n": 1}]'})
    assert difference(home, "orders").content.edits


def test_arrays_are_told_with_how_many_elements_differ(make):
    home = make(
        {
            "tilth.yml": "pipelines: {main: {nodes: [shop.line]}}\n",
            "src/shop.py": """
                import numpy as np

                def line() -> np.ndarray:
                    return np.array([1.0, np.nan, 3.0])
                """,
        }
    )
    home.done()
    home.edit("src/shop.py", "3.0", "4.0")
    home.done()

    assert difference(home, "line").content.told[-1] == "1 of 3 elements differ"


def test_of_partitions_only_those_are_read_that_differ(make):
    home = make(
        {
            "tilth.yml": "pipelines: {main: {nodes: [{call: shop.n, inputs: [{each: days}]}]}}\n",
            "catalog.yml": "days: {format: csv, location: 'data/{day}.csv'}\n",
            "data/mon.csv": "id,x\n1,1\n2,2\n",
            "data/tue.csv": "id,x\n3,3\n",
            "data/wed.csv": "id,x\n4,4\n",
            "src/shop.py": """
                import polars as pl

                def n(days: pl.DataFrame) -> int:
                    return days.height
                """,
        }
    )
    home.done()
    (home.folder / "data/wed.csv").unlink()
    home.write({"data/tue.csv": "id,x\n3,5\n", "data/thu.csv": "id,x\n6,6\n"})
    found = difference(home, "days")

    assert found.parts == {"thu": "added", "tue": "changed", "wed": "removed"}
    table = found.content.table
    assert (table.n_old, table.n_new) == (2, 2)  # Monday is the same, and was not read
    assert (table.n_changed, table.n_added, table.n_removed) == (1, 1, 1)
    old, new = found.sketches  # these are of the whole, put together from the parts'
    assert (old.n_rows, new.n_rows) == (4, 4)


def test_two_datasets_may_be_compared(shop):
    found = difference(shop, "orders", "orders@1", "clean@1")

    assert found.is_empty
    assert (found.old.dataset, found.new.dataset) == ("orders", "clean")
    assert found.causes == ()


# How tables are compared


def test_the_catalog_may_name_key_and_label(shop):
    noted = "metadata: {key: [who], label: paid}}"
    shop.write({"catalog.yml": CATALOG.replace("csv}", f"csv, {noted}")})

    table = difference(shop, "orders").content.table

    assert (table.key, table.inferred, table.label) == (("who",), False, "paid")
    assert difference(shop, "orders", key=("id",)).content.table.key == ("id",)


def test_what_the_catalog_names_and_a_version_lacks_is_not_insisted_on(shop):
    noted = "metadata: {key: number, label: verdict}}"
    shop.write({"catalog.yml": CATALOG.replace("csv}", f"csv, {noted}")})

    table = difference(shop, "orders").content.table

    assert (table.key, table.inferred, table.label) == (("id",), True, "")


@pytest.mark.parametrize("noted", ["key: 3", "key: [1]", "label: [paid]"])
def test_a_key_that_is_no_column_is_told_with_its_line(shop, noted):
    shop.write({"catalog.yml": CATALOG.replace("csv}", f"csv, metadata: {{{noted}}}}}")})

    with pytest.raises(DefinitionError, match=r"^catalog.yml:1: `(key|label)` of dataset `orders`"):
        difference(shop, "orders")


def test_a_key_that_is_asked_for_and_not_there_is_an_error(shop):
    with pytest.raises(DataError, match="the old table has no column `ident`") as caught:
        difference(shop, "orders", key=("ident",))

    assert "--key" in (caught.value.hint or "")


# Why it changed


def test_a_source_was_changed_outside(shop):
    (cause,) = difference(shop, "orders").causes

    assert (cause.dataset, cause.node, cause.run) == ("orders", "", 2)
    assert cause.lines == ("it was changed outside",)


def test_what_no_run_has_read_has_no_run(shop):
    shop.write({"data/orders.csv": ORDERS + "9,Eve,1,no\n"})

    found = difference(shop, "orders")

    assert found.new.run == 0
    assert found.causes[0].lines == ("no run has read it so far",)


def test_causes_are_followed_back_to_code_parameters_and_sources(shop):
    shop.edit("src/shop.py", "> least", ">= least")
    shop.write({"params.yml": "least: 8\n"})
    shop.done()

    found = difference(shop, "letter", 1, 3)

    assert [each.dataset for each in found.causes] == ["letter", "score", "clean", "orders"]
    lines = "\n".join(found.causes[2].lines)
    assert "code `shop.clean` changed (src/shop.py:4)" in lines
    assert "parameter `least`: 0 -> 8" in lines
    assert found.causes[2].person


def test_the_same_code_and_data_may_give_another_result(make):
    home = make(
        {
            "tilth.yml": "pipelines: {main: {nodes: [{call: shop.now, cache: false}]}}\n",
            "src/shop.py": """
                from time import time_ns

                def now() -> int:
                    return time_ns()
                """,
        }
    )
    home.done()
    home.done()

    (cause,) = difference(home, "now").causes

    assert cause.lines[0].startswith("the same code and data gave another result")


# Statistics


def test_columns_are_summed_up_before_and_after(shop):
    rows = {each["column"]: each for each in difference(shop, "orders").statistics()}

    assert (rows["price"]["old"]["mean"], rows["price"]["new"]["maximum"]) == (22 / 3, 10.0)
    assert rows["paid"]["old"]["top"] == [{"level": "yes", "n": 2}, {"level": "no", "n": 1}]


def test_statistics_are_gathered_once_and_outlive_the_bytes(shop, monkeypatch):
    with shop.open() as project:
        made = project.version("clean@1")
        first = sketch_of_version(project, made)
        project.blobs.remove(made.fingerprint)
        monkeypatch.setattr("tilth.project.sketches.load", None)  # would raise
        assert sketch_of_version(project, made) == first
        assert sketch_of_version(project, project.version("score")) is None


def test_damaged_statistics_are_gathered_again(shop):
    with shop.open() as project:
        made = project.version("clean@1")
        first = sketch_of_version(project, made)
        (file,) = (project.blobs.folder / "sketches").rglob("*.json")
        file.write_text("{}")
        assert sketch_of_version(project, made) == first


# When it cannot be told


def test_a_version_whose_bytes_are_gone_is_told(shop):
    with shop.open() as project:
        project.blobs.remove(project.version("orders@1").fingerprint)

    with pytest.raises(MissingDataError, match="holds something else by now"):
        difference(shop, "orders")


def test_a_dataset_with_one_version_has_none_to_compare_it_with(make):
    home = make(SHOP)
    home.done()

    with pytest.raises(MissingDataError, match="has no version `latest~1`"):
        difference(home, "clean")


# The page


@pytest.mark.parametrize("dataset", ["orders", "clean", "score", "letter"])
def test_the_page_needs_no_network_and_runs_no_script(shop, dataset):
    shop.edit("src/shop.py", "Dear", "Dearest")
    shop.done()
    text = page("shop", difference(shop, dataset, 1, 3))

    assert text.startswith("<!doctype html>")
    assert not re.search(r"https?:|<script|<link|@import|url\(|src=", text)


def test_what_is_in_the_data_cannot_become_part_of_the_page(shop):
    shop.write({"data/orders.csv": LATER.replace("Cyd", "<b>Cyd</b>").replace("price", "<i>price")})

    text = page("<shop>", difference(shop, "orders", 1, key=("id",)))

    assert "<b>Cyd" not in text
    assert "<i>price" not in text
    assert "&lt;b&gt;Cyd&lt;/b&gt;" in text
    assert "&lt;shop&gt;" in text
