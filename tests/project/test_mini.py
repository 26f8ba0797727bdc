"""`Project.test`: a mini data set, everything run on it twice, and what is found."""

from __future__ import annotations

import json
import sys
from textwrap import dedent
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import log_loss

from tilth import Project
from tilth.errors import ConfigError, DefinitionError, MissingDataError, UnknownNameError
from tilth.project.mini import run
from tilth.project.mini.place import without_secrets
from tilth.project.mini.project import MiniProject
from tilth.project.mini.run import Asked

RANDOM = np.random.default_rng(0)
N = 4_000

SALES = pl.DataFrame(
    {
        "sale": np.arange(N),
        "customer": RANDOM.integers(0, 900, N),
        "size": RANDOM.choice(["small", "large"], N),
        "price": RANDOM.gamma(2.0, 10.0, N).round(2),
        "late": RANDOM.random(N) < 0.3,
    }
).with_columns(late=pl.col("late") | (pl.col("price") > 30))
CUSTOMERS = pl.DataFrame({"customer": np.arange(900), "age": RANDOM.integers(18, 90, 900)})

SHOP: dict[str, str | bytes] = {
    "tilth.yml": """
        name: shop
        pipelines:
          features:
            nodes:
              - call: shop.joined
                inputs: [sales, customers]
          model:
            nodes:
              - call: shop.train
                inputs: [joined]
                outputs: model
              - call: shop.predict
                inputs: [joined, model]
                outputs: predictions
              - call: shop.measure
                inputs: [predictions]
                outputs: metrics
        """,
    "catalog.yml": """
        sales:
          format: csv
          location: data/sales.csv
          contract:
            others: allow
            columns:
              price: {type: float, not_null: true, between: [0, 500]}
              size: {type: text, not_null: true, levels: [small, large, huge]}
            checks:
              - row_count: [4000, null]
        customers:
          format: csv
          location: data/customers.csv
        metrics: {format: metrics, location: results/metrics.json}
        predictions: {format: csv, location: results/predictions.csv}
        """,
    "src/shop.py": """
        import polars as pl
        from sklearn.compose import ColumnTransformer
        from sklearn.linear_model import LogisticRegression
        from sklearn.impute import SimpleImputer
        from sklearn.pipeline import Pipeline, make_pipeline
        from sklearn.preprocessing import OneHotEncoder, StandardScaler

        NUMBERS = ["price", "age"]


        def joined(sales: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
            return sales.join(customers, on="customer")


        def train(joined: pl.DataFrame) -> Pipeline:
            numbers = make_pipeline(SimpleImputer(), StandardScaler())
            prepared = ColumnTransformer(
                [("numbers", numbers, NUMBERS),
                 ("names", OneHotEncoder(handle_unknown="ignore"), ["size"])]
            )
            model = Pipeline([("prepared", prepared), ("model", LogisticRegression())])
            return model.fit(joined.select(*NUMBERS, "size"), joined["late"])


        def predict(joined: pl.DataFrame, model: Pipeline) -> pl.DataFrame:
            chance = model.predict_proba(joined.select(*NUMBERS, "size"))[:, 1]
            return joined.select("late", chance=pl.Series(chance))


        def measure(predictions: pl.DataFrame) -> dict:
            return {"brier": float(((predictions["chance"] - predictions["late"]) ** 2).mean())}
        """,
    "data/sales.csv": SALES.write_csv().encode(),
    "data/customers.csv": CUSTOMERS.write_csv().encode(),
}

SMALL: dict[str, str | bytes] = {
    "tilth.yml": """
        name: small
        pipelines:
          main:
            nodes:
              - call: work.doubled
                inputs: [numbers]
              - call: work.total
                inputs: [doubled]
        """,
    "catalog.yml": """
        numbers: {format: csv, location: data/numbers.csv}
        total: {format: metrics, location: results/total.json}
        """,
    "data/numbers.csv": "n,x\n" + "".join(f"{i},{i / 4}\n" for i in range(100)),
    "src/work.py": """
        import polars as pl

        def doubled(numbers: pl.DataFrame) -> pl.DataFrame:
            return numbers.with_columns(pl.col("x") * 2)

        def total(doubled: pl.DataFrame) -> dict:
            return {"total": float(doubled["x"].sum())}
        """,
}


def lines(tested: Any, state: str) -> dict[str, str]:
    """What was looked at and about what -> what was found, for a state."""
    return {f"{c.name}: {c.about}".rstrip(": "): c.message for c in tested.of(state)}


def files(folder: Any) -> dict[str, bytes]:
    """All files of a folder but caches and the state."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {"__pycache__", ".tilth"} & set(path.parts)
    }


@pytest.fixture
def tested(make):
    """Tests a project made of files; it runs once unless told otherwise, which saves a process."""

    def found(written, *names, rows=300, edges=False, twice=False, keep=None):
        with make(written).open() as project:
            asked = Asked(rows=rows, edges=edges, twice=twice, keep=keep)
            return run.tested(project, names, asked)

    return found


# A project that is well


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A project that joins and learns, tested once: what came of it, what was kept, its files."""
    folder = tmp_path_factory.mktemp("shop")
    for name, text in SHOP.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else dedent(text).encode())
    kept = tmp_path_factory.mktemp("kept") / "mini"
    before = files(folder)
    with Project(folder) as project:
        outcome = project.test(rows=600, keep=kept)
        assert project.history.runs() == []
        assert list(project.blobs.folder.glob("**/*")) == []
    return outcome, kept, before, files(folder)


def test_a_project_that_is_well_passes(shop):
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
    assert told["sales"].of_rows == N
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


def test_what_a_part_cannot_show_is_left_out_and_told(shop):
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


def test_without_odd_values_only_rows_that_there_are_are_drawn(tested):
    outcome = tested(SHOP)

    assert outcome.ok
    assert [each.edges for each in outcome.sources] == [(), ()]


def test_one_pipeline_runs_with_what_makes_its_inputs(tested):
    outcome = tested(SHOP, "model")

    assert outcome.ok
    assert outcome.n_nodes == 4
    assert {each.dataset for each in outcome.sources} == {"sales", "customers"}


def test_a_pipeline_that_needs_few_sources_draws_only_those(tested):
    files = {
        **SMALL,
        "tilth.yml": SMALL["tilth.yml"]
        + """
          other:
            nodes:
              - call: work.total
                name: other_total
                inputs: [elsewhere]
                outputs: other
        """,
        "catalog.yml": SMALL["catalog.yml"]
        + """
        elsewhere: {format: csv, location: not/there.csv}
        """,
    }

    outcome = tested(files, "main")

    assert outcome.ok
    assert [each.dataset for each in outcome.sources] == ["numbers"]


# What is found


def test_a_node_that_raises_is_told_with_the_command_to_look_closer(tested, tmp_path):
    files = {
        **SMALL,
        "src/work.py": SMALL["src/work.py"].replace("* 2)", "* 2).select(pl.col('y'))"),
    }

    outcome = tested(files, keep=tmp_path / "kept", twice=True)

    assert not outcome.ok
    failure = outcome.failures[0]
    assert (failure.name, failure.node) == ("every node runs", "doubled")
    assert "y" in failure.message
    assert failure.command == f"tilth debug doubled -C {tmp_path / 'kept'}"
    assert lines(outcome, "left out")["the same again"] == "not all nodes ran"


def test_a_failure_without_a_kept_folder_says_how_to_keep_one(tested):
    files = {
        **SMALL,
        "src/work.py": SMALL["src/work.py"].replace("* 2)", "* 2).select(pl.col('y'))"),
    }

    assert tested(files, "main").failures[0].command == "tilth test main --keep FOLDER"


def test_an_empty_table_is_told(tested):
    files = {**SMALL, "src/work.py": SMALL["src/work.py"].replace("* 2)", "* 2).head(0)")}

    assert lines(tested(files), "failed") == {"no table is empty: doubled": "it has no rows"}


def test_a_table_that_was_empty_before_may_be_empty(make):
    home = make({**SMALL, "src/work.py": SMALL["src/work.py"].replace("* 2)", "* 2).head(0)")})
    home.done()

    with home.open() as project:
        outcome = project.test()

    assert outcome.ok
    assert "no table is empty: doubled" in lines(outcome, "left out")


def test_a_metric_that_is_no_number_is_told(tested):
    work = SMALL["src/work.py"].replace('float(doubled["x"].sum())', "float('nan')")

    outcome = tested({**SMALL, "src/work.py": work})

    assert lines(outcome, "failed") == {
        "all numbers are numbers: total": "NaN or infinite: `total`"
    }


def test_a_measure_that_few_rows_may_leave_undefined_is_left_out(tested):
    work = SMALL["src/work.py"].replace(
        '"total": float(doubled["x"].sum())', "'precision': float('nan')"
    )

    outcome = tested({**SMALL, "src/work.py": work})

    assert outcome.ok
    assert "undefined" in lines(outcome, "left out")["all numbers are numbers: total"]


def test_numbers_that_became_odd_since_the_last_run_are_told(make):
    home = make(SMALL)
    home.done()
    home.edit("src/work.py", 'pl.col("x") * 2', 'pl.col("x") / 0')

    with home.open() as project:
        outcome = project.test()

    assert (
        "NaN or infinite: `x` (100)" in lines(outcome, "failed")["all numbers are numbers: doubled"]
    )


def test_numbers_that_were_odd_in_the_last_run_are_not_blamed(make):
    home = make(
        {**SMALL, "src/work.py": SMALL["src/work.py"].replace('pl.col("x") * 2', 'pl.col("x") / 0')}
    )
    home.done()

    with home.open() as project:
        outcome = project.test()

    assert outcome.ok
    assert "has some too" in lines(outcome, "left out")["all numbers are numbers: doubled"]


def test_what_depends_on_the_order_of_a_set_is_named(tested):
    work = SMALL["src/work.py"].replace(
        'float(doubled["x"].sum())', 'float(next(iter({f"n{i}" for i in range(500)}))[1:])'
    )

    outcome = tested({**SMALL, "src/work.py": work}, twice=True)

    assert list(lines(outcome, "failed")) == ["the same again: total"]
    assert outcome.failures[0].node == "total"


def test_a_node_that_fails_only_the_second_time_is_named(tested):
    work = SMALL["src/work.py"].replace(
        "return {",
        'import sys; 1 / ("tilth.project.mini.again" not in sys.orig_argv)\n'
        + 12 * " "
        + "return {",
    )

    outcome = tested({**SMALL, "src/work.py": work}, twice=True)

    assert lines(outcome, "failed") == {
        "the same again: total": "it fails in a second run: ZeroDivisionError: division by zero"
    }


def test_a_second_run_that_cannot_begin_says_why(make, monkeypatch):
    home = make(SMALL)
    monkeypatch.setattr(sys, "executable", str(home.folder / "python"))
    (home.folder / "python").write_text("#!/bin/sh\necho 'no such planet' >&2\nexit 3\n")
    (home.folder / "python").chmod(0o755)

    with home.open() as project:
        outcome = project.test(rows=50)

    assert outcome.ok
    assert lines(outcome, "left out")["the same again"] == (
        "a second run, in a process of its own, did not end well: no such planet"
    )


def test_a_node_that_says_that_it_is_impure_is_not_blamed(tested):
    files = {
        **SMALL,
        "tilth.yml": SMALL["tilth.yml"] + "        cache: false\n",
        "src/work.py": SMALL["src/work.py"].replace(
            'float(doubled["x"].sum())', "float(__import__('time').time_ns())"
        ),
    }

    outcome = tested(files, twice=True)

    assert outcome.ok
    assert "cache: false" in lines(outcome, "left out")["the same again: total"]


def test_a_model_that_is_worse_than_a_constant_is_told(tested):
    work = (
        SHOP["src/shop.py"]
        .replace('joined["late"])', '~joined["late"])')
        .replace("LogisticRegression())", "Liar())")
        + """

        class Liar(LogisticRegression):
            def predict_proba(self, X):
                return super().predict_proba(X)[:, ::-1] ** 4

            def predict(self, X):
                return ~super().predict(X)
        """
    )

    outcome = tested({**SHOP, "src/shop.py": work, **pickled()})

    assert "Liar is worse than a constant" in lines(outcome, "failed")["models learn: train"]


def test_an_unseen_category_that_raises_is_told_with_the_remedy(tested):
    work = SHOP["src/shop.py"].replace('handle_unknown="ignore"', "")
    catalog = SHOP["catalog.yml"].replace(
        "size: {type: text, not_null: true, levels: [small, large, huge]}", ""
    )

    outcome = tested({**SHOP, "src/shop.py": work, "catalog.yml": catalog})

    failure = lines(outcome, "failed")["rows by themselves: train"]
    assert "raises on" in failure
    assert "`size`" in failure
    assert "let a contract promise" in failure


def test_a_transformer_that_looks_at_other_rows_is_told(tested):
    work = (
        SHOP["src/shop.py"].replace("StandardScaler())", "OwnMean())")
        + """

        class OwnMean(StandardScaler):
            def transform(self, X, copy=None):
                return X - X.mean(axis=0)
        """
    )

    outcome = tested({**SHOP, "src/shop.py": work, **pickled()})

    failure = lines(outcome, "failed")["rows by themselves: train"]
    assert failure == "its preparation says something else of a row alone than among others"


def pickled():
    return {"catalog.yml": SHOP["catalog.yml"] + "model: {format: pickle, location: model.pkl}\n"}


def test_what_took_another_time_is_not_blamed(tested):
    work = SMALL["src/work.py"].replace(
        '"total": float(doubled["x"].sum())',
        '"total": float(doubled["x"].sum()), "fit_seconds": __import__("time").perf_counter()',
    )

    outcome = tested({**SMALL, "src/work.py": work}, twice=True)

    assert outcome.ok
    assert lines(outcome, "left out")["the same again: total"] == (
        "`total` differs only in how long things took: `fit_seconds`"
    )
    assert lines(outcome, "passed")["the same again"].startswith("1 nodes made the same bytes")


def test_a_stage_that_trains_passes(tested):
    files = {
        **SHOP,
        "tilth.yml": """
            name: shop
            pipelines:
              features:
                nodes:
                  - call: shop.joined
                    inputs: [sales, customers]
              model:
                stage: train
                with: {train: joined, target: late, estimators: [tree], folds: 2}
            """,
    }

    outcome = tested(files)

    assert outcome.ok, outcome.as_dict()
    assert "models learn: fit_chosen_joined" in lines(outcome, "passed")
    assert lines(outcome, "passed")["every class is there"] == "1 target of stages"
    assert "rows by themselves: fit_chosen_joined" in lines(outcome, "passed")


def test_a_class_that_no_drawn_row_has_is_told(make):
    files = {
        **SHOP,
        "tilth.yml": """
            name: shop
            pipelines:
              features:
                nodes:
                  - call: shop.joined
                    inputs: [sales, customers]
              look:
                stage: analyse
                with: {table: joined, target: kind}
            """,
        "src/shop.py": SHOP["src/shop.py"].replace(
            'on="customer")',
            'on="customer").with_columns('
            'kind=pl.when(pl.col("sale") % 2000 == 1234).then(pl.lit("rare")).otherwise("size"))',
        ),
    }
    home = make(files)
    home.done("features")

    with home.open() as project:
        outcome = run.tested(project, (), Asked(rows=50, edges=False, twice=False))

    assert outcome.ok, outcome.as_dict()
    assert lines(outcome, "left out")["every class is there: joined"] == (
        "of `kind` no row is rare: ask for more `--rows`"
    )


def test_rows_that_are_set_apart_and_parts_of_a_fan_out_are_tested_as_well(tested):
    files = {
        **SMALL,
        "tilth.yml": """
            name: small
            pipelines:
              main:
                nodes:
                  - call: work.doubled
                    inputs: [numbers]
                  - call: work.total
                    inputs: [doubled]
                  - call: work.count
                    inputs: [{each: months}]
            """,
        "catalog.yml": """
            numbers:
              format: csv
              location: data/numbers.csv
              contract:
                others: allow
                severity: quarantine
                columns:
                  n: {not_null: true, between: [0, 50]}
            months: {format: csv, location: "months/{month}.csv"}
            """,
        "src/work.py": SMALL["src/work.py"]
        + """
        def count(months: pl.DataFrame) -> int:
            return months.height
        """,
        **{f"months/{i:02}.csv": f"a\n{i}\n2\n" for i in range(12)},
    }

    outcome = tested(files, twice=True)

    assert outcome.ok, outcome.as_dict()
    assert {each.dataset for each in outcome.sources} == {"numbers", "months"}
    assert "10 nodes made the same bytes" in lines(outcome, "passed")["the same again"]


def test_a_dataset_that_stands_for_a_version_of_another_is_drawn_from_that_version(make, tmp_path):
    home = make(
        {
            **SMALL,
            "tilth.yml": SMALL["tilth.yml"].replace("inputs: [numbers]", "inputs: [frozen]")
            + """
          first:
            nodes:
              - call: work.doubled
                name: first
                inputs: [numbers]
                outputs: first
        """,
            "catalog.yml": SMALL["catalog.yml"] + 'frozen: {of: "numbers@1"}\n',
        }
    )
    home.done("first")
    home.write({"data/numbers.csv": "n,x\n1,1.0\n"})

    with home.open() as project:
        outcome = project.test("main", keep=tmp_path / "kept")

    assert outcome.ok, outcome.as_dict()
    assert [(each.dataset, each.rows) for each in outcome.sources] == [("frozen", 100)]


# Sources of all kinds


def test_a_project_without_sources_runs_as_it_is(tested):
    files = {
        "flow.py": """
            from tilth import node, pipeline

            def readings() -> list[int]:
                return [41, 27, 22]

            def driest(readings: list[int]) -> int:
                return min(readings)

            pipeline = pipeline([node(readings), node(driest)])
            """
    }

    outcome = tested(files)

    assert outcome.ok
    assert outcome.sources == ()
    assert outcome.n_nodes == 2


def test_a_text_and_a_list_and_partitions_are_made_small(make, tmp_path):
    files = {
        "tilth.yml": """
            name: odd
            pipelines:
              main:
                nodes:
                  - call: work.count
                    inputs: [story, entries, months, arrays]
            """,
        "catalog.yml": """
            story: {format: text, location: story.txt}
            entries: {format: json, location: entries.json}
            months: {format: csv, location: "months/{month}.csv"}
            arrays: {format: numpy, location: arrays.npy}
            count: {format: metrics, location: count.json}
            """,
        "src/work.py": """
            import numpy as np
            import polars as pl

            def count(
                story: str, entries: list, months: dict[str, pl.DataFrame], arrays: np.ndarray
            ) -> dict:
                return {"story": len(story), "entries": len(entries), "months": len(months),
                        "arrays": len(arrays)}
            """,
        "story.txt": "a line of some length\n" * 300_000,
        "entries.json": json.dumps(["x" * 90] * 60_000),
        **{f"months/{i:02}.csv": "a\n1\n2\n" for i in range(12)},
    }
    home = make(files)
    np.save(home.folder / "arrays.npy", np.zeros((20_000, 40)))

    with home.open() as project:
        outcome = project.test(rows=120, keep=tmp_path / "kept")

    assert outcome.ok, outcome.as_dict()
    with MiniProject.reopened(tmp_path / "kept") as mini:
        assert mini.load("count") == {
            "story": 22 * 120, "entries": 120, "months": 6, "arrays": 120
        }  # fmt: skip
    assert {each.dataset: each.note for each in outcome.sources} == {
        "story": "its first 120 lines",
        "entries": "120 of the 60,000 entries of its list",
        "months": "6 of its 12 partitions",
        "arrays": "120 of its 20,000 rows",
    }


def test_columns_keep_their_types_though_few_rows_tell_less(make, tmp_path):
    rows = "".join(f"{i:05},{i},\n" for i in range(2_000)) + "A1234,1,9\n"
    files = {**SMALL, "data/numbers.csv": "code,x,seldom\n" + rows}
    files["src/work.py"] = """
        import polars as pl

        def doubled(numbers: pl.DataFrame) -> pl.DataFrame:
            assert numbers.schema == {"code": pl.String, "x": pl.Int64, "seldom": pl.Int64}
            return numbers

        def total(doubled: pl.DataFrame) -> dict:
            return {"codes": doubled["code"].str.len_chars().mean()}
        """

    with make(files).open() as project:
        outcome = project.test(rows=20, keep=tmp_path / "kept")

    assert outcome.ok, outcome.as_dict()


def test_a_dialect_of_csv_is_kept(tested):
    text = "n;x;text\n" + "".join(f"{i};{i},5;{'NA' if i % 2 else 'é;'!r}\n" for i in range(50))
    files = {**SMALL, "data/numbers.csv": text.replace("'", '"').encode("latin-1")}
    files["catalog.yml"] = SMALL["catalog.yml"].replace(
        "location: data/numbers.csv",
        'location: data/numbers.csv, read: {separator: ";", null_values: [NA], '
        "encoding: latin-1, decimal_comma: true}",
    )
    files["src/work.py"] = """
        import polars as pl

        def doubled(numbers: pl.DataFrame) -> pl.DataFrame:
            assert numbers["x"].dtype == pl.Float64
            assert set(numbers["text"]) <= {None, "é;"}
            return numbers

        def total(doubled: pl.DataFrame) -> dict:
            return {"nulls": doubled["text"].null_count()}
        """

    outcome = tested(files, rows=10)

    assert outcome.ok, outcome.as_dict()


# Bad input


def test_a_source_that_is_not_there_is_told_before_anything_runs(make, tmp_path):
    home = make(SMALL)
    (home.folder / "data/numbers.csv").rename(home.folder / "data/number.csv")

    with home.open() as project, pytest.raises(MissingDataError) as caught:
        project.test(keep=tmp_path / "kept")

    assert str(caught.value) == "dataset `numbers`: there is no file data/numbers.csv"
    assert caught.value.hint == "did you mean `number.csv`?"


def test_an_empty_source_is_told_and_what_comes_of_it(tested):
    outcome = tested({**SMALL, "data/numbers.csv": "n,x\n"})

    assert outcome.sources[0].note == "it is empty"
    assert lines(outcome, "failed")


def test_a_source_that_breaks_its_own_contract_is_told(tested):
    catalog = SMALL["catalog.yml"].replace(
        "location: data/numbers.csv",
        "location: data/numbers.csv, contract: {others: allow, columns: {n: {between: [0, 50]}}}",
    )

    outcome = tested({**SMALL, "catalog.yml": catalog})

    assert (
        "`n` is not between 0 and 50: 49 of 100 rows"
        in lines(outcome, "failed")["contracts hold: numbers"]
    )


def test_an_unknown_pipeline_is_told(tested):
    with pytest.raises(UnknownNameError, match="there is no pipeline `mian`"):
        tested(SMALL, "mian")


def test_no_rows_cannot_be_asked_for(tested):
    with pytest.raises(DefinitionError, match="0 rows are none"):
        tested(SMALL, rows=0)


def test_a_folder_with_other_files_is_not_kept_in(tested, tmp_path):
    folder = tmp_path / "taken"
    folder.mkdir()
    (folder / "thesis.tex").write_text("years of work")

    with pytest.raises(DefinitionError, match="holds other files"):
        tested(SMALL, keep=folder)

    assert (folder / "thesis.tex").read_text() == "years of work"


def test_a_folder_of_an_earlier_test_is_used_anew(make, tmp_path):
    home = make(SMALL)
    with home.open() as project:
        project.test(keep=tmp_path / "kept")
        home.edit("src/work.py", "* 2", "* 4")
        outcome = project.test(keep=tmp_path / "kept")

    assert outcome.ok
    with MiniProject.reopened(tmp_path / "kept") as mini:
        assert mini.load("total") == {"total": 4 * 99 * 25 / 2}


def test_a_secret_is_in_no_file_that_is_kept(make, tmp_path, monkeypatch):
    home = make(SMALL)
    monkeypatch.setenv("TOKEN", "hunter2-and-more")
    home.write({"params.yml": "token: ${env:TOKEN}\n"})

    with home.open() as project:
        assert project.test(keep=tmp_path / "kept").ok

    kept = [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]
    told = b"".join(path.read_bytes() for path in kept)
    assert b"doubled" in told
    assert b"hunter2" not in told


def test_an_override_that_holds_a_secret_is_not_written_down():
    secrets = {"hunter2-and-more": "${env:TOKEN}"}

    assert without_secrets(["a=1", "b=hunter2-and-more"], secrets) == ("a=1",)


def test_a_contradiction_in_the_settings_is_told_as_ever(make):
    home = make({**SMALL, "catalog.yml": "numbers: {format: cvs, location: data/numbers.csv}\n"})

    with pytest.raises(ConfigError, match="did you mean `csv`"):
        home.open()
