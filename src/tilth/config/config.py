"""A project's configuration as one record, with the way back to the files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from tilth.config.item import Item, descend
from tilth.config.mistake import Mistake, Sources, located
from tilth.config.place import Place
from tilth.config.settings import EntrySettings, ProjectSettings
from tilth.record import field, record

_WORD = r"[^\s:,\]}]*"


class Places:
    """Where each value of a project's files stands, and how it was written there.

    A path is a sequence of keys and positions, and begins with `tilth`, `catalog` or
    `params`: `("catalog", "trips", "location")`.
    """

    def __init__(self, roots: Mapping[str, Item], sources: Sources) -> None:
        self._roots = roots
        self._sources = sources

    def __repr__(self) -> str:  # the values may be secret
        return "Places(...)"

    def value(self, *path: str | int) -> Place | None:
        """Where a value stands, or None where there is none."""
        item = self._item(path)
        return item.place if item is not None else None

    def key(self, *path: str | int) -> Place | None:
        """Where the key of a value stands, or None where there is none."""
        item = self._item(path)
        return item.key if item is not None else None

    def replaced(self, *path: str | int) -> tuple[Place, ...]:
        """Where the values stand that this one took the place of, the latest first."""
        item = self._item(path)
        return item.replaced if item is not None else ()

    def secret(self, *path: str | int) -> str | None:
        """What to show in place of a value that came from the environment; else None."""
        item = self._item(path)
        return item.written if item is not None and item.secret else None

    def shown(self, *path: str | int) -> Any:
        """The value as it may be shown and kept: secrets as they were written in the file."""
        item = self._item(path)
        return _shown(item) if item is not None else None

    def mistake(
        self,
        message: str,
        place: Place | None = None,
        *,
        expected: str | None = None,
        hint: str | None = None,
        severity: Literal["error", "warning"] = "error",
    ) -> Mistake:
        """A mistake that was found elsewhere, told like those in the files."""
        bare = Mistake(message=message, expected=expected, hint=hint, severity=severity)
        return located(bare, place, self._sources, width=self._width(place))

    def _width(self, place: Place | None) -> int:
        word = re.match(_WORD, self._sources.rest(place)) if place is not None else None
        return word.end() if word is not None else 1

    def _item(self, path: Sequence[str | int]) -> Item | None:
        if not path or path[0] not in self._roots:
            return None
        return descend(self._roots[str(path[0])], path[1:])


def _shown(item: Item) -> Any:
    if item.secret:
        return item.written
    if isinstance(item.value, dict):
        return {key: _shown(each) for key, each in item.value.items()}
    if isinstance(item.value, list):
        return [_shown(each) for each in item.value]
    return item.value


@record
class Secrets:
    """What came from the environment, so that it can be kept out of what people read.

    Attributes:
        texts: The secret -> the text that stands in the file in its place.
    """

    texts: Mapping[str, str] = field(default_factory=dict, repr=False)

    def masked(self, text: str) -> str:
        """The text with every secret in it replaced by what stands in the file.

        Secrets of fewer than four characters are left: they are in every text, and no secret.
        """
        for secret in sorted(self.texts, key=len, reverse=True):
            if len(secret) >= 4:
                text = text.replace(secret, self.texts[secret])
        return text


@record
class Config:
    """All that a project's files say.

    Its text form shows none of it, since any value may have come from the environment.

    Attributes:
        folder: Of the project.
        env: The name of the environment whose overlay is in, or None.
        settings: What tilth.yml says.
        catalog: Name of a dataset -> its entry.
        params: The parameters, references resolved. May hold secrets: keep and show
            `places.shown("params")` instead.
        places: Where each value stands.
        secrets: What must not be seen.
        warnings: What should be told, though the project can be opened.
        files: All files that were read, relative to the folder.
    """

    folder: Path
    env: str | None
    settings: ProjectSettings = field(repr=False)
    catalog: Mapping[str, EntrySettings] = field(repr=False)
    params: Mapping[str, Any] = field(repr=False)
    places: Places
    secrets: Secrets
    warnings: tuple[Mistake, ...] = ()
    files: tuple[str, ...] = ()
