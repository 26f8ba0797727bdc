"""A recorded run, as it can be made again: its nodes, parameters and sources, and its code."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tilth.errors import TilthError, UnknownNameError
from tilth.graph.node import Node
from tilth.history.record import NodeRun, Recipe, Run
from tilth.project.checkout import checked_out
from tilth.project.listing import all_nodes
from tilth.project.trial import Params, Trial, overrides_of

if TYPE_CHECKING:
    from tilth.project.project import Project

ENDED = ("done", "reused")
"""States in which a node run has results."""


class RecordedRun:
    """What a run did: its nodes and recipes, and where its code is."""

    def __init__(
        self, project: Project, run: Run, then: Mapping[str, NodeRun], stack: ExitStack
    ) -> None:
        self.project, self.run, self.then = project, run, then
        self.recipes = {name: recipe_of(project, each.recipe) for name, each in then.items()}
        self.params: Params = {
            base(name): each.parameters for name, each in self.recipes.items() if each is not None
        }
        self.folder = self._folder(stack)

    def nodes(self, of: Project) -> list[Node]:
        """Those of the run that a project still has, in order."""
        ended = {base(name) for name, each in self.then.items() if each.state in ENDED}
        return [each for name, each in all_nodes(of).items() if name in ended]

    def overrides(self, folder: Path) -> list[str]:
        """The run's parameters."""
        with Trial(folder, self.project) as plain:
            return overrides_of(self.nodes(plain), self.params)

    def sources(self) -> dict[str, str]:
        """Dataset that came from outside of the run -> fingerprint."""
        return {
            name: fingerprint
            for one in self._ended()
            if "[" not in one.node
            for name, fingerprint in one.inputs.items()
            if name not in self._made
        }

    def parts(self) -> dict[str, dict[str, str]]:
        """Dataset that is only known by what parts of a fan-out read -> key -> fingerprint.

        The whole is on record where all parts ended well.
        """
        whole, found = self.sources(), dict[str, dict[str, str]]()
        for one in self._ended():
            key = one.node.partition("[")[2].removesuffix("]")
            for name, fingerprint in one.inputs.items() if key else ():
                if name not in self._made and name not in whole:
                    found.setdefault(name, {})[key] = fingerprint
        return found

    @property
    def _made(self) -> set[str]:
        return {each.dataset for one in self.then.values() for each in one.outputs}

    def _ended(self) -> list[NodeRun]:
        return [one for one in self.then.values() if one.state in ENDED]

    def _folder(self, stack: ExitStack) -> Path:
        """Where the code is that of the run: the working tree, unless only its commit fits."""
        own = self.project.folder
        if self._fits(own) or not self.run.commit:
            return own
        folder = stack.enter_context(checked_out(own, self.run.commit))
        return folder if folder is not None and self._fits(folder) else own

    def _fits(self, folder: Path) -> bool:
        try:
            overrides = self.overrides(folder)
            with Trial(folder, self.project, overrides=overrides) as trial:
                now = {each.name: trial.step(each).recipe.fingerprint for each in self.nodes(trial)}
        except TilthError:
            return False  # of another time, or with a mistake in it
        wanted = {
            base(name): each.recipe
            for name, each in self.then.items()
            if each.state in ENDED and self.recipes[name] is not None
        }
        return all(now.get(name) == recipe for name, recipe in wanted.items())


def recipe_of(project: Project, fingerprint: str) -> Recipe | None:
    """A recipe on record; None where there is none."""
    try:
        return project.history.recipe(fingerprint)
    except UnknownNameError:
        return None  # of a fan-out as a whole, which was never put to use


def base(node: str) -> str:
    """The node's own name, of one that is a part of a fan-out."""
    return node.partition("[")[0]
