"""What the results of a run are made of: data that it read, code, and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tilth.errors import UnknownNameError
from tilth.fingerprint.canonical import of_value
from tilth.history.record import NodeRun, Recipe, Run
from tilth.record import record

if TYPE_CHECKING:
    from tilth.project.project import Project

FACTORS = ("data", "code", "params")
"""The fields of `Ingredients` that two runs may differ in."""


@record
class Ingredients:
    """What the results of a run, or one of them, are made of.

    Attributes:
        run: The run.
        node_runs: Node -> its run, those that count; parts of a fan-out under their own names.
        data: Dataset that came from outside of the run -> fingerprint of its version.
        recipes: Node -> its recipe.
        code: Node -> its function with all that it uses: formats and libraries as well.
        params: Node -> its parameters, as text.
    """

    run: Run
    node_runs: Mapping[str, NodeRun]
    data: Mapping[str, str]
    recipes: Mapping[str, Recipe]
    code: Mapping[str, tuple[Any, ...]]
    params: Mapping[str, Mapping[str, str]]

    def identity(self, *factors: str) -> str:
        """A short name for some of them: the same name, the same ingredients."""
        parts = [repr(sorted(_sorted(getattr(self, factor)))) for factor in factors]
        return of_value("ingredients", parts).partition(":")[2][:8]


def ingredients(project: Project, run: int, node: str = "") -> Ingredients:
    """What a run's results are made of.

    Args:
        project: The project.
        run: The run's number.
        node: Only what this node's result depends on, as far as the run made it.

    Raises:
        UnknownNameError: There is no such run.
    """
    known = {each.node: each for each in project.history.node_runs(run)}
    counted = _upstream(known, node) if node else known
    recorded = {name.partition("[")[0]: each for name, each in counted.items() if each.recipe}
    found = {name: _recipe(project, each.recipe) for name, each in recorded.items()}
    recipes = {name: each for name, each in found.items() if each is not None}
    return Ingredients(
        run=project.history.run(run),
        node_runs=counted,
        data=_read(counted),
        recipes=recipes,
        code={
            name: (each.function, each.code, each.formats, each.libraries, each.python)
            for name, each in recipes.items()
        },
        params={name: each.parameters for name, each in recipes.items()},
    )


def _recipe(project: Project, fingerprint: str) -> Recipe | None:
    """None for that of a fan-out over nothing, which was never put to use."""
    try:
        return project.history.recipe(fingerprint)
    except UnknownNameError:
        return None


def _read(node_runs: Mapping[str, NodeRun]) -> dict[str, str]:
    """What came from outside; parts of a fan-out read parts, and the whole is on record too."""
    made = {each.dataset for one in node_runs.values() for each in one.outputs}
    return {
        name: fingerprint
        for one in node_runs.values()
        for name, fingerprint in one.inputs.items()
        if name not in made and "[" not in one.node
    }


def _upstream(node_runs: Mapping[str, NodeRun], node: str) -> dict[str, NodeRun]:
    """A node's run, and those of the same run that it depends on."""
    makers: dict[str, list[str]] = {}
    for name, one in node_runs.items():
        for made in one.outputs:
            makers.setdefault(made.dataset, []).append(name)
    waiting, found = [node], dict[str, NodeRun]()
    while waiting:
        name = waiting.pop()
        if name in node_runs and name not in found:
            found[name] = node_runs[name]
            waiting += [each for read in node_runs[name].inputs for each in makers.get(read, ())]
    return found


def _sorted(value: Any) -> list[Any]:
    """Mappings in the order of their keys, at any depth."""
    if isinstance(value, Mapping):
        return [(key, _sorted(each)) for key, each in sorted(value.items())]
    if isinstance(value, tuple):
        return [_sorted(each) for each in value]
    return [value]
