"""What a tuning has found out so far, in a file, should it be killed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tilth.record import record


@record
class Entry:
    """One fold of one trial.

    Attributes:
        trial: Its number.
        settings: Of the trial.
        fold: Which one.
        score: Greater is better; None where the estimator raised.
        seconds: That it took.
        why: Why it raised.
    """

    trial: int
    settings: Mapping[str, Any]
    fold: int
    score: float | None = None
    seconds: float = 0.0
    why: str = ""

    @property
    def line(self) -> str:
        """As a line of the file."""
        told = (self.trial, dict(self.settings), self.fold, self.score, self.seconds, self.why)
        return json.dumps(told) + "\n"


class Journal:
    """Lines at the end of a file: who is killed loses the one that he was writing."""

    def __init__(self, path: Path | None) -> None:
        """Read what there is.

        Args:
            path: The file; None where nothing is kept.
        """
        self._path = path
        self._known: dict[tuple[int, int], Entry] = {}
        if path is not None and path.exists():
            self._known = {(each.trial, each.fold): each for each in _read(path)}
            path.write_text("".join(each.line for each in self._known.values()), "utf-8")

    def __len__(self) -> int:
        return len(self._known)

    def known(self, trial: int, settings: Mapping[str, Any], fold: int) -> Entry | None:
        """What came of a fold, where it is on record with the very same settings."""
        found = self._known.get((trial, fold))
        return found if found is not None and dict(found.settings) == dict(settings) else None

    def keep(self, entry: Entry) -> None:
        """Put a fold on record."""
        self._known[entry.trial, entry.fold] = entry
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(entry.line)


def _read(path: Path) -> Iterator[Entry]:
    for line in path.read_text("utf-8", "replace").splitlines():
        try:
            trial, settings, fold, score, seconds, why = json.loads(line)
        except ValueError:
            continue  # cut short, or no line of ours
        yield Entry(
            trial=trial, settings=settings, fold=fold, score=score, seconds=seconds, why=why
        )
