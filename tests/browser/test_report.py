"""The report of the worked example, as somebody meets it who is sent it."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

INKS = """
() => [...document.querySelectorAll("figure.roc svg text")].map(text => getComputedStyle(text).fill)
"""


@pytest.fixture
def report(flights):
    return flights / "reports" / "report.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_in_both_schemes(report, visit, scheme):
    sheet = visit(report, color_scheme=scheme)

    assert sheet.faint() == []
    assert sheet.value("() => document.querySelectorAll('section').length") >= 7


def test_pictures_follow_the_scheme_of_the_page(report, visit):
    light, dark = (visit(report, color_scheme=scheme).value(INKS) for scheme in ("light", "dark"))

    assert len(light) == len(dark) > 10
    assert set(light).isdisjoint(dark)


def test_the_tree_is_drawn_with_text_that_can_be_found(report, visit):
    sheet = visit(report)

    texts = sheet.page.locator("figure.tree svg text").all_text_contents()
    assert any("departure time" in text for text in texts)
    assert sheet.page.locator("ol.tree li").count() > 20


@pytest.mark.parametrize("width", [390, 768])
def test_a_narrow_window_does_not_scroll_sideways(report, visit, width):
    sheet = visit(report, width=width)

    assert sheet.value("() => document.documentElement.scrollWidth") <= width


def test_on_paper_it_is_dark_on_white_whatever_the_screen_has(report, visit):
    sheet = visit(report, color_scheme="dark")
    assert 3 <= sheet.n_paper_pages() <= 10

    sheet.page.emulate_media(media="print", color_scheme="dark")
    assert sheet.value("() => getComputedStyle(document.body).color") == "rgb(29, 36, 48)"
    assert sheet.faint() == []
