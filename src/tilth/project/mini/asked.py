"""What a project's settings say of its data: which columns have classes, where time is cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tilth.project.project import Project

JOIN = "join"
"""The stage whose settings say by which columns tables are joined."""

Keys = tuple[str, tuple[str, ...], str, tuple[str, ...], bool]
"""A table, the columns by which it refers to another, that other, its columns, and whether these
tell its rows apart."""

_CLASSES = ("target", "label", "stratum")
_MOST_MOMENTS = 50


def asked_classes(project: Project) -> list[str]:
    """Columns that stages and label sets name as what is to be predicted."""
    settings = project.config.settings
    found = [
        each.settings[key]
        for each in settings.pipelines.values()
        for key in _CLASSES
        if isinstance(each.settings.get(key), str)
    ]
    found += [each.label for each in settings.labels.values() if each.label]
    found += [
        entry.metadata["target"]
        for entry in project.config.catalog.values()
        if isinstance(entry.metadata.get("target"), str)
    ]
    return list(dict.fromkeys(found))


def asked_keys(project: Project) -> list[Keys]:
    """What stages say of tables that refer to others.

    A key of the joined table may come from an earlier source, under another name; such a one
    is not told.
    """
    found: list[Keys] = []
    for pipeline in project.config.settings.pipelines.values():
        sources = pipeline.settings.get("sources")
        if pipeline.stage != JOIN or not isinstance(sources, Mapping):
            continue
        outside = pipeline.inputs
        for name, told in sources.items():
            here, there = _sides(told.get("on"))
            child, parent = pipeline.settings["table"], told.get("table", name)
            unique = told.get("how") != "asof" and told.get("relation", _ONCE[0]) in _ONCE
            if here:
                child, parent = outside.get(child, child), outside.get(parent, parent)
                found.append((child, here, parent, there, unique))
    return found


_ONCE = ("many_to_one", "one_to_one")


def _sides(on: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns here and there of a key as it is written."""
    if isinstance(on, Mapping):
        return tuple(on), tuple(on.values())
    names = (on,) if isinstance(on, str) else tuple(on or ())
    return names, names


def asked_moments(project: Project) -> list[datetime]:
    """Dates in parameters and stages' settings: tables may be cut there."""
    settings = [each.settings for each in project.config.settings.pipelines.values()]
    found = dict.fromkeys(_moments([project.config.params, *settings]))
    return list(found)[:_MOST_MOMENTS]


def _moments(value: Any) -> Iterator[datetime]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _moments(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _moments(each)
    elif isinstance(value, datetime):
        yield value.replace(tzinfo=None)
    elif isinstance(value, date):
        yield datetime(value.year, value.month, value.day)
    elif isinstance(value, str) and 8 <= len(value) <= 32 and value[:1].isdigit():
        from tilth.quality.dates import moment_of  # comes with Polars

        moment = moment_of(value)
        if moment is not None:
            yield moment
