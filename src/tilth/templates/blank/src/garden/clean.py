"""From the file of the sensors to readings that can be relied on."""

from __future__ import annotations

import csv
from pathlib import Path

Reading = dict[str, str | float]


def clean_readings(readings: Path) -> list[Reading]:
    """Read the file and leave out what no sensor can have meant.

    Asked for as a `Path`, a dataset is the file itself. Annotate the argument as
    `polars.DataFrame` or `pandas.DataFrame`, and the same dataset arrives as a table.
    """
    with readings.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        {"day": row["day"], "bed": row["bed"], "moisture": float(row["moisture"])}
        for row in rows
        if is_plausible(row["moisture"])
    ]


def is_plausible(moisture: str) -> bool:
    """Whether a reading is there, and between 0 and 100 per cent."""
    try:
        return 0 <= float(moisture) <= 100
    except ValueError:
        return False
