from __future__ import annotations

import re

import polars as pl
import pytest
from flights.report import MEASURES, write_report
from flights.words import percent, quantity


def interval(value):
    return {"value": value, "low": value - 0.01, "high": value + 0.01}


@pytest.fixture(scope="module")
def arguments():
    measured = {key: interval(0.6) for key in MEASURES}
    models = dict.fromkeys(("baseline", "tree", "boosting"), measured)
    never = {"value": float("nan"), "low": float("nan"), "high": float("nan")}
    models["baseline"] = measured | {"recall": interval(0.0), "precision": never}
    part = {"first": "2013-01-01", "last": "2013-02-01", "flights": 1000, "late": 0.25}
    leaf = {"id": 0, "parent": None, "answer": None, "depth": 0, "rows": 9, "late": 0.2}
    return {
        "outcomes": {"scheduled": 1020, "arrived": 1000, "diverted": 5, "cancelled": 15},
        "parts": dict.fromkeys(("train", "validation", "test"), part),
        "airlines": pl.DataFrame(
            {"carrier": ["X"], "name": ["<b>Bold</b> & Sons"], "flights": [9], "late": [0.5]}
        ),
        "metrics": models,
        "monthly": {"2013-11": models},
        "thresholds": {"baseline": 1.0, "tree": 0.4, "boosting": 0.3},
        "curves": {
            "roc": {name: {"false_alarms": [0, 0.5, 1], "found": [0, 0.7, 1]} for name in models},
            "calibration": {
                name: {"said": [0.2, 0.4], "came": [0.1, 0.5], "flights": [5, 5]} for name in models
            },
        },
        "slices": {
            "overall": 0.5,
            "candidates": [10, 20],
            "findings": [
                {
                    "title": "carrier = <EV>",
                    "share": 0.1,
                    "error": 0.7,
                    "difference": interval(0.2),
                    "diagnoses": [{"cause": "few rows", "action": "collect rows"}],
                }
            ],
        },
        "advice": {"summary": "leave it: `nothing` gains", "notes": ["a `note`"]},
        "tree_nodes": [
            leaf | {"impurity": 0.32, "stopped": {"reason": "max depth", "because": "it is deep"}}
        ],
    }


def test_the_page_needs_nothing_from_elsewhere(arguments):
    page = write_report(**arguments)

    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)
    assert "<script" not in page
    assert "@import" not in page


def test_names_from_the_data_cannot_become_markup(arguments):
    page = write_report(**arguments)

    assert "<b>Bold</b> &amp; Sons" not in page
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; Sons" in page


def test_where_boosting_errs_is_told_with_its_interval_and_its_cause(arguments):
    page = write_report(**arguments)

    assert "carrier = &lt;EV&gt;" in page
    assert "few rows: collect rows" in page
    assert "+0.200<small>+0.190 to +0.210</small>" in page
    assert "leave it: nothing gains." in page


def test_a_model_without_weak_flights_is_said_to_have_none(arguments):
    none = arguments["slices"] | {"findings": []}

    page = write_report(**arguments | {"slices": none})

    assert "worse beyond chance" in page


def test_the_same_numbers_give_the_same_page(arguments):
    assert write_report(**arguments) == write_report(**arguments)


def test_no_number_is_shown_as_nan(arguments):
    assert not re.search(r"\bnan\b", write_report(**arguments))


def test_parts_of_two_pictures_do_not_share_their_names(arguments):
    names = re.findall(r'<clipPath id="([^"]+)"', write_report(**arguments))

    assert names
    assert len(names) == len(set(names))


def test_the_age_of_the_weather_is_said(arguments):
    assert "stands in" in write_report(**arguments)
    assert "3 hours before" in write_report(**arguments, weather_hours_before=3)


def test_quantities_are_told_as_people_say_them():
    assert quantity("scheduled_departure", 780.5) == "13:00"
    assert quantity("weekday", 5.5) == "Friday"
    assert quantity("temperature", 35.78) == "35.78°F"
    assert quantity("seats", 100.5) == "100.5"
    assert percent(0.256, 1).replace("\N{NO-BREAK SPACE}", " ") == "25.6 %"
