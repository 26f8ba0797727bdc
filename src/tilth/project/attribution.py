"""Which part of a metric's change between two runs is the data's, the code's, the parameters'?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilth.errors import DataError, TilthError, UnknownNameError
from tilth.graph.pipeline import Pipeline
from tilth.graph.select import Selection, select
from tilth.history.record import Made
from tilth.project.checkout import checked_out
from tilth.project.ingredients import FACTORS, Ingredients, ingredients
from tilth.project.pins import in_store
from tilth.project.runs import scalars
from tilth.project.trial import Params, Trial, overrides_of
from tilth.record import record

if TYPE_CHECKING:
    from tilth.project.project import Project

Replaced = tuple[str, ...]
"""The factors that are new, in the order of `FACTORS`."""


@record
class Cell:
    """One of the runs that the change is split by.

    Attributes:
        new: The factors that are the new run's; the others are the old one's.
        value: The metric.
        how: `recorded` for the two runs, `made` for a trial, `known` for one that ran before.
    """

    new: Replaced
    value: float
    how: str


@record
class MetricAttribution:
    """The change of a metric, split; or why it cannot be.

    Attributes:
        metric: As `node.name`.
        old: Number of the run that comes first.
        new: Of the other.
        before: The metric in the old run.
        after: In the new one.
        factors: What differs of all that the metric depends on.
        parts: Factor -> its share of the change; they sum to the change. Empty where it cannot
            be told.
        alone: Factor -> the change where it alone is new.
        cells: The runs that it was told by.
        refused: Why the factors cannot be separated; empty where they are.
    """

    metric: str
    old: int
    new: int
    before: float
    after: float
    factors: tuple[str, ...]
    parts: Mapping[str, float]
    alone: Mapping[str, float]
    cells: tuple[Cell, ...]
    refused: str = ""

    @property
    def change(self) -> float:
        """From the old run to the new one."""
        return self.after - self.before

    @property
    def together(self) -> float:
        """What the factors change only together, beyond the sum of what each does alone."""
        return self.change - sum(self.alone.values()) if self.alone else 0.0

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "metric": self.metric,
            "old": self.before,
            "new": self.after,
            "change": self.change,
            "factors": list(self.factors),
            "parts": dict(self.parts),
            "alone": dict(self.alone),
            "together": self.together,
            "cells": [
                {"new": list(each.new), "value": each.value, "how": each.how} for each in self.cells
            ],
            "refused": self.refused,
        }


def attributed(project: Project, metric: str, old: int, new: int) -> MetricAttribution:
    """Split a metric's change between two runs.

    Where one factor differs, the change is its own. Where more do, the runs in between are
    needed: old code on new data, and so on. The code of a run is the working tree or its
    commit, whichever has the very fingerprints that are on record; its data are the versions
    that it read. Such trials are recorded apart from the project's runs, so that each runs
    once and none is ever the latest.

    Args:
        project: The project.
        metric: Its name, or `node.name`.
        old: Number of a run that has it.
        new: Of another.

    Raises:
        UnknownNameError: There is no such run, or no such metric in both.
    """
    node, name = _metric(project, metric, old, new)
    sides = ingredients(project, old, node), ingredients(project, new, node)
    values = [scalars(project.history.metrics(run))[node, name].value for run in (old, new)]
    before, after = (0.0 if each is None else each for each in values)
    factors = _factors(*sides)
    cells = [Cell(new=(), value=before, how="recorded")]
    cells += [Cell(new=factors, value=after, how="recorded")] if factors else []
    refused = "" if factors else "nothing that it depends on differs: it is another by chance"
    if len(factors) > 1:
        try:
            cells[1:1] = _between(project, name, sides, factors)
        except _Inseparable as reason:
            refused = str(reason)
    parts, alone = ({}, {}) if refused else _parts(cells)
    return MetricAttribution(
        metric=f"{node}.{name}",
        old=old,
        new=new,
        before=before,
        after=after,
        factors=factors,
        parts=parts,
        alone=alone,
        cells=tuple(cells),
        refused=refused,
    )


def _metric(project: Project, metric: str, old: int, new: int) -> tuple[str, str]:
    """The node and the name of a metric that both runs have."""
    both = [scalars(project.history.metrics(project.history.run(run).id)) for run in (old, new)]
    shared = [each for each in both[1] if each in both[0]]
    fitting = [each for each in shared if metric in (".".join(each), each[1])]
    if len(fitting) != 1:
        known = [".".join(each) for each in (fitting or shared)]
        raise UnknownNameError(f"metric in runs {old} and {new}", metric, known)
    return fitting[0]


def _parts(cells: Sequence[Cell]) -> tuple[dict[str, float], dict[str, float]]:
    from tilth.quality.attribution import attribute  # it imports NumPy

    found = attribute({each.new: each.value for each in cells})
    return (
        {name: each.value for name, each in found.parts.items()},
        {name: each.value for name, each in found.alone.items()},
    )


# What differs


class _Inseparable(TilthError):
    """Why the runs in between cannot be had."""


def _factors(old: Ingredients, new: Ingredients) -> Replaced:
    return tuple(each for each in FACTORS if getattr(old, each) != getattr(new, each))


# The runs in between


def _between(
    project: Project, name: str, sides: tuple[Ingredients, Ingredients], factors: Replaced
) -> list[Cell]:
    """Every combination of old and new but the two that are on record.

    Raises:
        _Inseparable: One cannot be had.
    """
    of = next(iter(sides[1].node_runs))
    node = _base(of)
    data = [_held(project, each) for each in sides]
    mixed = [some for n in range(1, len(factors)) for some in combinations(factors, n)]
    with ExitStack() as stack:  # folders stay until the last trial has run
        new_code = _code(project, sides[1], node, stack)
        old_code = _code(project, sides[0], node, stack) if "code" in factors else new_code
        cells = []
        for some in mixed:
            params = sides["params" in some].params
            chosen = data["data" in some]
            folder = new_code if "code" in some else old_code
            trial = stack.enter_context(_trial(project, folder, node, chosen, params))
            cells.append(_cell(trial, some, (of, name)))
    return cells


def _held(project: Project, side: Ingredients) -> dict[str, Made]:
    """What a run read, with its bytes in the store."""
    found = {}
    for name, fingerprint in side.data.items():
        known = project.history.version(name, fingerprint)
        if known is None:
            raise _Inseparable(f"what run {side.run.id} read as `{name}` is not on record")
        try:
            found[name] = in_store(project, known[0])
        except DataError as error:
            raise _Inseparable(str(error)) from error
    return found


def _code(project: Project, side: Ingredients, node: str, stack: ExitStack) -> Path:
    """A folder in which the code is that of a run: the project's own, or one of its commit.

    Raises:
        _Inseparable: Neither has the fingerprints that are on record.
    """
    if _fits(project, project.folder, side, node):
        return project.folder
    folder = stack.enter_context(checked_out(project.folder, side.run.commit))
    if folder is None:
        where = "it ran outside of git" if not side.run.commit else "git does not have its commit"
        raise _Inseparable(f"the code of run {side.run.id} cannot be had: {where}")
    if not _fits(project, folder, side, node):
        raise _Inseparable(
            f"the code of run {side.run.id} cannot be had: commit {side.run.commit[:12]} holds "
            "other code, or other libraries are installed by now"
        )
    return folder


def _fits(project: Project, folder: Path, side: Ingredients, node: str) -> bool:
    """Whether a folder's code, with the run's parameters, is what is on record of it."""
    try:
        with _trial(project, folder, node, {}, side.params) as trial:
            nodes = _selected(trial, node).by_name
            return nodes.keys() == side.recipes.keys() and all(
                trial.step(each).recipe.fingerprint == side.recipes[name].fingerprint
                for name, each in nodes.items()
            )
    except TilthError:
        return False  # of another time, or with a mistake in it


def _selected(project: Project, node: str) -> Pipeline:
    """A node and all that it depends on."""
    wholes = (project.everything, *project.pipelines.values())
    whole = next((each for each in wholes if node in each.by_name), project.everything)
    return select(whole, Selection(to_nodes=(node,)))


def _base(node: str) -> str:
    """The node's own name, of one that is a part of a fan-out."""
    return node.partition("[")[0]


def _trial(
    project: Project,
    folder: Path,
    node: str,
    data: Mapping[str, Made],
    params: Params,
) -> Trial:
    """The code in a folder, on data, with the parameters that each node had."""
    with Trial(folder, project) as plain:
        overrides = overrides_of(_selected(plain, node), params)
    return Trial(folder, project, data=data, overrides=overrides)


def _cell(trial: Trial, some: Replaced, metric: tuple[str, str]) -> Cell:
    """Run one combination, or take over what is known of it.

    Raises:
        _Inseparable: It fails.
    """
    told = f"the run in which {' and '.join(some)} alone {'are' if some[1:] else 'is'} new"
    node = _base(metric[0])
    wholes = [name for name, each in trial.pipelines.items() if node in each.by_name]
    try:
        result = trial.run(
            *([] if node in trial.everything.by_name else wholes[:1]),
            selection=Selection(to_nodes=(node,)),
            trigger="attribution",
        )
    except TilthError as error:
        raise _Inseparable(f"{told} cannot start: {error}") from error
    for failure in result.failures.values():
        raise _Inseparable(f"{told} fails: {failure.message.splitlines()[0]}")
    found = scalars(trial.history.metrics(result.run)).get(metric)
    if found is None or found.value is None:
        raise _Inseparable(f"{told} has no metric `{metric[1]}`")
    return Cell(new=some, value=found.value, how="made" if result.counts.get("done") else "known")
