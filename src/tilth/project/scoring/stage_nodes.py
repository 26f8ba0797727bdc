"""What nodes are told: those of stages, and those of the project's own code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilth.graph.node import Node

_OWN = "tilth."


def is_own(node: Node) -> bool:
    """Whether its function is Tilth's, of a stage or a contract."""
    return node.function.name.startswith(_OWN)


def asked_of(node: Node) -> Mapping[str, Any]:
    """What a node of a stage was told."""
    found = next((each.value for each in node.inputs if each.argument == "asked"), None)
    return found if isinstance(found, Mapping) else {}
