"""Of each test that can be passed, two projects: one with a defect, which earns no point."""

from __future__ import annotations

import pytest

from tilth.project.scoring.score import SECTIONS, TESTS


def without_contract(home):
    text = (home.folder / "catalog.yml").read_text()
    start, end = text.index("  contract:"), text.index("model:")
    home.edit("catalog.yml", text[start:end], "")


def with_a_shuffled_copy(home):
    copy = '"town", "late", copy=pl.col("amount").shuffle(1))'
    home.edit("src/shop/features.py", '"town", "late")', copy).run()


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
    home.edit("tests/test_shop.py", "orders(raw).height", "raw.height")


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
    "data_1": without_contract,
    "data_2": with_a_shuffled_copy,
    "data_3": without_costs,
    "data_4": with_a_forbidden_column,
    "data_5": with_a_personal_column,
    "data_7": without_a_test_of_features,
    "model_1": from_code_in_no_commit,
    "model_6": without_evaluation,
    "model_7": without_groups,
    "infra_1": with_rows_left_to_chance,
    "infra_2": without_a_test_of_the_model,
    "infra_3": without_a_test_of_the_pipeline,
    "infra_4": with_a_bypass,
    "infra_5": with_a_source_taken_away,
}
ON_RECORD = ("data_6", "infra_7")
"""What only a longer history earns; see the test below."""

BY_STAGES = ("model_3", "model_5")
"""See `test_train.py`."""


def test_every_test_that_is_covered_has_its_pair():
    covered = {name for name, each in TESTS.items() if each.reachable}

    assert covered - {"model_4"} == {*DEFECTS, *ON_RECORD, *BY_STAGES}
    assert [len(each) for each in SECTIONS.values()] == [7, 7, 7, 7]


@pytest.mark.parametrize("test", [*DEFECTS, *ON_RECORD])
def test_a_project_without_the_defect_has_the_point_and_its_proof(finished, test):
    found = finished.result(test)

    assert found.points >= found.test.reachable, found
    assert found.evidence.proofs
    assert all(each.place and each.text for each in found.evidence.proofs)


@pytest.mark.parametrize("test", DEFECTS)
def test_a_project_with_the_defect_has_none_and_is_told_what_to_do(planted, test):
    DEFECTS[test](planted)
    found = planted.result(test)

    assert found.points == 0, found
    assert found.evidence.lacks
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


def test_the_node_that_is_not_reproducible_is_named(planted):
    with_rows_left_to_chance(planted)
    (lacks,) = planted.result("infra_1").evidence.lacks

    assert "node `orders` is not reproducible" in lacks
