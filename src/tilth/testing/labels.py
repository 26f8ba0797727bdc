"""Label logs for tests: entries whose ids and times no clock and no chance decide."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

from tilth.labels.entry import Decision, Key, Label, Question, Round, Source, Undo, Verdict
from tilth.labels.log import Log
from tilth.labels.standing import Standing


class Scribe:
    """Makes entries, each a second later than the one before."""

    def __init__(self) -> None:
        self._numbers = count()

    def now(self) -> str:
        """A second after the last call."""
        second = next(self._numbers)
        clock = f"{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"
        return f"2026-03-{second // 86400 + 1:02}T{clock}.000Z"

    def log(self, path: Path) -> Log:
        """A log that keeps this scribe's time."""
        return Log(path, self.now)

    def decision(
        self, item: Key, label: Label | Verdict, labeler: str = "ada", **said: Any
    ) -> Decision:
        """Somebody says a class, or another verdict."""
        verdict = label if isinstance(label, Verdict) else Verdict.LABEL
        said = {"id": f"d{next(self._numbers)}", "time": self.now()} | said
        return Decision(
            item=item,
            verdict=verdict,
            label=label if verdict is Verdict.LABEL else None,
            labeler=labeler,
            **{"source": Source.SAMPLE} | said,
        )

    def undo(self, decision: Decision) -> Undo:
        """Its maker takes a decision back."""
        return Undo(
            id=f"u{next(self._numbers)}",
            undoes=decision.id,
            labeler=decision.labeler,
            time=self.now(),
        )

    def asked(
        self,
        id: str,
        items: Iterable[Key],
        reviewers: int = 1,
        source: Source = Source.SAMPLE,
        **said: Any,
    ) -> list[Round | Question]:
        """A round with its questions."""
        return [
            Round(id=id, source=source, reviewers=reviewers, time=self.now()),
            *(Question(round=id, item=each, **said) for each in items),
        ]


def standing(*entries: Any) -> Standing:
    """What entries come to."""
    return Standing().follow(list(entries))
