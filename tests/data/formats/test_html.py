from __future__ import annotations

import pandas as pd
import pytest

from tilth.data.formats.html import Html
from tilth.errors import DataError
from tilth.testing.formats import FormatTests, read, written


class TestHtml(FormatTests):
    knows_its_end = False
    knows_its_kind = False

    @pytest.fixture
    def format(self):
        return Html()

    @pytest.fixture
    def value(self):
        return "<!doctype html><h1>Verspätungen</h1>"

    @pytest.fixture
    def others(self):
        return [pd.DataFrame({"ü": [1]})]

    @pytest.fixture
    def empty(self):
        return ""

    @pytest.fixture
    def chunks(self, value):
        return [value[:5], value[5:]]


def test_what_shows_itself_in_a_notebook_becomes_a_page():
    page = read(Html(), written(Html(), pd.DataFrame({"ü": [1]})))

    assert page.startswith('<!doctype html>\n<meta charset="utf-8">')
    assert "<th>ü</th>" in page


@pytest.mark.parametrize("value", [object(), pd.DataFrame, 7])
def test_what_shows_nothing_is_refused(value):
    with pytest.raises(DataError, match="takes text or what has `_repr_html_`"):
        written(Html(), value)
