"""Runs by a metric: which data is best under the same code, and which code on the same data?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tilth.errors import UnknownNameError
from tilth.history.record import Metric, Run
from tilth.project.ingredients import ingredients
from tilth.project.runs import scalars
from tilth.record import fields_of, record

if TYPE_CHECKING:
    from tilth.project.project import Project

_MOST_RUNS = 1_000


@record
class Place:
    """A run on the board.

    Attributes:
        run: Its number.
        value: The metric.
        low: Lower end of its interval, None where none was given.
        high: Upper end of its interval.
        data: A short name for the versions that the metric depends on.
        code: A short name for the code and the parameters that it depends on.
        started_at: Seconds since 1970.
        person: Who ran it.
        note: What a person wrote about it.
    """

    run: int
    value: float
    low: float | None
    high: float | None
    data: str
    code: str
    started_at: float
    person: str
    note: str

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {name: getattr(self, name) for name in fields_of(self)}


def leaderboard(
    project: Project, metric: str, *, hold: str = "", lowest: bool = False, n: int | None = None
) -> list[Place]:
    """Runs by a metric, the best first; of runs with the same data and code the latest.

    Args:
        project: The project.
        metric: Its name, or `node.name`.
        hold: `code` to rank versions of data: only runs with the code and the parameters that
            the latest run has; `data` to rank versions of code likewise.
        lowest: Whether less is better.
        n: How many places at most.

    Raises:
        UnknownNameError: No run has such a metric, or several nodes have one.
    """
    places = _distinct(_places(project, metric), hold)
    ranked = sorted(places, key=lambda each: each.value if lowest else -each.value)
    return ranked[:n]


def _distinct(places: Iterator[Place], hold: str) -> Iterator[Place]:
    """The latest of each that is alike, in what is not held."""
    seen: set[tuple[str, str]] = set()
    held = ""
    for each in places:
        kept = getattr(each, hold) if hold else ""
        held = held or kept
        if kept == held and (each.data, each.code) not in seen:
            seen.add((each.data, each.code))
            yield each


def _places(project: Project, metric: str) -> Iterator[Place]:
    """Every run that has the metric, newest first."""
    node = ""
    known: set[str] = set()
    for run in project.history.runs(n=_MOST_RUNS):
        found = scalars(project.history.metrics(run.id))
        known.update(map(".".join, found))
        fitting = [each for each in found if metric in (".".join(each), each[1])]
        node = node or (fitting[0][0] if len(fitting) == 1 else "")
        for each in fitting:
            if each[0] == node:
                yield _place(project, run, node, found[each])
    if not node:
        raise UnknownNameError("metric", metric, known)


def _place(project: Project, run: Run, node: str, metric: Metric) -> Place:
    made_of = ingredients(project, run.id, node)
    return Place(
        run=run.id,
        value=metric.value or 0.0,
        low=metric.low,
        high=metric.high,
        data=made_of.identity("data"),
        code=made_of.identity("code", "params"),
        started_at=run.started_at,
        person=run.person,
        note=run.note,
    )
