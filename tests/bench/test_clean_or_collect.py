"""Whether to clean or to collect, measured anew, agrees with what was measured before.

The expected figures are those of 39 cells that were measured with 24 draws each by other code;
the data of three of them come with scikit-learn or can be made.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from experiments import tables
from experiments.clean_or_collect import (
    SET_ASIDE,
    SIZES,
    cells,
    chances,
    curves,
    draw,
    found_by_review,
    learner,
    nearest_mean_curves,
    report,
    tally,
)

from tilth.quality.decision import clean_or_collect
from tilth.quality.exchange_rate import measured_rate
from tilth.quality.noise import sample_size_factor
from tilth.quality.rehearsal import rehearse

DRAWS = range(24)


def digits(_seed):
    return tables.digits()


def clouds(seed):
    return tables.gauss(6000, seed=[seed, 7])


def gain(noisy, clean, row):
    """Mean of 500 cleaned less 1,000 noisy, and its standard error."""
    differences = clean - noisy[row]
    return differences.mean(), differences.std(ddof=1) / np.sqrt(differences.size)


@pytest.mark.slow
def test_the_nearest_mean_rule_needs_what_theory_says():
    noisy, clean = nearest_mean_curves(seeds=range(400))
    rate = measured_rate(SIZES, noisy, clean, present=500, checked=60)

    assert rate.factor.value == pytest.approx(1.73, abs=0.1)
    assert sample_size_factor(0.12, 2) in rate.factor.interval


@pytest.mark.slow
def test_a_kernel_machine_on_digits_needs_a_third_more_rows_under_slips():
    sizes = SIZES[:4]
    noisy, clean = curves("svm", digits, "random", seeds=range(48), sizes=sizes, n_test=797)
    rate = measured_rate(sizes, noisy, clean, present=500, checked=60)

    assert 1.20 <= rate.factor.value <= 1.44


@pytest.mark.slow
def test_a_linear_model_on_digits_gains_more_by_cleaning_slips():
    noisy, clean = curves("lr", digits, "random", seeds=DRAWS, sizes=(500, 1000), n_test=797)

    assert gain(noisy, clean, 1)[0] == pytest.approx(0.009, abs=0.006)


@pytest.mark.slow
def test_no_number_of_rows_makes_up_for_a_convention():
    noisy, clean = curves("lda", clouds, "systematic", seeds=DRAWS, sizes=SIZES, n_test=4000)
    rate = measured_rate(SIZES, noisy, clean, present=500, checked=60)

    assert gain(noisy, clean, 3)[0] == pytest.approx(0.045, abs=0.006)
    assert rate.factor.interval.low == np.inf


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "kind", "expected"),
    [
        (digits, "random", (0.90, 1.00)),
        (digits, "systematic", (0.69, 0.91)),
        (clouds, "random", (0.77, 0.94)),
        (clouds, "systematic", (0.54, 0.80)),
    ],
)
def test_reviews_find_as_many_wrong_labels(table, kind, expected):
    found = [
        found_by_review(
            draw(table(seed), seed, sizes=(500,), n_test=100, kinds=[kind]), kind, reviews=(60, 120)
        )
        for seed in DRAWS
    ]

    assert np.mean(found, axis=0) == pytest.approx(expected, abs=0.05)


def test_a_draw_has_exactly_as_many_wrong_labels_in_each_block():
    each = draw(clouds(0), 0, sizes=(250, 500, 707), n_test=100)

    for labels in each.noisy.values():
        wrong = labels != each.target
        assert [wrong[:250].sum(), wrong[250:500].sum(), wrong[500:].sum()] == [30, 30, 25]


def test_training_and_test_rows_are_apart():
    features = np.arange(2000.0)[:, None]
    each = draw((features, np.arange(2000) % 2), 0, kinds=["random"])

    assert not set(each.features[:, 0]) & set(each.test_features[:, 0])


@pytest.mark.slow
def test_a_convention_on_two_clouds_is_recognised_and_cleaned():
    each = draw(clouds(1), 1, sizes=(500,), n_test=100, kinds=["systematic"])
    labels = each.noisy["systematic"]
    rehearsal = rehearse(
        learner("lda"), each.features, labels, chances(each.features, labels), repeats=2
    )
    decision = clean_or_collect(rehearsal)

    assert decision.looks_like == "systematic"
    assert decision.better == "clean"


ARMS = {
    "digits/lr/random": [[0.92, 0.95, 0.93], [0.92, 0.95, 0.94]],
    "digits/svm/random": [[0.92, 0.93, 0.95], [0.92, 0.93, 0.96]],
    "gauss/lr/random": [[0.92, 0.93, 0.94], [0.92, 0.94, 0.93]],
}
SAID = {
    cell: {"better": "clean", "chance": 0.6} for cell in ("digits/lr/random", "digits/svm/random")
}


def test_a_cell_is_a_tie_within_two_standard_errors():
    assert [row["better"] for row in cells(ARMS)] == ["clean", "collect", "tie"]


def test_ties_and_cells_without_an_answer_do_not_count():
    assert tally(cells(ARMS), SAID).startswith("50% (1 of 2;")
    assert tally(cells(ARMS)[2:], SAID) == "no cell"


def test_cells_that_were_set_aside_are_told_apart():
    text = report(ARMS, SAID)

    assert "| gauss* | lr |" in text
    assert "tuned on: 50%" in text
    assert "set aside: no cell" in text


def test_every_third_data_set_was_set_aside():
    assert tuple(tables.names()[2::3]) == SET_ASIDE


def test_the_page_has_a_row_for_each_cell_that_it_speaks_of():
    page = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "clean_or_collect.md"
    rows = re.findall(r"^\| (\w+)\*? \| (lr|rf|svm) \| (\w+) \|", page.read_text(), re.MULTILINE)

    assert {data for data, _, _ in rows} == set(tables.names())
    assert len(rows) == len(set(rows)) == 9 * len(tables.names())
