"""Goals: what nobody would notice before a model is to go live."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tilth.config.goals_layout import FILE
from tilth.errors import nearest
from tilth.project.checkups.finding import Finding, Rule
from tilth.project.listing import dataset_names

if TYPE_CHECKING:
    from tilth.project.project import Project


def _goals(project: Project) -> Iterator[Finding]:
    names = dataset_names(project)
    for model, datasets in asked_by_goals(project).items():
        for dataset in datasets:
            if dataset not in names:
                near = nearest(dataset, names)
                yield Finding(
                    message=f"{FILE}: the goals of `{model}` name dataset `{dataset}`, which "
                    "nothing makes and the catalog lacks",
                    hint=f"did you mean `{near}`?" if near else None,
                )


def asked_by_goals(project: Project) -> dict[str, list[str]]:
    """Model -> the datasets that its goals name.

    Raises:
        ConfigError: The file holds mistakes.
    """
    if not (project.folder / FILE).exists():
        return {}
    from tilth.models.goals import read_goals  # only projects with goals pay for it

    found = {}
    for model, goals in read_goals(project.folder).items():
        named = (goals.rows, *(each.dataset for each in goals.goals))
        found[model] = list(dict.fromkeys(each.partition("@")[0] for each in named if each))
    return found


RULES = (Rule(code="T209", what="Goals can be read and judged.", look=_goals, level="error"),)
