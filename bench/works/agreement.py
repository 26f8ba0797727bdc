"""Agreement of three labelers on 50,000 items of ten classes, and what their votes add up to."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from measure import command
from work import OURS, Entrant, Readings, Row, Tools

COEFFICIENTS = "agreement of 3 labelers on 50,000 items, all coefficients, Cohen's of every two too"
ALPHA = "the same, alpha of one metric alone"
INTERVALS = "the same, intervals from 2,000 resamples"
MODEL = "Dawid-Skene on 50,000 items × 3 labelers × 10 classes"
CHOSEN = "the same, strength chosen among 7 by held-out likelihood"

ROWS = [
    Row(name=COEFFICIENTS, unit="s", at_most=0.05),
    Row(name=ALPHA, unit="s"),
    Row(name=INTERVALS, unit="s"),
    Row(name=MODEL, unit="s", at_most=1),
    Row(name=CHOSEN, unit="s"),
]

VOTES = """
import json, time
import numpy as np

rng = np.random.default_rng(0)
truth = rng.integers(10, size=(50_000, 1))
matrix = np.where(rng.random((50_000, 3)) < 0.8, truth, rng.integers(10, size=(50_000, 3)))


def seconds(function):
    function(matrix[:100])  # what is imported late is imported
    start = time.perf_counter()
    function(matrix)
    return time.perf_counter() - start
"""

OUR_BODY = f"""
from tilth.quality.agreement import agreement, coefficients, krippendorff_alpha
from tilth.quality.aggregation import dawid_skene
from tilth.quality.labelers import pairwise
from tilth.quality.votes import Votes

METRICS = "nominal", "ordinal", "interval", "ratio"


def all_of_them(matrix):
    votes = Votes.from_matrix(matrix)
    coefficients(votes, metrics=METRICS)
    pairwise(votes, n_draws=0)


print(json.dumps({{
    {COEFFICIENTS!r}: seconds(all_of_them),
    {ALPHA!r}: seconds(lambda matrix: krippendorff_alpha(Votes.from_matrix(matrix))),
    {INTERVALS!r}: seconds(lambda matrix: agreement(Votes.from_matrix(matrix))),
    {MODEL!r}: seconds(lambda matrix: dawid_skene(Votes.from_matrix(matrix), strength=20)),
    {CHOSEN!r}: seconds(lambda matrix: dawid_skene(Votes.from_matrix(matrix))),
}}))
"""

THEIR_BODY = f"""
import krippendorff


def alpha(matrix):
    krippendorff.alpha(matrix.T, level_of_measurement="nominal")


print(json.dumps({{{ALPHA!r}: seconds(alpha)}}))
"""


def entrants(tools: Tools) -> list[Entrant]:
    """All get the same matrix in memory; its making does not count, nor do imports."""
    found = [Entrant(who=OURS, round=partial(measure, tools.ours, OUR_BODY))]
    if tools.quality_peers is not None:
        found.append(
            Entrant(who="krippendorff", round=partial(measure, tools.quality_peers, THEIR_BODY))
        )
    return found


def measure(programs: Path, body: str, folder: Path) -> Readings:
    """Seconds of the calls, within one process."""
    usage = command([programs / "python", "-c", VOTES + body], folder=folder)
    return {name: float(seconds) for name, seconds in json.loads(usage.output).items()}
