"""What people bring for an order: every row is checked, and is accepted or refused with reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilth.contract.check import RowCheck
from tilth.contract.contract import Contract, Promise
from tilth.contract.quarantine import REASONS, split
from tilth.contract.types import kind_of
from tilth.data.location import place
from tilth.engine.promises import Promises
from tilth.errors import DefinitionError
from tilth.project.checking import table_of
from tilth.project.order import HOME, Order, save, takes_rows
from tilth.project.order_sheet import ORDER, Sheet, read_sheet, refused_of
from tilth.project.typed_cells import typed
from tilth.record import changed, record

if TYPE_CHECKING:
    from tilth.project.project import Project

_LINE = "__line__"
_KEYS = ("key", "unique")
"""Checks of columns that name a row; they are held against the data as well."""


@record
class Receipt:
    """What came of a file.

    Attributes:
        order: Which order it answers, with this file among what was received.
        n_rows: Rows that were filled in: those accepted and those refused.
        n_empty: Lines that nobody filled in.
        n_accepted: How many are fine.
        reasons: Why rows were refused, the most frequent first; a row may have several.
        by_chance: How many rows are like ones that are there, as chance has it.
        into: The dataset that takes the accepted.
        path: The file that holds them; None where none was written.
        refused: The file with what was refused; None where nothing was.
    """

    order: Order
    n_rows: int
    n_empty: int
    n_accepted: int
    reasons: Mapping[str, int]
    by_chance: int
    into: str
    path: Path | None
    refused: Path | None

    @property
    def n_refused(self) -> int:
        """How many were not."""
        return self.n_rows - self.n_accepted


def receive(
    project: Project,
    order: Order,
    file: Path,
    *,
    into: str | None = None,
    by: str = "",
    write_rows: bool = True,
) -> Receipt:
    """Check what a file holds, and add the rows that are fine to a dataset.

    A row is refused that has cells of another type, breaks the contract, is of another kind than
    was ordered, has no label, or copies a row of the data, of a test or of the file itself.

    Args:
        project: Whose.
        order: Which order it answers.
        file: CSV with the columns of the order.
        into: The dataset that takes the rows; the one of the order where not given.
        by: Who brings it.
        write_rows: False to check alone.

    Raises:
        DefinitionError: It is not known where rows are to go, or they cannot go there.
        DataError: The file is no such sheet, or could not be written; nothing was added.
    """
    home = _home(project, order, into)
    sheet = read_sheet(order, file)
    checked = _Check(project, order, home).checked(sheet)
    accepted = [i for i in range(len(sheet.rows)) if not checked.reasons[i]]
    refused = None
    if write_rows and len(accepted) < len(sheet.rows):
        refused = file.with_name(f"{file.stem}.refused.csv")
        place(refused_of(sheet, checked.reasons).encode("utf-8-sig"), refused)
    path = None
    if write_rows and accepted:
        from tilth.project.adding import added  # it reads the data

        path = added(project, home, checked.frame[accepted].select(list(order.columns)), order.id)
    counts = Counter(each.partition(": ")[0] for reasons in checked.reasons for each in reasons)
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    entry = {
        "file": file.name,
        "accepted": len(accepted),
        "refused": len(sheet.rows) - len(accepted),
        "into": home,
        "by": by,
        "time": now,
    }
    order = changed(order, received=(*order.received, entry)) if write_rows else order
    if write_rows:
        save(project, order)
    return Receipt(
        order=order,
        n_rows=len(sheet.rows),
        n_empty=sheet.n_empty,
        n_accepted=len(accepted),
        reasons=dict(counts.most_common()),
        by_chance=checked.by_chance,
        into=home,
        path=path,
        refused=refused,
    )


def _home(project: Project, order: Order, into: str | None) -> str:
    home = into or order.into
    if not home:
        reason = takes_rows(project, order.dataset)
        raise DefinitionError(f"dataset `{order.dataset}` takes no rows: {reason}", hint=HOME)
    reason = takes_rows(project, home)
    if reason is not None:
        raise DefinitionError(f"dataset `{home}` takes no rows: {reason}", hint=HOME)
    return home


# The rows


@record
class _Checked:
    """Rows with their types, and why each is refused; no reason where it is not."""

    frame: Any
    reasons: list[list[str]]
    by_chance: int


class _Check:
    """Checks rows for an order; copies are looked for among those that are fine otherwise."""

    def __init__(self, project: Project, order: Order, home: str) -> None:
        self._project, self._order, self._home = project, order, home
        project.prepare_contracts()
        self._contract = order.promised(project)
        self._known = table_of(project, order.dataset).collect()

    def checked(self, sheet: Sheet) -> _Checked:
        like = self._known.select(list(self._order.columns))
        frame, reasons = typed(sheet.header, sheet.rows, like)
        readable = self._fine(reasons)
        self._answers(sheet, reasons)
        self._labelled(frame, reasons)
        self._broken(frame, reasons)
        self._of_another_kind(frame, readable, reasons)
        self._keys(frame, reasons)
        by_chance = self._copies(frame, reasons)
        return _Checked(frame=frame, reasons=reasons, by_chance=by_chance)

    def _answers(self, sheet: Sheet, reasons: list[list[str]]) -> None:
        if ORDER not in sheet.header:
            return
        place = sheet.header.index(ORDER)
        for cells, why in zip(sheet.rows, reasons, strict=True):
            if place < len(cells) and cells[place] not in ("", self._order.id):
                why.append(f"it answers another order: {cells[place]}")

    def _labelled(self, frame: Any, reasons: list[list[str]]) -> None:
        label = self._order.label
        if label:
            for missing, why in zip(frame[label].is_null().to_list(), reasons, strict=True):
                if missing and not any(f"`{label}`" in each for each in why):
                    why.append(f"it has no label: `{label}` is empty")

    def _broken(self, frame: Any, reasons: list[list[str]]) -> None:
        rows = self._fine(reasons)
        promises = [changed(each, severity="quarantine") for each in self._row_promises()]
        contract = changed(self._contract, promises=tuple(promises), schema="")
        numbered = frame[rows].with_row_index(_LINE)
        _, broken = split(contract, numbered, references=self._references())
        for line, why in broken.select(_LINE, REASONS).collect().iter_rows():
            reasons[rows[line]] += [each for each in why if each]

    def _row_promises(self) -> Iterator[Promise]:
        """Promises that each row keeps by itself; a tolerated share is none."""
        for each in self._contract.promises:
            tolerated = each.check.given.get("at_most")
            known = set(each.check.columns) <= set(self._order.columns)
            by_row = isinstance(each.check, RowCheck) and each.name not in _KEYS
            if by_row and known and not tolerated and each.severity != "warn":
                yield each

    def _references(self) -> Any:
        promises = Promises(
            {self._order.dataset: self._contract},
            self._project.workspace,
            0,
            version=self._project.version,
            tell=lambda message: None,
            masked=self._project.config.secrets.masked,
        )
        return promises.looked_up(self._contract).references()

    def _of_another_kind(self, frame: Any, rows: list[int], reasons: list[list[str]]) -> None:
        """Of rows all of whose cells could be read: of others it is not known."""
        inside = self._order.asks_for(frame[rows], f"order `{self._order.id}`")
        for row, fits in zip(rows, inside, strict=True):
            if not fits:
                reasons[row].append(f"it is of another kind: not {self._order.wanted}")

    def _keys(self, frame: Any, reasons: list[list[str]]) -> None:
        """Keys that are there already, in the data or above in the file."""
        for key in _keys(self._contract):
            taken = set(self._known.select(key).rows())
            for row, value in enumerate(frame.select(key).rows()):
                if reasons[row] or None in value:
                    continue
                if value in taken:
                    shown = ", ".join(map(str, value))
                    reasons[row].append(f"its key is taken: {', '.join(key)} = {shown}")
                taken.add(value)

    def _copies(self, frame: Any, reasons: list[list[str]]) -> int:
        """Rows that are there already; how many are like others by chance alone."""
        from tilth.quality.copies import copies_of  # it imports NumPy and Polars

        left_out = {self._order.label, *(name for key in _keys(self._contract) for name in key)}
        compared = [each for each in self._order.columns if each not in left_out]
        by_chance = 0
        for dataset in dict.fromkeys([self._order.dataset, self._home, *self._order.against]):
            known = self._other(dataset, compared)
            rows = self._fine(reasons)
            if known is None or not rows:
                continue
            like = self._known.select(known.columns)
            found = copies_of(frame[rows].select(known.columns), known, like)
            by_chance = max(by_chance, found.by_chance)
            for at, row in enumerate(rows):
                reasons[row] += _copied(found, at, dataset)
        return by_chance

    def _other(self, dataset: str, compared: Sequence[str]) -> Any:
        """The rows of a dataset, of the columns that both have; None where it has no rows yet."""
        if dataset == self._home and dataset != self._order.dataset:
            from tilth.project.adding import there  # it reads the data

            frame = there(self._project, dataset)
        else:
            frame = table_of(self._project, dataset).collect()
        if frame is None or not frame.height:
            return None
        kinds = self._known.schema
        both = [each for each in compared if each in frame.columns]
        alike = {each: kinds[each] for each in both if _alike(frame.schema[each], kinds[each])}
        return frame.select(list(alike)).cast(alike, strict=False)

    def _fine(self, reasons: list[list[str]]) -> list[int]:
        return [row for row, why in enumerate(reasons) if not why]


def _alike(one: Any, other: Any) -> bool:
    """Whether values of two types can be compared."""
    return kind_of(one) == kind_of(other) or (one.is_numeric() and other.is_numeric())


def _keys(contract: Contract) -> list[list[str]]:
    """Columns whose values name a row."""
    return [list(e.check.columns) for e in contract.promises if e.name in _KEYS]


def _copied(found: Any, at: int, dataset: str) -> list[str]:
    if found.exact[at]:
        return [f"it copies a row of `{dataset}`"]
    if found.within[at]:
        return ["it copies a row above in the file"]
    if found.near[at]:
        but = found.but_for[at]
        return [f"it copies a row of `{dataset}` but for {f'`{but}`' if but else 'rounding'}"]
    return []
