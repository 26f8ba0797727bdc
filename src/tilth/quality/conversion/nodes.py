"""Operators of ONNX, put down one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

ML = "ai.onnx.ml"

OPSETS = {"": 21, ML: 5}
"""Versions of the two sets of operators: the first in which texts are compared, and the first whose
trees add up in double precision."""


class Nodes:
    """Operators and constants; each call gives the name of what it makes.

    Attributes:
        nodes: The operators, each after those that it needs.
        constants: Fixed arrays.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, kind: str, *inputs: str, domain: str = "", out: str = "", **settings: Any) -> str:
        """Put an operator down.

        Args:
            kind: Its name in ONNX.
            inputs: Names of what it is given.
            domain: The set that it is of.
            out: What its result is called; a new name if not given.
            settings: Its attributes.
        """
        from onnx import helper  # takes a tenth of a second, and only conversions need it

        made = out or f"{self._prefix}.{len(self.nodes)}"
        name = f"{self._prefix}:{len(self.nodes)}:{kind}"
        self.nodes.append(
            helper.make_node(kind, list(inputs), [made], name=name, domain=domain, **settings)
        )
        return made

    def constant(self, values: Any) -> str:
        """A fixed array."""
        name = f"{self._prefix}.constant.{len(self.constants)}"
        self.constants.append(tensor(values, name))
        return name

    def into(self, container: Any) -> None:
        """Hand all over to a converter of skl2onnx, which need not know their versions."""
        container.nodes.extend(self.nodes)
        container.initializers.extend(self.constants)


def tensor(values: Any, name: str = "") -> Any:
    """An array as ONNX keeps it."""
    from onnx import numpy_helper  # as above

    found: NDArray[Any] = np.ascontiguousarray(values)
    if found.dtype.kind == "U":
        found = found.astype(object)
    shaped = found.reshape(np.shape(values))  # NumPy makes a row of a single number
    return numpy_helper.from_array(shaped, name)


def one_input(made: Nodes, operator: Any) -> str:
    """All that an operator is given, side by side."""
    names = [each.full_name for each in operator.inputs]
    return names[0] if len(names) == 1 else made.add("Concat", *names, axis=1)


def is_double(operator: Any) -> bool:
    """Whether it computes in double precision."""
    return type(operator.inputs[0].type).__name__ == "DoubleTensorType"
