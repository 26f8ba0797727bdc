"""What the last run found out about a model's errors, and weak slices of any predictions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from tilth.data.library import need
from tilth.data.shape import POLARS
from tilth.errors import DataError, MissingDataError, UnknownNameError
from tilth.fingerprint.canonical import combine, of_value
from tilth.history.record import Made
from tilth.installed import version_of
from tilth.project.contents import value_of
from tilth.project.listing import all_nodes
from tilth.project.sketches import reading_of
from tilth.project.versions import newest
from tilth.record import field, record

if TYPE_CHECKING:
    from tilth.project.project import Project

_STAGE = "tilth.stages.evaluate"
_FINDS = f"{_STAGE}.slices:find_slices"
_DIAGNOSES = f"{_STAGE}.slices:diagnose_slices"
_ADVISES = f"{_STAGE}.advice:advise"

_LABELS = "LABELS"
"""What the stage writes where a label set is meant; see `tilth.stages.evaluate.advice`."""

_HINT = "put `stage: evaluate` into a pipeline: see `tilth list stages`, and the how-to guide"

Settings = Mapping[str, Any]


@record
class SliceFindings:
    """Where a model fails; in a notebook it shows itself as a table.

    Attributes:
        dataset: The predictions, or what the stage made of them.
        version: Which of them.
        found: As plain data; see `tilth.quality.slices.findings.slice_findings`.
    """

    dataset: str
    version: Made = field(repr=False)
    found: Mapping[str, Any] = field(repr=False)

    @property
    def findings(self) -> Sequence[Mapping[str, Any]]:
        """The slices, the worst first."""
        return self.found["findings"]  # type: ignore[no-any-return]  # from JSON

    @property
    def title(self) -> str:
        """One line: how many rows, how wrong, and how much was looked at."""
        found = self.found
        looked = sum(found["candidates"])
        rows = f"{found['rows']:,} rows"
        if found["rows_looked_at"] < found["rows"]:
            rows = f"{found['rows_looked_at']:,} of {rows}"
        return (
            f"{self.dataset}: {rows}, mean {found['loss']} "
            f"{found['overall']:.3g}; {looked:,} kinds of rows were looked at"
        )

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {"dataset": self.dataset, "fingerprint": self.version.fingerprint, **self.found}

    def _repr_html_(self) -> str:
        titles = ("slice", "rows", self.found["loss"], "against all rows", "of all errors", "why")
        rows = [slice_row(each) for each in self.findings]
        return f"<p><b>{escape(self.title)}</b></p>{_html(titles, rows)}"


@record
class AdviceFindings:
    """What to do next; in a notebook it shows itself as a table.

    Attributes:
        dataset: What the stage made.
        version: Which of it.
        found: As plain data; see `tilth.stages.evaluate`.
    """

    dataset: str
    version: Made = field(repr=False)
    found: Mapping[str, Any] = field(repr=False)

    @property
    def summary(self) -> str:
        """One sentence."""
        return str(self.found["summary"])

    @property
    def actions(self) -> Sequence[Mapping[str, Any]]:
        """What could be done, the best first."""
        return self.found["actions"]  # type: ignore[no-any-return]  # from JSON

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {"dataset": self.dataset, "fingerprint": self.version.fingerprint, **self.found}

    def _repr_html_(self) -> str:
        titles = ("rank", "action", "what", "gain", "price", "verdict")
        rows = [action_row(each) for each in self.actions]
        said = f"<b>{escape(self.dataset)}</b>: {escape(self.summary)}"
        return f"<p>{said}</p>{_html(titles, rows)}"


def slice_row(each: Mapping[str, Any]) -> tuple[str, ...]:
    """A slice as cells of text."""
    difference = each["difference"]
    ends = f"{difference['low']:+.3g} to {difference['high']:+.3g}"
    causes = each.get("diagnoses") or ()
    return (
        each["title"],
        f"{each['rows']:,}",
        f"{each['error']:.3g}",
        f"{difference['value']:+.3g} ({ends})",
        f"{each['share_of_error']:.0%}",
        f"{causes[0]['cause']}: {causes[0]['action']}" if causes else "",
    )


def action_row(each: Mapping[str, Any]) -> tuple[str, ...]:
    """An action as cells of text."""
    gain = each["gain"]
    return (
        str(each["rank"]),
        each["kind"],
        each["what"].replace("`", ""),
        f"{gain['value']:+.4f} ({gain['low']:+.4f} to {gain['high']:+.4f})",
        f"{each['price']:,.0f}",
        each["verdict"],
    )


def _html(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return "<p>none</p>"
    head = "".join(f"<th>{escape(each)}</th>" for each in titles)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


# What the stage made


def latest_slices(project: Project) -> list[SliceFindings]:
    """What the stage `evaluate` found last, in each pipeline that has it.

    Raises:
        MissingDataError: No pipeline has the stage, or it has not run yet.
    """
    return [
        SliceFindings(dataset=name, version=made, found=value_of(project, made))
        for name, made in _made_by(project, _DIAGNOSES, "slices")
    ]


def latest_advice(project: Project) -> list[AdviceFindings]:
    """What the stage `evaluate` advised last, in each pipeline that has it.

    Raises:
        MissingDataError: No pipeline has the stage, or it has not run yet.
    """
    labels = list(project.config.settings.labels)
    return [
        AdviceFindings(
            dataset=name, version=made, found=named_labels(value_of(project, made), labels)
        )
        for name, made in _made_by(project, _ADVISES, "advice")
    ]


def named_labels(found: Mapping[str, Any], labels: Sequence[str]) -> Mapping[str, Any]:
    """Advice with the name of the project's label set in commands, where there is only one."""
    if len(labels) != 1:
        return found
    actions = [
        {**each, "command": each["command"].replace(f" {_LABELS} ", f" {labels[0]} ")}
        if each.get("command")
        else each
        for each in found["actions"]
    ]
    return {**found, "actions": actions}


def _made_by(project: Project, function: str, what: str) -> list[tuple[str, Made]]:
    """What nodes of this function made last, by dataset."""
    nodes = [each for each in all_nodes(project).values() if each.function.name == function]
    if not nodes:
        raise MissingDataError(f"no pipeline of the project looks for {what}", hint=_HINT)
    found = [(each.makes[0], newest(project, each.makes[0], each)) for each in nodes]
    made = [(name, version) for name, version in found if version is not None]
    if not made:
        raise MissingDataError(
            f"the project has not looked for {what} yet",
            hint=f"`tilth run --to {found[0][0]}` makes it",
        )
    return made


# Predictions of any kind


def slices_in(project: Project, dataset: str, asked: Settings) -> SliceFindings:
    """The weak slices of a dataset of predictions, found once for each version, and kept.

    Args:
        project: Whose it is.
        dataset: Its name, or `predictions@3` for a version of it.
        asked: `target`, `prediction`, `probability`, `positive`, `loss`, `attributes`, `k` and
            `conditions`; None for what is not given. Where no column is named, the columns are
            those that the stage `evaluate` was given for this dataset.

    Raises:
        UnknownNameError: There is no such dataset, or no such column.
        MissingDataError: There is no such version.
        DataError: It cannot be judged.
    """
    made = project.version(dataset)
    told, rows = _completed(project, made.dataset, asked)
    name = _key(project, made, rows, told)
    kept = project.sketches.get(name)
    if kept is None:
        kept = json.dumps(_found(project, made, rows, told))
        project.sketches.put(name, kept)
    return SliceFindings(dataset=made.dataset, version=made, found=json.loads(kept))


def _completed(project: Project, dataset: str, asked: Settings) -> tuple[Settings, Made | None]:
    """What was asked, or what the stage was told of this dataset; and what describes its rows."""
    if asked["target"] is not None:
        return asked, None
    for node in all_nodes(project).values():
        if node.function.name == _FINDS and dataset in node.reads:
            given = {str(each.argument): each for each in node.inputs}
            told = {name: value for name, value in given["asked"].value.items() if name in asked}
            chosen = {name: value for name, value in asked.items() if value is not None}
            rows = given.get("rows")
            return {**asked, **told, **chosen}, project.version(rows.name) if rows else None
    raise DataError(
        f"it is not known what the columns of `{dataset}` mean",
        hint="say `--target` and `--prediction` or `--probability`",
    )


def _key(project: Project, made: Made, rows: Made | None, told: Settings) -> str:
    """What decides the result."""
    by = [version_of(each) for each in ("tilth", "polars", "scipy")]
    parts = [made.fingerprint, *reading_of(project, made)]
    parts += [rows.fingerprint, *reading_of(project, rows)] if rows else []
    return combine("slices", *parts, of_value("slices", {"told": dict(told), "by": by}))


def _found(project: Project, made: Made, rows: Made | None, told: Settings) -> dict[str, Any]:
    for library in ("polars", "numpy", "scipy"):
        need(library, "looking for slices", extra="quality")
    from tilth.quality.judgement import Columns, judged  # they import Polars
    from tilth.quality.slices.findings import slice_findings

    frame = value_of(project, made, POLARS)
    where = f"dataset `{made.dataset}`"
    names = ("target", "prediction", "probability", "positive")
    columns = Columns(**{name: told[name] for name in names})
    judgement = judged(frame, columns, loss=told["loss"], where=where)
    table = frame if rows is None else value_of(project, rows, POLARS)
    described = told["attributes"] or columns.beside(table.columns)
    for name in described:
        if name not in table.columns:
            raise UnknownNameError("column", name, table.columns, where=where)
    bounds = {name: told[name] for name in ("k", "conditions") if told[name] is not None}
    return slice_findings(table.select(described), judgement, **bounds)
