"""By how much a predicted quantity is off: to which side, how far, and for which predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tilth.quality.intervals import mean_interval

_SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
Floats = NDArray[np.float64]


def residuals(truth: ArrayLike, predicted: ArrayLike, *, n_bins: int = 10) -> dict[str, Any]:
    """What is so less what was predicted, as a whole and by the prediction.

    Args:
        truth: Shape (n_rows,), finite.
        predicted: Likewise.
        n_bins: Parts with equally many rows, by the prediction.

    Returns:
        `bias` (the mean, with `low` and `high`), `quantiles` (share -> residual), `bins`: `rows`,
        `predicted` (mean), `bias`, `low`, `high`, `spread` (half of what the middle 68 % span);
        and `growing`: Spearman's correlation of the size of residuals with predictions, which is
        far from 0 where large predictions are less sure.

    Raises:
        ValueError: There are no rows, or the shapes differ.
    """
    so, said = np.asarray(truth, float), np.asarray(predicted, float)
    if so.shape != said.shape or so.ndim != 1 or not len(so):
        raise ValueError(f"{so.shape} true and {said.shape} predicted values are not rows")
    from scipy.stats import rankdata  # 0.1 s, and only who looks at residuals needs it

    off = so - said
    ranks = rankdata(said), rankdata(np.abs(off))
    varies = all(np.ptp(each) > 0 for each in ranks)
    order = np.argsort(said, kind="stable")
    parts = np.array_split(order, min(n_bins, len(order)))
    return {
        "bias": _mean(off),
        "quantiles": dict(zip(map(str, _SHARES), np.quantile(off, _SHARES).tolist(), strict=True)),
        "bins": [_bin(said[rows], off[rows]) for rows in parts],
        "growing": float(np.corrcoef(*ranks)[0, 1]) if varies else 0.0,
    }


def _bin(said: Floats, off: Floats) -> dict[str, float]:
    low, high = np.quantile(off, (0.16, 0.84))
    bias = _mean(off)
    return {
        "rows": len(off),
        "predicted": float(said.mean()),
        "bias": bias["value"],
        "low": bias["low"],
        "high": bias["high"],
        "spread": float(high - low) / 2,
    }


def _mean(values: Floats) -> dict[str, float]:
    ends = mean_interval(values)
    return {"value": float(values.mean()), "low": ends.low, "high": ends.high}
