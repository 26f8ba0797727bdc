"""Holding a version of a model against its goals, beside what is live, and keeping the verdict."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from tilth.config.goals_layout import FILE
from tilth.data.library import need
from tilth.data.shape import POLARS
from tilth.errors import MissingDataError, UnknownNameError
from tilth.history.record import Made, ModelEvent
from tilth.models import decision
from tilth.models.goals import ModelGoals, read_goals
from tilth.models.registry import PRODUCTION, ModelVersion, Registry
from tilth.project.contents import value_of
from tilth.project.models import event_of, made_of, newest_of, registry
from tilth.record import changed

if TYPE_CHECKING:
    from tilth.models.verdict import Verdict
    from tilth.project.project import Project

_MOST_PARTS = 10
"""Slices of each goal that stay on record: whoever lists models reads all decisions."""


def validate(
    project: Project,
    reference: str,
    *,
    against: str = PRODUCTION,
    rows: str = "",
    why: str = "",
) -> Verdict:
    """Hold a version of a model against its goals.

    Args:
        project: Whose.
        reference: The version: `late@2`, or an alias; a name alone where it has one version.
        against: The alias, or the number of a version, that stands for what is live.
        rows: A dataset to judge on, or a version of it, instead of the one in the goals.
        why: In a person's words; may be empty.

    Raises:
        ConfigError: The goals hold mistakes.
        MissingDataError: There are no goals for the model, or the bytes of a version are gone.
        UnknownNameError: There is no such model, version, alias, dataset or column.
        DataError: A model cannot answer the rows.
        DefinitionError: The version was refused, or is retired.
    """
    for library in ("polars", "numpy", "scipy"):
        need(library, "validating a model", extra="quality")
    known = registry(project)
    found = known.find(newest_of(project, reference))
    goals = _goals(project, found.model)
    event = ModelEvent(**event_of(project, found.model, found.version, why=why))
    decision.validate(event)(project.history.model_events())  # before the work, not after it
    live = _live(known, found, against)
    # On other rows these are other goals, whose verdict opens no door.
    verdict = _verdict(project, found, live, changed(goals, rows=rows or goals.rows))
    told = verdict.as_dict(most_parts=_MOST_PARTS)
    details = json.dumps({**told, "against": against}, ensure_ascii=False)
    event = changed(event, details=details, happened_at=time.time())
    project.history.add_model_events(found.model, decision.validate(event))
    return verdict


def _goals(project: Project, model: str) -> ModelGoals:
    found = read_goals(project.folder)
    if model in found:
        return found[model]
    if not found:
        raise MissingDataError(
            f"there are no goals for model `{model}`: the project has no `{FILE}`",
            hint=f"write what it must meet into `{FILE}`; see `tilth schema goals`, and the guide",
        )
    raise UnknownNameError("set of goals for model", model, found, where=FILE)


def _live(known: Registry, found: ModelVersion, against: str) -> ModelVersion | None:
    """What is live; None where nothing is."""
    if against.isdecimal():
        return known.find(f"{found.model}@{against}")
    stood = known.alias(found.model, against)
    if stood is None and against != PRODUCTION:
        known.find(f"{found.model}@{against}")  # which says what there is
    return stood


def _verdict(
    project: Project, found: ModelVersion, live: ModelVersion | None, goals: ModelGoals
) -> Verdict:
    from tilth.models.examine import Named, examine  # it imports Polars and SciPy

    def loaded(name: str, made: Made) -> Named:
        return Named(name, value_of(project, made))

    rows = project.version(goals.rows)
    own = made_of(project, found)
    return examine(
        goals,
        value_of(project, rows, POLARS),
        loaded(found.name, own),
        live=loaded(live.name, made_of(project, live)) if live is not None else None,
        baseline=loaded(goals.baseline, _simple(project, goals)) if goals.baseline else None,
        cases=lambda name: value_of(project, project.version(name), POLARS),
        megabytes=None if own.n_bytes is None else own.n_bytes / 1e6,
        rows_digest=rows.fingerprint,
    )


def _simple(project: Project, goals: ModelGoals) -> Made:
    """The simple model: a registered one, or a dataset."""
    known = registry(project)
    name = goals.baseline.partition("@")[0]
    if name in known.models:
        return made_of(project, known.find(goals.baseline))
    return project.version(goals.baseline)
