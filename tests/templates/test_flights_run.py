"""The worked example on the real data: by Tilth, and by a plain script, to the same end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
METRICS = ["outcomes", "thresholds", "metrics", "monthly_metrics", "curves"]


def tilth(*arguments, folder):
    command = [str(Path(sys.executable).with_name("tilth")), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("by-tilth")
    tilth("new", "flights", "--from", "flights", folder=folder)
    tilth("run", folder=folder / "flights")
    return folder / "flights"


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("by-hand")
    script = ROOT / "bench" / "flights_plain.py"
    subprocess.run([sys.executable, str(script), str(folder)], check=True)
    return folder


def measured(folder, name):
    """What a file of metrics says; not-a-number is written in two ways, and equals nothing."""

    def without_nan(value):
        if isinstance(value, dict):
            return None if "float" in value else {k: without_nan(v) for k, v in value.items()}
        return None if value != value else value

    return without_nan(json.loads((folder / "metrics" / f"{name}.json").read_text()))


@pytest.mark.parametrize("name", METRICS)
def test_tilth_measures_what_a_plain_script_measures(project, plain, name):
    assert measured(project, name) == measured(plain, name)


def test_tilth_writes_the_table_and_the_page_of_a_plain_script(project, plain):
    trips = [pl.read_parquet(folder / "data" / "trips.parquet") for folder in (project, plain)]

    assert trips[0].equals(trips[1])
    for page in ("report.html", "trips.html", "errors.html", "tree.txt"):
        assert (project / "reports" / page).read_bytes() == (plain / "reports" / page).read_bytes()


def test_every_promise_about_the_data_is_kept(project):
    for dataset in ("flights", "weather", "planes", "airports", "airlines", "trips"):
        (report,) = json.loads(tilth("data", "check", dataset, "--json", folder=project).stdout)
        assert report["ok"]
        assert report["checks"] > 5
        assert report["findings"] == []


def test_the_month_that_no_model_has_seen_is_found_as_a_weakness(project):
    (found,) = json.loads(tilth("slices", "--json", folder=project).stdout)
    worst = found["findings"][0]

    assert "month(date) = 12" in worst["slice"]
    assert worst["diagnoses"][0]["cause"] == "few rows"
    assert worst["diagnoses"][0]["numbers"]["training rows"] == 0
    assert worst["difference"]["low"] > 0


def test_another_price_ranks_the_advice_anew_and_trains_nothing(project):
    told = tilth("run", "--set", "prices.collect_row=7", "--json", folder=project)
    tilth("run", folder=project)

    # The advice, its page, and the report that sums it up.
    assert json.loads(told.stdout)["counts"]["done"] == 3


def test_nothing_runs_twice(project):
    assert "nothing to do" in tilth("run", folder=project).stderr


def test_all_flights_are_accounted_for(project):
    outcomes = measured(project, "outcomes")

    assert outcomes["scheduled"] == 336_776
    assert outcomes["arrived"] + outcomes["diverted"] + outcomes["cancelled"] == 336_776


def test_models_beat_the_guess_on_months_that_they_have_not_seen(project):
    """Below what is reached, so that a new scikit-learn may differ a little, but no leak."""
    metrics = measured(project, "metrics")

    assert metrics["baseline"]["auc"]["value"] == 0.5
    assert 0.65 < metrics["tree"]["auc"]["value"] < 0.72
    assert 0.69 < metrics["boosting"]["auc"]["value"] < 0.78
    assert metrics["boosting"]["auc"]["low"] > metrics["tree"]["auc"]["value"] - 0.02


def test_the_report_is_one_page_of_less_than_three_megabytes(project):
    page = (project / "reports" / "report.html").read_text()

    assert len(page) < 3_000_000
    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
