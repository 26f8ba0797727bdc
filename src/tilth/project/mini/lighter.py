"""Settings of stages that cost nothing but time, made small for a run on a mini data set."""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType
from typing import Any, cast

from tilth import plugins
from tilth.config.settings import PipelineSettings
from tilth.errors import TilthError
from tilth.project.build import STAGES
from tilth.record import changed, record

_CURVES = {"most_rows": 300}
"""A learning curve takes 30 trainings on up to so many rows."""

MOST: Mapping[str, Mapping[str, Any]] = {
    "train": {"folds": 3, "tune": {"trials": 2}, "evaluate": _CURVES},
    "evaluate": _CURVES,
    "explain": {"most_rows": 100, "background_rows": 50},
    "prune": {"folds": 2, "most_rows": 600},
}
"""Stage -> setting -> the most that a test needs of it: every line of the stage runs all the same.

What says how good a model is (more folds, more rows, more trials) says little on few rows anyway;
what says what is made (estimators, means, goals) is left alone.
"""


_USUAL: Mapping[str, Mapping[str, int]] = {
    "tune": {"trials": 30},
    "evaluate": {"most_rows": 10_000},
}
"""What is taken of settings within a setting where they are not told."""


@record
class Lighter:
    """A setting that is smaller in the test than in the project.

    Attributes:
        pipeline: In which it is.
        stage: Of which it is a setting.
        setting: Its name; of one within another, such as `tune.trials`.
        was: What it is in the project.
        now: What it is in the test.
    """

    pipeline: str
    stage: str
    setting: str
    was: int
    now: int

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "pipeline": self.pipeline,
            "stage": self.stage,
            "setting": self.setting,
            "was": self.was,
            "now": self.now,
        }


def lighter(settings: PipelineSettings) -> tuple[PipelineSettings, list[Lighter]]:
    """A pipeline with less to do, and what was changed; as it is where it is no stage of Tilth's.

    Args:
        settings: As the project has them.
    """
    stage = settings.stage or ""
    most = MOST.get(stage)
    factory = _of_tilth(stage) if most else None
    if factory is None or most is None:
        return settings, []
    given = settings.settings
    if given.get("test") is None:  # without which `stage: train` evaluates nothing
        most = {name: each for name, each in most.items() if name != "evaluate"}
    made, told = _lighter(given, factory.__kwdefaults__ or {}, most)
    found = [
        Lighter(pipeline=settings.name, stage=stage, setting=name, was=was, now=now)
        for name, was, now in told
    ]
    return (changed(settings, settings=made) if found else settings), found


def _of_tilth(stage: str) -> Any:
    """The function of a stage that comes with Tilth; None of one of another's."""
    try:
        factory = cast(Any, plugins.find(STAGES, stage, of=FunctionType))
    except TilthError:  # who opens the project says so
        return None
    return factory if factory.__module__.startswith("tilth.") else None


def _lighter(
    given: Mapping[str, Any], usual: Mapping[str, Any], most: Mapping[str, Any]
) -> tuple[dict[str, Any], list[tuple[str, int, int]]]:
    """Settings with no more than is needed of each, and setting, was and now of those changed."""
    made, told = dict(given), []
    for name, limit in most.items():
        was = given.get(name, usual.get(name))
        if isinstance(limit, Mapping):
            inner = _within(name, was)
            if inner is not None:
                made[name], more = _lighter(inner, _USUAL.get(name, {}), limit)
                told += [(f"{name}.{each}", was, now) for each, was, now in more]
        elif isinstance(was, int) and not isinstance(was, bool) and was > limit:
            made[name] = limit
            told.append((name, was, limit))
    return made, told


def _within(name: str, given: Any) -> Mapping[str, Any] | None:
    """The settings within a setting that may be told in short; None where there are none."""
    if isinstance(given, Mapping):
        return given
    if given is True:
        return {}
    is_number = name == "tune" and isinstance(given, int) and given is not False
    return {"trials": given} if is_number else None
