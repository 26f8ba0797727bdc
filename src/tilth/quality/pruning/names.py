"""What can be asked for, by name; imports nothing."""

from __future__ import annotations

from collections.abc import Sequence

from tilth.errors import DefinitionError, UnknownNameError

RELATIVE_TO = ("value", "lead")

MEANS = ("pack", "fewer_trees", "prune_trees", "fewer_features", "sparse", "distil")

ONNX = "onnx"
"""What has to be asked for: a model in ONNX is no estimator of scikit-learn any more."""

ALL = (*MEANS, ONNX)


def checked_means(asked: Sequence[str] | str | None, where: str) -> tuple[str, ...]:
    """The means that were asked for, each once; all but `onnx` if none was named.

    Raises:
        UnknownNameError: There is none of that name.
        DefinitionError: The list is empty.
    """
    if asked is None:
        return MEANS
    names = (asked,) if isinstance(asked, str) else tuple(asked)
    for name in names:
        if name not in ALL:
            raise UnknownNameError("means", str(name), ALL, where=where)
    if not names:
        raise DefinitionError(f"{where}: `means` is empty", hint=f"some of {', '.join(ALL)}")
    return tuple(each for each in ALL if each in names)
