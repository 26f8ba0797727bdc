"""The report of a run, as somebody meets it who is sent it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tilth import Project

pytestmark = pytest.mark.browser

PROJECT = """
name: bills
pipelines:
  look: {stage: analyse, with: {table: train, target: late}}
  model:
    stage: train
    with: {train: train, test: test, target: late, prefix: late, estimators: [tree]}
"""
CATALOG = """
train: {format: csv, location: train.csv}
test: {format: csv, location: test.csv}
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bills")
    rng = np.random.default_rng(0)
    for name, n in (("train", 500), ("test", 300)):
        amount, age = rng.gamma(4, 50, n).round(), rng.integers(0, 20, n)
        late = rng.random(n) < 1 / (1 + np.exp(-(0.02 * (amount - 200) - 0.2 * age)))
        pl.DataFrame({"amount": amount, "age": age, "late": late}).write_csv(folder / f"{name}.csv")
    (folder / "tilth.yml").write_text(PROJECT)
    (folder / "catalog.yml").write_text(CATALOG)
    with Project(folder) as project:
        project.run().checked()
        return project.report().save(folder / "report.html")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_in_both_schemes(report, visit, scheme):
    assert visit(report, color_scheme=scheme).faint() == []


def test_pages_of_stages_are_shown_with_their_own_style(report, visit):
    sheet = visit(report)

    shown = sheet.value("""
    () => [...document.querySelectorAll("section.deep > div")].map(
        host => host.shadowRoot && host.shadowRoot.textContent.length > 500
            && host.getBoundingClientRect().height > 300)
    """)
    assert shown == [True, True]


@pytest.mark.parametrize("width", [390, 768])
def test_a_narrow_window_does_not_scroll_sideways(report, visit, width):
    sheet = visit(report, width=width)

    assert sheet.value("() => document.documentElement.scrollWidth") <= width


def test_a_number_leads_to_where_it_is_from(report, visit):
    sheet = visit(report)

    sheet.page.locator("a.from").first.click()
    assert sheet.value("() => document.querySelector('tr:target').textContent").count("run 1") == 1
