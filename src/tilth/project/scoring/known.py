"""What of a project's record speaks for which test: names of stages' functions, and of events.

All names that evidence is found by stand here. A stage or a decision that this release lacks has
its name here as well, and counts from the release on that has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

TRAIN = "tilth.stages.train.nodes"
CHOOSES = f"{TRAIN}:choose"
FITS = f"{TRAIN}:fit_chosen"
TUNES = f"{TRAIN}:tune_candidate"
MAKES_ESTIMATOR = f"{TRAIN}:make_estimator"

EXPLAINS = "tilth.stages.explain.rows:explain_rows"
PROFILES = "tilth.stages.analyse:profile"
FINDS_SLICES = "tilth.stages.evaluate.slices:find_slices"
DIAGNOSES = "tilth.stages.evaluate.slices:diagnose_slices"

VALIDATES = "tilth.stages.validate.nodes:validate_model"
"""What it makes last is a table with a row for each goal: `goal`, `outcome`, `evidence`."""

PREPARES = "tilth.stages.prepare.nodes:prepare_columns"
"""What it makes is a transformer that is not fitted: no model."""

DECAY = ("tilth.stages.evaluate.staleness:", "tilth.stages.staleness", "tilth.stages.decay")
"""Beginnings of functions that score a model on rows that came later and later."""

GROUPS = ("tilth.stages.evaluate.groups:", "tilth.stages.groups")
"""Beginnings of functions that measure a model on groups of people."""

# Decisions about registered models, see `tilth.history.record.ModelEvent`

VALIDATED = "validated"
"""A gate's verdict; `details` has `outcome`, and `goals` with `goal`, `outcome` and `parts`."""

GATE = ("tilth.cli.commands.models.validate",)
"""The command by which a gate judges a version."""

MINI = ("tilth.cli.commands.test",)
"""The command that runs everything on a small data set."""

PASSED = "passed"
TO_BASELINE = "the baseline"
"""In the words of a goal: it is about what a simple model can do."""

BETWEEN_GROUPS = " between `"
"""In the words of a goal: it is about the gap between groups."""

# Notes in the catalog's `metadata`, by which people put a decision on record

FORBIDDEN, PERSONAL, GROUP_COLUMNS = "forbidden", "personal", "groups"

TEST_COMMANDS = r"\b(pytest|tilth\s+test|make\s+(test|check)|tox|nox)\b"
"""What a workflow that tests says."""

PIPELINE_TEST = r"\btilth\s+test\b"
"""What a workflow says that tests the whole pipeline on a small data set."""

TEST_TRIGGERS = frozenset({"test", "ci"})
"""What starts a run that is a test of the whole pipeline."""

_PACKAGE = Path(__file__).parents[2]


def is_here(beginnings: Iterable[str]) -> bool:
    """Whether this release has one of the modules in which functions begin so."""
    paths = (_PACKAGE.parent.joinpath(*each.partition(":")[0].split(".")) for each in beginnings)
    return any(each.is_dir() or each.with_suffix(".py").exists() for each in paths)
