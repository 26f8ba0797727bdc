"""What may stand in `tilth.yml`, `catalog.yml` and `params.yml`."""

from __future__ import annotations

from tilth.config import unit
from tilth.config.contract_layout import CONTRACT
from tilth.config.grammar import (
    Anything,
    Choice,
    Either,
    Quantity,
    Record,
    Sequence,
    Table,
    Text,
    Truth,
    Whole,
)
from tilth.config.name import (
    NAME_PATTERN,
    NAME_RULE,
    judge_dotted,
    judge_label,
    judge_location,
    judge_name,
    judge_name_or_dotted,
    judge_parameter,
    judge_reads,
    judge_version,
)
from tilth.config.scope import PARTS

_DOTTED = r"^[^\W\d]\w*(\.[^\W\d]\w*)"


def _name(what: str) -> Text:
    return Text(expected=f"{what}: {NAME_RULE}", judge=judge_name, pattern=NAME_PATTERN)


def _text(what: str) -> Text:
    return Text(expected=what, judge=judge_label, pattern=r"\S")


def _either_one_or_list(text: Text, expected: str) -> Either:
    return Either(expected=expected, kinds=(text, Sequence(expected=expected, of=text)))


DURATION = Quantity(
    expected="a duration: `10s`, `5m`, `1h 30m`, `2d`, or a number of seconds",
    read=unit.seconds,
    units=tuple(unit.SECONDS),
)
SIZE = Quantity(
    expected="a size: `512MB`, `4GB`, `512 MiB`",
    read=unit.n_bytes,
    units=tuple(unit.BYTES),
    bare=False,
)
_AMOUNT = Quantity(
    expected="an amount: a number, or a size such as `4GB`",
    read=unit.n_bytes,
    units=tuple(unit.BYTES),
)
_FUNCTION = Text(
    expected="a function by its dotted name: `package.module.name`",
    judge=judge_dotted,
    pattern=_DOTTED + "+$",
)
_EXTENSION = r"^[^\W\d]\w*(\.[^\W\d]\w*)*$"
_OPTIONS = Table(
    expected="a mapping of options",
    keys=Text(expected="the name of an option"),
    of=Anything(),
)
_TAGS = _either_one_or_list(_text("a tag"), "a tag, or a list of tags")
_OWNER = _text("the name of a person or team")
_LAYER = _text("the name of a layer")
_DESCRIPTION = Text(expected="text")
RESOURCES = Table(
    expected="a mapping from resource to amount: `{memory: 4GB, gpu: 1}`",
    keys=_name("the name of a resource"),
    of=_AMOUNT,
    special={"memory": SIZE, "disk": SIZE},
)

_READS = Text(expected="the name of a dataset, or `params:name`", judge=judge_reads)
_INPUT = Either(
    expected="the name of a dataset, `params:name`, `{each: dataset}` or `{value: ...}`",
    kinds=(
        _READS,
        Record(
            what="an input",
            keys={"each": _name("the name of a dataset"), "value": Anything()},
            one_of=("each", "value"),
        ),
    ),
    hint="a literal value is written `{value: ...}`",
)
_AMBIGUOUS = "write it as a list, `[{%s: ...}]`, or behind an argument's name"
_INPUTS = Either(
    expected="an input, a list of them by position, or a mapping from argument to input",
    kinds=(
        _READS,
        Sequence(expected="a list of inputs", of=_INPUT),
        Table(
            expected="a mapping from argument to input",
            keys=Text(expected="the name of an argument", judge=judge_name_or_dotted),
            of=_INPUT,
            not_only={word: _AMBIGUOUS % word for word in ("each", "value")},
        ),
    ),
)
DATASET = _name("the name of a dataset")
_OUTPUTS = Either(
    expected="a dataset, a list of them, or a mapping from key to dataset",
    kinds=(
        DATASET,
        Sequence(expected="a list of datasets", of=DATASET),
        Table(
            expected="a mapping from key to dataset",
            keys=Text(expected="a key of what the function returns"),
            of=DATASET,
        ),
    ),
)
_RETRIES = Either(
    expected="a number of retries, or `{times: 3, wait: 10s}`",
    kinds=(
        Whole(expected="a number of retries, from 0 on"),
        Record(
            what="retries",
            keys={"times": Whole(expected="a number, from 0 on"), "wait": DURATION},
            required=("times",),
        ),
    ),
)
NODE = Record(
    what="a node",
    keys={
        "call": _FUNCTION,
        "name": _name("the name of a node"),
        "inputs": _INPUTS,
        "outputs": _OUTPUTS,
        "tags": _TAGS,
        "owner": _OWNER,
        "layer": _LAYER,
        "retries": _RETRIES,
        "timeout": DURATION,
        "cache": Truth(),
        "refresh": DURATION,
        "resources": RESOURCES,
        "depends_on": _either_one_or_list(
            _text("what the function depends on"), "what the function depends on, or a list of it"
        ),
        "description": _DESCRIPTION,
    },
    required=("call",),
    named_by=("name", "call"),
    synonyms={
        "func": "call",
        "function": "call",
        "run": "call",
        "input": "inputs",
        "output": "outputs",
        "tag": "tags",
        "retry": "retries",
        "parameters": "inputs",
        "params": "inputs",
        "memory": "resources",
        "gpu": "resources",
    },
)
_RENAMES = Table(
    expected="a mapping from the name inside to the name outside",
    keys=_name("the name of a dataset inside"),
    of=_name("the name of a dataset outside"),
)
PIPELINE = Record(
    what="a pipeline",
    keys={
        "nodes": Sequence(
            expected="a list of nodes",
            of=Either(
                expected="a function by its dotted name, or a node with `call`",
                kinds=(_FUNCTION, NODE),
            ),
        ),
        "stage": Text(
            expected="the name of a stage, or a dotted name",
            judge=judge_name_or_dotted,
            pattern=_EXTENSION,
        ),
        "with": Table(
            expected="a mapping of the stage's settings",
            keys=Text(expected="the name of a setting"),
            of=Anything(),
        ),
        "python": Text(
            expected="a function or variable that gives a pipeline: `package.module.name`",
            judge=judge_dotted,
            pattern=_DOTTED + "+$",
        ),
        "pipeline": _name("the name of another pipeline"),
        "namespace": _name("a namespace"),
        "tags": _TAGS,
        "inputs": _RENAMES,
        "outputs": _RENAMES,
        "params": Table(
            expected="a mapping from the parameter inside to the one outside",
            keys=Text(expected="the name of a parameter inside", judge=judge_parameter),
            of=Text(expected="the name of a parameter outside", judge=judge_parameter),
        ),
        "owner": _OWNER,
        "layer": _LAYER,
    },
    one_of=("nodes", "stage", "python", "pipeline"),
    only_with={"with": "stage"},
    synonyms={
        "node": "nodes",
        "steps": "nodes",
        "tasks": "nodes",
        "settings": "with",
        "options": "with",
        "module": "python",
        "parameters": "params",
        "tag": "tags",
    },
)
_RUN = Whole(expected="a run's number, from 1 on", least=1)
_COLUMN = _text("the name of a column")
_CLASS = Either(
    expected="a class: text, a whole number, `true` or `false`",
    kinds=(_text("a class"), Whole(expected="a whole number", least=-(2**53)), Truth()),
)
LABELS = Record(
    what="a label set",
    keys={
        "data": DATASET,
        "key": _COLUMN,
        "label": _COLUMN,
        "show": _either_one_or_list(_COLUMN, "a column, or a list of columns"),
        "classes": Sequence(expected="a list of classes", of=_CLASS),
        "instruction": _text("the path of a Markdown file"),
        "log": _text("the path of a label log"),
        "reviewers": Whole(expected="a number of people, from 1 on", least=1),
    },
    required=("data", "key"),
    synonyms={
        "dataset": "data",
        "table": "data",
        "id": "key",
        "target": "label",
        "column": "label",
        "columns": "show",
        "text": "show",
        "image": "show",
        "labels": "classes",
        "guideline": "instruction",
        "guidelines": "instruction",
        "instructions": "instruction",
        "file": "log",
        "labelers": "reviewers",
        "annotators": "reviewers",
    },
)
SCOPE = Record(
    what="a scope",
    keys={name: Text(expected=f"text: {what}") for name, what in PARTS.items()},
    synonyms={
        "purpose": "problem",
        "goal": "problem",
        "question": "problem",
        "measure": "metric",
        "success": "metric",
        "cost": "costs",
        "budget": "costs",
        "risk": "risks",
        "harm": "risks",
    },
)
TILTH = Record(
    what="tilth.yml",
    keys={
        "name": _text("the name of the project"),
        "scope": SCOPE,
        "source": _text("the folder of the project's Python code"),
        "pipelines": Table(
            expected="a mapping from the name of a pipeline to the pipeline",
            keys=_name("the name of a pipeline"),
            of=PIPELINE,
        ),
        "labels": Table(
            expected="a mapping from the name of a label set to the label set",
            keys=_name("the name of a label set"),
            of=LABELS,
        ),
        "default": _either_one_or_list(
            _name("the name of a pipeline"), "the name of a pipeline, or a list of names"
        ),
        "workers": Whole(expected="a number of workers, from 1 on", least=1),
        "executor": Text(
            expected="`serial`, `threads`, `processes`, or a dotted name",
            judge=judge_name_or_dotted,
            pattern=_EXTENSION,
        ),
        "resources": RESOURCES,
        "hooks": _either_one_or_list(
            Text(
                expected="a hook by its dotted name: `package.module.name`",
                judge=judge_dotted,
                pattern=_DOTTED + "+$",
            ),
            "a list of hooks by their dotted names",
        ),
        "store": _text("the folder of the store"),
        "history": _text("the file or address of the history"),
        "hold": Either(
            expected="`code`, `data`, or a mapping from one to a run's number: `{data: 12}`",
            kinds=(
                Choice(options=("code", "data")),
                Record(what="a hold", keys={"code": _RUN, "data": _RUN}),
            ),
        ),
        "strict": Choice(options=("off", "warn", "error")),
    },
    homes=True,
    synonyms={
        "src": "source",
        "source_dir": "source",
        "package": "source",
        "nodes": "pipelines",
        "runner": "executor",
        "parallel": "workers",
        "threads": "workers",
        "jobs": "workers",
        "project": "name",
    },
)
ENTRY = Record(
    what="a dataset",
    keys={
        "format": Text(
            expected="the name of a format, or of a class as `package.module.Name`",
            judge=judge_name_or_dotted,
            pattern=_EXTENSION,
        ),
        "of": Text(
            expected="a version of another dataset: `trips@2026-11-01`",
            judge=judge_version,
            pattern=r".@.",
        ),
        "location": Text(
            expected="a path, or an address such as `package://name/path`",
            judge=judge_location,
            pattern=r"\S",
        ),
        "read": _OPTIONS,
        "write": _OPTIONS,
        "contract": CONTRACT,
        "layer": _LAYER,
        "owner": _OWNER,
        "tags": _TAGS,
        "description": _DESCRIPTION,
        "refresh": DURATION,
        "keep": Truth(),
        "metadata": _OPTIONS,
    },
    only_with={
        "location": "format",
        "read": "format",
        "write": "format",
        "keep": "location",
    },
    synonyms={
        "type": "format",
        "kind": "format",
        "filepath": "location",
        "file": "location",
        "filename": "location",
        "path": "location",
        "url": "location",
        "uri": "location",
        "folder": "location",
        "load": "read",
        "load_args": "read",
        "save": "write",
        "save_args": "write",
        "options": "read",
        "tag": "tags",
        "version": "of",
        "pin": "of",
        "schema": "contract",
        "checks": "contract",
        "expectations": "contract",
    },
)
CATALOG = Table(
    expected="a mapping from the name of a dataset to its entry",
    keys=_name("the name of a dataset"),
    of=ENTRY,
    homes=True,
)
PARAMS = Table(
    expected="a mapping of parameters",
    keys=Text(expected="the name of a parameter"),
    of=Anything(),
)
