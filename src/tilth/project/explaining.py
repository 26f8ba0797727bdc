"""Why a model of the project says what it says: of one row, of two, or on the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from tilth.data.library import need
from tilth.data.shape import POLARS
from tilth.errors import DataError, DefinitionError, MissingDataError, UnknownNameError
from tilth.graph.name import is_parameter
from tilth.history.record import Made
from tilth.project.contents import value_of
from tilth.project.earlier import earlier, meant
from tilth.project.listing import all_nodes
from tilth.record import changed, field, record

if TYPE_CHECKING:
    import polars

    from tilth.project.project import Project
    from tilth.quality.explanation import Explanation

_EXPLAINS = "tilth.stages.explain.rows:explain_rows"

_MOST_ROWS, _BACKGROUND = 200, 100

_ASKED = 10_000
"""Rows of which it is counted whether two models answer otherwise, at most."""


_WORDS = 8
"""Words of a text that are told, those that count the most."""


@record
class ModelExplanation:
    """Why a model says what it says; in a notebook it shows itself as a table.

    Attributes:
        model: The dataset with the model, or the registered version, such as `late@2`.
        rows: The dataset with the rows.
        version: Of the model.
        about: `rows`, `row`, or `contrast` between two; of what changed since an earlier model
            `change` of many rows, and `row change` of one.
        told: As plain data: of many rows see `tilth.quality.explanation.whole.whole`, of one or
            two see `example` there; of what changed see `whole_change` and `row_change` in
            `tilth.quality.explanation.told_change`.
        explanation: All that was found, with arrays; of what changed, of the difference.
        since: What the earlier model is called; empty where none is compared with.
        earlier: Its version.
    """

    model: str
    rows: str
    version: Made = field(repr=False)
    about: str
    told: Mapping[str, Any] = field(repr=False)
    explanation: Explanation = field(repr=False)
    since: str = ""
    earlier: Made | None = field(default=None, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        named = {"model": self.model, "fingerprint": self.version.fingerprint, "dataset": self.rows}
        if self.earlier is not None:
            named |= {"since": self.since, "since_fingerprint": self.earlier.fingerprint}
        return {**named, "about": self.about, **self.told}

    def _repr_html_(self) -> str:
        if self.about == "change":
            cells = [(e["column"], f"{e['moved']['value']:+.3g}") for e in self.told["columns"]]
        elif self.about == "rows":
            cells = [(e["column"], f"{e['strength']['value']:.3g}") for e in self.told["columns"]]
        else:
            cells = [
                (f"{e['column']} = {e['value']}", f"{e['contribution']:+.3g}")
                for e in self.told["reasons"]
            ]
        body = "".join(f"<tr><td>{escape(a)}</td><td>{b}</td></tr>" for a, b in cells)
        since = f" since {escape(self.since)}" if self.since else ""
        name = f"<b>{escape(self.model)}</b>{since} on {escape(self.rows)}"
        return f"<p>{name}</p><table>{body}</table>"


@record
class _Asked:
    """What is asked, completed by what the stage `explain` was told of the model."""

    rows: str
    background: str
    target: str
    features: Sequence[str] | None
    positive: Any
    scale: str
    method: str | None


def explained(
    project: Project,
    model: str,
    *,
    rows: str | None = None,
    row: str | int | None = None,
    against: str | int | None = None,
    of: str | None = None,
    rather_than: str | None = None,
    background: str | None = None,
    target: str | None = None,
    features: Sequence[str] | None = None,
    scale: str | None = None,
    method: str | None = None,
    since: str | None = None,
    most: tuple[int, int] = (_MOST_ROWS, _BACKGROUND),
) -> ModelExplanation:
    """Explain a model; see `Project.explain`. At most so many rows of both kinds are looked at.

    Raises:
        UnknownNameError: There is no such dataset, column or class.
        MissingDataError: There is no such version, or no such row.
        DefinitionError: What is asked does not go together.
        DataError: The model cannot predict these rows, or several rows fit.
    """
    _check_together(row, against, rather_than, since)
    for library in ("polars", "numpy", "scipy"):
        need(library, "explaining a model", extra="quality")
    made, called = meant(project, model)
    sooner = None if since is None else earlier(project, model, made, since)
    given = {
        "rows": rows, "background": background, "target": target, "features": features,
        "scale": scale, "method": method,
    }  # fmt: skip
    asked = _completed(project, made.dataset, given)
    loaded = value_of(project, made)
    table = value_of(project, project.version(asked.rows), POLARS)
    others = table
    if asked.background != asked.rows:
        others = value_of(project, project.version(asked.background), POLARS)
    question = _Question(
        model=loaded, table=table, others=others, asked=asked, of=of, most_rows=most[0],
        most_background=most[1],
    )  # fmt: skip
    if sooner is not None:
        before, since_called = sooner
        question = changed(question, before=value_of(project, before))
        about = "change" if row is None else "row change"
        told, found = question.changed(row, rather_than)
        return ModelExplanation(
            model=called, rows=asked.rows, version=made, about=about, told=told,
            explanation=found, since=since_called, earlier=before,
        )  # fmt: skip
    if row is None:
        about, (told, found) = "rows", question.whole()
    else:
        about = "row" if against is None else "contrast"
        told, found = question.one(row, against, rather_than)
    return ModelExplanation(
        model=called, rows=asked.rows, version=made, about=about, told=told,
        explanation=found,
    )  # fmt: skip


def _check_together(
    row: str | int | None, against: str | int | None, rather_than: str | None, since: str | None
) -> None:
    if since is not None and against is not None:
        raise DefinitionError(
            "`--since` compares two models on the same row, and `--against` two rows",
            hint="leave one of them out",
        )
    if row is None and (against is not None or rather_than is not None):
        raise DefinitionError("a contrast needs a row", hint="say which with `--row`")


def _completed(project: Project, model: str, given: Mapping[str, Any]) -> _Asked:
    """What was asked, the rest as the stage was told of this model."""
    told: Mapping[str, Any] = {}
    for node in all_nodes(project).values():
        if node.function.name == _EXPLAINS and model in node.reads:
            told = next(each.value for each in node.inputs if each.argument == "asked")
            break
    chosen = {name: value for name, value in given.items() if value is not None}
    both = {**told, **chosen}
    if "rows" not in both:
        near = _beside(project, model)
        raise DataError(
            f"it is not known which rows to explain `{model}` by",
            hint=f"say `--rows DATASET`{f', such as `{near}`' if near else ''}",
        )
    background = both.get("background") if "background" in chosen or "rows" not in chosen else None
    return _Asked(
        rows=both["rows"],
        background=background or told.get("background") or both["rows"],
        target=both.get("target") or "",
        features=both.get("features"),
        positive=both.get("positive"),
        scale=both.get("scale") or "chance",
        method=both.get("method"),
    )


def _beside(project: Project, model: str) -> str | None:
    """A dataset that a node reads together with the model, or that the model was made from."""
    nodes = list(all_nodes(project).values())
    beside = [other for each in nodes if model in each.reads for other in each.reads]
    beside += [other for each in nodes if model in each.makes for other in each.reads]
    return next((each for each in beside if each != model and not is_parameter(each)), None)


@record
class _Question:
    """A model, rows, and what is asked about them."""

    model: Any
    table: polars.DataFrame
    others: polars.DataFrame
    asked: _Asked
    of: str | None
    before: Any = None
    most_rows: int = _MOST_ROWS
    most_background: int = _BACKGROUND

    def whole(self) -> tuple[dict[str, Any], Explanation]:
        """On the whole."""
        from tilth.quality.explanation.whole import whole  # it imports Polars
        from tilth.quality.slices.findings import drawn_rows

        at = drawn_rows(self.table.height, self.most_rows, 0)
        found = self._explain(self._given(self.table)[at], self._background())
        return {**whole(found, at.tolist()), "rows_in_all": self.table.height}, found

    def one(
        self, row: str | int, against: str | int | None, rather_than: str | None
    ) -> tuple[dict[str, Any], Explanation]:
        """Of one row, or of one against another."""
        from tilth.quality.explanation.whole import example  # it imports Polars

        at = found_row(self.table, row, self.asked.rows)
        given = self._given(self.table)
        other = None if against is None else found_row(self.table, against, self.asked.rows)
        compared = self._background() if other is None else given[other : other + 1]
        found = self._explain(given[at : at + 1], compared)
        output = None
        if rather_than is not None:
            found = found.between(self.of or found.outputs[found.output()], rather_than)
            output = 0
        elif self.of is not None:
            output = found.output(self.of)
        told = example(found, 0, at, output)
        words = {} if against is not None else self._words(given[at : at + 1], told["output"])
        return {
            **told,
            "words": words,
            "against": other,
            "scale": found.scale,
            "method": found.method,
            "background": found.table.n_background,
            "gap": found.gap,
            "tolerance": found.tolerance,
        }, found

    def changed(
        self, row: str | int | None, rather_than: str | None
    ) -> tuple[dict[str, Any], Explanation]:
        """Of what changed since the earlier model, as a whole or for one row."""
        from tilth.quality.explanation.change import change, changed_answers  # it imports Polars
        from tilth.quality.explanation.features import features_before, features_of
        from tilth.quality.explanation.told_change import row_change, whole_change
        from tilth.quality.slices.findings import drawn_rows

        columns, given, target = self.table.columns, self.asked.features, self.asked.target
        names = features_of(self.model, columns, given, target)
        where = f"dataset `{self.asked.rows}`"
        sooner = features_before(self.before, columns, given, target, where)
        both = list(dict.fromkeys((*names, *sooner)))
        self._check_background(both)
        own = None if row is None else found_row(self.table, row, self.asked.rows)
        at = drawn_rows(self.table.height, self.most_rows, 0).tolist() if own is None else [own]
        positive = self.asked.positive if self.of is None or rather_than else self.of
        found = change(
            self.model, self.before, self.table.select(both)[at],
            self.others.select(both)[drawn_rows(self.others.height, self.most_background, 1)],
            features=names, features_before=sooner, positive=positive, scale=self.asked.scale,
            target=self.asked.target, method=self.asked.method,
        )  # fmt: skip
        if own is None:
            asked = drawn_rows(self.table.height, _ASKED, 0)
            answers = changed_answers(
                self.model, self.before, self.table[asked], features=names, features_before=sooner
            )
            told = {**whole_change(found, answers, at), "rows_in_all": self.table.height}
            return told, found.difference
        output = None
        if rather_than is not None:
            this = self.of or found.now.outputs[found.now.output()]
            found, output = found.between(this, rather_than), 0
        elif self.of is not None:
            output = found.now.output(self.of)
        return row_change(found, own, output), found.difference

    def _check_background(self, names: Sequence[str]) -> None:
        for name in names:
            if name not in self.others.columns:
                where = f"dataset `{self.asked.background}`"
                raise UnknownNameError("column", name, self.others.columns, where=where)
        if not self.others.height:
            raise DataError(f"dataset `{self.asked.background}`: there are no rows")

    def _words(self, row: polars.DataFrame, about: str) -> dict[str, list[dict[str, Any]]]:
        """Column of texts -> the words that count the most, and by how much."""
        from tilth.quality.explanation.answers import answers_of  # it imports Polars
        from tilth.quality.explanation.text_words import words_of

        asked = self.asked
        answers = answers_of(
            self.model, row, positive=self._positive(), scale=asked.scale, target=asked.target
        )
        weights = _signs(answers.outputs, about)
        found = {}
        for column, words in words_of(self.model, row, answers).items():
            effects = [
                (each.word, sum(float(each.effect[i]) * by for i, by in weights.items()))
                for each in words
            ]
            strongest = sorted(effects, key=lambda each: -abs(each[1]))[:_WORDS]
            found[column] = [{"word": word, "effect": effect} for word, effect in strongest]
        return found

    def _positive(self) -> Any:
        classes = getattr(self.model, "classes_", ())
        return self.of if self.of is not None and len(classes) == 2 else self.asked.positive

    def _explain(self, rows: Any, background: Any) -> Explanation:
        from tilth.quality.explanation import explain  # it imports Polars

        return explain(
            self.model,
            rows,
            background,
            positive=self._positive(),
            scale=self.asked.scale,
            target=self.asked.target,
            method=self.asked.method,
        )

    def _given(self, table: polars.DataFrame) -> polars.DataFrame:
        from tilth.quality.explanation.features import features_of  # it imports Polars

        names = features_of(self.model, table.columns, self.asked.features, self.asked.target)
        return table.select(names)

    def _background(self) -> polars.DataFrame:
        from tilth.quality.slices.findings import drawn_rows  # it imports Polars

        if not self.others.height:
            raise DataError(f"dataset `{self.asked.background}`: there are no rows")
        return self._given(self.others)[drawn_rows(self.others.height, self.most_background, 1)]


def _signs(outputs: Sequence[str], about: str) -> dict[int, float]:
    """Position of an output -> how it counts: the one that is told of, or one over another."""
    if about in outputs:
        return {list(outputs).index(about): 1.0}
    pairs = {f"{a} over {b}": {i: 1.0, j: -1.0} for i, a in enumerate(outputs)
             for j, b in enumerate(outputs)}  # fmt: skip
    return pairs[about]


def found_row(table: polars.DataFrame, asked: str | int, where: str) -> int:
    """The position of a row that is told by its number, or by values such as `flight=15`.

    Raises:
        MissingDataError: There is none.
        DataError: There are several.
        UnknownNameError: There is no such column.
    """
    text = str(asked).strip()
    if text.lstrip("-").isdigit():
        at = int(text)
        if not 0 <= at < table.height:
            raise MissingDataError(
                f"dataset `{where}` has no row {at}", hint=f"it has rows 0 to {table.height - 1}"
            )
        return at
    import polars as pl  # it is loaded by now

    fits = pl.lit(value=True)
    for part in text.split(","):
        column, equals, value = part.partition("=")
        if not equals:
            raise DataError(
                f"`{text}` tells no row", hint="give its number, or values such as `flight=15`"
            )
        if column.strip() not in table.columns:
            raise UnknownNameError("column", column.strip(), table.columns, where=where)
        fits &= pl.col(column.strip()).cast(pl.String) == value.strip()
    found = table.with_row_index("__row").filter(fits)["__row"]
    if found.is_empty():
        raise MissingDataError(f"dataset `{where}` has no row with {text}")
    if len(found) > 1:
        first = ", ".join(str(each) for each in found[:3])
        raise DataError(
            f"dataset `{where}` has {len(found):,} rows with {text}",
            hint=f"name more columns, or give the number of one: {first} ...",
        )
    return int(found[0])
