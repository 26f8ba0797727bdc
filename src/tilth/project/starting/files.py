"""The files of the project that a start makes: what a person would have written."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tilth.config.goals_layout import FILE as GOALS
from tilth.config.scope import PARTS
from tilth.project.starting.asked import Asked

_PLAIN = re.compile(r"[A-Za-z_][\w.]*(?: [\w.]+)*")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n", "none", "nan"})


_SETTINGS: Mapping[str, Any] = {
    "forest": {"forest": {"max_features": 0.33, "min_samples_leaf": 3}},
}
"""A forest that is as good on most tables, in a quarter of the time and space: a third of the
columns at each question, as L. Breiman, "Random forests", Machine Learning 45, 2001, section 11,
has it for quantities."""

_PRUNED_ON = {"most_rows": 5000, "folds": 3}
"""How many rows smaller models are judged on, in how many parts: dozens of them are fitted on all
but one of these, each time on about as many rows as with 5 parts of 4,000."""


def files_of(
    asked: Asked, folder: Path, reading: Mapping[str, Any], *, is_quantity: bool
) -> dict[str, str]:
    """Name -> text of each file.

    Args:
        asked: What is to be learned.
        folder: Where the project lies, for the way from there to the table.
        reading: What the table's format has to be told.
        is_quantity: Whether a number is predicted rather than a class.
    """
    location = Path(os.path.relpath(asked.file.resolve(), folder.resolve())).as_posix()
    return {
        "tilth.yml": _pipelines(asked, is_quantity),
        "catalog.yml": _catalog(asked, location, reading),
        GOALS: _goals(asked, is_quantity),
        ".gitignore": "__pycache__/\n.venv/\n.tilth/\n/reports/\n",
    }


def _goal(is_quantity: bool) -> dict[str, Any]:
    return {
        "measure": "mae" if is_quantity else "balanced_accuracy",
        "against": "baseline",
        "better_by": 0,
        "why": "a model has to be better than the same answer each time",
    }


def _goals(asked: Asked, is_quantity: bool) -> str:
    goal = _flow(_goal(is_quantity))
    return f"""\
# What a version of the model must meet before it may go live, for people to review.
# `tilth models validate {_line(asked.model)}@1` judges it; `tilth models promote` asks for that.
{_scalar(asked.model)}:
  rows: {asked.table}_test
  target: {_scalar(asked.target)}
  goals:
    - {goal}
"""


def _pipelines(asked: Asked, is_quantity: bool) -> str:
    table, model = asked.table, asked.model
    train, test = f"{table}_train", f"{table}_test"
    split: dict[str, Any] = {"by": "random", "test": asked.test}
    if asked.group:
        split = {"by": "group", "column": asked.group, "test": asked.test}
    if asked.time:
        split = {"by": "time", "column": asked.time, "test": asked.test}
    prepare: dict[str, Any] = {"table": table, "target": asked.target, "split": split}
    learn: dict[str, Any] = {
        "train": train,
        "test": test,
        "target": asked.target,
        "preparation": f"{table}_preparation",
        "prefix": model,
        "estimators": [_SETTINGS.get(name, name) for name in asked.models],
    }
    if asked.task != "auto":
        prepare["task"] = learn["task"] = asked.task
    if asked.drop:
        prepare["drop"] = list(asked.drop)
    learn |= {name: value for name, value in _more(asked).items() if value}
    smaller = {
        "model": f"{model}_model", "train": train, "target": asked.target, "test": test,
        **_PRUNED_ON,
    }  # fmt: skip
    explain = {
        "model": f"{model}_model", "rows": test, "background": train, "target": asked.target,
    }  # fmt: skip
    stages = (
        ("look", "what the table is like", "analyse", {"table": table, "target": asked.target}),
        ("prepare", "two sides that do not leak, and each column made fit", "prepare", prepare),
        ("model", "several models beside the simplest, and where the best errs", "train", learn),
        ("explain", "why it says what it says", "explain", explain),
        ("smaller", "the smallest model that is nearly as good", "prune", smaller),
        (
            "validate",
            "what a model must be shown to do, for people to review",
            "validate",
            {
                "model": f"{model}_model",
                "rows": test,
                "target": asked.target,
                "prefix": model,
                "goals": [_goal(is_quantity)],
            },
        ),
    )
    parts = [
        f"# Made by `tilth start {_line(asked.file.name)} --target {_line(asked.target)}`. Every",
        "# stage can be replaced by a function of your own: see `tilth list stages`.",
        f"name: {_scalar(table)}",
        "",
        *_scope(asked, is_quantity),
        "",
        "pipelines:",
    ]
    for name, comment, stage, settings in stages:
        parts += [f"  # {comment}", f"  {name}:", f"    stage: {stage}", "    with:"]
        parts += [f"      {key}: {_flow(value)}" for key, value in settings.items()]
    return "\n".join(parts) + "\n"


def _scope(asked: Asked, is_quantity: bool) -> list[str]:
    """What a start knows of what the model is for; the rest is left for people to say."""
    target = _line(asked.target)
    goal = (
        f"The mean absolute error: how far off `{target}` is on average, in its own unit"
        if is_quantity
        else "The balanced accuracy: the share that is right, as a mean over the classes"
    )
    told = {
        "problem": f"To predict `{target}` from the other columns of {_line(asked.file.name)}.",
        "metric": f"{goal}."
        + (f" Models are chosen by `{_line(asked.metric)}`." if asked.metric else ""),
        "baseline": "The same answer each time: the best one that knows nothing of the case.",
    }
    return [
        "# What it is for, as far as it is known: what it costs and what may go wrong, you know.",
        "scope:",
        *(f"  {part}: {_flow(told[part])}" if part in told else f"  {part}:" for part in PARTS),
    ]


def _more(asked: Asked) -> dict[str, Any]:
    tune = {"trials": asked.trials} if asked.trials else None
    return {
        "metric": asked.metric,
        "group": "" if asked.time else asked.group,
        "time": asked.time,
        "tune": tune,
        "seed": asked.seed,
    }


def _catalog(asked: Asked, location: str, reading: Mapping[str, Any]) -> str:
    table, model = asked.table, asked.model
    kind = "parquet" if asked.file.suffix in (".parquet", ".pq") else "csv"
    source: dict[str, Any] = {"format": kind, "location": location}
    if reading:
        source["read"] = dict(reading)
    pages = {
        f"{table}_profile_page": "data",
        f"{model}_errors_page": "errors",
        f"{model}_model_explanation_page": "explanation",
    }
    lines = [f"{table}: {_flow(source)}", "", "# What is made; all else is kept in .tilth/ too."]
    lines.append(f"{model}_predictions: {{format: csv, location: reports/predictions.csv}}")
    lines += [
        f"{name}: {{format: html, location: reports/{page}.html}}" for name, page in pages.items()
    ]
    return "\n".join(lines) + "\n"


# YAML, as one would type it


def _line(text: str) -> str:
    """A text for a comment, which a line break in a name must not end."""
    return " ".join(text.split())


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(_flow, value))}]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    """A value as YAML reads it back; a text in quotes only where it needs them."""
    if not isinstance(value, str):
        return json.dumps(value)
    plain = _PLAIN.fullmatch(value) is not None and value.lower() not in _WORDS
    is_path = re.fullmatch(r"[\w.][\w./-]*[A-Za-z]", value) is not None and "/" in value
    # `${` would be a reference: a name that holds it means no variable.
    return value if plain or is_path else json.dumps(value.replace("${", "$${"), ensure_ascii=False)
