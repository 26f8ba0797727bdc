"""What is recorded: how it lies in the journal, and how it comes back from there.

In the journal an entry is a line of JSON that begins with its kind, followed by what JSON has
no word for, or no short one: bytes, and moments to the last bit. Recording is on the path of
every node, so what the database gets as text is made once and used for both.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from struct import Struct
from typing import Any, Protocol, Self

from tilth.history.record import Checked, Made, Metric, ModelEvent, NodeRun, Recipe
from tilth.json_writer import json_writer
from tilth.record import changed, fields_of, filler, maker, record

Values = tuple[Any, ...]

PLACES = 1 << 24
"""How many node runs a run can have: its number times this is where its numbers start."""

_DATA = list(fields_of(Made)).index("data")


class Entry(Protocol):
    """One thing to keep."""

    def is_of(self, runs: Collection[int]) -> bool:
        """Whether it belongs to one of these runs, or to none at all."""

    def encoded(self) -> bytes:
        """Its payload in a journal."""


@record(kw_only=False)
class NodeRunEntry:
    """A node run that was executed.

    Attributes:
        node_run: With its number.
        inputs: As JSON.
        outputs: As JSON: their values in the order of the fields, without the bytes.
    """

    node_run: NodeRun
    inputs: str
    outputs: str

    @staticmethod
    def of(node_run: NodeRun) -> NodeRunEntry:
        """The entry of a node run."""
        if node_run.error or node_run.log:
            error, log = cleaned(node_run.error), cleaned(node_run.log)
            node_run = changed(node_run, error=error, log=log)
        outputs = [_without_data(made) for made in node_run.outputs]
        return _node_run_entry(node_run, to_json(node_run.inputs), to_json(outputs))

    def is_of(self, runs: Collection[int]) -> bool:
        """Whether it belongs to one of these runs."""
        return self.node_run.run in runs

    def encoded(self) -> bytes:
        """Its payload in a journal."""
        one = self.node_run
        parts = [made.data for made in one.outputs]
        lengths = ",".join(["null" if part is None else str(len(part)) for part in parts])
        more = "null"
        if one.metrics or one.error or one.log:
            more = to_json([[values_of_metric(each) for each in one.metrics], one.error, one.log])
        scalars = to_json(_scalars_of(one))
        text = f'["node_run",{scalars},{self.inputs},{self.outputs},[{lengths}],{more}]\n'
        return b"".join((text.encode(), _TIMES.pack(*_times_of(one)), *filter(None, parts)))

    @classmethod
    def decoded(cls, body: list[Any], parts: bytes) -> Self:
        """The entry of what follows the kind."""
        scalars, inputs, outputs, lengths, more = body
        metrics, error, log = more or ((), "", "")
        times, data = parts[: _TIMES.size], parts[_TIMES.size :]
        node_run = NodeRun(
            **dict(zip(_SCALARS, scalars, strict=True)),
            **dict(zip(_MOMENTS, _TIMES.unpack(times), strict=True)),
            inputs=inputs,
            outputs=tuple(_with_data(outputs, lengths, data)),
            metrics=tuple(metric_of(*each) for each in metrics),
            error=error,
            log=log,
        )
        return cls(node_run, to_json(inputs), to_json(outputs))


_node_run_entry = maker(NodeRunEntry)  # each node that runs needs one


@record(kw_only=False)
class ReuseEntry:
    """Nodes that took over earlier node runs.

    Attributes:
        first: Number of the first record; the others follow.
        names: The nodes.
        node_runs: Numbers of what they took over.
    """

    first: int
    names: Sequence[str]
    node_runs: Sequence[int]

    def is_of(self, runs: Collection[int]) -> bool:
        """Whether it belongs to one of these runs."""
        return self.first // PLACES in runs

    def encoded(self) -> bytes:
        """Its payload in a journal."""
        return _line("reused", self.first, self.names, self.node_runs)

    @classmethod
    def decoded(cls, body: list[Any], _: bytes) -> Self:
        """The entry of what follows the kind."""
        return cls(*body)


@record(kw_only=False)
class RecipeEntry:
    """A recipe and the source of its parts.

    Attributes:
        row: Its columns in the database.
        texts: Digest, text, file and first line of each part.
    """

    row: Sequence[str]
    texts: Sequence[Sequence[Any]]

    @classmethod
    def of(cls, recipe: Recipe, texts: Mapping[str, tuple[str, str, int]]) -> Self:
        """The entry of a recipe."""
        mappings = (recipe.parts, recipe.parameters, recipe.formats, recipe.libraries)
        shown = [cleaned(to_json(dict(each))) for each in mappings]
        return cls(
            [recipe.fingerprint, recipe.function, recipe.code, *shown, recipe.python],
            [[digest, cleaned(text), file, line] for digest, (text, file, line) in texts.items()],
        )

    def is_of(self, runs: Collection[int]) -> bool:
        """Recipes serve all runs."""
        return True

    def encoded(self) -> bytes:
        """Its payload in a journal."""
        return _line("recipe", self.row, self.texts)

    @classmethod
    def decoded(cls, body: list[Any], _: bytes) -> Self:
        """The entry of what follows the kind."""
        return cls(*body)


@record(kw_only=False)
class SourceEntry:
    """A version of a source that a run read."""

    run: int
    made: Made

    def is_of(self, runs: Collection[int]) -> bool:
        """Whether it belongs to one of these runs."""
        return self.run in runs

    def encoded(self) -> bytes:
        """Its payload in a journal."""
        data = self.made.data
        lengths = [None if data is None else len(data)]
        return _line("source", self.run, [_without_data(self.made)], lengths) + (data or b"")

    @classmethod
    def decoded(cls, body: list[Any], parts: bytes) -> Self:
        """The entry of what follows the kind."""
        run, outputs, lengths = body
        return cls(run, *_with_data(outputs, lengths, parts))


@record(kw_only=False)
class FinishEntry:
    """A run that has ended."""

    run: int
    state: str
    error: str
    finished_at: float

    def is_of(self, runs: Collection[int]) -> bool:
        """Whether it is one of these runs."""
        return self.run in runs

    def encoded(self) -> bytes:
        """Its payload in a journal."""
        return _line("finish", self.run, self.state, self.error, self.finished_at)

    @classmethod
    def decoded(cls, body: list[Any], _: bytes) -> Self:
        """The entry of what follows the kind."""
        return cls(*body)


@record(kw_only=False)
class CheckedEntry:
    """A version that was held against its contract."""

    checked: Checked

    def is_of(self, runs: Collection[int]) -> bool:
        """Whether it belongs to one of these runs."""
        return self.checked.run in runs

    def encoded(self) -> bytes:
        """Its payload in a journal."""
        return _line("checked", *values_of_checked(self.checked))

    @classmethod
    def decoded(cls, body: list[Any], _: bytes) -> Self:
        """The entry of what follows the kind."""
        return cls(checked_of(body))


def decoded(payload: bytes) -> Entry:
    """The entry of a payload."""
    line, _, parts = payload.partition(b"\n")
    kind, *body = json.loads(line)
    return _KINDS[kind](body, parts)


_KINDS: dict[str, Callable[[list[Any], bytes], Entry]] = {
    "node_run": NodeRunEntry.decoded,
    "reused": ReuseEntry.decoded,
    "recipe": RecipeEntry.decoded,
    "source": SourceEntry.decoded,
    "finish": FinishEntry.decoded,
    "checked": CheckedEntry.decoded,
}


def cleaned(text: str) -> str:
    """Text that every database takes: no halves of characters, no NUL."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\\0")


to_json = json_writer()


def _line(*values: object) -> bytes:
    return f"{to_json(values)}\n".encode()


def _values_of(kind: type[Any]) -> Callable[[Any], Values]:
    getter: Callable[[Any], Values] = attrgetter(*fields_of(kind))
    return getter


node_run_of, made_of = filler(NodeRun), filler(Made)
metric_of, model_event_of = filler(Metric), filler(ModelEvent)
values_of_metric = _values_of(Metric)
values_of_checked = _values_of(Checked)

_values_of_made = _values_of(Made)

_id, *_others = fields_of(NodeRun)
_values_but_id: Callable[[NodeRun], Values] = attrgetter(*_others)


def numbered(node_run: NodeRun, number: int) -> NodeRun:
    """A node run with its number in the history."""
    return node_run_of(number, *_values_but_id(node_run))


_MOMENTS = ("started_at", "seconds", "load_seconds", "save_seconds")
_TIMES = Struct(f"<{len(_MOMENTS)}d")
_times_of: Callable[[NodeRun], Values] = attrgetter(*_MOMENTS)

_APART = {*_MOMENTS, "same_as", "inputs", "outputs", "metrics", "error", "log"}
_SCALARS = tuple(name for name in fields_of(NodeRun) if name not in _APART)
_scalars_of: Callable[[NodeRun], Values] = attrgetter(*_SCALARS)


def checked_of(values: Iterable[Any]) -> Checked:
    """What was held against its contract, from its values in order."""
    return Checked(**dict(zip(fields_of(Checked), values, strict=True)))


def _without_data(made: Made) -> Values:
    """What is on record of an output; its bytes are elsewhere."""
    values = _values_of_made(made)
    return values if made.data is None else (*values[:_DATA], None, *values[_DATA + 1 :])


def _with_data(
    outputs: Sequence[Sequence[Any]], lengths: Sequence[int | None], parts: bytes
) -> list[Made]:
    made = []
    place = 0
    for values, length in zip(outputs, lengths, strict=True):
        one = made_of(*values)
        if length is not None:
            one = changed(one, data=parts[place : place + length])
            place += length
        made.append(one)
    return made
