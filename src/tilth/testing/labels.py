"""Label logs for tests: entries whose ids and times no clock and no chance decide."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

from tilth.labels.entry import Decision, Key, Label, Question, Round, Source, Undo, Verdict
from tilth.labels.log import Log
from tilth.labels.standing import Standing

TILTH = """
labels:
  tone:
    data: reviews
    key: id
    label: tone
    show: [text, shop, stars]
    classes: [good, neutral, bad]
"""

CATALOG = """
reviews: {format: csv, location: data/reviews.csv}
"""

INSTRUCTION = """
# Tone of a review

Say what the writer feels about the product.

## Rules

1. Irony counts as what is meant.
2. Where `good` and `bad` are in balance, the last sentence decides.
"""

_WORDS = {
    "good": ("I would buy it again any day", "it works like a charm for me"),
    "neutral": ("it came in a brown box today", "it does what the page says"),
    "bad": ("it broke after only one week", "what a sad waste of money"),
}


def write_reviews(folder: Path, n: int = 60, *, wrong: int = 7) -> Path:
    """A small project: reviews with their tone, of which every so many is wrong.

    Args:
        folder: Where; it is made.
        n: How many reviews; `r0` to the last.
        wrong: Every how-manieth label is that of another class; 0 for none.
    """
    rows = ["id,text,shop,stars,tone"]
    tones = list(_WORDS)
    for i in range(n):
        true = i % 3
        tone = tones[(true + 1) % 3 if wrong and i % wrong == wrong - 1 else true]
        text = f"{_WORDS[tones[true]][i % 2]} ({i})"
        rows.append(f"r{i},{text},{'NSW'[i % 3]},{5 - 2 * true},{tone}")
    files = {
        "tilth.yml": TILTH,
        "catalog.yml": CATALOG,
        "labels/tone.md": INSTRUCTION.lstrip(),
        "data/reviews.csv": "\n".join(rows) + "\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


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
