"""What people see of an item: pictures, texts, and the rest of the row with what is odd first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import polars as pl

from tilth.labels.entry import Key, Question, Round
from tilth.labels.picture import is_picture
from tilth.project.label_set import LabelSet
from tilth.quality.oddness import oddness

ODD = 0.02
"""Values that so few others are as odd as, are marked."""

_WORDS = 5
"""Words, in the median, from which a column is text to read rather than a field."""

_MOST = 20_000
"""Characters of a text that are sent."""


def card_id(question: Question) -> str:
    """What the page calls a question."""
    return f"{question.round}:{json.dumps(question.item, ensure_ascii=False)}"


def parsed_id(id: str) -> tuple[str, Key]:
    """The round and the item of a card.

    Raises:
        ValueError: It is none.
    """
    round, _, item = id.partition(":")
    key = json.loads(item)
    if isinstance(key, bool) or not isinstance(key, str | int):
        raise ValueError(f"{id!r} is no card")
    return round, key


class Cards:
    """Makes cards of the rows of a label set."""

    def __init__(self, labels: LabelSet) -> None:
        self._labels = labels
        items = labels.items
        # Whatever tilth.yml says: who labels blind must not see the label, nor models' words.
        self._columns = [each for each in items.show if each != labels.settings.label]

    def card(self, question: Question, asked: Round) -> dict[str, Any]:
        """A question as the page shows it."""
        row = self._labels.items.rows.get(question.item)
        card = {
            "id": card_id(question),
            "key": str(question.item),
            "source": str(asked.source),
            "blind": asked.is_blind,
            "given": None if asked.is_blind else _name(question.given),
            "suggested": None if asked.is_blind else _name(question.suggested),
            "reason": "" if asked.is_blind else question.reason,
            "pictures": [],
            "texts": [],
            "fields": [],
        }
        return card | (self._of_row(row) if row is not None else {"gone": True})

    def picture(self, row: int, column: int) -> str | None:
        """The path that stands in a cell which is shown as a picture, or None."""
        frame = self._labels.items.frame
        if not (0 <= row < frame.height and 0 <= column < len(self._columns)):
            return None
        name = self._columns[column]
        value = frame[name][row] if name in self._pictures else None
        return value if isinstance(value, str) and is_picture(value) else None

    def _of_row(self, row: int) -> dict[str, Any]:
        values = self._labels.items.frame.row(row, named=True)
        pictures: list[dict[str, Any]] = []
        texts: list[dict[str, Any]] = []
        fields: list[dict[str, Any]] = []
        for number, name in enumerate(self._columns):
            value = values[name]
            if name in self._pictures and isinstance(value, str) and is_picture(value):
                pictures.append({"name": name, "path": value, "url": f"picture/{row}/{number}"})
            elif name in self._texts:
                texts.append({"name": name, "text": _text(value)})
            else:
                odd = float(self._oddness[name][row])
                fields.append({"name": name, "value": _text(value), "odd": odd})
        fields.sort(key=lambda each: each["odd"] if each["odd"] <= ODD else 1.0)
        shown = [{**each, "odd": each["odd"] <= ODD} for each in fields]
        return {"pictures": pictures, "texts": texts, "fields": shown}

    @property
    def _pictures(self) -> frozenset[str]:
        """Columns of paths to pictures."""
        return self._labels.items.pictures

    @cached_property
    def _texts(self) -> frozenset[str]:
        """Columns to read."""
        return frozenset(name for name in self._columns if _is_long(self._column(name)))

    @cached_property
    def _oddness(self) -> Mapping[str, Any]:
        return {name: oddness(self._column(name)) for name in self._columns}

    def _column(self, name: str) -> pl.Series:
        column: pl.Series = self._labels.items.frame[name]
        return column


def _is_long(column: pl.Series) -> bool:
    """Whether people have to read it, rather than to know it again."""
    if column.dtype != pl.String:
        return False
    some = column.drop_nulls().head(10_000)
    n_words = some.str.count_matches(r"\S+").median()
    wordy = isinstance(n_words, float | int) and n_words >= _WORDS
    return wordy or bool(some.str.contains("\n").any())


def _name(label: object) -> str | None:
    return None if label is None else str(label)


def _text(value: object) -> str | None:
    if value is None:
        return None
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    if len(text) <= _MOST:
        return text
    return f"{text[:_MOST]} ... and {len(text) - _MOST:,} more characters"
