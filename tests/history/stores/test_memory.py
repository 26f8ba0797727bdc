from __future__ import annotations

import pytest

from tilth.history.stores.memory import MemoryHistory
from tilth.testing.histories import HistoryTests


class TestMemoryHistory(HistoryTests):
    @pytest.fixture
    def history(self):
        return MemoryHistory()
