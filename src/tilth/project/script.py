"""The smallest case: one Python file with functions and a `pipeline`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tilth.config.config import Config, Places, Secrets
from tilth.config.mistake import Sources
from tilth.config.place import Place
from tilth.config.settings import PipelineSettings, ProjectSettings
from tilth.errors import DefinitionError

_PIPELINE = re.compile(r"^pipeline\b[^=\n]*=", re.MULTILINE)


def only_script(folder: Path) -> Path | None:
    """The one Python file in a folder that has a `pipeline`; None where there is none.

    Raises:
        DefinitionError: There are several.
    """
    found = [each for each in sorted(folder.glob("*.py")) if _has_pipeline(each)]
    if len(found) > 1:
        names = ", ".join(f"`{each.name}`" for each in found[:8])
        raise DefinitionError(
            f"there is no tilth.yml in `{folder.name or folder}`, "
            f"but several files with a pipeline: {names}",
            hint=f"say which: `-C {found[0].name}`",
        )
    return found[0] if found else None


def _has_pipeline(file: Path) -> bool:
    try:
        return bool(_PIPELINE.search(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        return False


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
