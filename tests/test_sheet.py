"""The look that pages share, and what is text and what is markup in them."""

from __future__ import annotations

from tilth.sheet import marked, sheet, table


def test_a_sheet_needs_nothing_but_itself_and_its_title_is_text():
    page = sheet("<b>", "<p>inside</p>", style=".own { color: red; }")

    assert "<title>&lt;b&gt;</title>" in page
    assert page.index("--ink") < page.index(".own") < page.index("<p>inside</p>")
    assert not any(each in page for each in ("<script", "http", "url("))


def test_what_stands_in_backticks_is_code_and_all_else_is_text():
    assert marked("`a < b` & <i>") == "<code>a &lt; b</code> &amp; &lt;i&gt;"
    assert marked("a ` alone") == "a ` alone"


def test_numbers_of_a_table_are_aligned_and_a_wide_one_scrolls_by_keys():
    shown = table(["", "n"], [["a", "1"]], numbers=(1,))

    assert "<td>a</td><td class=number>1</td>" in shown
    assert "<th class=number>n</th>" in shown
    assert "tabindex='0'" in shown
