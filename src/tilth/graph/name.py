"""What nodes, datasets and parameters may be called in Python code.

The same as in a project's files: no path, and nothing that people could not type again.
"""

from __future__ import annotations

import re
from typing import Any

from tilth.errors import DefinitionError

PARAMETER = "params:"
"""What the name of an input starts with that is a parameter: `params:model.depth`."""

_WELL_FORMED = re.compile(r"\w[\w:-]*(\.\w[\w:-]*)*")


def is_parameter(name: str) -> bool:
    """Whether a name means a parameter, or all of them."""
    return name == "params" or name.startswith(PARAMETER)


def checked(name: Any, whose: str) -> str:
    """The name, if it is one.

    Args:
        name: What was given.
        whose: What it would be the name of, for the error.

    Raises:
        DefinitionError: It would be a path, or could not be typed again.
    """
    if isinstance(name, str):
        bare = name.removeprefix(PARAMETER)
        # `isidentifier` on the whole is the fast way for most names.
        if bare.isidentifier() or _WELL_FORMED.fullmatch(bare):
            return name
    raise DefinitionError(
        f"{name!r:.80} cannot be the name of {whose}",
        hint="letters, digits, `_`, `-` and `:`, with dots between namespaces",
    )
