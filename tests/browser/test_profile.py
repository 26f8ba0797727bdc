"""The page of a profile, as somebody meets it who is sent it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tilth.quality.profile import profile_of
from tilth.quality.profile.page import page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    """The page of a table in which much is wrong, names included."""
    random = np.random.default_rng(0)
    n = 1_200
    late = random.random(n) < 0.1
    table = pl.DataFrame({
        "id": np.arange(n),
        "age": np.where(np.arange(n) % 100 == 3, -999, random.integers(18, 80, n)),
        "a_name_that_is_longer_than_a_card_and_has_no_place_to_break": random.normal(size=n),
        '<script>document.title = "x"</script>': ["<b>bold</b>", "a\x00b", "c"] * (n // 3),
        "refund": late * 20 + random.random(n),
        "price": random.lognormal(3, 1, n),
        "city": random.choice(["London", "Paris", "Rome"], n),
        "late": late,
    })  # fmt: skip
    table = pl.concat([table, table[:3], table[10:12].with_columns(city=pl.lit("Lodnon"))])
    file = tmp_path_factory.mktemp("profile") / "profile.html"
    file.write_text(page(profile_of(table, "late"), "table", "table@1", "shop"), "utf-8")
    return file


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_in_both_schemes(profile, visit, scheme):
    assert visit(profile, color_scheme=scheme).faint() == []


@pytest.mark.parametrize("width", [360, 390, 768, 1400])
def test_no_window_scrolls_sideways(profile, visit, width):
    sheet = visit(profile, width=width)

    assert sheet.value("() => document.documentElement.scrollWidth") <= width


def test_what_to_do_comes_first_and_leads_to_its_column(profile, visit):
    sheet = visit(profile)

    titles = sheet.page.locator("h2").all_text_contents()
    assert titles == ["What to do", "What looks wrong", "What tells late", "What goes together",
                      "Columns"]  # fmt: skip
    sheet.page.locator(".do a", has_text="refund").first.click()
    assert sheet.page.locator("article:target h3").text_content() == "refund"


def test_no_name_or_value_becomes_a_part_of_the_page(profile, visit):
    sheet = visit(profile)

    assert sheet.page.title() == "table: profile"
    assert sheet.page.locator("script").count() == 0
    assert sheet.page.locator("b", has_text="bold").count() == 0


def test_on_paper_it_is_dark_on_white_whatever_the_screen_has(profile, visit):
    sheet = visit(profile, color_scheme="dark")
    sheet.page.emulate_media(media="print", color_scheme="dark")

    assert sheet.faint() == []
    assert sheet.value("() => getComputedStyle(document.body).color") == "rgb(42, 38, 32)"
    assert 1 <= sheet.n_paper_pages() < 12
