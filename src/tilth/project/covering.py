"""What a dataset covers: the cases that its contract requires, pairs of values, other rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tilth.contract.expression import parse
from tilth.data.library import need
from tilth.data.shape import LAZY, POLARS
from tilth.errors import DataError, UnknownNameError
from tilth.history.record import Made
from tilth.project.contents import value_of
from tilth.record import field, record

if TYPE_CHECKING:
    from tilth.project.project import Project
    from tilth.quality.coverage import Distances, PairCoverage

_FEW = 10
"""Holes, and far rows, that are told."""


@record
class Case:
    """A kind of rows that has to be there.

    Attributes:
        condition: As it is written in the contract.
        rows: How many there are.
        least: How many there should be.
    """

    condition: str
    rows: int
    least: int

    @property
    def missing(self) -> int:
        """Rows that it lacks."""
        return max(0, self.least - self.rows)


@record
class Coverage:
    """What a version of a dataset covers; in a notebook it shows itself as a table.

    Attributes:
        dataset: Its name.
        version: Which of its versions.
        n_rows: How many rows it has.
        cases: Those that its contract requires.
        pairs: Pairs of values, where they were asked for or nothing else was.
        against: The dataset whose rows it was compared with; empty where there is none.
        distances: How far its rows lie from those; None where there is none.
        far: The farthest rows, as they are.
    """

    dataset: str
    version: Made = field(repr=False)
    n_rows: int
    cases: tuple[Case, ...]
    pairs: PairCoverage | None = field(repr=False)
    against: str = ""
    distances: Distances | None = field(default=None, repr=False)
    far: tuple[dict[str, Any], ...] = field(default=(), repr=False)

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        told: dict[str, Any] = {
            "dataset": self.dataset,
            "fingerprint": self.version.fingerprint,
            "rows": self.n_rows,
            "cases": [
                {"condition": each.condition, "rows": each.rows, "least": each.least,
                 "missing": each.missing}
                for each in self.cases
            ],
        }  # fmt: skip
        if self.pairs is not None:
            told["pairs"] = {
                "columns": {
                    name: [each.text for each in found]
                    for name, found in self.pairs.columns.items()
                },
                "seen": self.pairs.seen,
                "possible": self.pairs.possible,
                "share": self.pairs.share,
                "holes": [
                    {"pair": each.text, "expected": each.expected} for each in self.pairs.holes
                ],
            }
        if self.distances is not None:
            told["distance"] = {
                "to": self.against,
                "usual": self.distances.usual,
                "far": len(self.distances.far),
                "share": self.distances.share,
                "left_out": list(self.distances.left_out),
                "farthest": list(self.far),
            }
        return told

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(each.condition)}</td><td>{each.rows:,}</td><td>{each.least:,}</td>"
            "</tr>"
            for each in self.cases
        )
        head = "<tr><th>case</th><th>rows</th><th>at least</th></tr>"
        holes = self.pairs.holes[:_FEW] if self.pairs else ()
        told = "".join(f"<li>{escape(each.text)}</li>" for each in holes)
        return f"<table>{head}{rows}</table><ul>{told}</ul>"


def coverage(
    project: Project,
    dataset: str,
    *,
    pairs: Sequence[str] | None = None,
    against: str | None = None,
    columns: Sequence[str] | None = None,
) -> Coverage:
    """Say what a version of a dataset covers.

    Args:
        project: Whose.
        dataset: Its name, or `trips@3` for a version of it.
        pairs: Columns whose pairs of values are counted; those that can be where neither this
            nor `against` is given and the contract requires no case.
        against: A dataset, such as what a model learned from: how far rows lie from its rows.
        columns: What the distance is about; those that both have where not given.

    Raises:
        UnknownNameError: There is no such dataset, or no such column.
        MissingDataError: There is no such version.
        DataError: It is no table, or there is nothing to count.
    """
    for library in ("polars", "numpy"):
        need(library, "coverage", extra="quality")
    made = project.version(dataset)
    where = f"dataset `{made.dataset}`"
    cases = tuple(_cases(project, made))
    all_pairs = pairs is None and against is None and not cases
    if columns is not None and against is None:
        raise DataError(
            "columns say what a distance is about, and no dataset is named to measure it from",
            hint="`--against train`, or `--pairs` for pairs of these columns",
        )
    if pairs is None and against is None and cases:
        return Coverage(
            dataset=made.dataset, version=made, n_rows=_height(project, made), cases=cases,
            pairs=None,
        )  # fmt: skip
    table = value_of(project, made, POLARS)
    for name in (*(pairs or ()), *(columns or ())):
        if name not in table.columns:
            raise UnknownNameError("column", name, table.columns, where=where)
    try:
        from tilth.quality.coverage import pair_coverage

        counted = pair_coverage(table, pairs) if pairs is not None or all_pairs else None
        distances = _distances(project, table, against, columns)
    except ValueError as error:
        raise DataError(f"{where}: {error}") from error
    far = () if distances is None else tuple(
        {"row": row, "distance": float(distances.distances[row]), "is": table.row(row, named=True)}
        for row in distances.far[:_FEW]
    )  # fmt: skip
    return Coverage(
        dataset=made.dataset, version=made, n_rows=table.height, cases=cases, pairs=counted,
        against=against or "", distances=distances, far=far,
    )  # fmt: skip


def _cases(project: Project, made: Made) -> Iterator[Case]:
    contract = project.contracts.get(made.dataset)
    checks = [each.check for each in contract.promises if each.name == "cases"] if contract else []
    if not checks:
        return
    lazy = value_of(project, made, LAZY)
    for check in checks:
        given = check.given["rows"]
        texts = [given] if isinstance(given, str) else [str(each) for each in given]
        sums = {
            f"case_{i}": parse(text).polars().fill_null(False).sum() for i, text in enumerate(texts)
        }
        counts = lazy.select(**sums).collect(engine="streaming").row(0)
        for text, n in zip(texts, counts, strict=True):
            yield Case(condition=text, rows=int(n or 0), least=int(check.given.get("least") or 1))


def _height(project: Project, made: Made) -> int:
    if made.rows is not None:
        return made.rows
    import polars  # where the history does not know

    lazy = value_of(project, made, LAZY)
    return int(lazy.select(polars.len()).collect(engine="streaming").item())


def _distances(
    project: Project, table: Any, against: str | None, columns: Sequence[str] | None
) -> Distances | None:
    if against is None:
        return None
    from tilth.quality.coverage import distances_to

    return distances_to(table, value_of(project, project.version(against), POLARS), columns)
