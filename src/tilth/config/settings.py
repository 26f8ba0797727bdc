"""What the files of a project say, as records.

Every record knows its place, so that what is found out later, about the graph or the data,
can be told with file and line as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from tilth.config.place import Place
from tilth.config.scope import ScopeSettings
from tilth.record import field, record

if TYPE_CHECKING:
    from tilth.contract.contract import Contract


@record
class InputSettings:
    """One input of a node.

    Attributes:
        dataset: The dataset that it reads; None for a parameter or a literal.
        each: Whether the node runs once for each partition of the dataset.
        parameter: The parameter, as `a.b.c` without `params:`; None for a dataset.
        value: The literal, where both others are None.
    """

    dataset: str | None = None
    each: bool = False
    parameter: str | None = None
    value: Any = field(default=None, repr=False)
    place: Place


@record
class RetrySettings:
    """How often a node is tried again, and how long it waits before that.

    Attributes:
        wait: Seconds.
    """

    times: int = 0
    wait: float = 0.0


@record
class NodeSettings:
    """One entry of `nodes`.

    Attributes:
        call: The function, by its dotted name.
        name: None where the function's name is to be taken.
        inputs: By position or by argument; None where the signature decides.
        outputs: One dataset, several by position or by key; None where the function's name
            decides.
        timeout: Seconds.
        refresh: Seconds after which a result counts as old.
        resources: Amounts; sizes in bytes.
    """

    call: str
    name: str | None = None
    inputs: tuple[InputSettings, ...] | Mapping[str, InputSettings] | None = None
    outputs: str | tuple[str, ...] | Mapping[str, str] | None = None
    tags: tuple[str, ...] = ()
    owner: str | None = None
    layer: str | None = None
    retries: RetrySettings = RetrySettings()
    timeout: float | None = None
    cache: bool = True
    refresh: float | None = None
    resources: Mapping[str, float] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    description: str | None = None
    place: Place


@record
class PipelineSettings:
    """One entry of `pipelines`; exactly one of nodes, stage, python and pipeline is not None.

    Attributes:
        settings: What stands behind `with`: the settings of the stage.
        inputs: Name of a dataset inside -> name outside; likewise outputs and params.
    """

    name: str
    nodes: tuple[NodeSettings, ...] | None = None
    stage: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    python: str | None = None
    pipeline: str | None = None
    namespace: str | None = None
    tags: tuple[str, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    owner: str | None = None
    layer: str | None = None
    place: Place


@record
class LabelSettings:
    """One entry of `labels`.

    Attributes:
        data: The dataset with the items.
        key: The column that names them.
        label: The column with their labels; None where they have none yet.
        show: The columns that people see; None for all but key and label.
        classes: In order; None for those that the label column holds.
        instruction: A path relative to the project; None for `labels/NAME.md`.
        log: Likewise; None for `labels/NAME.jsonl`.
        reviewers: How many people have to be sure of an item.
    """

    name: str
    data: str
    key: str
    label: str | None = None
    show: tuple[str, ...] | None = None
    classes: tuple[str | int, ...] | None = None
    instruction: str | None = None
    log: str | None = None
    reviewers: int = 1
    place: Place


@record
class ProjectSettings:
    """What tilth.yml says.

    Attributes:
        name: The name of the folder where the file says nothing.
        scope: What it is for. May hold a secret: show `tilth.project.scope.scope_of`.
        source: The folder of the Python code, relative to the project's.
        default: The pipelines that run when none is named; all, where the file says nothing.
        executor: The name of an executor, or a class by its dotted name; None where the file
            says nothing.
        resources: What nodes may use at once; sizes in bytes.
        hooks: Dotted names.
        hold: `code` or `data` -> the run that it is held to; None for the first one under it.
        store: A folder; None for the usual one. May hold a secret, like `history`.
    """

    name: str
    scope: ScopeSettings = field(default=ScopeSettings(), repr=False)
    source: str
    pipelines: Mapping[str, PipelineSettings] = field(default_factory=dict)
    labels: Mapping[str, LabelSettings] = field(default_factory=dict)
    default: tuple[str, ...] = ()
    workers: int = 1
    executor: str | None = None
    resources: Mapping[str, float] = field(default_factory=dict)
    hooks: tuple[str, ...] = ()
    store: str | None = field(default=None, repr=False)
    history: str | None = field(default=None, repr=False)
    hold: Mapping[str, int | None] = field(default_factory=dict)
    strict: Literal["off", "warn", "error"] = "off"
    place: Place


@record
class EntrySettings:
    """One entry of the catalog.

    Attributes:
        format: None where the entry only describes a dataset that the store keeps.
        of: A version of another dataset, as `trips@3`, that this one stands for; or None.
        location: As written: relative to the project, absolute, or an address; may hold
            partition fields such as `{month}`. May hold a secret, like the options.
        read: Options of the format.
        write: Options of the format.
        refresh: Seconds after which what was read counts as old.
        keep: Whether the store keeps what runs read; None where its size decides.
        contract: What it must satisfy; None where nothing is said.
    """

    name: str
    format: str | None = None
    of: str | None = None
    location: str | None = field(default=None, repr=False)
    read: Mapping[str, Any] = field(default_factory=dict, repr=False)
    write: Mapping[str, Any] = field(default_factory=dict, repr=False)
    layer: str | None = None
    owner: str | None = None
    tags: tuple[str, ...] = ()
    description: str | None = None
    refresh: float | None = None
    keep: bool | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict, repr=False)
    contract: Contract | None = None
    place: Place
