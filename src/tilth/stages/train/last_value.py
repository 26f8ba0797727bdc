"""The baseline of whatever has a time: as it was the last time."""

from __future__ import annotations

from typing import Any

from sklearn.dummy import DummyClassifier, DummyRegressor


class LastClass(DummyClassifier):  # type: ignore[misc]  # scikit-learn has no types
    """Always says the class of the last row that it was fitted on."""

    def fit(self, rows: Any, target: Any, sample_weight: Any = None) -> LastClass:
        """Rows are in the order of time."""
        last = target[-1]
        # A truth value of NumPy is refused, where a number and a text of NumPy are not.
        self.strategy, self.constant = "constant", bool(last) if target.dtype == bool else last
        super().fit(rows, target)
        return self


class LastQuantity(DummyRegressor):  # type: ignore[misc]  # as above
    """Always says the value of the last row that it was fitted on."""

    def fit(self, rows: Any, target: Any, sample_weight: Any = None) -> LastQuantity:
        """Rows are in the order of time."""
        self.strategy, self.constant = "constant", target[-1]
        super().fit(rows, target)
        return self
