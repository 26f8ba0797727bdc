"""Labels out to a spreadsheet, and back into the log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tilth.data.location import place
from tilth.errors import DataError
from tilth.labels.entry import Decision, Entry, Source
from tilth.labels.queue import Queue
from tilth.labels.sheet import INSTRUCTION, LABEL, LABELER, ROUND, Row, read, word, write
from tilth.labels.standing import Standing
from tilth.project.label_set import LabelSet, new_id
from tilth.record import changed, record

_GIVEN, _SUGGESTED = "given", "suggested"
_MANY = 10


@record
class Imported:
    """What came of an import.

    Attributes:
        n_new: Decisions that were written to the log.
        n_known: Those that stood there already.
        n_empty: Rows that were not filled in.
    """

    n_new: int
    n_known: int
    n_empty: int


def export_queue(labels: LabelSet, file: Path, labeler: str, rounds: Sequence[str]) -> int:
    """Write what a person is asked as CSV, to fill in the column `label`; how many rows.

    Blind rounds show neither the given label nor a suggestion here either.
    """
    items = labels.items
    queue = Queue(labels.standing, labeler, rounds)
    asked = [each for each in queue.open() if each.item in items.rows]
    columns = (labels.settings.key, *_shown(labels), _GIVEN, _SUGGESTED, LABEL, ROUND)
    known = labels.standing.rounds
    rows = []
    for each in asked:
        told = (None, None) if known[each.round].is_blind else (each.given, each.suggested)
        values = items.frame.row(items.rows[each.item], named=True)
        rows.append([each.item, *(values[c] for c in _shown(labels)), *told, None, each.round])
    place(write(columns, rows).encode("utf-8-sig"), file)
    return len(rows)


def export_decisions(labels: LabelSet, file: Path) -> int:
    """Write every decision that stands as CSV; how many rows."""
    found = labels.standing.current()
    columns = (labels.settings.key, LABEL, LABELER, "time", INSTRUCTION, "source", ROUND)
    rows = [
        (
            each.item,
            word(each.verdict, each.label),
            each.labeler,
            each.time,
            each.instruction,
            str(each.source),
            each.round,
        )
        for each in found
    ]
    place(write(columns, rows).encode("utf-8-sig"), file)
    return len(rows)


def import_sheet(labels: LabelSet, file: Path, labeler: str) -> Imported:
    """Write what a filled-in sheet says to the log: all of it, or nothing.

    Args:
        labels: Whose labels.
        file: CSV with the key and `label`; `labeler` and `round` where they are known.
        labeler: Who filled it in, where the sheet does not say.

    Raises:
        DataError: The sheet holds mistakes, all of which are told; nothing was written.
    """
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise DataError(f"`{file}` cannot be read: {reason}") from error
    sheet = read(text, key=labels.settings.key, keys=labels.items.keys, classes=labels.classes)
    _refuse(file, [*sheet.mistakes, *_strange_rounds(labels, sheet.rows)])
    n_known = 0

    def compose(standing: Standing, version: str) -> list[Entry]:
        nonlocal n_known
        rows = [
            changed(
                each,
                labeler=each.labeler or labeler,
                instruction=each.instruction or version,
            )
            for each in sheet.rows
        ]
        new = [each for each in rows if not _stands(standing, each)]
        n_known = len(rows) - len(new)
        return [
            _asked(labels, each, standing) if each.round else _imported(labels, each)
            for each in new
        ]

    new = labels.add(compose)
    return Imported(n_new=len(new), n_known=n_known, n_empty=sheet.n_empty)


def _shown(labels: LabelSet) -> list[str]:
    """Columns that people see; the label is none of them, as it would not be blind."""
    taken = {labels.settings.key, labels.settings.label, LABEL, ROUND, LABELER, _GIVEN, _SUGGESTED}
    return [each for each in labels.items.show if each not in taken]


def _strange_rounds(labels: LabelSet, rows: Sequence[Row]) -> list[str]:
    standing = labels.standing
    return [
        f"line {each.line}: round {each.round!r} does not ask about item {each.item!r}"
        for each in rows
        if each.round and standing.question(each.round, each.item) is None
    ]


def _refuse(file: Path, mistakes: Sequence[str]) -> None:
    if not mistakes:
        return
    more = [f"and {len(mistakes) - _MANY} more"] if len(mistakes) > _MANY else []
    told = "\n  ".join([*mistakes[:_MANY], *more])
    raise DataError(
        f"`{file}` holds mistakes:\n  {told}",
        hint="nothing was imported; mend the sheet and import it again",
    )


def _stands(standing: Standing, row: Row) -> bool:
    said = standing.of_item(row.item, row.round).get(row.labeler)
    answer = row.verdict, row.label, row.instruction
    return said is not None and (said.verdict, said.label, said.instruction) == answer


def _asked(labels: LabelSet, row: Row, standing: Standing) -> Decision:
    question, answer = standing.question(row.round, row.item), (row.verdict, row.label)
    assert question is not None, "rounds that do not ask were refused"
    asked = standing.rounds[row.round]
    return labels.decision(question, asked, answer, row.labeler, row.instruction)


def _imported(labels: LabelSet, row: Row) -> Decision:
    return Decision(
        id=new_id(),
        item=row.item,
        verdict=row.verdict,
        label=row.label,
        labeler=row.labeler,
        time=labels.log.now(),
        instruction=row.instruction,
        source=Source.IMPORT,
    )
