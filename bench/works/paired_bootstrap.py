"""Comparing two models on 100,000 rows: five measures, each with an interval of its gain."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from measure import CommandError, command
from work import OURS, Entrant, Readings, Row, Tools

PAIRED = "paired bootstrap, 100,000 rows, 2,000 resamples, 5 measures"
PEAK = "paired bootstrap, peak memory"

ROWS = [
    Row(name=PAIRED, unit="s", at_most=5),
    Row(name=PEAK, unit="MB", at_most=400),
]

DATA = """
import sys
from pathlib import Path
import numpy as np
folder = Path(sys.argv[1])
random = np.random.default_rng(0)
truth = (random.random(100_000) < 0.3).astype(int)
for name, noise in (("live", 1.0), ("new", 1.05)):
    score = truth * 2 - 1.2 + noise * random.normal(size=len(truth))
    np.save(folder / f"{name}.npy", 1 / (1 + np.exp(-score)))
np.save(folder / "truth.npy", truth)
"""

TILTH = """
import sys
from pathlib import Path
from time import perf_counter
import numpy as np
from tilth.quality.measures.measure import MEASURES
from tilth.quality.measures.outcome import Outcome, Said
from tilth.quality.measures.resampled import resampled
folder = Path(sys.argv[1])
truth = np.load(folder / "truth.npy")
said = {}
for name in ("live", "new"):
    chance = np.load(folder / f"{name}.npy")
    both = np.stack([1 - chance, chance], axis=1)
    said[name] = Said(predicted=(chance > 0.5).astype(int), probabilities=both)
names = ("accuracy", "f1", "roc_auc", "average_precision", "log_loss")
start = perf_counter()
outcome = Outcome(truth=truth, said=said, classes=(0, 1), positive=1)
found = resampled(outcome, [MEASURES[each] for each in names], n_draws=2000)
gains = [found.gain(MEASURES[each], "live", "new").resamples.estimate() for each in names]
seconds = perf_counter() - start
print(seconds, *(end for each in gains for end in (each.interval.low, each.interval.high)))
"""


def entrants(tools: Tools) -> list[Entrant]:
    """Both get the same arrays in memory; what it takes to load them does not count."""
    loop = tools.peer("plain") / "paired_bootstrap.py"
    return [
        Entrant(who=OURS, round=partial(compare, tools, [tools.python, "-c", TILTH])),
        # 20 resamples of the 2,000, and their time times 100: all of them take minutes.
        Entrant(
            who="plain NumPy loop, measures of scikit-learn",
            round=partial(loop_through, tools, [tools.python, loop]),
            rounds=1,
        ),
    ]


def compare(tools: Tools, program: Sequence[str | Path], folder: Path) -> Readings:
    """Make the data, and let a program compare the models."""
    command([tools.python, "-c", DATA, folder], folder=folder)
    usage = command([*program, folder], folder=folder)
    seconds, *ends = (float(each) for each in usage.output.split())
    if not all(low < high for low, high in zip(ends[::2], ends[1::2], strict=True)):
        raise CommandError(f"intervals of {ends} cannot be")
    return {PAIRED: seconds, PEAK: usage}


def loop_through(tools: Tools, program: Sequence[str | Path], folder: Path) -> Readings:
    """The same; its memory is that of one resample."""
    return {PAIRED: compare(tools, program, folder)[PAIRED]}
