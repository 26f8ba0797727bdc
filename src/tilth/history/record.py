"""What is on record: runs, node runs and what they made."""

from __future__ import annotations

from collections.abc import Mapping

from tilth.record import field, maker, record


@record
class Made:
    """One dataset at one version: what a node run wrote, or a source that it read.

    Attributes:
        dataset: Its name.
        fingerprint: Of its bytes.
        n_bytes: How many there are.
        format: The name of the format that they are written in.
        shape: Dotted name of the type that was written, such as `polars.DataFrame`.
        rows: Rows of a table, None for anything else.
        columns: Columns of a table, None for anything else.
        data: The bytes themselves where they are few enough to live in the database; to be
            given when it is recorded. What is read back has None: ask `History.data`.
        kept: Whether the bytes are in the store. A value that cannot be written is not, nor
            is a source, which lies where the user put it.
    """

    dataset: str
    fingerprint: str
    n_bytes: int
    format: str
    shape: str = ""
    rows: int | None = None
    columns: int | None = None
    data: bytes | None = None
    kept: bool = True


@record
class Recipe:
    """All that decides a node's result besides its inputs: one row serves many node runs.

    Attributes:
        fingerprint: Of all below.
        function: Dotted name of the user's function.
        code: Fingerprint of the closure of its code.
        parts: Part of the closure, such as `flights.features.late` -> digest.
        parameters: Argument -> the value as JSON text, secrets as they were written.
        formats: Inputs' and outputs' formats with their options, as text.
        libraries: Distribution -> version, those that the code uses.
        python: Minor version, such as `3.11`.
    """

    fingerprint: str
    function: str
    code: str
    parts: Mapping[str, str]
    parameters: Mapping[str, str]
    formats: Mapping[str, str]
    libraries: Mapping[str, str]
    python: str


@record
class NodeRun:
    """One execution of one node, or the reuse of an earlier one.

    Attributes:
        id: Its number in the history; 0 until it is recorded.
        run: The run that it belongs to.
        node: Its name; a fan-out's parts are `node[partition]`.
        fingerprint: Of recipe and inputs: what it *is*.
        recipe: Fingerprint of its recipe.
        state: `done`, `reused`, `failed`, `skipped` or `interrupted`.
        reason: Why it had to run, one of `engine.reason.Reason`; empty where it was reused.
        started_at: Seconds since 1970, UTC.
        seconds: Wall time of the user's function alone, without load and save.
        load_seconds: Wall time of loading its inputs.
        save_seconds: Wall time of writing its outputs.
        peak_bytes: Highest memory of the process while it ran, None where not known.
        attempt: 1, or more where it was retried.
        same_as: Id of the node run whose outputs were taken over, None where it ran itself.
        inputs: Dataset -> fingerprint of the bytes that were read.
        outputs: What it made, in order.
        metrics: Name -> value of scalars found in what it made.
        error: First line of what went wrong.
        log: What should be read about it later: the whole report of an error.
    """

    id: int = 0
    run: int
    node: str
    fingerprint: str
    recipe: str
    state: str
    reason: str = ""
    started_at: float = 0.0
    seconds: float = 0.0
    load_seconds: float = 0.0
    save_seconds: float = 0.0
    peak_bytes: int | None = None
    attempt: int = 1
    same_as: int | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: tuple[Made, ...] = ()
    metrics: tuple[Metric, ...] = ()
    error: str = ""
    log: str = ""


@record
class Metric:
    """One measured thing.

    Attributes:
        name: Dotted, such as `test.auc`.
        value: The scalar, None for a curve or a table.
        low: Lower end of its interval, None where none was given.
        high: Upper end of its interval.
        data: A curve or a table as JSON text.
    """

    name: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    data: str | None = None


@record
class Checked:
    """A version of a dataset that was held against its contract.

    Attributes:
        run: The run that did it.
        dataset: Its name.
        version: Fingerprint of the bytes; empty where they were refused before there was one.
        contract: Fingerprint of the contract, together with what it looked up.
        state: `kept`, `warned` where something is not as promised that stops nothing, or
            `broken`.
        checked_at: Seconds since 1970, UTC.
        report: What was found, as JSON.
    """

    run: int
    dataset: str
    version: str
    contract: str
    state: str
    checked_at: float
    report: str


@record
class ModelEvent:
    """Something that was decided about a version of a registered model; it is never changed.

    Attributes:
        id: Its number, counted from 1; 0 until it is recorded.
        model: The name that the model is registered under.
        version: Of the model, counted from 1.
        kind: `registered`, `validated`, `approved`, `refused`, `retired`, or `aliased` and
            `rolled_back`, which move a pointer on to the version, and back.
        alias: That pointer; empty otherwise.
        happened_at: Seconds since 1970, UTC.
        person: Who decided.
        why: In a person's words; may be empty where nothing asks for it.
        dataset: What it was made as, for `registered`.
        fingerprint: Of its bytes, for `registered`.
        run: The run that made it first, for `registered`; else 0.
        details: Evidence, as JSON: the verdict, for `validated`.
    """

    id: int = 0
    model: str
    version: int
    kind: str
    alias: str = ""
    happened_at: float
    person: str = ""
    why: str = ""
    dataset: str = ""
    fingerprint: str = ""
    run: int = 0
    details: str = "{}"


@record
class Run:
    """One run of a pipeline.

    Attributes:
        id: Its number, counted from 1; 0 until it is recorded.
        pipeline: What was asked for, as text.
        arguments: The command's arguments, secrets as they were written.
        state: `running`, `done`, `failed`, `interrupted`, or `lost` where its process died.
        started_at: Seconds since 1970, UTC.
        finished_at: The same; None while it runs.
        trigger: What started it: `command`, `python`, or a later trigger's name.
        person: Who, as the system says.
        host: Where.
        pid: The process, to know whether it still lives.
        commit: The git commit that was checked out, empty outside of git.
        clean: Whether the working tree had no changes; None outside of git.
        environment: Fingerprint of the environment's row: Python and distributions.
        counts: State -> number of node runs, known when it has ended.
        note: What a person wrote about it.
        error: First line of what went wrong.
    """

    id: int = 0
    pipeline: str
    arguments: str = ""
    state: str = "running"
    started_at: float
    finished_at: float | None = None
    trigger: str = "command"
    person: str = ""
    host: str = ""
    pid: int = 0
    commit: str = ""
    clean: bool | None = None
    environment: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
    error: str = ""


# Each node that runs needs one of these.
new_made, new_node_run = maker(Made), maker(NodeRun)
