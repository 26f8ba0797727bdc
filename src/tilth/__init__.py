"""Tilth: machine learning in which the data is what you iterate on.

Write plain functions, plug them together, and only what changed runs::

    from tilth import node, pipeline

    pipeline = pipeline([node(clean, outputs="trips"), node(train, inputs="trips")])

The public names are loaded when they are first used: importing Tilth costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "Contract": "tilth.contract.contract",
    "Node": "tilth.graph.node",
    "Pipeline": "tilth.graph.pipeline",
    "Project": "tilth.project",
    "TilthError": "tilth.errors",
    "each": "tilth.graph.node",
    "hook": "tilth.engine.hooks",
    "log": "tilth.data.log",
    "node": "tilth.graph.node",
    "pipeline": "tilth.graph.pipeline",
    "read_contract": "tilth.config.contracts",
}

__all__ = [
    "Contract",
    "Node",
    "Pipeline",
    "Project",
    "TilthError",
    "__version__",
    "each",
    "hook",
    "log",
    "node",
    "pipeline",
    "read_contract",
]


def __getattr__(name: str) -> object:
    # `tilth.node` and `tilth.pipeline` are functions, so they are kept here once loaded.
    if name not in _HOMES:
        raise AttributeError(f"module `tilth` has no attribute `{name}`")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
