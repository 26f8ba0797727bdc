"""Models that no stage looks at: where they fail, nobody would see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from tilth.data.shape import TABLES
from tilth.history.record import Made
from tilth.project.listing import all_nodes

if TYPE_CHECKING:
    from tilth.graph.node import Node
    from tilth.project.project import Project

_EVALUATES = "tilth.stages.evaluate"
_LIBRARIES = frozenset({"sklearn", "lightgbm", "xgboost", "catboost", "skorch", "imblearn"})
_NO_MODELS = frozenset(
    {"preprocessing", "compose", "impute", "decomposition", "metrics", "model_selection"}
    | {"feature_extraction", "feature_selection", "utils"}
)
"""Modules whose classes prepare, choose or measure; a pipeline of them counts as a model."""


def is_model(shape: str) -> bool:
    """Whether a dotted type is one of a model, as far as its name tells.

    Example:
        >>> from tilth.project.unexamined import is_model
        >>> is_model("sklearn.tree.DecisionTreeClassifier")
        True
        >>> is_model("sklearn.preprocessing.StandardScaler")
        False
    """
    library, _, rest = shape.partition(".")
    return library in _LIBRARIES and rest.partition(".")[0] not in _NO_MODELS


def unexamined(project: Project, versions: Iterable[Made]) -> list[str]:
    """The models among some datasets, where nobody looks at any model of the project.

    A stage `evaluate` does, and so do people with a label set, to whom suspects are shown.
    """
    models = [made.dataset for made in versions if is_model(made.shape)]
    if not models or project.config.settings.labels:
        return []
    nodes = all_nodes(project).values()
    return [] if any(each.function.name.startswith(_EVALUATES) for each in nodes) else models


def proposal(project: Project, model: str) -> str:
    """The lines of tilth.yml that would have it looked at, as far as they are known."""
    nodes = all_nodes(project).values()
    shapes = {made.dataset: made.shape for made in _newest(project).values()}
    train = _table_among(_read_by_maker(nodes, model), shapes)
    read_it = [each for each in nodes if model in each.reads]
    said = _table_among([name for each in read_it for name in each.makes], shapes)
    given = {
        "predictions": said or "PREDICTIONS",
        "target": "COLUMN",
        "prediction": "COLUMN",
        "model": model,
        **({"train": train} if train else {}),
    }
    told = ", ".join(f"{name}: {value}" for name, value in given.items())
    return f"errors: {{stage: evaluate, with: {{{told}}}}}"


def _read_by_maker(nodes: Iterable[Node], dataset: str) -> list[str]:
    return [name for each in nodes if dataset in each.makes for name in each.reads]


def _table_among(names: Iterable[str], shapes: Mapping[str, str]) -> str:
    return next((name for name in names if shapes.get(name) in TABLES), "")


def _newest(project: Project) -> dict[str, Made]:
    recalled = project.history.recall(all_nodes(project))
    return {made.dataset: made for each in recalled.values() for made in each.outputs}


def unseen(project: Project) -> list[str]:
    """Models of the newest results that nobody looks at."""
    return unexamined(project, _newest(project).values())
