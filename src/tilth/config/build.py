"""Items that were found valid to the records of `settings.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilth.config import unit
from tilth.config.item import Item, plain
from tilth.config.name import normal
from tilth.config.settings import (
    EntrySettings,
    InputSettings,
    NodeSettings,
    PipelineSettings,
    ProjectSettings,
    RetrySettings,
)

# Keys that mean the same, and are read the same way, wherever they stand.
_AS_IT_IS = (
    *("owner", "layer", "description", "cache", "executor", "strict", "store", "history"),
    *("workers", "call", "stage", "python", "format", "location", "source"),
)


def project_settings(tilth: Item, *, name: str, source: str) -> ProjectSettings:
    """What tilth.yml says; `name` and `source` where it says nothing."""
    found = _common(tilth)
    pipelines = {key: _pipeline(key, each) for key, each in _children(tilth, "pipelines").items()}
    found.setdefault("source", source)
    found["name"] = _text(tilth, "name") or name
    found["default"] = _texts(tilth, "default") or tuple(pipelines)
    found["hooks"] = _texts(tilth, "hooks")
    return ProjectSettings(pipelines=pipelines, **found)


def entries(catalog: Item) -> dict[str, EntrySettings]:
    """What the catalog says; keys that begin with `_` are homes of YAML anchors."""
    items = catalog.value if isinstance(catalog.value, dict) else {}
    return {key: _entry(key, each) for key, each in items.items() if not key.startswith("_")}


def _entry(name: str, item: Item) -> EntrySettings:
    found = _common(item)
    for key in ("read", "write", "metadata"):
        found[key] = _options(item, key)
    return EntrySettings(name=name, **found)


def _pipeline(name: str, item: Item) -> PipelineSettings:
    found = _common(item)
    nodes = item.child("nodes")
    if nodes is not None and isinstance(nodes.value, list):
        found["nodes"] = tuple(_node(each) for each in nodes.value)
    for key in ("pipeline", "namespace"):
        found[key] = _text(item, key)
    for key in ("inputs", "outputs", "params"):
        found[key] = {
            inside: normal(str(outside.value)) for inside, outside in _children(item, key).items()
        }
    return PipelineSettings(name=name, settings=_options(item, "with"), **found)


def _node(item: Item) -> NodeSettings:
    if isinstance(item.value, str):
        return NodeSettings(call=item.value, place=item.place)
    found = _common(item)
    found["name"] = _text(item, "name")
    found["inputs"] = _inputs(item.child("inputs"))
    found["outputs"] = _outputs(item.child("outputs"))
    if (retries := _child(item, "retries")) is not None:
        found["retries"] = _retries(retries)
    if (timeout := _child(item, "timeout")) is not None:
        found["timeout"] = unit.seconds(timeout.value)  # type: ignore[arg-type] # was checked
    found["depends_on"] = _texts(item, "depends_on")
    return NodeSettings(**found)


def _common(item: Item) -> dict[str, Any]:
    """What several records have, read the same way in all of them."""
    found: dict[str, Any] = {"place": item.key}
    for key in _AS_IT_IS:
        child = _child(item, key)
        if child is not None:
            found[key] = child.value
    if (tags := _texts(item, "tags")) != ():
        found["tags"] = tags
    if (refresh := _child(item, "refresh")) is not None:
        found["refresh"] = unit.seconds(refresh.value)  # type: ignore[arg-type] # was checked
    if resources := _children(item, "resources"):
        found["resources"] = {
            key: unit.n_bytes(each.value)  # type: ignore[arg-type] # was checked
            for key, each in resources.items()
        }
    return found


def _inputs(item: Item | None) -> tuple[InputSettings, ...] | dict[str, InputSettings] | None:
    if item is None or item.value is None:
        return None
    if isinstance(item.value, dict):
        return {key: _input(each) for key, each in item.value.items()}
    return tuple(_input(each) for each in _as_list(item))


def _input(item: Item) -> InputSettings:
    if isinstance(item.value, dict):
        if "value" in item.value:
            return InputSettings(value=plain(item.value["value"]), place=item.place)
        return InputSettings(
            dataset=normal(str(item.value["each"].value)), each=True, place=item.place
        )
    text = normal(str(item.value))
    if text.startswith("params:"):
        return InputSettings(parameter=text.removeprefix("params:"), place=item.place)
    return InputSettings(dataset=text, place=item.place)


def _outputs(item: Item | None) -> str | tuple[str, ...] | dict[str, str] | None:
    if item is None or item.value is None:
        return None
    if isinstance(item.value, dict):
        return {key: normal(str(each.value)) for key, each in item.value.items()}
    if isinstance(item.value, list):
        return tuple(normal(str(each.value)) for each in item.value)
    return normal(str(item.value))


def _retries(item: Item) -> RetrySettings:
    if isinstance(item.value, int):
        return RetrySettings(times=item.value)
    times, wait = _child(item, "times"), _child(item, "wait")
    assert times is not None
    return RetrySettings(
        times=int(times.value),  # type: ignore[arg-type] # was checked
        wait=unit.seconds(wait.value) if wait is not None else 0.0,  # type: ignore[arg-type]
    )


def _child(item: Item, key: str) -> Item | None:
    child = item.child(key)
    return child if child is not None and child.value is not None else None


def _children(item: Item, key: str) -> dict[str, Item]:
    child = item.child(key)
    return child.value if child is not None and isinstance(child.value, dict) else {}


def _options(item: Item, key: str) -> Mapping[str, Any]:
    return {name: plain(each) for name, each in _children(item, key).items()}


def _text(item: Item, key: str) -> str | None:
    child = _child(item, key)
    return normal(str(child.value)) if child is not None else None


def _texts(item: Item, key: str) -> tuple[str, ...]:
    child = _child(item, key)
    return tuple(normal(str(each.value)) for each in _as_list(child)) if child is not None else ()


def _as_list(item: Item) -> list[Item]:
    return item.value if isinstance(item.value, list) else [item]
