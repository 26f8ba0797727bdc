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
