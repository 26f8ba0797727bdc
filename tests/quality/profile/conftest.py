"""Tables with defects of each kind, planted at random, and where they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from tilth.quality.profile import DefectKind

_SUBJECTS = ("flight", "delay", "storm", "runway", "gate", "crew", "pilot", "engine", "fuel",
             "baggage", "tower", "wind", "rain", "fog", "snow", "radar", "taxi", "wing", "tail",
             "cabin", "ticket", "queue", "landing", "approach", "terminal", "schedule")  # fmt: skip
_OTHERS = ("bread", "flour", "yeast", "oven", "butter", "sugar", "crust", "dough", "cake", "spoon",
           "bowl", "honey", "jam", "salt", "cinnamon", "recipe", "raisin", "pastry")  # fmt: skip
_FILL = ("the", "and", "of", "to", "in", "was", "for", "on", "with", "at", "by", "a")
_CITIES = ("London", "Berlin", "Madrid", "Lisbon", "Vienna", "Warsaw", "Athens", "Dublin")
_GARBLED = ("MÃ¼nchen", "cafÃ© au lait", "donâ€™t", "a\x00b", "x\ufffdy", "naÃ¯ve", "\x1b[0m")
_NOTHING = ("N/A", "null", "-", "?", "none", "NaN", "#N/A")


@dataclass
class Planted:
    """A table, and its defects.

    Attributes:
        cells: (kind, column, row), of cells and rows; the column is empty for whole rows.
        columns: (kind, column), of whole columns.
    """

    table: pl.DataFrame
    cells: set[tuple[str, str, int]] = field(default_factory=set)
    columns: set[tuple[str, str]] = field(default_factory=set)


@pytest.fixture(scope="session")
def plant() -> Callable[[int], Planted]:
    """Makes such a table of a seed."""
    return planted


def planted(seed: int, *, n: int = 1_500) -> Planted:
    """A table of a few defects of each kind among many sound rows."""
    draw = np.random.default_rng(seed)
    values = _sound(draw, n)
    rows = iter(draw.permutation(n).tolist())
    cells: set[tuple[str, str, int]] = set()

    def put(kind: DefectKind, column: str, make, times: int) -> None:
        for _ in range(times):
            row = next(rows)
            values[column][row] = make()
            cells.add((kind, column, row))

    few = lambda: int(draw.integers(3, 9))  # noqa: E731 - how often each is planted
    pick = lambda choices: choices[int(draw.integers(len(choices)))]  # noqa: E731
    put(DefectKind.CORRUPTED, "note", lambda: f"{_text(draw, _SUBJECTS)} {pick(_GARBLED)}", few())
    put(DefectKind.CORRUPTED, "city", lambda: pick(_GARBLED), few())
    put(DefectKind.UNREADABLE, "price", lambda: pick(("12,x", "abc", "1O.50", "7..2")), few())
    put(DefectKind.UNREADABLE, "day", lambda: pick(("2021-13-01", "soon", "2021-02-30")), few())
    age = pick((-999, 999, -99, 9999))
    put(DefectKind.SENTINEL, "age", lambda: age, few())
    put(DefectKind.SENTINEL, "born", lambda: date(1900, 1, 1), few())
    put(DefectKind.SENTINEL, "city", lambda: pick(_NOTHING), few())
    put(DefectKind.OUT_OF_RANGE, "height", lambda: pick((17.6, 1.7e4, -170.0, 1756.0)), few())
    put(DefectKind.OUT_OF_RANGE, "income", lambda: float(draw.uniform(5e8, 9e9)), few())
    put(DefectKind.OUT_OF_RANGE, "born", lambda: date(2190, 1, 1) + _days(draw, 3000), few())
    put(DefectKind.MISSPELT, "city", lambda: pick(("Lodnon", "berlin", "Madrd", "VIENNA")), few())
    put(DefectKind.ODD_PATTERN, "code", lambda: pick(("x7", "none yet", "123", "AB_12")), few())
    put(DefectKind.OFF_TOPIC, "note", lambda: _text(draw, _OTHERS), few())
    put(DefectKind.MIXED_TYPES, "thing", lambda: pick(("three", b"3", [3])), few())
    _plant_empty(values, [next(rows) for _ in range(few())], cells)
    _repeat(values, draw, n, int(draw.integers(2, 4)), cells)
    return _framed(values, cells)


def _sound(draw: np.random.Generator, n: int) -> dict[str, list]:
    weights = draw.dirichlet(np.full(len(_CITIES), 20.0))
    late = draw.random(n) < 0.3
    return {
        "order_id": (draw.permutation(n) + 10_000).tolist(),
        "late": late.tolist(),
        "delay": (40 * late + draw.normal(size=n)).tolist(),
        "closed": ["yes" if each else None for each in late],
        "version": ["v1"] * n,
        "comment": [None] * n,
        "blank": ["  "] * n,
        "code": [f"AB-{i:04d}" for i in draw.integers(0, 9999, n)],
        "age": draw.integers(18, 80, n).tolist(),
        "born": [date(1940, 1, 1) + _days(draw, 25_000) for _ in range(n)],
        "height": draw.normal(172, 9, n).round(1).tolist(),
        "income": draw.lognormal(10, draw.uniform(0.3, 0.9), n).round(2).tolist(),
        "count": draw.poisson(draw.uniform(0.2, 5), n).tolist(),
        "city": draw.choice(_CITIES, n, p=weights).tolist(),
        "price": [f"{each:.2f}" for each in draw.gamma(2, 30, n)],
        "day": [str(date(2019, 1, 1) + _days(draw, 1500)) for _ in range(n)],
        "note": [_text(draw, _SUBJECTS) for _ in range(n)],
        "thing": draw.integers(0, 9, n).tolist(),
    }


def _text(draw: np.random.Generator, words: tuple[str, ...]) -> str:
    """Words with Zipf's frequencies, a third of them such as every text has."""
    chances = 1 / np.arange(1, len(words) + 1)
    chosen = draw.choice(words, int(draw.integers(12, 30)), p=chances / chances.sum())
    return " ".join(
        str(draw.choice(_FILL)) if draw.random() < 0.33 else str(word) for word in chosen
    )


def _days(draw: np.random.Generator, most: int) -> timedelta:
    return timedelta(days=int(draw.integers(most)))


def _plant_empty(values: dict[str, list], rows: list[int], cells: set) -> None:
    for row in rows:
        for name, column in values.items():
            if name not in ("order_id", "version"):
                column[row] = "  " if name == "city" and row % 2 else None
        cells.add((DefectKind.EMPTY, "", row))
        if row % 2:  # the blank itself stands for nothing
            cells.add((DefectKind.SENTINEL, "city", row))


def _repeat(
    values: dict[str, list], draw: np.random.Generator, n: int, times: int, cells: set
) -> None:
    """Add rows that repeat sound ones: wholly, but for a column, for rounding, for a word."""
    taken = {row for _, _, row in cells}
    sound = iter([row for row in draw.permutation(n).tolist() if row not in taken])
    for kind, change in (
        (DefectKind.DUPLICATE, lambda row: row),
        (DefectKind.NEAR_DUPLICATE, lambda row: {**row, "income": round(row["income"] * 1.3, 2)}),
        (DefectKind.NEAR_DUPLICATE, lambda row: {**row, "age": row["age"] + 1}),
        (DefectKind.NEAR_DUPLICATE, lambda row: {**row, "order_id": row["order_id"] + n}),
        (DefectKind.NEAR_DUPLICATE, _rounded),
    ):
        for _ in range(times):
            source = next(sound)
            row = change({name: column[source] for name, column in values.items()})
            cells.add((kind, "", len(values["age"])))
            for name, column in values.items():
                column.append(row[name])
    for _ in range(times):  # the text alone: all else is another row's
        source, other = next(sound), next(sound)
        row = {name: column[other] for name, column in values.items()}
        row |= {"note": values["note"][source] + " again", "age": 33, "thing": 5}
        row |= {"order_id": row["order_id"] + n + 300, "height": 171.2, "income": 12345.67}
        cells.add((DefectKind.NEAR_DUPLICATE, "note", len(values["age"])))
        for name, column in values.items():
            column.append(row[name])


def _rounded(row: dict) -> dict:
    return {**row, "income": round(row["income"], 1), "height": row["height"] + 0.001}


def _framed(values: dict[str, list], cells: set) -> Planted:
    """With what is planted in whole columns."""
    objects = pl.Series("thing", values.pop("thing"), dtype=pl.Object)
    columns = {
        (DefectKind.ID_LIKE, "order_id"),
        (DefectKind.CONSTANT, "version"),
        (DefectKind.EMPTY, "comment"),
        (DefectKind.EMPTY, "blank"),
        (DefectKind.LEAK, "delay"),
        (DefectKind.LEAK, "closed"),
        (DefectKind.DUPLICATE, "copy"),
    }
    table = pl.DataFrame(values, schema_overrides={"comment": pl.String}).with_columns(objects)
    return Planted(table=table.with_columns(copy="count"), cells=cells, columns=columns)
