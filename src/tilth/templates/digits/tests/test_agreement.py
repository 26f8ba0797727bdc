from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from digits.agreement import alpha, blind, measure_agreement

# Four people on twelve units, as K. Krippendorff, "Computing Krippendorff's alpha-reliability",
# 2011, section C, has them; a dot is a label that is missing.
UNITS = ["1 1 . 1", "2 2 3 2", "3 3 3 3", "3 3 3 3", "2 2 2 2", "1 2 3 4",
         "4 4 4 4", "1 1 2 1", "2 2 2 2", ". 5 5 5", ". . 1 1", ". 3 . ."]  # fmt: skip


def decision(item, labeler, label, instruction="a", **said):
    return {
        "item": item,
        "verdict": "label",
        "label": label,
        "labeler": labeler,
        "time": "2026-03-01T09:30:00.000Z",
        "instruction": instruction,
        "given": None,
        "suggested": None,
        "taken_back": False,
    } | said


def log(*decisions):
    return pl.DataFrame(
        decisions, schema_overrides={"given": pl.Int64, "suggested": pl.Int64}, orient="row"
    )


def test_alpha_is_that_of_the_textbook():
    votes = np.zeros((len(UNITS), 10))
    for row, unit in enumerate(UNITS):
        for label in unit.replace(".", "").split():
            votes[row, int(label)] += 1
    paired = votes[votes.sum(axis=1) >= 2]

    assert alpha(paired, np.ones((1, len(paired))))[0] == pytest.approx(0.743, abs=5e-4)


def test_each_instruction_is_measured_by_itself_also_where_labels_were_replaced():
    said = log(
        decision(1, "ada", 7), decision(1, "ben", 1), decision(2, "ada", 3), decision(2, "ben", 3),
        decision(1, "ada", 1, "b"), decision(1, "ben", 1, "b"), decision(2, "ada", 3, "b"),
        decision(3, "ada", 5, "c"),
    )  # fmt: skip

    first, second = measure_agreement(said, resamples=50)

    assert (first["version"], first["images"], first["agree"]) == ("a", 2, 1)
    assert (second["version"], second["images"], second["agree"]) == ("b", 1, 1)
    assert second["alpha"] is None
    assert first["alpha"]["low"] <= first["alpha"]["value"] <= first["alpha"]["high"]


def test_only_the_last_label_counts_that_was_not_taken_back_and_that_nothing_suggested():
    said = log(
        decision(1, "ada", 7),
        decision(1, "ada", 1),
        decision(2, "ada", 3, taken_back=True),
        decision(3, "ada", 4, given=9),
        decision(4, "ada", 5, suggested=5),
        decision(5, "ada", None, verdict="unsure"),
    )

    assert blind(said).select("item", "label").rows() == [(1, 1)]


def test_a_log_without_decisions_tells_nothing():
    text = dict.fromkeys(decision(1, "ada", 1), pl.String) | {"taken_back": pl.Boolean}

    assert measure_agreement(pl.DataFrame(schema=text)) == []


def test_where_all_give_one_label_agreement_has_no_chance_to_be_compared_with():
    votes = np.array([[2.0, 0.0], [2.0, 0.0]])

    assert np.isnan(alpha(votes, np.ones((1, 2))))
