"""Monitoring: seven tests of what happens while a model is in use.

This release serves no models and watches nothing, so that nothing on record can speak for them.
"""

from __future__ import annotations

from tilth.project.scoring.evidence import Evidence, RubricTest, nothing
from tilth.project.scoring.facts import Facts

NOT_COVERED = "this release serves no models and watches nothing"


def unseen(facts: Facts) -> Evidence:
    """Nothing, whatever the project does outside of Tilth."""
    return nothing("nothing is on record of a model in use")


def _test(number: int, title: str, asks: str) -> RubricTest:
    return RubricTest(
        id=f"monitor_{number}",
        title=title,
        asks=asks,
        look=unseen,
        earn=("nothing in this release: write down by hand what you do, see `score.yml`",),
        reachable=0.0,
        not_covered=NOT_COVERED,
    )


TESTS: tuple[RubricTest, ...] = (
    _test(1, "Dependency changes result in notification",
          "A word to people when a source or a library changes."),
    _test(2, "Data invariants hold in training and serving inputs",
          "The same contract, held at both ends."),
    _test(3, "Training and serving features compute the same values",
          "Served features beside what training makes of the same rows."),
    _test(4, "Models are not too stale", "The model's age, and a limit for it."),
    _test(5, "The model is numerically stable",
          "Counts of NaN and infinity in training and in answers."),
    _test(6, "Computing performance has not regressed",
          "Time and memory of training and of answers, and a word where they grow."),
    _test(7, "Prediction quality has not regressed on served data",
          "Answers beside what came of them, by day and by slice."),
)  # fmt: skip
