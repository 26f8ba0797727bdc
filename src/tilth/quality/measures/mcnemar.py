"""McNemar's test: whether two models are right equally often on the same rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binom

from tilth.record import record


@record
class McNemar:
    """What the rows say on which just one of two models is right.

    Attributes:
        only_first: Rows on which only the first is right.
        only_second: Rows on which only the second is.
        p_value: That both are right equally often, two-sided, exact, with the mid-p correction.
        p_exact: The same without it: never too small, and too large for few rows.
    """

    only_first: int
    only_second: int
    p_value: float
    p_exact: float


def mcnemar(first_right: ArrayLike, second_right: ArrayLike) -> McNemar:
    """Test whether two models are right equally often.

    Args:
        first_right: Whether the first model is right about each row, shape (n_rows,).
        second_right: The same of the second, on the same rows in the same order.

    Raises:
        ValueError: There are no rows, or not the same number.

    References:
        Q. McNemar, "Note on the sampling error of the difference between correlated proportions or
        percentages", Psychometrika 12, 1947; M. W. Fagerland, S. Lydersen, P. Laake, "The McNemar
        test for binary matched-pairs data: mid-p and asymptotic are better than exact
        conditional", BMC Medical Research Methodology 13, 2013, section "The McNemar mid-p test".
    """
    first, second = np.asarray(first_right, bool), np.asarray(second_right, bool)
    if first.shape != second.shape or first.ndim != 1 or not first.size:
        raise ValueError(f"shapes {first.shape} and {second.shape} are no pairs of rows")
    only_first, only_second = int((first & ~second).sum()), int((~first & second).sum())
    n, fewer = only_first + only_second, min(only_first, only_second)
    if n == 0:
        return McNemar(only_first=0, only_second=0, p_value=1.0, p_exact=1.0)
    below = 2 * float(binom.cdf(fewer, n, 0.5))
    # With both numbers alike the two tails meet in the middle, which must not count twice.
    mid = (
        1.0 - float(binom.pmf(fewer, n, 0.5))
        if only_first == only_second
        else below - float(binom.pmf(fewer, n, 0.5))
    )
    return McNemar(
        only_first=only_first, only_second=only_second, p_value=mid, p_exact=min(1.0, below)
    )
