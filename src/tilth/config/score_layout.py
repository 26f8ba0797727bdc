"""What may stand in `score.yml`: tests of the ML Test Score that people did by hand."""

from __future__ import annotations

import re

from tilth.config.grammar import Complaint, Record, Table, Text

FILE = "score.yml"

TEST_IDS = tuple(
    f"{section}_{number}" for section in ("data", "model", "infra", "monitor")
    for number in range(1, 8)
)  # fmt: skip
"""The 28 tests, as the paper numbers them."""


def _judge_test(text: str) -> Complaint | None:
    known = "`data_1` to `data_7`, and so on with `model`, `infra` and `monitor`"
    return None if text in TEST_IDS else Complaint("is no test", f"there are {known}")


def _judge_date(text: str) -> Complaint | None:
    return None if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else Complaint("is no date")


def _judge_path(text: str) -> Complaint | None:
    outside = text.startswith(("/", "~")) or ".." in text.split("/")
    return Complaint("is outside of the project", "write it down there") if outside else None


SCORE = Table(
    expected="a mapping from test to what was done by hand",
    keys=Text(expected="a test, such as `monitor_4`", judge=_judge_test),
    of=Record(
        what="a test that was done by hand",
        keys={
            "what": Text(expected="what was done and found, in a sentence"),
            "see": Text(expected="a file of the project", judge=_judge_path),
            "by": Text(expected="who did it"),
            "at": Text(expected="a date, such as `2026-11-02`", judge=_judge_date),
        },
        required=("what", "see", "by", "at"),
    ),
)
