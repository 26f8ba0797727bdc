"""What `Project.test` finds in projects that are not well."""

from __future__ import annotations

import sys

from tilth.project.mini import run
from tilth.project.mini.run import Asked


def test_a_node_that_raises_is_told_with_the_command_to_look_closer(tested, tmp_path, small, lines):
    files = {
        **small,
        "src/work.py": small["src/work.py"].replace("* 2)", "* 2).select(pl.col('y'))"),
    }

    outcome = tested(files, keep=tmp_path / "kept", twice=True)

    assert not outcome.ok
    failure = outcome.failures[0]
    assert (failure.name, failure.node) == ("every node runs", "doubled")
    assert "y" in failure.message
    assert failure.command == f"tilth debug doubled -C {tmp_path / 'kept'}"
    assert lines(outcome, "left out")["the same again"] == "not all nodes ran"


def test_a_failure_without_a_kept_folder_says_how_to_keep_one(tested, small):
    files = {
        **small,
        "src/work.py": small["src/work.py"].replace("* 2)", "* 2).select(pl.col('y'))"),
    }

    assert tested(files, "main").failures[0].command == "tilth test main --keep FOLDER"


def test_an_empty_table_is_told(tested, small, lines):
    files = {**small, "src/work.py": small["src/work.py"].replace("* 2)", "* 2).head(0)")}

    assert lines(tested(files), "failed") == {"no table is empty: doubled": "it has no rows"}


def test_a_table_that_was_empty_before_may_be_empty(make, small, lines):
    home = make({**small, "src/work.py": small["src/work.py"].replace("* 2)", "* 2).head(0)")})
    home.done()

    with home.open() as project:
        outcome = project.test()

    assert outcome.ok
    assert "no table is empty: doubled" in lines(outcome, "left out")


def test_a_list_of_findings_may_be_empty(tested, small, lines):
    inputs = "inputs: [numbers]\n"
    pipeline = small["tilth.yml"].replace(inputs, f"{inputs}{' ' * 16}tags: [findings]\n")
    work = small["src/work.py"].replace("* 2)", "* 2).head(0)")

    outcome = tested({**small, "tilth.yml": pipeline, "src/work.py": work})

    assert outcome.ok
    assert lines(outcome, "left out")["no table is empty: doubled"] == (
        "it lists findings, and there is none"
    )


def test_a_metric_that_is_no_number_is_told(tested, small, lines):
    work = small["src/work.py"].replace('float(doubled["x"].sum())', "float('nan')")

    outcome = tested({**small, "src/work.py": work})

    assert lines(outcome, "failed") == {
        "all numbers are numbers: total": "NaN or infinite: `total`"
    }


def test_a_measure_that_few_rows_may_leave_undefined_is_left_out(tested, small, lines):
    work = small["src/work.py"].replace(
        '"total": float(doubled["x"].sum())', "'precision': float('nan')"
    )

    outcome = tested({**small, "src/work.py": work})

    assert outcome.ok
    assert "undefined" in lines(outcome, "left out")["all numbers are numbers: total"]


def test_numbers_that_became_odd_since_the_last_run_are_told(make, small, lines):
    home = make(small)
    home.done()
    home.edit("src/work.py", 'pl.col("x") * 2', 'pl.col("x") / 0')

    with home.open() as project:
        outcome = project.test()

    assert (
        "NaN or infinite: `x` (100)" in lines(outcome, "failed")["all numbers are numbers: doubled"]
    )


def test_numbers_that_were_odd_in_the_last_run_are_not_blamed(make, small, lines):
    home = make(
        {**small, "src/work.py": small["src/work.py"].replace('pl.col("x") * 2', 'pl.col("x") / 0')}
    )
    home.done()

    with home.open() as project:
        outcome = project.test()

    assert outcome.ok
    assert "has some too" in lines(outcome, "left out")["all numbers are numbers: doubled"]


def test_what_depends_on_the_order_of_a_set_is_named(tested, small, lines):
    work = small["src/work.py"].replace(
        'float(doubled["x"].sum())', 'float(next(iter({f"n{i}" for i in range(500)}))[1:])'
    )

    outcome = tested({**small, "src/work.py": work}, twice=True)

    assert list(lines(outcome, "failed")) == ["the same again: total"]
    assert outcome.failures[0].node == "total"


def test_a_node_that_fails_only_the_second_time_is_named(tested, small, lines):
    work = small["src/work.py"].replace(
        "return {",
        'import sys; 1 / ("tilth.project.mini.again" not in sys.orig_argv)\n'
        + 12 * " "
        + "return {",
    )

    outcome = tested({**small, "src/work.py": work}, twice=True)

    assert lines(outcome, "failed") == {
        "the same again: total": "it fails in a second run: ZeroDivisionError: division by zero"
    }


def test_a_second_run_that_cannot_begin_says_why(make, monkeypatch, small, lines):
    home = make(small)
    monkeypatch.setattr(sys, "executable", str(home.folder / "python"))
    (home.folder / "python").write_text("#!/bin/sh\necho 'no such planet' >&2\nexit 3\n")
    (home.folder / "python").chmod(0o755)

    with home.open() as project:
        outcome = project.test(rows=50)

    assert outcome.ok
    assert lines(outcome, "left out")["the same again"] == (
        "a second run, in a process of its own, did not end well: no such planet"
    )


def test_a_node_that_says_that_it_is_impure_is_not_blamed(tested, small, lines):
    files = {
        **small,
        "tilth.yml": small["tilth.yml"] + "        cache: false\n",
        "src/work.py": small["src/work.py"].replace(
            'float(doubled["x"].sum())', "float(__import__('time').time_ns())"
        ),
    }

    outcome = tested(files, twice=True)

    assert outcome.ok
    assert "cache: false" in lines(outcome, "left out")["the same again: total"]


def test_a_model_that_is_worse_than_a_constant_is_told(tested, shop_files, lines):
    work = (
        shop_files["src/shop.py"]
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

    outcome = tested({**shop_files, "src/shop.py": work, **pickled(shop_files)})

    assert "Liar is worse than a constant" in lines(outcome, "failed")["models learn: train"]


def test_an_unseen_category_that_raises_is_told_with_the_remedy(tested, shop_files, lines):
    work = shop_files["src/shop.py"].replace('handle_unknown="ignore"', "")
    catalog = shop_files["catalog.yml"].replace(
        "size: {type: text, not_null: true, levels: [small, large, huge]}", ""
    )

    outcome = tested({**shop_files, "src/shop.py": work, "catalog.yml": catalog})

    failure = lines(outcome, "failed")["rows by themselves: train"]
    assert "raises on" in failure
    assert "`size`" in failure
    assert "let a contract promise" in failure


def test_a_transformer_that_looks_at_other_rows_is_told(tested, shop_files, lines):
    work = (
        shop_files["src/shop.py"].replace("StandardScaler())", "OwnMean())")
        + """

        class OwnMean(StandardScaler):
            def transform(self, X, copy=None):
                return X - X.mean(axis=0)
        """
    )

    outcome = tested({**shop_files, "src/shop.py": work, **pickled(shop_files)})

    failure = lines(outcome, "failed")["rows by themselves: train"]
    assert failure == "its preparation says something else of a row alone than among others"


def pickled(files):
    return {"catalog.yml": files["catalog.yml"] + "model: {format: pickle, location: model.pkl}\n"}


def test_what_took_another_time_is_not_blamed(tested, small, lines):
    work = small["src/work.py"].replace(
        '"total": float(doubled["x"].sum())',
        '"total": float(doubled["x"].sum()), "fit_seconds": __import__("time").perf_counter()',
    )

    outcome = tested({**small, "src/work.py": work}, twice=True)

    assert outcome.ok
    assert lines(outcome, "left out")["the same again: total"] == (
        "`total` differs only in how long things took: `fit_seconds`"
    )
    assert lines(outcome, "passed")["the same again"].startswith("1 nodes made the same bytes")


def test_a_stage_that_trains_passes(tested, shop_files, lines):
    files = {
        **shop_files,
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


def test_a_class_that_no_drawn_row_has_is_told(make, shop_files, lines):
    files = {
        **shop_files,
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
        "src/shop.py": shop_files["src/shop.py"].replace(
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


def test_rows_that_are_set_apart_and_parts_of_a_fan_out_are_tested_as_well(tested, small, lines):
    files = {
        **small,
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
        "src/work.py": small["src/work.py"]
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


def test_a_dataset_that_stands_for_a_version_is_drawn_from_that_version(make, tmp_path, small):
    home = make(
        {
            **small,
            "tilth.yml": small["tilth.yml"].replace("inputs: [numbers]", "inputs: [frozen]")
            + """
          first:
            nodes:
              - call: work.doubled
                name: first
                inputs: [numbers]
                outputs: first
        """,
            "catalog.yml": small["catalog.yml"] + 'frozen: {of: "numbers@1"}\n',
        }
    )
    home.done("first")
    home.write({"data/numbers.csv": "n,x\n1,1.0\n"})

    with home.open() as project:
        outcome = project.test("main", keep=tmp_path / "kept")

    assert outcome.ok, outcome.as_dict()
    assert [(each.dataset, each.rows) for each in outcome.sources] == [("frozen", 100)]
