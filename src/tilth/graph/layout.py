"""Where to draw what: a layered layout of boxes and the lines between them. Pure.

Boxes stand in columns from left to right, each to the right of all that it needs (longest
path); within a column they are ordered so that few lines cross, and moved so that lines are
straight. A line that passes a column goes through a gap of its own; all lines of one port run
together up to where they part.

References:
    K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system
    structures", IEEE Transactions on Systems, Man, and Cybernetics 11(2), 1981.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from tilth.record import field, record

COLUMN_GAP = 56.0
ROW_GAP = 16.0
LINE_GAP = 7.0
_SWEEPS = 10
_STRAIGHTENINGS = 12
_MOST_BENDS = 20_000


@record
class Box:
    """Something to draw.

    Attributes:
        name: Unique.
        width: In pixels.
        height: In pixels.
        ports: Where lines leave on the right: port -> offset from the top.
        floating: Whether it stands just left of its first reader rather than at the far left.
    """

    name: str
    width: float
    height: float
    ports: Mapping[str, float] = field(default_factory=dict)
    floating: bool = False


@record
class Line:
    """A connection: from a port of one box to the left side of another."""

    source: str
    port: str
    target: str


@record
class Layout:
    """What the drawing is.

    Attributes:
        places: Box -> left and top.
        routes: For each line its points, from left to right.
        width: Of everything.
        height: Of everything.
    """

    places: Mapping[str, tuple[float, float]]
    routes: Sequence[tuple[tuple[float, float], ...]]
    width: float
    height: float


def layout(boxes: Sequence[Box], lines: Sequence[Line]) -> Layout:
    """Place boxes and lines.

    Args:
        boxes: In an order in which each comes after all that it needs.
        lines: Between them.
    """
    if not boxes:
        return Layout(places={}, routes=(), width=0.0, height=0.0)
    by_name = {each.name: each for each in boxes}
    columns = _columns(boxes, lines)
    grid = _Grid(by_name, columns, lines)
    grid.order()
    grid.straighten()
    return grid.layout()


def _columns(boxes: Sequence[Box], lines: Sequence[Line]) -> dict[str, int]:
    """Box -> column: the longest path to it; floating ones move towards their readers."""
    needs: dict[str, list[str]] = {each.name: [] for each in boxes}
    feeds: dict[str, list[str]] = {each.name: [] for each in boxes}
    for line in lines:
        needs[line.target].append(line.source)
        feeds[line.source].append(line.target)
    columns: dict[str, int] = {}
    for box in boxes:
        columns[box.name] = max((columns[each] + 1 for each in needs[box.name]), default=0)
    for box in boxes:
        if box.floating and feeds[box.name]:
            columns[box.name] = min(columns[each] for each in feeds[box.name]) - 1
    first = min(columns.values())
    return {name: column - first for name, column in columns.items()}


class _Grid:
    """Columns of cells: boxes, and bends where lines pass by.

    A cell is a number; bends come after the boxes.
    """

    def __init__(
        self, boxes: Mapping[str, Box], columns: Mapping[str, int], lines: Sequence[Line]
    ) -> None:
        self._boxes = list(boxes.values())
        self._number = {name: i for i, name in enumerate(boxes)}
        self._lines = lines
        self._column = [columns[each.name] for each in self._boxes]
        self._cells: list[list[int]] = [[] for _ in range(max(self._column) + 1)]
        for i, column in enumerate(self._column):
            self._cells[column].append(i)
        # Cell -> neighbours on the left and on the right, each with where the line is attached.
        self._left: list[list[tuple[int, float, float]]] = [[] for _ in self._boxes]
        self._right: list[list[tuple[int, float, float]]] = [[] for _ in self._boxes]
        self._bends: dict[tuple[str, str], list[int]] = {}
        self._route()
        self._top = [0.0] * len(self._column)

    # Lines through columns

    def _route(self) -> None:
        spans: dict[tuple[str, str], int] = {}
        for line in self._lines:
            key = (line.source, line.port)
            spans[key] = max(spans.get(key, 0), self._column[self._number[line.target]])
        n_bends = sum(
            end - self._column[self._number[source]] - 1 for (source, _), end in spans.items()
        )
        for (source, port), end in spans.items():
            start = self._column[self._number[source]]
            through = range(start + 1, end) if n_bends <= _MOST_BENDS else ()
            self._bends[source, port] = [self._bend(column) for column in through]
            self._chain(source, port)
        for line in self._lines:
            self._attach(line)

    def _bend(self, column: int) -> int:
        self._column.append(column)
        self._cells[column].append(len(self._column) - 1)
        self._left.append([])
        self._right.append([])
        return len(self._column) - 1

    def _chain(self, source: str, port: str) -> None:
        box = self._number[source]
        cells = [box, *self._bends[source, port]]
        offset = self._boxes[box].ports.get(port, self._boxes[box].height / 2)
        for one, other in pairwise(cells):
            self._join(one, other, offset if one == box else 0.0, 0.0)

    def _attach(self, line: Line) -> None:
        """Join the target with the last bend before it, or with the box itself."""
        source, target = self._number[line.source], self._number[line.target]
        box = self._boxes[source]
        bends = self._passed(line)
        into = self._boxes[target].height / 2
        if bends:
            self._join(bends[-1], target, 0.0, into)
        else:
            self._join(source, target, box.ports.get(line.port, box.height / 2), into)

    def _passed(self, line: Line) -> list[int]:
        """The bends that a line goes through."""
        end = self._column[self._number[line.target]]
        return [each for each in self._bends[line.source, line.port] if self._column[each] < end]

    def _join(self, one: int, other: int, out: float, into: float) -> None:
        self._right[one].append((other, out, into))
        self._left[other].append((one, into, out))

    # Order within columns

    def order(self) -> None:
        """Sort each column by where its neighbours stand, to and fro; keep the best order."""
        best, fewest = [list(each) for each in self._cells], self._crossings()
        for sweep in range(_SWEEPS):
            if fewest == 0:
                break
            forth = sweep % 2 == 0
            rows = self._rows()
            for column in self._cells if forth else reversed(self._cells):
                sides = self._left if forth else self._right
                keys = {
                    cell: _mean([rows[n] for n, _, _ in sides[cell]], rows[cell]) for cell in column
                }
                column.sort(key=lambda cell: keys[cell])
                rows.update({cell: i for i, cell in enumerate(column)})
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(each) for each in self._cells], crossings
        self._cells = best

    def _rows(self) -> dict[int, int]:
        return {cell: i for column in self._cells for i, cell in enumerate(column)}

    def _crossings(self) -> int:
        rows = self._rows()
        total = 0
        for column in self._cells:
            ends = [rows[n] for cell in column for n in sorted(n for n, _, _ in self._right[cell])]
            total += _inversions(ends)
        return total

    # Heights

    def straighten(self) -> None:
        """Move cells up and down towards their neighbours, as far as the others let them."""
        for column in self._cells:
            top = 0.0
            for cell in column:
                self._top[cell] = top
                top += self._height(cell) + self._gap(cell)
        for turn in range(_STRAIGHTENINGS):
            forth = turn % 2 == 0
            for column in self._cells if forth else reversed(self._cells):
                self._settle(column, turn)

    def _height(self, cell: int) -> float:
        return self._boxes[cell].height if cell < len(self._boxes) else 0.0

    def _gap(self, cell: int) -> float:
        return ROW_GAP if cell < len(self._boxes) else LINE_GAP

    def _settle(self, column: list[int], turn: int) -> None:
        """The tops nearest to the wished ones that keep order and gaps (least squares)."""
        wished, weights, offsets = [], [], []
        offset = 0.0
        for cell in column:
            sides = (
                (*self._left[cell], *self._right[cell])
                if turn > 1
                else self._left[cell] or self._right[cell]
            )
            tops = [self._top[n] + there - here for n, here, there in sides]
            wished.append(_mean(tops, self._top[cell]) - offset)
            weights.append(1.0 if cell < len(self._boxes) else 4.0)
            offsets.append(offset)
            offset += self._height(cell) + self._gap(cell)
        for cell, top, shift in zip(column, _rising(wished, weights), offsets, strict=True):
            self._top[cell] = top + shift

    # The result

    def layout(self) -> Layout:
        """What has been found, moved to begin at zero."""
        lowest = min(self._top)
        self._top = [each - lowest for each in self._top]
        lefts = self._lefts()
        places = {
            box.name: (lefts[self._column[i]], self._top[i]) for i, box in enumerate(self._boxes)
        }
        return Layout(
            places=places,
            routes=tuple(self._points(line, lefts) for line in self._lines),
            width=max(places[box.name][0] + box.width for box in self._boxes),
            height=max(top + self._height(i) for i, top in enumerate(self._top)),
        )

    def _lefts(self) -> list[float]:
        lefts, left = [], 0.0
        for column in self._cells:
            lefts.append(left)
            widths = [self._boxes[cell].width for cell in column if cell < len(self._boxes)]
            left += max(widths, default=0.0) + COLUMN_GAP
        return lefts

    def _points(self, line: Line, lefts: Sequence[float]) -> tuple[tuple[float, float], ...]:
        source, target = self._number[line.source], self._number[line.target]
        box = self._boxes[source]
        left, top = lefts[self._column[source]], self._top[source]
        points = [(left + box.width, top + box.ports.get(line.port, box.height / 2))]
        for bend in self._passed(line):
            column = self._column[bend]
            right = lefts[column + 1] - COLUMN_GAP if column + 1 < len(lefts) else lefts[column]
            points += [(lefts[column], self._top[bend]), (right, self._top[bend])]
        end = self._top[target] + self._boxes[target].height / 2
        return (*points, (lefts[self._column[target]], end))


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _inversions(values: Sequence[int]) -> int:
    """How many pairs stand in the wrong order, by counting in a Fenwick tree."""
    if not values:
        return 0
    size = max(values) + 1
    tree = [0] * (size + 1)
    total = 0
    for seen, value in enumerate(values):
        i, below = value + 1, 0
        while i:
            below += tree[i]
            i -= i & -i
        total += seen - below
        i = value + 1
        while i <= size:
            tree[i] += 1
            i += i & -i
    return total


def _rising(wished: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The rising sequence nearest to the wished one: neighbours that clash take their mean."""
    blocks: list[list[float]] = []  # value, weight, length
    for value, weight in zip(wished, weights, strict=True):
        blocks.append([value, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            last = blocks.pop()
            block = blocks[-1]
            total = block[1] + last[1]
            block[0] = (block[0] * block[1] + last[0] * last[1]) / total
            block[1], block[2] = total, block[2] + last[2]
    return [value for value, _, length in blocks for _ in range(int(length))]
