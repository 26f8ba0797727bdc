"""Explaining a forest of scikit-learn: one row, and a thousand, beside `shap` alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from measure import CommandError, command
from work import OURS, Entrant, Readings, Row, Tools

ONE = "explain one row of a forest, 100 trees × 20 columns"
MANY = "explain 1,000 rows of it"
RATIO = "the same, to `shap` alone"
MISSED = "the same, by how much base and parts miss an answer"
SHAP = "shap, interventional"

ROWS = [
    Row(name=ONE, unit="s", at_most=2),
    Row(name=MANY, unit="s"),
    Row(name=RATIO, unit="×", at_most=1.2, of=MANY, by=SHAP),
    Row(name=MISSED, unit="of a chance", at_most=1e-6),
]

DATA = """
import sys
from pathlib import Path
import joblib
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
folder = Path(sys.argv[1])
rows, classes = make_classification(6000, 20, n_informative=8, flip_y=0.1, random_state=0)
forest = RandomForestClassifier(100, random_state=0).fit(rows[:5000], classes[:5000])
joblib.dump((forest, rows[:100], rows[5000:]), folder / "forest.joblib")
"""

TILTH = """
import sys
from pathlib import Path
from time import perf_counter
import joblib
forest, background, rows = joblib.load(Path(sys.argv[1]) / "forest.joblib")
start = perf_counter()
from tilth.quality.explanation import explain
explain(forest, rows[:1], background)
one = perf_counter()
found = explain(forest, rows, background)
print(one - start, perf_counter() - one, found.gap)
"""


def entrants(tools: Tools) -> list[Entrant]:
    """Both share the same chances among the same columns; what it takes to load does not count.

    The first explanation takes the import with it, as it does for whoever asks for one.
    """
    theirs = tools.peer("shap") / "explain.py"
    return [
        Entrant(who=OURS, round=partial(explain, tools, [tools.python, "-c", TILTH])),
        # In the environment of Tilth's tests, whose group `dev` brings it.
        Entrant(who=SHAP, round=partial(explain, tools, [tools.python, theirs]), rounds=1),
    ]


def explain(tools: Tools, program: Sequence[str | Path], folder: Path) -> Readings:
    """Make the forest, and let a program explain it."""
    command([tools.python, "-c", DATA, folder], folder=folder)
    told = command([*program, folder], folder=folder).output.split()
    one, many, missed = (float(each) for each in told[-3:])
    if missed > 1e-3:
        raise CommandError(f"base and parts miss an answer by {missed}")
    return {ONE: one, MANY: many, MISSED: missed}
