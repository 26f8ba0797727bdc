"""What becomes of a column on its way to a model."""

from __future__ import annotations

from typing import Any

from tilth.record import record


@record
class Treatment:
    """What is done with a column.

    Attributes:
        column: Its name.
        kind: What it holds: `number`, `truth`, `category`, `date`, `text`, `identifier`,
            `constant`, `empty`, `target` or `other`.
        treatment: One of `tilth.quality.preparation_plan.TREATMENTS`.
        why: In words, with what was seen.
        lenient: Whether cells that cannot be read count as missing. A column of texts that are
            numbers or dates but for few had such cells in training already.
        parts: Of a date, which parts are taken; see `tilth.quality.preparation.dates`.
        words: Of a text, the words that are looked for.
    """

    column: str
    kind: str
    treatment: str
    why: str
    lenient: bool = False
    parts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def is_used(self) -> bool:
        """Whether anything of the column reaches the model."""
        return self.treatment != "drop"

    def as_dict(self) -> dict[str, Any]:
        """As plain data; `Treatment(**...)` reads it back."""
        return {
            "column": self.column, "kind": self.kind, "treatment": self.treatment,
            "why": self.why, "lenient": self.lenient, "parts": list(self.parts),
            "words": list(self.words),
        }  # fmt: skip
