"""Holding code or data: a run is refused whose code, or whose sources, are others than they were.

Who wants to know what better data bring must not touch the code meanwhile, and the other way
round; a hold says so to everybody who works on the project.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tilth.errors import DefinitionError, HeldError, MissingDataError
from tilth.graph.pipeline import Pipeline
from tilth.history.record import Made, Recipe
from tilth.project.ingredients import Ingredients, ingredients
from tilth.project.versions import maker_of, timeline
from tilth.project.why import recipe_differences

if TYPE_CHECKING:
    from tilth.project.project import Project

KINDS = ("code", "data")

Hold = Mapping[str, int | None]
"""`code` or `data` -> the run that it is held to; None for the first one."""


def hold_of(text: str) -> Hold:
    """Read `code`, `data`, `data=12`, several with commas, or `nothing`.

    Raises:
        DefinitionError: It is none of these.
    """
    if text == "nothing":
        return {}
    found: dict[str, int | None] = {}
    for each in text.split(","):
        what, _, run = each.strip().partition("=")
        if what not in KINDS or (run and not run.isdecimal()):
            raise DefinitionError(
                f"`{each.strip()}` is nothing to hold",
                hint="write `code`, `data`, `data=12` for what run 12 had, or `nothing`",
            )
        found[what] = int(run) if run else None
    return found


class Holding:
    """What a project holds. Which run was the first under a hold is noted beside the history.

    Args:
        project: The project.
        hold: What is asked for.
        lasting: Whether tilth.yml asks for it, so that the first run is to be remembered.
    """

    def __init__(self, project: Project, hold: Hold, *, lasting: bool) -> None:
        self._project, self._hold, self._lasting = project, hold, lasting
        env = f"-{project.env}" if project.env else ""
        self._file = project.state / f"hold{env}.json"
        self._noted = _noted(self._file)

    def check(self, chosen: Pipeline) -> None:
        """See that what is held is what it was.

        Raises:
            HeldError: It is another.
            UnknownNameError: There is no such run to hold to.
        """
        for what in self._hold:
            run = self._run(what)
            if run is not None:
                changes = list(
                    _CHANGES[what](self._project, chosen, ingredients(self._project, run))
                )
                if changes:
                    raise HeldError(what, run, changes)

    def note(self, run: int) -> None:
        """Remember the first run that was done under each hold, and forget holds that are off."""
        if not self._lasting:
            return
        open_ends = (what for what, number in self._hold.items() if number is None)
        held = {what: self._noted.get(what, run) for what in open_ends}
        if held != self._noted:
            with suppress(OSError):  # it is held to a later run then
                self._file.write_text(json.dumps(held), "utf-8")

    def _run(self, what: str) -> int | None:
        """The run to hold to; None where there is none so far."""
        number = self._hold[what]
        if number is not None:
            return self._project.history.run(number).id
        if self._lasting:
            return self._noted.get(what)
        last = self._project.history.runs(n=1, state="done")
        return last[0].id if last else None


def _noted(file: Path) -> dict[str, int]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {what: run for what, run in found.items() if what in KINDS and isinstance(run, int)}


def _changed_data(project: Project, chosen: Pipeline, held: Ingredients) -> Iterator[str]:
    """Sources that are others than a run had."""
    for name in chosen.inputs:
        if maker_of(project, name) is not None:
            continue  # made by a node that is not asked for now
        fingerprint = held.data.get(name) or _read_until(project, name, held.run.id)
        made = _now(project, name)
        if not fingerprint:
            yield f"`{name}` was read by no run up to then"
        elif made is None:
            yield f"`{name}`: {_extent(project, name, fingerprint)} -> nothing is there"
        elif made.fingerprint != fingerprint:
            known = project.history.version(name, made.fingerprint)
            after = _told(made if known is None else known[0])
            see = f"`tilth data diff {name} {held.run.id}`"
            yield f"`{name}`: {_extent(project, name, fingerprint)} -> {after}; see {see}"


def _read_until(project: Project, dataset: str, run: int) -> str:
    """What the latest run up to one read, where that one did not read it itself."""
    seen = (each.made.fingerprint for each in timeline(project, dataset) if each.run <= run)
    return next(seen, "")


def _now(project: Project, dataset: str) -> Made | None:
    try:
        return project.workspace.source(dataset)
    except MissingDataError:
        return None


def _extent(project: Project, dataset: str, fingerprint: str) -> str:
    known = project.history.version(dataset, fingerprint)
    return _short(fingerprint) if known is None else _told(known[0])


def _told(made: Made) -> str:
    size = f"{made.rows:,} rows" if made.rows is not None else f"{made.n_bytes:,} bytes"
    return f"{size} ({_short(made.fingerprint)})"


def _short(fingerprint: str) -> str:
    return fingerprint.partition(":")[2][:12]


def _changed_code(project: Project, chosen: Pipeline, held: Ingredients) -> Iterator[str]:
    """Nodes whose code or parameters are others than in a run."""
    for node in chosen:
        recorded = held.recipes.get(node.name) or _run_until(project, node.name, held.run.id)
        if recorded is None:
            place = f" ({node.place})" if node.place else ""
            yield f"node `{node.name}`{place} was in no run up to then"
            continue
        step = project.step(node)
        if step.recipe.fingerprint != recorded.fingerprint:
            lines = recipe_differences(project, step.recipe, recorded, step.texts())
            lines = lines or ["its inputs or outputs are arranged otherwise"]
            yield "\n".join([f"node `{node.name}`:", *(f"  {line}" for line in lines)])


def _run_until(project: Project, node: str, run: int) -> Recipe | None:
    """The recipe of a node's latest run up to one, where that one did not have it itself."""
    for each in project.history.attempts(node, _MOST_RUNS):
        if each.run <= run and each.state in ("done", "reused"):
            return project.history.recipe(each.recipe)
    return None


_MOST_RUNS = 1_000
_CHANGES = {"data": _changed_data, "code": _changed_code}


def holding(project: Project, asked: str | None) -> Holding:
    """What is held: as asked on the command line, else as tilth.yml says."""
    if asked is not None:
        return Holding(project, hold_of(asked), lasting=False)
    return Holding(project, project.config.settings.hold, lasting=True)
