"""The smallest case: one Python file with functions and a `pipeline`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tilth.config.config import Config, Places, Secrets
from tilth.config.mistake import Sources
from tilth.config.place import Place
from tilth.config.settings import PipelineSettings, ProjectSettings
from tilth.errors import DefinitionError


def script_config(script: Path, overrides: Sequence[str] = ()) -> Config:
    """What a project's files would say for a single file.

    Raises:
        DefinitionError: The file's name is none that Python can import, or parameters are set.
    """
    if not script.stem.isidentifier() or script.suffix != ".py":
        raise DefinitionError(
            f"`{script.name}` cannot be imported",
            hint="a file to run ends in `.py`, and its name is a word without dashes or spaces",
        )
    if overrides:
        raise DefinitionError(
            f"`--set {overrides[0]}`: a single file has no parameters",
            hint="`tilth new` makes a project, which has",
        )
    place = Place(script.name, 1, 1)
    only = PipelineSettings(name=script.stem, python=f"{script.stem}:pipeline", place=place)
    settings = ProjectSettings(
        name=script.stem, source=".", pipelines={script.stem: only}, place=place
    )
    return Config(
        folder=script.parent,
        env=None,
        settings=settings,
        catalog={},
        params={},
        places=Places({}, Sources()),
        secrets=Secrets(),
    )
