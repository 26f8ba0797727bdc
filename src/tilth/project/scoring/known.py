"""What of a project's record speaks for which test: names of stages' functions, and of events.

All names that evidence is found by stand here, so that there is one place to add to.
"""

from __future__ import annotations

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

AGES = "tilth.stages.evaluate.ageing:measure_ageing"
"""What it makes is `retrain_after_words` and `ages`, or why it was `left_out`."""

MEASURES = "tilth.stages.evaluate.measuring:measure"
"""What it makes last has `groups`: of each `column` the `gaps` between its levels."""

# Decisions about registered models, see `tilth.history.record.ModelEvent`

VALIDATED = "validated"
"""A gate's verdict; `details` has `outcome`, and `goals` with `goal`, `outcome` and `parts`."""

PASSED, FAILED = "passed", "failed"
TO_BASELINE = "the baseline"
"""In the words of a goal: it is about what a simple model can do."""

BETWEEN_GROUPS = " between `"
"""In the words of a goal: it is about the gap between groups."""

# Notes in the catalog's `metadata`, by which people put a decision on record

FORBIDDEN, PERSONAL, GROUP_COLUMNS = "forbidden", "personal", "groups"

TEST_COMMANDS = r"\b(pytest|make\s+(test|check)|tox|nox)\b"
"""What a workflow says that runs the project's own tests."""

PIPELINE_TEST = r"\btilth\s+test\b"
"""What a workflow says that tests the whole pipeline on a small data set."""

TEST_TRIGGERS = frozenset({"test", "ci"})
"""What starts a run that is a test of the whole pipeline."""
