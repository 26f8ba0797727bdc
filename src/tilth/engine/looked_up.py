"""The tables that checks look up, from stored bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilth.contract.table import lazy
from tilth.contract.view import References, no_references
from tilth.engine.call import Stored
from tilth.engine.promises import scanned


def looked_up(tables: Mapping[str, Mapping[str, Stored]]) -> References:
    """Gives tables by dataset and version, scanned."""

    def found(dataset: str, version: str) -> Any:
        name = f"{dataset}@{version}" if version else dataset
        if name not in tables:
            return no_references(dataset, version)
        parts = [lazy(scanned(each), f"`{name}`") for each in tables[name].values()]
        if len(parts) == 1:
            return parts[0]
        import polars  # 0.1 s, and only where data is judged

        return polars.concat(parts)

    return found
