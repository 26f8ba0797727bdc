"""A call: all that is needed to execute a task anywhere, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tilth.engine.importing import Source
from tilth.graph.node import NOTHING
from tilth.history.record import Made, Metric
from tilth.record import field, maker, record

if TYPE_CHECKING:
    from tilth.contract.contract import Contract
    from tilth.contract.view import References
    from tilth.data.mutation import Snapshot


@record
class Stored:
    """Bytes to load.

    Attributes:
        name: The dataset, with its partition where it has one.
        format: Name of the format.
        options: For reading.
        path: Where the bytes are; None where they are in `data`.
        data: The bytes.
        shape: The type that was written, which a function that asks for none is given.
        state: Size, modification time (ns) and inode that the file had when its fingerprint
            was taken; None where nobody else can change it.
    """

    name: str
    format: str
    options: Mapping[str, Any] = field(default_factory=dict)
    path: str | None = None
    data: bytes | None = None
    shape: str = ""
    state: tuple[int, int, int] | None = None


@record
class Argument:
    """What one argument of the function gets: exactly one of `value`, `stored`, `parts`.

    Attributes:
        name: Of the argument, or its position.
        dataset: Where the value comes from, empty for parameters and literals.
        shape: The dotted name of the type that the function asks for, or empty.
        value: The value itself.
        snapshot: Of a value that is shared with others and could be changed in place.
        watched: Whether what is loaded may be shared with others, unless it is changed.
        stored: Bytes to load it from.
        parts: Partition -> bytes to load it from.
        typed: Whether `value` is to become an instance of the type that `shape` names.
    """

    name: str | int
    dataset: str = ""
    shape: str = ""
    value: Any = NOTHING
    snapshot: Snapshot | None = None
    watched: bool = False
    stored: Stored | None = None
    parts: Mapping[str, Stored] | None = None
    typed: bool = False


@record
class Promised:
    """What a dataset must satisfy, with what its checks look up.

    Attributes:
        contract: The contract.
        identity: Fingerprint of the contract and of what it looks up.
        tables: `dataset` or `dataset@version` -> partition -> its bytes; one that has no
            partitions has one without a name.
    """

    contract: Contract
    identity: str
    tables: Mapping[str, Mapping[str, Stored]] = field(default_factory=dict)

    def references(self) -> References:
        """What gives a check the tables that it looks up, as lazy frames."""
        from tilth.engine.looked_up import looked_up  # late, as Polars comes with it

        return looked_up(self.tables)


@record
class Reported:
    """What was found when an output was held against its contract.

    Attributes:
        dataset: Its name.
        partition: None for the whole.
        identity: Of what it was held against.
        report: As plain data.
    """

    dataset: str
    partition: str | None
    identity: str
    report: Mapping[str, Any]


@record
class Target:
    """Where one output goes.

    Attributes:
        dataset: Its name.
        key: Which part of what the function returns; None for the whole.
        format: Name of the format, or empty where the value decides.
        options: For writing.
        location: Where a person wants the file, None where the store is enough. `{field}`
            stands for the partition.
        partition: The partition that a fan-out makes, None where it makes the whole.
        partitioned: Whether the function returns, or yields, partitions by key.
        promised: What it must satisfy, None where nothing is said.
        shape: The type that it is had as where nobody asks for one, if it is another than that
            which is written; None where it is that.
    """

    dataset: str
    key: str | int | None = None
    format: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    location: str | None = None
    partition: str | None = None
    partitioned: bool = False
    promised: Promised | None = None
    shape: str | None = None


@record
class Call:
    """One execution of a function.

    Attributes:
        node: Name of the task, for errors.
        function: `module:qualified.name`.
        callable: The function itself, where memory is shared.
        pickled: The function by value, where it cannot be imported in another process.
        arguments: What it is called with.
        targets: Where its outputs go.
        seed: For the random generators, None where they are left alone.
        generators: Libraries with random generators of their own, which its code may use.
        hands_on: Whether the caller can use the very objects that were made.
        sources: What the modules of its code were read as.
        fingerprint: What the execution is, which tells where it may leave something for its
            next attempt; empty where it may not.
    """

    node: str
    function: str
    callable: Callable[..., Any] | None = None
    pickled: bytes | None = None
    arguments: tuple[Argument, ...]
    targets: tuple[Target, ...]
    seed: int | None = None
    generators: tuple[str, ...] = ()
    hands_on: bool = False
    sources: tuple[Source, ...] = ()
    fingerprint: str = ""


@record
class Failure:
    """What went wrong, in words, since an exception may not survive the way home.

    Attributes:
        kind: Name of the exception's class.
        message: Its text.
        hint: What to do next, or None.
        report: What a person should read: the user's lines first.
        damaged: Dataset whose stored bytes are not what they were, empty for none.
        at_fault: `user` where the function raised, `promise` where it broke its node's
            promise, `data` where bytes could not be read or written.
    """

    kind: str
    message: str
    hint: str | None = None
    report: str = ""
    damaged: str = ""
    at_fault: str = "user"


@record
class Outcome:
    """What came of a call.

    Attributes:
        made: Versions that were written, in the order of the targets.
        values: The objects themselves, `NOTHING` where they are not to be handed on.
        loaded: Dataset -> value that was loaded and that others may use as well, its snapshot.
        metrics: Scalars, curves and tables that were found.
        stale: Datasets whose shared value had been changed in place before the call; then
            nothing was called.
        changed: Datasets whose value was changed in place while the call ran.
        failure: What went wrong, None where nothing did.
        started_at: Seconds since 1970.
        seconds: Of the function alone; of all until it failed, where it did.
        load_seconds: Of loading its inputs.
        save_seconds: Of writing its outputs.
        peak_bytes: Highest memory of the process until then.
        reported: What was found of outputs that have contracts.
    """

    made: tuple[Made, ...] = ()
    values: tuple[Any, ...] = ()
    loaded: Mapping[str, tuple[Any, Snapshot | None]] = field(default_factory=dict)
    metrics: tuple[Metric, ...] = ()
    stale: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    failure: Failure | None = None
    started_at: float = 0.0
    seconds: float = 0.0
    load_seconds: float = 0.0
    save_seconds: float = 0.0
    peak_bytes: int | None = None
    reported: tuple[Reported, ...] = ()


# Each node that runs needs one of these.
new_argument, new_target = maker(Argument), maker(Target)
new_call, new_outcome = maker(Call), maker(Outcome)
