"""The exact value of each of 100,000 training rows, by a thousand test rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from measure import CommandError, command
from work import OURS, Entrant, Readings, Row, Tools

VALUES = "KNN-Shapley, 100,000 × 1,000 test rows"
MEMORY = "the same, peak memory of the process"

ROWS = [
    Row(name=VALUES, unit="s", at_most=60),
    Row(name=MEMORY, unit="MB"),
]

DATA = """
import sys
from pathlib import Path
import numpy as np
folder = Path(sys.argv[1])
random = np.random.default_rng(0)
for rows, labels, n in (("rows", "labels", 100_000), ("tests", "wanted", 1_000)):
    truth = random.integers(0, 10, n)
    features = random.normal(size=(n, 32)).astype(np.float32)
    features[np.arange(n), truth] += 2
    np.save(folder / f"{rows}.npy", features)
    np.save(folder / f"{labels}.npy", truth)
"""

TILTH = """
import sys
from pathlib import Path
import numpy as np
from tilth.quality.row_values import row_values
folder = Path(sys.argv[1])
names = ("rows", "labels", "tests", "wanted")
print(row_values(*(np.load(folder / f"{name}.npy") for name in names)).values.sum())
"""

SUM = 0.402
"""What the values sum to: the mean share of right labels among five neighbours."""


def entrants(tools: Tools) -> list[Entrant]:
    """Both value the same rows, each in a process of its own, which is measured as a whole."""
    plain = tools.peer("plain") / "row_values.py"
    return [
        Entrant(who=OURS, round=partial(value, tools, [tools.python, "-c", TILTH])),
        Entrant(who="plain NumPy", round=partial(value, tools, [tools.python, plain]), rounds=1),
    ]


def value(tools: Tools, program: Sequence[str | Path], folder: Path) -> Readings:
    """Make the data, and let a program value it."""
    command([tools.python, "-c", DATA, folder], folder=folder)
    usage = command([*program, folder], folder=folder)
    if abs(float(usage.output) - SUM) > 0.001:
        raise CommandError(f"the values sum to {usage.output.strip()}, not to {SUM}")
    return {VALUES: usage, MEMORY: usage}
