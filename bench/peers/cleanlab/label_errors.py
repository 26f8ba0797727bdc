"""Label errors by cleanlab; argument: the folder of the data. Prints CPU seconds and how many."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
from cleanlab.filter import find_label_issues

folder = Path(sys.argv[1])
labels, probabilities = np.load(folder / "labels.npy"), np.load(folder / "probabilities.npy")

before = sum(os.times()[:4])
rows = find_label_issues(labels, probabilities, return_indices_ranked_by="self_confidence")
print(sum(os.times()[:4]) - before, len(rows))
