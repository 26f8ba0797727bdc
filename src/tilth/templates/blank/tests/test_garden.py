from __future__ import annotations

import pytest
from garden.beds import advise, dry_days
from garden.clean import clean_readings, is_plausible


def test_readings_that_cannot_be_are_left_out(tmp_path):
    file = tmp_path / "readings.csv"
    file.write_text("day,bed,moisture\n2024-06-01,kale,40\n2024-06-02,kale,\n2024-06-03,kale,-1\n")

    assert clean_readings(file) == [{"day": "2024-06-01", "bed": "kale", "moisture": 40.0}]


@pytest.mark.parametrize(
    ("moisture", "plausible"),
    [("0", True), ("100", True), ("-1", False), ("101", False), ("", False), ("wet", False)],
)
def test_moisture_is_a_share_in_per_cent(moisture, plausible):
    assert is_plausible(moisture) is plausible


def test_a_bed_that_is_just_moist_enough_is_not_dry():
    readings = [{"bed": "kale", "moisture": 30.0}, {"bed": "kale", "moisture": 29.9}]

    assert dry_days(readings, dry_below=30) == {"kale": 1}


def test_water_goes_to_the_beds_that_were_dry_long_enough():
    assert advise({"beans": 1, "kale": 2}, after_days=2) == "Water the kale: dry on 2 mornings.\n"
    assert advise({"beans": 1}, after_days=2) == "No bed wants water.\n"
