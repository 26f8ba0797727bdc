"""Which columns of a table a model is given."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from typing import Any

from tilth.errors import UnknownNameError


def features_of(
    model: Any, columns: Sequence[str], given: Sequence[str] | None, target: str = ""
) -> list[str]:
    """Those that are named, those that it was fitted on, or all but the target.

    Args:
        model: The model.
        columns: Of the table.
        given: Names, with wildcards such as `pixel_*`; none where nobody says so.
        target: What it predicts.

    Raises:
        UnknownNameError: The table lacks one of them.
    """
    fitted = getattr(getattr(model, "best_estimator_", model), "feature_names_in_", ())
    names = [str(each) for each in fitted]
    if given:
        names = [found for each in given for found in fnmatch.filter(columns, each) or [each]]
    for name in names:
        if name not in columns:
            raise UnknownNameError("column", name, columns, where="what the model is given")
    return names or [each for each in columns if each != target]


def features_before(
    before: Any, columns: Sequence[str], given: Sequence[str] | None, target: str, where: str
) -> list[str]:
    """Those of an earlier model, which knows its own: what was told is of the new one.

    Args:
        before: The earlier model.
        columns: Of the table.
        given: As for `features_of`; for a model that does not know what it was fitted on.
        target: What it predicts.
        where: What the table is called, for errors.

    Raises:
        UnknownNameError: The table lacks one of them.
    """
    knows = len(getattr(getattr(before, "best_estimator_", before), "feature_names_in_", ()))
    try:
        return features_of(before, columns, None if knows else given, target)
    except UnknownNameError as error:
        place = f"{where}, which the earlier model is given"
        raise UnknownNameError("column", error.name, columns, where=place) from None
