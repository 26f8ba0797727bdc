from __future__ import annotations

import re

import polars as pl
import pytest
from digits.report import MOST_IMAGES, write_report


def interval(value):
    return {"value": value, "low": value - 0.01, "high": value + 0.01}


@pytest.fixture
def arguments():
    """Forty images that Ada reads as 7 and another person as 1."""
    n = 40
    said = pl.DataFrame(
        {
            "item": [*range(n), *range(n)],
            "verdict": "label",
            "label": [7] * n + [1] * n,
            "labeler": ["ada"] * n + ["<b>ben"] * n,
            "time": "2026-03-01T09:30:00.000Z",
            "instruction": "v1",
            "given": None,
            "suggested": None,
            "taken_back": False,
        }
    )
    delivered = pl.DataFrame({"image": range(n), "label": [7] * n, "labeler": ["ada"] * n})
    return {
        "to_label": pl.DataFrame({"image": range(n), **{f"p{i}": [9] * n for i in range(64)}}),
        "delivered": delivered,
        "labelled": delivered.with_columns(label=pl.Series([1, None, *[7] * (n - 2)])),
        "decisions": said,
        "agreement": [{"version": "v1", "images": n, "agree": 0, "alpha": interval(-0.2)}],
        "metrics": dict.fromkeys(("accuracy", "accuracy_before"), interval(0.9))
        | {"gain": interval(0.03)},
        "wrong": {key: {"labels": n, "wrong": 3} for key in ("delivered", "now")},
    }


def test_the_page_needs_nothing_from_elsewhere(arguments):
    page = write_report(**arguments)

    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)
    assert "<script" not in page
    assert "@import" not in page


def test_the_page_says_that_people_are_simulated(arguments):
    assert "Ada and Ben are <b>simulated</b>" in write_report(**arguments)


def test_names_cannot_become_markup(arguments):
    page = write_report(**arguments)

    assert "&lt;b&gt;ben 1" in page
    assert "<b>ben" not in page


def test_a_long_gallery_is_cut_and_says_so(arguments):
    page = write_report(**arguments)

    assert page.count("<img") == MOST_IMAGES + 2
    assert "and 16 more" in page


def test_changes_are_shown_with_what_was_and_what_is(arguments):
    page = write_report(**arguments)

    assert "2 labels of 40 are not what was delivered. To be talked about first: 1." in page
    assert "7 &rarr; 1<" in page
    assert "7 &rarr; ?<" in page


def test_before_anybody_has_labelled_the_page_says_how_to_begin(arguments):
    nothing = {
        "decisions": arguments["decisions"].clear(),
        "agreement": [],
        "labelled": arguments["delivered"],
    }

    page = write_report(**arguments | nothing)

    assert "tilth labels sample digits -n 100" in page
    assert "Where they differ" not in page
    assert "What people have changed" not in page


def test_agreement_that_is_not_defined_is_a_dash(arguments):
    arguments["agreement"][0]["alpha"] = None

    assert ">–<" in write_report(**arguments)


def test_the_same_numbers_give_the_same_page(arguments):
    assert write_report(**arguments) == write_report(**arguments)
