"""Delivering: what a run made of a project's models becomes versions, each with its bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tilth.errors import DefinitionError, TilthError
from tilth.history.record import Made
from tilth.models.goals import read_goals
from tilth.models.registry import ModelVersion
from tilth.project.bundling import bundled
from tilth.project.models import register, registry, version_as_dict
from tilth.record import record

if TYPE_CHECKING:
    from tilth.project.project import Project


@record(kw_only=False)
class Delivered:
    """A model of a run.

    Attributes:
        version: What it is in the registry.
        is_new: Whether it was registered now.
        without_bundle: Why it has no bundle; empty where it has one.
    """

    version: ModelVersion
    is_new: bool
    without_bundle: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        told = {"new": self.is_new, "without_bundle": self.without_bundle}
        return version_as_dict(self.version) | told


def delivered(project: Project, versions: Mapping[str, Made]) -> list[Delivered]:
    """Register what a run made, took over or read of the models that a project delivers.

    These are the models that `goals.yml` names, and those that were registered before. A
    version that is registered already stays what it is. Each gets its bundle, while all that
    it was made of is at hand; where that cannot be, it says why.

    Args:
        project: Whose.
        versions: Dataset -> its version as of the run.

    Raises:
        DefinitionError: None of these models is among them.
    """
    found = []
    for name, dataset in _models(project).items():
        if dataset in versions:
            found.append(with_bundle(project, dataset, name))
    if not found:
        raise DefinitionError(
            "the run made no model that could be registered",
            hint="name the model's dataset in goals.yml, or register it once by hand: "
            "`tilth models register DATASET --as MODEL`",
        )
    return found


def _models(project: Project) -> dict[str, str]:
    """Model -> the dataset that its next version is made as."""
    known = registry(project)
    registered = {name: known.newest(name).event.dataset for name in known.models}
    return {name: name for name in read_goals(project.folder)} | registered


def with_bundle(project: Project, dataset: str, name: str = "", why: str = "") -> Delivered:
    """Register a version, and bundle it while all that it was made of is at hand.

    Takes what `tilth.project.models.register` takes, and raises what that raises.
    """
    before = len(project.history.model_events())
    version = register(project, dataset, name, why)
    is_new = len(project.history.model_events()) > before
    try:
        return Delivered(bundled(project, version).version, is_new)
    except TilthError as error:
        return Delivered(version, is_new, error.full())
