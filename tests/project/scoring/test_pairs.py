"""Of each test that can be passed, two projects: one with a defect, which earns no point."""

from __future__ import annotations

import shutil

import pytest

from tilth.project.scoring.score import SECTIONS, TESTS


def without_contract(home):
    text = (home.folder / "catalog.yml").read_text()
    start, end = text.index("  contract:"), text.index("model:")
    home.edit("catalog.yml", text[start:end], "")


def with_a_shuffled_copy(home):
    copy = '"day", "late", copy=pl.col("amount").shuffle(1))'
    home.edit("src/shop/features.py", '"day", "late")', copy).run()


def without_costs(home):
    home.edit("tilth.yml", ", timeout: 60", "")
    text = (home.folder / "tilth.yml").read_text()
    start, end = text.index("  why:"), text.index("  errors:")
    home.edit("tilth.yml", text[start:end], "")


def with_a_forbidden_column(home):
    home.edit("catalog.yml", "forbidden: [colour]", "forbidden: [age]")


def with_a_personal_column(home):
    home.edit("catalog.yml", "personal: [name]", "personal: [age]")


def without_a_test_of_features(home):
    home.edit("tests/test_shop.py", "orders(pl.DataFrame([row])).height", "len([row])")


def from_code_in_no_commit(home):
    home.edit("params.yml", "depth: 2", "depth: 1").run()


def without_evaluation(home):
    without_verdicts(home)
    text = (home.folder / "tilth.yml").read_text()
    home.edit("tilth.yml", text[text.index("  errors:") :], "")


def without_groups(home):
    without_verdicts(home)
    home.edit("catalog.yml", ", groups: [town]", "")


def without_verdicts(home):
    """Another model, that nobody has judged."""
    home.edit("params.yml", "depth: 2", "depth: 3").run()


def with_rows_left_to_chance(home):
    orders_by_chance(home, 'late")[np.random.default_rng().permutation(raw.height)[:80]]')
    home.run().run(force=["*"])


def orders_by_chance(home, expression):
    home.edit("src/shop/features.py", "import polars", "import numpy as np\nimport polars")
    home.edit("src/shop/features.py", 'late")', expression)


def without_a_test_of_the_model(home):
    home.edit("tests/test_shop.py", "fit.model(rows, 1).get_depth()", "rows.height // 2")


def without_a_test_of_the_pipeline(home):
    home.without("tests/test_pipeline.py")


def with_a_bypass(home):
    without_verdicts(home)
    home.release(passed=None, override=True)


def with_a_source_taken_away(home):
    home.without("raw.csv", ".tilth/store")


DEFECTS = {
    "data_1": (without_contract, "nothing is promised of `raw` on the way into `model`"),
    "data_2": (with_a_shuffled_copy, "`copy`: each less than 1%"),
    "data_3": (without_costs, "`orders` may take any time"),
    "data_4": (with_a_forbidden_column, "`model` is given `age` (catalog.yml:1)"),
    "data_5": (with_a_personal_column, "model `model` has `age`"),
    "data_7": (without_a_test_of_features, "no test uses `shop.features.orders`"),
    "model_1": (from_code_in_no_commit, "ran with changes that are in no commit"),
    "model_6": (without_evaluation, "nobody has looked where `model` fails"),
    "model_7": (without_groups, "nobody has named groups of people"),
    "infra_1": (with_rows_left_to_chance, "node `orders` is not reproducible"),
    "infra_2": (without_a_test_of_the_model, "no test uses `shop.fit.model`"),
    "infra_3": (without_a_test_of_the_pipeline, "no test runs the pipeline"),
    "infra_4": (with_a_bypass, "went live though nobody had judged it: a trial"),
    "infra_5": (with_a_source_taken_away, "raw.csv"),
}
ON_RECORD = ("data_6", "infra_7")
"""What only a longer history earns; see the test below."""

BY_STAGES = ("model_3", "model_4", "model_5")
"""See `test_train.py` and `test_stages.py`."""


def test_every_test_that_is_covered_has_its_pair():
    covered = {name for name, each in TESTS.items() if each.reachable}

    assert covered == {*DEFECTS, *ON_RECORD, *BY_STAGES}
    assert [len(each) for each in SECTIONS.values()] == [7, 7, 7, 7]


@pytest.mark.parametrize("test", [*DEFECTS, *ON_RECORD])
def test_a_project_without_the_defect_has_the_point_and_its_proof(finished, test):
    found = finished.result(test)

    assert found.points >= found.test.reachable, found
    assert found.evidence.proofs
    assert all(each.place and each.text for each in found.evidence.proofs)


@pytest.mark.parametrize("test", DEFECTS)
def test_a_project_with_the_defect_has_none_and_is_told_what_to_do(planted, test):
    plant, told = DEFECTS[test]
    plant(planted)
    found = planted.result(test)

    assert found.points == 0, found
    assert told in " ".join(found.evidence.lacks)
    assert found.evidence.earn


@pytest.mark.parametrize("test", [*ON_RECORD, "infra_1"])
def test_a_single_run_does_not_show_what_takes_several(once, test):
    found = once.result(test)

    assert found.points == 0, found
    assert found.evidence.earn


def test_chance_that_does_the_model_no_harm_is_no_defect(planted):
    orders_by_chance(planted, 'late")[np.random.default_rng().permutation(raw.height)]')
    found = planted.run().run(force=["*"]).result("infra_1")
    assert found.points == 1, found

    planted.edit("params.yml", "depth: 2", "depth: 1").run().run(force=["*"])
    assert planted.points("infra_1") == 1, "another depth explains another model, chance does not"


def test_pipelines_that_run_one_by_one_are_compared_as_far_as_they_go(planted):
    nodes = "    nodes:\n      - {call: shop.fit.model"
    planted.edit("tilth.yml", "      - {call: shop.fit.model", f"  models:\n{nodes}")
    planted.without(".tilth").run("main").run("models")
    assert planted.points("infra_1") == 0
    found = planted.run("models", force=["*"]).result("infra_1")

    assert found.points == 0.5, found
    assert found.evidence.lacks == ("`orders` did not run again",)


@pytest.mark.parametrize(("test", "points"), [("infra_2", 1), ("infra_3", 1)])
def test_a_workflow_that_tests_on_a_small_data_set_earns_the_point(planted, test, points):
    planted.without("tests")
    assert planted.points(test) == 0
    planted.edit(".github/workflows/test.yml", "pytest -q", "tilth test")

    assert planted.points(test) == points


def test_a_workflow_that_compares_runs_of_a_small_data_set_earns_half(once, tmp_path):
    home = type(once)(tmp_path / "mini")
    shutil.copytree(once.folder, home.folder)
    home.edit(".github/workflows/test.yml", "pytest -q", "tilth test")

    assert home.points("infra_1") == 0.5


@pytest.mark.parametrize("test", ["data_7", "infra_2", "infra_3"])
def test_tests_that_nothing_runs_by_itself_earn_half(planted, test):
    planted.without(".github")
    found = planted.result(test)

    assert found.points == 0.5
    assert found.evidence.lacks == ("no workflow runs these tests by itself",)


def test_what_was_found_of_an_earlier_model_does_not_count(planted):
    planted.edit("params.yml", "depth: 2", "depth: 1").run("main")

    assert planted.points("data_2") == 0
    assert planted.points("infra_5") == 0.5


def test_weak_slices_that_nobody_has_judged_leave_half_open(planted):
    planted.edit("params.yml", "depth: 2", "depth: 1").run()
    found = planted.result("model_6")

    assert found.points == 0.5
    assert "`model` is worse where" in found.evidence.lacks[0]


def test_groups_that_slices_were_looked_for_by_earn_half(planted):
    without_verdicts(planted)

    assert planted.points("model_7") == 0.5


def test_a_group_that_stands_out_earns_nothing(planted):
    rows = "orders = orders.with_columns(late=(pl.col('town') == 'Ulm').cast(int))\n    "
    planted.edit("src/shop/fit.py", "return orders.with", f"{rows}return orders.with")
    without_verdicts(planted)
    found = planted.result("model_7")

    assert found.points == 0, found
    assert "town" in found.evidence.lacks[0]


def test_goals_that_are_not_met_earn_nothing(planted):
    planted.edit("params.yml", "depth: 2", "depth: 3").run()
    planted.release(passed=False, override=True)

    assert planted.points("model_5") == 0
    assert planted.points("infra_4") == 0
    found = planted.result("model_7")
    assert found.points == 0
    assert "a goal is not met: recall apart by no more than 0.1" in found.evidence.lacks[0]


def test_a_contract_after_the_source_covers_the_way_into_the_model(planted):
    text = (planted.folder / "catalog.yml").read_text()
    start, end = text.index("  contract:"), text.index("model:")
    promised = text[start:end]
    planted.edit("catalog.yml", text[start:end], "")
    assert planted.points("data_1") == 0
    planted.edit("catalog.yml", "model: {", f"orders:\n  format: parquet\n{promised}model: {{")
    found = planted.run().result("data_1")

    assert found.points == 1, found
    assert "`orders` was held against its contract" in found.evidence.proofs[0].text


def test_a_contract_that_names_no_column_is_no_schema(planted):
    text = (planted.folder / "catalog.yml").read_text()
    start, end = text.index("    columns:"), text.index("model:")
    found = planted.edit(
        "catalog.yml", text[start:end], "    checks: [{row_count: {low: 1}}]\n"
    ).run()

    assert found.points("data_1") == 0


def test_rows_that_are_set_apart_do_not_hide_the_source(planted):
    planted.edit(
        "catalog.yml", "between: [0, 99]}", "between: {low: 0, high: 99, severity: quarantine}}"
    )
    planted.run()

    assert planted.points("data_1") == 1
    assert planted.points("data_4") == 1
    assert planted.points("data_5") == 0.5


def test_without_a_closed_contract_forbidden_columns_are_half_kept_out(planted):
    planted.edit("catalog.yml", "    columns:", "    others: allow\n    columns:").run()

    assert planted.points("data_4") == 0.5


def test_a_personal_column_in_a_written_table_is_found(planted):
    planted.edit("catalog.yml", "personal: [name]", "personal: [said]")
    assert planted.points("data_5") == 0.5
    planted.edit("catalog.yml", "model: {", "said: {format: csv, location: said.csv}\nmodel: {")
    found = planted.run().result("data_5")

    assert found.points == 0
    assert "`said` has `said`" in found.evidence.lacks[0]


def test_a_live_model_whose_bytes_are_gone_is_no_way_back(planted):
    for path in (planted.folder / ".tilth" / "store").rglob("*"):
        if path.is_file():
            path.unlink()
    planted.without("model.skops")
    with planted.open() as project:
        for made, _, _ in project.history.versions("model"):
            project.history.forget_data(made.fingerprint)
        found = project.score().result("infra_7")

    assert found.points == 0
    assert "are gone" in found.evidence.lacks[0]


def test_a_source_in_partitions_has_the_point_where_all_of_them_were_held(planted):
    planted.edit("catalog.yml", "location: raw.csv", 'location: "raw/{month}.csv"')
    planted.edit("tilth.yml", "inputs: [raw]", "inputs: {raw: raw}")
    planted.edit("src/shop/features.py", "raw: pl.DataFrame", "raw: dict[str, pl.DataFrame]")
    planted.edit("src/shop/features.py", "return raw.", "return pl.concat(raw.values()).")
    rows = (planted.folder / "raw.csv").read_text()
    planted.write({"raw/may.csv": rows, "raw/june.csv": rows}).run()
    found = planted.result("data_1")
    assert found.points == 1, found

    planted.write({"raw/july.csv": rows.replace("1.5,", "1.25,")})
    found = planted.result("data_1")
    assert found.points == 0
    assert found.evidence.lacks == ("the newest `raw` was not held against its contract",)


def test_a_profile_with_a_target_earns_half_of_what_columns_are_worth(planted):
    text = (planted.folder / "tilth.yml").read_text()
    start, end = text.index("  why:"), text.index("  errors:")
    planted.edit("tilth.yml", text[start:end], "")
    assert planted.points("data_2") == 0
    look = "  look: {stage: analyse, with: {table: orders, target: late}}\n"
    found = planted.edit("tilth.yml", "  errors:", f"{look}  errors:").run().result("data_2")

    assert found.points == 0.5, found
    assert "columns alone tells the target" in found.evidence.proofs[0].text


def test_the_same_model_from_a_commit_is_as_good_as_made_there(planted):
    from_code_in_no_commit(planted)
    assert planted.points("model_1") == 0
    found = planted.commit().run().result("model_1")

    assert found.points == 0.5, found
    assert found.evidence.proofs[0].text.startswith("made `model` from commit")
