"""The data in a few numbers, for people."""

from __future__ import annotations

from typing import Any

import polars as pl


def summarize_parts(
    train: pl.DataFrame, validation: pl.DataFrame, test: pl.DataFrame
) -> dict[str, dict[str, Any]]:
    """Say how many flights each part of the year has, from when to when, and how many late."""
    parts = {"train": train, "validation": validation, "test": test}
    return {name: summarize_part(part) for name, part in parts.items()}


def summarize_part(trips: pl.DataFrame) -> dict[str, Any]:
    """First and last day, flights, and the share of them that were late."""
    date, late = trips.get_column("date"), trips.get_column("late")
    return {
        "first": str(date.min()),
        "last": str(date.max()),
        "flights": trips.height,
        "late": int(late.sum()) / trips.height,
    }


def late_by_airline(trips: pl.DataFrame, airlines: pl.DataFrame) -> pl.DataFrame:
    """Count flights and the late share for each airline, the busiest first."""
    return (
        trips.group_by("carrier")
        .agg(flights=pl.len(), late=pl.col("late").mean())
        .join(airlines, on="carrier", how="left")
        .select("carrier", pl.col("name").fill_null(pl.col("carrier")), "flights", "late")
        .sort("flights", "carrier", descending=[True, False])
    )
