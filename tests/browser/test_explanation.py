"""The page that says why a model says what it says, as somebody meets it who is sent it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def explanation(tmp_path_factory):
    from sklearn.tree import DecisionTreeClassifier

    from tilth.stages.explain.page import write_page
    from tilth.stages.explain.rows import explain_rows
    from tilth.stages.explain.tree import tell_tree

    random = np.random.default_rng(0)
    rows = pl.DataFrame(random.normal(size=(300, 4)), schema=["price", "weight", "age", "distance"])
    late = (rows["price"] + rows["age"] > 0).to_numpy()
    model = DecisionTreeClassifier(max_depth=4, random_state=0).fit(rows, late)
    rows = rows.with_columns(late=late)
    asked = {
        "model": "tree", "rows": "test", "background": "test", "target": "late",
        "features": None, "positive": None, "scale": "chance", "method": None,
        "most_rows": 200, "background_rows": 50, "seed": 0,
    }  # fmt: skip
    page = tmp_path_factory.mktemp("explanation") / "why.html"
    told = explain_rows(model, rows, asked)
    page.write_text(write_page(*told, tell_tree(model, rows, asked), "tree"), encoding="utf-8")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_in_both_schemes(explanation, visit, scheme):
    assert visit(explanation, color_scheme=scheme).faint() == []


def test_it_begins_with_what_matters_and_draws_it(explanation, visit):
    sheet = visit(explanation)

    assert sheet.page.locator("h2").first.text_content() == "What matters"
    assert sheet.page.locator("svg.whisker").count() >= 2
    assert sheet.page.locator("svg circle").count() > 300
    for each in sheet.page.locator("svg").all():
        assert each.get_attribute("aria-label")


@pytest.mark.parametrize("width", [390, 768])
def test_a_narrow_window_does_not_scroll_sideways(explanation, visit, width):
    sheet = visit(explanation, width=width)

    assert sheet.value("() => document.documentElement.scrollWidth") <= width


def test_on_paper_it_is_dark_on_white_whatever_the_screen_has(explanation, visit):
    sheet = visit(explanation, color_scheme="dark")
    assert 1 <= sheet.n_paper_pages() <= 6

    sheet.page.emulate_media(media="print", color_scheme="dark")
    assert sheet.value("() => getComputedStyle(document.body).color") == "rgb(29, 36, 48)"
    assert sheet.faint() == []
