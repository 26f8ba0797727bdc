"""Suspecting labels: a million rows of ten classes, one in ten with a wrong label."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from measure import command
from work import OURS, Entrant, Readings, Row, Tools

ERRORS = "label errors, 1,000,000 × 10 classes"
SUSPECTED = "the same, rows suspected"

ROWS = [
    Row(name=ERRORS, unit="s CPU", at_most=0.3),
    Row(name=SUSPECTED, unit="rows"),
]

DATA = """
import sys
from pathlib import Path
import numpy as np
folder = Path(sys.argv[1])
random = np.random.default_rng(0)
truth = random.integers(0, 10, 1_000_000)
logits = random.normal(size=(1_000_000, 10))
logits[np.arange(len(truth)), truth] += 3
probabilities = np.exp(logits)
probabilities /= probabilities.sum(axis=1, keepdims=True)
wrong = random.random(len(truth)) < 0.1
truth[wrong] = random.integers(0, 10, wrong.sum())
np.save(folder / "labels.npy", truth)
np.save(folder / "probabilities.npy", probabilities)
"""

TILTH = """
import os, sys
from pathlib import Path
import numpy as np
from tilth.quality.label_errors import find_label_errors
folder = Path(sys.argv[1])
labels, probabilities = np.load(folder / "labels.npy"), np.load(folder / "probabilities.npy")
before = sum(os.times()[:4])
errors = find_label_errors(labels, probabilities)
print(sum(os.times()[:4]) - before, len(errors))
"""


def entrants(tools: Tools) -> list[Entrant]:
    """All get the same arrays in memory; what it takes to load them does not count."""
    plain = tools.peer("plain") / "label_errors.py"
    found = [
        Entrant(who=OURS, round=partial(suspect, tools, [tools.python, "-c", TILTH])),
        Entrant(
            who="plain NumPy, nothing checked", round=partial(suspect, tools, [tools.python, plain])
        ),
    ]
    if tools.quality_peers is not None:
        script = tools.peer("cleanlab") / "label_errors.py"
        run = partial(suspect, tools, [tools.quality_peers / "python", script])
        found.append(Entrant(who="cleanlab", round=run))
    return found


def suspect(tools: Tools, program: Sequence[str | Path], folder: Path) -> Readings:
    """Make the data, and let a program suspect its labels."""
    command([tools.python, "-c", DATA, folder], folder=folder)
    told = command([*program, folder], folder=folder).output.split()
    return {ERRORS: float(told[-2]), SUSPECTED: float(told[-1])}
