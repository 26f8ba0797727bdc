"""What a person asked to be started, and what follows from the names that they gave."""

from __future__ import annotations

import re
from pathlib import Path

from tilth.record import record


@record
class Asked:
    """What is to be learned from which file.

    Attributes:
        file: The table, as CSV or Parquet.
        target: The column that is to be predicted.
        task: `classification`, `regression`, or `auto` to find it out.
        time: A column that orders the rows: the latest are the test; empty for none.
        group: A column of which no value may be on both sides; empty for none.
        drop: Columns that are left out.
        metric: What models are compared by; empty for the usual one.
        models: Names of models beside the simple ones.
        trials: How many settings of each of them are tried; 0 takes them as they come.
        test: Share of the rows that nothing is learned from.
        seed: Of all draws.
    """

    file: Path
    target: str
    task: str = "auto"
    time: str = ""
    group: str = ""
    drop: tuple[str, ...] = ()
    metric: str = ""
    models: tuple[str, ...] = ("forest", "boosting")
    trials: int = 0
    test: float = 0.2
    seed: int = 0

    @property
    def table(self) -> str:
        """What the table is called in the project."""
        return named(self.file.name.partition(".")[0], "table")

    @property
    def model(self) -> str:
        """What the names of all that is made of the model begin with."""
        return named(self.target, "target")


def named(text: str, otherwise: str) -> str:
    """A name for a dataset that is near to any text.

    Args:
        text: Such as the name of a file or of a column.
        otherwise: What it is called where nothing of the text can stand in a name.

    Example:
        >>> from tilth.project.starting.asked import named
        >>> named("Sales 2024 (final)", "table"), named("2013", "table"), named("%", "table")
        ('sales_2024_final', 'table_2013', 'table')
    """
    found = re.sub(r"\W+", "_", text.lower()).strip("_")
    if not found:
        return otherwise
    return f"{otherwise}_{found}" if found[0].isdecimal() or found == "params" else found
