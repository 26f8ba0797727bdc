"""Names for the shell's completion; the project is opened, and no code of the user's imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import click

from tilth.cli.command import Invocation
from tilth.cli.opening import opened
from tilth.errors import TilthError
from tilth.project import Project
from tilth.project.listing import all_nodes, dataset_names

Completion = Callable[[click.Context, click.Parameter, str], list[str]]


def _completing(names: Callable[[Project], Iterable[str]]) -> Completion:
    def complete(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
        # The last of several names that commas part is the one that is being typed.
        done, comma, last = begun.rpartition(",")
        try:
            with opened(context.ensure_object(Invocation)) as project:
                found = list(names(project))
        except TilthError:
            return []  # a project with a mistake in it completes nothing, and says nothing
        return [done + comma + each for each in found if each.startswith(last)]

    return complete


def _both(project: Project) -> Iterable[str]:
    return dict.fromkeys([*all_nodes(project), *dataset_names(project)])


def _pipelines_and_files(project: Project) -> Iterable[str]:
    return [*project.pipelines, *sorted(each.name for each in Path.cwd().glob("*.py"))]


def _label_sets(project: Project) -> Iterable[str]:
    return project.config.settings.labels


def _models(project: Project) -> Iterable[str]:
    from tilth.project.models import registry  # only who asks for models pays for it

    known = registry(project)
    for model in known.models:
        versions = known.versions(model)
        yield model
        yield from (f"{model}@{alias}" for each in versions for alias in each.aliases)
        yield from (each.name for each in versions)


nodes = _completing(all_nodes)
datasets = _completing(dataset_names)
nodes_and_datasets = _completing(_both)
pipelines = _completing(_pipelines_and_files)
label_sets = _completing(_label_sets)
models = _completing(_models)
