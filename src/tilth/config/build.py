"""Items that were found valid to the records of `settings.py`.

For each record a table says how each of its keys is read, so that only the keys that are
there cost anything: a large project has ten thousand nodes with three keys of fourteen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from tilth.config import unit
from tilth.config.item import Item, plain
from tilth.config.name import normal
from tilth.config.scope import PARTS, ScopeSettings
from tilth.config.settings import (
    EntrySettings,
    InputSettings,
    LabelSettings,
    NodeSettings,
    PipelineSettings,
    ProjectSettings,
    RetrySettings,
)

if TYPE_CHECKING:
    from tilth.contract.contract import Contract

_Reader: TypeAlias = Callable[[Item], Any]


def project_settings(tilth: Item, *, name: str, source: str) -> ProjectSettings:
    """What tilth.yml says; `name` and `source` where it says nothing."""
    found = {"name": name, "source": source} | _fields(tilth, _PROJECT)
    found.setdefault("default", tuple(found.get("pipelines", ())))
    return ProjectSettings(**found, place=tilth.key)


def entries(catalog: Item, contracts: Mapping[str, Contract]) -> dict[str, EntrySettings]:
    """What the catalog says; keys that begin with `_` are homes of YAML anchors."""
    return {
        name: EntrySettings(
            name=name, **_fields(item, _ENTRY), contract=contracts.get(name), place=item.key
        )
        for name, item in _children(catalog).items()
        if not name.startswith("_")
    }


def _fields(item: Item, readers: Mapping[str, _Reader]) -> dict[str, Any]:
    """The keys of a mapping, read; a key with nothing behind it is not set."""
    return {
        key: readers[key](child)
        for key, child in _children(item).items()
        if child.value is not None and key in readers
    }


def _pipelines(item: Item) -> dict[str, PipelineSettings]:
    return {name: _pipeline(name, each) for name, each in _children(item).items()}


def _pipeline(name: str, item: Item) -> PipelineSettings:
    found = _fields(item, _PIPELINE)
    settings = found.pop("with", {})
    return PipelineSettings(name=name, settings=settings, **found, place=item.key)


def _labels(item: Item) -> dict[str, LabelSettings]:
    return {
        name: LabelSettings(name=name, **_fields(each, _LABELS), place=each.key)
        for name, each in _children(item).items()
    }


def _nodes(item: Item) -> tuple[NodeSettings, ...]:
    return tuple(_node(each) for each in _as_list(item))


def _node(item: Item) -> NodeSettings:
    if isinstance(item.value, str):
        return NodeSettings(call=item.value, place=item.place)
    return NodeSettings(**_fields(item, _NODE), place=item.place)


def _inputs(item: Item) -> tuple[InputSettings, ...] | dict[str, InputSettings]:
    if isinstance(item.value, dict):
        return {key: _input(each) for key, each in item.value.items()}
    return tuple(_input(each) for each in _as_list(item))


def _input(item: Item) -> InputSettings:
    if isinstance(item.value, dict):
        return _each_or_value(item.value, item)
    text = _text(item)
    if text.startswith("params:"):
        return InputSettings(parameter=text.removeprefix("params:"), place=item.place)
    return InputSettings(dataset=text, place=item.place)


def _each_or_value(found: dict[str, Item], item: Item) -> InputSettings:
    if "value" in found:
        return InputSettings(value=plain(found["value"]), place=item.place)
    return InputSettings(dataset=_text(found["each"]), each=True, place=item.place)


def _outputs(item: Item) -> str | tuple[str, ...] | dict[str, str]:
    if isinstance(item.value, dict):
        return _renames(item)
    return _texts(item) if isinstance(item.value, list) else _text(item)


def _retries(item: Item) -> RetrySettings:
    if isinstance(item.value, dict):
        return RetrySettings(**_fields(item, {"times": _value, "wait": _seconds}))
    return RetrySettings(times=_value(item))


def _hold(item: Item) -> dict[str, Any]:
    if isinstance(item.value, dict):
        return {what: _value(run) for what, run in _children(item).items()}
    return {str(item.value): None}


def _scope(item: Item) -> ScopeSettings:
    return ScopeSettings(**_fields(item, dict.fromkeys(PARTS, _words)))


def _words(item: Item) -> str:
    return str(item.value).strip()


def _value(item: Item) -> Any:
    return item.value


def _text(item: Item) -> str:
    return normal(str(item.value))


def _texts(item: Item) -> tuple[str, ...]:
    return tuple(_text(each) for each in _as_list(item))


def _plain_texts(item: Item) -> tuple[str, ...]:
    """As they are written: columns are named by whoever made the data."""
    return tuple(str(each.value) for each in _as_list(item))


def _values(item: Item) -> tuple[Any, ...]:
    return tuple(each.value for each in _as_list(item))


def _seconds(item: Item) -> float:
    return unit.seconds(_value(item))


def _amounts(item: Item) -> dict[str, float]:
    return {key: unit.n_bytes(_value(each)) for key, each in _children(item).items()}


def _renames(item: Item) -> dict[str, str]:
    return {inside: _text(outside) for inside, outside in _children(item).items()}


def _children(item: Item) -> dict[str, Item]:
    return item.value if isinstance(item.value, dict) else {}


def _as_list(item: Item) -> list[Item]:
    return item.value if isinstance(item.value, list) else [item]


_PROJECT: Mapping[str, _Reader] = MappingProxyType(
    {
        "name": _text,
        "scope": _scope,
        "source": _value,
        "pipelines": _pipelines,
        "labels": _labels,
        "default": _texts,
        "workers": _value,
        "executor": _value,
        "resources": _amounts,
        "hooks": _texts,
        "store": _value,
        "history": _value,
        "hold": _hold,
        "strict": _value,
    }
)
_COMMON: Mapping[str, _Reader] = {"tags": _texts, "owner": _value, "layer": _value}
_PIPELINE: Mapping[str, _Reader] = MappingProxyType(
    {
        **_COMMON,
        "nodes": _nodes,
        "stage": _value,
        "with": plain,
        "python": _value,
        "pipeline": _text,
        "namespace": _text,
        "inputs": _renames,
        "outputs": _renames,
        "params": _renames,
    }
)
_NODE: Mapping[str, _Reader] = MappingProxyType(
    {
        **_COMMON,
        "call": _value,
        "name": _text,
        "inputs": _inputs,
        "outputs": _outputs,
        "retries": _retries,
        "timeout": _seconds,
        "cache": _value,
        "refresh": _seconds,
        "resources": _amounts,
        "depends_on": _texts,
        "description": _value,
    }
)
_LABELS: Mapping[str, _Reader] = MappingProxyType(
    {
        "data": _text,
        "key": _value,
        "label": _value,
        "show": _plain_texts,
        "classes": _values,
        "instruction": _value,
        "log": _value,
        "reviewers": _value,
    }
)
_ENTRY: Mapping[str, _Reader] = MappingProxyType(
    {
        **_COMMON,
        "format": _value,
        "of": _text,
        "location": _value,
        "read": plain,
        "write": plain,
        "description": _value,
        "refresh": _seconds,
        "keep": _value,
        "metadata": plain,
    }
)
