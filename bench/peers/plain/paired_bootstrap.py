"""Compare two models by drawing rows anew in a loop, with the measures of scikit-learn.

python paired_bootstrap.py FOLDER [RESAMPLES]; prints the seconds for 2,000 resamples, and the ends
of the 95 % percentile intervals of each measure's gain.
"""

import sys
from pathlib import Path
from time import perf_counter

import numpy as np
from sklearn import metrics

folder = Path(sys.argv[1])
resamples = int(sys.argv[2]) if len(sys.argv) > 2 else 20
truth = np.load(folder / "truth.npy")
chances = [np.load(folder / f"{name}.npy") for name in ("live", "new")]


def measured(so, chance):
    said = (chance > 0.5).astype(int)
    return [
        metrics.accuracy_score(so, said),
        metrics.f1_score(so, said),
        metrics.roc_auc_score(so, chance),
        metrics.average_precision_score(so, chance),
        -metrics.log_loss(so, chance),
    ]


random = np.random.default_rng(0)
start = perf_counter()
gains = []
for _ in range(resamples):
    rows = random.integers(len(truth), size=len(truth))
    live, new = (np.array(measured(truth[rows], each[rows])) for each in chances)
    gains.append(new - live)
low, high = np.percentile(gains, [2.5, 97.5], axis=0)
seconds = perf_counter() - start
print(seconds * 2000 / resamples, *(end for pair in zip(low, high, strict=True) for end in pair))
