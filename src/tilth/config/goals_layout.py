"""What may stand in `goals.yml`: what a version of a model must meet to go live."""

from __future__ import annotations

from tilth.config.grammar import (
    Anything,
    Choice,
    Complaint,
    Either,
    Number,
    Record,
    Sequence,
    Table,
    Text,
    Truth,
    Whole,
)
from tilth.config.layout import DATASET, DURATION, SIZE
from tilth.config.name import judge_label, judge_name, judge_version
from tilth.config.version_range import mistake
from tilth.quality.measures.measure import MEASURES, measure_hint

FILE = "goals.yml"


def _judge_measure(text: str) -> Complaint | None:
    return None if text in MEASURES else Complaint("is no measure", measure_hint(text))


def _judge_rows(text: str) -> Complaint | None:
    return judge_version(text) if "@" in text else judge_name(text)


def _judge_range(text: str) -> Complaint | None:
    wrong = mistake(text)
    return Complaint(wrong, "as pip writes them, parted by commas") if wrong else None


def _judge_why(text: str) -> Complaint | None:
    return None if len(text.split()) > 1 else Complaint("gives no reason", "say it in a few words")


_COLUMN = Text(expected="the name of a column", judge=judge_label)
_SHARE = Number(expected="a share, from 0 to 1", least=0, most=1)
_AT_LEAST_ZERO = Number(expected="a number, from 0 on", least=0)
_ALPHA = Number(expected="a share above 0, up to 0.5", least=1e-9, most=0.5)
_CONDITION = Text(expected="a slice, such as `carrier = EV and hour >= 17`", judge=judge_label)

GOAL = Record(
    what="a goal",
    keys={
        "measure": Text(expected="one of " + ", ".join(MEASURES), judge=_judge_measure),
        "at_least": Number(expected="a number"),
        "at_most": Number(expected="a number"),
        "against": Choice(options=("live", "baseline")),
        "allowed": _AT_LEAST_ZERO,
        "better_by": _AT_LEAST_ZERO,
        "slice": _CONDITION,
        "slices": Sequence(expected="a list of slices", of=_CONDITION),
        "by": Either(
            expected="a column, or a list of them",
            kinds=(_COLUMN, Sequence(expected="a list of columns", of=_COLUMN)),
        ),
        "group": _COLUMN,
        "max_gap": _AT_LEAST_ZERO,
        "calibration": _SHARE,
        "latency_ms": _AT_LEAST_ZERO,
        "size_mb": _AT_LEAST_ZERO,
        "invariance": _COLUMN,
        "direction": _COLUMN,
        "effect": Choice(options=("raises", "lowers")),
        "change": _AT_LEAST_ZERO,
        "share": _SHARE,
        "minimum": DATASET,
        "least_rows": Whole(expected="a number of rows, from 2 on", least=2),
        "alpha": _ALPHA,
        "unproven_passes": Truth(),
        "why": Text(expected="the reason, in a few words", judge=_judge_why),
    },
    required=("why",),
    one_of=(
        "measure", "calibration", "latency_ms", "size_mb", "invariance", "direction", "minimum",
    ),
    only_with={
        "at_least": "measure", "at_most": "measure", "against": "measure", "allowed": "against",
        "better_by": "against", "group": "max_gap", "max_gap": "group", "effect": "direction",
    },
    synonyms={
        "metric": "measure", "min": "at_least", "max": "at_most", "floor": "at_least",
        "reason": "why", "latency": "latency_ms", "size": "size_mb", "where": "slice",
        "margin": "allowed", "compare": "against", "significance": "alpha",
    },
)  # fmt: skip

_ALIAS = Text(expected="an alias, such as `staging`", judge=judge_label)

PROMOTION = Record(
    what="a rule of promotion",
    keys={
        "approvals": Whole(expected="a number of people, from 0 on", least=0),
        "after": _ALIAS,
        "passes": Whole(expected="a number of versions of the rows, from 1 on", least=1),
    },
    only_with={"passes": "after"},
    synonyms={"approvers": "approvals", "before": "after", "runs": "passes"},
)

_RANGE = Text(expected="a range of versions: `>=1.5, <2`, `3.11`, or `any`", judge=_judge_range)

HOST = Record(
    what="a host",
    keys={
        "memory": SIZE,
        "accelerator": Choice(options=("none", "cuda", "mps", "xpu")),
        "latency": DURATION,
        "start": DURATION,
        "python": _RANGE,
        "packages": Table(
            expected="a mapping from a package to a range of versions",
            keys=Text(expected="the name of a package", judge=judge_label),
            of=_RANGE,
        ),
    },
    synonyms={
        "ram": "memory", "gpu": "accelerator", "device": "accelerator", "latency_ms": "latency",
        "libraries": "packages", "requirements": "packages", "startup": "start",
    },
)  # fmt: skip

MODEL = Record(
    what="model",
    keys={
        "rows": Text(expected="a dataset, or a version of one: `test@3`", judge=_judge_rows),
        "target": _COLUMN,
        "features": Sequence(expected="a list of columns", of=_COLUMN),
        "positive": Anything(expected="a class"),
        "together": _COLUMN,
        "baseline": Text(
            expected="a dataset with a model, or a version of a model: `late@1`",
            judge=_judge_rows,
        ),
        "alpha": _ALPHA,
        "draws": Whole(expected="a number of resamples, from 200 on", least=200),
        "seed": Whole(expected="a whole number"),
        "promotion": Table(
            expected="a mapping from an alias to what it asks for", keys=_ALIAS, of=PROMOTION
        ),
        "runs_on": Table(
            expected="a mapping from an alias to what is there for it", keys=_ALIAS, of=HOST
        ),
        "goals": Sequence(expected="a list of goals", of=GOAL),
    },
    required=("rows", "target", "goals"),
    synonyms={
        "dataset": "rows", "test": "rows", "label": "target", "groups": "together",
        "host": "runs_on", "environment": "runs_on", "machine": "runs_on",
    },
)  # fmt: skip

GOALS = Table(
    expected="a mapping from the name of a model to what it must meet",
    keys=Text(expected="the name of a model", judge=judge_label),
    of=MODEL,
    homes=True,
)
