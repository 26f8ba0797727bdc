"""Tests a project: derives a mini data set, runs everything on it, and looks at the results."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from tilth.engine.hooks import Observer
from tilth.errors import DefinitionError
from tilth.graph.pipeline import Pipeline
from tilth.graph.select import Selection, select
from tilth.project.mini.again import Again
from tilth.project.mini.checks import classes, models, ran, same, values
from tilth.project.mini.derive import Derived, derive
from tilth.project.mini.lighter import Lighter, lighter
from tilth.project.mini.looked import Looked
from tilth.project.mini.place import MiniPlace, checked_folder, without_secrets
from tilth.project.mini.project import MiniProject
from tilth.project.mini.tested import Check, Tested
from tilth.project.mini.watching import Watching
from tilth.project.versions import maker_of
from tilth.record import changed, record

if TYPE_CHECKING:
    from tilth.project.project import Project

ROWS = 2_000
"""Rows of a mini table, about, where nothing else is asked for."""

_PATIENCE = 60.0
"""Seconds that a second run may take beside ten times those of the first."""

_PARTS = ("sources", "outputs", "again", ".tilth")


@record
class Asked:
    """What a person asks of a test.

    Attributes:
        rows: Of each table, about.
        seed: Of all draws.
        edges: Whether the odd values that contracts allow are put in.
        full: Whether stages keep settings that cost nothing but time.
        twice: Whether all of it runs a second time, in a process of its own.
        keep: The folder in which all of it is kept; None for a temporary one.
        sources_told: Is told what the mini data set consists of, before anything runs.
        lighter_told: Is told then which settings of stages are smaller than the project's.
        observers: Who watches the run.
    """

    rows: int = ROWS
    seed: int = 0
    edges: bool = True
    full: bool = False
    twice: bool = True
    keep: Path | None = None
    sources_told: Callable[[Sequence[Derived]], None] | None = None
    lighter_told: Callable[[Sequence[Lighter]], None] | None = None
    observers: tuple[Observer, ...] = ()


def tested(project: Project, names: Sequence[str], asked: Asked) -> Tested:
    """See `Project.test`.

    Raises:
        MissingDataError: There is nothing at a source's location.
        DefinitionError: Less than one row is asked for, or the folder to keep holds other files.
    """
    began = time.monotonic()
    if asked.rows < 1:
        raise DefinitionError(f"{asked.rows:,} rows are none: ask for 1 or more")
    scope = _Scope.of(project, names)
    with _folder(asked.keep) as folder:
        project.pins.check(scope.inputs)
        sources = derive(
            project, scope.inputs, folder,
            n_rows=asked.rows, seed=asked.seed, edges=asked.edges,
        )  # fmt: skip
        if asked.sources_told is not None:
            asked.sources_told(sources)
        smaller = [] if asked.full else _lighter(project, scope)
        if asked.lighter_told is not None:
            asked.lighter_told(smaller)
        kept = without_secrets(project.overrides, project.config.secrets.texts)
        place = MiniPlace(
            folder=folder,
            project=project.script or project.folder,
            env=project.env,
            overrides=kept,
            sources={each.dataset: each.source for each in sources},
            full=asked.full,
        )
        place.write()
        rest = tuple(each for each in project.overrides if each not in kept)
        checks = [
            _with_command(each, asked.keep, names)
            for each in _checks(project, scope, place, rest, asked)
        ]
    return Tested(
        checks=tuple(checks),
        sources=tuple(sources),
        lighter=tuple(smaller),
        n_nodes=scope.n_nodes,
        seconds=time.monotonic() - began,
        folder=asked.keep,
    )


def _lighter(project: Project, scope: _Scope) -> list[Lighter]:
    """The settings that are smaller in the test, of those pipelines that are run."""
    names = scope.names or tuple(project.pipelines)
    settings = project.config.settings.pipelines
    return [each for name in names if name in settings for each in lighter(settings[name])[1]]


def _checks(
    project: Project, scope: _Scope, place: MiniPlace, overrides: Sequence[str], asked: Asked
) -> Iterator[Check]:
    """Run twice, side by side, and look."""
    with ExitStack() as stack:
        again = None
        if asked.twice:
            again = stack.enter_context(Again(place.folder, scope.names, scope.nodes, overrides))
        mini = stack.enter_context(MiniProject(place, overrides=overrides))
        result = mini.run(
            *scope.names,
            selection=scope.selection,
            keep_going=True,
            observers=[Watching(each, mini.contracts) for each in asked.observers],
            trigger="test",
        )
        if result.failures and again is not None:
            again.close()
        chosen = mini.selected(scope.names, scope.selection)
        looked = Looked(project, mini, chosen, result)
        yield from ran.nodes(looked)
        yield from ran.contracts(looked)
        yield from values.empty(looked)
        yield from values.numbers(looked)
        yield from classes.classes(looked)
        yield from models.models(looked)
        if again is not None:
            outcome = None
            if not result.failures:
                outcome = again.outcome(_PATIENCE + 10 * result.seconds)
            yield from same.same(looked, outcome, again)


@record
class _Scope:
    """What is run: the pipelines that were asked for, and what makes their inputs.

    Attributes:
        names: Pipelines in which all of its nodes are; none for all that run by default.
        nodes: The nodes that were asked for; none for all.
        inputs: The sources.
        n_nodes: How many nodes there are.
    """

    names: tuple[str, ...]
    nodes: tuple[str, ...]
    inputs: tuple[str, ...]
    n_nodes: int

    @property
    def selection(self) -> Selection | None:
        """As a run takes it."""
        return Selection(to_nodes=self.nodes) if self.nodes else None

    @classmethod
    def of(cls, project: Project, names: Sequence[str]) -> _Scope:
        """What the names mean."""
        asked = project.pipeline(*names)
        needed = _with_makers(project, asked)
        if not names and len(needed) == len(asked):
            return cls(names=(), nodes=(), inputs=asked.inputs, n_nodes=len(asked))
        have = {each.name for each in needed}
        pipelines = tuple(
            name for name, each in project.pipelines.items() if have & set(each.by_name)
        )
        nodes = tuple(asked.by_name)
        chosen = select(project.pipeline(*pipelines), Selection(to_nodes=nodes))
        return cls(names=pipelines, nodes=nodes, inputs=chosen.inputs, n_nodes=len(chosen))


def _with_makers(project: Project, asked: Pipeline) -> Pipeline:
    """The pipeline with the nodes of others that make what it reads."""
    found = asked
    while True:
        makers = [maker_of(project, each) for each in found.inputs]
        new = [each for each in makers if each is not None and each.name not in found]
        if not new:
            return found
        found = Pipeline([*found, *new])


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """The folder to work in: a temporary one, or one that is kept, emptied of an earlier test."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="tilth-test-") as name:
            yield Path(name)
        return
    path = checked_folder(keep)
    path.mkdir(parents=True, exist_ok=True)
    for part in _PARTS:
        shutil.rmtree(path / part, ignore_errors=True)
    yield path


def _with_command(check: Check, keep: Path | None, names: Iterable[str]) -> Check:
    """What to type to look closer; without a folder that was kept, how to keep one first."""
    if check.state != "failed":
        return check
    if keep is None:
        asked = "".join(f" {quote(each)}" for each in names)
        return changed(check, command=f"tilth test{asked} --keep FOLDER")
    where = f"-C {quote(str(keep))}"
    if check.node:
        return changed(check, command=f"tilth debug {quote(check.node)} {where}")
    return changed(check, command=f"tilth runs show {where}")
