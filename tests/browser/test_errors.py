"""The page that says where a model errs, as somebody meets it who is sent it."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def errors(flights):
    return flights / "reports" / "errors.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_in_both_schemes(errors, visit, scheme):
    sheet = visit(errors, color_scheme=scheme)

    assert sheet.faint() == []


def test_it_begins_with_what_to_do_and_draws_its_intervals(errors, visit):
    sheet = visit(errors)

    assert sheet.page.locator("h2").first.text_content() == "What to do next"
    assert sheet.page.locator("table.slices tbody tr").count() >= 2
    for each in sheet.page.locator("svg.whisker").all():
        assert "from" in (each.get_attribute("aria-label") or "")
        assert each.bounding_box()["width"] > 100


def test_the_curve_follows_the_scheme_of_the_page(errors, visit):
    script = "() => getComputedStyle(document.querySelector('figure svg text')).fill"
    light, dark = (visit(errors, color_scheme=scheme).value(script) for scheme in ("light", "dark"))

    assert light != dark


@pytest.mark.parametrize("width", [390, 768])
def test_a_narrow_window_does_not_scroll_sideways(errors, visit, width):
    sheet = visit(errors, width=width)

    assert sheet.value("() => document.documentElement.scrollWidth") <= width


def test_on_paper_it_is_dark_on_white_whatever_the_screen_has(errors, visit):
    sheet = visit(errors, color_scheme="dark")
    assert 1 <= sheet.n_paper_pages() <= 5

    sheet.page.emulate_media(media="print", color_scheme="dark")
    assert sheet.value("() => getComputedStyle(document.body).color") == "rgb(29, 36, 48)"
    assert sheet.faint() == []
