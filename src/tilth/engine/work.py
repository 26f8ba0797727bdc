"""Work: a task that must be executed, and how it becomes a call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tilth.data.catalog import Catalog
from tilth.data.location import to_write
from tilth.data.shape import TABLES
from tilth.engine.call import Argument, Call, Target, new_argument, new_call, new_target
from tilth.engine.reason import Reason
from tilth.engine.save import contents_of, parts_in
from tilth.engine.step import LIVE, PARTITIONS, Step, Task
from tilth.engine.values import Values
from tilth.engine.workspace import Workspace
from tilth.errors import DamagedDataError, DefinitionError, MissingDataError
from tilth.graph.node import Input, Node, Output
from tilth.graph.pipeline import Pipeline
from tilth.history.record import Made
from tilth.record import changed, maker, record

if TYPE_CHECKING:
    from tilth.engine.promises import Promises


@record
class Work:
    """A task that must run.

    Attributes:
        task: What to execute.
        fingerprint: What the execution is.
        reason: Why it must run.
        attempt: 1, or more where it failed before.
        private: Whether it gets values of its own, since others changed the shared ones.
    """

    task: Task
    fingerprint: str
    reason: Reason
    attempt: int = 1
    private: bool = False

    def again(self) -> Work:
        """The next attempt."""
        return changed(self, attempt=self.attempt + 1)


new_work = maker(Work)  # each node that runs needs one


def undecided(step: Step) -> Work:
    """What stands for the work of a node whose inputs could not be told."""
    return Work(task=Task(step, {}), fingerprint=step.recipe.fingerprint, reason=Reason.NEVER_RAN)


class Gone(Exception):
    """Versions that a call needs cannot be had any more; their makers must run again."""

    def __init__(self, made: Made, damage: DamagedDataError | None = None) -> None:
        super().__init__(made.dataset)
        self.made = made
        self.damage = damage


def tasks_of(whole: Task, read: Any) -> list[Task]:
    """The tasks of a node: one, or one for each partition of what it fans out over.

    Args:
        whole: The node with its inputs.
        read: Gives the bytes of a version that lives in the history.

    Raises:
        DefinitionError: It fans out over something without partitions, or over datasets whose
            partitions have other keys.
    """
    step, node, inputs = whole.step, whole.step.node, whole.inputs
    if not node.fans_out:
        return [whole]
    tables = {
        each.name: _contents(node.name, inputs[each.name], read)
        for each in node.inputs
        if each.each
    }
    keys = _same_keys(node.name, tables)
    return [
        Task(step, {**inputs, **{name: table[key] for name, table in tables.items()}}, key)
        for key in keys
    ]


def _contents(node: str, made: Made, read: Any) -> dict[str, Made]:
    if made.format != PARTITIONS:
        raise DefinitionError(
            f"node `{node}` runs once per partition of `{made.dataset}`, which has no partitions",
            hint="give it a location with a field, such as `data/{month}.csv`, "
            "or make it by a node that returns a dictionary or yields `(key, value)`",
        )
    return parts_in(read(made), made.dataset)


def _same_keys(node: str, tables: Mapping[str, Mapping[str, Made]]) -> list[str]:
    (first, keys), *others = ((name, list(table)) for name, table in tables.items())
    for name, other in others:
        if set(other) != set(keys):
            odd = sorted(set(other) ^ set(keys))[0]
            raise DefinitionError(
                f"node `{node}` takes the partitions of `{first}` and `{name}` together, "
                f"but only one of them has `{odd}`"
            )
    return keys


def gathered(node: Node, parts: Mapping[str | None, tuple[Made, ...]]) -> tuple[Made, ...]:
    """The outputs of a fan-out as wholes, from those of its partitions."""
    return tuple(
        contents_of(output.name, {str(key): made[i] for key, made in parts.items()})
        for i, output in enumerate(node.outputs)
    )


def partitioned_in(pipelines: Iterable[Pipeline], catalog: Catalog) -> frozenset[str]:
    """Datasets that have partitions: by their location, or since a node reads one at a time.

    Args:
        pipelines: All of a project, since what a node makes must not depend on which of its
            readers are asked for.
        catalog: Of the project.
    """
    by_location = {name for name, entry in catalog.items() if entry.fields}
    nodes = (node for pipeline in pipelines for node in pipeline)
    by_use = {each.name for node in nodes for each in node.inputs if each.each}
    return frozenset(by_location | by_use)


class Caller:
    """Turns work into calls: finds each input's value or bytes, and each output's place."""

    def __init__(
        self,
        workspace: Workspace,
        values: Values,
        fresh: set[str],
        parameters: Mapping[str, Any],
        partitioned: frozenset[str],
        *,
        promises: Promises | None = None,
    ) -> None:
        self._workspace = workspace
        self._values = values
        self._fresh = fresh  # fingerprints that this run wrote itself
        self._parameters = parameters
        self._partitioned = partitioned
        self._promises = promises

    def call(self, work: Work, *, shared: bool, seed: int) -> Call:
        """The call of a piece of work.

        Args:
            work: What must run.
            shared: Whether it runs where this process's objects can be handed on.
            seed: For the random generators.

        Raises:
            Gone: An input is no longer in the store, or damaged.
        """
        step, node = work.task.step, work.task.step.node
        function = node.function
        targets = tuple([self._target(work.task, output) for output in node.outputs])
        if self._promises is not None:
            targets = self._with_promises(step, work.task, targets)
        hold = function.callable if shared and function.callable is not None else None
        return new_call(
            node=work.task.name,
            function=function.name,
            callable=hold,
            pickled=None if hold or function.importable else _pickled(function.callable),
            arguments=tuple([self._argument(work, each, shared=shared) for each in node.inputs]),
            targets=targets,
            seed=seed,
            generators=_generators_of(step.recipe.libraries) if step.recipe.libraries else (),
            hands_on=shared and work.task.key is None,
            sources=step.sources(),
            fingerprint=work.fingerprint if node.options.cache else "",
        )

    def _argument(self, work: Work, given: Input, *, shared: bool) -> Argument:
        step = work.task.step
        name, dataset = given.argument, given.name
        shape = step.shapes.get(name, "")
        if not dataset:
            return new_argument(name=name, value=given.value)
        made = work.task.inputs.get(dataset)
        if made is None:
            value = self._parameters[dataset]
            return new_argument(name=name, value=value, shape=shape, typed="." in shape)
        if made.format == PARTITIONS:
            parts = self._parts(made)
            return new_argument(name=name, dataset=dataset, shape=shape, parts=parts)
        if not made.kept and not shared and made.fingerprint.startswith(LIVE):
            raise DefinitionError(
                f"node `{work.task.name}` runs in a process of its own, "
                f"but its input `{dataset}` ({made.shape}) cannot be written down",
                hint="run with `--executor serial` or `threads` and without `timeout`, "
                "or let one node make and use it",
            )
        shares = shared and not given.each
        live = self._values.get(dataset) if shares and not work.private else None
        if live is not None and _suits(live.shape, shape):
            value, was = live.value, live.snapshot
            return new_argument(name=name, dataset=dataset, shape=shape, value=value, snapshot=was)
        stored = self._stored(made, work.task.key if given.each else None)
        watched = shares and (work.private or self._values.is_wanted_again(dataset))
        return new_argument(name=name, dataset=dataset, shape=shape, stored=stored, watched=watched)

    def _parts(self, made: Made) -> dict[str, Any]:
        table = parts_in(self._workspace.bytes_of(made), made.dataset)
        return {key: self._stored(part, key) for key, part in table.items()}

    def _stored(self, made: Made, key: str | None) -> Any:
        try:
            return self._workspace.stored(made, verified=made.fingerprint in self._fresh, key=key)
        except DamagedDataError as error:
            raise Gone(made, error) from error
        except MissingDataError as error:
            raise Gone(made) from error

    def _with_promises(
        self, step: Step, task: Task, targets: tuple[Target, ...]
    ) -> tuple[Target, ...]:
        """The same targets, with what contracts ask of them."""
        assert self._promises is not None
        alike = getattr(step.node.function.callable, "shape_of", None)
        if alike is not None:  # a contract's node hands on what it gets, in pieces
            shape = task.inputs[step.node.inputs[alike].name].shape
            targets = tuple(changed(each, shape=shape) for each in targets)
        promised = [self._promises.promised(each.dataset) for each in targets]
        return tuple(
            each if one is None else changed(each, promised=one)
            for each, one in zip(targets, promised, strict=True)
        )

    def _target(self, task: Task, output: Output) -> Target:
        entry = self._workspace.catalog.get(output.name)
        partitioned = task.key is None and output.name in self._partitioned
        if entry is None:
            return new_target(
                dataset=output.name, key=output.key, partition=task.key, partitioned=partitioned
            )
        location = entry.location
        return new_target(
            dataset=output.name,
            key=output.key,
            format=entry.format,
            options=entry.write,
            location=None if location is None else str(to_write(location, self._workspace.folder)),
            partition=task.key,
            partitioned=partitioned,
        )


# Distribution -> the library whose global generator it draws from.
_GENERATORS = {
    "numpy": "numpy",
    "pandas": "numpy",
    "scikit-learn": "numpy",
    "scipy": "numpy",
    "torch": "torch",
}


def _generators_of(libraries: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({_GENERATORS[each] for each in libraries if each in _GENERATORS}))


_ANY = frozenset({"", "object", "typing.Any", "Any"})


def _suits(has: str, asked: str) -> bool:
    """Whether a value in memory can be given to a function that asks for a shape."""
    return asked == has or asked in _ANY or (asked not in TABLES and asked not in _OTHERS)


_OTHERS = frozenset({"numpy.ndarray", "pathlib.Path"})


def _pickled(function: Any) -> bytes:
    import cloudpickle  # heavy, and only for functions without an importable name

    return bytes(cloudpickle.dumps(function))
