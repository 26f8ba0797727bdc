from __future__ import annotations

import pytest

from tilth.history.stores.sql import SqlHistory
from tilth.testing.histories import HistoryTests


class TestSqlHistory(HistoryTests):
    @pytest.fixture
    def history(self, tmp_path):
        with SqlHistory(tmp_path / "history.db", flush_seconds=3600) as history:
            yield history


class TestSqlHistoryThatFlushesAtOnce(HistoryTests):
    @pytest.fixture
    def history(self, tmp_path):
        with SqlHistory(tmp_path / "history.db", flush_seconds=-1) as history:
            yield history
