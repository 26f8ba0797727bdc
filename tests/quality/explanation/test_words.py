"""Explanations read well, and a contrast is between two rows or two classes."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression

from tilth.errors import DataError, UnknownNameError
from tilth.quality.explanation import explain
from tilth.quality.explanation.contrast import contrast
from tilth.quality.explanation.words import place, reasons, sentences


def test_the_sentences_lead_from_the_base_to_the_answer():
    x = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [1.0, 1.0]])
    frame = pl.DataFrame(x, schema=["rain", "snow"])
    model = LinearRegression().fit(frame, x @ [4.0, -2.0] + 1)

    found = explain(model, frame[:1], frame, target="delay")

    assert sentences(found) == [
        "rain = 1 raises delay from 2 by 2.",
        "snow = 0 raises it by 1.",
        "So it is 5 for this row.",
    ]
    assert sentences(found, most=1)[1] == "All other columns together: +1."


def test_a_row_like_the_background_has_no_reasons():
    found = explain(lambda t: t.sum(axis=1), np.ones((1, 2)), np.ones((3, 2)))

    assert sentences(found)[0] == "No column makes a difference."


@pytest.mark.parametrize(
    ("value", "others", "said"),
    [
        (9, [1, 2, 3, 4, 10], "high: above 80 % of rows"),
        (0, [1, 2, 3, None], "low: below all rows"),
        (2, [1, 2, 3], ""),
        (None, [1, None, 3, 4], "unknown, as in 25 % of rows"),
        ("a", ["a", "b", "b", "b"], "as 25 % of rows"),
        (True, [True, False], "as 50 % of rows"),
        ("z", ["a", "b"], "as no other row"),
        ("a", ["b"], "not b"),
        ("a", ["a"], ""),
    ],
)
def test_a_value_is_placed_among_others(value, others, said):
    assert place(value, others) == said


def test_a_contrast_shares_what_differs_among_columns_that_differ(numbers):
    x, y = numbers()
    model = RandomForestClassifier(20, max_depth=6, random_state=0).fit(x, y > 0)
    x[1, 0] = x[0, 0]

    found = contrast(model, x[:1], x[1:2])

    said = model.predict_proba(x[:2])[:, 1]
    assert found.values.sum() == pytest.approx(said[0] - said[1])
    assert found.values[0, 0, 0] == 0
    # Subtracting two explanations gives the column a share, though the rows are alike in it.
    apart = explain(model, x[:2], x[100:150])
    assert abs(apart.values[0, 0, 0] - apart.values[1, 0, 0]) > 0.01


def test_two_classes_are_contrasted(numbers):
    x, y = numbers()
    model = RandomForestClassifier(20, random_state=0).fit(x, np.digitize(y, [-1, 1]))
    found = explain(model, x[:3], x[100:150])

    between = found.between("2", "0")

    chances = model.predict_proba(x[:3])
    np.testing.assert_allclose(between.predictions[:, 0], chances[:, 2] - chances[:, 0])
    assert between.adds_up
    assert between.outputs == ("2 over 0",)
    with pytest.raises(UnknownNameError, match="no class `7`"):
        found.between("2", "7")


def test_a_contrast_needs_two_rows():
    with pytest.raises(DataError, match="not between 2 and 1"):
        contrast(lambda t: t.sum(axis=1), np.ones((2, 2)), np.ones((1, 2)))


def test_reasons_are_plain_data(numbers):
    x, y = numbers()
    model = RandomForestClassifier(5, random_state=0).fit(x, y > 0)

    first = reasons(explain(model, x[:1], x[100:150], method="sampled"))[0].as_dict()

    assert set(first) == {"column", "value", "place", "contribution", "error"}
    assert first["error"] > 0
