"""Whether all that nodes do can be known; told of all of them at once, before anything runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tilth.config.place import Place
from tilth.errors import FingerprintError, TilthError
from tilth.graph.node import Node
from tilth.project.place import Locator
from tilth.project.telling import Telling

if TYPE_CHECKING:
    from tilth.project.project import Project


def refuse_unknowable(project: Project, nodes: Iterable[Node]) -> None:
    """See that each node's function has an identity; those of one function are looked at once.

    Raises:
        ConfigError: There are some that have none, or that depend on what is not there.
    """
    telling = Telling(project.config.places)
    seen = set()
    for node in nodes:
        function, options = node.function, node.options
        what = function if function.importable else node.name
        key = what, options.depends_on, options.cache
        if key in seen:
            continue
        seen.add(key)
        try:
            project.recipes.known_code(node)
        except FingerprintError as error:
            telling.error(error, _place(project, node))
        except TilthError as error:
            telling.say(
                f"node `{node.name}`: {error}",
                _place(project, node, "depends_on" if options.depends_on else "call"),
                hint=error.hint,
            )
    telling.refuse()


def _place(project: Project, node: Node, option: str = "call") -> Place | None:
    """Where tilth.yml says it; what stands in Python is named by the message itself."""
    if not node.place:
        return None
    return Locator(project.config, project.pipelines).of_option(node, option)
