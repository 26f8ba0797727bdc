"""How long a new column took from the first run that had it until a model with it was live."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from tilth.history.record import Made, NodeRun, Run
from tilth.models.registry import PRODUCTION
from tilth.project.scoring.evidence import Proof
from tilth.project.scoring.facts import Facts
from tilth.record import record

_MOST_VERSIONS = 200


@record
class Arrival:
    """A column that came in.

    Attributes:
        dataset: Of which table.
        run: The first run that had it.
        columns: How many columns there were since.
        model_after: Seconds from there to the first model that learned from it.
        live_after: Seconds until such a model was live; None where none was.
        model: Which version of the model that was.
    """

    dataset: str
    run: int
    columns: int
    model_after: float
    live_after: float | None
    model: str

    @property
    def proof(self) -> Proof:
        """In words."""
        text = (
            f"`{self.dataset}` has {self.columns} columns since, a model {_told(self.model_after)}"
        )
        if self.live_after is not None:
            text += f" and {self.model} live {_told(self.live_after)}"
        return Proof(kind="run", place=f"run {self.run}", text=f"{text} later")


def arrival_of(facts: Facts, model: str) -> Arrival | None:
    """The last time that a new column came into what a model learns from, and into a model."""
    for lesson in facts.lessons(model):
        for made, run in _wider(facts, lesson):
            first = _first_model(facts, model, made.fingerprint)
            if first is not None:
                started = run.started_at
                live = _live(facts, {each.fingerprint for each in first.outputs}, model, started)
                return Arrival(
                    dataset=lesson,
                    run=run.id,
                    columns=made.columns or 0,
                    model_after=first.started_at + first.seconds - started,
                    live_after=live[0] if live else None,
                    model=live[1] if live else "",
                )
    return None


def _wider(facts: Facts, dataset: str) -> Iterator[tuple[Made, Run]]:
    """Versions that have more columns than the one before, the newest first."""
    versions = facts.project.history.versions(dataset, _MOST_VERSIONS)
    for (made, _, run), (before, _, _) in pairwise(versions):
        if (made.columns or 0) > (before.columns or made.columns or 0):
            yield made, run


def _first_model(facts: Facts, model: str, lesson: str) -> NodeRun | None:
    """The first node run that made the model from this version of a table."""
    maker = facts.makers[model].name
    found = [e for e in facts.project.history.used_by(lesson) if e.node == maker]
    return found[-1] if found and found[-1].state == "done" else None


def _live(facts: Facts, models: set[str], dataset: str, since: float) -> tuple[float, str] | None:
    """When one of these models went live, and as which version."""
    versions = {
        (each.model, each.version)
        for each in facts.events
        if each.kind == "registered" and each.dataset == dataset and each.fingerprint in models
    }
    for each in facts.events:
        is_live = each.kind == "aliased" and each.alias == PRODUCTION
        if is_live and (each.model, each.version) in versions:
            return each.happened_at - since, f"{each.model}@{each.version}"
    return None


def _told(seconds: float) -> str:
    for unit, length in (("days", 86_400.0), ("hours", 3_600.0), ("minutes", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"
